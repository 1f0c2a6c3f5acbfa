"""Python for browsers: found in each place, in this order; a file that is not it, or is damaged, is told apart."""

import gzip
import hashlib
import io
import json
import struct
import sys
import zipfile
from random import Random

import pytest

from inversa.viz.livepage import runtime
from inversa.viz.livepage.library import library
from inversa.viz.livepage.runtime import FILES, RuntimeBrokenError, RuntimeMissingError, find_runtime

CONTENT = {name: gzip.compress(f"the content of {name}".encode() * 50, mtime=0) for name in (*FILES, "compiled.zip")}


def packed(compression=zipfile.ZIP_STORED, notices=b"by many", **about):
    """A runtime as pack.py makes it, but tiny; `about` changes its manifest."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    manifest = {"format": 1, "version": "0.2.0", "parts": {"pyodide": "314.0.7"}, "files": sums} | about
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("NOTICES.txt", notices)
        for name, content in CONTENT.items():
            archive.writestr(f"{name}.gz", content)
    return file.getvalue()


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """None is installed, whatever this machine has."""
    monkeypatch.delenv("INVERSA_LIVE_RUNTIME", raising=False)
    monkeypatch.setitem(sys.modules, "inversa_live_assets", None)
    monkeypatch.setattr(runtime, "__file__", str(tmp_path / "viz" / "live" / "runtime.py"))


def installed(tmp_path, monkeypatch, version):
    package = tmp_path / "site" / "inversa_live_assets"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").touch()
    package.joinpath("inversa-live-runtime.zip").write_bytes(packed(version=version))
    monkeypatch.delitem(sys.modules, "inversa_live_assets")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


def test_it_is_found_in_a_checkout_a_package_a_variable_and_a_file_the_last_before_the_others(tmp_path, monkeypatch):
    with pytest.raises(RuntimeMissingError, match=r"make live.*pip install inversa_live_assets.*--runtime FILE"):
        find_runtime()
    tmp_path.joinpath("live").mkdir()
    tmp_path.joinpath("live", "inversa-live-runtime.zip").write_bytes(packed(version="of the checkout"))
    assert find_runtime().version == "of the checkout"
    installed(tmp_path, monkeypatch, "of the package")
    assert find_runtime().version == "of the package"
    tmp_path.joinpath("a.zip").write_bytes(packed(version="of the variable"))
    monkeypatch.setenv("INVERSA_LIVE_RUNTIME", str(tmp_path / "a.zip"))
    assert find_runtime().version == "of the variable"
    tmp_path.joinpath("b.zip").write_bytes(packed(version="of the file"))
    assert find_runtime(tmp_path / "b.zip").version == "of the file"


def test_the_files_are_as_they_were_packed(tmp_path):
    tmp_path.joinpath("a.zip").write_bytes(packed())
    found = find_runtime(tmp_path / "a.zip")
    assert found.files | {"compiled.zip": found.compiled} == CONTENT
    assert set(found.files) == set(FILES)
    assert found.notices == "by many"
    assert found.parts == {"pyodide": "314.0.7"}


def test_a_name_given_that_leads_nowhere_is_told_and_no_other_place_is_tried(tmp_path, monkeypatch):
    installed(tmp_path, monkeypatch, "of the package")
    with pytest.raises(FileNotFoundError, match=r"none\.zip"):
        find_runtime(tmp_path / "none.zip")
    monkeypatch.setenv("INVERSA_LIVE_RUNTIME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="is a folder"):
        find_runtime()


def changed(content, name):
    """One byte of a file in the zip is another, and the zip's own sum agrees with it."""
    files = {
        entry: zipfile.ZipFile(io.BytesIO(content)).read(entry)
        for entry in zipfile.ZipFile(io.BytesIO(content)).namelist()
    }
    files[name] = files[name][:-9] + b"?" + files[name][-8:]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for entry, data in files.items():
            archive.writestr(entry, data)
    return file.getvalue()


