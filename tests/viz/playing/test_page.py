"""The page of the playground: what it takes, what stands in it, and that names stay names."""

import json
import re

import numpy as np
import pytest

from inversa import viz
from inversa.nn import LSTM, MLP, Linear, NeuronNetwork, Sequential, Tanh
from inversa.nn.optim import SGD
from inversa.nn.penalties import ElasticNet
from inversa.viz._playground import LEAST_RATE, MOST_NEURONS, MOST_RATE
from inversa.viz.command.cli import main
from inversa.viz.playing.choices import choices
from inversa.viz.playing.page import MOST_HIDDEN
from inversa.viz.playing.table import MOST_CLASSES, MOST_POINTS, read_table, table_of


def held(html):
    """The JSON that the page's scripts read."""
    return json.loads(re.search('<script type="application/json" id="data">(.*?)</script>', html, re.S)[1])


@pytest.fixture(scope="module")
def html():
    return viz.playground().html()


def test_one_small_page_that_may_fetch_nothing(html):
    assert len(html.encode()) <= 300_000
    policy = re.search('http-equiv="Content-Security-Policy" content="(.*?)"', html)[1]
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert html.count("<script>") == 1
    assert not re.search(r"https?://(?!www\.w3\.org)", html)
    assert not re.search(r"\bon\w+=\"", html)


def test_the_page_and_python_have_the_same_limits(html):
    limits = {"MOST_LAYERS": MOST_HIDDEN, "MOST_POINTS": MOST_POINTS, "MOST_CLASSES": MOST_CLASSES}
    assert {name: int(re.search(rf"const {name} = (\d+);", html)[1]) for name in limits} == limits
    assert f"neurons: [1, {MOST_NEURONS}, 1]" in html
    low, high = re.search(r"rate: \[([\d.e-]+), (\d+)\]", html).groups()
    assert (float(low), float(high)) == (LEAST_RATE, MOST_RATE)


def test_a_model_comes_with_its_numbers_and_what_it_was_compiled_with():
    model = MLP([2, 3, 1], activation=["relu"], seed=1)
    model.compile(loss="mse", optimizer="rmsprop", lr=0.07)
    x, y = [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0, 1, 1]
    data = held(viz.playground(model, x, y).html())
    assert data["numbers"][0]["weight"] == model.layers[0].weight.numpy().ravel().tolist()
    assert data["numbers"][1]["bias"] == model.layers[1].bias.numpy().tolist()
    assert [layer["activation"] for layer in data["setup"]["layers"]] == ["relu", "identity"]
    wanted = {"loss": "mean_squared_error", "optimizer": "rmsprop", "rate": 0.07, "kind": "given"}
    assert {key: data["setup"][key] for key in wanted} == wanted
    assert data["given"]["rows"] == [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [2.0, 2.0, 1.0]]


def compiled(**settings):
    model = MLP([2, 3, 1], seed=1)
    model.compile(loss="mse", **settings)
    return model


def momentum(parameters):
    return SGD(parameters, lr=0.1, momentum=0.5)


def test_nothing_of_a_compiled_model_is_left_out_silently():
    data = held(viz.playground(compiled(penalty=ElasticNet(l1=0.02))).html())
    assert (data["setup"]["penalty"], data["setup"]["strength"]) == ("l1", 0.02)
    nesterov = compiled(optimizer=lambda parameters: SGD(parameters, lr=0.1, momentum=0.9, nesterov=True))
    assert held(viz.playground(nesterov).html())["setup"]["optimizer"] == "nesterov"
    assert held(viz.playground(compiled(optimizer=momentum), optimizer="sgd").html())["setup"]["optimizer"] == "sgd"


def test_many_whole_numbers_are_learnt_as_numbers():
    assert table_of(np.ones((30, 2)), np.arange(30))["classes"] == []
    assert table_of(np.ones((30, 2)), np.arange(30) % 10)["classes"] == [str(k) for k in range(10)]


