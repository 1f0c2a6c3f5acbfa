"""Live pictures without a browser: messages as the page sends them, and what becomes of Python's objects."""

import gc
import json
import re
import sys
import time
import warnings
import weakref
from importlib.resources import files
from types import SimpleNamespace
from typing import get_type_hints

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="needs anywidget")

from inversa import viz
from inversa.autograd import Graph, InverseNetwork, Tensor, Value, jit, log, tanh
from inversa.nn import MLP, Linear, NeuronNetwork, NeuronRNN, Sequential, Sigmoid, Tanh, losses
from inversa.viz.pages.contract import LiveData, PanelData
from inversa.viz.widget import bridge
from inversa.viz.widget.messages import checked

WEB = files("inversa.viz.widget").joinpath("web")


def graph():
    w, x, b = Value(0.5, name="w"), Value(2.0, name="x"), Value(-0.1, name="b")
    return w, x, b, (w * x + b).tanh().named("J")


def sent(picture, **changes):
    """What the page sends when leaves are changed by name, and what it is answered."""
    answers = []
    picture.widget.send = answers.append
    names = list(picture.leaves)
    content = {"kind": "edit", "id": "a 1", "changes": [[names.index(name), row] for name, row in changes.items()]}
    picture.widget._handle_custom_msg(json.loads(json.dumps(content)), [])
    (answer,) = answers
    assert answer["id"] == "a 1"
    return answer


def numbers(picture):
    return dict(zip(picture.leaves, picture.widget.leaves, strict=True))


def test_values_and_all_that_was_computed_from_them_change():
    w, x, b, J = graph()
    inner = J.inputs[0]
    w.grad = 7.0  # of an earlier pass
    picture = viz.live(J)
    assert (w.grad, J.grad) == (7.0, None)  # showing it changes nothing
    assert sent(picture, w=[1.5], b=[0.0])["kind"] == "made"
    again = (Value(1.5) * 2.0 + 0.0).tanh()
    assert (w.data, b.data, inner.data, J.data) == (1.5, 0.0, 3.0, again.data)
    slope = 1 - J.data**2
    assert [leaf.grad for leaf in (w, x, b)] == pytest.approx([2.0 * slope, 1.5 * slope, slope])
    assert (J.grad, inner.grad) == (1.0, pytest.approx(slope))
    assert numbers(picture) == {"w": [1.5], "x": [2.0], "b": [0.0]}


def test_what_cannot_be_computed_is_refused_and_nothing_changes():
    x = Value(2.0, name="x")
    J = log(x).named("J")
    picture = viz.live(J)
    answer = sent(picture, x=[0.0])
    if answer["kind"] == "made":  # ln 0 is −∞ here
        assert J.data == -np.inf
        assert sent(picture, x=[2.0])["kind"] == "made"
    before = J.data
    for wrong in (["2"], [True], [None], [1.0, 2.0], "2", [{}], [[1.0]]):
        assert sent(picture, x=wrong)["kind"] == "refused", wrong
    assert (x.data, J.data) == (2.0, before)
    for changes in (None, {}, [[1, [2.0]]], [[-1, [2.0]]], [[True, [2.0]]], [[0]], [0], "x"):
        with pytest.raises(ValueError, match=r"a change is|the picture has"):
            checked(changes, [1])


def test_an_error_on_the_way_leaves_everything_as_it_was(monkeypatch):
    w, _, _, J = graph()
    picture = viz.live(J)
    before, w.grad = J.data, 7.0
    calls = []

    def fail_once(graph, places):
        calls.append(w.data)
        if len(calls) == 1:
            raise OverflowError("too large")
        follow(graph, places)

    follow = viz._live.follow
    monkeypatch.setattr("inversa.viz._live.follow", fail_once)
    answer = sent(picture, w=[9.0])
    assert (answer["kind"], answer["why"]) == ("refused", "too large")
    assert (calls, w.data, J.data, w.grad) == ([9.0, 0.5], 0.5, before, 7.0)
    assert numbers(picture)["w"] == [0.5]


