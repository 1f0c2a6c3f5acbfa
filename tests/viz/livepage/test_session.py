"""What a page asks of its Python: code is run, shown and saved; errors have the reader's line, and lose nothing."""

import ast
import gc
import html
import json
import subprocess
import sys
import weakref
import xml.etree.ElementTree as ET

import pytest

from inversa.autograd import Value, jit, tanh
from inversa.autograd.languages import languages, texts
from inversa.viz.livepage import session
from inversa.viz.livepage.examples import EXAMPLES, source
from inversa.viz.livepage.printing import MAX_PRINTED
from inversa.viz.livepage.restoring import Original
from inversa.viz.livepage.saving import importing

TABS = "picture", "inverse", "player", "gradients", "listing"
NEURON = "w, x, b, y = Value(0.7), Value(0.5), Value(-0.2), Value(1.0)\nh = sigmoid(w * x + b)\nJ = (h - y) ** 2\n"
FUNCTION = "def f(x):\n    return x * x\n"


def run(code, lang="en"):
    """Run code that has no error; all that a session says can be sent."""
    found = session.run(code, lang)
    json.dumps(found, allow_nan=False)
    assert found["error"] is None, found["error"]["trace"]
    return found


def subject():
    return session._shown.subject


# Running.


def test_what_is_drawn():
    for code, name, kind in (
        (NEURON, "J", "value"),
        (f"{NEURON}h", "h", "value"),
        (f"{NEURON}J.backward()\nfor p in (w, b):\n    p.data -= 0.1 * p.grad\nprint(p)", "J", "value"),
        ("for i in range(3):\n    s = Value(1.0) * i", "s", "value"),
        ("if True:\n    t = Value(2.0) * 3", "t", "value"),
        ("def f():\n    hidden = Value(2.0) * 3\nc = Value(1.0) + 1\nf()", "c", "value"),
        ("x = Value(1.0)", "x", "value"),
        ("nn.NeuronNetwork([2, 3, 1])", "NeuronNetwork", "network"),
        ("n = nn.Neuron(2)", "Neuron", "network"),
        (f"{NEURON}viz.draw(J, detail='op')", "J", "value"),
        (f"{NEURON}viz.player(J)", "J", "value"),
        (f"{NEURON}J.inverse()", "J", "value"),
        (f"{NEURON}Graph(h, J)", "h, J", "value"),
        ("J = Value(0.0) * 1\nnn.Neuron\nn = nn.Neuron(1)", "J", "value"),
        ("globals().clear()\nx = 1", "", "none"),
        ("1 + 1", "", "none"),
        ("", "", "none"),
    ):
        found = run(code)
        assert (found["name"], found["kind"]) == (name, kind), code


def test_the_usual_names_are_there_and_the_code_starts_anew():
    run("from inversa.autograd import *\nfrom inversa import nn as layers, viz\nx = sigmoid(Value(0.0)); seen = 1")
    run("x = tanh(Value(0.0)) + grad(lambda x: x * x)(3.0) + abs(-1) + sum([1, 2]) + max(1, 2)")
    assert session.run("seen", "en")["error"]["type"] == "NameError"
    first, second = (run("nn.Neuron(3).weights[0].data")["printed"] for _ in range(2))
    assert first == second  # random numbers are those of the last time
    assert "'__main__'" in run("__name__")["printed"]


@pytest.mark.parametrize(
    ("change", "code", "answer"),
    [
        ("Value.__mul__ = lambda a, b: a", "(Value(2.0) * 3).data", "6.0"),
        (
            "Value.named = None; del Value.backward; Value.extra = 1",
            f"{NEURON}J.backward()\nhasattr(w, 'extra')",
            "False",
        ),
        ("tanh.pullbacks(lambda g, y, x: 7 * g)", "x = Value(0.0)\ntanh(x).backward()\nx.grad", "1.0"),
        ("nn.Neuron.__call__ = print; import math; math.exp = abs", "import math\nmath.exp(0)", "1.0"),
        ("import builtins; builtins.len = None; builtins.print = None; builtins.J = 1", "len('ab')", "2"),
        ("import inversa.autograd as a; a.tanh = abs", "from inversa.autograd import tanh\ntanh(0.0)", "0.0"),
        ("import inversa.viz as v; v.draw = None", "viz.draw.__name__", "'draw'"),
        (
            "from inversa.autograd import Operation, Rule, operation\n@operation('c', Rule.ACTIVATION)\n"
            "def cube(xp, x): return x",
            "from inversa.autograd import Operation\n'cube' in Operation.registry",
            "False",
        ),
    ],
)
def test_what_code_changes_in_the_library_is_undone_before_other_code_runs(change, code, answer, monkeypatch):
    monkeypatch.setattr(session, "_original", Original())  # as in a page
    session.run(change, "en")
    assert run(code)["printed"] == f"{answer}\n"


