"""Exams: the files, and what platforms that read them say about the answers of students."""

import base64
import io
import json
import math
import re
import shutil
import subprocess
from functools import cache
from html import unescape
from xml.etree import ElementTree

import pytest

from inversa import exercises
from inversa.autograd.languages import languages, texts
from inversa.viz.exercises.choosing import wrong_sheets
from inversa.viz.exercises.exports import gift, moodle, page, pdf
from inversa.viz.exercises.exports.paper import Paper
from inversa.viz.exercises.exports.questions import questions
from inversa.viz.exercises.rounding import cut, rounded
from inversa.viz.exercises.running import answered
from inversa.viz.exercises.searching import Hypothesis

from .graders import of_gift, of_xml

PICTURE = moodle.Picture(b"\x89PNG", 700, "a network")
KINDS = [
    {"sizes": [1, 2, 1], "ask": "all"},
    {"sizes": [2, 2, 1], "activation": "tanh", "loss": "half_squared_error", "decimals": 3},
    {"sizes": [2, 3, 1], "activation": "relu"},
    {"sizes": [1, 2, 1], "loss": "binary_cross_entropy", "decimals": 5},
    {"sizes": [1, 2, 2, 1], "ask": ["h", "J", "gradients"]},
]


def read(paper):
    """The questions of a paper as both formats have them."""
    asked = list(questions(paper, "key"))
    xml = list(of_xml(moodle.moodle([(each, PICTURE) for each in asked], "an exam")))
    text = list(of_gift(gift.gift(asked, "an exam")))
    return asked, xml, text


