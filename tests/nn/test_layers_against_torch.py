"""Layers of PyTorch's names and states give PyTorch's outputs and gradients, and keep what PyTorch's keep."""

import json
from functools import cache

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Tensor, jit

from .torch_reference import cases, layers

NAMES = {"src_mask": "attn_mask", "src_key_padding_mask": "key_padding_mask"}
ALL = pytest.mark.parametrize("case", layers.LAYERS, ids=lambda case: case.name)


@cache
def reference():
    return json.loads(layers.RECORD.read_text(encoding="utf-8"))


def test_the_record_is_what_torch_gives(request):
    pytest.importorskip("torch", reason="PyTorch is not installed: its recorded numbers are used unchecked")
    records = {case.name: layers.recorded(case) for case in layers.LAYERS}
    if request.config.getoption("--overwrite"):
        layers.write(records)
        reference.cache_clear()
    for name, found in records.items():
        compare(name, found, 1e-12)


def test_every_case_is_recorded_once():
    assert sorted(case.name for case in layers.LAYERS) == sorted(reference())


def compare(name, ours, tolerance):
    theirs = {key: np.reshape(numbers, shape) for key, (shape, numbers) in reference()[name].items()}
    assert ours.keys() == theirs.keys()
    for key, x in theirs.items():
        assert ours[key].shape == x.shape
        assert np.max(np.abs(ours[key] - x) / np.maximum(1, np.abs(x)), initial=0) <= tolerance, key


def made(case, dtype="float64"):
    """Our layer with the state of the case."""
    module = getattr(nn, layers.OURS.get(case.kind, case.kind))(
        **(case.settings if case.ours is None else case.ours), dtype=dtype
    )
    module.load_state_dict(layers.state_for({name: np.shape(x) for name, x in module.state_dict().items()}))
    return module.train(case.training)


def computed(case, dtype="float64", compiled=False):
    module = made(case, dtype)
    inputs = [Tensor(x.astype(dtype), requires_grad=True) if x.dtype.kind == "f" else Tensor(x) for x in case.inputs]

    def cost(*xs):
        outputs = layers.parts_of(module(*xs, **{NAMES.get(key, key): x for key, x in case.options.items()}))
        shares = [(y * cases.upstream(tuple(y.shape)).astype(dtype)).sum() for y in outputs]
        return sum(shares[1:], shares[0]), *outputs

    if compiled:
        names = [f"x{i}" for i in range(len(inputs))]
        call = jit(eval(f"lambda {', '.join(names)}: cost({', '.join(names)})", {"cost": cost}))
        total, *outputs = call(*inputs)
        assert call.why_not is None
    else:
        total, *outputs = cost(*inputs)
    total.backward()
    return layers.named(
        [y.numpy() for y in outputs],
        [x.grad for x in inputs if x.requires_grad],
        {name: p.grad for name, p in module.named_parameters()},
        {name: b.numpy() for name, b in module.named_buffers()},
    )


@ALL
def test_outputs_and_gradients_are_torchs(case):
    compare(case.name, computed(case), 1e-10)


@ALL
def test_the_same_compiled(case):
    compare(case.name, computed(case, compiled=True), 1e-10)


@ALL
def test_in_single_precision(case):
    found = computed(case, "float32")
    assert {x.dtype for key, x in found.items() if key != "num_batches_tracked"} == {np.dtype("float32")}
    compare(case.name, found, 2e-4)


@ALL
def test_the_state_has_torchs_names(case):
    state = made(case).state_dict()
    parameters = {key.removeprefix("∂") for key in reference()[case.name] if key.startswith("∂") and "input" not in key}
    buffers = {key for key in reference()[case.name] if not key.startswith(("∂", "output"))}
    assert state.keys() == parameters | buffers