def test_values_are_called_as_their_variables_are():
    run(f"{NEURON}z = h.named('other')\nJ")
    assert {node.name for node in subject().outputs[0].inverse().graph} >= {"w", "x", "b", "y", "other"}


def test_inputs_and_targets_are_data_where_there_are_parameters():
    run(NEURON)
    assert subject().data == ["x", "y"]
    run("x = Value(3.0)\ny = x * x")
    assert subject().data == []


def test_what_is_printed_and_how_the_last_value_is_told():
    assert run("print('a', end='')\nimport sys\nprint('b', file=sys.stderr)\n[1, 2]")["printed"] == "ab\n[1, 2]\n"
    assert "code.py:2: UserWarning: careful" in run("import warnings\nwarnings.warn('careful')")["printed"]
    assert run("x = Value(2.0)\nx.data")["printed"] == "2.0\n"


def test_output_without_end_is_cut():
    found = run("for i in range(100_000): print('x' * 100)", "es")["printed"]
    assert len(found) < MAX_PRINTED + 100
    assert found.endswith("[Solo se muestran los primeros 20 000 caracteres.]\n")


# Errors.


@pytest.mark.parametrize(
    ("code", "line", "kind", "text"),
    [
        ("x = 1\ny = (\n", 2, "SyntaxError", "'(' was never closed"),
        ("x = 1\nreturn x", 2, "SyntaxError", "'return' outside function"),
        ("def f():\nx", 2, "IndentationError", "expected an indented block"),
        ("\n\n1 / 0", 3, "ZeroDivisionError", "division by zero"),
        ("def f(a):\n    return a.q\n\nf(1)", 2, "AttributeError", "'int' object has no attribute 'q'"),
        ("n = nn.Neuron(2)\nn([1.0])", 2, "ValueError", "Neuron(2, relu) takes 2 inputs, not 1"),
        ("w = Value(1.0)\nv = Value([1.0])", 2, "TypeError", "a Value holds one number, not an array"),
        ("def f():\n    f()\nf()", 2, "RecursionError", "A function calls itself without end."),
        ("1\nexit()", 2, "SystemExit", "The code ended itself here."),
        ("import sys\nsys.exit('bye')", 2, "SystemExit", "The code ended itself here."),
        ("raise ModuleNotFoundError('x', name='numpy')", 1, "ModuleNotFoundError", "which a page does not have"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt", "The code was stopped."),
        ("print('?')\nx = input('x = ')", 2, "NoInputError", "Nothing can be typed while the code runs"),
        ("import sys\nsys.stdout.write(b'x')", 2, "TypeError", "what is printed is text, not bytes"),
        ("x = [1,\n     2][3]", 1, "IndexError", "list index out of range"),
        ("eval('1 +')", 1, "SyntaxError", "invalid syntax"),
        ("class E(BaseException):\n    def __str__(self): 1 / 0\nraise E", 3, "E", "<exception str() failed>"),
        ("e = ValueError('a')\ne.add_note('b')\nraise e", 3, "ValueError", "a\nb"),
        ("class A:\n    def __repr__(self): return 1\nA()", 3, "TypeError", "__repr__ returned non-string"),
        ("[print(i / 0) for i in [1]]", 1, "ZeroDivisionError", "division by zero"),
        ("x = '\ud800", None, "UnicodeEncodeError", "surrogates not allowed"),
        ("print('?')\nraise ValueError('<b>\\ud800')", 2, "ValueError", "<b>?"),
    ],
)
def test_an_error_has_the_readers_line_and_the_message(code, line, kind, text):
    found = session.run(code, "en")
    json.dumps(found, allow_nan=False).encode()
    error = found["error"]
    assert (error["line"], error["type"]) == (line, kind)
    assert text in error["text"]
    assert kind in error["trace"]
    assert "inversa/viz/livepage" not in error["trace"]


def test_a_long_traceback_is_cut_in_the_middle():
    trace = session.run("def f(n): g(n)\ndef g(n): f(n)\nf(1)", "es")["error"]["trace"]
    assert trace.count("File") == 20
    assert "  …\n" in trace


def test_a_failure_loses_nothing():
    run(NEURON)
    before = [session.show(tab, "en") for tab in TABS]
    for wrong in ("J = (", "x = 1 / 0", "exit()"):
        assert session.run(wrong, "en")["error"]
        assert [session.show(tab, "en") for tab in TABS] == before
        assert session.save("python", "en")["text"] == wrong  # what was typed can be saved, whatever it is


def test_what_cannot_be_shown_is_told():
    run("print(1)")
    for tab in TABS:
        assert session.show(tab, "es")["error"]["text"] == texts("es").live["nothing"]
    run("x = Value(1.0)")
    assert "there is nothing to run" in session.show("player", "en")["error"]["text"]
    run("a = Value(1.0)\nGraph(a * 2, a * 3)")
    assert "2 outputs" in session.show("inverse", "en")["note"]
    run("a = Value(1.0)\nfor i in range(700): a = tanh(a) * sin(a)")
    assert session.show("picture", "en").get("error") is None  # folded
    with pytest.raises(ValueError, match="tab"):
        session.show("paint", "en")


# Showing.


def test_the_table_of_gradients():
    run(NEURON)
    found = session.show("gradients", "es")
    assert found["columns"] == ["nombre", "valor", "∂J/∂·", "se calcula así"]
    assert found["rows"][:4] == [
        ["w", "0.7000", "−0.1150", "x · ∂J/∂v₁"],
        ["b", "−0.2000", "−0.2300", "∂J/∂v₂"],
        ["x", "0.5000", "−0.1610", "w · ∂J/∂v₁"],
        ["y", "1.0000", "0.9251", "−∂J/∂v₃"],
    ]
    assert found["rows"][-1] == ["J", "0.2140", "1.0000", "1"]
    run("x = Value(3.0)\ny = x * x - x\ny.backward()\ny.backward()")
    found = session.show("gradients", "en")
    assert found["rows"][0] == ["x", "3.0000", "10.0000", "x · ∂y/∂v₁ + x · ∂y/∂v₁ − ∂y/∂y"]
    assert found["note"] == texts("en").live["added up"]


def test_the_listing_is_that_of_jit():
    run("w, x = Value(0.5), Value(2.0)\nJ = tanh(w * x)")
    w = Value(0.5, name="w")
    assert session.show("listing", "en")["text"] == jit(lambda x: tanh(w * x)).listing()
    run("nn.Neuron(2)")
    assert session.show("listing", "es")["text"].startswith("No hay listado: la red todavía no se ha ejecutado")


ATTACKS = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"',
    "a|b]{x}",
    "]]>",
    "\x00\u202e\U0001f600",
)


