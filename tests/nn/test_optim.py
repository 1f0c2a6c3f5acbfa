"""Optimisers: their formulas, groups of parameters, saving in the middle, bad input; gradient clipping."""

import gc
import inspect
import json
import sys
from math import sqrt

import numpy as np
import pytest

from inversa.autograd import Tensor, Value
from inversa.autograd.kernels import optimizers as kernels
from inversa.nn import MLP, Parameter, optim
from inversa.nn.optim import optimizer as optimizer_module
from inversa.nn.parameter import assign

# Every optimiser in every form.
OPTIMISERS = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.8}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    (optim.Momentum, {"lr": 0.1, "beta": 0.7}),
    (optim.Momentum, {"lr": 0.1, "beta": 0.7, "form": "ema"}),
    (optim.AdaGrad, {"lr": 0.1, "eps": 0.01}),
    (optim.AdaGrad, {"lr": 0.1, "eps": 0.01, "eps_inside": True}),
    (optim.RMSProp, {"lr": 0.1, "beta": 0.7, "eps": 0.01}),
    (optim.RMSProp, {"lr": 0.1, "beta": 0.7, "eps": 0.01, "eps_inside": True}),
    (optim.Adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01}),
    (optim.Adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01, "eps_inside": True}),
    (optim.Adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01, "bias_correction": False, "eps_inside": True}),
    (optim.AdamW, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 0.01, "weight_decay": 0.3}),
]
NAMES = [f"{kind.__name__}({', '.join(list(settings)[1:])})" for kind, settings in OPTIMISERS]
every_optimiser = pytest.mark.parametrize(("kind", "settings"), OPTIMISERS, ids=NAMES)

START = np.array([1.0, -2.0, 0.5])
GRADIENTS = np.random.default_rng(0).normal(size=(8, 3))


def values():
    return [Value(w) for w in START]


def tensors():
    return [Parameter(START[:2]), Parameter(START[2])]  # the second has no axes


both_kinds = pytest.mark.parametrize("make", [values, tensors])


def numbers(parameters):
    return np.concatenate([np.ravel(p.data) for p in parameters])


def run(optimizer, gradients):
    """A step for each gradient; all parameters after each of them."""
    path = []
    for g in gradients:
        if len(optimizer.parameters) == 2:
            optimizer.parameters[0].grad, optimizer.parameters[1].grad = g[:2], g[2:].reshape(())
        else:
            for parameter, slope in zip(optimizer.parameters, g.tolist(), strict=True):
                parameter.grad = slope
        optimizer.step()
        path.append(numbers(optimizer.parameters))
    return np.array(path)


def by_hand(name, w, gradients, lr, momentum=0.0, nesterov=False, form="classical", beta=None, **settings):
    """The formulas of the lectures and of PyTorch's documentation, for one number."""
    v = m = G = 0.0
    eps, (beta1, beta2) = settings.get("eps"), settings.get("betas", (None, beta))

    def divisor(average):
        return sqrt(average + eps) if settings.get("eps_inside") else sqrt(average) + eps

    path = []
    for t, g in enumerate(gradients, start=1):
        match name:
            case "SGD":
                v = momentum * v + g
                w -= lr * (g + momentum * v) if nesterov else lr * v
            case "Momentum" if form == "classical":
                v = beta * v + lr * g
                w -= v
            case "Momentum":
                m = beta * m + (1 - beta) * g
                w -= lr * m
            case "AdaGrad":
                G += g**2
                w -= lr * g / divisor(G)
            case "RMSProp":
                v = beta2 * v + (1 - beta2) * g**2
                w -= lr * g / divisor(v)
            case "Adam" | "AdamW":
                m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
                w *= 1 - lr * settings.get("weight_decay", 0.0)
                if settings.get("bias_correction", True):
                    w -= lr * (m / (1 - beta1**t)) / divisor(v / (1 - beta2**t))
                else:
                    w -= lr * m / divisor(v)
        path.append(w)
    return path