def test_what_is_nobodys_fault_is_said_as_well(monkeypatch):
    def fail(graph, places):
        monkeypatch.undo()
        raise RuntimeError

    w, _, _, J = graph()
    picture = viz.live(J)
    monkeypatch.setattr("inversa.viz._live.follow", fail)
    answers = []
    picture.widget.send = answers.append
    with warnings.catch_warnings(record=True):  # ipywidgets tells its log
        picture.widget._handle_custom_msg({"kind": "edit", "id": "a 1", "changes": [[0, [9.0]]]}, [])
    assert [answer["why"] for answer in answers] == ["RuntimeError"]
    assert w.data == 0.5


@pytest.mark.parametrize("kind", [Graph, InverseNetwork])
def test_graphs_and_inverse_networks(kind):
    w, _, _, J = graph()
    viz.live(kind(J)).change("w", 0.0)
    assert (w.data, J.data) == (0.0, np.tanh(-0.1))


def test_arrays_of_other_libraries_are_refused():
    strict = pytest.importorskip("array_api_strict")
    a = Tensor(strict.asarray([1.0, 2.0]), requires_grad=True, name="a")
    with pytest.raises(ValueError, match=r"a is one of another library than NumPy"):
        viz.live((a * a).sum())


def test_frozen_parameters_are_changed_and_get_no_gradient():
    model = NeuronNetwork([1, 1], activation="tanh", output="tanh", seed=0)
    bias = dict(model.named_parameters())["b1_1"]
    bias.requires_grad = False
    picture = viz.live(model, [0.5], [1.0], loss="mse")
    picture.change("b1_1", 2.0)
    assert (bias.data, bias.grad) == (2.0, None)


def test_a_recurrent_neuron():
    model = NeuronRNN([1, 1], seed=0)
    name, weight = next(iter(model.named_parameters()))
    picture = viz.live(model, [0.5, -1.0, 0.2], 0.1, loss="mse")
    picture.change(name, 0.3)
    changed = weight.grad
    model.zero_grad()
    losses.named("mse")(model([0.5, -1.0, 0.2]), 0.1).backward()
    assert (weight.data, changed) == (0.3, pytest.approx(weight.grad))


