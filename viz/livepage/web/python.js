// Python for a page: starts it in a worker, calls the functions of viz/livepage/session.py there, stops
// what takes too long. It has nothing of the page in it and fetches nothing: `files(name)` gives
// what it needs.
//
//   const python = await Python.start(files, { onstate, onprint, onreset });
//   const answer = await python.call("run", code, "en");
//   await python.stop(); // the calls under way reject with an error whose `.stopped` is true
//
// files(name): a promise of the bytes (Uint8Array) of each of NAMES, asked for once.
// onstate(state): "unpacking", "starting", "importing", "ready", "busy", "stopping", "failed".
// onprint(text): what Python prints outside of calls, or past sys.stdout.
// onreset(): Python is new, after stop() or a crash: what earlier calls made is gone.

const WASM = "pyodide.asm.wasm";
const SOURCE = "worker.js";
const PARTS = [
  "pyodide.mjs",
  "pyodide.asm.mjs",
  "pyodide-lock.json",
  "stdlib.zip",
  "viz.js",
  "library.zip",
];
export const NAMES = [WASM, SOURCE, ...PARTS];
const PATIENCE = 700; // milliseconds that Python has to notice that it was interrupted

const ignore = () => {};

export class Python {
  #on;
  #module; // the compiled wasm
  #source; // the worker's, as a Blob
  #files; // what else it needs, as Blobs: the browser may keep these out of memory
  #worker;
  #isReady = false;
  #interrupts;
  #calls = new Map(); // those without an answer
  #last = 0;
  #stopped; // a promise, while it stops
  #gone; // why there is no Python any more

  static async start(files, { onstate = ignore, onprint = ignore, onreset = ignore } = {}) {
    onstate("unpacking");
    const python = new Python();
    python.#on = { onstate, onprint, onreset };
    const [module, source, ...parts] = await Promise.all([
      files(WASM).then((bytes) => WebAssembly.compile(bytes)),
      files(SOURCE),
      ...PARTS.map(async (name) => [name, new Blob([await files(name)])]),
    ]);
    python.#module = module;
    python.#source = new Blob([source], { type: "text/javascript" });
    python.#files = Object.fromEntries(parts);
    await python.#launch();
    return python;
  }

  // Calls wait for Python where it is not ready yet, and for each other.
  call(name, ...args) {
    if (this.#gone) return Promise.reject(this.#gone);
    const message = { id: ++this.#last, name, args };
    const made = { message };
    made.answer = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    made.ended = new Promise((end) => (made.end = end));
    this.#calls.set(message.id, made);
    if (this.#isReady) this.#send(made);
    return made.answer;
  }

  stop() {
    this.#stopped ??= this.#stop().finally(() => (this.#stopped = undefined));
    return this.#stopped;
  }

  // For good, where the page needs it no more.
  end() {
    this.#worker.terminate();
    this.#leave(new Error("Python has ended"));
  }

  async #stop() {
    this.#on.onstate("stopping");
    const under = [...this.#calls.values()];
    for (const { reject } of under) reject(Object.assign(new Error("stopped"), { stopped: true }));
    if (this.#isReady && (!under.length || (await this.#interrupted(under))))
      this.#on.onstate("ready");
    else await this.#restart();
  }

  // Where memory can be shared Python can be told to interrupt what it does: it keeps what it has.
  #interrupted(under) {
    if (!this.#interrupts) return false;
    this.#interrupts[0] = 2; // SIGINT
    const ended = Promise.all(under.map((made) => made.ended)).then(() => true);
    return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, PATIENCE, false))]);
  }

  async #restart() {
    this.#worker.terminate();
    this.#calls.clear();
    await this.#launch();
    this.#on.onreset();
  }

  async #launch() {
    this.#isReady = false;
    this.#gone = undefined;
    const url = URL.createObjectURL(this.#source);
    this.#worker = new Worker(url);
    this.#interrupts = globalThis.crossOriginIsolated
      ? new Uint8Array(new SharedArrayBuffer(1))
      : undefined;
    const start = { module: this.#module, files: this.#files, interrupts: this.#interrupts };
    try {
      await new Promise((resolve, reject) => {
        this.#worker.onerror = ({ message }) =>
          reject(new Error(message ?? "the browser starts no worker"));
        this.#worker.onmessage = ({ data }) => {
          if (data.ready) resolve();
          else if (data.failed) reject(new Error(data.failed));
          else this.#take(data);
        };
        this.#worker.postMessage({ start });
      });
    } catch (error) {
      this.#on.onstate("failed");
      this.#leave(error);
      throw error;
    } finally {
      URL.revokeObjectURL(url);
    }
    this.#isReady = true;
    this.#on.onstate("ready");
    for (const made of this.#calls.values()) this.#send(made);
  }

  #send({ message }) {
    this.#on.onstate("busy");
    this.#worker.postMessage(message);
  }

  #take({ state, printed, id, result, error, fatal }) {
    if (state) this.#on.onstate(state);
    if (printed !== undefined) this.#on.onprint(printed);
    const made = this.#calls.get(id);
    if (!made) return;
    this.#calls.delete(id);
    if (error) made.reject(new Error(error));
    else made.resolve(result);
    made.end();
    if (fatal) this.#crashed(error);
    else if (!this.#calls.size) this.#on.onstate("ready");
  }

  // Python is broken beyond repair, as by running out of memory: another one takes its place.
  #crashed(error) {
    this.#reject(new Error(error));
    this.#restart().catch(ignore); // onstate("failed") has told it
  }

  #leave(error) {
    this.#gone = error;
    this.#reject(error);
  }

  #reject(error) {
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }
}