@both_kinds
@every_optimiser
def test_the_formula(kind, settings, make):
    path = run(kind(make(), **settings), GRADIENTS)
    expected = [by_hand(kind.__name__, w, GRADIENTS[:, i], **settings) for i, w in enumerate(START)]
    np.testing.assert_allclose(path, np.transpose(expected), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("optimizer", "lr", "path"),
    [
        (lambda w: optim.SGD(w, 0.1, momentum=0.5), (0.1, 0.1, 0.1), [0.9, 0.75, 0.575]),
        (lambda w: optim.SGD(w, 0.1, momentum=0.5, nesterov=True), (0.1, 0.1, 0.1), [0.85, 0.675, 0.4875]),
        (lambda w: optim.Momentum(w, 0.1, beta=0.5), (0.1, 0.1, 0.1), [0.9, 0.75, 0.575]),
        (lambda w: optim.Momentum(w, 0.2, beta=0.5, form="ema"), (0.2, 0.2, 0.2), [0.9, 0.75, 0.575]),
        # When the rate doubles, the classical form keeps the old steps; the average is scaled by the new rate.
        (lambda w: optim.Momentum(w, 0.1, beta=0.5), (0.1, 0.2, 0.2), [0.9, 0.65, 0.325]),
        (lambda w: optim.Momentum(w, 0.2, beta=0.5, form="ema"), (0.2, 0.4, 0.4), [0.9, 0.6, 0.25]),
        # The first steps: AdaGrad's and Adam's have the length of the learning rate, whatever the gradient.
        (lambda w: optim.AdaGrad(w, 0.1), (0.1,), [0.9]),
        (lambda w: optim.Adam(w, 0.1), (0.1,), [0.9]),
        (lambda w: optim.RMSProp(w, 0.1, beta=0.75), (0.1,), [0.8]),
        (lambda w: optim.AdamW(w, 0.1, weight_decay=0.5), (0.1,), [0.85]),
    ],
)
def test_paths_worked_out_by_hand_for_a_slope_of_1(optimizer, lr, path):
    w = Value(1.0)
    optimizer = optimizer([w])
    for rate, expected in zip(lr, path, strict=True):
        optimizer.lr, w.grad = rate, 1.0
        optimizer.step()
        assert w.data == pytest.approx(expected, abs=1e-7)


@both_kinds
@every_optimiser
def test_a_quadratic_is_minimised(kind, settings, make):
    w = make()
    lr = 1.0 if kind is optim.AdaGrad else 0.1
    optimizer = kind(w, **{**settings, "weight_decay": 0.0} if kind is optim.AdamW else settings)
    for step in range(500):
        optimizer.lr = lr * 0.99**step  # those that divide by √v never come to rest with a constant rate
        optimizer.zero_grad()
        sum((x - 3) ** 2 if isinstance(x, Value) else ((x - 3) ** 2).sum() for x in w).backward()
        optimizer.step()
    assert numbers(w) == pytest.approx(3, abs=1e-3)


@every_optimiser
def test_float32_stays_float32_in_the_parameters_and_in_the_state(kind, settings):
    w = Parameter(START, dtype="float32")
    optimizer = kind([w], **{**settings, "lr": np.float64(0.1)})
    for _ in range(2):
        w.grad = np.ones(3, "float32")
        optimizer.step()
    assert w.dtype == np.float32
    assert {entry.dtype for entry in optimizer.state[w].values() if not isinstance(entry, int)} <= {np.dtype("f4")}


def test_adamw_decays_every_parameter_but_those_in_a_group_without():
    weight, bias = Parameter([2.0]), Parameter([2.0])
    optimizer = optim.AdamW([{"params": [weight]}, {"params": [bias], "weight_decay": 0}], lr=0.1, weight_decay=0.5)
    weight.grad = bias.grad = np.zeros(1)
    optimizer.step()
    assert (weight.item(), bias.item()) == (pytest.approx(1.9), 2.0)


# Which parameters are changed.