@pytest.mark.parametrize("name", ATTACKS)
def test_names_are_text(name):
    run(f"w, x = Value(0.5), Value(2.0)\nw.name, J = {name!r}, w * x\nJ.name = {name[::-1]!r}")
    for tab in TABS:
        found = session.show(tab, "en")
        assert "error" not in found, found
    for tab in ("picture", "inverse"):
        svg = session.show(tab, "en")["svg"]
        assert {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}.isdisjoint({"script", "img"})
    for what in ("player", "handout"):
        page = session.save(what, "en")["text"]
        assert "<script>alert" not in page
        assert "<img" not in page


# Files.


def test_files():
    run(NEURON)
    files = {what: session.save(what, "es") for what in ("picture", "player", "handout", "python")}
    names = [file["name"] for file in files.values()]
    assert names == ["J_imagen.svg", "J_reproductor.html", "J_hoja.html", "inversa.py"]
    ET.fromstring(files["picture"]["text"])
    handout = html.unescape(files["handout"]["text"])
    assert "<script" not in handout
    assert handout.count("<svg") == 2
    for words in ("La red y su inversa", "−0.1150", "x · ∂J/∂v₁", "unidad 1"):
        assert words in handout
    assert 'id="slider"' in files["player"]["text"]


def test_saved_code_imports_what_it_needs():
    future = '"""Mine."""\nfrom __future__ import annotations\n'
    code = f"{future}\ndef f(tanh):\n    return tanh\nJ = exp(Value(1.0))\nviz.draw(J)\n"
    imports = "from inversa import viz\nfrom inversa.autograd import Value, exp\n\n"
    assert importing(code) == code.replace("annotations\n", f"annotations\n\n{imports}")
    for name in EXAMPLES:
        assert importing(source(name)) == source(name)
    exec(compile(importing(NEURON), "saved.py", "exec"), space := {})
    run(NEURON)
    assert space["J"].item() == subject().outputs[0].item()


# Completion.


