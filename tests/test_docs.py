"""The site is built without a warning, leads nowhere else for what it shows, and documents everything."""

import doctest
import importlib
import inspect
import json
import pkgutil
import re
import runpy
import subprocess
import sys
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from inversa import autograd
from inversa.autograd import Operation, Tensor, Value, jit
from inversa.autograd.numpy_protocol import apply_function
from inversa.autograd.numpy_reasons import INSTEAD, REASONS
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.autograd.trees import is_container, leaves

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SPANISH = sorted(DOCS.glob("es/*.md"))
PAGES = [*sorted(DOCS.glob("*.md")), *SPANISH]
sys.path.append(str(DOCS))  # for what its files import of each other
TENSORS, NUMPY, ABILITIES, LIVE = (
    SimpleNamespace(**runpy.run_path(str(DOCS / f"{name}.py")))
    for name in ("tensors", "numpy_functions", "abilities", "live")
)
EVALUATED = ("compress", "extract", "linalg.lstsq")  # the shapes of their results, or their ways, depend on the numbers
PACKAGES = (
    "autograd",
    "autograd.linalg",
    "autograd.fft",
    "autograd.special",
    "nn",
    "nn.data",
    "nn.losses",
    "nn.optim",
    "nn.training",
    "nn.estimators",
    "nn.interchange",
)
PACKAGES += ("viz", "viz.exercises", "viz.examiner")
ADDRESS = re.compile(r"\s*([a-z]+:)?//")  # of something that is fetched from elsewhere