def test_groups_have_settings_of_their_own():
    w, b = Value(1.0), Value(1.0)
    optimizer = optim.SGD([{"params": [w], "lr": 0.5}, {"params": (x for x in [b])}], lr=0.1, momentum=0.9)
    assert optimizer.parameters == [w, b]
    w.grad = b.grad = 1.0
    optimizer.step()
    assert (w.data, b.data) == (0.5, 0.9)
    assert optimizer.lr == 0.5
    assert [group["momentum"] for group in optimizer.groups] == [0.9, 0.9]
    optimizer.lr = 0.2
    assert [group["lr"] for group in optimizer.groups] == [0.2, 0.2]


def test_a_setting_without_default_may_come_from_every_group():
    optimizer = optim.SGD([{"params": [Value(1.0)], "lr": 0.5}, {"params": [Value(1.0)], "lr": 0.1}])
    assert [group["lr"] for group in optimizer.groups] == [0.5, 0.1]


@every_optimiser
def test_frozen_parameters_and_those_without_gradient_are_left_alone(kind, settings):
    frozen, unreached, w = Parameter([1.0], requires_grad=False), Parameter([1.0]), Parameter([1.0])
    optimizer = kind([frozen, unreached, w], **settings)
    frozen.grad = w.grad = np.ones(1)
    optimizer.step()
    assert (frozen.item(), unreached.item()) == (1.0, 1.0)
    assert w.item() != 1.0
    assert optimizer.state[frozen] == optimizer.state[unreached] == {}


def test_zero_grad():
    w, W = Value(1.0), Parameter([1.0])
    w.grad, W.grad = 1.0, np.ones(1)
    optim.SGD([w, W], lr=0.1).zero_grad()
    assert w.grad is W.grad is None


def test_a_step_that_fails_changes_nothing():
    class Fragile(optim.Optimizer):
        def change(self, w, g, state, *, lr=0.1):
            state["t"] = state.get("t", 0) + 1
            if g < 0:
                raise KeyboardInterrupt
            return -lr * g

    one, two = Value(1.0), Value(1.0)
    one.grad, two.grad = 1.0, -1.0
    optimizer = Fragile([one, two])
    with pytest.raises(KeyboardInterrupt):
        optimizer.step()
    assert (one.data, two.data, optimizer.state_dict()["state"]) == (1.0, 1.0, [{}, {}])


# Saving and loading.


@both_kinds
@every_optimiser
def test_saved_in_the_middle_training_goes_on_bit_for_bit(kind, settings, make):
    uninterrupted = run(kind(make(), **settings), GRADIENTS)
    first = kind(make(), **settings)
    run(first, GRADIENTS[:4])
    weights, saved = [np.array(p.data) for p in first.parameters], first.state_dict()
    run(first, GRADIENTS[4:])  # the copies do not follow

    # As a file gives it back: lists for tuples, arrays for numbers.
    saved = {
        "state": [{name: np.array(entry) for name, entry in state.items()} for state in saved["state"]],
        "groups": json.loads(json.dumps(saved["groups"])),
    }
    second = kind(make(), lr=0.7)
    run(second, GRADIENTS[::-1])
    for parameter, data in zip(second.parameters, weights, strict=True):
        assign(parameter, data)
    second.load_state_dict(saved)
    assert np.array_equal(run(second, GRADIENTS[4:]), uninterrupted[4:])
    assert second.state_dict()["groups"] == first.state_dict()["groups"]
    for one, other in zip(first.state.values(), second.state.values(), strict=True):
        assert [type(entry) for entry in one.values()] == [type(entry) for entry in other.values()]


def test_state_dict_and_optimiser_share_nothing():
    w = Parameter(START)
    optimizer = optim.Momentum([w], lr=0.1)
    w.grad = np.ones(3)
    optimizer.step()
    saved, kept = optimizer.state_dict(), optimizer.state_dict()
    saved["state"][0]["v"][:] = saved["groups"][0]["lr"] = 7.0
    assert optimizer.state[w]["v"].tolist() == [0.1, 0.1, 0.1]
    optimizer.load_state_dict(kept)
    kept["state"][0]["v"][:] = kept["groups"][0]["lr"] = 7.0
    assert optimizer.state[w]["v"].tolist() == [0.1, 0.1, 0.1]
    assert optimizer.lr == 0.1


