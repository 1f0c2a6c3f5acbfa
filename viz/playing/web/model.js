// Model: a network that is put together from the parts that Python traced (viz/playing/templates.py), run forwards
// layer by layer, backwards in the inverse order, and trained.
//
// config: {inputs, layers: [{neurons, activation}, …], loss, optimizer, settings: {lr, …}, penalty: {l1, l2}, batch (null
//   is all), shuffle, seed, initial}; what may be left out is in DEFAULTS. Nothing writes into it.
// state: what training changes. Nothing writes into one, nor into its arrays: to keep it is to be able to undo. It is
//   {layers: [{weight, bias}, …], epoch, steps, order, at, words}. A parameter is {values, held, kept}: a matrix, the
//   places of what training must not change, and what the optimiser keeps. `order` are the rows of the present epoch,
//   `at` how many of them are done, `words` the generators of weights and orders.

const DEFAULTS = {
  loss: "binary_cross_entropy", optimizer: "sgd", settings: {}, penalty: {l1: 0, l2: 0}, batch: 10, shuffle: true, seed: 0,
  initial: "suited",
};

// Thrown when the cost is no finite number any more: the network then is as it was before the step that led there.
class Divergence extends Error {}

class Network {
  constructor(templates, config, state = null) {
    this.templates = templates;
    this.parts = partsOf(templates);
    this.config = {...DEFAULTS, ...config};
    checkConfig(templates, this.config);

    this.state = state ?? firstState(templates, this.config);
    this.x = this.y = null;
  }

  get state() {
    return this._state;
  }

  set state(state) {
    this._state = state;
    this._good = null; // the state before the last step, whose cost was a number
  }

  get depth() {
    return this.config.layers.length;
  }

  // All settings of the optimiser.
  get settings() {
    return {...this.templates.optimizers[this.config.optimizer].settings, ...this.config.settings};
  }

  // The samples to train on, one a row, and their targets: matrices.
  give(x, y) {
    const wanted = [this.config.inputs, this.config.layers.at(-1).neurons, x.rows];
    const given = [x.columns, y.columns, y.rows];
    if (given.some((n, i) => n !== wanted[i])) throw new RangeError(`samples of ${given}, not ${wanted}`);
    Object.assign(this, {x, y});
    if (this.state.order?.length !== x.rows) this.state = {...this.state, order: null, at: 0};
  }

  // What all neurons make of these samples: {x, layers: [{x, z, a}]}, as `sweep` finds it.
  forward(x) {
    const found = {x, layers: []};
    for (let l = 0; l < this.depth; l++) this._layerForward(found, l);
    return found;
  }

  // The outputs for these samples, as probabilities where the loss is one of probabilities.
  answers(x) {
    const outputs = this.forward(x).layers.at(-1).a;
    const {link} = this.templates.losses[this.config.loss];
    return link === null ? outputs : this.parts.activations[link].forward({z: outputs})[0].a;
  }

  // Forwards, to the cost, and back, one part after the other: each is in `found` when its name is yielded,
  // {phase: "forward", layer: 0 …}, {phase: "cost"}, {phase: "inverse", layer: … 0}.
  // found.layers[l] = {x, z, a, flowA, flowZ, flowX, weight, bias}: the inputs, sums and outputs of the layer's neurons; what
  // comes back to outputs, sums (δ) and inputs, a row a sample; the gradients of weights and biases, and `ofLoss` that of the
  // weights without the penalty. found.loss is a mean or a sum over samples as the loss has it, found.cost has the penalty.
  *sweep(found, x, y) {
    Object.assign(found, {x, y, layers: []});
    for (let layer = 0; layer < this.depth; layer++) {
      this._layerForward(found, layer);
      yield {phase: "forward", layer};
    }
    const loss = this.parts.losses[this.config.loss];
    const [{J}, run] = loss.forward({h: found.layers.at(-1).a, y});
    const penalties = found.layers.map((_, l) => this._penalties(l));
    found.loss = J.data[0];
    found.penalty = penalties.flat().reduce((sum, {value}) => sum + value, 0);
    found.cost = found.loss + found.penalty;
    yield {phase: "cost"};
    let flow = loss.inverse(run).h;
    for (let layer = this.depth - 1; layer >= 0; layer--) {
      flow = this._layerInverse(found.layers[layer], layer, flow, penalties[layer]);
      yield {phase: "inverse", layer};
    }
  }

  // The whole of it at once.
  pass(x, y) {
    const found = {};
    const sweep = this.sweep(found, x, y);
    while (!sweep.next().done);
    return found;
  }

