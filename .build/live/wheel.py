"""Build a wheel that carries what pack.py has packed: python wheel.py ZIP FOLDER.

It is the package inversa_live_assets, whose version is that of the Inversa that it was made with. Nobody publishes it:
whoever gives courses installs it beside Inversa on machines without npm, from the file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

LICENCES = "MPL-2.0 AND PSF-2.0 AND EPL-2.0 AND MIT AND BSD-2-Clause AND BSD-3-Clause AND Zlib AND bzip2-1.0.6 AND 0BSD"
PROJECT = """[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "inversa-live-assets"
version = "{version}"
description = "Python and Graphviz for browsers, which live pages of Inversa are made of"
requires-python = ">=3.11"
license = "{licences}"
license-files = ["NOTICES.txt"]

[tool.hatch.build.targets.wheel]
only-include = ["inversa_live_assets"]
"""
INIT = '"""Python and Graphviz for browsers, of which Inversa makes live pages."""\n'


def main(packed: str, out: str) -> None:
    """Build it in a folder of its own."""
    with zipfile.ZipFile(packed) as file, tempfile.TemporaryDirectory() as folder:
        about, notices = json.loads(file.read("manifest.json")), file.read("NOTICES.txt")
        package = Path(folder, "inversa_live_assets")
        package.mkdir()
        Path(folder, "pyproject.toml").write_text(PROJECT.format(version=about["version"], licences=LICENCES), "utf-8")
        Path(folder, "NOTICES.txt").write_bytes(notices)
        package.joinpath("__init__.py").write_text(INIT, "utf-8")
        shutil.copy(packed, package)
        build = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", Path(out).resolve()]
        subprocess.run(build, cwd=folder, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
