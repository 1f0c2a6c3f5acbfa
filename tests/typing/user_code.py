"""What a user may write, with the type that an editor shows of every expression.

mypy and pyright check the types, and so does a run: every value is an instance of what they say. Lines that must be
errors stand in functions that are not called, and are marked: a mark that is not needed is an error itself.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=error, reportUnusedExpression=none

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

import inversa
from inversa import viz
from inversa.autograd import (
    Compiled,
    Graph,
    InverseNetwork,
    Node,
    Operation,
    Rule,
    Tensor,
    Value,
    add,
    clip,
    concatenate,
    cos,
    einsum,
    elu,
    exp,
    getitem,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacobian,
    jit,
    jvp,
    leaky_relu,
    log,
    logsumexp,
    matmul,
    maximum,
    mean,
    no_grad,
    operation,
    power,
    relu,
    reshape,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    stack,
    take,
    tanh,
    value_and_grad,
    vjp,
    where,
)
from inversa.autograd import abs as absolute
from inversa.autograd import sum as total
from inversa.nn import (
    MLP,
    Activation,
    AvgPool2d,
    BayesianLinear,
    Conv2d,
    Dense,
    Dropout,
    EarlyStopping,
    Flatten,
    History,
    Linear,
    Maxout,
    Module,
    Neuron,
    NeuronNetwork,
    Parameter,
    Perceptron,
    Sequential,
    Tanh,
    Trainer,
    data,
    losses,
    optim,
    penalties,
    schedules,
)

Array = NDArray[Any]

# Values.
w = Value(0.5, name="w")
x = Value(2.0)
assert_type(w * 2, Value)
assert_type(2 * w, Value)
assert_type(w * x, Value)
assert_type(w + 1.5, Value)
assert_type(1 - w, Value)
assert_type(w / x, Value)
assert_type(w**2, Value)
assert_type(2**w, Value)
assert_type(w // 2, Value)
assert_type(7 % w, Value)
assert_type(-w, Value)
assert_type(+w, Value)
assert_type(abs(w), Value)
assert_type(w < 1.0, bool)
assert_type(w >= x, bool)
assert_type(w.tanh(), Value)
assert_type(w.exp().log().sqrt(), Value)
assert_type(w.named("v"), Value)
assert_type(w.detach(), Value)
assert_type(tanh(w), Value)
assert_type(sigmoid(w * x + 1), Value)
assert_type(leaky_relu(w, slope=0.1), Value)
assert_type(elu(w, 0.5), Value)
assert_type(clip(w, -1.0, 1.0), Value)
assert_type(absolute(w), Value)
assert_type(power(w, 3), Value)
assert_type(maximum(w, 0.0), Value)
assert_type(add(1.0, w), Value)
assert_type(where(w > 0, w, 0.1), Value)
assert_type(total([w, x, 1.0]), Value)
assert_type(mean((w, x)), Value)
assert_type(take([w, x], 1), Value)
assert_type(take([[w, x], [x, w]], Value(1.0)), list[Value])
assert_type(take([1.0, 2.0], 0), float)
assert_type(sum([w * x, w], start=Value(0.0)), Value)
J = ((tanh(w * x) - 0.5) ** 2).named("J")
J.backward()
assert_type(J, Value)
assert_type(J.data, float)
assert_type(J.item(), float)
assert_type(w.grad, float | None)
assert_type(J.inverse(), InverseNetwork)
assert_type(J.requires_grad, bool)
if w.grad is not None:
    w.data -= 0.1 * w.grad

v = w * x
v += 1
assert_type(v, Value)

# Tensors.
W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
t = Tensor([1.0, -1.0])
assert_type(W * 2, Tensor)
assert_type(2 - W, Tensor)
assert_type(W * t, Tensor)
assert_type(W @ t, Tensor)
assert_type(W @ [0.5, -0.5], Tensor)
assert_type(W / np.ones(2), Tensor)
assert_type(W * w, Tensor)
assert_type(w * W, Tensor)
assert_type(-W, Tensor)
assert_type(W.T, Tensor)
assert_type(W[0], Tensor)
assert_type(W[:, 1], Tensor)
assert_type(W[0][1], Tensor)
assert_type(t.sum(), Tensor)
assert_type(W.mean(axis=0, keepdims=True), Tensor)
assert_type(W.max(axis=-1), Tensor)
assert_type(W.reshape(4), Tensor)
assert_type(W.reshape(-1, 1).transpose(), Tensor)
assert_type(W.astype("float32"), Tensor)
assert_type(W.exp(), Tensor)
assert_type(W.flatten(), Tensor)
assert_type(W.std(axis=0), Tensor)
assert_type(W.clip(0.0), Tensor)
assert_type(W.softmax(axis=0), Tensor)
assert_type(W > 0, NDArray[np.bool])
assert_type([row for row in W], list[Tensor])  # noqa: C416
assert_type(len(W), int)
assert_type(W.shape, tuple[int, ...])
assert_type(W.data, Array)
assert_type(W.numpy(), Array)
assert_type(t.sum().item(), float)
assert_type(relu(W), Tensor)
assert_type(softmax(W, axis=-1), Tensor)
assert_type(total(W, axis=0), Tensor)
assert_type(mean(W, keepdims=True), Tensor)
assert_type(logsumexp(W), Tensor)
assert_type(matmul(W, t), Tensor)
assert_type(matmul(np.eye(2), W), Tensor)
assert_type(einsum("ij,j->i", W, t), Tensor)
assert_type(maximum(W, 0.0), Tensor)
assert_type(where(W > 0, W, 0.0), Tensor)
assert_type(concatenate([t, t]), Tensor)
assert_type(stack([w, x]), Tensor)
assert_type(stack([t, t], axis=1), Tensor)
assert_type(reshape(W, (4,)), Tensor)
assert_type(getitem(W, 0), Tensor)
assert_type(take(W, [0, 0, 1]), Tensor)
assert_type(total(w), Tensor)
assert_type(softmax_cross_entropy(W, target=[0, 1]), Tensor)
(W @ t).sum().backward()
assert_type(W.grad, Array | None)

# Numbers and arrays stay what they are.
assert_type(tanh(0.5), float)
assert_type(exp(1), float)
assert_type(power(2.0, 3.0), float)
assert_type(leaky_relu(-2.0, 0.1), float)
assert_type(log(np.float64(2.0)), float)
assert_type(tanh(np.ones(3)), Array)
assert_type(sigmoid([0.0, 1.0]), Array)
assert_type(add([1.0, 2.0], 1.0), Array)
assert_type(softmax([2.0, 1.0]), Array)
assert_type(concatenate([np.ones(2), np.ones(3)]), Array)
with no_grad():
    assert_type(tanh(w), Value)


def either(z: Value | float) -> Value | float:
    """What may be the one or the other stays so."""
    return assert_type(tanh(z), Value | float)


either(w), either(1.0)


@operation("quartic", Rule.ACTIVATION, derivatives=("4{x}³",))
def quartic(xp: Any, x: Any) -> Any:
    """The fourth power, an operation of the user's."""
    return x * x * x * x