def typed(x, decimals):
    return f"{x:.{decimals}f}"


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_both_formats_are_read_back_to_the_same_questions(kind, lang):
    paper = Paper("A", made(kind, 0)[0], lang)
    asked, xml, text = read(paper)
    assert len(asked) == len(paper.exercise.asked)
    for question, one, other in zip(asked, xml, text, strict=True):
        assert one.name == other.name == question.name
        assert one.text == other.text == "".join(f"<p>{line}</p>" for line in map(escaped, question.text))
        assert one.answers == other.answers
        assert one.solution == other.solution
        assert unescape(one.solution).split("<br>") == list(question.solution)
        numbers = [(a.number, float(a.tolerance), unescape(a.feedback)) for a in question.answers]
        assert [(n, t, unescape(f)) for n, t, _, f in one.answers] == [*numbers, ("*", 0.0, question.otherwise)]
        assert [points for _, _, points, _ in one.answers] == [100.0, *(0.0 for _ in one.answers[1:])]


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def made(kind, seed):
    """An exercise of a kind, and its questions as both formats have them."""
    exercise = exercises.exercise(seed=seed, **KINDS[kind])
    _, xml, text = read(Paper("A", exercise, "en"))
    return exercise, dict(zip(exercise.asked, xml, strict=True)), dict(zip(exercise.asked, text, strict=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_right_answers_earn_everything(kind, seed):
    exercise, xml, text = made(kind, seed)
    everyone = [
        exercise.answers,
        answered(exercise._network, exercise.decimals, shorten=cut).numbers,  # cuts decimals off
        answered(exercise._network, 12).numbers,  # rounds in the end
    ]
    for asked in (xml, text):
        for name, question in asked.items():
            for numbers in everyone:
                assert question.grade(typed(numbers[name], exercise.decimals)) == (100.0, "Right."), (name, numbers)
            assert question.grade("123456.5")[0] == 0.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_every_visible_mistake_has_its_feedback(kind, seed):
    exercise, xml, text = made(kind, seed)
    told = 0
    for name in exercise.asked:
        for mistake in {mistake for each in exercise.alternatives(name, carried=True) for mistake in each.mistakes}:
            broken = Hypothesis(mistake, None).broken(exercise._network)
            for shorten in (rounded, cut):
                number = answered(exercise._network, exercise.decimals, broken, shorten).numbers[name]
                for asked in (xml, text):
                    points, feedback = asked[name].grade(typed(number, exercise.decimals))
                    assert points == 0.0, (mistake, name)
                    assert texts("en").mistakes[mistake] in unescape(feedback), (mistake, name, feedback)
                    told += 1
    assert told >= 4 * len(exercise.asked)
    for mistake, sheet in wrong_sheets(exercise._network, exercise.asked, exercise.decimals):
        for name, number in sheet.items():
            right = exercise.band(name, carried=True)
            if not right.low - 1e-9 <= number <= right.high + 1e-9:
                assert xml[name].grade(typed(number, exercise.decimals))[0] == 0.0, (mistake, name)


def test_mistakes_that_give_the_same_are_told_together():
    told = [
        feedback
        for kind in range(len(KINDS))
        for question in made(kind, 0)[1].values()
        for _, _, _, feedback in question.answers
    ]
    assert any(re.fullmatch("This number comes out when .*, or when .*", feedback) for feedback in told)


def test_numbers_are_what_moodle_reads():
    exercise, _, text = made(0, 0)
    for name, question in text.items():
        for number, tolerance, _, _ in question.answers[:-1]:
            assert re.fullmatch(r"-?\d+(\.\d+)?", number)
            assert 0 < tolerance < 10
        assert float(question.answers[0][0]) == pytest.approx(exercise.answers[name], abs=10**-exercise.decimals)


def test_signs_of_gift_are_literal():
    assert gift.literal("a=1:{b}#c~\\nu") == "a\\=1\\:\\{b\\}\\#c\\~\\\\nu"
    source = gift.gift(questions(Paper("A", exercises.exercise(), "en"), "key"), "an exam")
    assert "\n\n\n" not in source
    assert all("\n" in block or block.startswith("$CATEGORY: $course$/top/") for block in source.split("\n\n"))


def test_gift_is_read_by_another_parser(tmp_path):
    node = shutil.which("node")
    if node is None or subprocess.run([node, "-e", "require('gift-pegjs')"], capture_output=True).returncode:
        pytest.skip("needs node with gift-pegjs (npm install gift-pegjs, and its folder in NODE_PATH)")
    for lang in languages():
        paper = Paper("A", exercises.exercise(ask="all", seed=5), lang)
        asked = list(questions(paper, "key"))
        file = tmp_path / f"{lang}.gift"
        file.write_text(gift.gift(asked, "an exam: {1} #2 = ~"), encoding="utf-8")
        program = (
            "const source = require('fs').readFileSync(process.argv[1], 'utf8');"
            "console.log(JSON.stringify(require('gift-pegjs').parse(source)))"
        )
        done = subprocess.run([node, "-e", program, str(file)], capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        _, *found = json.loads(done.stdout)
        assert [each["title"] for each in found] == [question.name for question in asked]
        for question, each in zip(asked, found, strict=True):
            assert each["type"] == "Numerical"
            numbers = [
                (str(choice["weight"]), choice["text"]["number"], choice["text"]["range"], choice["feedback"]["text"])
                for choice in each["choices"][:-1]
            ]
            assert numbers == [
                ("100" if k == 0 else "0", float(a.number), float(a.tolerance), escaped(a.feedback))
                for k, a in enumerate(question.answers)
            ]
            assert each["choices"][-1]["feedback"]["text"] == escaped(question.otherwise)
            assert each["globalFeedback"]["text"] == "<br>".join(map(escaped, question.solution))


def test_xml_has_the_picture_and_the_keys(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    pytest.importorskip("resvg_py")
    exercises.exam(tmp_path, versions=2, seed=7, lang="es", formats=["moodle"])
    source = (tmp_path / "moodle.xml").read_text("utf-8")
    assert source.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    tree = ElementTree.fromstring(source.encode())
    category, *entries = tree
    assert category.findtext("category/text") == "$course$/top/Retropropagación a mano: una red 1-2-1"
    keys = [entry.findtext("idnumber") for entry in entries]
    assert len(set(keys)) == len(keys) == 14
    assert max(map(len, keys)) <= 100
    for entry in entries:
        (file,) = entry.findall("questiontext/file")
        assert (file.get("name"), file.get("path"), file.get("encoding")) == ("network.png", "/", "base64")
        assert 'src="@@PLUGINFILE@@/network.png"' in entry.findtext("questiontext/text")
        assert 'width="700"' in entry.findtext("questiontext/text")
        assert entry.find("answer/feedback/file") is None
        data = base64.b64decode(file.text)
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.mode == "P"
            assert 700 <= picture.width <= 1100
        assert len(data) < 80_000
    pictures = {entry.findtext("questiontext/file") for entry in entries}
    assert len(pictures) == 2  # one a version


@pytest.mark.parametrize("lang", languages())
def test_sheets_do_not_tell_the_answers_and_keys_do(tmp_path, lang):
    exercise = exercises.exercise(seed=4)
    paper = Paper("A", exercise, lang)
    sheet, key = page.sheet(paper), page.key([paper])
    assert all(label in sheet for label in paper.labels)
    assert all(answer in unescape(key) for answer in paper.answers)
    computed = {f"{exercise.answers[name]:.4f}".replace("-", "−") for name in exercise.asked}
    given = {f"{x:.4f}".replace("-", "−") for x in exercise.given.values()}
    assert not [number for number in computed - given if f">{number}<" in sheet or f" {number}" in sheet]
    assert sheet.count("<input") == len(exercise.asked) + 2
    assert f'<html lang="{lang}">' in sheet
    assert "<script" not in sheet + key


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("sizes", [[1, 2, 1], [2, 2, 2, 1]])
def test_pdf(lang, sizes):
    pytest.importorskip("typst")
    pypdf = pytest.importorskip("pypdf")
    paper = Paper("B", exercises.exercise(sizes=sizes, seed=1), lang)
    sheet = pypdf.PdfReader(io.BytesIO(pdf.sheet(paper)))
    assert len(sheet.pages) == (1 if len(sizes) == 3 else 2)
    text = "".join(each.extract_text() for each in sheet.pages)
    said = texts(lang).exam
    assert said["version"].replace("{letter}", "B") in text
    assert said["answers"] in text
    assert {str(each) for each in sheet.pages[0]["/Resources"]["/Font"]}
    solved = pypdf.PdfReader(io.BytesIO(pdf.key([paper, paper])))
    text = "".join(each.extract_text() for each in solved.pages)
    assert text.count(said["solution"]) == 2
    assert sheet.metadata["/Title"] == said["title"].replace("{sizes}", "-".join(map(str, sizes)))


def test_the_same_seed_gives_the_same_files_and_versions_differ(tmp_path):
    first = exercises.exam(tmp_path / "a", versions=3, formats=["gift", "html"])
    second = exercises.exam(tmp_path / "b", versions=3, formats=["gift", "html"])
    assert [path.name for path in first] == ["A.html", "B.html", "C.html", "key.html", "questions.gift"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len({path.read_bytes() for path in first}) == 5
    assert exercises.exam(tmp_path / "c", versions=1, seed=1, formats="html")[0].read_text("utf-8").replace(
        "Version A", "Version B"
    ) == (tmp_path / "b" / "B.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"network": "1-2-x"},
            "network is the sizes of its layers with hyphens between them, such as '1-2-1', not '1-2-x'",
        ),
        ({"network": "3"}, "network is the sizes"),
        ({"versions": 0}, "versions is a positive integer, such as 4, not 0"),
        ({"versions": 27}, "versions is a whole number from 1 to 26, such as 4, not 27"),
        ({"formats": ["doc"]}, "format is one of 'pdf', 'html', 'moodle', 'gift', not 'doc'"),
        ({"formats": []}, "formats is some of pdf, html, moodle, gift, such as"),
        ({"seed": -1}, "seed is"),
        ({"lang": "fr"}, "lang is one of"),
        ({"network": "2-2-3"}, "output"),
    ],
)
def test_wrong_settings_write_nothing(tmp_path, settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        exercises.exam(tmp_path / "out", **{"formats": ["gift"], **settings})
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(NotADirectoryError, match="is a file: name a folder for the exam"):
        exercises.exam(tmp_path / "out", formats=["gift"])
    assert (tmp_path / "out").read_text() == "mine"


def test_nothing_is_written_where_a_package_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(ImportError, match=r'pip install "inversa\[pdf\]"'):
        exercises.exam(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("lang", "label"), [("en", "new w₁⁽¹⁾"), ("es", "w₁⁽¹⁾ nuevo")])
def test_a_step_is_asked_for_in_the_language(tmp_path, lang, label):
    exercises.exam(tmp_path, versions=1, ask="step", alpha=0.5, lang=lang, formats=["html", "gift"])
    assert f">{label} =<" in (tmp_path / "A.html").read_text("utf-8")
    assert f"{label} = " in (tmp_path / "key.html").read_text("utf-8")
    assert "α = 0.5" in (tmp_path / "A.html").read_text("utf-8")
    names = [question.name for question in of_gift((tmp_path / "questions.gift").read_text("utf-8"))]
    assert f"1-2-1 A: {label}" in names


# Points.


def test_points_of_a_notebook():
    sheet = exercises.exercise(ask="all", seed=1)
    assert sheet.points(sheet.answers) == 1.0
    assert sheet.points({}) == 0.0
    wrong = {**sheet.answers, "J": sheet.answers["J"] + 1}
    assert sheet.points(wrong, out_of=len(sheet.asked)) == len(sheet.asked) - 1  # nothing follows from J
    assert sheet.points({**sheet.answers, "h": "?", "J": ..., "dJ/dh": None}, out_of=len(sheet.asked)) == (
        len(sheet.asked) - 3
    )
    with pytest.raises(ValueError, match="did you mean 'dJ/dh'"):
        sheet.points({"dJ/dhh": 1})


def test_what_follows_from_a_wrong_number_earns_its_points():
    sheet = exercises.exercise(ask="all", seed=1)
    network = sheet._network
    hidden = next(cell for cell in network.cells if cell.kind == "delta" and cell.neuron == 0)
    numbers = answered(network, sheet.decimals, Hypothesis("slope left out", hidden.neuron).broken(network)).numbers
    assert numbers != sheet.answers
    assert sheet.points(numbers, out_of=len(sheet.asked)) == len(sheet.asked) - 1
    assert math.isclose(sheet.points(numbers), 1 - 1 / len(sheet.asked))


def test_sheets_that_the_key_would_not_have_are_not_left_beside_it(tmp_path):
    before = exercises.exam(tmp_path, versions=3, network="1-1", formats=["html"])
    contents = [path.read_bytes() for path in before]
    with pytest.raises(FileExistsError, match=r"sheets of another exam, C\.html: remove them"):
        exercises.exam(tmp_path, versions=2, network="1-1", seed=5, formats=["html"])
    assert [path.read_bytes() for path in before] == contents
    exercises.exam(tmp_path, versions=3, network="1-1", seed=5, formats=["html"])  # all are replaced
    exercises.exam(tmp_path, versions=1, network="1-1", formats=["gift"])  # of which there is one file
