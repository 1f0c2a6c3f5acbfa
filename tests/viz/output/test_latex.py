"""Drawings and runs in LaTeX: what is written, and, where there is a LaTeX, what it makes of it."""

import ast
import doctest
import re
import shutil
import subprocess
import warnings
from collections import Counter
from functools import cache
from itertools import product
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.autograd.languages import languages
from inversa.nn import MLP, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from inversa.viz.drawing.composition import PIXEL
from inversa.viz.drawing.shapes import Part, Text
from inversa.viz.drawing.shapes import Path as Line
from inversa.viz.lettering import theme
from inversa.viz.lettering.formula import Name, Number, Partial, mathml, plain
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.output import beamer
from inversa.viz.output.latex import latex, words
from inversa.viz.tour import lecture_network

from ..operations import declared, graph_of

ROOT = Path(__file__).parents[3]
NAMES = [
    "a|b", "{x}", "<b>", '"q"', "]]>", "&amp;", "\\N\\l", "_", "#", "%", "\\", "~", "^", "$5", "a'b`c", "w  1", "--",
    "?`", "😀", "вес", "重み", "שלום", "مرحبا", "é", "ñandú", "ẑ", "x̂", "e\u0301", "ħ", "ﬁ", "—", "–", "…", "²", "x²₃²",
    "²′", "ψ′₁", "λ₂", "ε", "a\nb\x00", "hidden.0", "cross-entropy",
]  # fmt: skip


def cost(x, w):
    """x · w squared: numbers small and large enough for an exponent."""
    return ((Value(x, name="x") * Value(w, name="w")) ** 2).named("J")


def odd(names=NAMES):
    total = Value(0.0, name="start")
    for name in names:
        total = (total + Value(1.0, name=name) * 2).named(f"{name}'")
    return total


def convolution():
    model = Sequential(Conv2d(1, 2, 3, seed=0), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 3, seed=0))
    return model, np.linspace(0, 1, 36).reshape(1, 6, 6), 1


def lectures(lang="en"):
    J = lecture_network()[1]
    J.backward()
    return {"data": ["x", "y"], "lang": lang, "node": J}


FIGURES = {
    "neurons": lambda: viz.draw(**lectures(), detail="neuron", view="both"),
    "español": lambda: viz.draw(**lectures("es"), detail="neuron", view="both"),
    "cards": lambda: viz.draw(**lectures(), detail="op", view="both"),
    "circles": lambda: viz.draw(MLP([3, 4, 4, 2], seed=0), [0.5, -1.0, 0.25], [1.0, 0.0], loss="mse", view="both"),
    "classes": lambda: viz.draw(MLP([2, 3, 3], seed=0), [0.5, -1.0], 1, loss="cross_entropy", view="both"),
    "layers": lambda: viz.draw(MLP([8, 16, 16, 4], seed=0), np.ones((2, 8)), np.ones((2, 4)), loss="mse", view="both"),
    "convolution": lambda: viz.draw(*convolution(), loss="cross_entropy", view="both"),
    "numbers": lambda: viz.draw(cost(1e-5, -0.5) + Value(nan, name="n") * Value(inf, name="i"), view="both"),
    "dark": lambda: viz.draw(cost(1.0, 2.0), theme="dark"),
    "odd": lambda: viz.draw(odd(), view="both"),
}
RUNS = {
    "neurons": lambda: viz.player(**lectures()),
    "cards": lambda: viz.player(**lectures(), detail="op"),
    "circles": lambda: viz.player(MLP([2, 3, 3], seed=0), [0.5, -1.0], 1, loss="cross_entropy"),
    "convolution": lambda: viz.player(*convolution(), loss="cross_entropy", lang="es"),
    "numbers": lambda: viz.player(cost(1e-5, -0.5)),
    "odd": lambda: viz.player(odd(NAMES[::5]), detail="op", theme="dark"),
}


@pytest.fixture(scope="module")
def figures():
    return {name: make() for name, make in FIGURES.items()}


