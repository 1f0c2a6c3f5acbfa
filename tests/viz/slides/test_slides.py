"""Lectures as slides: the table and the notebooks, what stands on a slide, and the three formats."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import takewhile

import pytest

from inversa.autograd import languages as language_files
from inversa.viz.slides import notebooks, pictures, reveal, typeset
from inversa.viz.slides.deck import HEIGHT, SMALLEST_CODE, SMALLEST_LETTERS, WIDTH, Deck, Slide, deck, table
from inversa.viz.slides.markdown import Span, plain, spans
from inversa.viz.slides.outputs import slim
from inversa.viz.slides.saving import save

LANGUAGES = ("en", "es")
HOSTILE = ["a|b", "{x}", "<b>", '"q"', "]]>", "</script>", "&amp;", "\\N", "_#%~^$5", "«é»", "😀", "x₁²"]
DECKS = [(name, lang) for name in table() for lang in LANGUAGES]


@pytest.fixture(scope="module")
def decks():
    return {(name, lang): deck(name, lang) for name, lang in DECKS}


# The table, and the notebooks.


def test_every_lecture_has_its_slides():
    assert sorted(table()) == ["000", "001", "002", "003", "004"]
    for name, entries in table().items():
        assert len(entries) == len(set(entries)) >= 10, name
        for entry in entries:
            assert re.fullmatch(r"\d\d/[\w-]+( \+ \d\d/[\w-]+)*", entry), entry
            assert "/cell-" not in entry, "these ids change when a cell is added: name it in tutorials/source"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_cell_of_the_table_is_there_and_shows_something(lang):
    missing, silent = [], []
    for name in {cell for entries in table().values() for entry in entries for cell in entry.split(" + ")}:
        number, identifier = name.split("/")
        cell = notebooks.read(notebooks.folder(), number, lang).get(identifier)
        if cell is None:
            missing.append(name)
        elif not any(output.get("text", "picture") for output in cell.outputs):
            silent.append(name)
    assert missing == [], "name these cells in tutorials/source, or change viz/slides/decks.toml"
    assert silent == []


@pytest.mark.parametrize("name", table())
def test_both_languages_have_the_same_slides(decks, name):
    english, spanish = decks[name, "en"], decks[name, "es"]
    assert english.title != spanish.title
    wholes = [
        [slide for slide in made.slides if slide.picture is None or not slide.picture.close]
        for made in (english, spanish)  # longer words leave a picture less room: one may need a close-up more
    ]
    assert [len(slides) for slides in wholes] == [len(table()[name])] * 2
    for one, other in zip(*wholes, strict=True):
        assert (one.picture is None, not one.plot) == (other.picture is None, not other.plot)
        assert len(one.stages) == len(other.stages)
        assert len(one.notes) == len(other.notes)
        assert one.title != other.title or one.title in ("Dropout", "LeNet-5")


def test_no_slide_is_empty_or_a_page(decks):
    for (name, _), made in decks.items():
        for slide in made.slides:
            assert slide.title, name
            assert slide.picture or slide.plot or slide.code or slide.printed, slide.title
            assert len(plain(slide.text)) + len(plain(slide.question)) < 560, slide.title
            assert slide.code.count("\n") < 12
            assert not slide.code.startswith("assert")
            assert slide.letters(slide.code) >= SMALLEST_CODE
            for paragraph in (slide.text, slide.question, slide.caption):
                assert not re.search(r"<!--|^#|^>|\]\(", plain(paragraph)), paragraph


def test_what_is_said_belongs_to_what_is_seen(decks):
    """No sentence leads to a cell that is not there, speaks of code, or of pictures that lie one upon the other."""
    for made in decks.values():
        for slide in made.slides:
            assert "plt." not in slide.code, slide.title
            assert slide.code or not slide.text.endswith(":"), slide.text
            assert not slide.text.startswith("("), slide.text
            flips = slide.picture is not None and len(slide.picture.views) > 1
            said = plain(f"{slide.text} {slide.question} {slide.caption}")
            assert not (flips and re.search(r"\b(above|below|arriba|abajo)\b", said.lower())), said


def test_a_lecture_or_a_cell_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"name is one of '000', .* not '005'"):
        deck("005")
    with pytest.raises(FileNotFoundError, match=r"there are no notebooks in .*: --tutorials names their folder"):
        deck("000", tutorials=tmp_path)
    for source in notebooks.folder().glob("*.ipynb"):
        shutil.copy(source, tmp_path)
    assert deck("000", "en", tmp_path) == deck("000", "en")
    path = next(tmp_path.glob("02_*"))
    path.write_text(path.read_text("utf-8").replace('"id": "one-linear-neuron"', '"id": "another"'), "utf-8")
    with pytest.raises(ValueError, match=r"tutorial 02 in .* has no cell 'one-linear-neuron', a slide of 000"):
        deck("000", "en", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"there is no tutorial 02 in .*es"):
        deck("000", "es", tmp_path)


def test_what_a_wheel_carries_makes_the_same_slides(decks, tmp_path):
    used = {cell for entries in table().values() for entry in entries for cell in re.findall(r"\d\d/[\w-]+", entry)}
    kept = 0
    for path in notebooks.folder().rglob("*.ipynb"):
        mine = {cell[3:] for cell in used if path.name.startswith(cell[:2])}
        if not mine:
            continue
        made = tmp_path / path.relative_to(notebooks.folder())
        made.parent.mkdir(exist_ok=True)
        made.write_text(json.dumps(slim(json.loads(path.read_text("utf-8")), mine)), "utf-8")
        kept += made.stat().st_size
    assert kept < 6_000_000
    for (name, lang), wanted in decks.items():
        assert deck(name, lang, tmp_path) == wanted


def test_a_language_more_needs_its_notebooks_alone(tmp_path, monkeypatch):
    made_up = (
        "from dataclasses import replace\nfrom inversa.autograd.languages.en import LANGUAGE as ENGLISH\n"
        "LANGUAGE = replace(ENGLISH, slides={key: f'«{text}»' for key, text in ENGLISH.slides.items()})\n"
    )
    (tmp_path / "xy.py").write_text(made_up, "utf-8")
    monkeypatch.setattr(language_files, "__path__", [*language_files.__path__, str(tmp_path)])
    shutil.copytree(notebooks.folder() / "es", tmp_path / "xy")
    (tmp_path / "00_none.ipynb").write_text('{"cells": []}', "utf-8")
    made = deck("000", "xy", tmp_path)
    assert made.title == "«From the neuron to the network»"
    assert made.slides[0].title == "La neurona"
    assert "«[→] next" in re.sub("</?kbd>", lambda tag: "[]"["/" in tag[0]], reveal.page(made))


def cells(*written):
    """Cells of a notebook: prose as text, code as (id, what it shows)."""
    made = []
    for cell in written:
        if isinstance(cell, str):
            made.append({"id": "prose", "cell_type": "markdown", "source": [cell]})
        else:
            name, *outputs = cell
            made.append({"id": name, "cell_type": "code", "source": ["f()"], "outputs": outputs})
    return {cell.name: cell for cell in notebooks._cells({"cells": made})}


PLOT = {"png": "iVBORw0KGgo="}


def test_a_cell_has_the_prose_around_it():
    found = cells(
        "# 1. Title\n\nOf the\nwhole.", ("first",), "*A plot.* It falls. Look\nat this:", ("second", PLOT), ("check",),
        "*Another.* It rises. The numbers:", ("third",),
        "## Below\n\nOne.\n\n- a\n- b\n\n> **Predict.** What\n> comes?\n\nTwo.",
        ("fourth", PLOT), "*Said.* The answer.\n\n<details>\nhidden\n</details>",
    )  # fmt: skip
    assert found["first"].text == "Of the whole."
    assert found["first"].caption == "A plot."
    assert found["second"].text == "It rises."  # of its plot, and not what leads on
    assert found["second"].caption == found["check"].caption == "Another."  # a check between a plot and its text
    assert found["check"].before == found["second"].before  # in either order, and of a long cell that was split
    assert found["third"].text == "Of the whole."  # nothing else introduces it
    assert (found["fourth"].chapter, found["fourth"].heading) == ("1. Title", "Below")
    assert found["fourth"].text == "One."
    assert found["fourth"].question == "**Predict.** What comes?"
    assert "hidden" not in " ".join(found["fourth"].notes)


def test_a_question_is_not_answered_by_what_stands_beside_it(decks):
    for made in decks.values():
        for slide in made.slides:
            if slide.question:
                assert slide.stages[0] == (False, 0)
                assert (True, 0) in slide.stages[1:]
                said = "\n".join(slide.notes)
                first = slide.question.partition("** ")[2][:40]
                assert said.find(slide.text) <= said.index(first), slide.title  # before it, or nothing


@pytest.mark.parametrize(
    ("paragraph", "pieces"),
    [
        ("`a*b*` **c** *d*", [("a*b*", "code"), (" ", ""), ("c", "strong"), (" ", ""), ("d", "em")]),
        ("2 * 3 * 4", [("2 * 3 * 4", "")]),
        ("[**this**](a.md#b) \\*", [("this", "strong"), (" ", ""), ("*", "")]),
        ("**⑧ `x`**", [("⑧ ", "strong"), ("x", "code")]),
    ],
)
def test_markdown(paragraph, pieces):
    assert spans(paragraph) == [Span(*piece) for piece in pieces]


# Pictures.


def test_a_network_and_its_inverse_lie_at_the_same_place(decks):
    flipping = [slide for made in decks.values() for slide in made.slides if len(slide.stages) > 1 and slide.picture]
    twins = [slide.picture for slide in flipping if len(slide.picture.views) > 1 and not slide.picture.close]
    assert len(twins) >= 18
    for picture in twins:
        assert [view.name for view in picture.views] == ["forward", "inverse"]
        places = [places_of(picture.svg([view])) for view in (0, 1)]
        both = places[0].keys() & places[1].keys()
        assert len(both) >= 4
        for place in both:
            assert places[0][place] == pytest.approx(places[1][place], abs=0.01), place


def places_of(svg):
    """Where the first boxes or circles of a view lie in the frame."""
    x, y = map(float, re.search(r"<g><g transform=\"translate\((\S+) (\S+)\)\"", svg).groups())
    y += float(re.search(r'^<g transform="translate\(0 ([\d.]+)\)">', svg, re.MULTILINE)[1])
    shape = r'<g id="[\w-]*-[fi]-(n\d+)"[^>]*>.*?\n<(?:rect|circle)[^>]*? (?:x|cx)="(\S+?)" (?:y|cy)="(\S+?)"'
    return {name: (x + float(left), y + float(top)) for name, left, top in re.findall(shape, svg)}


def test_letters_that_are_too_small_are_shown_in_close_ups(decks):
    """Every text of the picture is whole in one of them, and large enough; the browser's tests measure it."""
    found = 0
    for made in decks.values():
        for i, slide in enumerate(made.slides):
            if slide.picture is None or slide.picture.close:
                continue
            rest = (each.picture for each in made.slides[i + 1 :])
            parts = list(takewhile(lambda picture: picture is not None and picture.close, rest))
            assert bool(parts) == (slide.zoom * slide.picture.smallest < SMALLEST_LETTERS), slide.title
            found += len(parts)
            for view in slide.picture.views if parts else ():
                start = slide.picture.views[0].y + slide.picture.views[0].head
                for begin, end, size in view.extents:
                    assert not size or any(p.top < begin + start < end + start < p.top + p.height for p in parts)
    assert found >= 20
    for slide in (slide for made in decks.values() for slide in made.slides if slide.picture and slide.picture.close):
        assert slide.zoom * slide.picture.smallest >= SMALLEST_LETTERS - 1e-9
        assert f"{slide.text}{slide.question}{slide.code}{slide.printed}{slide.caption}" == ""


