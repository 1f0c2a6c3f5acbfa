"""Runs in other formats: frames, GIF, MP4, an SVG that plays by itself."""

import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.nn import MLP, NeuronNetwork
from inversa.viz.drawing.shapes import Part, Text
from inversa.viz.lettering.formula import plain
from inversa.viz.output.films import frame
from inversa.viz.tour import lecture_network

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def player():
    return viz.player(lecture_network()[1], data=["x", "y"])


def test_a_frame_hides_what_is_to_come(player):
    for i in (3, 20):
        step = player.steps[i]
        root = ET.fromstring(frame(player._drawing, player.steps, i))
        texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
        assert any(step.title in text for text in texts)
        assert f"{i + 1} / {len(player.steps)}" in texts
        shown = {t.get("data-n") for t in root.iter(f"{SVG}text")}
        assert step.asked in shown or not step.asked
        later = {s.asked for s in player.steps[i + 1 :] if s.view == step.view and s.asked.startswith("d")}
        assert not later & shown
        assert len(root.findall(f".//{SVG}g[@opacity]")) > 3
    assert plain(player.steps[3].numbers[0]) in "".join(
        ET.fromstring(frame(player._drawing, player.steps, 3)).itertext()
    )


def gradients_known(detail):
    """The player of a network whose gradients were computed before it was drawn."""
    J = lecture_network()[1]
    J.backward()
    return viz.player(J, data=["x", "y"], detail=detail)


@pytest.mark.parametrize("detail", ["op", "neuron"])
def test_films_show_no_gradient_before_its_step(detail):
    player = gradients_known(detail)
    assert any(
        isinstance(s, Text) and s.slot.startswith("d")
        for item in player._drawing.shapes("forward")
        if isinstance(item, Part)
        for s in item.shapes
    ) == (detail == "op")
    for i, step in enumerate(player.steps):
        root = ET.fromstring(frame(player._drawing, player.steps, i))
        assert root.find(f".//{SVG}g/{SVG}title") is None  # it would say all numbers at once
        if step.view == "forward":
            assert not [t for t in root.iter(f"{SVG}text") if t.get("data-n", "").startswith("d")]
    film = ET.fromstring(player._writers[".svg"]())
    assert film.find(f".//{SVG}g/{SVG}title") is None
    forward = next(g for g in film.iter(f"{SVG}g") if "forward" in g.get("class", "").split())
    slots = {t.get("data-n", "-")[0] for t in forward.iter(f"{SVG}text")}
    assert "v" in slots
    assert "d" not in slots


def test_lines_of_frames_show_no_gradient_before_its_step():
    model = NeuronNetwork([3, 4, 2], activation="tanh", seed=0)
    player = viz.player(model, [0.5, -1.0, 0.25], [0.3, 0.1], loss="mse")
    first = next(i for i, step in enumerate(player.steps) if step.view == "inverse")
    later = ET.fromstring(frame(player._drawing, player.steps, first)).findall(f".//{SVG}g[@opacity]")
    lines = [path for group in later for path in group.iter(f"{SVG}path") if path.get("data-w")]
    assert len(lines) == 3 * 4 + 4 * 2
    assert {(path.get("stroke-width"), path.get("stroke-dasharray")) for path in lines} == {("1.2", None)}


@pytest.mark.parametrize("detail", ["op", "neuron"])
def test_every_equation_of_a_frame_has_a_line_of_its_own(detail):
    player = gradients_known(detail)
    for i, step in enumerate(player.steps):
        root = ET.fromstring(frame(player._drawing, player.steps, i))
        captions = [t for t in root.iter(f"{SVG}text") if float(t.get("y")) > player._drawing.extent[1]]
        written = {}
        for text in captions:
            written[text.get("y")] = written.get(text.get("y"), "") + "".join(text.itertext())
        said = {line.replace(" ", "").replace("\xa0", "") for line in written.values()}
        for formula in (*step.equations[:2], *step.numbers[:2]):
            assert plain(formula).replace(" ", "") in said
        assert max(float(text.get("y")) for text in captions) < float(root.get("height")) - 20
    assert len({ET.fromstring(frame(player._drawing, player.steps, i)).get("height") for i in (0, 3, -1)}) == 1