  // What the wires of a layer carry, matrices (neurons, inputs): u = w · x forwards; and, after a pass, `flow`, what comes
  // back along each to its input, and `weight`, what comes to its weight. Of one sample of the pass, or, without one, the
  // mean of all samples forwards and their sum backwards.
  wires(found, l, sample = null) {
    const {x, flowZ, ofLoss} = found.layers[l];
    const row = (of, divisor) => (sample === null ? total(of, divisor) : rowsOf(of, [sample]));
    const [{u}, run] = this.parts.wires.forward({x: row(x, x.rows), weight: this.state.layers[l].weight.values});
    if (flowZ === undefined) return {u};
    const {x: flow, weight} = this.parts.wires.inverse(run, {g: row(flowZ, 1)});
    return {u, flow, weight: sample === null ? ofLoss : weight};
  }

  // The rows of the next batch. An epoch ends when all rows were in one.
  nextRows() {
    const {at} = this.state;
    const order = this.state.order ?? this._newOrder();
    return order.slice(at, at + (this.config.batch ?? order.length));
  }

  // One step of the optimiser, on the next batch; returns what `pass` found before it.
  step() {
    const rows = this.nextRows();
    return this.change(this.pass(rowsOf(this.x, rows), rowsOf(this.y, rows)), rows.length);
  }

  // Steps until the epoch ends; returns the cost as `fit` records it, of all batches with the weights as they then were.
  epoch() {
    const {epoch} = this.state;
    const adds = this.templates.losses[this.config.loss].reduction === "sum";
    let sum = 0, count = 0;
    while (this.state.epoch === epoch) {
      const found = this.step();
      sum += found.cost * (adds ? 1 : found.x.rows);
      count += found.x.rows;
    }
    return adds ? sum : sum / count;
  }

  // Change the parameters by the gradients of a pass, which was of the next batch, of so many rows.
  change(found, count) {
    if (!Number.isFinite(found.cost)) this._diverged();
    const layers = this.state.layers.map((layer, l) => ({
      weight: this._changed(layer.weight, found.layers[l].weight),
      bias: this._changed(layer.bias, found.layers[l].bias),
    }));
    const good = this.state;
    const {at, order, steps, epoch} = good;
    const done = at + count >= order.length;
    const next = done ? {order: null, at: 0, epoch: epoch + 1} : {at: at + count};
    this.state = {...good, layers, steps: steps + 1, ...next};
    this._good = good;
    return found;
  }

  // The cost of all samples, or of others.
  cost(x = this.x, y = this.y) {
    const [{J}] = this.parts.losses[this.config.loss].forward({h: this.forward(x).layers.at(-1).a, y});
    return J.data[0] + this.state.layers.flatMap((_, l) => this._penalties(l)).reduce((sum, {value}) => sum + value, 0);
  }

  _diverged() {
    const {steps} = this.state;
    this.state = this._good ?? this.state;
    throw new Divergence(`after ${steps} steps the cost is no finite number`);
  }

  _newOrder() {
    const chance = new Chance(this.state.words.order);
    const order = this.config.shuffle ? chance.permutation(this.x.rows) : Array.from({length: this.x.rows}, (_, i) => i);
    const good = this._good;
    this.state = {...this.state, order, at: 0, words: {...this.state.words, order: chance.words}};
    this._good = good;
    return order;
  }

  _layerForward(found, l) {
    const {weight, bias} = this.state.layers[l];
    const x = l === 0 ? found.x : found.layers[l - 1].a;
    const [{z}, sums] = this.parts.layer.forward({x, weight: weight.values, bias: bias.values});
    const [{a}, outputs] = this._activation(l).forward({z});
    found.layers.push({x, z, a, runs: {sums, outputs}});
  }

  _layerInverse(layer, l, flowA, penalties) {
    const flowZ = this._activation(l).inverse(layer.runs.outputs, {g: flowA}).z;
    const flows = this.parts.layer.inverse(layer.runs.sums, {g: flowZ});
    const weight = penalties.reduce((g, {part, run}) => part.inverse(run, {g}).weight, flows.weight);
    Object.assign(layer, {flowA, flowZ, flowX: flows.x, ofLoss: flows.weight, weight, bias: flows.bias});
    return flows.x;
  }

  _activation(l) {
    return this.parts.activations[this.config.layers[l].activation];
  }

  // The penalties of a layer's weights: the number that each adds to the cost, and how to come back.
  _penalties(l) {
    const weight = this.state.layers[l].weight.values;
    const strengths = Object.entries(this.config.penalty).filter(([, strength]) => strength !== 0);
    return strengths.map(([name, strength]) => {
      const part = this.parts.penalties[name];
      const [{penalty}, run] = part.forward({weight, strength});
      return {part, run, value: penalty.data[0]};
    });
  }

