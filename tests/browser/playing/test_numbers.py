"""The numbers of the playground's page are those of nn."""

import random
from itertools import chain, count, islice

import numpy as np
import pytest

from inversa.autograd import InverseNetwork, Tensor
from inversa.nn import MLP, Trainer, penalties
from inversa.viz.playing.chance import INITIAL, Chance
from inversa.viz.playing.templates import ACTIVATIONS, LOSSES, OPTIMIZERS, templates

STEPS = 50
HIDDEN = [name for name, part in templates()["activations"].items() if not part["joins"]]
OUTPUT = {"numbers": "identity", "logits": "identity", "probabilities": "sigmoid", "distributions": "softmax"}


def configuration(number):
    """The configuration of this number: every activation, loss and optimiser occurs again and again."""
    draw = random.Random(number)
    loss = list(LOSSES)[number % len(LOSSES)]
    part = templates()["losses"][loss]
    several = part["targets"] == "distributions" or part["link"] != "sigmoid"
    outputs = draw.randint(2, 3) if several else draw.choice([1, 1, 3])
    layers = [{"neurons": draw.randint(1, 6), "activation": draw.choice(HIDDEN)} for _ in range(draw.randint(0, 3))]
    if layers:
        layers[0]["activation"] = HIDDEN[number % len(HIDDEN)]
    optimizer = list(OPTIMIZERS)[number % len(OPTIMIZERS)]
    samples = draw.randint(5, 24)
    return {
        "inputs": draw.randint(1, 4),
        "layers": [*layers, {"neurons": outputs, "activation": OUTPUT[part["takes"]]}],
        "loss": loss,
        "optimizer": optimizer,
        "settings": {"lr": draw.choice([0.003, 0.01] if part["reduction"] == "sum" else [0.01, 0.1])},
        "penalty": {"l1": draw.choice([0, 0, 0.01]), "l2": draw.choice([0, 0.02])},
        "batch": draw.choice([None, 1, 4, 10]),
        "shuffle": draw.random() < 0.8,
        "seed": number,
        "initial": draw.choice(["suited", *INITIAL]),
        "samples": samples,
    }


def data(config):
    """Samples, and targets of the kind that the loss takes."""
    generator = np.random.default_rng(config["seed"])
    x = generator.normal(size=(config["samples"], config["inputs"]))
    y = generator.normal(size=(config["samples"], config["layers"][-1]["neurons"]))
    kind = templates()["losses"][config["loss"]]["targets"]
    if kind == "signs":
        y = np.where(y > 0, 1.0, -1.0)
    elif kind == "probabilities":
        y = (y > 0).astype(float)
    elif kind == "distributions":
        y = np.eye(y.shape[1])[y.argmax(axis=1)]
    return x, y


TRAIN = """(templates, runs) => runs.map(({config, x, y, steps}) => {
  const network = new Network(templates, config);
  network.give(asMatrix(x), asMatrix(y));
  const adds = templates.losses[config.loss].reduction === "sum";
  let cost = 0, seen = 0;
  for (let k = 0; k < steps; k++) {
    const found = network.step();
    cost += found.cost * (adds ? 1 : found.x.rows);
    seen += adds ? 0 : found.x.rows;
  }
  const layers = network.state.layers.map(({weight, bias}) => [weight, bias].map(({values}) => asLists(values)));
  return {cost: cost / (seen || 1), layers, objections: objections(templates, network.config, asMatrix(y))};
})"""


def trained(config, x, y):
    """What `fit` makes of it: the mean cost of the batches, and the weights and biases afterwards."""
    model = network(config)
    kind, settled = OPTIMIZERS[config["optimizer"]]
    trainer = Trainer(
        model,
        loss=LOSSES[config["loss"]],
        optimizer=lambda parameters: kind(parameters, **config["settings"], **settled),
        penalty=penalties.ElasticNet(**config["penalty"]),
    )
    order = Chance(config["seed"], "order")
    epochs = chain.from_iterable(order.batches(len(x), config["batch"], config["shuffle"]) for _ in count())
    history = trainer.fit([(x[rows], y[rows]) for rows in islice(epochs, STEPS)], progress=False)
    return history.history["loss"][0], [[layer.weight.numpy(), layer.bias.numpy()] for layer in model.layers]


def network(config):
    chance = Chance(config["seed"])
    sizes = [config["inputs"], *(layer["neurons"] for layer in config["layers"])]
    *hidden, output = [ACTIVATIONS[layer["activation"]] for layer in config["layers"]]
    model = MLP(sizes, activation=hidden, output=output)
    for layer, each in zip(model.layers, config["layers"], strict=True):
        initial = config["initial"]
        if initial == "suited":
            initial = templates()["activations"][each["activation"]]["init"]
        layer.weight[...] = chance.weights(initial, layer.outputs, layer.inputs)
    return model


