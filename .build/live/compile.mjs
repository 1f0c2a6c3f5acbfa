// Compiles Python by the very Python that will read it, in Pyodide under Node, for it compiles slowly.
//   node compile.mjs NAMES LIBRARY STDLIB COMPILED
//
// NAMES     a file with the modules of the standard library to keep, one a line
// LIBRARY   Inversa as a page holds it: viz/livepage/library.py
// STDLIB    is made: the standard library, as a zip that is not compressed
// COMPILED  is made: what a page imports of LIBRARY before it runs anything, as such a zip, with the checksums of the
//           sources in sources.json: a page whose library has this very source takes what is compiled instead
//
// Of each function its first line stands for all its lines, by which what is compiled is not much larger than its
// source; so tracebacks name each function of the libraries, and show where it begins. The standard library has no
// docstrings, either.

import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [names, library, stdlib, compiled] = process.argv.slice(2);
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } }); // the same bytes from each run
python.globals.set("names", python.toPy(readFileSync(names, "utf8").trim().split("\n")));
python.FS.writeFile("/library.zip", new Uint8Array(readFileSync(library)));
python.runPython(`
import hashlib, importlib.util, json, shutil, sys, types, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

SITE = "/lib/site/"  # where a page has the library, too: viz/livepage/web/worker.js

def compiled(content, path, optimize):
    code = bare(compile(content, path, "exec", dont_inherit=True, optimize=optimize))
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), False))

def bare(code):
    consts = tuple(bare(const) if isinstance(const, types.CodeType) else const for const in code.co_consts)
    return code.replace(co_linetable=first_line(len(code.co_code) // 2), co_consts=consts)

def first_line(length):
    # CPython's InternalDocs/code_objects.md: entries for up to eight instructions, of kind 13, a line without columns;
    # each is 0 lines after the one before.
    lengths = [8] * (length // 8) + [length % 8] * (length % 8 > 0)
    return b"".join(bytes([128 | 13 << 3 | n - 1, 0]) for n in lengths)

def pack(name, entries):
    with zipfile.ZipFile(name, "w") as packed:
        for inner, content in entries:
            packed.writestr(zipfile.ZipInfo(inner), content)

def of_stdlib():
    with zipfile.ZipFile("/lib/python314.zip") as source:
        for name in names:
            content = source.read(name)
            yield (name + "c", compiled(content, name, 2)) if name.endswith(".py") else (name, content)

def of_library():
    shutil.unpack_archive("/library.zip", SITE)
    sys.path.insert(0, SITE)
    import inversa.viz.livepage.session
    files = {getattr(module, "__file__", None) or "" for module in sys.modules.values()}
    sums = {}
    for path in sorted(file for file in files if file.startswith(SITE)):
        name = path.removeprefix(SITE)
        with open(path, "rb") as file:
            content = file.read()
        sums[name] = hashlib.sha256(content).hexdigest()
        yield name + "c", compiled(content, path, 0)
    yield "sources.json", json.dumps(sums)

pack("/stdlib.zip", of_stdlib())
pack("/compiled.zip", of_library())
`);
writeFileSync(stdlib, python.FS.readFile("/stdlib.zip"));
writeFileSync(compiled, python.FS.readFile("/compiled.zip"));
