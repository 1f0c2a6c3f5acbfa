// Runs a program inside Pyodide, under Node, with the library as pages have it, and prints what its last line gives:
// node inside.mjs NODE_MODULES LIBRARY.zip PROGRAM.py. The program knows the size of Python's memory and the
// time that the processor has spent, whatever else it does: `memory()`, `seconds()`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, library, program] = process.argv.slice(2);
const found = createRequire(resolve(modules, "anything.js"));
const { loadPyodide } = await import(pathToFileURL(found.resolve("pyodide")).href.replace(/pyodide\.js$/, "pyodide.mjs"));
const { instance } = found("@viz-js/viz");

try {
  const graphviz = await instance();
  const python = await loadPyodide();
  python.registerJsModule("inversa_viz_js", { layout: (dot, format) => graphviz.renderString(dot, { format }) });
  python.unpackArchive(new Uint8Array(readFileSync(library)), "zip", { extractDir: "/library" });
  python.globals.set("memory", () => python._module.HEAPU8.length);
  python.globals.set("seconds", () => process.cpuUsage().user / 1e6);
  python.runPython("import sys; sys.path.insert(0, '/library')");
  console.log(python.runPython(readFileSync(program, "utf8")));
} catch (error) {
  console.error(error.message); // the traceback alone: Node would show the line of JavaScript, which is the whole file
  process.exitCode = 1;
}