def test_completion():
    run(
        "class Net(nn.Module):\n    @property\n    def boom(self): 1 / 0\nnet, w = Net(), Value(0.5)\nrate = 0.1\n"
        "class Odd(int):\n    def __repr__(self): 1 / 0\nodd, large = Odd(), 10**10_000\n"
        "import sys\nsys.setrecursionlimit(5000)"
    )
    found = {entry["label"]: entry for entry in session.names("en")}
    assert found["rate"]["info"] == "0.1"
    assert (found["odd"]["info"], found["large"]["info"]) == ("Odd", "int")
    assert sys.getrecursionlimit() < 5000
    assert found["w"]["info"] == "Value 0.5"
    assert found["w.grad"]["type"] == "property"
    assert found["nn.NeuronNetwork"]["info"].startswith("NeuronNetwork(sizes, layers=(), *, activation=")
    assert {"net.parameters", "viz.draw", "sigmoid", "for", "print", "w.backward"} <= found.keys()
    assert not any(label.startswith("__") or "._" in label for label in found)
    assert len(found) == len(session.names("en"))  # each once


# The blocks of a text.


def test_blocks_of_a_text_go_on_with_each_other_as_one_types():
    printed = [
        session.run(code, "en", keep=True)["printed"]
        for code in ("w = Value(3.0)\n1 + 1\nJ = w * w\n'a'", "w.data\nJ\n1 / 0", "J.backward()\nw.grad", "w.grad")
    ]
    assert printed == ["2\n'a'\n", "3.0\nValue(9.0, name='J', op='×')\n", "6.0\n", "6.0\n"]
    run(NEURON)
    assert session.run("w.data", "en", keep=True)["printed"] == "3.0\n"  # and not 0.7
    assert session.run("h", "en", keep=True)["error"]["type"] == "NameError"


def test_a_picture_of_a_block_changes_no_gradient_of_the_next():
    assert session.run("p = Value(2.0)\nq = p * p", "en", keep=True)["name"] == "q"
    assert "svg" in session.show("picture", "en", 600, 400)
    assert session.run("q.backward()\np.grad", "en", keep=True)["printed"] == "4.0\n"


# Memory.


def test_many_edits_leave_nothing_behind():
    cyclic = "class A: pass\na = A()\na.me = a\ndef f(): return a\n@jit\ndef g(x): return x * x\ng(2.0)\n"

    def edits(numbers):
        for i in numbers:
            session.run(f"{cyclic}{NEURON}J = J * {i}", "en")
            session.run(f"{NEURON}1 / {i - i}", "en")
            session.show("gradients", "en")
        gc.collect()
        return sum(issubclass(type(thing), Value) for thing in gc.get_objects()), len(gc.get_objects())

    edits(range(50))
    gone = weakref.ref(subject().outputs[0])
    values, objects = edits(range(50, 100))
    assert gone() is None
    assert edits(range(100, 500)) == pytest.approx((values, objects), rel=0.002)


# Examples.


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    printed = {lang: run(source(name, lang), lang)["printed"] for lang in languages()}
    assert len({"".join(filter(str.isdigit, text)) for text in printed.values()}) == 1
    assert len({program_without_words(source(name, lang)) for lang in languages()}) == 1
    assert all(f"example {name}" in texts(lang).live for lang in languages())


def program_without_words(code):
    """A program without comments and without what its texts say."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


def test_an_example_is_in_english_where_there_is_no_other():
    assert source("neuron", "fr") == source("neuron", "en")
    with pytest.raises(ValueError, match="name is one of"):
        source("../../session")


def test_what_examples_teach():
    assert "∂J/∂w1_1  = -0.0040   in the lecture  0.125" in run(source("misprint"))["printed"]
    assert "epoch 100: cost 0.0167" in run(source("xor"))["printed"]
    assert "∂o/∂x1 = -1.4999999999999" in run(source("two_inputs"))["printed"]
    run(source("recurrent"))
    assert "A recurrent neuron: 3 steps" in session.show("picture", "en")["svg"]


# Where there is no NumPy, as in a page.


def test_all_of_it_without_numpy():
    done = subprocess.run(
        [sys.executable, "-P", __file__],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == everything()


def everything():
    """What a session answers about some of the examples."""
    found = []
    for name in ("neuron", "misprint", "recurrent"):
        found.append({k: v for k, v in session.run(source(name), "en").items() if k != "ran"})
        found += [session.show(tab, "en") for tab in TABS]
        found.append(session.save("handout", "es"))
    return found


if __name__ == "__main__":
    sys.modules |= dict.fromkeys(("numpy", "numba"))
    print(json.dumps(everything()))
