"""Files that are broken, or made to harm: one class of errors, nothing read elsewhere, and bounded memory."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from inversa import nn, viz
from inversa.nn.interchange import InterchangeError, from_onnx, to_onnx
from inversa.nn.interchange.reading import program, values


def model(nodes: list[Any], inputs: Any = (("x", [4]),), arrays: Any = (), functions: Any = (), rank: int = 1) -> Any:
    """Of float32; the result is y."""
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [f"n{i}" for i in range(rank)])
    kept = [a if isinstance(a, TensorProto) else numpy_helper.from_array(a[1], a[0]) for a in arrays]
    graph = helper.make_graph(nodes, "g", info, [out], kept)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, functions=list(functions))


def node(operator: str, inputs: str, outputs: str = "y", **attributes: Any) -> Any:
    return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)


WHOLE = to_onnx(nn.MLP([3, 4, 2], "tanh", seed=0), np.zeros((2, 3))).SerializeToString()


@pytest.mark.parametrize("content", [b"", b"no model", WHOLE[:-7], WHOLE[: len(WHOLE) // 2], bytes(range(256))])
def test_no_file_of_this_kind(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    for source in (content, path, str(path)):
        with pytest.raises(InterchangeError):
            from_onnx(source)


def test_what_is_no_model_at_all() -> None:
    with pytest.raises(TypeError, match="a path, the bytes of a file or a ModelProto"):
        from_onnx(3)
    with pytest.raises(FileNotFoundError):
        from_onnx("there is no such file.onnx")


def external(location: str, length: int | None = 16) -> Any:
    array = TensorProto(name="w", data_type=1, dims=[4], data_location=TensorProto.EXTERNAL)
    entries = [("location", location), *([("length", str(length))] if length is not None else [])]
    for key, value in entries:
        entry = array.external_data.add()
        entry.key, entry.value = key, value
    return model([node("Add", "x w")], arrays=[array])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a secret beside the folder of the model, and links to it."""
    (tmp_path / "secret.bin").write_bytes(np.arange(4, dtype=np.float32).tobytes())
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "own.bin").write_bytes(np.arange(4, dtype=np.float32).tobytes())
    os.symlink(tmp_path / "secret.bin", inside / "link.bin")
    os.link(tmp_path / "secret.bin", inside / "hard.bin")
    return inside


@pytest.mark.parametrize(
    "place", ["../secret.bin", "ABSOLUTE", "link.bin", "hard.bin", "..\\secret.bin", "none.bin", ""]
)
def test_external_data_that_leave_the_folder(place: str, folder: Path) -> None:
    place = str(folder.parent / "secret.bin") if place == "ABSOLUTE" else place
    path = folder / "model.onnx"
    path.write_bytes(external(place).SerializeToString())
    with pytest.raises(InterchangeError):
        from_onnx(path)


def test_external_data_beside_the_model(folder: Path) -> None:
    path = folder / "model.onnx"
    path.write_bytes(external("own.bin").SerializeToString())
    assert from_onnx(path)(np.ones(4, np.float32)).tolist() == [1, 2, 3, 4]
    with pytest.raises(InterchangeError, match="give the path"):
        from_onnx(path.read_bytes())
    for length in (None, 15, 2**40):
        path.write_bytes(external("own.bin", length).SerializeToString())
        with pytest.raises(InterchangeError, match="has 16 bytes"):
            from_onnx(path)


@pytest.mark.parametrize("dims", [[2**31, 2**31], [-4], [5], [2**62, 2**62, 2**62], [2**28]])
def test_declared_sizes(dims: list[int]) -> None:
    array = TensorProto(name="w", data_type=1, dims=dims, raw_data=b"\0" * 16)
    with pytest.raises(InterchangeError):
        from_onnx(model([node("Add", "x w")], arrays=[array]))


def test_many_arrays_of_one_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inversa.nn.interchange.reading import loading

    monkeypatch.setattr(loading, "MOST_ENTRIES_IN_ALL", 3)
    path = folder / "model.onnx"
    path.write_bytes(external("own.bin").SerializeToString())
    with pytest.raises(InterchangeError, match="have 4 entries"):
        from_onnx(path)