  _changed({values, held, kept}, gradient) {
    const given = {w: values, g: gradient, ...kept, ...this.settings};
    const [{w, ...rest}] = this.parts.optimizers[this.config.optimizer].forward(given);
    for (const place of held) w.data[place] = values.data[place]; // w is new, and nobody's yet
    return {values: w, held, kept: rest};
  }
}

// The programs of all parts, with their instructions made functions.
function partsOf({layer, wires, activations, losses, penalties, optimizers}) {
  const each = (parts, program) => Object.fromEntries(Object.entries(parts).map(([name, x]) => [name, new Part(program(x))]));
  return {
    layer: new Part(layer),
    wires: new Part(wires),
    activations: each(activations, ({program}) => program),
    losses: each(losses, ({program}) => program),
    penalties: each(penalties, (program) => program),
    optimizers: each(optimizers, ({program}) => program),
  };
}

// Refuse what could not be run; what would be run but should not be is found by `warnings`.
function checkConfig({activations, losses, optimizers, penalties, initial}, config) {
  const known = (names, name) => {
    if (!Object.hasOwn(names, name)) throw new RangeError(`${name} is unknown`);
  };
  known(losses, config.loss);
  known(optimizers, config.optimizer);
  known({suited: null, ...initial}, config.initial);
  for (const {activation} of config.layers) known(activations, activation);
  for (const name of Object.keys(config.settings)) known(optimizers[config.optimizer].settings, name);
  for (const name of Object.keys(config.penalty)) known(penalties, name);
  const counts = [config.inputs, ...config.layers.map(({neurons}) => neurons), config.batch ?? 1, config.layers.length];
  for (const n of counts) if (!(Number.isInteger(n) && n > 0)) throw new RangeError(`${n} is no number of things`);
  const numbers = [...Object.values(config.settings), ...Object.values(config.penalty)];
  for (const x of numbers) if (!(Number.isFinite(x) && x >= 0)) throw new RangeError(`${x} is no setting`);
}

// Why nn would refuse to train this: keys of sentences. `y` are targets, and may be missing.
function objections({losses}, config, y = null) {
  const {takes, targets} = losses[config.loss];
  const last = config.layers.at(-1).activation;
  const found = [];
  if (takes === "logits" && ["sigmoid", "softmax"].includes(last)) found.push("probabilities for logits");
  if (takes === "probabilities" && !["sigmoid", "softmax"].includes(last)) found.push("no probabilities");
  if (takes === "distributions" && last !== "softmax") found.push("no distributions");
  const rows = y === null ? [] : Array.from({length: y.rows}, (_, i) => rowsOf(y, [i]).data);
  const right = {
    numbers: () => true,
    signs: (row) => row.every((t) => Math.abs(t) === 1),
    probabilities: (row) => row.every((t) => t >= 0 && t <= 1),
    distributions: (row) => row.every((t) => t >= 0) && Math.abs(row.reduce((sum, t) => sum + t, 0) - 1) <= 1e-3,
  };
  if (!rows.every(right[targets])) found.push(`targets are no ${targets}`);
  return found;
}

// The state that training begins with.
function firstState(templates, config) {
  const chance = Chance.of(config.seed, "weights");
  const layers = config.layers.map(({neurons, activation}, l) => {
    const inputs = l === 0 ? config.inputs : config.layers[l - 1].neurons;
    const drawn = chance.weights(initialOf(templates, config, activation), neurons, inputs);
    const weight = matrix(neurons, inputs, drawn);
    return {weight: parameter(templates, config, weight), bias: parameter(templates, config, matrix(1, neurons))};
  });
  const words = {weights: chance.words, order: Chance.of(config.seed, "order").words};
  return {layers, epoch: 0, steps: 0, order: null, at: 0, words};
}

// How first weights are drawn; "suited" as nn does it for the activation.
function initialOf(templates, config, activation) {
  return templates.initial[config.initial === "suited" ? templates.activations[activation].init : config.initial];
}

// A parameter with nothing held, of which the optimiser keeps what it starts from.
function parameter(templates, config, values) {
  return {values, held: [], kept: firstKept(templates, config, values)};
}

function firstKept(templates, {optimizer}, {rows, columns}) {
  const {state, counts} = templates.optimizers[optimizer];
  const start = ([name, x]) => [name, counts.includes(name) ? x : broadcast(x, rows, columns)];
  return Object.fromEntries(Object.entries(state).map(start));
}

function rowsOf(x, rows) {
  const made = matrix(rows.length, x.columns);
  rows.forEach((row, i) => made.data.set(x.data.subarray(row * x.columns, (row + 1) * x.columns), i * x.columns));
  return made;
}

// The columns added up, and divided.
function total(x, divisor = 1) {
  return ofOne((sum) => sum / divisor, reduced(PRIMITIVES.add, x, 0));
}