def test_outputs_that_are_probabilities_get_a_loss_that_takes_them():
    yes = held(viz.playground(MLP([2, 3, 1], output="sigmoid")).html())
    assert yes["setup"]["loss"] == "binary_cross_entropy_of_probabilities"
    three = held(viz.playground(MLP([2, 3, 3], output="softmax"), data="blobs").html())
    assert three["setup"]["loss"] == "cross_entropy_of_probabilities"
    assert three["setup"]["layers"][-1] == {"neurons": 3, "activation": "softmax"}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_in_a_menu_everything_has_a_name_of_its_own(lang):
    offered = held(viz.playground(lang=lang).html())["choices"]
    menus = [*offered.pop("losses").values(), *(menu for menu in offered.values() if isinstance(menu, list))]
    assert len(menus) == 8
    for menu in menus:
        names = [offered["names"][name] for name in menu]
        assert "" not in names
        assert len(set(names)) == len(names)


def test_what_is_frozen_is_held():
    bare = held(viz.playground(Sequential(Linear(2, 2, bias=False), Tanh(), Linear(2, 1))).html())
    assert [layer["held"]["bias"] for layer in bare["numbers"]] == [[0, 1], []]


def test_every_model_of_dense_layers_is_taken():
    chain = Sequential(Linear(1, 3, seed=0), Tanh(), Linear(3, 1, seed=0))
    assert repr(viz.playground(chain, [0.0, 1.0], [0.5, 1.5])) == "<Playground: 1-3-1 on 2 points>"
    assert repr(viz.playground(NeuronNetwork([2, 2, 1]))) == "<Playground: 2-2-1 on moons>"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: viz.playground(LSTM(2, 3)), TypeError, "dense layers, such as an MLP"),
        (lambda: viz.playground(MLP([3, 1])), ValueError, "2 input.* 1 output.*not 3-1"),
        (lambda: viz.playground(MLP([2, 13, 1])), ValueError, "at most 12 neurons|of at most 12"),
        (lambda: viz.playground(data="moon"), ValueError, "data is one of 'moons'"),
        (lambda: viz.playground(loss="cross_entropy"), ValueError, "loss is one of"),
        (lambda: viz.playground(MLP([2, 1], output="sigmoid"), loss="bce"), ValueError, "loss is one of"),
        (
            lambda: viz.playground(MLP([2, 1], output="sigmoid"), loss="binary_cross_entropy"),
            ValueError,
            "does not go with outputs that are sigmoid: take one of binary_cross_entropy_of_probabilities",
        ),
        (lambda: viz.playground(compiled(optimizer=momentum)), ValueError, "momentum.*optimizer='adam'"),
        (lambda: viz.playground(compiled(clip_norm=1.0)), ValueError, "clip_norm"),
        (lambda: viz.playground(compiled(penalty=ElasticNet(0.1, 0.1))), ValueError, "one at a time"),
        (lambda: viz.playground(x=np.ones((3, 2)), y=["a", "b", None]), ValueError, "no target for sample 2"),
        (lambda: viz.playground(x=np.ones((3, 2)), y=np.array(["a", "b", np.nan], object)), ValueError, "sample 2"),
        (lambda: viz.playground(x=np.ones((3, 2)) * 1j, y=[0, 1, 1]), ValueError, "complex"),
        (lambda: viz.playground(x=np.ones((3, 2)) * 1e10, y=[0, 1, 1]), ValueError, "beyond 1e.09"),
        (lambda: viz.playground(lr=-1), ValueError, "lr is"),
        (lambda: viz.playground(lr=0), ValueError, "lr is"),
        (lambda: viz.playground(x=[[1.0, 2.0]]), ValueError, "x and y go together"),
        (lambda: viz.playground(x=[[1.0, np.nan], [1.0, 2.0]], y=[0, 1]), ValueError, "finite"),
        (lambda: viz.playground(x=np.ones((3, 3)), y=[0, 1, 1]), ValueError, "one or two inputs"),
        (lambda: viz.playground(x=np.ones((3, 2)), y=[0, 1]), ValueError, "one target for each sample"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_names_of_users_are_text():
    names = ["</script><script>alert(1)", '<img src=x onerror="alert(1)">']
    html = viz.playground(x=[[0.0, 1.0], [1.0, 0.0]], y=names, title="</title><b>").html()
    assert "<img" not in html
    assert html.count("<script") == 2
    assert held(html)["given"]["classes"] == sorted(names, key=names.index)
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in html


# Tables.


@pytest.mark.parametrize(
    ("text", "classes", "rows"),
    [
        ("a,b,kind\n0,1,red\n1,0.5,blue\n", ["blue", "red"], [[0, 1, 1], [1, 0.5, 0]]),
        ("0;1;0\n1,5;0;1\n", ["0", "1"], [[0, 1, 0], [1.5, 0, 1]]),
        ("0\t2.5\n1\t3\n", [], [[0, 2.5], [1, 3]]),
        ("x,y\n0,2\n1,3\n", [], [[0, 2], [1, 3]]),
        ('"x;m","y"\n0,2\n1,3\n', [], [[0, 2], [1, 3]]),
        ('\ufeff"x, y",b,c\n0,1,"</script>"\n1,2,"a,b"\n', ["</script>", "a,b"], [[0, 1, 0], [1, 2, 1]]),
    ],
)
def test_tables(tmp_path, text, classes, rows):
    path = tmp_path / "points.csv"
    path.write_text(text, "utf-8")
    found = read_table(path)
    assert (found["classes"], found["rows"]) == (classes, rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least two are needed"),
        ("a,b,c\n", "at least two are needed"),
        ("1,2,3,4\n1,2,3,4\n", "line 1 has 4 columns"),
        ("1,2,red\n1,red\n", "line 2 has 2 columns, and the first row has 3"),
        ("1,2,red\n1,nan,red\n", "line 2: 'nan' is no finite number"),
        ("1,2,red\n1,3,\n", "line 2 has no target"),
        ("nan,2,red\n1,3,blue\n1,4,red\n", "line 1: 'nan' is no finite number"),
        ("?,2,red\n1,3,blue\n1,4,red\n", "line 1: '?' is no finite number"),
        ("1,2,0\n1,3,1\n1,4,NaN\n", "line 3: 'NaN' is no finite number"),
        ("1,2,red\n1,3,red\n", "from 2 to 10 classes, not 1"),
        ("1,2,0\n" * 1001, "at most 1000"),
    ],
)
def test_tables_that_are_none(tmp_path, capsys, text, message):
    path, out = tmp_path / "points.csv", tmp_path / "page.html"
    path.write_text(text, "utf-8")
    assert main(["playground", str(path), "--out", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_the_command(tmp_path, capsys):
    path, out = tmp_path / "points.csv", tmp_path / "page.html"
    path.write_text("1,2,red\n2,1,blue\n", "utf-8")
    assert main(["playground", str(path), "--out", str(out), "--lang", "es"]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    html = out.read_text("utf-8")
    assert '<html lang="es">' in html
    assert held(html)["given"]["names"] == []
    assert "Red" in html


def test_a_regression_of_whole_numbers_is_said_to_be_one():
    assert table_of([[0, 1], [1, 1]], [3, 5])["classes"] == ["3", "5"]
    assert table_of([[0, 1], [1, 1]], [3, 5], regression=True)["classes"] == []


def test_menus_offer_what_the_engine_has():
    found = choices()
    assert set(found["losses"]["binary"]) & {"hinge", "mean_squared_error", "binary_cross_entropy"}
    assert "softmax" not in found["activations"]
    assert "softmax" in found["outputs"]


def test_a_notebook_shows_the_page_and_a_picture():
    bundle = viz.playground(MLP([2, 2, 1], seed=0))._repr_mimebundle_()
    assert bundle["text/html"].startswith('<iframe srcdoc="&lt;!DOCTYPE html')
    assert "<details>" in bundle["text/html"]
    assert 'sandbox="allow-scripts allow-forms allow-downloads"' in bundle["text/html"]