@pytest.fixture(scope="module")
def runs():
    return {name: make() for name, make in RUNS.items()}


@pytest.fixture(scope="module")
def written(runs, tmp_path_factory):
    """The slides of every run."""
    folder = tmp_path_factory.mktemp("slides")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that some numbers are small
        return {name: run.render(folder / f"{name}.tex").read_text("utf-8") for name, run in runs.items()}


# What is written.


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("100 % #1 a_b ~ ^ $x$", r"100 \% \#1 a\_b \~{} \^{} \$x\$"),
        ("a|b <b> \\N {x} &amp;", r"a\textbar{}b \textless{}b\textgreater{} \textbackslash{}N \{x\} \&amp;"),
        ("1.0000·10⁻¹²", r"1.0000$\cdot 10^{-12}$".replace("10^", "$10$^")),
        ("−∞ — ⋮ ③", r"$-\infty $ \textemdash{} $\vdots $ \textcircled{3}".replace(r"-\infty ", r"{-}{\infty}")),
        ("‖·‖", r"${\Vert}{\cdot}{\Vert}$"),
        ("w₁₂⁽²⁾", r"w$_{12}^{(2)}$"),
        ("x²₃²", r"x$^{2}{}_{3}^{2}$"),
        ("²′ ψ′₁ Wᵀ eʸ", r"$^{2\prime }$ $\psi ^{\prime }{}_{1}$ W$^{T}$ e$^{y}$"),
        ("x̂ ẑ e\u0301 ß", r"$\hat{x}$ $\hat{z}$ é ß"),
        ("--- ,, w  1", r"-\/-\/- ,\/, w\ \ 1"),
        ("\u2068вес\u2069 😀", "".join(rf"\inversaletter{{{ord(c)}}}{{04}}{{{ord(c) - 0x400:X}}}" for c in "вес")
         + r" \inversaletter{128512}{1F6}{00}"),
    ],
)  # fmt: skip
def test_texts_are_written_literally(text, code):
    assert words(text) == code


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ((Number("−2"), "² = ", Number("4")), "(-2)^{2}=4"),
        ((Number("1.0000·10⁻¹²"), "² = ", Number("1.0000·10⁻²⁴")), r"(1.0000\cdot 10^{-12})^{2}=1.0000\cdot 10^{-24}"),
        ((Name("x²"), "²"), "(x^{2})^{2}"),
        ((Name("w₁₁⁽²⁾"), " · ", Name("x")), r"w_{11}^{(2)}\cdot x"),
        ((Name("v₉"), " = max of windows of ", Name("v₈")),
         r"v_{9}=\mathrm{max}\nobreakspace \mathrm{of}\nobreakspace \mathrm{windows}\nobreakspace \mathrm{of}"
         r"\nobreakspace v_{8}"),
        ((Name("hidden layer 1"), " = 2×16"), r"\text{hidden layer 1}=2\times 16"),
        ((Partial("J", "a|b"), " = L′(", Name("ñ"), ")"),
         r"\frac{\partial J}{\partial \text{a\textbar{}b}}=L^{\prime }(\text{ñ})"),
    ],
)  # fmt: skip
def test_formulas_are_written_literally(formula, code):
    assert latex(formula) == code


def test_a_number_that_is_raised_to_a_power_keeps_its_exponent_apart():
    run = viz.player(cost(1e-5, 1.0), detail="op")
    squared = [formula for step in run.steps for formula in step.numbers if "²" in plain(formula)]
    assert plain(squared[0]) == "(1.0000·10⁻⁵)² = 1.0000·10⁻¹⁰"
    assert 'data-p="^">(1.0000·10⁻⁵)</mn>' in mathml(squared[0])  # a page that writes another knows it, too


