"""Steps in place: kernels and formulas agree, each is used where it should be, and no step is made by half."""

import copy
import itertools
import operator
import pickle
import subprocess
import sys

import numpy as np
import pytest

from inversa.autograd import Value
from inversa.nn import DivergenceError, Linear, Parameter, Trainer, optim
from inversa.nn.optim.snapshot import Snapshot

# Every optimiser with every combination of its switches.
SWITCHES = [
    (optim.SGD, {"momentum": [0.0, 0.9]}),
    (optim.SGD, {"momentum": [0.5], "nesterov": [True]}),
    (optim.Momentum, {"beta": [0.0, 0.9], "form": ["classical", "ema"]}),
    (optim.AdaGrad, {"eps": [1e-10, 0.1], "eps_inside": [False, True]}),
    (optim.RMSProp, {"beta": [0.9, 0.99], "eps": [1e-8, 0.1], "eps_inside": [False, True]}),
    (optim.Adam, {"betas": [(0.9, 0.999), (0.0, 0.5)], "bias_correction": [False, True], "eps_inside": [False, True]}),
    (optim.AdamW, {"weight_decay": [0.0, 0.1], "bias_correction": [False, True], "eps_inside": [False, True]}),
]
CASES = [
    (kind, dict(zip(switches, chosen, strict=True)))
    for kind, switches in SWITCHES
    for chosen in itertools.product(*switches.values())
]
every_case = pytest.mark.parametrize(
    ("kind", "settings"), CASES, ids=[f"{kind.__name__}-{'-'.join(map(str, s.values()))}" for kind, s in CASES]
)
KINDS = [optim.SGD, optim.Momentum, optim.AdaGrad, optim.RMSProp, optim.Adam, optim.AdamW]
every_kind = pytest.mark.parametrize("kind", KINDS)

SHAPES = [(5, 3), (17,), (), (2, 0)]


def parameters(dtype="float64"):
    rng = np.random.default_rng(0)
    return [Parameter(rng.normal(size=shape), dtype=dtype) for shape in SHAPES]


def give_gradients(these, rng):
    for parameter in these:
        parameter.grad = np.array(rng.normal(size=parameter.shape), dtype=parameter.dtype)


def bits(optimizer):
    """Parameters and state, to the last bit."""
    state = [
        {
            name: entry if isinstance(entry, int | float) else (entry.dtype, entry.shape, entry.tobytes())
            for name, entry in s.items()
        }
        for s in optimizer.state_dict()["state"]
    ]
    return [np.asarray(p.data).tobytes() for p in optimizer.parameters], state


def with_formula(kind):
    """The same optimiser without its kernel, as every subclass is."""
    return type(kind.__name__, (kind,), {})


def watched(monkeypatch):
    """The types of the parameters that a formula was asked about, from now on."""
    asked = []
    for kind in KINDS:

        def change(self, w, g, state, kind=kind, original=kind.change, **settings):
            if type(self) is kind:  # AdamW asks Adam
                asked.append(np.asarray(w).dtype.name)
            return original(self, w, g, state, **settings)

        monkeypatch.setattr(kind, "change", change)
    return asked


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_case
def test_kernel_and_formula_agree_to_the_last_bit(kind, settings, dtype):
    fast, slow = (
        kind(parameters(dtype), lr=0.01, **settings),
        with_formula(kind)(parameters(dtype), lr=0.01, **settings),
    )
    rngs = np.random.default_rng(1), np.random.default_rng(1)
    for step in range(200):
        for optimizer, rng in zip((fast, slow), rngs, strict=True):
            give_gradients(optimizer.parameters, rng)
            optimizer.lr = 0.01 / (1 + step)
            optimizer.step()
    assert bits(fast) == bits(slow)


# Which of the two is used.


@every_kind
def test_arrays_of_float32_and_float64_are_for_kernels_all_else_for_the_formula(kind, monkeypatch):
    asked = watched(monkeypatch)
    these = [Parameter(np.ones(3), dtype=f"float{size}") for size in (16, 32, 64)] + [Value(1.0)]
    optimizer = kind(these, lr=0.1)
    for _ in range(2):
        for parameter in these[:3]:
            parameter.grad = np.ones(3, parameter.dtype)
        these[3].grad = 1.0
        optimizer.step()
    assert asked == ["float16", "float64"] * 2  # the second is the Value
    assert [p.data.dtype.name for p in these[:3]] == ["float16", "float32", "float64"]
    assert these[3].data == these[2].data[0]


def test_other_byte_orders_other_types_and_scalars_as_gradients_are_for_the_formula(monkeypatch):
    asked = watched(monkeypatch)
    w = Parameter(np.ones(2, "float32"))
    swapped = Parameter(np.ones(2), dtype=np.dtype("float32").newbyteorder())
    optimizer = optim.Momentum([w, swapped], lr=0.5)
    swapped.grad = np.ones(2, swapped.dtype)
    for gradient in (np.ones(2, "float64"), np.ones((), "float32"), 1.0, np.ones(2, "float32")):
        w.grad = gradient
        optimizer.step()
    assert len(asked) == 8  # the last one, too: an average was made float64 by the first
    assert w.tolist() == swapped.tolist()