quartic.pullbacks(lambda g, _y, x: g * 4 * x * x * x)
assert_type(quartic(w), Value)
assert_type(quartic(W), Tensor)
assert_type(quartic(2.0), float)
assert_type(quartic.arguments, tuple[str, ...])
assert_type(Graph(J).outputs, tuple[Node, ...])


# Transforms.
def square(z: Any) -> Any:
    """z², of anything."""
    return z * z


assert_type(grad(square)(3.0), float)
assert_type(grad(lambda v: (v * v).sum())([1.0, 2.0]), Array)
assert_type(grad(lambda a, b: a * b, argnums=(0, 1))(2.0, 3.0), tuple[Any, ...])
assert_type(value_and_grad(square)(3.0), tuple[float, float])
assert_type(grad(grad(square))(3.0), float)
assert_type(hessian(lambda v: v[0] * v[1])([3.0, 5.0]), Array)
assert_type(jacobian(square)([1.0, 2.0]), Array)
assert_type(hvp(lambda v: (v * v).sum(), [1.0, 2.0], [1.0, 0.0]), Array)
assert_type(vjp(square, [1.0, 2.0])[1]([1.0, 1.0]), tuple[Any, ...])
assert_type(jvp(square, (3.0,), (1.0,)), tuple[Any, Any])
assert_type(grad(lambda p: (p["w"] ** 2, p), has_aux=True)({"w": 2.0}), tuple[Any, Any])
assert_type(value_and_grad(lambda z: (z * z, z), has_aux=True)(3.0), tuple[tuple[Any, Any], Any])
assert_type(vjp(lambda z: (z * z, z), 3.0, has_aux=True)[2], Any)
assert_type(jvp(lambda z: (z * z, z), (3.0,), (1.0,), has_aux=True), tuple[Any, Any, Any])
assert_type(jacobian(lambda z: (z * z, z), has_aux=True)(3.0), tuple[Any, Any])
assert_type(gradcheck(cos, 0.5), bool)


