"""Pack what live pages need beside the library: Python and Graphviz for browsers, and the editor.

python pack.py OUT.zip, after npm ci. The same bytes come from each run: of the same packages, whose checksums stand in
package-lock.json, and in the same order. Each file is compressed once, here, where it may take time: a page holds, or
a site serves, these very bytes. viz/livepage/runtime.py reads the result.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import zopfli.gzip

from inversa.viz.livepage.library import library

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
FORMAT = 1  # of the zip, as viz/livepage/runtime.py knows it

# Of the standard library, what a page has no use for: no processes, network, terminals, tests or mail in it.
NEEDLESS = """
_pyio _pyrepl/ antigravity asyncio/windows_events asyncio/windows_utils bdb cProfile cmd code compileall
concurrent/futures/interpreter concurrent/futures/process concurrent/interpreters/ configparser ctypes/ doctest email/
filecmp fileinput ftplib getpass http/ imaplib importlib/metadata/ logging/config logging/handlers mailbox mimetypes
modulefinder multiprocessing/ netrc nturl2path optparse pdb pickletools plistlib poplib profile pstats pty py_compile
pyclbr pyodide/console quopri rlcompleter shelve site-packages/ smtplib socketserver sqlite3/ stringprep symtable
tabnanny tarfile trace tracemalloc tty unittest/ urllib/error urllib/request urllib/response urllib/robotparser uuid
wave webbrowser wsgiref/ xml/ xmlrpc/ zipapp
"""
PAGER = ("_pyrepl/__init__.py", "_pyrepl/pager.py")  # help() imports it
ENCODINGS = """
__init__ aliases ascii base64_codec charmap cp1252 cp437 hex_codec latin_1 punycode raw_unicode_escape rot_13
undefined unicode_escape utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le utf_7 utf_8 utf_8_sig
"""


def main(out: str) -> None:
    """Make the zip and say what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        files, bundled = contents(Path(folder))
    # As browsers read it, and by some per cent smaller than gzip makes it.
    packed = {name: zopfli.gzip.compress(content, numiterations=5) for name, content in files.items()}
    parts = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    about = {
        "format": FORMAT,
        "version": tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["version"],
        "parts": parts,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in packed.items()},
    }
    entries = {"manifest.json": json.dumps(about, indent=1).encode(), "NOTICES.txt": notices(parts, bundled).encode()}
    entries |= {f"{name}.gz": content for name, content in packed.items()}
    Path(out).parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content)
    for name, content in files.items():
        print(f"{name:18} {len(content):10,} bytes, compressed {len(packed[name]):9,}")
    print(f"{out}: {Path(out).stat().st_size:,} bytes")


def contents(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files of a runtime by their names, and the packages that the editor is made of."""
    pyodide = MODULES / "pyodide"
    names, ours, stdlib, compiled, editor, inputs = (folder / str(number) for number in range(6))
    ours.write_bytes(library())
    with zipfile.ZipFile(pyodide / "python_stdlib.zip") as file:
        names.write_text("\n".join(filter(useful, sorted(file.namelist()))), "utf-8")
    run("node", "compile.mjs", names, ours, stdlib, compiled)
    made = f"--outfile={editor}", f"--metafile={inputs}"
    run(MODULES / ".bin" / "esbuild", "editor.js", "--bundle", "--minify", "--format=esm", "--log-level=warning", *made)
    used = {package(name) for name in json.loads(inputs.read_text("utf-8"))["inputs"] if "node_modules/" in name}
    lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))
    files = {
        "pyodide.mjs": (pyodide / "pyodide.mjs").read_bytes(),
        "pyodide.asm.mjs": (pyodide / "pyodide.asm.mjs").read_bytes(),
        "pyodide.asm.wasm": (pyodide / "pyodide.asm.wasm").read_bytes(),
        "pyodide-lock.json": json.dumps({**lock, "packages": {}}).encode(),  # none can be loaded
        "stdlib.zip": stdlib.read_bytes(),
        "viz.js": (MODULES / "@viz-js" / "viz" / "dist" / "viz.js").read_bytes(),
        "editor.js": editor.read_bytes(),
        "compiled.zip": compiled.read_bytes(),
    }
    return files, sorted(used)


def package(file: str) -> str:
    """The package of a file: `node_modules/@codemirror/view/dist/index.js` -> `@codemirror/view`."""
    first, second, *_ = file.partition("node_modules/")[2].split("/")
    return f"{first}/{second}" if first.startswith("@") else first


def useful(name: str) -> bool:
    """Whether a file of the standard library is kept."""
    if name.startswith("encodings/"):
        return name.removeprefix("encodings/").removesuffix(".py") in ENCODINGS.split()
    needless = any(name.startswith(each) if each.endswith("/") else name == f"{each}.py" for each in NEEDLESS.split())
    return name in PAGER or not (needless or name.endswith("/"))


def run(*command: str | Path) -> None:
    """Run a program in this folder."""
    subprocess.run(list(map(str, command)), cwd=HERE, check=True)


def notices(versions: dict[str, str], bundled: list[str]) -> str:
    """Who made the parts, in which versions, and under which licences."""
    makers = {name: holders((MODULES / name / "LICENSE").read_text("utf-8")) for name in bundled}
    lines = [
        (HERE / "NOTICES.txt").read_text("utf-8"),
        "Versions, as npm names them:",
        *(f"    {name} {version}" for name, version in versions.items()),
        "\nMakers of the parts of editor.js:",
        *(f"    {name}: {makers[name]}" for name in bundled),
    ]
    for path in sorted((HERE / "licences").iterdir()):
        lines += [f"\n{'=' * 100}\n{path.stem}\n{'=' * 100}\n", path.read_text("utf-8")]
    return "\n".join(lines)


def holders(licence: str) -> str:
    """The line of a licence that says whose work it is for."""
    return next(line.strip() for line in licence.splitlines() if line.lstrip().startswith("Copyright"))


if __name__ == "__main__":
    main(*sys.argv[1:])