def test_every_sign_that_pictures_print_is_a_sign_of_latex():
    modules = ["lettering/numbers", "cards/writer", "cards/steps", "command/expression"]
    modules += ["neurons/formulas", "neurons/circles", "neurons/lecture"]
    found = set()
    for path in [
        *(ROOT / "autograd" / "ops").glob("*.py"),
        *(ROOT / "autograd" / "languages").glob("*.py"),
        *(ROOT / "viz" / f"{name}.py" for name in modules),
    ]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(node.value)
    assert len(found) > 100
    assert [sign for sign in sorted(found - {"\ufffd"}) if "inversaletter" in words(sign)] == []


def balanced(source):
    """Whether every brace that is opened is closed again."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", re.sub(r"\\\\", "", source)):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    return depth == 0


def check_source(source):
    assert balanced(source)
    assert not re.search("[^\n -~¡-ſȘ-ț]", source)  # no letter that LaTeX's fonts do not have
    assert not re.search(r"\\inversafit\{[^}]*\}\{\s*\}", source)  # nothing without a width is made narrower
    assert source.count(r"\resizebox") <= 4  # in definitions and comments only
    for options in re.findall(r"\\begin\{scope\}\[(onslide.*)\]%", source):
        assert re.fullmatch(r"(,?onslide=\{<[\d,-]+>\{(later|now)\}\})+", options)  # braces around commas
    for frame in source.split(r"\begin{frame}")[1:]:
        assert frame.startswith("[t]\n\\frametitle{")  # and no argument: it would take the picture for the next
    for environment in ("scope", "tikzpicture", "frame", "document"):
        assert source.count(rf"\begin{{{environment}}}") == source.count(rf"\end{{{environment}}}")
    for defined in ("inversafit", "inversaletter"):
        assert (rf"\providecommand\{defined}" in source) == (rf"\{defined}{{" in source)
    assert set(re.findall(r"[=]inversa-([a-z-]+)", source)) <= set(
        re.findall(r"\\definecolor\{inversa-([a-z-]+)", source)
    )


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_hold_nothing_that_latex_does_not_have(figures, name):
    check_source(figures[name].to_tikz())


@pytest.mark.parametrize("name", RUNS)
def test_slides_hold_nothing_that_latex_does_not_have(written, name):
    check_source(written[name])


def test_every_text_stands_at_its_place_in_tikz(figures):
    source = figures["neurons"].to_tikz()
    for item in figures["neurons"]._drawing.shapes("forward"):
        for shape in item.shapes if isinstance(item, Part) else (item,):
            if isinstance(shape, Text) and shape.text.strip():
                baseline = shape.y + theme.FACES[theme.STYLES[shape.style].face].middle * shape.size
                assert re.search(rf"\({shape.x:.2f},{baseline:.2f}\) .*{re.escape(words(shape.text))}", source)


@pytest.mark.parametrize("name", ["neurons", "cards", "circles", "español"])
def test_pictures_have_the_titles_of_both_views(figures, name):
    source = figures[name].to_tikz()
    for view in VIEWS:
        for text in figures[name]._drawing.heading(view):
            assert f"{{{words(text)}}}" in source


def test_a_picture_to_input_brings_its_colours_and_says_what_it_needs(figures, tmp_path):
    figure = figures["odd"]
    source = figure.render(tmp_path / "net.tikz").read_text("utf-8")
    assert source == figure.to_tikz()
    comment, picture = source.split(r"\begin{tikzpicture}")
    assert all(line.startswith("%") for line in comment.splitlines())
    assert r"\usepackage{tikz}" in comment
    assert r"\definecolor" in picture  # inside: the document's own colours and commands stay
    assert picture.endswith("\\end{tikzpicture}%\n")
    assert picture in figure.render(tmp_path / "net.tex").read_text("utf-8")


def test_a_tex_is_a_document_or_the_picture_alone(figures, tmp_path):
    figure = figures["cards"]
    assert r"\documentclass" in figure.render(tmp_path / "a.tex").read_text("utf-8")
    for name in ("b.tex", "b.tikz"):
        assert figure.render(tmp_path / name, standalone=False).read_text("utf-8") == figure.to_tikz()
    with pytest.raises(ValueError, match=r"standalone=False is for \.tex, .* not for \.svg"):
        figure.render(tmp_path / "c.svg", standalone=False)


def test_a_dark_picture_can_be_without_paper(figures, tmp_path):
    for name, settings in (("a.tex", {}), ("b.tex", {"standalone": False}), ("c.tikz", {})):
        source = figures["dark"].render(tmp_path / name, transparent=True, **settings).read_text("utf-8")
        assert "fill=inversa-paper,rounded corners=0.000cm" not in source


def test_a_dark_picture_brings_its_paper(figures):
    width, height = figures["dark"].width, figures["dark"].height
    paper = rf"fill=inversa-paper,rounded corners=0.000cm\] \(0.00,0.00\) rectangle \({width}.00,{height}.00\)"
    assert re.search(paper, figures["dark"].to_tikz())
    assert "(0.00,0.00) rectangle" not in figures["cards"].to_tikz()


# What slides show, and when.


def frames(source):
    """The code of each frame's picture, and the texts of its overlays."""
    for frame in source.split(r"\begin{frame}")[1:]:
        picture = frame[frame.index(r"\begin{tikzpicture}") : frame.index(r"\end{tikzpicture}")]
        yield picture, re.findall(r"\\only<(\d+)>\{\\inversatext(.*?)\}%\n", frame, re.DOTALL)