def test_a_close_up_lets_nothing_be_seen_beside_it(decks):
    slide = next(slide for slide in decks["001", "en"].slides if slide.picture and slide.picture.close)
    outer, inner = re.findall(r'<svg[^>]* viewBox="0 (\S+) (\S+) (\S+)"', slide.picture.svg())
    assert outer == ("0", *inner[1:])
    assert 'role="img"' in reveal.page(replace(decks["001", "en"], slides=[slide]))


def test_what_stood_in_small_print_is_said_by_the_speaker(decks):
    slide = next(slide for slide in decks["000", "es"].slides if "nn.MLP([3, 2, 3, 2]" in slide.code and slide.picture)
    said = "Las señales van de izquierda a derecha"
    assert said in slide.notes[-1]
    assert said not in slide.picture.svg()


def test_an_svg_of_something_else_is_refused():
    with pytest.raises(ValueError, match="no picture of a network"):
        pictures.picture('<svg viewBox="0 0 1 1"></svg>')


# A page.


def test_a_page_needs_nothing_else_and_lets_nothing_in(decks):
    page = reveal.page(decks["001", "es"])
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src 'sha256-{digest}'"
    )
    assert not re.search(r'(?:src|href)="(?!data:)', page.replace(script, ""))
    assert "Hakim El Hattab" in script  # the copyright notice, as its licence wants it
    assert len(page) < 1_600_000


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_a_page_shows_every_slide(decks, name, lang):
    made = decks[name, lang]
    page = reveal.page(made)
    assert page.count("<section>") == len(made.slides) + 1
    assert page.count('aria-label="') >= sum(slide.picture is not None for slide in made.slides)
    assert page.count("<img alt=") == sum(bool(slide.plot) for slide in made.slides)
    assert page.count('class="notes"') == len(made.slides)
    turns = sum(slide.picture is not None and len(slide.picture.views) > 1 for slide in made.slides)
    assert page.count('class="fragment fade-out"') == turns
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def hostile():
    text = " ".join(HOSTILE)
    slide = Slide(text, text, text, text, text, text, text, notes=[text])
    return Deck("001", "en", text, text, [slide])