def test_values_alone_need_neither_numba_nor_numpy():
    program = """
import sys
from inversa.autograd import Value
from inversa.nn import optim
w = Value(1.0)
(w * w).backward()
optim.Adam([w]).step()
print(sorted({"numba", "numpy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_a_formula_of_ones_own_is_used():
    class Halved(optim.SGD):
        def change(self, w, g, state, *, lr=0.1, momentum=0.0, nesterov=False):
            return -lr * g / 2

    w = Parameter([1.0])
    w.grad = np.ones(1)
    Halved([w], lr=1.0).step()
    assert w.item() == 0.5


def test_whatever_way_the_gradient_lies_in_memory():
    g = np.random.default_rng(0).normal(size=(4, 6))
    read_only = g.copy()
    read_only.flags.writeable = False
    ends = []
    for gradient in (g, np.asfortranarray(g), np.repeat(g, 2, axis=0)[::2], read_only):
        w = Parameter(np.zeros((4, 6)))
        w.grad = gradient
        optim.SGD([w], lr=0.5).step()
        ends.append(w.numpy())
        assert (gradient == g).all()
    np.testing.assert_array_equal(ends, [-0.5 * g] * 4)


def test_settings_are_looked_at_in_every_step():
    w, b = Parameter([0.0]), Parameter([0.0])
    optimizer = optim.SGD([{"params": [w]}, {"params": [b]}], lr=1.0)
    w.grad, b.grad = np.ones(1), np.ones(1)
    optimizer.step()
    assert (w.item(), b.item(), optimizer.state[w]) == (-1.0, -1.0, {})
    optimizer.groups[0]["lr"] = 2  # an integer
    optimizer.groups[1]["momentum"] = 0.5
    optimizer.step()
    optimizer.step()
    assert (w.item(), b.item()) == (-5.0, -3.5)
    optimizer.groups[0]["params"] = []
    optimizer.groups[1]["params"].append(w)
    optimizer.step()
    assert (w.item(), b.item()) == (-6.0, -5.25)


def test_arrays_that_take_the_place_of_others_are_found():
    w = Parameter([1.0, 2.0])
    optimizer = optim.Momentum([w], lr=1.0, beta=0.5)
    w.grad = np.ones(2)
    optimizer.step()
    w.data = [10.0, 20.0]
    optimizer.state[w]["v"] = np.array([2.0, 4.0])
    optimizer.step()
    assert w.tolist() == [8.0, 17.0]
    assert optimizer.state[w]["v"].tolist() == [2.0, 3.0]
    optimizer.state[w] = {"v": np.array([[2.0, 9.0], [4.0, 9.0]])[:, 0]}  # not side by side
    optimizer.step()
    assert w.tolist() == [6.0, 14.0]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copies_of_an_optimiser_change_their_own_arrays(copied):
    w = Parameter([1.0, 2.0])
    optimizer = optim.Adam([w], lr=0.1)
    w.grad = np.ones(2)
    optimizer.step()
    other, v = copied((optimizer, w))
    before = w.tolist()
    v.grad = np.ones(2)
    other.step()
    assert w.tolist() == before != v.tolist()
    optimizer.step()
    assert bits(optimizer) == bits(other)


# What others see of it.


def test_a_graph_notices_that_a_step_changed_what_it_needs():
    w = Parameter([1.0, 2.0])
    loss = (w * w).sum()
    w.grad = np.ones(2)
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_an_array_that_was_handed_out_is_still_that_of_the_parameter():
    w = Parameter([1.0, 2.0])
    array = w.data
    w.grad = np.ones(2)
    optim.Adam([w], lr=0.5).step()
    assert w.data is array
    assert array == pytest.approx([0.5, 1.5])


@pytest.mark.parametrize("part", [operator.attrgetter("data"), lambda w: w.data.reshape(2, 2)])
def test_a_gradient_may_be_the_array_of_another_parameter(part):
    """As in a game on x·y, where both players move at the same time."""
    x, y = Parameter(np.full((2, 2), 1.0)), Parameter(np.full((2, 2), 2.0))
    optimizer = optim.SGD([y, x], lr=0.5)  # y comes first
    for _ in range(2):
        x.grad, y.grad = part(y), -x.data
        optimizer.step()
    assert (x.tolist(), y.tolist()) == ([[-1.25] * 2] * 2, [[2.5] * 2] * 2)


@every_kind
@pytest.mark.parametrize(
    "shared",
    [lambda x, y: (y.data, x.data), lambda x, y: (x.data, y.data), lambda x, y: (x.data + y.data,) * 2],
    ids=["of each other", "their own", "one for both"],
)
def test_arrays_that_are_shared_are_as_good_as_copies(kind, shared):
    """Of the gradients with the parameters, or with each other: no kernel reads what another has changed."""
    states = []
    for copied in (False, True):
        x, y = Parameter([[1.0, -2.0], [0.5, 3.0]]), Parameter([[2.0, 1.0], [-1.5, 0.25]])
        optimizer = kind([y, x], lr=0.1)
        for _ in range(3):
            x.grad, y.grad = map(np.copy, shared(x, y)) if copied else shared(x, y)
            kept = x.grad is y.grad and x.grad.copy()
            optimizer.step()
            assert kept is False or np.array_equal(x.grad, kept)
        states.append(bits(optimizer))
    assert states[0] == states[1]


@pytest.mark.parametrize("order", ["C", "F", "read-only"])
def test_averages_may_lie_in_memory_in_any_way(order):
    """As those do that come from elsewhere: a flat view of them is not always to be had."""
    fast, slow = (each([Parameter(np.ones((2, 3)))], lr=0.1) for each in (optim.Adam, with_formula(optim.Adam)))
    for optimizer in (fast, slow):
        (w,) = optimizer.parameters
        for step in range(3):
            w.grad = np.arange(6.0).reshape(2, 3) - 2 * step
            optimizer.step()
            for name, entry in optimizer.state[w].items():
                if name != "t":
                    entry = optimizer.state[w][name] = np.array(entry, order=order[0] if order in "CF" else "C")
                    entry.flags.writeable = order != "read-only"
    assert fast.parameters[0].tolist() == slow.parameters[0].tolist()


# All or nothing.


@every_kind
@pytest.mark.parametrize("bad", [np.ones((3, 2)), np.ones(4), "one", [None]])
def test_a_gradient_that_does_not_fit_changes_nothing(kind, bad):
    one, value, two = Parameter([1.0, 2.0]), Value(1.0), Parameter([1.0, 2.0])
    optimizer = kind([{"params": [one, value]}, {"params": [two], "lr": 0.5}], lr=0.1)
    one.grad, value.grad, two.grad = np.ones(2), 1.0, np.ones(2)
    optimizer.step()
    before, version = bits(optimizer), one._version
    two.grad = bad
    with pytest.raises((ValueError, TypeError)):
        optimizer.step()
    assert bits(optimizer) == before
    assert one._version == version


def test_settings_that_are_no_numbers_change_nothing():
    one, two = Parameter([1.0]), Parameter([1.0])
    optimizer = optim.SGD([{"params": [one]}, {"params": [two]}], lr=0.1)
    one.grad = two.grad = np.ones(1)
    optimizer.groups[1]["lr"] = "fast"
    with pytest.raises(ValueError, match="could not convert string to float"):
        optimizer.step()
    assert (one.item(), two.item()) == (1.0, 1.0)


def test_the_shape_of_a_change_is_told():
    w = Parameter([1.0, 2.0])
    w.grad = np.ones((3, 2))
    with pytest.raises(ValueError, match=r"a parameter of shape \(2,\) cannot change by numbers of shape \(3, 2\)"):
        optim.SGD([w], lr=0.1).step()


# Snapshots, with which a trainer takes steps back.


@every_kind
def test_a_snapshot_puts_everything_back_as_often_as_one_likes(kind):
    these = [*parameters(), Value(1.0)]
    optimizer = kind(these, lr=0.1)
    snapshot = Snapshot(optimizer)
    rng = np.random.default_rng(0)
    for _ in range(3):
        snapshot.take()  # in the memory of the one before
        before = bits(optimizer)
        for _ in range(2):
            give_gradients(these[:-1], rng)
            these[-1].grad = 1.0
            optimizer.step()
            assert bits(optimizer) != before
            snapshot.put_back()
            assert bits(optimizer) == before
        optimizer.step()


def trainer_of(kind):
    """After two steps, with bits that can be compared, and the samples."""
    model = Linear(2, 1, seed=0)
    trainer = Trainer(model, loss="mse", optimizer=kind(model.parameters(), lr=0.1))
    x, y = np.random.default_rng(0).normal(size=(2, 8, 2))
    for _ in range(2):
        trainer.step(x, y[:, :1])
    return trainer, x, y[:, :1]


@every_kind
def test_a_training_step_that_is_interrupted_when_all_is_changed_changes_nothing(kind, monkeypatch):
    trainer, x, y = trainer_of(kind)
    before, step = bits(trainer.optimizer), trainer.optimizer.step

    def interrupted():
        step()
        assert bits(trainer.optimizer) != before
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer.optimizer, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.step(x, y)
    assert bits(trainer.optimizer) == before


@every_kind
def test_a_divergence_takes_weights_and_averages_one_step_back(kind):
    trainer, x, y = trainer_of(kind)
    before = bits(trainer.optimizer)
    trainer.step(x, y)
    with np.errstate(over="ignore"), pytest.raises(DivergenceError, match="left with the last weights for which"):
        trainer.step(x * 1e200, y)
    assert bits(trainer.optimizer) == before
