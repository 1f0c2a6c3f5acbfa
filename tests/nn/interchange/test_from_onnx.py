"""ONNX files as networks: parameters, parts, jit, pictures and training, and what is refused before anything runs."""

from __future__ import annotations

import builtins
import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from inversa import interchange, nn, viz
from inversa.autograd import InverseNetwork, Tensor, Value, grad, jit
from inversa.nn.interchange import InterchangeError, from_onnx, to_onnx
from inversa.nn.interchange.reading import operators, program
from inversa.nn.interchange.reading.table import OPERATORS, TOPICS

GENERATOR = np.random.default_rng(0)
X = GENERATOR.standard_normal((6, 3))
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def info(name: str, shape: Any, kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def file(nodes: list[Any], inputs: list[Any], outputs: list[Any], arrays: Any = (), opset: int = 18) -> Any:
    kept = [numpy_helper.from_array(array, name) for name, array in arrays]
    graph = helper.make_graph(nodes, "g", inputs, outputs, kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


W, B, V = (GENERATOR.standard_normal(shape).astype(np.float32) for shape in ((4, 3), (4,), (4, 2)))
NODES = [
    helper.make_node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["a"], name="/block/fc1/Gemm", transB=1),
    helper.make_node("Relu", ["a"], ["r"], name="/block/act/Relu"),
    helper.make_node("MatMul", ["r", "v"], ["y"], name="/out/MatMul"),
]
ARRAYS = [("fc1.weight", W), ("fc1.bias", B), ("v", V)]
PERCEPTRON = file(NODES, [info("x", ["N", 3])], [info("y", ["N", 2])], ARRAYS)


def test_it_is_a_module_with_the_parameters_of_the_file() -> None:
    network = from_onnx(PERCEPTRON)
    assert repr(network) == "OnnxModel(x → y, 3 operators)"
    assert [(name, p.shape) for name, p in network.named_parameters()] == [
        ("fc1.weight", (4, 3)), ("fc1.bias", (4,)), ("v", (4, 2)),
    ]  # fmt: skip
    wanted = np.maximum(X.astype(np.float32) @ W.T + B, 0) @ V
    np.testing.assert_allclose(network(X.astype(np.float32)).numpy(), wanted, rtol=1e-5)
    assert network(X).dtype == np.float64
    assert network(X.tolist()).shape == (6, 2)
    network.load_state_dict({name: 2 * array for name, array in network.state_dict().items()})
    assert np.array_equal(network.state_dict()["v"], 2 * V)


def test_paths_bytes_and_models_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(PERCEPTRON.SerializeToString())
    for source in (path, str(path), path.read_bytes(), PERCEPTRON):
        assert np.array_equal(from_onnx(source)(X).numpy(), from_onnx(PERCEPTRON)(X).numpy())


def test_parts_are_those_of_the_names() -> None:
    x = Tensor(X[:1], requires_grad=True)
    y = from_onnx(PERCEPTRON)(x)
    assert (y.module, y.inputs[0].module) == ("out", "block.act")
    figure = viz.draw(from_onnx(PERCEPTRON), X[:1])
    assert all(title in figure.svg() for title in ("block", "out"))


def test_gradients_jit_and_player() -> None:
    network = from_onnx(PERCEPTRON)
    x = Tensor(X, requires_grad=True)
    network(x).sum().backward()
    wanted = (X @ W.T + B > 0).astype(float) @ (W * V.sum(axis=1)[:, None])
    np.testing.assert_allclose(x.grad, wanted, rtol=1e-6)
    np.testing.assert_allclose(grad(lambda x: network(x).sum())(X), wanted, rtol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of what is not compiled
        np.testing.assert_allclose(jit(network)(X), network(X).numpy(), rtol=1e-12)
    single = file(NODES[:2], [info("x", ["N", 3])], [info("r", ["N", 4])], ARRAYS[:2])
    model = nn.Sequential(from_onnx(single), nn.Linear(4, 1, seed=0))
    assert "fc1.weight" in str([name for name, _ in model.named_parameters()])
    assert "fc1.weight" in viz.player(model, X[:1]).html()


@pytest.mark.parametrize("network", [nn.MLP([3, 4, 1], "tanh", seed=0), nn.Sequential(nn.Conv1d(3, 2, 1, seed=0))])
def test_training_it_is_training_ours(network: Any) -> None:
    x = X if isinstance(network, nn.MLP) else X[:, :, None]
    y = GENERATOR.standard_normal(network(x).shape)
    theirs = from_onnx(to_onnx(network, x))
    histories = []
    for model in (network, theirs):
        model.compile(loss="mse", optimizer="adam", lr=0.05)
        histories.append(model.fit(x, y, epochs=3, seed=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-12)
    assert set(dict(theirs.named_parameters())) == set(dict(network.named_parameters()))


def test_copies_and_pickles() -> None:
    network = from_onnx(PERCEPTRON)
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert np.array_equal(other(X).numpy(), network(X).numpy())
        assert other.parameters()[0] is not network.parameters()[0]


def test_what_is_not_trained() -> None:
    """Averages, single numbers and integers; what our own files call constants and buffers."""
    arrays = [(name, np.ones(3, np.float32)) for name in ("scale", "shift", "mean", "variance")]
    nodes = [
        helper.make_node("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], ["b"]),
        helper.make_node("Mul", ["b", "factor"], ["m"]),
        helper.make_node("Reshape", ["m", "shape"], ["y"]),
    ]
    arrays += [("factor", np.float32(2)), ("shape", np.array([-1]))]
    network = from_onnx(file(nodes, [info("x", ["N", 3])], [info("y", ["M"])], arrays))
    assert [name for name, _ in network.named_parameters()] == ["scale", "shift"]
    assert [name for name, _ in network.named_buffers()] == ["mean", "variance"]
    ours = nn.Sequential(nn.Dense(3, 4, "gelu", seed=0), nn.BatchNorm1d(4), nn.Linear(4, 1, seed=0)).eval()
    theirs = from_onnx(to_onnx(ours, X))
    assert set(theirs.state_dict()) == {*ours.state_dict()} - {"1.num_batches_tracked"}


def test_clip_and_pad_have_gradients_of_their_bounds() -> None:
    nodes = [helper.make_node("Clip", ["x", "low", ""], ["c"]), helper.make_node("Pad", ["c", "p", "low"], ["y"])]
    inputs = [info("x", [3]), info("low", [])]
    network = from_onnx(file(nodes, inputs, [info("y", [5])], [("p", np.array([1, 1]))]))
    x, low = Tensor([-1.0, 0.5, 2.0], requires_grad=True), Tensor(0.25, requires_grad=True)
    y = network(x, low)
    assert y.tolist() == [0.25, 0.25, 0.5, 2.0, 0.25]
    y.sum().backward()
    assert (x.grad.tolist(), low.grad) == ([0.0, 1.0, 1.0], 3.0)


def test_masked_rows_give_no_nan_back() -> None:
    nodes = [
        helper.make_node("Where", ["mask", "x", "none"], ["w"]),
        helper.make_node("Softmax", ["w"], ["s"]),
        helper.make_node("IsNaN", ["s"], ["n"]),
        helper.make_node("Where", ["n", "zero", "s"], ["y"]),
    ]
    arrays = [("none", np.float32(-np.inf)), ("zero", np.float32(0)), ("mask", np.array([[1, 1], [0, 0]], bool))]
    network = from_onnx(file(nodes, [info("x", [2, 2])], [info("y", [2, 2])], arrays))
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = network(x)
    flows = InverseNetwork(y).run(np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert np.isfinite(flows[x]).all()
    assert np.any(flows[x], axis=1).tolist() == [True, False]


def test_arguments_are_checked() -> None:
    network = from_onnx(PERCEPTRON)
    with pytest.raises(InterchangeError, match="takes 1 arguments"):
        network(X, X)
    with pytest.raises(InterchangeError, match=r"'x' has the shape \(N, 3\), not \(6, 2\)"):
        network(X[:, :2])
    with pytest.raises(TypeError, match="not a Value"):
        network(Value(1.0))
    with pytest.raises(TypeError, match="array of float32"):
        network(["a"])
    gather = [helper.make_node("Gather", ["v", "i"], ["y"])]
    rows = from_onnx(file(gather, [info("i", ["N"], INT)], [info("y", ["N", 2])], [("v", V)]))
    assert np.array_equal(rows([1, -1]).numpy(), V[[1, -1]])
    with pytest.raises(InterchangeError, match="of int64, not of float64"):
        rows([0.5])
    with pytest.raises(InterchangeError, match=r"Gather for 'y', of \(4, 2\), \(1,\): "):
        rows([4])


def refused(node: Any, inputs: Any = None, outputs: Any = None, opset: int = 18) -> str:
    with pytest.raises(InterchangeError) as raised:
        from_onnx(file([node], inputs or [info("x", [2])], outputs or [info("y", [2])], opset=opset))
    return str(raised.value)


def test_refused_before_anything_runs() -> None:
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["z"])], "b", [], [info("z", [2])])
    condition = [info("x", [2]), info("c", [], TensorProto.BOOL)]
    choice = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch, name="choice")
    assert refused(choice, condition) == "If (choice) is control flow, which is not supported"
    assert (
        refused(helper.make_node("RandomNormalLike", ["x"], ["y"])) == "the operator RandomNormalLike is not supported"
    )
    strings = [info("x", [2], TensorProto.STRING)]
    assert "'x' is of the type STRING" in refused(helper.make_node("Size", ["x"], ["y"]), strings, [info("y", [], INT)])
    assert "BFLOAT16" in refused(helper.make_node("Cast", ["x"], ["y"], to=TensorProto.BFLOAT16), None,
                                 [info("y", [2], TensorProto.BFLOAT16)])  # fmt: skip
    assert "No Op registered for Nonsense" in refused(helper.make_node("Nonsense", ["x"], ["y"]))
    assert "opset 6 is too old" in refused(helper.make_node("Relu", ["x"], ["y"]), opset=6)
    lstm = helper.make_node("LSTM", ["x", "w", "r"], ["y"], activation_alpha=[1.0], hidden_size=2)
    inputs = [info("x", [1, 1, 2]), info("w", [1, 8, 2]), info("r", [1, 8, 2])]
    outputs = [info("y", [1, 1, 1, 2])]
    assert refused(lstm, inputs, outputs) == "the attribute activation_alpha of LSTM is not supported"


def test_mistakes_in_an_operator_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TypeError in our own code is no reason to say that the file is not supported."""

    def broken(x: Any) -> Any:
        return x + "text"

    monkeypatch.setitem(OPERATORS, "Relu", operators.Operator("Relu", broken))
    with pytest.raises(TypeError):
        from_onnx(PERCEPTRON)(X)


def test_every_operator_has_the_names_of_onnx() -> None:
    from onnx import defs

    for name, entry in OPERATORS.items():
        assert defs.has(name), name
        known = {key for version in range(7, defs.onnx_opset_version() + 1) for key in _attributes(name, version)}
        own = entry.attributes - set(_parameters(entry))
        assert own <= known, f"{name} has no attributes {own - known}"


def _attributes(name: str, version: int) -> set[str]:
    from onnx import defs

    try:
        return set(defs.get_schema(name, version).attributes)
    except defs.SchemaError:
        return set()


def _parameters(entry: Any) -> list[str]:
    import inspect

    kinds = inspect.signature(entry.function).parameters.values()
    return [p.name for p in kinds if p.kind is p.POSITIONAL_OR_KEYWORD]


def test_every_operator_belongs_to_a_topic() -> None:
    modules = {module.__name__.rpartition(".")[2] for module in TOPICS.values()}
    assert {entry.function.__module__.rpartition(".")[2] for entry in OPERATORS.values()} == modules


def test_values_are_forgotten_when_nobody_reads_them() -> None:
    names = {"x": Tensor(X)} | {name: Tensor(array) for name, array in ARRAYS}
    program.run(from_onnx(PERCEPTRON).steps, names)
    assert set(names) == {"y"}


def test_the_package_onnx_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "onnx":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'inversa\[onnx\]'"):
        from_onnx("network.onnx")


def test_it_is_reached_from_the_package() -> None:
    assert interchange.from_onnx is from_onnx
