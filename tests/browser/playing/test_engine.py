"""The page's engine beside the numbers: one part at a time, wires, snapshots, held numbers, divergence, edits."""

import numpy as np
import pytest

from inversa.autograd import InverseNetwork, Tensor
from inversa.nn import MLP, NeuronNetwork, Trainer, losses
from inversa.nn.penalties import ElasticNet
from inversa.viz.playing.templates import ACTIVATIONS, LOSSES

CONFIG = {
    "inputs": 2,
    "layers": [
        {"neurons": 3, "activation": "tanh"}, {"neurons": 2, "activation": "sigmoid"},
        {"neurons": 1, "activation": "identity"},
    ],
    "loss": "mean_squared_error", "optimizer": "adam", "settings": {"lr": 0.05}, "batch": 3, "seed": 4,
}  # fmt: skip
X = np.random.default_rng(0).normal(size=(8, 2)).tolist()
Y = np.random.default_rng(1).normal(size=(8, 1)).tolist()
PENALTY = {"l1": 0.02, "l2": 0.01}
GIVEN = {"config": CONFIG, "x": X, "y": Y}
BEGIN = """
  const network = new Network(templates, given.config);
  network.give(asMatrix(given.x), asMatrix(given.y));
"""

SWEEP = f"""(templates, given) => {{{BEGIN}
  const found = {{}}, phases = [];
  const before = JSON.stringify(network.state);
  for (const phase of network.sweep(found, network.x, network.y)) phases.push(phase);
  const layers = found.layers.map((layer) => Object.fromEntries(Object.entries(layer)
    .filter(([name]) => name !== "runs").map(([name, x]) => [name, asLists(x)])));
  const one = network.pass(rowsOf(network.x, [5]), rowsOf(network.y, [5]));
  const wires = found.layers.map((_, l) => [network.wires(one, l, 0), network.wires(found, l)].map((each) =>
    Object.fromEntries(Object.entries(each).map(([name, x]) => [name, asLists(x)]))));
  const weights = network.state.layers.map(({{weight}}) => asLists(weight.values));
  return {{phases, layers, wires, weights, cost: found.cost, same: before === JSON.stringify(network.state)}};
}}"""


@pytest.fixture
def swept(run):
    return run(SWEEP, GIVEN | {"config": CONFIG | {"penalty": PENALTY}})


def as_model(weights):
    model = MLP([2, 3, 2, 1], activation=["tanh", "sigmoid"])
    for layer, rows in zip(model.layers, weights, strict=True):
        layer.weight[...] = rows
    return model


def test_one_part_after_the_other_forwards_and_then_back(swept):
    forwards = [{"phase": "forward", "layer": layer} for layer in range(3)]
    backwards = [{"phase": "inverse", "layer": layer} for layer in (2, 1, 0)]
    assert swept["phases"] == [*forwards, {"phase": "cost"}, *backwards]
    assert swept["same"]


