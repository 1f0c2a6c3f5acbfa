// Configurations: what may be in one (see model.js), what nn would object to in it, and the state
// that training begins with.

const DEFAULTS = {
  loss: "binary_cross_entropy",
  optimizer: "sgd",
  settings: {},
  penalty: { l1: 0, l2: 0 },
  batch: 10,
  shuffle: true,
  seed: 0,
  initial: "suited",
};

// Refuse what could not be run; what would run, but not well, `objections` finds.
function checkConfig({ activations, losses, optimizers, penalties, initial }, config) {
  const known = (names, name) => {
    if (!Object.hasOwn(names, name)) throw new RangeError(`${name} is unknown`);
  };
  known(losses, config.loss);
  known(optimizers, config.optimizer);
  known({ suited: null, ...initial }, config.initial);
  for (const { activation } of config.layers) known(activations, activation);
  const { inputs, layers, batch, settings, penalty } = config;
  for (const n of [inputs, layers.length, batch ?? 1, ...layers.map(({ neurons }) => neurons)]) {
    if (!(Number.isInteger(n) && n > 0)) throw new RangeError(`${n} is no number of things`);
  }
  for (const [name, x] of Object.entries(penalty)) {
    known(penalties, name);
    if (!(Number.isFinite(x) && x >= 0)) throw new RangeError(`${name} cannot be ${x}`);
  }
  const { takes } = optimizers[config.optimizer];
  for (const [name, x] of Object.entries(settings)) {
    known(takes, name);
    const [zero, one] = takes[name];
    const fits = Number.isFinite(x) && (zero ? x >= 0 : x > 0) && (one || x < 1);
    if (!fits) throw new RangeError(`${name} cannot be ${x}`);
  }
}

// Why nn would refuse to train this: keys of sentences. `y` are targets, and may be missing.
function objections({ losses }, config, y = null) {
  const { takes, targets } = losses[config.loss];
  const last = config.layers.at(-1).activation;
  const found = [];
  if (takes === "logits" && ["sigmoid", "softmax"].includes(last))
    found.push("probabilities for logits");
  if (takes === "probabilities" && !["sigmoid", "softmax"].includes(last))
    found.push("no probabilities");
  if (takes === "distributions" && last !== "softmax") found.push("no distributions");
  const rows = numbered(y?.rows ?? 0).map((i) => rowsOf(y, [i]).data);
  const right = {
    numbers: () => true,
    signs: (row) => row.every((t) => Math.abs(t) === 1),
    probabilities: (row) => row.every((t) => t >= 0 && t <= 1),
    distributions: (row) =>
      row.every((t) => t >= 0) && Math.abs(row.reduce((sum, t) => sum + t, 0) - 1) <= 1e-3,
  };
  if (!rows.every(right[targets])) found.push(`targets are no ${targets}`);
  return found;
}

// The state that training begins with.
function firstState(templates, config) {
  const chance = Chance.of(config.seed, "weights");
  const layers = config.layers.map(({ neurons, activation }, l) => {
    const inputs = l === 0 ? config.inputs : config.layers[l - 1].neurons;
    const drawn = chance.weights(initialOf(templates, config, activation), neurons, inputs);
    const weight = matrix(neurons, inputs, drawn);
    return {
      weight: parameter(templates, config, weight),
      bias: parameter(templates, config, matrix(1, neurons)),
    };
  });
  const words = { weights: chance.words, order: Chance.of(config.seed, "order").words };
  return { layers, epoch: 0, steps: 0, order: null, at: 0, words };
}

// How first weights are drawn; "suited" as nn does it for the activation.
function initialOf(templates, config, activation) {
  return templates.initial[
    config.initial === "suited" ? templates.activations[activation].init : config.initial
  ];
}

// A parameter with nothing held, of which the optimiser keeps what it starts from.
function parameter(templates, config, values) {
  return { values, held: [], kept: firstKept(templates, config, values) };
}

function firstKept(templates, { optimizer }, { rows, columns }) {
  const { state, counts } = templates.optimizers[optimizer];
  const start = ([name, x]) => [name, counts.includes(name) ? x : broadcast(x, rows, columns)];
  return Object.fromEntries(Object.entries(state).map(start));
}
