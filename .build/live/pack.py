"""Pack what live pages need beside the library: Python and Graphviz for browsers, and the editor.

python pack.py OUT.zip, after npm ci. The same bytes come from each run: of the same packages, whose checksums stand in
package-lock.json, and in the same order. Each file is compressed once, here, where it may take time: a page holds, or
a site serves, these very bytes. viz/live/runtime.py reads the result.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

try:
    import zopfli.gzip as zopfli
except ImportError:
    zopfli = None

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
FORMAT = 1  # of the zip, as viz/live/runtime.py knows it

# Of the standard library, what a page has no use for: no processes, network, terminals, tests or mail in it.
NEEDLESS = """
_pyio _pyrepl/ _sysconfigdata__emscripten_wasm32-emscripten antigravity bdb cProfile cmd code compileall configparser
ctypes/ doctest email/ fileinput filecmp ftplib getpass http/ imaplib ipaddress mailbox mimetypes modulefinder
multiprocessing/ netrc nturl2path optparse pdb pickletools plistlib poplib profile pstats pty py_compile pyclbr quopri
rlcompleter shelve site-packages/ smtplib socketserver sqlite3/ stringprep symtable tabnanny tarfile trace tracemalloc
tty unittest/ uuid wave webbrowser wsgiref/ xml/ xmlrpc/ zipapp
"""
PAGER = ("_pyrepl/__init__.py", "_pyrepl/pager.py")  # help() imports it
ENCODINGS = """
__init__ aliases ascii base64_codec charmap cp1252 cp437 hex_codec idna latin_1 punycode raw_unicode_escape rot_13
undefined unicode_escape utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le utf_7 utf_8 utf_8_sig
"""


def main(out: str) -> None:
    """Make the zip and say what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        files = contents(Path(folder))
    packed = {name: compressed(content) for name, content in files.items()}
    about = {
        "format": FORMAT,
        "version": tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["version"],
        "parts": json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in packed.items()},
    }
    entries = {"manifest.json": json.dumps(about, indent=1).encode(), "NOTICES.txt": notices().encode()}
    entries |= {f"{name}.gz": content for name, content in packed.items()}
    Path(out).parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content)
    for name, content in files.items():
        print(f"{name:18} {len(content):10,} bytes, compressed {len(packed[name]):9,}")
    print(f"{out}: {Path(out).stat().st_size:,} bytes")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a runtime by their names."""
    pyodide = MODULES / "pyodide"
    names, library, editor = folder / "names", folder / "stdlib.zip", folder / "editor.js"
    with zipfile.ZipFile(pyodide / "python_stdlib.zip") as file:
        names.write_text("\n".join(filter(useful, sorted(file.namelist()))), "utf-8")
    run("node", "stdlib.mjs", names, library)
    run(MODULES / ".bin" / "esbuild", "editor.js", "--bundle", "--minify", "--format=esm", f"--outfile={editor}")
    lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))
    return {
        "pyodide.mjs": (pyodide / "pyodide.mjs").read_bytes(),
        "pyodide.asm.mjs": (pyodide / "pyodide.asm.mjs").read_bytes(),
        "pyodide.asm.wasm": (pyodide / "pyodide.asm.wasm").read_bytes(),
        "pyodide-lock.json": json.dumps({**lock, "packages": {}}).encode(),  # none can be loaded
        "stdlib.zip": library.read_bytes(),
        "viz.js": (MODULES / "@viz-js" / "viz" / "dist" / "viz.js").read_bytes(),
        "editor.js": editor.read_bytes(),
    }


def useful(name: str) -> bool:
    """Whether a file of the standard library is kept."""
    if name.startswith("encodings/"):
        return name.removeprefix("encodings/").removesuffix(".py") in ENCODINGS.split()
    top = name.partition("/")[0] + "/" if "/" in name else name.removesuffix(".py")
    return not name.endswith("/") and (top not in NEEDLESS.split() or name in PAGER)


def run(*command: str | Path) -> None:
    """Run a program in this folder."""
    subprocess.run(list(map(str, command)), cwd=HERE, check=True)


def compressed(content: bytes) -> bytes:
    """By gzip, as browsers read it; zopfli finds what is smaller by some per cent."""
    return zopfli.compress(content) if zopfli else gzip.compress(content, 9, mtime=0)


def notices() -> str:
    """Who made the parts, and under which licences."""
    return (HERE / "NOTICES.txt").read_text("utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
