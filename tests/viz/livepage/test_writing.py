"""Programs that compute a graph again, or run a network; and pages with them."""

import random

import pytest

from inversa import viz
from inversa.autograd import Graph, Tensor, Value, jit, leaky_relu, softplus, tanh, where
from inversa.nn import MLP, NeuronNetwork
from inversa.viz import _live_page
from inversa.viz.command.cli import main
from inversa.viz.livepage import examples, runtime, session
from inversa.viz.livepage.writing import MAX_NODES, program_of, program_of_network
from inversa.viz.picture.running import run


def computed(code):
    """What a program computes."""
    found = session.run(code, "en")
    assert found["error"] is None, found["error"]["trace"]
    return session._shown.subject.outputs


def leaves(*outputs):
    """All numbers of those that have a name, as they are written: nan, too."""
    return {(node.name, repr(node.item()), repr(node.grad)) for node in Graph(*outputs) if node.name}


def test_graphs_are_computed_again():
    for make in (
        lambda w, x: tanh(w * x + Value(1e-7, name="c", requires_grad=False)) ** 2,
        lambda w, x: -(w**2) - (-2) ** x + 2 / w - (w - (x - w)) / (x / w),
        lambda w, x: leaky_relu(w, slope=0.3) + where(True, w * x, x) + softplus(x) + w // 2 + w % 0.3,
        lambda w, x: (w * float("inf") + x * -0.0).named("a name <b>"),
        lambda w, x: jit(lambda a: tanh(a) * a)(w),
        lambda w, x: (w * x).named("lambda") * w,
    ):
        J = make(Value(-0.5, name="w"), Value(2.0, name="x"))
        J = J if J.name else J.named("J")
        J.backward()
        (again,) = computed(program_of(J))
        assert leaves(J) <= leaves(again)
    w = Value(3.0, name="w")
    assert [node.item() for node in computed(program_of(w * 2, w + 2))] == [6.0, 5.0]
    assert computed(program_of(w))[0].item() == 3.0


def test_random_graphs_are_computed_again():
    some = random.Random(0)
    for _ in range(50):
        nodes = [Value(some.uniform(-2, 2), name=some.choice([f"p{i}", "x", "tanh", "if", "é", "1"])) for i in range(4)]
        for k in range(20):
            a, b = some.choice(nodes), some.choice(nodes)
            nodes.append(some.choice([a + b, a - b, a * b, a / (2 + b * b), -a, a**2, 3 - a, tanh(a), abs(a)]))
            nodes[-1].name = f"n{k}" if some.random() < 0.3 else None
        output = sum(nodes[1:], nodes[0])
        again = computed(program_of(output))[0]
        assert again.item() == output.item()


def test_networks_of_a_text_run():
    for sizes in ([1, 1], [2, 3, 1], [3, 2, 2]):
        for lang in ("en", "es"):
            (J,) = computed(program_of_network(sizes, lang))
            assert J.name == "J"
            assert J.grad == 1.0


# Pages.


@pytest.fixture
def stand_in(monkeypatch):
    """A page without the runtime in it."""
    monkeypatch.setattr(_live_page, "find_runtime", lambda path=None: path)
    monkeypatch.setattr(_live_page, "live_page_html", lambda code, runtime, lang, title: f"{lang} {title}\n{code}")


@pytest.mark.usefixtures("stand_in")
def test_what_stands_in_the_editor(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("x = 'ñ'\r\n", "utf-8-sig")
    assert viz.live_page(file).code == viz.live_page(str(file)).code == "x = 'ñ'\n"
    assert viz.live_page("x = 1").code == "x = 1"
    assert viz.live_page(lang="es").code == examples.source("neuron", "es")
    w = Value(2.0, name="w")
    for given in (w * 3, Graph(w * 3), (w * 3).inverse()):
        assert "v1 = w * 3" in viz.live_page(given).code
    for model in (NeuronNetwork([2, 2, 1], seed=0), MLP([2, 2, 1], activation="tanh", seed=0)):
        page = viz.live_page(model, [0.5, -1.0], [1.0], loss="mse")
        (J,) = computed(page.code)
        (answer,) = run(model, [0.5, -1.0], [1.0], "mse", "neuron").outputs
        assert (J.name, J.item()) == (answer.name, answer.item())
    assert repr(viz.live_page("x = 1\n")) == "<LivePage: 1 lines of code; render('page.html') saves it>"
    path = viz.live_page("x = 1", lang="es", title="Mía").render(tmp_path / "page.html")
    assert path.read_text("utf-8") == "es Mía\nx = 1"


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ((3,), TypeError, "source is code, the path of a Python file, a Value or a network, such as"),
        ((Tensor([1.0, 2.0]),), TypeError, "single numbers"),
        ((NeuronNetwork([1, 1]),), ValueError, "give it a sample"),
        ((Value(1.0), 2.0), TypeError, "x, y and loss go with a network"),
        (("x" * 100_001,), ValueError, "room for 100000 characters"),
        (("nowhere.py",), FileNotFoundError, "is not there"),
    ],
)
def test_what_no_page_can_be_made_of(given, kind, message):
    with pytest.raises(kind, match=message):
        viz.live_page(*given)
    x = Value(1.0)
    for _ in range(MAX_NODES):
        x = tanh(x)
    with pytest.raises(ValueError, match="at most 500 nodes, not 501"):
        viz.live_page(x)


def test_a_page_needs_the_runtime(monkeypatch):
    monkeypatch.setattr(runtime, "_installed", lambda: iter(()))
    monkeypatch.delenv(runtime.VARIABLE, raising=False)
    with pytest.raises(RuntimeError, match="make live"):
        viz.live_page()


@pytest.mark.usefixtures("stand_in")
def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("x = Value(1.0)")
    for argv, code in (
        (["live"], examples.source("neuron")),
        (["live", "mine.py"], "x = Value(1.0)"),
        (["live", "--network", "2-3-1"], program_of_network([2, 3, 1], "en")),
        (["live", "z = w·x; (ln(z) − 1)²", "w=0.5", "x=3"], "z = w * x\nJ = (log(z) - 1) ** 2\n"),
        (["live", "y = a*a; cost = y + 1", "a=1"], "y = a * a\ncost = y + 1\n"),
        (["live", "-a*b", "a=1", "b=2", "--lang", "es"], "J = -a * b\n"),
    ):
        assert main(argv) == 0
        assert capsys.readouterr().out == f"{tmp_path / 'inversa-live.html'}\n"
        lang, _, written = (tmp_path / "inversa-live.html").read_text("utf-8").partition("\n")
        assert lang.strip() == ("es" if "es" in argv else "en")
        assert code in written


def test_the_command_writes_nothing_where_something_is_wrong(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runtime, "_installed", lambda: iter(()))
    monkeypatch.delenv(runtime.VARIABLE, raising=False)
    assert [main(["live"]), main(["live", "a.py"]), main(["live", "--network", "3"])] == [1, 1, 2]
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert "run make live in a checkout of Inversa" in errors[0]
    assert list(tmp_path.iterdir()) == []