class Page(HTMLParser):
    """The places of a page, what it links to, and what it shows or runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.styles: list[str] = []
        self.images: list[dict[str, str]] = []
        self.media: list[str] = []
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.ids.update(given[name] for name in ("id", "name") if name in given)
        self.styles.append(given.get("style", ""))
        self._in_style = tag == "style"
        self.images += [given] if tag == "img" else []
        self.media += [given["media"]] if tag == "source" else []
        target = given.get("href", given.get("xlink:href"))
        if tag == "a":
            self.links += [] if target is None else [target]
        elif target is not None:
            self.loads.append(target)
        self.loads += [given[name] for name in ("src", "data", "poster") if name in given]
        self.loads += [part.split()[0] for part in re.split(r",\s", given.get("srcset", "")) if part.strip()]
        if "srcdoc" in given:  # a page in the page
            inner = Page(given["srcdoc"])
            self.loads += inner.loads
            self.styles += inner.styles

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. Every warning fails the build, and all are shown."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-P", "-m", "sphinx", "-M", "html", str(DOCS), str(folder), "-q", "-W", "--keep-going"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    made = (
        path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts
    )  # there are no pages of Sphinx
    return {path: Page(path.read_text("utf-8")) for path in made}


def inventory(site: Path) -> Iterator[tuple[str, str]]:
    """The names that the site documents, and what they are."""
    *_, content = (site / "objects.inv").read_bytes().split(b"\n", 4)
    for line in zlib.decompress(content).decode().splitlines():
        name, role, *_ = line.split()
        yield name, role


def named(name: str, role: str) -> object:
    """What has this name; the function `draw`, and not the module that it stands in."""
    return importlib.import_module(name) if role == "py:module" else pkgutil.resolve_name(":".join(name.rsplit(".", 1)))


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not (target.is_relative_to(site) and target.is_file()) or (
                anchor and target in pages and anchor not in pages[target].ids
            ):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert not broken, "\n".join(broken)


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    styles = {path: [path.read_text("utf-8")] for path in site.rglob("*.css")}
    styles |= {path: page.styles for path, page in pages.items()}
    wanted = [
        (path, address)
        for path, texts in styles.items()
        for text in texts
        for address in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s]+)", text)
    ]
    wanted += [(path, address) for path, page in pages.items() for address in page.loads]
    elsewhere = {f"{path.relative_to(site)}: {address}" for path, address in wanted if ADDRESS.match(address)}
    assert not elsewhere, "\n".join(sorted(elsewhere))


def test_pictures_do_not_become_too_small_to_read(pages: dict[Path, Page]) -> None:
    images = [(path, image) for path, page in pages.items() for image in page.images if "_static" not in image["src"]]
    assert len(images) > 100
    for path, image in images:
        assert "min-width:" in image.get("style", ""), (path, image["src"][:80])
    forms = [path for path, page in pages.items() if any("max-width:600px" in media for media in page.media)]
    assert {"gallery.html", "01_the_inverse_neuron.html"} <= {path.name for path in forms}


def test_the_column_of_a_laptop_holds_pictures_whole(site: Path) -> None:
    """Pictures of notebooks are 860 pixels wide, laptops 1366, with the contents at both sides."""
    style = (site / "_static" / "style.css").read_text("utf-8")
    found = re.search(r"min-width: ([\d.]+)em\) \{[^@]*?\.content \{ width: ([\d.]+)em", style)
    assert found is not None
    assert 16 * float(found[1]) <= 1366
    assert 16 * float(found[2]) >= 860


def test_no_page_speaks_of_this_machine(pages: dict[Path, Page]) -> None:
    for path in pages:
        assert str(ROOT) not in path.read_text("utf-8"), path


def test_every_public_name_is_documented(site: Path) -> None:
    kinds = {"py:class", "py:exception", "py:function", "py:module", "py:data"}
    documented = {id(named(name, role)) for name, role in inventory(site) if role in kinds}
    missing = []
    for package in PACKAGES:
        module = importlib.import_module(f"inversa.{package}")
        for name in (each for each in dir(module) if not each.startswith("__")):
            thing = getattr(module, name)
            if id(thing) not in documented:
                missing.append(f"inversa.{package}.{name}")
            if inspect.ismodule(thing) and not hasattr(thing, "__all__"):
                missing += [
                    f"{thing.__name__}.{part}"
                    for part, value in vars(thing).items()
                    if not part.startswith("_")
                    and (inspect.isfunction(value) or inspect.isclass(value))
                    and value.__module__ == thing.__name__
                    and id(value) not in documented
                ]
    assert not missing, "add to docs/api: " + ", ".join(missing)


def test_what_the_page_about_slides_uses_is_documented(site: Path) -> None:
    used = re.findall(r"from (inversa\.viz\.slides\S*) import (\w+)", (DOCS / "slides.md").read_text("utf-8"))
    documented = {name for name, _ in inventory(site)}
    assert {f"{module}.{name}" for module, name in used} <= documented
    assert {"inversa.viz.slides.deck.Deck", "inversa.viz.slides.deck.Slide"} <= documented


def test_the_table_has_every_operation(site: Path) -> None:
    html = (site / "operations.html").read_text("utf-8")
    operations = [op for op in Operation.registry.values() if op.__module__.startswith("inversa.")]
    shown = re.findall(r"<tr[^>]*><td><p>(?:<[^>]*>)*(\w+)\(\)<", html)
    assert sorted(shown) == sorted(op.name for op in operations)
    (row,) = re.findall(r"<tr[^>]*><td><p><a [^>]*autograd\.tanh\".*?</tr>", html, re.DOTALL)
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
    assert cells == ["tanh()", "tanh x", "1 − y²", "⑤ derivative ψ′", ""]


def test_the_topics_are_those_of_a_textbook(site: Path) -> None:
    html = (site / "operations.html").read_text("utf-8")
    titles = re.findall(r"<h2>([^<]*)<", html)
    first = titles.index("Arithmetic")
    assert titles[first : first + 4] == [
        "Arithmetic", "Exponentials, logarithms and powers", "Trigonometry", "Hyperbolic functions",
    ]  # fmt: skip
    assert len(titles) == len(set(titles))
    reference = re.findall(r"<h2>([^<]*)<", (site / "api" / "operations.html").read_text("utf-8"))
    assert len(reference) == len(set(reference))
    assert [title for title in titles if title in reference] == [title for title in reference if title in titles]


def test_what_works_with_what() -> None:
    """A table that is made by trying shows what fails as well; what is known to fail, and nothing else, may."""
    failing = {
        (trial.name, name)
        for trial in ABILITIES.trials()
        for name, check in ABILITIES.CHECKS.items()
        if name != "Value" and ABILITIES._tried(check, trial) == ABILITIES.NO
    }
    evaluated = {(name, how) for name in EVALUATED for how in ("compiled", "vmap")}
    of_scipy = {op.name for op in Operation.registry.values() if "of_scipy" in op.forward.__code__.co_names}
    evaluated |= {(name, how) for name in of_scipy for how in ("compiled", "other libraries")}
    assert failing == {("astype", "float32"), *evaluated}
    wrong = ABILITIES.Trial("wrong", lambda x: Tensor(np.asarray(x)) * 1.0, (np.ones(2),))
    assert ABILITIES._tried(ABILITIES.CHECKS["Tensor"], wrong) == ABILITIES.NO


def test_the_page_of_tensor_lists_what_it_can_do(site: Path) -> None:
    html = (site / "api" / "nodes.html").read_text("utf-8")
    rows = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL)]
    rows = [[unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in row] for row in rows]
    assert ["x @ y", "matmul()"] in rows
    assert ["x[:, 1]", "a column", "getitem()"] in rows
    assert ["np.abs, np.absolute, np.fabs", "abs()"] in rows
    assert ["np.append", "append()"] in rows
    assert "np.argmax" in html


def test_the_page_of_numpy_lists_all_functions(site: Path) -> None:
    html = (site / "numpy.html").read_text("utf-8")
    rows = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL)]
    texts = [[unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in row] for row in rows]
    assert ["abs, absolute, fabs", "abs(), operation"] in texts
    assert ["median", "median(), composition"] in texts
    shown = set(re.findall(r"\w+", " ".join(re.findall(r'<span class="pre">(.*?)</span>', html))))
    for module in NUMPY.MODULES:
        assert set(NUMPY.functions(module)) <= shown


# How functions of NumPy are called that take something else than Tensors, or something more.
CALLS: dict[str, Any] = {
    "where": lambda f, x, y: f(x.numpy() > 0, x, y),
    "clip": lambda f, x, y: f(x, 0.0, 1.0),
    "reshape": lambda f, x, y: f(x, (4,)),
    "broadcast_to": lambda f, x, y: f(x, (3, 2, 2)),
    "astype": lambda f, x, y: f(x, np.float32),
    "pad": lambda f, x, y: f(x, ((1, 1), (0, 0))),
    "concatenate": lambda f, x, y: f([x, y]),
    "stack": lambda f, x, y: f([x, y]),
}


OPERATIONS = {name: own for name, own in TENSORS.numpy_names().items() if own not in COMPOSITIONS}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_function_of_numpy_becomes_the_operation_that_the_page_says(name: str) -> None:
    op = OPERATIONS[name]
    (low, high), *_ = Operation.registry[op].domain
    places = np.array([[0.75, 0.9], [0.4, 0.6]])
    x, y = (Tensor(low + (high - low) * places, requires_grad=True, name=name) for name in "xy")
    usual = (lambda f, x, y: f(x, y)) if len(Operation.registry[op].operands) == 2 else (lambda f, x, y: f(x))
    result = CALLS.get(op, usual)(getattr(np, name), x, y)
    assert result.op.name == op
    result.sum().backward()
    assert x.grad is not None


STATUS = {(module, name): NUMPY.status(module, name) for module in NUMPY.MODULES for name in NUMPY.functions(module)}


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) >= "2.5.0", reason="a later NumPy has more functions")
def test_every_function_of_numpy_has_a_gradient_or_a_reason() -> None:
    assert not [name for name, status in STATUS.items() if status == NUMPY.Status(NUMPY.REFUSED)]


def test_every_reason_is_one_of_a_function_without_a_gradient() -> None:
    kinds: dict[str, str] = {}
    for (module, name), status in STATUS.items():
        part = module.partition(".")[2]
        kinds[f"{part}.{name}" if part else name] = status.kind
    for pattern in (each for patterns in REASONS.values() for each in patterns):
        found = {kinds[name] for name in kinds if fnmatchcase(name, pattern)}
        assert NUMPY.REFUSED in found, f"there is no such function without a gradient: {pattern}"
    methods = {"add.reduce", "maximum.reduce", "multiply.reduce"}
    assert {kinds[name] for name in INSTEAD if name not in methods} == {NUMPY.REFUSED}


ASKED = [(m, n) for (m, n), s in STATUS.items() if s.kind == NUMPY.REFUSED and NUMPY.asks(NUMPY.functions(m)[n])]


@pytest.mark.parametrize(("module", "name"), ASKED)
def test_a_function_without_a_gradient_says_why(module: str, name: str) -> None:
    function, x = NUMPY.functions(module)[name], Tensor([1.0, 2.0], requires_grad=True)
    is_ufunc = isinstance(function, np.ufunc)
    call = partial(function, *[x] * function.nin) if is_ufunc else partial(apply_function, function, (x,), {})
    with pytest.raises(TypeError, match=f"has no gradient here: {STATUS[module, name].text}"):
        call()


def test_a_function_of_a_later_numpy_says_what_is_there() -> None:
    def medians() -> None: ...

    with pytest.raises(TypeError, match=r"numpy.medians has no gradient here. There is median"):
        apply_function(medians, (Tensor([1.0]),), {})


def test_every_tutorial_has_a_page(site: Path) -> None:
    notebooks = sorted((ROOT / "tutorials").rglob("*.ipynb"))
    notebooks = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    pages = {path.relative_to(site).with_suffix("") for path in (site / "tutorials").rglob("[0-9]*.html")}
    assert pages == {path.relative_to(ROOT).with_suffix("") for path in notebooks}
    first = json.loads(notebooks[0].read_text("utf-8"))["cells"][0]
    title = "".join(first["source"]).splitlines()[0].removeprefix("# ")
    assert title in (site / notebooks[0].relative_to(ROOT)).with_suffix(".html").read_text("utf-8")


SWITCH = re.compile(r'<a lang="(..)" hreflang="(..)" href="([^"]*)">(.*?)</a>')


def test_every_page_leads_to_the_other_language(site: Path, pages: dict[Path, Page]) -> None:
    found: dict[Path, tuple[str, Path, str]] = {}
    for path in pages:
        if "gallery" not in path.relative_to(site).parts:  # pages of their own
            text = path.read_text("utf-8")
            (language,) = re.findall(r'<html [^>]*lang="(..)"', text)
            ((lang, hreflang, link, words),) = SWITCH.findall(text)
            assert lang == hreflang != language
            found[path] = language, path.parent.joinpath(unquote(link)).resolve() if link != "#" else path, words
    pairs = {path: other for path, (_, other, words) in found.items() if words.split()[-3] in ("page", "página")}
    assert all(pairs[other] == path for path, other in pairs.items())
    for path, (language, other, _) in found.items():
        assert found[other][0] != language
        assert path in pairs or other == site / ("index.html" if language == "es" else "es/index.html")
    spanish = {path.relative_to(site).as_posix() for path in pairs if found[path][0] == "es"}
    assert spanish == {path.relative_to(site).as_posix() for path, (language, *_) in found.items() if language == "es"}
    tutorials = [*(ROOT / "tutorials" / "es").glob("[0-9]*.ipynb"), ROOT / "tutorials" / "es" / "glossary.md"]
    assert spanish == {
        *(page.relative_to(DOCS).with_suffix(".html").as_posix() for page in SPANISH),
        *(path.relative_to(ROOT).with_suffix(".html").as_posix() for path in tutorials),
    }


@pytest.mark.parametrize("spanish", SPANISH, ids=lambda page: page.stem)
def test_a_page_is_built_alike_in_both_languages(spanish: Path) -> None:
    """Headings, blocks, tables and lists follow each other in the same order; only one index lists the contents."""
    english, other = (page.read_text("utf-8") for page in (DOCS / spanish.name, spanish))
    parts = re.compile(r"(?m)^(#+ |```(?!\{toctree)\{?\w+|\||- |: )")
    assert parts.findall(english) == parts.findall(other)


def test_the_gallery_speaks_the_language_of_its_page(site: Path) -> None:
    for folder, lang, caption in ((site, "en", "Layer by layer"), (site / "es", "es", "Capa por capa")):
        assert caption in (folder / "gallery.html").read_text("utf-8")
        files = sorted((folder / "gallery").glob("*.svg"))
        assert len(files) > 10
        assert all(f'lang="{lang}"' in path.read_text("utf-8")[:2000] for path in files)
        others = [
            path for path in (folder / "gallery").glob("*.html") if f'lang="{lang}"' not in path.read_text("utf-8")
        ]
        assert [path.name for path in others] == ["player_other.html"]


def test_the_theme_speaks_spanish_on_spanish_pages(site: Path) -> None:
    theme = re.compile(
        r">\s*(Next|Previous|Home|On this page|Back to top|Skip to content|Made with)\s*<|Link to this h"
    )
    for folder, name in (("", "tour"), ("tutorials", "01_the_inverse_neuron"), ("tutorials", "glossary")):
        english, spanish = (site / folder / language / f"{name}.html" for language in ("", "es"))
        assert len(set(theme.findall(english.read_text("utf-8")))) > 4
        assert not theme.findall(spanish.read_text("utf-8"))
        captions = re.findall('class="caption"[^>]*><span[^>]*>(.*?)<', spanish.read_text("utf-8"))
        assert captions == ["En español", "Learn", "Look up", "Look inside"]


def test_what_is_written_in_spanish_leads_to_pages_in_spanish(pages: dict[Path, Page]) -> None:
    (index,) = [page for path, page in pages.items() if path.parts[-2:] == ("es", "index.html")]
    assert {"../operations.html", "tutorials.html"} <= {link.partition("#")[0] for link in index.links}


def test_checks_are_folded_and_say_so_in_the_language_of_the_page(site: Path) -> None:
    for folder, word in (("tutorials", "Check"), ("tutorials/es", "Comprobación")):
        html = (site / folder / "00_what_you_need.html").read_text("utf-8")
        assert html.count(f">{word}</") > 5


def test_a_page_loads_nothing_of_python_before_a_click(pages: dict[Path, Page]) -> None:
    loaded = {load for page in pages.values() for load in page.loads if "_static/live/" in load}
    assert {re.sub(r".*/|\?.*", "", load) for load in loaded} <= {"live.js", "live.css"}


def test_the_pages_to_try_are_linked_in_both_languages(pages: dict[Path, Page]) -> None:
    for page, lang in (("try.html", "en"), ("es/try.html", "es")):
        (links,) = [found.links for path, found in pages.items() if path.as_posix().endswith(f"/html/{page}")]
        assert any(link.endswith(f"_static/live/playground_{lang}.html") for link in links)


def test_blocks_that_need_numpy_are_found_by_running_them() -> None:
    codes = [
        "w = Value(2.0)",
        "w * w",
        "import numpy as np",
        "np.ones(3)",
        "Tensor([1.0])",
        "1 / 0",
        "w.data",
        "%pip x",
    ]
    outcomes = ["run", "run", "numpy", "numpy", "numpy", "other", "run", "other"]
    assert LIVE.tried({"one": codes, "another": ["w.data"]}) == {"one": outcomes, "another": ["other"]}


def test_of_examples_what_is_typed_runs() -> None:
    assert LIVE.code_of(">>> def f(x):\n...     return x\n>>> f(2)\n2\n", "pycon") == "def f(x):\n    return x\nf(2)"
    assert LIVE.code_of(">>> 1", "ipython3") == ">>> 1"


def test_blocks_that_run_say_everything_in_both_languages() -> None:
    script = (DOCS / "live" / "live.js").read_text("utf-8")
    used = set(re.findall(r'word\("([^"]+)"', script)) | set(re.findall(r'button\("([^"]+)"', script))
    for words in LIVE.WORDS.values():
        assert used | {"arrays"} == set(words)
    assert "innerHTML" not in script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).with_suffix("").as_posix())
def test_the_examples_print_what_they_are_said_to(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Operation, "registry", dict(Operation.registry))  # one is declared on a page
    results = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert results.failed == 0
    text = page.read_text("utf-8")
    assert bool(results.attempted) == ("```pycon" in text)
    assert set(re.findall(r"(?m)^```(\w+)$", text)) <= {"pycon", "console", "latex", "html"}, (
        "write code as examples, to be tested"
    )


ROWS = re.findall(r"^\| `(.+?)`.* \| (compiled|evaluated) \|$", (DOCS / "compiling.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("code", "what"), ROWS)
@pytest.mark.filterwarnings("ignore:.*is not compiled but evaluated as usual")
def test_the_tables_of_what_compiles_are_true(code, what):
    w = Value(2.0)
    names = {
        **vars(autograd), "autograd": autograd, "sum": sum, "max": max, "w": w, "square": w * w,
        "weights": [w, Value(3.0)], "W": Tensor(np.eye(3), requires_grad=True),
    }  # fmt: skip
    of_arrays = "W" in code
    x = np.array([0.5, -1.0, 2.0]) if of_arrays else 0.5
    names["generator"] = np.random.default_rng(0)
    function = eval(f"lambda x: {code}", names)
    expected = function(Tensor(x) if of_arrays else Value(x))
    names["generator"] = np.random.default_rng(0)
    compiled = jit(function)
    found = compiled(x)
    assert (compiled.why_not is None) == (what == "compiled")
    for a, b in zip(*(leaves(results, is_container) for results in (found, expected)), strict=True):
        np.testing.assert_allclose(a, b.data, rtol=1e-12)


def test_there_are_tables_of_what_compiles():
    assert len(ROWS) == 29


def test_the_table_of_other_libraries_counts_what_agrees() -> None:
    page = SimpleNamespace(**runpy.run_path(str(DOCS / "other_arrays.py")))
    types = {"float64": "4 4 3 2", "float32": "4 4 4 4"}
    record = {
        "dask": {"version": "1.2+x", "device": "cpu", "examples": 9, "all": "add", "some": {"det": types}},
        "jax": {"version": "0.1", "device": "gpu", "examples": 8, "all": "add det sin", "some": {}},
    }
    head, _, *rows = page.computed(record).splitlines()
    assert head == "| function | Dask 1.2, on cpu: 9 examples | JAX 0.1, on gpu: 8 examples |"
    counted = "float64 value 4, gradient 3, second order 2 of 4; float32 4 of 4"
    assert rows == ["| 1 functions | all | all |", f"| `det` | {counted} | all |", "| `sin` | not run | all |"]
    assert [page.shown({"float64": counts}) for counts in ("2 0 0 0", "2 1 1 1")] == ["none", "1 of 2"]
    assert set(page.TITLES) > set(json.loads(page.RECORDS[0].read_text("utf-8"))) > {"dask", "torch", "jax"}
