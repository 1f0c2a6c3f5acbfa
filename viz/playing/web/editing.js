// Editing: other networks made from one. Each function returns a new [config, state]; what it was
// given stays as it was.
// A weight is kept if it joins the same two neurons as before; all others are drawn as the first
// ones were.

function withNeuron(templates, config, state, layer) {
  return rebuilt(templates, config, state, (plan) => plan[layer].neurons.push(null));
}

function withoutNeuron(templates, config, state, layer, neuron) {
  return rebuilt(templates, config, state, (plan) => plan[layer].neurons.splice(neuron, 1));
}

// With a new layer before this one.
function withLayer(templates, config, state, layer, neurons, activation) {
  const made = { activation, layer: null, neurons: new Array(neurons).fill(null) };
  return rebuilt(templates, config, state, (plan) => plan.splice(layer, 0, made));
}

function withoutLayer(templates, config, state, layer) {
  return rebuilt(templates, config, state, (plan) => plan.splice(layer, 1));
}

// With these inputs: the places of those that it had, and null for each new one.
function withInputs(templates, config, state, inputs) {
  return rebuilt(templates, config, state, () => {}, inputs);
}

// With other settings than those of layers and inputs; another optimiser begins from nothing.
function withSettings(templates, config, state, settings) {
  const changed = { ...config, ...settings };
  if (changed.optimizer === config.optimizer) return [changed, state];
  const anew = (x) => ({ ...x, kept: firstKept(templates, changed, x.values) });
  const layers = state.layers.map(({ weight, bias }) => ({
    weight: anew(weight),
    bias: anew(bias),
  }));
  return [changed, { ...state, layers }];
}

function withActivation(config, layer, activation) {
  return {
    ...config,
    layers: config.layers.map((x, l) => (l === layer ? { ...x, activation } : x)),
  };
}

// With one number set; `name` is "weight" or "bias", `place` that of its entry.
function withNumber(state, layer, name, place, number) {
  return withParameter(state, layer, name, (x) => {
    const data = x.values.data.with(place, number);
    return { ...x, values: { ...x.values, data } };
  });
}

// With all numbers, and what is held of them, of a model of Python's (viz/playing/models.py).
function withNumbers(state, layers) {
  const taken = (x, numbers, held) => {
    const data = Float64Array.from(numbers, Number); // infinities are texts
    if (data.length !== x.values.data.length)
      throw new RangeError(`there are ${data.length} numbers`);
    return { ...x, values: { ...x.values, data }, held };
  };
  const made = state.layers.map(({ weight, bias }, l) => ({
    weight: taken(weight, layers[l].weight, layers[l].held.weight),
    bias: taken(bias, layers[l].bias, layers[l].held.bias),
  }));
  return { ...state, layers: made };
}

// With one number held, which training does not change then, or free again.
function withHeld(state, layer, name, place, held) {
  return withParameter(state, layer, name, (x) => {
    const others = x.held.filter((other) => other !== place);
    return { ...x, held: held ? [...others, place] : others };
  });
}

function withParameter(state, layer, name, change) {
  const layers = state.layers.map((x, l) => (l === layer ? { ...x, [name]: change(x[name]) } : x));
  return { ...state, layers };
}

// The network with another plan of its layers: of each its activation, which layer it was, and of
// each of its neurons which one it was there; null for what is new.
function rebuilt(templates, config, state, change, inputs = numbered(config.inputs)) {
  const plan = config.layers.map(({ neurons, activation }, layer) => ({
    activation,
    layer,
    neurons: numbered(neurons),
  }));
  change(plan);
  if (!plan.length || !inputs.length || plan.some(({ neurons }) => !neurons.length))
    throw new RangeError("nothing is left");
  const layers = plan.map(({ activation, neurons }) => ({ neurons: neurons.length, activation }));
  const made = { ...config, inputs: inputs.length, layers };
  const chance = new Chance(state.words.weights);
  const parameters = plan.map((each, l) => {
    const before = l === 0 ? { layer: -1, neurons: inputs } : plan[l - 1];
    const joined = each.layer !== null && before.layer === each.layer - 1;
    const columns = before.neurons.map((i) => (joined ? i : null));
    const drawn = chance.weights(
      initialOf(templates, made, each.activation),
      each.neurons.length,
      columns.length,
    );
    const old = each.layer === null ? null : state.layers[each.layer];
    return {
      weight: moved(
        templates,
        made,
        old?.weight,
        matrix(each.neurons.length, columns.length, drawn),
        each.neurons,
        columns,
      ),
      bias: moved(templates, made, old?.bias, matrix(1, each.neurons.length), [0], each.neurons),
    };
  });
  return [made, { ...state, layers: parameters, words: { ...state.words, weights: chance.words } }];
}

// A parameter with the numbers of an old one in some rows and columns; null is none of its own.
function moved(templates, config, old, fresh, rows, columns) {
  const made = parameter(templates, config, fresh);
  if (old === undefined) return made;
  const places = []; // pairs of new and old
  rows.forEach((i, row) =>
    columns.forEach((j, column) => {
      if (i !== null && j !== null)
        places.push([row * columns.length + column, i * old.values.columns + j]);
    }),
  );
  const filled = (now, before) => {
    if (typeof now === "number") return before;
    const data = Float64Array.from(now.data);
    for (const [place, from] of places) data[place] = before.data[from];
    return { ...now, data };
  };
  const kept = Object.fromEntries(
    Object.entries(made.kept).map(([name, x]) => [name, filled(x, old.kept[name])]),
  );
  const held = places.filter(([, from]) => old.held.includes(from)).map(([place]) => place);
  return { values: filled(made.values, old.values), held, kept };
}