def test_signals_and_flows_are_those_of_the_inverse_network(swept):
    """Of every neuron its sum, its output, and what comes back to both."""
    model = as_model(swept["weights"])
    sums, outputs, a = [], [], Tensor(X, requires_grad=True)
    x = a
    for layer, name in zip(model.layers, ("tanh", "sigmoid", "identity"), strict=True):
        sums.append(a @ layer.weight.T + layer.bias)
        a = ACTIVATIONS[name](sums[-1])
        outputs.append(a)
    loss = losses.mean_squared_error(a, Y)
    cost = loss + ElasticNet(**PENALTY)(model)
    flows, of_loss = InverseNetwork(cost).run(), InverseNetwork(loss).run()
    assert swept["cost"] == pytest.approx(cost.item(), rel=1e-12)
    for found, layer, z, a in zip(swept["layers"], model.layers, sums, outputs, strict=True):
        pairs = {"z": z.numpy(), "a": a.numpy(), "flowZ": flows[z], "flowA": flows[a], "weight": flows[layer.weight]}
        for name, expected in pairs.items():
            np.testing.assert_allclose(found[name], expected, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(found["ofLoss"], of_loss[layer.weight], rtol=1e-12)
        np.testing.assert_allclose(found["bias"][0], flows[layer.bias], rtol=1e-12)
    np.testing.assert_allclose(swept["layers"][0]["flowX"], flows[x], rtol=1e-12)


def test_wires_carry_what_the_lectures_network_has_on_them(swept):
    """u = w · x forwards; back the flow at the neuron's sum times the weight, and times the input to the weight."""
    model = as_model(swept["weights"])
    network = NeuronNetwork.like([(layer, layer.activation) for layer in model.layers])
    J = losses.mean_squared_error([network(X[5])], Y[5])
    J.backward()
    for layer, (one, mean), found in zip(network.layers, swept["wires"], swept["layers"], strict=True):
        for j, neuron in enumerate(layer.neurons):
            np.testing.assert_allclose(one["weight"][j], [w.grad for w in neuron.weights], rtol=1e-12)
            u = [w.data * x for w, x in zip(neuron.weights, signals(neuron, one, j), strict=True)]
            np.testing.assert_allclose(one["u"][j], u, rtol=1e-12)
        np.testing.assert_allclose(mean["weight"], found["ofLoss"], rtol=1e-12)
        np.testing.assert_allclose(np.sum(mean["flow"], axis=0), np.sum(found["flowX"], axis=0), rtol=1e-9, atol=1e-15)
        z = np.mean(np.array(found["z"]), axis=0)
        np.testing.assert_allclose(np.sum(mean["u"], axis=1), z, rtol=1e-9, atol=1e-15)  # the biases are 0


def signals(neuron, wires, j):
    """The inputs of a neuron, from the forward pass."""
    return [u / w.data for u, w in zip(wires["u"][j], neuron.weights, strict=True)]


def test_a_state_that_was_kept_is_gone_back_to(run):
    """Steps, edits and new settings leave a state and its arrays as they were."""
    kept, again, same = run(
        f"""(templates, given) => {{{BEGIN}
          for (let k = 0; k < 4; k++) network.step();
          const kept = network.state, text = JSON.stringify(kept);
          const costs = () => Array.from({{length: 9}}, () => network.step().cost);
          const first = costs();
          let [config, state] = withNeuron(templates, network.config, kept, 1);
          [config, state] = withLayer(templates, config, state, 1, 2, "relu");
          [config, state] = withoutNeuron(templates, config, state, 0, 1);
          [config, state] = withInputs(templates, config, state, [1, null]);
          [config, state] = withSettings(templates, config, state, {{optimizer: "momentum", settings: {{lr: 0.1}}}});
          state = withHeld(withNumber(state, 0, "bias", 0, 3), 0, "bias", 0, true);
          const other = new Network(templates, config, state);
          other.give(network.x, network.y);
          other.epoch();
          network.state = kept;
          return [first, costs(), JSON.stringify(kept) === text];
        }}""",
        GIVEN,
    )
    assert same
    assert kept == again


def test_numbers_that_are_held_stay_and_others_are_trained_as_in_python(run):
    found = run(
        f"""(templates, given) => {{{BEGIN}
          network.state = withHeld(withHeld(network.state, 0, "weight", 3, true), 1, "bias", 1, true);
          network.state = withHeld(network.state, 0, "weight", 0, true);
          network.state = withHeld(network.state, 0, "weight", 0, false);
          const before = network.state, rows = [];
          for (let k = 0; k < 7; k++) {{ rows.push(network.nextRows()); network.step(); }}
          const numbers = ({{layers}}) =>
            layers.map(({{weight, bias}}) => [weight, bias].map((x) => asLists(x.values)));
          return {{before: numbers(before), after: numbers(network.state), rows}};
        }}""",
        GIVEN,
    )
    model = as_model([weight for weight, _ in found["before"]])
    model.compile(loss="mse", optimizer="adam", lr=0.05)
    x, y = np.array(X), np.array(Y)
    for rows in found["rows"]:
        model.fit([(x[rows], y[rows])], progress=False)
        model.layers[0].weight[1, 1] = found["before"][0][0][1][1]
        model.layers[1].bias[1] = 0.0
    for (weight, bias), layer in zip(found["after"], model.layers, strict=True):
        np.testing.assert_allclose(weight, layer.weight.numpy(), rtol=1e-10)
        np.testing.assert_allclose(bias[0], layer.bias.numpy(), rtol=1e-10, atol=1e-15)
    assert found["after"][0][0][1][1] == found["before"][0][0][1][1]
    assert found["after"][0][0][0][0] != found["before"][0][0][0][0]


def test_divergence_is_told_and_the_last_good_weights_are_put_back(run):
    """As by `fit`; also after one has gone back to another state."""
    (told, finite, cost, before, after), (told_again, unchanged) = run(
        f"""(templates, given) => {{{BEGIN}
          const diverged = () => {{
            try {{
              for (let k = 0; k < 2000; k++) network.step();
              return false;
            }} catch (error) {{
              return error instanceof Divergence;
            }}
          }};
          const told = diverged(), {{state}} = network;
          const numbers = state.layers.flatMap(({{weight, bias}}) => [...weight.values.data, ...bias.values.data]);
          const first = [told, numbers.every(Number.isFinite), Number.isFinite(network.cost()), state.steps];
          try {{ network.step(); }} catch {{}}
          first.push(network.state.steps);
          const bad = withNumber(state, 0, "weight", 0, 1e300);
          network.state = bad;
          return [first, [diverged(), network.state.layers === bad.layers]];
        }}""",
        GIVEN | {"config": CONFIG | {"layers": [{"neurons": 1, "activation": "identity"}], "optimizer": "sgd",
                                     "settings": {"lr": 1e3}, "batch": None}},
    )  # fmt: skip
    assert told
    assert finite
    assert cost
    assert 0 < before < 2000
    assert after == before + 1
    assert told_again
    assert unchanged


def test_weights_between_neurons_that_stay_are_kept(run):
    before, less, more, layer, inputs = run(
        f"""(templates, given) => {{{BEGIN}
          network.epoch();
          const {{config, state}} = network;
          const weights = ([, {{layers}}]) =>
            layers.map(({{weight}}) => [asLists(weight.values), asLists(weight.kept.m)]);
          return [weights([config, state]), weights(withoutNeuron(templates, config, state, 0, 1)),
            weights(withNeuron(templates, config, state, 0)), weights(withoutLayer(templates, config, state, 1)),
            weights(withInputs(templates, config, state, [1, null, 0]))];
        }}""",
        GIVEN,
    )
    before, less, more, layer, inputs = ([[np.array(x) for x in pair] for pair in each] for each in
                                         (before, less, more, layer, inputs))  # fmt: skip
    for k in (0, 1):  # the weights, and what the optimiser keeps
        np.testing.assert_array_equal(less[0][k], before[0][k][[0, 2]])
        np.testing.assert_array_equal(less[1][k], before[1][k][:, [0, 2]])
        np.testing.assert_array_equal(less[2][k], before[2][k])
        np.testing.assert_array_equal(more[0][k][:3], before[0][k])
        np.testing.assert_array_equal(more[1][k][:, :3], before[1][k])
        np.testing.assert_array_equal(layer[0][k], before[0][k])
        np.testing.assert_array_equal(inputs[0][k][:, [2, 0]], before[0][k])
    assert more[0][0][3].any()
    assert not more[0][1][3].any()
    assert layer[1][0].shape == (1, 3)
    assert inputs[0][0].shape == (3, 3)


def test_what_is_held_stays_held_where_it_moves_to(run):
    """Weights of the second neuron and to it, when the first one goes and another one comes."""
    held = run(
        f"""(templates, given) => {{{BEGIN}
          let {{config, state}} = network;
          for (const [l, name, place] of [[0, "weight", 3], [0, "weight", 0], [0, "bias", 1], [1, "weight", 4]]) {{
            state = withHeld(state, l, name, place, true);
          }}
          [config, state] = withoutNeuron(templates, config, state, 0, 0);
          [config, state] = withNeuron(templates, config, state, 0);
          return state.layers.map(({{weight, bias}}) => [weight.held, bias.held]);
        }}""",
        GIVEN,
    )
    assert held == [[[1], [0]], [[3], []], [[], []]]


def test_what_nn_refuses_to_train_is_objected_to(run):
    """Every loss with every last activation and all kinds of targets: a sentence if and only if `fit` raises."""
    kinds = {"numbers": [[0.5, 2.5], [1.0, -3.0]], "signs": [[1, -1], [-1, -1]], "yes or no": [[1.0, 1.0], [0.0, 1.0]],
             "distributions": [[0.0, 1.0], [0.25, 0.75]]}  # fmt: skip
    cases = [(loss, last, kind) for loss in LOSSES for last in ("identity", "sigmoid", "softmax") for kind in kinds]
    given = [{"config": {"inputs": 1, "layers": [{"neurons": 2, "activation": last}], "loss": loss}, "y": kinds[kind]}
             for loss, last, kind in cases]  # fmt: skip
    found = run("""(templates, all) => all.map(({config, y}) => objections(templates, config, asMatrix(y)))""", given)
    for (loss, last, kind), told in zip(cases, found, strict=True):
        try:
            trainer = Trainer(MLP([1, 2], output=last, seed=0), loss=loss, optimizer="sgd")
            trainer.fit([[0.1], [0.2]], np.array(kinds[kind]), epochs=1, progress=False)
            refused = False
        except ValueError:
            refused = True
        assert bool(told) == refused, (loss, last, kind, told)


WRONG = [
    {"loss": "none"}, {"optimizer": "toString"}, {"inputs": 0}, {"batch": 1.5}, {"settings": {"lr": -1}},
    {"layers": []}, {"seed": -1}, {"layers": [{"neurons": 1, "activation": "sinus"}]}, {"penalty": {"l1": "1"}},
    {"initial": "ones"}, {"settings": {"lr": 0}}, {"settings": {"beta1": 1}}, {"settings": {"rate": 1}},
    {"penalty": {"l3": 1}},
]  # fmt: skip


def test_a_configuration_that_cannot_be_run_is_refused(run):
    source = """(templates, configs) => configs.map((config) => {
      try { new Network(templates, config); return null; } catch (error) { return error.name; }
    })"""
    found = run(source, [CONFIG | wrong for wrong in WRONG])
    assert found == ["RangeError"] * len(WRONG)