def visible(picture, step):
    """The lines of a picture that are on the page in a step."""
    for line in picture.splitlines():
        overlay = re.match(r"\\only<(\d*)-(\d*)>", line)
        if overlay is None or int(overlay[1] or 1) <= step <= int(overlay[2] or 10**6):
            yield line


def shapes(drawing, view):
    """Every shape, and the name of its part."""
    for item in drawing.shapes(view):
        if isinstance(item, Part):
            yield from ((item.name, shape) for shape in item.shapes)
        else:
            yield "", item


@pytest.mark.parametrize("name", RUNS)
def test_slides_show_the_numbers_of_the_steps_so_far_and_no_others(runs, written, name):
    run = runs[name]
    for view, (picture, texts) in zip(VIEWS, frames(written[name]), strict=True):
        steps = [step for step in run.steps if step.view == view]
        assert [int(number) for number, _ in texts] == list(range(1, len(steps) + 1))
        every = [(part, shape) for part, shape in shapes(run._drawing, view) if isinstance(shape, Text)]
        every = [
            (part, shape) for part, shape in every if view == "inverse" or not shape.slot.strip("|").startswith("d")
        ]
        numbers = {words(shape.text) for _, shape in every if shape.slot}
        for last in (1, len(steps) // 2, len(steps)):
            past = {name for step in steps[:last] for name in step.parts}
            expected = [words(shape.text) for part, shape in every if not shape.slot or part in past]
            found = re.findall(r"\\inversafit\{[\d.]+cm\}\{(.*)\}\};", "\n".join(visible(picture, last)))
            assert Counter(code for code in found if code in numbers) == Counter(
                code for code in expected if code in numbers
            )


def test_forward_slides_of_cards_do_not_tell_the_gradients(written):
    forward, inverse = (picture for picture, _ in frames(written["cards"]))
    gradient = words("∂J/∂w₁⁽¹⁾")
    assert gradient not in forward
    assert words("−0.0040") not in forward
    assert gradient in inverse
    assert words("−0.0040") in inverse


def test_the_numbers_of_the_rules_belong_to_their_parts(runs, written):
    disc = "fill=inversa-ink,draw=inversa-paper"
    for view, (picture, _) in zip(VIEWS, frames(written["neurons"]), strict=True):
        assert all(isinstance(item, Part) for item in runs["neurons"]._drawing.shapes(view))
        scopes = re.findall(r"\\begin\{scope\}\[(.*?)\](.*?)\\end\{scope\}", picture, re.DOTALL)
        marked = [options for options, code in scopes if disc in code]
        assert len(marked) == picture.count(disc) == 8
        assert sum("later" in options for options in marked) >= 7  # all but what belongs to the first step


def test_wires_to_come_do_not_tell_their_numbers_by_their_thickness(runs, written):
    _, (picture, _) = frames(written["circles"])
    wires = [
        shape for _, shape in shapes(runs["circles"]._drawing, "inverse") if isinstance(shape, Line) and shape.slot
    ]
    thin = [line for line in visible(picture, 1) if line.startswith(r"\only<-") and r"line width=1\inversaline" in line]
    assert len(thin) == len(wires) > 5
    assert not any("dash" in line for line in thin)


@pytest.mark.parametrize("name", RUNS)
def test_slides_say_all_equations_of_a_step(runs, written, name):
    texts = [text for _, texts in frames(written[name]) for _, text in texts]
    assert len(texts) == len(runs[name].steps)
    for step, text in zip(runs[name].steps, texts, strict=True):
        assert words(step.title) in text
        for formula in (*step.equations, *step.numbers):
            assert f"${latex(formula)}$" in text


# How large it is.


def layout(run):
    return beamer._Slides(run._drawing, run.steps).layout


@pytest.mark.parametrize("name", RUNS)
def test_drawing_and_text_fit_the_slide(runs, name):
    found = layout(runs[name])
    width, height = (found.scale * length for length in found.drawing.extent)
    below = 0.0 if found.column else beamer.GAP + 2 * beamer.LINE * found.letters
    assert height + below <= beamer.HEIGHT + 1e-9
    if found.column:
        assert width + beamer.GAP + found.column == pytest.approx(beamer.WIDTH)
        assert found.column >= beamer.COLUMN - 1e-9
    else:
        assert width <= beamer.WIDTH + 1e-9


def test_slides_have_the_form_whose_numbers_are_large_enough(runs):
    assert layout(runs["numbers"]).drawing.form == "natural"  # small enough as it is
    assert layout(runs["neurons"]).points >= 6
    assert layout(runs["neurons"]).drawing.form != "natural"
    convolution = layout(runs["convolution"])
    assert convolution.drawing.layout.cuts  # in several rows
    assert convolution.scale > 2 * beamer.WIDTH / next(runs["convolution"]._drawing.forms).extent[0]


@pytest.mark.parametrize("name", RUNS)
def test_no_number_is_missing_on_slides(runs, name):
    form = layout(runs[name]).drawing
    for view in VIEWS:
        there, shown = (
            {shape.slot for _, shape in shapes(drawing, view) if isinstance(shape, Text) and shape.slot}
            for drawing in (next(form.forms), form)
        )
        assert {slot for slot in there - shown if not slot.startswith("g")} == set()


def test_forms_without_labels_are_not_taken(runs):
    run = runs["circles"]
    assert [form.form for form in beamer._Slides(run._drawing, run.steps)._forms()] == ["natural", "compact", "upright"]


def test_the_text_stands_beside_a_high_drawing():
    class High:
        extent = (400.0, 900.0)

        @property
        def forms(self):
            yield self

        def shapes(self, view):
            return ()

    found = beamer._Slides(High(), viz.player(cost(1.0, 2.0)).steps).layout
    assert found.scale == pytest.approx(beamer.HEIGHT / 900)
    assert found.column == pytest.approx(beamer.WIDTH - beamer.GAP - 400 * found.scale)


def test_numbers_that_are_too_small_are_warned_of(runs, tmp_path):
    with pytest.warns(UserWarning, match=r"have 2\.\d points only: draw less of it") as caught:
        runs["cards"].render(tmp_path / "cards.tex")
    assert caught[0].filename == __file__


@pytest.mark.parametrize("width", [500, 900])
def test_pictures_for_a_width_are_as_wide_in_tikz(figures, width):
    figure = figures["neurons"].fitted(width)
    found = re.search(r"tikzpicture\}\[x=([\d.]+)cm,y=-\1cm", figure.to_tikz())
    size = figure._composition.size
    assert float(found[1]) * size[0] == pytest.approx(PIXEL * figure.width, abs=PIXEL)
    for _, x, y, _, head in figure._composition.pages():  # side by side, or one below the other
        assert f"shift={{({x:.2f},{y + head:.2f})}}" in figure.to_tikz()


def test_wires_to_another_row_are_cut_in_tikz(figures):
    figure = figures["convolution"].fitted(800)
    cuts = figure._drawing.layout.cuts
    source = figure.to_tikz()
    assert len(cuts) > 2
    for start, end, letter in cuts.values():
        for x, y in (start.start, start.end, end.start, end.end):
            assert f"({x:.2f},{y:.2f})" in source
        assert source.count(f"{{{letter}}}}};") == 2 * len(VIEWS)  # at both ends, in both views


def test_dashes_of_thick_lines_are_apart(figures):
    assert "cap=" not in figures["circles"].to_tikz()  # round ends would fill the gaps
    assert "dash pattern" in figures["circles"].to_tikz()


# What LaTeX makes of it.

ENGINES = ("pdflatex", "lualatex")


def cases(names, *quick):
    """Every engine with every name; all but the quick ones take long."""
    marks = dict.fromkeys(quick, ())
    return [pytest.param(*case, marks=marks.get(case, pytest.mark.long)) for case in product(ENGINES, names)]


DOCUMENT = r"""\documentclass{article}
\usepackage{iftex}\ifPDFTeX\usepackage[T1]{fontenc}\usepackage{lmodern}\fi
\usepackage{tikz}
\begin{document}
%s
\end{document}
"""


NEEDED = {"tikz.sty", "beamer.cls", "standalone.cls", "lmodern.sty"}


@cache
def found_by_latex():
    """Those of the needed files that are there."""
    found = subprocess.run(["kpsewhich", *NEEDED], capture_output=True, text=True).stdout
    return {Path(line).name for line in found.splitlines()}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Compiles a document, once, and gives the file without its suffix; skips where that cannot be."""
    done = {}

    def compile(engine, name, source, files=()):
        if (engine, name) not in done:
            if shutil.which(engine) is None:
                pytest.skip(f"there is no {engine}")
            if missing := NEEDED - found_by_latex():
                pytest.skip(f"LaTeX has no {', '.join(sorted(missing))}")
            folder = tmp_path_factory.mktemp(f"{engine}-{name}")
            (folder / "it.tex").write_text(source, "utf-8")
            for file, content in files:
                (folder / file).write_text(content, "utf-8")
            command = [engine, "-interaction=nonstopmode", "-halt-on-error", "it.tex"]
            found = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, stdin=subprocess.DEVNULL)
            log = (folder / "it.log").read_text("utf-8", "replace")
            done[engine, name] = folder / "it", found.returncode, log
        return done[engine, name]

    return compile


def check_log(status, log):
    assert status == 0, log[-1500:]
    assert "Missing character" not in log
    assert not re.search(r"Overfull \\vbox", log)


def texts_of(path):
    """The text of every page of a PDF, without spaces."""
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext")
    found = subprocess.run(["pdftotext", path.with_suffix(".pdf"), "-"], capture_output=True, check=True).stdout
    return [re.sub(r"\s", "", page) for page in found.decode().split("\f")[:-1]]  # a form feed ends each page


def text_of(path):
    return "".join(texts_of(path))


@pytest.mark.parametrize("engine", [*ENGINES, pytest.param("xelatex", marks=pytest.mark.long)])
def test_latex_inputs_every_picture_and_one_of_them_twice(figures, compiled, engine):
    files = [(f"{i}.tikz", figure.to_tikz()) for i, figure in enumerate(figures.values())]
    inputs = "\n\n".join(rf"\resizebox{{\linewidth}}{{!}}{{\input{{{file}}}}}" for file, _ in [files[0], *files])
    path, status, log = compiled(engine, "pictures", DOCUMENT % inputs, files)
    check_log(status, log)
    text = text_of(path)
    assert text.count("−0.0040") == 4  # ∂J/∂w₁: twice neurons, neurons in Spanish, cards
    assert "Lareverse" not in text
    assert "Laredinversa" in text
    for shown in ("ñandú", "a|b", "{x}", "--", "?`", "a'b`c", "1F6", "1.0000·10−5", "−5.0000·10−6"):
        assert shown in text


@pytest.mark.parametrize("engine", ["pdflatex", pytest.param("lualatex", marks=pytest.mark.long)])
def test_latex_sets_every_operation(compiled, engine):
    files = []
    for i, op in enumerate(declared()):
        J = graph_of(op)
        view, lang = VIEWS[i % 2] if J.requires_grad else "forward", languages()[i // 2 % len(languages())]
        files.append((f"{op.name}.tikz", viz.draw(J, detail="op", view=view, lang=lang).to_tikz()))
    inputs = "\n\n".join(rf"\resizebox{{\linewidth}}{{!}}{{\input{{{file}}}}}" for file, _ in files)
    path, status, log = compiled(engine, "operations", DOCUMENT % inputs, files)
    check_log(status, log)
    text = text_of(path)
    assert len(text) > 100 * len(files)
    assert not re.search(r"\{\w+\}", text)


def test_the_document_of_the_documentation_is_one(compiled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "papers.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
    (document,) = re.findall(r"```latex\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    path, status, log = compiled("pdflatex", "documented", document, [("network.tex", Path("network.tex").read_text())])
    check_log(status, log)
    assert "Anetwork1-2-1anditscost." in text_of(path)


@pytest.mark.parametrize("engine", ["pdflatex", pytest.param("lualatex", marks=pytest.mark.long)])
def test_latex_finds_pictures_for_paper_as_wide_as_asked_for(compiled, engine):
    widths = {"8cm": 227.6, "15cm": 426.8, "3in": 216.8}
    drawn = {width: viz.draw(**lectures(), detail="neuron", width=width, theme="print", title="") for width in widths}
    files = [(f"{width}.tex", figure.to_tikz()) for width, figure in drawn.items()]
    measured = r"\sbox0{\input{%s.tex}}\typeout{%s is \the\wd0}\usebox0\par"
    path, status, log = compiled(engine, "paper", DOCUMENT % "\n".join(measured % (w, w) for w in widths), files)
    check_log(status, log)
    for width, points in widths.items():
        found = float(re.search(rf"{width} is ([\d.]+)pt", log)[1])
        assert found == pytest.approx(points, abs=0.2)  # points: less than a tenth of a millimetre
    assert "Lared" not in text_of(path)
    assert text_of(path).count("0.0359") == 3


@pytest.mark.parametrize(("engine", "name"), cases(FIGURES, ("pdflatex", "neurons"), ("lualatex", "dark")))
def test_latex_takes_a_picture_as_a_document(figures, compiled, tmp_path, engine, name):
    source = figures[name].render(tmp_path / "it.tex").read_text("utf-8")
    path, status, log = compiled(engine, f"document-{name}", source)
    check_log(status, log)
    assert path.with_suffix(".pdf").read_bytes()[:4] == b"%PDF"


@pytest.mark.parametrize(
    ("engine", "name"), cases(RUNS, ("pdflatex", "numbers"), ("lualatex", "numbers"), ("pdflatex", "circles"))
)
def test_latex_takes_slides_and_hides_what_is_to_come(runs, written, compiled, engine, name):
    run = runs[name]
    path, status, log = compiled(engine, f"slides-{name}", written[name])
    check_log(status, log)
    assert f"({len(run.steps)} pages" in log.replace("\n", "")
    if name != "numbers":
        return
    gradient = "−1.0000·10⁻⁵"  # ∂J/∂(x · w)
    first = next(i for i, step in enumerate(run.steps) if any(gradient in plain(f) for f in step.numbers))
    assert run.steps[first].view == "inverse"
    pages = texts_of(path)
    assert len(pages) == len(run.steps)
    for i, page in enumerate(pages):
        assert ("−1.0000·10−5" in page) == (i >= first)