def test_cycles_and_functions_of_themselves() -> None:
    with pytest.raises(InterchangeError, match="no sound ONNX model"):
        from_onnx(model([node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b")]))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    call = helper.make_node("f", ["a"], ["b"], domain="own")
    itself = helper.make_function("own", "f", ["a"], ["b"], [call], opsets)
    with pytest.raises(InterchangeError):
        from_onnx(model([helper.make_node("f", ["x"], ["y"], domain="own")], functions=[itself]))


def test_functions_that_would_become_many_nodes() -> None:
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    functions = [helper.make_function("own", "f0", ["a"], ["b"], [node("Relu", "a", "b")], opsets)]
    for i in range(1, 40):
        calls = [helper.make_node(f"f{i - 1}", [a], [b], domain="own") for a, b in (("a", "c"), ("c", "b"))]
        functions.append(helper.make_function("own", f"f{i}", ["a"], ["b"], calls, opsets))
    few = model([helper.make_node("f3", ["x"], ["y"], domain="own")], functions=functions[:4])
    assert from_onnx(few)(np.array([-1, 0, 1, 2], np.float32)).tolist() == [0, 0, 1, 2]
    with pytest.raises(InterchangeError, match="more than 100000 operators"):
        from_onnx(model([helper.make_node("f39", ["x"], ["y"], domain="own")], functions=functions))


def whole(*numbers: int) -> Any:
    return np.array(numbers, np.int64)


HUGE = 2**20
WIDE, TALL = np.zeros((1, 2**14), np.float32), np.zeros((2**14, 1), np.float32)
ALLOCATING = [
    model([node("ConstantOfShape", "s")], arrays=[("s", whole(HUGE, HUGE))], rank=2),
    model([node("Expand", "x s")], arrays=[("s", whole(HUGE, HUGE, 4))], rank=3),
    model([node("Tile", "x s")], arrays=[("s", whole(HUGE**2))]),
    model([node("Range", "a b c", "r"), node("Cast", "r", to=1)],
          arrays=[("a", np.array(0)), ("b", np.array(HUGE**2)), ("c", np.array(1))]),
    model([helper.make_node("Resize", ["w", "", "s"], ["y"], mode="linear")],
          arrays=[("w", WIDE[None, None]), ("s", np.float32([1, 1, 1e5, 1e5]))], rank=4),
    model([helper.make_node("Resize", ["w", "", "", "s"], ["y"], mode="nearest")],
          arrays=[("w", WIDE[None, None]), ("s", whole(1, 1, HUGE, HUGE))], rank=4),
    model([node("Pad", "x p")], arrays=[("p", whole(HUGE**2, 0))]),
    model([node("OneHot", "i d v")],
          arrays=[("i", whole(0)), ("d", whole(HUGE**2)), ("v", np.float32([0, 1]))], rank=2),
    model([node("MatMul", "a b")], arrays=[("a", TALL), ("b", WIDE)], rank=2),
    model([node("Gemm", "a b")], arrays=[("a", TALL), ("b", WIDE)], rank=2),
    model([node("Add", "a b")], arrays=[("a", TALL), ("b", WIDE)], rank=2),
    model([node("Where", "c a b")], arrays=[("c", TALL > 0), ("a", TALL), ("b", WIDE)], rank=2),
    model([node("Einsum", "a b", equation="ij,kl->ijkl")], arrays=[("a", TALL), ("b", WIDE)], rank=4),
    model([node("Einsum", "a b", equation="i...,...k->i...k")], arrays=[("a", TALL), ("b", WIDE)], rank=3),
    model([node("Gather", "w i")], arrays=[("w", WIDE), ("i", np.zeros(2**14, np.int64))], rank=2),
    model([node("GatherND", "w i")], arrays=[("w", WIDE), ("i", np.zeros((2**14, 1), np.int64))], rank=2),
    model([node("Concat", " ".join(["w"] * 2**14), axis=0)], arrays=[("w", WIDE)], rank=2),
    model([node("LRN", "w", size=3)], arrays=[("w", WIDE[..., None])], rank=3),
    model([node("BatchNormalization", "w s s s s")], arrays=[("w", TALL), ("s", np.ones(2**14, np.float32))], rank=2),
    model([node("LayerNormalization", "a b")], arrays=[("a", TALL), ("b", WIDE)], rank=2),
    model([node("MaxPool", "w", kernel_shape=[2**13], pads=[0, 0])], arrays=[("w", WIDE[None])], rank=3),
    model([node("Conv", "w k")], arrays=[("w", WIDE[None]), ("k", np.zeros((1, 1, 2**13), np.float32))], rank=3),
    model([node("ConvTranspose", "w k", strides=[HUGE])],
          arrays=[("w", WIDE[None]), ("k", np.zeros((1, 1, 1), np.float32))], rank=3),
    model([node("Col2Im", "w i b", pads=[0, 0, HUGE, HUGE], strides=[2 * HUGE] * 2)],
          arrays=[("w", np.zeros((1, 4, 1), np.float32)), ("i", whole(2, 2)), ("b", whole(2, 2))], rank=4),
    model([node("Upsample", "w s")], arrays=[("w", WIDE), ("s", np.float32([1e5, 1e5]))], rank=2),
    model([node("Concat", "x x", "t0", axis=0), *(node("Concat", f"t{i} t{i}", f"t{i + 1}", axis=0) for i in range(40)),
           node("Relu", "t40")]),
]  # fmt: skip
for _each in ALLOCATING:
    if _each.graph.node[0].op_type == "Upsample":
        _each.opset_import[0].version = 9
LARGEST = 40 * 2**20  # bytes, while the bound below is 2²⁰ entries


@pytest.mark.parametrize("file", ALLOCATING, ids=lambda file: file.graph.node[0].op_type)
def test_memory_is_bounded(file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "MOST_ENTRIES", 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(InterchangeError, match=r"entries|no sound|channel"):
            from_onnx(file)(np.zeros(4, np.float32))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LARGEST


def test_all_that_a_run_computes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_ENTRIES_IN_ALL", 1000)
    nodes = [node("Add", f"t{i} t{i}", f"t{i + 1}") for i in range(300)]
    file = from_onnx(model([node("Relu", "x", "t0"), *nodes, node("Relu", "t300")]))
    with pytest.raises(InterchangeError, match="fewer samples"):
        file(np.zeros(4, np.float32))


@pytest.mark.parametrize(
    "broken",
    [
        node("GatherND", "x i", batch_dims=-2),
        node("LayerNormalization", "x x", axis=2**31),
        node("Split", "x", "y a b", num_outputs=1),
    ],
    ids=lambda broken: broken.op_type,
)
def test_what_the_full_check_of_onnx_crashes_on(broken: Any) -> None:
    with pytest.raises(InterchangeError):
        from_onnx(model([broken], arrays=[("i", np.zeros((1, 1), np.int64))]))


def test_names_with_markup() -> None:
    name = "<script>alert(1)</script>"
    weights = np.ones((3, 2), np.float32)
    linear = helper.make_node("MatMul", ["x", name], ["a"], name=f"/{name}/MatMul")
    file = model([linear, node("Tanh", "a")], inputs=[("x", ["N", 3])], arrays=[(name, weights)], rank=2)
    copy = from_onnx(file)
    assert [path for path, _ in copy.named_parameters()] == [name]
    picture = viz.draw(copy, np.ones((1, 3), np.float32)).html()
    assert "<script" not in picture


def test_mutated_files() -> None:
    """Bytes of a file with weights, changed at random: it runs, or there is one class of errors."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3, seed=0), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2, seed=1))
    file = to_onnx(network, np.zeros((1, 1, 4, 4))).SerializeToString()
    generator = np.random.default_rng(0)
    outcomes = {True: 0, False: 0}
    for _ in range(300):
        content = bytearray(file)
        for _ in range(generator.integers(1, 5)):
            content[generator.integers(len(content))] = generator.integers(256)
        try:
            with np.errstate(all="ignore"):
                from_onnx(bytes(content))(np.ones((1, 1, 4, 4)))
        except InterchangeError:
            outcomes[False] += 1
        else:
            outcomes[True] += 1
    assert min(outcomes.values()) > 20
