// Python for a page: starts it in a worker, calls the functions of viz/live/session.py there, stops what takes too
// long. It has nothing of the page in it and fetches nothing: `files(name)` gives what it needs.
//
//   const python = await Python.start(files, { onstate, onprint, onreset });
//   const answer = await python.call("run", code, "en");
//   await python.stop(); // the calls under way reject with an error whose `.stopped` is true
//
// files(name): a promise of the bytes (Uint8Array) of NAMES and of "worker.js".
// onstate(state): "unpacking", "starting", "importing", "ready", "busy", "stopping".
// onprint(text): what Python prints outside of calls, or past sys.stdout.
// onreset(): Python is new, after stop() or a crash: what earlier calls made is gone.

const WASM = "pyodide.asm.wasm";
const NAMES = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide-lock.json", "stdlib.zip", "viz.js", "library.zip"];
const PATIENCE = 700; // milliseconds that Python has to notice that it was interrupted

const ignore = () => {};

export class Python {
  #on;
  #module; // the compiled wasm
  #source; // the worker's, as a Blob
  #files; // what else it needs, as Blobs: the browser may keep these out of memory
  #worker;
  #ready; // a promise
  #interrupts;
  #calls = new Map();
  #last = 0;

  static async start(files, { onstate = ignore, onprint = ignore, onreset = ignore } = {}) {
    onstate("unpacking");
    const python = new Python();
    python.#on = { onstate, onprint, onreset };
    const blob = async (name) => [name, new Blob([await files(name)])];
    const [module, source, ...rest] = await Promise.all([
      files(WASM).then((bytes) => WebAssembly.compile(bytes)),
      files("worker.js"),
      ...NAMES.map(blob),
    ]);
    python.#module = module;
    python.#source = new Blob([source], { type: "text/javascript" });
    python.#files = Object.fromEntries(rest);
    await python.#launch();
    return python;
  }

  async call(name, ...args) {
    await this.#ready;
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      if (this.#calls.size === 1) this.#on.onstate("busy");
      this.#worker.postMessage({ id, name, args });
    });
  }

  async stop() {
    this.#on.onstate("stopping");
    const under = [...this.#calls.values()];
    this.#calls.clear();
    const ended = this.#interrupts && under.length ? this.#interrupted() : Promise.resolve(!under.length);
    for (const { reject } of under) reject(Object.assign(new Error("stopped"), { stopped: true }));
    if (await ended) this.#on.onstate("ready");
    else await this.#restart();
  }

  end() {
    this.#worker.terminate();
  }

  // Where memory can be shared Python is asked to interrupt what it does, and keeps what it has made.
  #interrupted() {
    this.#interrupts[0] = 2; // SIGINT
    return Promise.race([
      this.call("names", "en").then(() => true, () => true),
      new Promise((resolve) => setTimeout(resolve, PATIENCE, false)),
    ]);
  }

  async #restart() {
    this.#worker.terminate();
    this.#calls.clear();
    await this.#launch();
    this.#on.onreset();
  }

  #launch() {
    const url = URL.createObjectURL(this.#source);
    this.#worker = new Worker(url);
    this.#interrupts = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : undefined;
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.onerror = (event) => reject(new Error(event.message ?? "the worker could not be started"));
      this.#worker.onmessage = ({ data }) => {
        if (data.ready) resolve();
        else if (data.failed) reject(new Error(data.failed));
        else this.#took(data);
      };
    }).finally(() => URL.revokeObjectURL(url));
    const start = { module: this.#module, files: this.#files, interrupts: this.#interrupts };
    this.#worker.postMessage({ start });
    return this.#ready.then(() => this.#on.onstate("ready"));
  }

  #took({ state, printed, id, result, error, fatal }) {
    if (state) this.#on.onstate(state);
    else if (printed !== undefined) this.#on.onprint(printed);
    else if (this.#calls.has(id)) {
      const { resolve, reject } = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) reject(new Error(error));
      else resolve(result);
      if (fatal) this.#restart();
      else if (!this.#calls.size) this.#on.onstate("ready");
    }
  }
}
