// The inside of the worker: Python, Graphviz and the library. Messages that it takes:
// {start: {module, files}} once, then {id, name, args} for a call of session's function `name`.
// Messages that it gives: {state}, {ready: true}, {failed}, {printed}, {id, result}, {id, error}.

// Chromium makes no module worker from a blob in a page that was opened as a file. So this is a
// classic one; Pyodide refuses these, which it knows by importScripts, for the sake of import():
// but that they have, too.
globalThis.importScripts = undefined;

const MOST_BYTES = 512 * 2 ** 20; // that Python may use
const SITE = "/lib/site";
const PREPARE = `
import json, sys
sys.path.insert(0, "${SITE}")
import inversa
with open("${SITE}/inversa.version") as file:
    inversa.__version__ = file.read()
from inversa.viz.livepage import session

def call(name, args):
    return json.dumps(getattr(session, name)(*json.loads(args)), ensure_ascii=False, allow_nan=False)
call
`;
let call;
let interrupts;

onmessage = async ({ data }) => {
  if (data.start) {
    try {
      call = await start(data.start);
      postMessage({ ready: true });
    } catch (error) {
      postMessage({ failed: String(error) });
    }
    return;
  }
  if (interrupts) interrupts[0] = 0; // an interruption that came too late for an earlier call
  try {
    postMessage({ id: data.id, result: JSON.parse(call(data.name, JSON.stringify(data.args))) });
  } catch (error) {
    postMessage({ id: data.id, error: String(error), fatal: Boolean(error.pyodide_fatal_error) });
  }
};

async function start({ module, files, interrupts: shared }) {
  postMessage({ state: "starting" });
  const [python, viz] = await Promise.all([startPython(module, files), startGraphviz(files)]);
  postMessage({ state: "importing" });
  python.unpackArchive(await files["library.zip"].arrayBuffer(), "zip", { extractDir: SITE });
  python.registerJsModule("inversa_viz_js", {
    layout: (dot, format) => viz.renderString(dot, { format, engine: "dot" }),
  });
  const made = python.runPython(PREPARE);
  interrupts = shared;
  if (interrupts) python.setInterruptBuffer(interrupts);
  return made;
}

async function startGraphviz(files) {
  return (await imported(files["viz.js"])).instance();
}

async function startPython(module, files) {
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([
    imported(files["pyodide.mjs"]),
    imported(files["pyodide.asm.mjs"]),
  ]);
  // Pyodide would fetch and compile what was compiled before it was sent here.
  WebAssembly.instantiateStreaming = async (response, imports) => {
    const instance = await WebAssembly.instantiate(module, imports);
    limit(instance.exports.memory);
    return { module, instance };
  };
  const stdlib = URL.createObjectURL(files["stdlib.zip"]);
  const nothing = URL.createObjectURL(new Blob([]));
  try {
    return await loadPyodide({
      createPyodideModule,
      indexURL: `${nothing}#/`, // what it fetches from this folder is the wasm alone: see above
      stdLibURL: stdlib,
      lockFileContents: await files["pyodide-lock.json"].text(),
      packageBaseUrl: `${nothing}#/`,
      stdout: (printed) => postMessage({ printed }),
      stderr: (printed) => postMessage({ printed }),
      stdin: () => undefined,
    });
  } finally {
    URL.revokeObjectURL(stdlib);
    URL.revokeObjectURL(nothing);
  }
}

// What asks for more gets a MemoryError, before the whole machine suffers.
function limit(memory) {
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * 65536 > MOST_BYTES)
      throw new RangeError("out of memory");
    return WebAssembly.Memory.prototype.grow.call(memory, pages);
  };
}

async function imported(file) {
  const url = URL.createObjectURL(new Blob([file], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
