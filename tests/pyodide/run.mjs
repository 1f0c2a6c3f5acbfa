// Runs tests inside Pyodide, under Node: node run.mjs CHECKOUT SITE_PACKAGES NODE_MODULES [arguments of pytest].
//
// CHECKOUT is the folder with autograd, nn, viz and tests; SITE_PACKAGES that of the Python that has pytest; NODE_MODULES
// one with `pyodide` and `@viz-js/viz`. What is asked for is in inside.py; nothing outside Pyodide's memory is written.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [checkout, packages, modules, ...wanted] = process.argv.slice(2);
const found = createRequire(resolve(modules, "anything.js"));
const { loadPyodide } = await import(pathToFileURL(found.resolve("pyodide")).href.replace(/pyodide\.js$/, "pyodide.mjs"));
const { instance } = found("@viz-js/viz");

const layout = await instance();
const python = await loadPyodide({ env: { PYTHONDONTWRITEBYTECODE: "1", HOME: "/home/pyodide", NO_COLOR: "1" } });
python.registerJsModule("inversa_viz_js", { layout: (dot, format) => layout.renderString(dot, { format }) });
for (const [place, root] of [["/checkout", checkout], ["/packages", packages]]) {
  python.FS.mkdir(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(root) }, place);
}
python.runPython("import sys; sys.path.insert(0, '/checkout/tests/pyodide'); sys.dont_write_bytecode = True");
try {
  process.exitCode = python.pyimport("inside").main(python.toPy(wanted));
} catch (error) {
  console.error(error.message); // the traceback alone: Node would show the line of JavaScript, which is the whole file
  process.exitCode = 2;
}