MODELS = {
    "mlp": lambda: MLP([2, 4, 4, 1], activation="tanh", seed=1),
    "sequential": lambda: Sequential(Linear(2, 3, seed=0), Tanh(), Linear(3, 1, seed=1), Sigmoid()),
    "neurons": lambda: NeuronNetwork([2, 3, 1], activation="tanh", seed=2),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("several", [False, True])
def test_parameters_change_in_place_with_the_gradients_of_backward(kind, several):
    model = MODELS[kind]()
    x, y = ([[0.5, -0.3], [0.2, 0.9], [-1.0, 0.4]], [[1.0], [0.0], [1.0]]) if several else ([0.5, -0.3], [1.0])
    given, rows = np.array(x), np.array(y).reshape(-1, 1)
    if several and kind == "neurons":
        y, rows = [1.0, 0.0, 1.0], rows[:, 0]
    picture = viz.live(model, given, y, loss="mse")
    held = {name: p.data for name, p in model.named_parameters()}
    k = next(k for k, place in enumerate(picture._places) if any(place.owner is p for p in model.parameters()))
    name = list(picture.leaves)[k]
    row = [0.25 + i for i in range(len(picture.widget.leaves[k]))]
    assert sent(picture, **{name: row})["kind"] == "made"
    assert picture.widget.leaves[k] == row
    assert np.array_equal(given, x)  # data given as numbers are not touched

    grads = {name: np.array(p.grad) for name, p in model.named_parameters()}
    if kind != "neurons":
        assert all(p.data is held[name] for name, p in model.named_parameters())
    model.zero_grad()
    of_values = kind == "neurons" and not several
    cost = (
        losses.named("mse")(model(x), y[0])
        if of_values
        else losses.named("mse")(model(Tensor(np.array(x).reshape(-1, 2))), rows)
    )
    cost.backward()
    assert picture._graph.outputs[0].item() == pytest.approx(cost.item(), abs=1e-14)
    for name, p in model.named_parameters():
        assert grads[name] == pytest.approx(np.array(p.grad), abs=1e-14), name


def test_inputs_and_targets_are_leaves_of_the_picture_itself():
    model = MLP([2, 2, 1], seed=0)
    picture = viz.live(model, [0.5, -1.0], 1.0, loss="mse")
    picture.change("x1", 2.0)
    picture.change("y", 0.5)
    cost = (model([2.0, -1.0]).data.item() - 0.5) ** 2
    assert picture._graph.outputs[0].data == pytest.approx(cost)
    assert picture.leaves["x1"].data == 2.0


def test_single_precision_is_said_as_it_is():
    w = Tensor(np.array([0.5, 1.0], dtype=np.float32), requires_grad=True, name="w")
    picture = viz.live((w * w).sum().named("J"))
    picture.change("w", [0.1, 2.0])
    assert numbers(picture)["w"] == [float(np.float32(0.1)), 2.0]


def test_what_was_compiled_follows_too():
    x = Value(0.5, name="x")
    J = jit(lambda x: tanh(2.0 * x))(x).named("J")
    picture = viz.live(J)
    picture.change("x", 1.0)
    assert (J.data, x.grad) == (pytest.approx(np.tanh(2.0)), pytest.approx(2 * (1 - np.tanh(2.0) ** 2)))


def test_update_shows_what_python_changed_and_changes_nothing():
    w, _, _, J = graph()
    picture = viz.live(J)
    page, before = picture.widget.page, J.data
    w.data = float("nan")
    w.grad = 3.0
    picture.update()
    assert numbers(picture)["w"] == ["NaN"]
    assert (J.data, w.grad, picture.widget.page) == (before, 3.0, page)


def test_a_model_with_other_parameters_needs_another_picture():
    model = Sequential(Linear(2, 1, seed=0))
    picture = viz.live(model, [0.5, -0.3], [1.0], loss="mse")
    old, name = model[0].weight, next(iter(picture.leaves))
    before = old.numpy().copy()
    model[0].weight = Tensor(np.ones((1, 2)), requires_grad=True)
    for act in (picture.update, lambda: picture.change(name, 9.0)):
        with pytest.raises(ValueError, match="other parameters than the picture shows"):
            act()
    assert np.array_equal(old.numpy(), before)


def test_pictures_of_one_model_show_each_others_changes():
    model = MLP([2, 2, 1], seed=0)
    one, other = (viz.live(model, x, [1.0], loss="mse") for x in ([0.5, -0.3], [0.1, 0.9]))
    one.change("w1_12", 2.5)
    assert numbers(other)["w1_12"] == [2.5]
    one.close()
    other.change("w1_12", 0.5)
    assert numbers(one)["w1_12"] == [2.5]


@pytest.mark.parametrize("number", [0.25, np.float32(0.25), np.array(0.25), np.array([0.25], np.float32)])
def test_numbers_of_all_kinds(number):
    w, *_, J = graph()
    viz.live(J).change("w", number)
    assert w.data == 0.25


@pytest.mark.parametrize("given", ["0.25", None, True, 1j])
def test_what_is_no_number(given):
    with pytest.raises(ValueError, match="is no number"):
        viz.live(graph()[-1]).change("w", given)


@pytest.mark.parametrize("shown", [viz.live, viz.player])
@pytest.mark.parametrize("lr", [float("nan"), -0.1, "0.1"])
def test_learning_rates_that_are_none(shown, lr):
    with pytest.raises(ValueError, match="lr is 0 or a positive number"):
        shown(graph()[-1], lr=lr)


def test_a_training_moves_it_every_so_many_steps(monkeypatch):
    model = MLP([2, 3, 1], activation="tanh", seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=0.1)
    x, y = np.array([[0.5, -0.3], [0.2, 0.9], [-1.0, 0.4], [0.0, 1.0]]), np.array([[1.0], [0.0], [1.0], [0.0]])
    picture = viz.live(model, x[0], y[0], every=2)
    seen = []
    picture.widget.observe(lambda change: seen.append(change["new"]), "leaves")
    monkeypatch.setattr("inversa.viz._live.PAUSE", 0.0)
    model.fit(x, y, epochs=3, batch_size=2, callbacks=[picture])  # six steps
    assert len(seen) == 3
    assert seen[-1] == picture._numbers()
    monkeypatch.setattr("inversa.viz._live.PAUSE", 1000.0)
    model.fit(x, y, epochs=3, batch_size=2, callbacks=[picture])
    assert len(seen) == 4  # in the end, always


def test_the_panel_of_two_inputs_finds_every_parameter():
    model = MLP([2, 2, 1], activation="tanh", seed=0)
    one = viz.live(model, [0.5, -1.0], [1.0], loss="mse")
    several = viz.live(model, [[0.5, -1.0], [0.1, 0.2]], [[1.0], [0.0]], loss="mse")
    for picture in (one, several):
        data = json.loads(picture.widget.page.partition('id="data">')[2].partition("</script>")[0])
        flat = [data["leaves"][k]["numbers"][j] for k, j in (a for a in data["answer"]["order"] if isinstance(a, list))]
        assert sorted(flat) == sorted(x for p in model.parameters() for x in p.data.ravel().tolist())
    for x, y in ([[0.5, 0.1], [0.33]], [[0.5], [0.2]]):  # numbers that are no classes; one input
        size = len(x)
        picture = viz.live(MLP([size, 2, 1], seed=0), x, y, loss="mse")
        assert ('id="space"' in picture.widget.page) == (size == 1)


def test_the_page_says_what_the_contract_says():
    model = MLP([2, 2, 1], activation="tanh", seed=0)
    alone = viz.live(model, [0.5, -1.0], [0.25], loss="mse")
    both = viz.live(model, [0.5, -1.0], [1.0], loss="mse")
    every = set(get_type_hints(LiveData))
    panel = set(get_type_hints(PanelData))
    for picture, wanted in ((alone, every - panel | {"points"}), (both, every)):
        data = json.loads(picture.widget.page.partition('id="data">')[2].partition("</script>")[0])
        assert data.keys() == wanted
    code = "".join(path.read_text("utf-8") for path in WEB.glob("*.js"))
    assert set(re.findall(r"(?<!event\.)\bdata\.([a-z]\w*)", code)) <= every
    assert {"here", "waiting", "refused"} == set(re.findall(r"\bwords\.(\w+)", code))


@pytest.mark.parametrize("path", sorted(WEB.iterdir()), ids=lambda path: path.name)
def test_files_are_written_to_be_read(path):
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith(("// ", "/* "))  # what it owns
    assert max(map(len, lines)) <= 100
    assert all(line.count("`") % 2 == 0 for line in lines)  # no text over several lines: they lose their indentation


@pytest.mark.parametrize(
    ("inputs", "x", "y"),
    [
        (2, [0.5, -1.0], [1.0]),
        (2, [[0.5, -1.0], [0.1, 0.2], [0.0, 2.0]], [[1.0], [0.0], [1.0]]),
        (2, [Value(0.5, name="b"), Value(-1.0, name="a")], [1.0]),
        (1, [0.5], [0.25]),
        (1, [[0.5], [0.1]], [[0.25], [0.75]]),
    ],
)
def test_samples_move_with_the_leaves_that_they_are(inputs, x, y):
    model = MLP([inputs, 2, 1], seed=0)
    picture = viz.live(model, x, y, loss="mse")
    data = json.loads(picture.widget.page.partition('id="data">')[2].partition("</script>")[0])
    numbers = [leaf["numbers"] for leaf in data["leaves"]]
    assert [[numbers[k][j] for k, j in places] for places in data["at"]] == [point[:2] for point in data["points"]]
    assert len(data["at"]) == len(np.array(y).reshape(-1, 1))


def test_other_samples_for_the_panel():
    model = MLP([2, 2, 1], activation="tanh", seed=0)
    rows = np.array([[0.5, -1.0], [0.1, 0.2], [2.0, 1.0]])
    picture = viz.live(model, rows[0], [1.0], loss="mse", samples=(rows, [0, 1, 1]))
    data = json.loads(picture.widget.page.partition('id="data">')[2].partition("</script>")[0])
    assert [point[:2] for point in data["points"]] == rows.tolist()
    with pytest.raises(ValueError, match="one or two inputs"):
        viz.live(MLP([3, 1], seed=0), [1.0, 2.0, 3.0], [1.0], loss="mse", samples=(np.ones((2, 3)), [0, 1]))
    with pytest.raises(ValueError, match="samples is a pair"):
        viz.live(model, rows[0], [1.0], loss="mse", samples=rows)
    with pytest.raises(ValueError, match="go with a model"):
        viz.live(graph()[-1], samples=(rows, [0, 1, 1]))


def test_what_cannot_be_live_says_why():
    w, _, _, J = graph()
    with pytest.raises(ValueError, match="needs a sample"):
        viz.live(MLP([2, 1], seed=0))
    with pytest.raises(ValueError, match="too many numbers"):
        viz.live((Tensor(np.ones((300, 300)), requires_grad=True, name="a") * 2.0).sum())
    with pytest.raises(ValueError, match="every"):
        viz.live(J, every=0)
    with pytest.raises(ValueError, match="theme"):
        viz.live(J, theme="blue")
    with pytest.raises(ValueError, match="name is one of w, b, x, not 'v'"):
        viz.live(J).change("v", 1.0)
    assert w.data == 0.5


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    bridge.widget_class.cache_clear()
    with pytest.raises(ImportError, match=r'pip install "inversa\[widget\]"'):
        viz.live(graph()[-1])


def test_beside_the_widget_stands_a_player():
    picture = viz.live(graph()[-1], lang="es")
    bundle = picture._repr_mimebundle_()
    assert bundle[viz._live.WIDGET]["model_id"] == picture.widget.model_id
    assert "<iframe srcdoc=" in bundle["text/html"]
    assert "data:image/svg+xml" in bundle["text/html"]
    assert bundle["text/plain"] == "<Live picture of J: w, b, x>"
    assert picture._display_() is picture.widget


def notebook(monkeypatch, cell="c1", run="m1", stdin=True):
    request = {"header": {"msg_id": run}, "metadata": {"cellId": cell}, "content": {"allow_stdin": stdin}}
    kernel = SimpleNamespace(get_parent=lambda channel: request)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel)))