# Compiled functions.
@jit
def cost(x: Value, y: Value) -> Value:
    """A function of Values, for one sample."""
    return (tanh(w * x) - y) ** 2


assert_type(cost, Compiled[float, Array])
assert_type(cost(1.0, 0.5), float)
assert_type(cost([1.0, 2.0], [0.5, 1.0]), Array)
assert_type(cost(1.0, [0.5, 1.0]), Array)
assert_type(cost.backward([1.0, 2.0], [0.5, 1.0]), float)
assert_type(cost.listing(), str)
assert_type(cost.why_not, str | None)


@jit
def error(x: Tensor, y: Tensor) -> Tensor:
    """A function of Tensors, which may give an array or one number."""
    return ((x @ W.T - y) ** 2).mean()


assert_type(error, Compiled[Any, Any])
error([[1.0, 0.0]], [[0.0, 0.0]])
of_any = jit(lambda x: (tanh(x) @ W).sum())
of_any([1.0, 2.0])

# Networks.
model = MLP([2, 3, 1], activation="tanh")
samples, targets = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0], [1.0]])
assert_type(model(samples), Tensor)
assert_type(model([[0.0, 1.0]])[0], Tensor)
assert_type(Linear(2, 1)(samples), Tensor)
assert_type(Dense(2, 1, "sigmoid")(samples), Tensor)
assert_type(Sequential(Linear(2, 3), Tanh(), Linear(3, 1))(samples), Tensor)
assert_type(Maxout(2, 3)(samples), Tensor)
assert_type(BayesianLinear(2, 1)(samples), Tensor)
assert_type(Conv2d(1, 2, 3)(np.ones((1, 1, 5, 5))), Tensor)
assert_type(AvgPool2d(2)(np.ones((1, 1, 4, 4))), Tensor)
assert_type(Neuron(2)([0.5, 1.0]), Value)
assert_type(Neuron(2, "relu").parameters(), list[Value])
assert_type(NeuronNetwork([2, 3, 1]).parameters(), list[Value])
assert_type(model.parameters(), list[Parameter])
assert_type(Linear(2, 1).weight, Parameter)
assert_type(Linear(2, 1).weight * 2, Tensor)
assert_type(Linear(2, 1).weight.exp(), Tensor)
assert_type(model.state_dict(), dict[str, Any])
assert_type(model.train().eval(), MLP)
assert_type(list(model.modules()), list[Module])


class Net(Module):
    """A module of the user's: calling it takes and gives what its ``forward`` does."""

    def __init__(self) -> None:
        self.hidden = Linear(2, 3, seed=0)
        self.out = Linear(3, 1, seed=1)

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        """The network."""
        return self.out(tanh(self.hidden(x))) * scale


assert_type(Net()(Tensor(samples), scale=2.0), Tensor)

assert_type(Tanh()(w), Value)
assert_type(Activation("leaky_relu", slope=0.1)(W), Tensor)
assert_type(Activation("relu")(-1.0), float)
assert_type(Flatten()(W), Tensor)
assert_type(Dropout(0.5)(W), Tensor)

# Losses and optimisers.
assert_type(losses.mean_squared_error(model(samples), targets), Tensor)
assert_type(losses.cross_entropy(W, [0, 1], weights=[1.0, 2.0]), Tensor)
assert_type(losses.squared_error(w * x, 1.0), Value)
assert_type(losses.huber([w, x], [1.0, 2.0], delta=0.5), Value)
assert_type(losses.mean_squared_error(W, W.numpy(), "none"), Tensor)
adam = optim.Adam(model.parameters(), lr=0.01)
assert_type(adam, optim.Adam)
assert_type(optim.Adam(model.parameters(), 0.01, betas=(0.9, 0.99)), optim.Adam)
assert_type(optim.SGD([{"params": model.parameters(), "lr": 0.1}], momentum=0.9), optim.SGD)
adam.zero_grad()
for inputs, wanted in data.batches(samples, targets, 1, seed=0):
    assert_type(inputs, Array)
    loss = losses.mean_squared_error(model(inputs), wanted)
    loss.backward()
    adam.step()
assert_type(adam.lr, float)
for parameter in model.parameters():
    if parameter.grad is not None:
        parameter.data -= 0.01 * parameter.grad

