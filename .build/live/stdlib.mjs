// Compiles Python's standard library by the very Python that will read it, in Pyodide under Node.
//   node stdlib.mjs NAMES OUT    NAMES: a file with the modules to keep, one a line; OUT: a zip, not compressed
//
// What is compiled has no docstrings, and of each function the first line alone for all its lines, by which it is as
// small as the source; and Python starts in half the time, for it need not compile. Tracebacks still name the functions
// of the standard library, and show where these begin.

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
    return code.replace(co_linetable=first_line(len(code.co_code) // 2), co_consts=consts)

def first_line(length):
    # CPython's InternalDocs/code_objects.md: entries for up to eight instructions, of kind 13, a line without columns;
    # each is 0 lines after the one before.
    lengths = [8] * (length // 8) + [length % 8] * (length % 8 > 0)
    return b"".join(bytes([128 | 13 << 3 | n - 1, 0]) for n in lengths)

with zipfile.ZipFile("/lib/python314.zip") as source, zipfile.ZipFile("/packed.zip", "w") as packed:
    for name in names:
        content = source.read(name)
        if name.endswith(".py"):
            code = bare(compile(content, name, "exec", dont_inherit=True, optimize=2))
            name, content = name + "c", bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), False))
        packed.writestr(zipfile.ZipInfo(name), content)
`);
writeFileSync(out, python.FS.readFile("/packed.zip"));