def test_a_rate_that_a_schedule_brought_to_0_can_be_loaded():
    optimizer = optim.SGD([Value(1.0)], lr=0.1)
    saved = optimizer.state_dict()
    saved["groups"][0]["lr"] = 0.0
    optimizer.load_state_dict(saved)
    assert optimizer.lr == 0.0


def edited(path, entry):
    """The state of the optimiser below with one entry replaced."""
    optimizer = optim.Adam([Parameter(START), Value(1.0)], lr=0.1)
    for parameter, g in zip(optimizer.parameters, (np.ones(3), 1.0), strict=True):
        parameter.grad = g
    optimizer.step()
    state = optimizer.state_dict()
    *parents, last = path
    part = state
    for key in parents:
        part = part[key]
    part[last] = entry
    return state


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (edited(["state"], [{}]), "parameters: 2 here and 1 there"),
        (edited(["groups"], []), "groups: 1 here and 0 there"),
        (edited(["groups", 0], {"lr": 0.1, "momentum": 0.9}), "settings lr, betas, .* here and lr, momentum there"),
        (edited(["state", 0, "m"], np.ones(2)), r"'m' of parameter 0 has shape \(2,\), the parameter \(3,\)"),
        (edited(["state", 1, "v"], np.ones(3)), r"'v' of parameter 1 has shape \(3,\), the parameter \(\)"),
        (edited(["state", 0, "m"], np.array(["a", "b", "c"])), "could not convert string to float"),
        (edited(["groups", 0, "betas"], (0.9, 1.5)), r"betas\[1\] is a number from 0 to below 1, not 1.5"),
        (edited(["groups", 0, "lr"], -1.0), "the learning rate is a positive number, not -1.0"),
        (edited(["groups", 0, "lr"], None), "the learning rate is 0 or a positive number, not None"),
        (edited(["time"], 3), "entries 'state' and 'groups', not state, groups, time"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state, message):
    optimizer = optim.Adam([Parameter(START), Value(1.0)], lr=0.2)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


# The constructor, and what is written by whoever makes an optimiser of their own.


def test_settings_come_by_name_or_position_as_help_shows_them():
    assert str(inspect.signature(optim.SGD)) == "(parameters, lr, momentum=0.0, nesterov=False)"
    w = [Value(1.0)]
    assert optim.SGD(w, 0.1, 0.9, True).state_dict() == optim.SGD(w, lr=0.1, momentum=0.9, nesterov=True).state_dict()
    assert repr(optim.SGD(w, 1, 0.9)) == "SGD(1 parameter, lr=1.0, momentum=0.9, nesterov=False)"


