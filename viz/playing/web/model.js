// Model: a network that is put together from the parts that Python traced
// (viz/playing/templates.py), run forwards layer by layer, backwards in the inverse order, trained.
//
// config: {inputs, layers: [{neurons, activation}, …], loss, optimizer, settings: {lr, …},
//   penalty: {l1, l2}, batch (null is all), shuffle, seed, initial}; what may be left out is in
//   DEFAULTS. Nothing writes into it.
// state: what training changes. Nothing writes into one, nor into its arrays: to keep it is to be
//   able to undo. It is {layers: [{weight, bias}, …], epoch, steps, order, at, words}.
//   A parameter is {values, held, kept}: a matrix, the places of what training must not change, and
//   what the optimiser keeps. `order` are the rows of the present epoch, `at` how many of them are
//   done, `words` the generators of weights and orders.

// Thrown when the cost is no finite number any more: the network then is as it was before the step
// that led there.
class Divergence extends Error {}

class Network {
  constructor(templates, config, state = null) {
    this.templates = templates;
    this.parts = partsOf(templates);
    this.config = { ...DEFAULTS, ...config };
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
    return {
      ...this.templates.optimizers[this.config.optimizer].settings,
      ...this.config.settings,
    };
  }

  // The samples to train on, one a row, and their targets: matrices.
  give(x, y) {
    const wanted = [this.config.inputs, this.config.layers.at(-1).neurons, x.rows];
    const given = [x.columns, y.columns, y.rows];
    if (given.some((n, i) => n !== wanted[i]))
      throw new RangeError(`samples of ${given}, not ${wanted}`);
    Object.assign(this, { x, y });
    if (this.state.order?.length !== x.rows) this._state = { ...this.state, order: null, at: 0 };
  }

  // What all neurons make of these samples: {x, layers: [{x, z, a}]}, as `sweep` finds it.
  forward(x) {
    const found = { x, layers: [] };
    for (let l = 0; l < this.depth; l++) this._layerForward(found, l);
    return found;
  }

  // The outputs for these samples, as probabilities where the loss is one of probabilities; `found`
  // is what `forward` found.
  answers(x, found = this.forward(x)) {
    const outputs = found.layers.at(-1).a;
    const { link } = this.templates.losses[this.config.loss];
    return link === null ? outputs : this.parts.activations[link].forward({ z: outputs })[0].a;
  }

  // Forwards, to the cost, and back, one part after the other: each is in `found` when its name is
  // yielded, {phase: "forward", layer: 0 …}, {phase: "cost"}, {phase: "inverse", layer: … 0}.
  // found.layers[l] = {x, z, a, flowA, flowZ, flowX, weight, bias}: the inputs, sums and outputs of
  // the layer's neurons; what comes back to outputs, sums (δ) and inputs, a row a sample; the
  // gradients of weights and biases, and `ofLoss` that of the weights without the penalty.
  // found.loss is a mean or a sum over samples as the loss has it, found.cost has the penalty.
  *sweep(found, x, y) {
    Object.assign(found, { x, y, layers: [] });
    for (let layer = 0; layer < this.depth; layer++) {
      this._layerForward(found, layer);
      yield { phase: "forward", layer };
    }
    const loss = this.parts.losses[this.config.loss];
    const [{ J }, run] = loss.forward({ h: found.layers.at(-1).a, y });
    const penalties = found.layers.map((_, l) => this._penalties(l));
    found.loss = J.data[0];
    found.penalty = penalties.flat().reduce((sum, { value }) => sum + value, 0);
    found.cost = found.loss + found.penalty;
    yield { phase: "cost" };
    let flow = loss.inverse(run).h;
    for (let layer = this.depth - 1; layer >= 0; layer--) {
      flow = this._layerInverse(found.layers[layer], layer, flow, penalties[layer]);
      yield { phase: "inverse", layer };
    }
  }

  // The whole of it at once.
  pass(x, y) {
    const found = {};
    const sweep = this.sweep(found, x, y);
    while (!sweep.next().done);
    return found;
  }

  // What the wires of a layer carry, matrices (neurons, inputs): u = w · x forwards; and, after a
  // pass, `flow`, what comes back along each to its input, and `weight`, what comes to its weight.
  // Of one sample of the pass, or, without one, the mean of all samples forwards and their sum
  // backwards.
  wires(found, l, sample = null) {
    const { x, flowZ, ofLoss } = found.layers[l];
    const row = (of, divisor) => (sample === null ? total(of, divisor) : rowsOf(of, [sample]));
    const [{ u }, run] = this.parts.wires.forward({
      x: row(x, x.rows),
      weight: this.state.layers[l].weight.values,
    });
    if (flowZ === undefined) return { u };
    const { x: flow, weight } = this.parts.wires.inverse(run, { g: row(flowZ, 1) });
    return { u, flow, weight: sample === null ? ofLoss : weight };
  }

  // The rows of the next batch. An epoch ends when all rows were in one.
  nextRows() {
    const { at } = this.state;
    const order = this.state.order ?? this._newOrder();
    return order.slice(at, at + (this.config.batch ?? order.length));
  }