def test_training_in_the_page_is_training_in_python(run):
    """All weights after 50 steps, to nine digits.

    The two add up in another order and have other exponentials, so that their last digits differ: here by less than
    10⁻¹²; after thousands of steps, or where rates are so large that training is chaotic, by more.
    """
    configs = [configuration(number) for number in range(100)]
    samples = [data(config) for config in configs]
    given = [
        {"config": config, "x": x.tolist(), "y": y.tolist(), "steps": STEPS}
        for config, (x, y) in zip(configs, samples, strict=True)
    ]
    for config, (x, y), found in zip(configs, samples, run(TRAIN, given), strict=True):
        cost, layers = trained(config, x, y)
        assert found["objections"] == [], config
        assert found["cost"] == pytest.approx(cost, rel=1e-9)
        for ours, theirs in zip(found["layers"], layers, strict=True):
            np.testing.assert_allclose(ours[0], theirs[0], rtol=0, atol=1e-9, err_msg=str(config))
            np.testing.assert_allclose(ours[1][0], theirs[1], rtol=0, atol=1e-9, err_msg=str(config))


POINTS = [-1000.0, -30.0, -2.5, -1.0, -0.5, -1e-9, -0.0, 0.0, 1e-9, 0.3, 1.0, 2.5, 30.0, 1000.0, np.nan]
APPLY = """(templates, {z, g}) => Object.fromEntries(Object.entries(templates.activations).map(([name, {program}]) => {
  const part = new Part(program);
  const [{a}, run] = part.forward({z: asMatrix(z.map((row) => row.map(Number)))});
  const flow = part.inverse(run, {g: asMatrix(g)}).z;
  return [name, [asLists(a), asLists(flow)].map((rows) => rows.map((row) => row.map(String)))];
}))"""


def test_activations_and_their_inverses_at_the_ends_and_at_kinks(run):
    """What comes back through every activation for what is fed in, also of large numbers, at 0 and of no number."""
    z = np.array([POINTS, POINTS[::-1]]).T
    g = np.random.default_rng(0).normal(size=z.shape)
    for name, (a, flow) in run(APPLY, {"z": z.astype(str).tolist(), "g": g.tolist()}).items():
        x = Tensor(z, requires_grad=True)
        with np.errstate(all="ignore"):
            y = ACTIVATIONS[name](x)
            expected = InverseNetwork(y).run(g)[x]
        np.testing.assert_allclose(np.array(a, dtype=float), y.numpy(), rtol=1e-13, atol=1e-300, err_msg=name)
        np.testing.assert_allclose(np.array(flow, dtype=float), expected, rtol=1e-12, atol=1e-300, err_msg=name)


LOSE = """(templates, all) => all.map(({loss, h, y}) => {
  const part = new Part(templates.losses[loss].program);
  const [{J}, run] = part.forward({h: asMatrix(h), y: asMatrix(y)});
  return [String(J.data[0]), asLists(part.inverse(run).h).map((row) => row.map(String))];
})"""


def test_losses_and_what_they_send_back_at_the_ends(run):
    """Of outputs that are large, and probabilities that are 0 and 1."""
    outputs = {
        "numbers": [[-1000.0, 1.0], [0.0, 0.5], [2.0, -1.0]],
        "logits": [[-1000.0, 1000.0], [0.0, 0.0], [40.0, -3.0]],
        "probabilities": [[0.0, 1.0], [0.5, 0.25], [1.0, 1e-300]],
        "distributions": [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]],
    }
    targets = {
        "numbers": [[0.0, 1.0], [0.0, 2.0], [2.0, -1.0]],
        "signs": [[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]],
        "probabilities": [[1.0, 1.0], [0.0, 0.25], [1.0, 0.0]],
        "distributions": [[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]],
    }
    parts = templates()["losses"]
    given = [{"loss": name, "h": outputs[x["takes"]], "y": targets[x["targets"]]} for name, x in parts.items()]
    for asked, (cost, flow) in zip(given, run(LOSE, given), strict=True):
        h = Tensor(asked["h"], requires_grad=True)
        expected = LOSSES[asked["loss"]](h, np.array(asked["y"]))
        assert float(cost) == pytest.approx(expected.item(), rel=1e-12)
        slopes = InverseNetwork(expected).run()[h]
        np.testing.assert_allclose(np.array(flow, dtype=float), slopes, rtol=1e-12, err_msg=asked["loss"])