def test_names_are_written_literally_in_a_page():
    page = reveal.page(hostile())
    body = page[page.index("<body>") : page.index("<script>")]
    assert "<b>" not in body
    assert "</script>" not in body
    assert body.count("a|b {x} &lt;b&gt;") >= 6


# PDF and LaTeX.


def test_a_pdf_has_a_page_for_each_stage_and_all_words(decks, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("typst")
    made = decks["001", "es"]
    pages = pypdf.PdfReader(save(made, tmp_path / "deck.pdf")).pages
    assert len(pages) == 1 + sum(len(slide.stages) for slide in made.slides)
    assert [float(x) for x in pages[0].mediabox[2:]] == [960, 540]
    words = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    assert "Laneuronainversa" in words[0]
    page = 1
    for slide in made.slides:
        for answered, view in slide.stages:
            found = words[page]
            assert re.sub(r"\s|[*`]", "", slide.title)[:12] in found
            if slide.picture is not None and answered and len(slide.picture.views) > 1:
                assert ("inversa" in found.lower()) >= bool(view)
            page += 1


def test_names_are_written_literally_in_a_pdf(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("typst")
    (tmp_path / "deck.pdf").write_bytes(typeset.pdf(hostile()))
    text = re.sub(r"\s", "", pypdf.PdfReader(tmp_path / "deck.pdf").pages[-1].extract_text())
    assert text.count('a|b{x}<b>"q"]]></script>&amp;'.replace("\\", "")) >= 4


@pytest.fixture
def written(decks, tmp_path):
    """Source for Beamer, with its pictures."""
    pytest.importorskip("typst")

    def write(made):
        return save(made, tmp_path / "deck.tex")

    return write


def test_beamer_gets_its_pictures_and_no_others(decks, written):
    path = written(decks["004", "en"])
    source = path.read_text("utf-8")
    named = set(re.findall(r"\]\{(deck-pictures/[\w.-]+)\}", source))
    there = {file.relative_to(path.parent).as_posix() for file in (path.parent / "deck-pictures").iterdir()}
    assert named == there
    assert source.count(r"\begin{frame}") == len(decks["004", "en"].slides) + 1
    assert not re.search("[^\n -~¡-ſȘ-ț]", source)  # no letter that LaTeX's fonts do not have


def compiled(path):
    """The number of pages that LaTeX makes; skips where there is none."""
    if shutil.which("pdflatex") is None or not subprocess.run(["kpsewhich", "beamer.cls"], capture_output=True).stdout:
        pytest.skip("there is no pdflatex, or no beamer.cls")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, timeout=300, stdin=subprocess.DEVNULL)
    log = path.with_suffix(".log").read_text("utf-8", "replace")
    assert done.returncode == 0, log[-1500:]
    assert "Missing character" not in log
    assert not re.search(r"Overfull \\vbox", log)
    return int(re.search(r"\((\d+) pages?", log.replace("\n", ""))[1])


@pytest.mark.parametrize(
    "which", [pytest.param(which, marks=() if which == ("001", "es") else pytest.mark.long) for which in DECKS], ids=str
)
def test_latex_takes_a_deck(decks, written, which):
    made = decks[which]
    assert compiled(written(made)) == 1 + sum(len(slide.stages) for slide in made.slides)


def test_latex_takes_names_literally(written):
    made = hostile()
    assert compiled(written(replace(made, slides=[replace(made.slides[0], printed="", code="")]))) == 3
    matrix = replace(made.slides[0], printed="[[1. 2.]\n [3. 4.]]", code="")  # no length behind a line's end
    assert compiled(written(replace(made, slides=[matrix]))) == 3


# Saving, and where a picture stands.


def test_another_suffix_is_refused(decks, tmp_path):
    with pytest.raises(ValueError, match=r"the suffix is one of \.html, \.pdf, \.tex"):
        save(decks["000", "en"], tmp_path / "deck.pptx")
    assert list(tmp_path.iterdir()) == []


def test_words_stand_where_the_picture_is_the_largest():
    def plotted(width, height):
        header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) + height.to_bytes(4)
        return Slide("title", "chapter", "One sentence.", plot=base64.b64encode(header.ljust(40, b"\0")).decode())

    assert plotted(500, 500).ratio == 1
    assert plotted(500, 500).beside
    assert not plotted(1500, 400).beside
    assert not replace(plotted(500, 500), text="").beside  # nothing stands beside it
    assert not Slide("title", "chapter", "One sentence.", code="f()").beside


def test_code_and_what_it_printed_fit_a_slide():
    slide = Slide("title", "chapter", code="x = 1\n" * 11, printed="y" * 130 + "\n1" * 15)
    assert 0.6 * slide.letters(slide.printed) * 130 <= WIDTH
    assert slide.letters(slide.code) * 1.4 * 27 <= HEIGHT
    assert Slide("title", "chapter", "Only words.").letters("") > 0


def test_of_several_pictures_the_last_takes_the_place_of_the_first(decks):
    picture = next(slide.picture for slide in decks["001", "en"].slides if "both" in slide.code)
    assert pictures.together(picture, picture).views == picture.views
