// Compiles Python's standard library by the very Python that will read it, in Pyodide under Node.
//   node stdlib.mjs NAMES OUT    NAMES: a file with the modules to keep, one a line; OUT: a zip, not compressed
//
// What is compiled has no docstrings, and no line numbers, by which it is as small as the source; and Python starts
// in half the time, for it need not compile. Tracebacks still name the functions of the standard library.

import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [names, out] = process.argv.slice(2);
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } }); // the same bytes from each run
python.globals.set("names", python.toPy(readFileSync(names, "utf8").trim().split("\n")));
python.runPython(`
import importlib.util, types, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

def bare(code):
    consts = tuple(bare(const) if isinstance(const, types.CodeType) else const for const in code.co_consts)
    return code.replace(co_linetable=b"", co_consts=consts)

with zipfile.ZipFile("/lib/python314.zip") as source, zipfile.ZipFile("/packed.zip", "w") as packed:
    for name in names:
        content = source.read(name)
        if name.endswith(".py"):
            code = bare(compile(content, name, "exec", dont_inherit=True, optimize=2))
            name, content = name + "c", bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), False))
        packed.writestr(zipfile.ZipInfo(name), content)
`);
writeFileSync(out, python.FS.readFile("/packed.zip"));