def claimed(content, name, size):
    """The zip says that a file in it has another size than it has."""
    at = content.rindex(name.encode()) - 46  # the entry in its list of contents
    return content[: at + 20] + struct.pack("<II", size, size) + content[at + 28 :]


GOOD = packed()
BAD = {
    "empty": (b"", "it is damaged, or none that"),
    "no zip": (b"<html>" * 100, "it is damaged, or none that"),
    "cut off": (GOOD[: len(GOOD) // 2], "it is damaged, or none that"),
    "its list cut off": (GOOD[:-30], "it is damaged, or none that"),
    "another zip": (packed(files={}), "it is damaged, or none that"),
    "another format": (packed(format=2), "has the format 2, and this version of Inversa reads 1"),
    "no format": (packed(format=None), "has the format None"),
    "a byte changed": (changed(GOOD, "viz.js.gz"), r"viz\.js is damaged"),
    "compressed twice": (packed(zipfile.ZIP_DEFLATED, notices=b" " * 20_000_000), "packed in another way"),
    "a size that is not so": (claimed(GOOD, "viz.js.gz", 25_000_000), "it is damaged, or none that"),
    "a size that no memory has": (claimed(GOOD, "viz.js.gz", 4_000_000_000), r"viz\.js\.gz in it is packed in another"),
    "a manifest of another kind": (packed(files=[]), "it is damaged, or none that"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_runtime_or_is_damaged_is_told(tmp_path, content, reason):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(RuntimeBrokenError, match=reason) as caught:
        find_runtime(path)
    assert str(path) in str(caught.value)


def test_wherever_a_file_is_damaged_it_is_noticed(tmp_path):
    path, good, random, noticed = tmp_path / "a.zip", tmp_path / "good.zip", Random(0), 0
    good.write_bytes(GOOD)
    for _ in range(300):
        damaged = bytearray(GOOD)
        damaged[random.randrange(len(GOOD))] ^= 1 << random.randrange(8)
        path.write_bytes(damaged)
        try:
            found = find_runtime(path)
        except RuntimeBrokenError:
            noticed += 1
        else:  # what was changed is a date, or the like
            assert found == find_runtime(good)
    assert noticed > 200


def test_an_empty_name_is_a_name(tmp_path, monkeypatch):
    installed(tmp_path, monkeypatch, "of the package")
    with pytest.raises(OSError, match="is a folder"):
        find_runtime("")


def test_the_library_in_a_page_is_the_one_that_is_installed():
    with zipfile.ZipFile(io.BytesIO(library())) as archive:
        names = archive.namelist()
        for name, content in {name: archive.read(name) for name in names if name.endswith("languages/es.py")}.items():
            assert content == runtime.resources.files("inversa").joinpath(name.removeprefix("inversa/")).read_bytes()
    assert {"inversa/__init__.py", "inversa/nn/mlp.py", "inversa/viz/_draw.py", "graphviz/__init__.py"} <= set(names)
    assert any(name.startswith("inversa/viz/lettering/fonts/") for name in names)
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name or "/slides/" in name]


def test_what_is_compiled_takes_the_place_of_the_very_source_it_was_made_of():
    same = runtime.resources.files("graphviz").joinpath("__init__.py").read_bytes()
    sums = {"graphviz/__init__.py": hashlib.sha256(same).hexdigest(), "inversa/__init__.py": "of another version"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sources.json", json.dumps(sums))
        for name in sums:
            archive.writestr(f"{name}c", f"{name}, compiled")
    plain, mixed = (
        zipfile.ZipFile(io.BytesIO(made)) for made in (library(), library(gzip.compress(packed.getvalue())))
    )
    assert mixed.read("graphviz/__init__.pyc") == b"graphviz/__init__.py, compiled"
    assert set(plain.namelist()) ^ set(mixed.namelist()) == {"graphviz/__init__.py", "graphviz/__init__.pyc"}
    assert all(plain.read(name) == mixed.read(name) for name in plain.namelist() if name != "graphviz/__init__.py")