def test_repr_shows_the_groups():
    w, b, c = Value(1.0), Value(1.0), Value(1.0)
    optimizer = optim.AdaGrad([{"params": [w], "lr": 0.5}, {"params": [b, c]}], eps=1e-6)
    assert repr(optimizer).splitlines() == [
        "AdaGrad(",
        "  1 parameter, lr=0.5, eps=1e-06, eps_inside=False",
        "  2 parameters, lr=0.01, eps=1e-06, eps_inside=False",
        ")",
    ]


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (optim.SGD, {"lr": 0.1, "momentum": 1.0}, "momentum is a number from 0 to below 1, not 1.0"),
        (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": "no"}, "nesterov is True or False, not 'no'"),
        (optim.SGD, {"lr": 0.1, "nesterov": True}, "nesterov=True without a momentum"),
        (optim.Momentum, {"lr": 0.1, "beta": -0.1}, "beta is a number from 0 to below 1, not -0.1"),
        (optim.Momentum, {"lr": 0.1, "form": "EMA"}, "form is one of 'classical', 'ema', not 'EMA'"),
        (optim.AdaGrad, {"eps": 0}, "eps is a positive number, not 0"),
        (optim.RMSProp, {"eps": float("nan")}, "eps is a positive number, not nan"),
        (optim.Adam, {"lr": 0}, "the learning rate is a positive number, not 0"),
        (optim.Adam, {"betas": 0.9}, r"betas are two numbers, such as \(0.9, 0.999\), not 0.9"),
        (optim.Adam, {"betas": (0.9, 1)}, r"betas\[1\] is a number from 0 to below 1, not 1"),
        (optim.Adam, {"bias_correction": 1}, "bias_correction is True or False, not 1"),
        (optim.AdamW, {"weight_decay": -0.1}, "weight_decay is 0 or a positive number, not -0.1"),
    ],
)
def test_impossible_settings(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind([Value(1.0)], **settings)
    with pytest.raises(ValueError, match=message):  # in a group as well
        kind([{"params": [Value(1.0)], **settings}], lr=0.1)


def test_a_rate_that_cannot_be_set_leaves_the_old_ones():
    optimizer = optim.SGD([{"params": [Value(1.0)], "lr": 0.5}, {"params": [Value(1.0)]}], lr=0.1)
    with pytest.raises(ValueError, match="the learning rate is a positive number, not -1"):
        optimizer.lr = -1
    assert [group["lr"] for group in optimizer.groups] == [0.5, 0.1]


W = Value(1.0)


@pytest.mark.parametrize(
    ("parameters", "settings", "error", "message"),
    [
        ([W], {}, TypeError, r"^SGD\(parameters, lr, momentum=0.0, nesterov=False\): missing .* 'lr'"),
        ([W], {"lr": 0.1, "beta": 0.9}, TypeError, r"^SGD\(parameters, lr, momentum=.*unexpected .* 'beta'"),
        ([{"params": [W], "beta": 0.9}], {"lr": 0.1}, TypeError, r"^SGD\(parameters, lr, momentum=.* 'beta'"),
        ([{"lr": 0.1}], {}, ValueError, "a group of parameters has an entry 'params', not only lr"),
        ([{"params": [W]}, {"params": [W]}], {"lr": 0.1}, ValueError, "in the list twice"),
        ([{"params": []}], {"lr": 0.1}, ValueError, "the list of parameters is empty"),
        ([{"params": [W]}, Value(2.0)], {"lr": 0.1}, TypeError, "a parameter is a Value or Tensor .*, not {'params'"),
        (W, {"lr": 0.1}, TypeError, r"in a list, such as model.parameters\(\) or \[w, b\]; this is a Value"),
        (Parameter([1.0]), {"lr": 0.1}, TypeError, "in a list, .* this is a Parameter"),
        ([{"params": Parameter([1.0])}], {"lr": 0.1}, TypeError, "in a list, .* this is a Parameter"),
        ({"params": [W]}, {"lr": 0.1}, TypeError, "in a list, .* this is a dict"),
        (MLP([1, 1]), {"lr": 0.1}, TypeError, r"in a list, such as model.parameters\(\) .* this is a MLP"),
        ([Parameter([1.0]) * 2], {"lr": 0.1}, TypeError, "a Value or Tensor that was not computed, not Tensor"),
    ],
)
def test_wrong_parameters_and_names(parameters, settings, error, message):
    with pytest.raises(error, match=message):
        optim.SGD(parameters, **settings)


def test_an_optimiser_needs_its_formula_and_a_learning_rate():
    with pytest.raises(TypeError, match=r"abstract .*change"):
        optim.Optimizer([W], lr=0.1)
    with pytest.raises(TypeError, match=r"Half.change\(\) lacks the learning rate: write change"):

        class Half(optim.Optimizer):
            def change(self, w, g, state):
                return -0.5 * g


# Gradient clipping.


def with_gradients(*gradients):
    parameters = [Value(0.0) if np.ndim(g) == 0 else Parameter(np.zeros_like(g)) for g in gradients]
    for parameter, g in zip(parameters, gradients, strict=True):
        parameter.grad = g
    return parameters


def test_the_norm_is_that_of_all_gradients_together_and_the_direction_stays():
    w, W, unreached = (*with_gradients(1.0, np.array([2.0, 4.0, 10.0])), Parameter([1.0]))
    assert optim.clip_grad_norm([w, W, unreached], max_norm=5.5) == 11.0
    assert w.grad == pytest.approx(0.5, rel=1e-6)
    assert type(w.grad) is float
    assert W.grad == pytest.approx([1.0, 2.0, 5.0], rel=1e-6)
    assert unreached.grad is None
    assert w.grad == 5.5 / (11 + 1e-6)  # PyTorch's tiny number


def test_short_gradients_are_left_alone():
    w, W = with_gradients(3.0, np.array([4.0]))
    before = W.grad
    assert optim.clip_grad_norm(iter([w, W]), max_norm=5.1) == 5.0
    assert (w.grad, W.grad) == (3.0, before)
    assert W.grad is before
    assert optim.clip_grad_norm([Value(1.0)], max_norm=1.0) == 0.0


def test_float32_gradients_stay_float32_and_their_squares_do_not_overflow():
    w, v = with_gradients(np.array([3e30, 4e30], "float32"), np.array([0.0], "float32"))
    assert optim.clip_grad_norm([w, v], max_norm=1.0) == pytest.approx(5e30)
    assert w.grad == pytest.approx([0.6, 0.8])
    optim.clip_grad_value([w], limit=0.7)
    assert w.grad == pytest.approx([0.6, 0.7])
    assert w.grad.dtype == v.grad.dtype == np.float32


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_norm_that_is_not_finite_is_told_and_nothing_is_changed(bad):
    w, W = with_gradients(3.0, np.array([1.0, bad]))
    with pytest.raises(FloatingPointError, match=f"the norm of the gradients is {bad}.*detect_anomaly"):
        optim.clip_grad_norm([w, W], max_norm=1.0)
    assert w.grad == 3.0


def test_values_are_limited_one_by_one():
    w, W, unreached = (*with_gradients(-3.0, np.array([0.5, 2.0, -7.0])), Parameter([1.0]))
    optim.clip_grad_value([w, W, unreached], limit=2.0)
    assert (w.grad, W.grad.tolist(), unreached.grad) == (-2.0, [0.5, 2.0, -2.0], None)
    assert type(w.grad) is float


@pytest.mark.parametrize("clip", [optim.clip_grad_norm, optim.clip_grad_value])
def test_clipping_refuses_bad_input(clip):
    name = list(inspect.signature(clip).parameters)[1]
    for bound in (0, -1.0, float("nan"), "1"):
        with pytest.raises(ValueError, match=f"{name} is a positive number, not "):
            clip([Value(1.0)], bound)
    with pytest.raises(TypeError, match="this is a Tensor"):  # its rows would be computed, and have no gradient
        clip(Tensor([1.0, 2.0], requires_grad=True), 1.0)


@every_optimiser
@both_kinds
def test_python_runs_no_code_of_its_own_while_a_step_changes_things(kind, settings, make, monkeypatch):
    # Where it does, Ctrl-C may leave the step half way.
    entered = []

    def enter(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename != kernels.__file__:  # Numba reports its machine code, too
            entered.append(code.co_name)

    def observed(calls):
        gc.disable()  # a collection may call back what a testing library has registered with it
        sys.setprofile(enter)
        try:
            make_calls(calls)
        finally:
            sys.setprofile(None)
            gc.enable()

    make_calls = optimizer_module.at_once
    monkeypatch.setattr(optimizer_module, "at_once", observed)
    formula = type("Formula", (kind,), {})  # no kernel is for a subclass
    for optimiser in (kind, formula):
        parameters = make()
        stepper = optimiser(parameters, **settings)
        for _ in range(2):  # in the first the kernel is compiled
            for parameter in parameters:
                parameter.grad = parameter.data * 0.5
            entered.clear()
            stepper.step()
        assert entered == ["at_once"]