  // One step of the optimiser, on the next batch; returns what `pass` found before it.
  step() {
    const rows = this.nextRows();
    return this.change(this.pass(rowsOf(this.x, rows), rowsOf(this.y, rows)));
  }

  // Steps until the epoch ends; returns the cost as `fit` records it, of all batches with the
  // weights as they then were.
  epoch() {
    const { epoch } = this.state;
    const adds = this.templates.losses[this.config.loss].reduction === "sum";
    let sum = 0,
      count = 0;
    while (this.state.epoch === epoch) {
      const found = this.step();
      sum += found.cost * (adds ? 1 : found.x.rows);
      count += found.x.rows;
    }
    return adds ? sum : sum / count;
  }

  // Change the parameters by the gradients of a pass, which was of the rows of the next batch.
  change(found) {
    if (!Number.isFinite(found.cost)) this._diverged();
    const layers = this.state.layers.map((layer, l) => ({
      weight: this._changed(layer.weight, found.layers[l].weight),
      bias: this._changed(layer.bias, found.layers[l].bias),
    }));
    const { order, steps, epoch } = this.state;
    const at = this.state.at + found.x.rows;
    const next = at < order.length ? { at } : { order: null, at: 0, epoch: epoch + 1 };
    this._good = this._state;
    this._state = { ...this._state, layers, steps: steps + 1, ...next };
    return found;
  }

  // The cost of all samples, or of others.
  cost(x = this.x, y = this.y) {
    const loss = this.parts.losses[this.config.loss];
    const [{ J }] = loss.forward({ h: this.forward(x).layers.at(-1).a, y });
    const penalties = this.state.layers.flatMap((_, l) => this._penalties(l));
    return penalties.reduce((sum, { value }) => sum + value, J.data[0]);
  }

  _diverged() {
    const { steps } = this.state;
    this.state = this._good ?? this.state;
    throw new Divergence(`after ${steps} steps the cost is no finite number`);
  }

  _newOrder() {
    const { words } = this.state;
    const chance = new Chance(words.order);
    const order = this.config.shuffle ? chance.permutation(this.x.rows) : numbered(this.x.rows);
    this._state = { ...this._state, order, at: 0, words: { ...words, order: chance.words } };
    return order;
  }

  _layerForward(found, l) {
    const { weight, bias } = this.state.layers[l];
    const x = l === 0 ? found.x : found.layers[l - 1].a;
    const [{ z }, sums] = this.parts.layer.forward({ x, weight: weight.values, bias: bias.values });
    const [{ a }, outputs] = this._activation(l).forward({ z });
    found.layers.push({ x, z, a, runs: { sums, outputs } });
  }

  _layerInverse(layer, l, flowA, penalties) {
    const flowZ = this._activation(l).inverse(layer.runs.outputs, { g: flowA }).z;
    const flows = this.parts.layer.inverse(layer.runs.sums, { g: flowZ });
    const weight = penalties.reduce(
      (g, { part, run }) => part.inverse(run, { g }).weight,
      flows.weight,
    );
    Object.assign(layer, {
      flowA,
      flowZ,
      flowX: flows.x,
      ofLoss: flows.weight,
      weight,
      bias: flows.bias,
    });
    return flows.x;
  }

  _activation(l) {
    return this.parts.activations[this.config.layers[l].activation];
  }

  // The penalties of a layer's weights: the number that each adds to the cost, and how to come
  // back.
  _penalties(l) {
    const weight = this.state.layers[l].weight.values;
    const strengths = Object.entries(this.config.penalty).filter(([, strength]) => strength !== 0);
    return strengths.map(([name, strength]) => {
      const part = this.parts.penalties[name];
      const [{ penalty }, run] = part.forward({ weight, strength });
      return { part, run, value: penalty.data[0] };
    });
  }

  _changed({ values, held, kept }, gradient) {
    const given = { w: values, g: gradient, ...kept, ...this.settings };
    const [{ w, ...rest }] = this.parts.optimizers[this.config.optimizer].forward(given);
    for (const place of held) w.data[place] = values.data[place]; // w is new, and nobody's yet
    return { values: w, held, kept: rest };
  }
}

// The programs of all parts, with their instructions made functions.
function partsOf({ layer, wires, activations, losses, penalties, optimizers }) {
  const each = (parts, program) =>
    Object.fromEntries(Object.entries(parts).map(([name, x]) => [name, new Part(program(x))]));
  return {
    layer: new Part(layer),
    wires: new Part(wires),
    activations: each(activations, ({ program }) => program),
    losses: each(losses, ({ program }) => program),
    penalties: each(penalties, (program) => program),
    optimizers: each(optimizers, ({ program }) => program),
  };
}

function rowsOf(x, rows) {
  const made = matrix(rows.length, x.columns);
  rows.forEach((row, i) =>
    made.data.set(x.data.subarray(row * x.columns, (row + 1) * x.columns), i * x.columns),
  );
  return made;
}

// The columns added up, and divided.
function total(x, divisor = 1) {
  return ofOne((sum) => sum / divisor, reduced(PRIMITIVES.add, x, 0));
}
