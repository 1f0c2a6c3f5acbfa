"""Models in pictures: as networks of Values with the same numbers, with their inputs, outputs and frozen parts."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from inversa import nn, viz
from inversa.autograd import Tensor, Value, concatenate
from inversa.viz.picture.running import as_neurons

X = [0.3, -1.2]
NETWORKS = {
    "mlp": nn.MLP([2, 3, 2], activation="tanh", seed=1),
    "softmax": nn.MLP([2, 3, 3], activation="elu", output="softmax", seed=1),
    "linear": nn.Linear(2, 2, seed=0),
    "without bias": nn.Linear(2, 1, bias=False, seed=0),
    "dense": nn.Dense(2, 3, "sigmoid", seed=0),
    "perceptron": nn.Perceptron(2, 2),
    "sequential": nn.Sequential(
        nn.Linear(2, 3, seed=0),
        nn.Tanh(),
        nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2, bias=False, seed=1), nn.LeakyReLU(0.1)),
    ).eval(),
    "softmax apart": nn.Sequential(nn.Linear(2, 3, seed=0), nn.Softmax()),
}


class Doubled(nn.Linear):
    """A layer with a formula of its own."""

    def forward(self, x):
        return 2 * super().forward(x)


TIED = nn.Linear(2, 2, seed=0)
OTHERS = [
    Doubled(2, 1),
    nn.Maxout(2, 2),
    nn.MLP([2, 3, 1], "maxout"),
    nn.BayesianLinear(2, 1),
    nn.Sequential(TIED, nn.Tanh(), TIED),
    nn.Sequential(nn.Tanh(), nn.Linear(2, 1)),
    nn.Sequential(nn.Linear(2, 1), nn.Tanh(), nn.Tanh()),
    nn.Sequential(nn.Linear(2, 2), nn.LogSoftmax()),
    nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)),
    "no model",
]


@pytest.mark.parametrize("model", NETWORKS.values(), ids=NETWORKS)
def test_the_same_numbers_neuron_by_neuron(model):
    found = as_neurons(model)(X)
    numbers = [value.data for value in (found if isinstance(found, list) else [found])]
    np.testing.assert_allclose(numbers, model(X).numpy(), rtol=1e-13)


@pytest.mark.parametrize("model", OTHERS, ids=str)
def test_what_is_no_chain_of_layers_of_neurons(model):
    assert as_neurons(model) is None


def test_a_picture_of_maxout_neurons_has_the_layers_numbers_and_neurons_are_refused():
    model = nn.MLP([2, 3, 1], "maxout", seed=0)
    x, y = np.array([X]), np.array([[1.0]])
    figure = viz.draw(model, x, y, loss="mse", view="both")
    assert "hidden layer" in figure.svg()
    cost = nn.losses.mean_squared_error(model(x), y)
    assert f"{cost.item():.4f}" in figure.svg()
    cost.backward()
    norm = np.sqrt(sum((p.grad**2).sum() for p in model.layers[0].parameters()))
    assert f"{norm:.4f}" in figure.svg()
    with pytest.raises(ValueError, match=r"a maxout neuron is the largest of several sums.*detail='layer'"):
        viz.draw(model, X, detail="neuron")


def test_what_is_frozen_stays_frozen():
    model = nn.MLP([2, 2, 1], seed=0)
    model.layers[0].weight.requires_grad = False
    model.layers[1].bias.requires_grad = False
    frozen = {name for name, value in as_neurons(model).named_parameters() if not value.requires_grad}
    assert frozen == {"w1_11", "w1_12", "w1_21", "w1_22", "b2_1"}


@pytest.mark.filterwarnings("ignore:no convergence")
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor", "PerceptronClassifier"])
def test_estimators_are_their_networks_once_they_have_one(name):
    pytest.importorskip("sklearn")
    estimator = getattr(nn, name)(random_state=0)
    with pytest.raises(ValueError, match=f"this {name} has no network yet: fit it first"):
        as_neurons(estimator)
    x = np.random.default_rng(0).normal(size=(20, 2))
    estimator.set_params(max_iter=3).fit(x, (x[:, 0] > 0).astype(int))
    assert as_neurons(estimator)(X).data == pytest.approx(estimator.model_(X).item())


def told(figure):
    return ["".join(t.itertext()) for t in ET.fromstring(figure.svg()).iter("{http://www.w3.org/2000/svg}text")]


def test_a_sequential_is_drawn_neuron_by_neuron_with_its_numbers():
    model = nn.Sequential(nn.Linear(2, 2, seed=0), nn.Sigmoid(), nn.Linear(2, 1, seed=1))
    loss = nn.losses.mean_squared_error(model([X]), [[0.5]])
    loss.backward()
    figure = viz.draw(model, X, 0.5, loss="mse", view="both")
    assert repr(figure) == "<Figure both of J: 2-2-1 network, 3 neurons, 6 weights>"
    gradients = [g for layer in (model[0], model[2]) for g in (*layer.weight.grad.ravel(), *layer.bias.grad)]
    text = told(figure)
    for number in (loss.item(), *gradients):
        assert f"{number:.4f}".replace("-", "−") in text
    assert viz.player(model, X, 0.5, loss="mse").steps


def test_a_perceptron_is_drawn_without_a_loss():
    model = nn.Perceptron(2)
    model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], shuffle=False)
    text = told(viz.draw(model, [1.0, 1.0], view="both"))
    assert "step" in text
    assert "2.0000" in text
    assert "L" not in text


@pytest.mark.filterwarnings("ignore:no convergence")
@pytest.mark.parametrize(("labels", "sizes"), [(["no", "yes"], "2-3-1"), (["a", "b", "c"], "2-3-3")])
def test_a_classifier_is_drawn_with_a_label(labels, sizes):
    pytest.importorskip("sklearn")
    x = np.random.default_rng(0).normal(size=(30, 2))
    model = nn.MLPClassifier((3,), max_iter=3, random_state=0).fit(x, np.resize(labels, 30))
    figure = viz.draw(model, x[0], labels[-1])
    assert sizes in repr(figure)
    expected = -np.log(model.predict_proba(x[:1])[0, -1])
    assert f"{expected:.4f}" in told(figure)
    assert viz.player(model, x[:2], labels[:2]).steps  # several samples: layer by layer
    with pytest.raises(ValueError, match="but this classifier knows"):
        viz.draw(model, x[0], "other")


class Scores(nn.Module):
    """Two inputs, two outputs."""

    def __init__(self):
        self.a, self.b = nn.Linear(2, 3, seed=0), nn.Linear(2, 3, seed=1)

    def forward(self, query, key):
        return {"score": self.a(query) * self.b(key), "size": abs(self.b(key))}


class Pair(Scores):
    """The outputs in a tuple."""

    def forward(self, query, key):
        return tuple(super().forward(query, key).values())


@pytest.mark.parametrize("x", [(X, [1.0, 2.0]), {"query": X, "key": [1.0, 2.0]}], ids=["tuple", "dict"])
def test_several_inputs_and_outputs_have_their_names(x):
    for model, names in ((Scores(), ["score", "size"]), (Pair(), ["h₁", "h₂"])):
        boxes = viz.draw(model, x)._drawing.picture.boxes
        assert [box.name for box in boxes if box.role == "data"] == ["query", "key"]
        assert sorted(box.name for box in boxes if box.is_output) == names
        assert not any(text.startswith("∂") for text in told(viz.draw(model, x)))


def test_several_outputs_have_no_inverse_without_a_cost():
    for model, x in ((Scores(), (X, X)), (nn.MLP([2, 3, 2], seed=0), X)):
        with pytest.raises(ValueError, match=r"there are 2 outputs, .*J = loss"):
            viz.draw(model, x, view="inverse")
        with pytest.raises(ValueError, match="there are 2 outputs"):
            viz.player(model, x)
    outputs = nn.MLP([2, 3, 2], seed=0).neurons()(X)
    assert viz.draw(sum(outputs).named("J"), view="inverse", detail="op")


def test_a_tuple_of_numbers_is_one_sample():
    assert viz.draw(nn.MLP([2, 2, 1], seed=0), (0.3, -1.2)).svg() == viz.draw(nn.MLP([2, 2, 1], seed=0), X).svg()


def test_what_was_given_has_names():
    model = nn.Sequential(nn.Conv2d(1, 1, 2, seed=0), nn.Flatten(), nn.Linear(1, 2, seed=0))
    for y, loss in ((np.ones((3, 2)), "mse"), ([0, 1, 1], "cross_entropy")):
        boxes = viz.draw(model, np.ones((3, 1, 2, 2)), y, loss=loss, detail="op")._drawing.picture.boxes
        names = [box.name for box in boxes]
        assert {"x", "h", "L", "J"} <= set(names)
        assert ("y" in names) == (loss == "mse")
        assert not [box.name for box in boxes if not box.operation and box.name.startswith("v")]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_circles_show_the_loss_and_what_it_compares_with(lang):
    model = nn.MLP([2, 3, 3], seed=0)
    text = told(viz.draw(model, X, 2, loss="cross_entropy", lang=lang))
    assert {"L", "y = 2", "softmax, " + {"en": "cross entropy", "es": "entropía cruzada"}[lang]} <= set(text)
    text = told(viz.draw(model, X, [0.1, 0.2, 0.7], loss="mse", lang=lang))
    assert {"L", "y₁", "0.1000", "y₃", "0.7000"} <= set(text)
    assert viz.draw(nn.MLP([2, 3, 12], seed=0), X, [0.1] * 12, loss="mse").svg().count("y₁ … y₁₂") == 1


class Frozen(nn.Module):
    """A frozen layer that is the first to see the data."""

    def __init__(self):
        self.first, self.second = nn.Linear(2, 2, seed=0), nn.Linear(2, 1, seed=1)
        for parameter in self.first.parameters():
            parameter.requires_grad = False

    def forward(self, x):
        return self.second(self.first(x).tanh())


def test_frozen_arrays_keep_their_names_and_have_no_gradient():
    figure = viz.draw(Frozen(), [X], [[1.0]], loss="mse", view="both", detail="op")
    boxes = {(box.module, box.name): box for box in figure._drawing.picture.boxes}
    assert [boxes["first", name].role for name in "Wb"] == ["parameter"] * 2
    assert [boxes["first", name].flow for name in "Wb"] == [None] * 2
    assert boxes["second", "W"].flow is not None
    assert sum(text.startswith("‖∂J/∂W‖ =") for text in told(figure)) == 1


@pytest.mark.parametrize("sizes", [[2, 2, 1], [2, 5, 5, 1]], ids=["lecture", "circles"])
def test_no_gradient_is_drawn_for_frozen_weights(sizes):
    model = nn.MLP(sizes, activation="tanh", seed=0)
    model.layers[0].weight.requires_grad = False
    model.layers[1].bias.requires_grad = False
    figure = viz.draw(model, X, 0.5, loss="mse", view="inverse")
    structure = figure._drawing.structure
    frozen = {x.weight for n in structure.layers[0] for x in n.inputs} | {n.bias for n in structure.layers[1]}
    slots = set(re.findall(r'data-[nw]="d(\d+)"', figure.svg()))
    assert frozen
    assert not slots & set(map(str, frozen))
    assert slots >= {str(n.bias) for n in structure.layers[0]}
    collected = {n for step in figure._drawing.steps() for n, _ in step.gradients}
    assert not collected & frozen
    assert "—" not in told(figure)
    assert len(figure._drawing.sheet("forward").links) - len(figure._drawing.sheet("inverse").links) <= 0


def test_frozen_weights_of_ones_own_are_weights_too():
    w, x, b = Value(0.5, requires_grad=False, name="w"), Value(2.0, name="x"), Value(0.1, name="b")
    figure = viz.draw((w * x + b).tanh().named("o"), detail="neuron", data=[x], view="inverse")
    assert "1-1 network" in repr(figure)
    assert {"∂o/∂b", "∂o/∂x"} <= set(told(figure))
    assert "∂o/∂w" not in told(figure)


def test_both_pictures_say_the_gradients_that_one_of_them_shows():
    model = nn.Sequential(nn.Conv2d(1, 1, 2, seed=0), nn.Flatten(), nn.Linear(1, 2, seed=0))
    arguments = model, np.ones((3, 1, 2, 2)), [0, 1, 1]
    both, alone = (viz.draw(*arguments, loss="cross_entropy", view=view) for view in ("both", "forward"))
    assert any(text.startswith("∂J") for text in told(alone))
    assert "—" in told(alone)
    assert [t for t in told(both) if t.startswith("‖∂J/∂θ‖")]
    assert told(both).count("—") == 1  # of x, a constant, in the inverse network
    w = Value(2.0, name="w")
    assert {"8.0000", "1.0000"} <= set(told(viz.draw(((w * w) * 2).named("J"), view="both")))
    assert w.grad is None


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (lambda x: x, "not function: call it"),
        (np.ones(3), "not ndarray: compute with Values or Tensors"),
        (type("Net", (type("Module", (), {"__module__": "torch.nn.modules.module"}),), {})(), "Net of PyTorch, .*draw"),
    ],
)
def test_what_is_not_ours_is_named_with_what_to_do(thing, message):
    for arguments in ((), (X,), (X, 1.0)):
        with pytest.raises(TypeError, match=message):
            viz.draw(thing, *arguments)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_reorders_wires_or_selects_says_so(lang):
    x = Tensor(np.arange(16.0).reshape(1, 1, 4, 4), requires_grad=True, name="x")
    J = concatenate([nn.MaxPool2d(2)(x).reshape(4), x.T.reshape(16)[:2]]).sum().named("J")
    text = told(viz.draw(J, view="inverse", lang=lang))
    said = {
        "en": ("wires re-ordered", "back to the selected entries"),
        "es": ("cables reordenados", "vuelve a las entradas elegidas"),
    }
    assert [text.count(words) for words in said[lang]] == [5, 1]
    assert sum("⑧" in words for words in text) == 1  # x itself, which is used twice
    assert "ψ′" not in text
    titles = [step.title for step in viz.player(J, lang=lang, detail="op").steps if step.view == "inverse"]
    assert sum(title.lower().startswith(said[lang][0]) for title in titles) == 5