def test_frames_as_files(player, tmp_path):
    paths = player.frames(tmp_path / "frames")
    assert [path.name for path in paths][:2] == ["01.svg", "02.svg"]
    assert len(paths) == len(player.steps)
    short = viz.player(MLP([1, 1]), [0.5], [1.0], loss="mse")
    assert short.frames(tmp_path / "png", ".png")[0].read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match=r"frames are saved as \.svg or \.png"):
        player.frames(tmp_path, ".bmp")


def test_gif(tmp_path):
    image = pytest.importorskip("PIL.Image")
    short = viz.player(MLP([1, 1]), [0.5], [1.0], loss="mse")
    content = short.render(tmp_path / "run.gif").read_bytes()
    with image.open(io.BytesIO(content)) as film:
        assert film.n_frames == len(short.steps)
        assert film.info["duration"] == 1500
        assert film.info["loop"] == 0
    assert len(content) < 200_000


def test_the_svg_that_plays_by_itself(player, tmp_path):
    source = player.render(tmp_path / "run.svg").read_text("utf-8")
    assert len(source.encode()) <= 150_000
    assert "<script" not in source
    assert "prefers-reduced-motion" in source
    root = ET.fromstring(source)
    names = [g.get("id") for g in root.iter(f"{SVG}g") if g.get("id")]
    assert len(names) == len(set(names))  # every part is drawn once
    used = {
        name for g in root.iter(f"{SVG}g") for name in (g.get("class") or "").split() if re.fullmatch(r"s\d+-\d+", name)
    }
    assert used == set(re.findall(r"@keyframes (s\d+-\d+)\{", source))


FAKE = """#!/bin/sh
for last; do :; done
case "$FAKE_FFMPEG" in
  fail) echo "no such codec" >&2; exit 1;;
  *) echo "$@" > "$FAKE_LOG"; ls "$(dirname "$last")" >> "$FAKE_LOG"; printf film > "$last";;
esac
"""


def test_mp4_by_ffmpeg(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(FAKE)
    program.chmod(0o755)
    short = viz.player(MLP([1, 1]), [0.5], [1.0], loss="mse")
    out = tmp_path / "run.mp4"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="needs the program ffmpeg"):
        short.render(out)
    monkeypatch.setenv("PATH", f"{folder}:{os.defpath}")
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FAKE_FFMPEG", "fail")
    with pytest.raises(RuntimeError, match="could not make the film: no such codec"):
        short.render(out)
    assert not out.exists()
    monkeypatch.setenv("FAKE_FFMPEG", "")
    assert short.render(out).read_bytes() == b"film"
    log = (tmp_path / "log").read_text()
    assert "yuv420p" in log
    assert log.count(".png") == len(short.steps) + 1


def test_the_same_bytes_in_every_process(tmp_path):
    program = (
        "import sys, hashlib; from inversa import viz; from inversa.viz.tour import lecture_network;"
        "player = viz.player(lecture_network()[1], data=['x', 'y']);"
        "files = [player.render(sys.argv[1] + suffix) for suffix in ('.html', '.svg', '.tex')];"
        "print([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-P", "-c", program, str(tmp_path / "run")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1
    assert len(found.pop()) > 190


def test_a_player_of_too_many_steps_names_the_remedy():
    chain = Value(0.5, name="x")
    for _ in range(250):
        chain = chain.tanh()
    with pytest.raises(ValueError, match="steps are too many for a player: draw less of it, with detail='layer'"):
        viz.player(chain, detail="op")


def test_a_title_of_no_text_is_printed_all_the_same(tmp_path):
    """A lone surrogate is what remains of bytes that were no UTF-8."""
    J, title = lecture_network()[1], "cost \udcff\x00"
    for suffix in (".html", ".svg", ".tex"):
        viz.player(J, data=["x", "y"], title=title).render(tmp_path / f"player{suffix}")
        viz.draw(J, data=["x", "y"], title=title).render(tmp_path / f"figure{suffix}")
    recorder = viz.record(MLP([1, 1], seed=0), title=title)
    recorder.take(0)
    recorder.take(1)
    for path in (recorder.render(tmp_path / "recorder.html"), *tmp_path.glob("*.html")):
        assert "cost \ufffd\ufffd" in path.read_text("utf-8")