# Training.
model.compile(loss="mse", optimizer="adam", lr=0.01, metrics=["r2"], penalty=penalties.L2(1e-4))
history = model.fit(samples, targets, epochs=2, batch_size=1, callbacks=[EarlyStopping("loss")], progress=False)
assert_type(history, History)
assert_type(history.loss, list[float])
assert_type(history["loss"][-1], float)
assert_type(model.evaluate(samples, targets), dict[str, float])
assert_type(model.predict(samples), Array)
assert_type(model.predict(samples, batch_size=1), Array)
trainer = Trainer(model, loss=losses.huber, optimizer=adam, schedule=schedules.TimeDecay(0.1))
assert_type(trainer.fit(samples, targets, progress=False), History)
classifier = MLP([2, 3])
classifier.compile(loss="cross_entropy", optimizer="sgd")
assert_type(classifier.fit(samples, [0, 1], progress=False), History)
assert_type(classifier.predict_proba(samples), Array)
assert_type(classifier.predict_classes(samples), Array)
assert_type(losses.named("mae"), Callable[..., Any])
assert_type(Perceptron(2).parameter_count(), int)

# Estimators.
from inversa.nn import MLPClassifier, MLPRegressor  # noqa: E402  # as a notebook does, where they are needed

regressor = MLPRegressor((3,), activation="tanh", max_iter=1)
assert_type(regressor, MLPRegressor)
estimator = MLPClassifier(hidden_layer_sizes=(3,), activation="logistic", tol=1.0, n_iter_no_change=1)
assert_type(estimator.fit(samples, [0, 1]), MLPClassifier)
assert_type(estimator.predict(samples), Array)
assert_type(estimator.predict_proba(samples), Array)
assert_type(estimator.model_, MLP)

# Pictures.
figure = viz.draw(J, view="both", data=[x], theme="light", lang="es")
assert_type(figure, viz.Figure)
assert_type(figure.svg(), str)
assert_type(figure.width, int)
assert_type(figure.flip().fitted(500, quiet=True), viz.Figure)
assert_type(viz.draw(model, [0.5, -1.0], 1.0, loss="mse", view="inverse", detail="neuron"), viz.Figure)
assert_type(viz.player(J, theme="dark"), viz.Player)
assert_type(viz.plot_history(history, theme="print"), Axes)
assert_type(inversa.Value(1.0) * 2, Value)
assert_type(inversa.nn.MLP([2, 1])([1.0, 2.0]), Tensor)
viz.set_language("en")


def wrong(folder: Path, anything: Any) -> Iterator[object]:
    """Mistakes that checkers find."""
    yield w * "2"  # type: ignore[call-overload]
    yield w * [1.0, 2.0]  # type: ignore[call-overload]
    yield np.ones(3) * w  # type: ignore[operator]
    yield W.no_such_thing  # type: ignore[attr-defined]
    yield tanh("0.5")  # type: ignore[arg-type]
    yield leaky_relu(w, slop=0.1)  # type: ignore[call-overload]
    yield total(W, axes=0)  # type: ignore[call-overload]
    yield w.grad * 2  # type: ignore[operator]
    yield W + "1"  # type: ignore[arg-type]
    yield cost("x", 1.0)  # type: ignore[arg-type]
    yield Net()(3)  # type: ignore[arg-type]
    yield Net()(W, size=3)  # type: ignore[call-arg]
    yield model.compile(loss="mean_square")  # type: ignore[arg-type]
    yield model.compile(optimizer="adam")  # type: ignore[call-arg]
    yield model.compile(loss="mse", optimiser="adam")  # type: ignore[call-arg]
    yield model.compile(loss="mse", optimizer="adamm")  # type: ignore[arg-type]
    yield model.fit(samples, targets, epoch=3)  # type: ignore[call-arg]
    yield model.predict(samples, batchsize=1)  # type: ignore[call-arg]
    yield optim.Adam(model.parameters(), learning_rate=0.1)  # pyright: ignore[reportArgumentType]
    yield optim.SGD(model.parameters())  # pyright: ignore[reportArgumentType]
    yield MLP([2, 1], activation="swosh")  # type: ignore[arg-type]
    yield losses.huber(W, W, reduction="average")  # type: ignore[call-overload]
    yield viz.draw(J, view="back")  # type: ignore[arg-type]
    yield viz.draw(J, theme="blue")  # type: ignore[arg-type]
    yield viz.draw(J, lang="fr")  # type: ignore[arg-type]
    yield figure.render(folder / "a.svg", format="svg")  # type: ignore[call-arg]
    yield Value([1.0])  # type: ignore[arg-type]
    yield assert_type(tanh(anything), Any)
    yield assert_type(w * anything, Any)
    yield assert_type(Activation("relu")(anything), Any)
    yield Flatten()(samples).backward()  # type: ignore[attr-defined]
    yield assert_type(Operation.registry["tanh"](w), Any)