def test_a_notebook_that_is_run_from_end_to_end_gets_the_player_alone(monkeypatch):
    notebook(monkeypatch, stdin=False)
    bundle = viz.live(graph()[-1])._repr_mimebundle_()
    assert "text/html" in bundle
    assert viz._live.WIDGET not in bundle


def test_models_are_not_kept_by_pictures_that_nobody_sees(monkeypatch):
    def shown():
        model = MLP([2, 2, 1], seed=0)
        picture = viz.live(model, [0.5, 1.0], 1.0, loss="mse")
        picture._repr_mimebundle_()
        return weakref.ref(model), weakref.ref(picture)

    monkeypatch.setattr("inversa.viz._live.pictured", lambda figure: {})
    monkeypatch.setattr("inversa.viz._live.Live._still", lambda picture: {})
    notebook(monkeypatch)
    model, picture = shown()
    gc.collect()
    assert picture() is not None  # somebody sees it
    notebook(monkeypatch, run="m2")  # the cell is run again
    other, later = shown()
    gc.collect()
    assert (model(), picture()) == (None, None)
    later().close()
    gc.collect()
    assert (other(), later()) == (None, None)
    undisplayed = weakref.ref(viz.live(graph()[-1]))
    gc.collect()
    assert undisplayed() is None


def test_a_change_takes_little_time():
    model = MLP([2, 4, 4, 1], activation="tanh", seed=1)
    picture = viz.live(model, [0.5, -0.3], [1.0], loss="binary_cross_entropy")
    name = next(iter(picture.leaves))
    picture.change(name, 1.0)
    times = []
    for k in range(9):
        start = time.perf_counter()
        picture.change(name, k / 10)
        times.append(time.perf_counter() - start)
    assert sorted(times)[4] < 0.05
    assert len(Graph(*picture._outputs)) > 50


def converted(cells, widgets=None, **options):
    """What nbconvert makes of a notebook with these outputs, as HTML."""
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    v4 = nbformat.v4
    outputs = [v4.new_output("execute_result", bundle, execution_count=1) for bundle in cells]
    notebook = v4.new_notebook(cells=[v4.new_code_cell("picture", outputs=outputs)])
    if widgets:
        notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": widgets}}
    return nbconvert.HTMLExporter(template_name="basic", **options).from_notebook_node(notebook)[0]


def test_nbconvert_shows_the_player_where_the_widget_has_no_kernel(monkeypatch):
    picture = viz.live(graph()[-1])
    watched = picture._repr_mimebundle_()
    html = converted([watched])  # as JupyterLab saves it
    assert html.count(" srcdoc=") == 1
    assert "<details>" in html
    assert "widget-view+json" not in html

    notebook(monkeypatch, stdin=False)  # run by nbconvert itself, which saves what widgets there are
    html = converted([picture._repr_mimebundle_()], {picture.widget.model_id: {"model_name": "AnyModel"}})
    assert html.count(" srcdoc=") == 1
    assert "widget-view+json" not in html
