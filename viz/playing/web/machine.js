// What is played with: the settings, the samples that they mean, the network (model.js), and what
// it computes for the sample that is looked at. Others read `setup`, `samples` and `net`.

let setup; // checked settings
let samples; // {inputs, outputs, classes (names), names (of inputs), rows, n, train, test, isTest}
let net;
let curve = []; // [epoch, cost, cost of the test samples]
let looked = null; // what `inspected` found

// The samples of the settings: generated, given by Python, or one's own.
function readSamples() {
  const table = setup.kind === "own" ? setup.own : setup.kind === "given" ? data.given : generated();
  const { inputs, classes, rows, names } = table;
  const outputs = classes.length > 2 ? classes.length : 1;
  const isTest = (k) => (((k + 1) * 0.6180339887498949) % 1) < setup.test;
  samples = { inputs, outputs, classes, rows, n: rows.length, names: names ?? [], isTest };
  setup.sample = Math.max(0, Math.min(setup.sample, rows.length - 1));
  readRange();
}

function generated() {
  const { kind, count, noise, dataSeed } = setup;
  const { x, y, classes } = dataset(kind, { samples: count, noise, seed: dataSeed });
  const row = (k) => [...x.data.subarray(k * x.columns, (k + 1) * x.columns), y.data[k]];
  return { inputs: x.columns, classes: range(classes).map(String), rows: range(x.rows).map(row) };
}

// Those of training and of testing, as the network takes them: matrices of inputs and targets.
function divide() {
  const numbers = range(samples.n);
  const [train, test] = [numbers.filter((k) => !samples.isTest(k)), numbers.filter(samples.isTest)];
  samples.train = part(train.length ? train : numbers);
  samples.test = test.length ? part(test) : null;
}

// Some samples: of two classes there is one output, of more one for each.
function part(numbers) {
  const { inputs, outputs, rows } = samples;
  const isSigned = data.templates.losses[setup.loss].targets === "signs";
  const target = (row, j) => (outputs === 1 ? row[inputs] : +(row[inputs] === j));
  const x = numbers.flatMap((k) => rows[k].slice(0, inputs));
  const y = numbers.flatMap((k) => range(outputs).map((j) => target(rows[k], j)));
  const signed = isSigned ? y.map((t) => 2 * t - 1) : y;
  return {
    x: matrix(numbers.length, inputs, Float64Array.from(x)),
    y: matrix(numbers.length, outputs, Float64Array.from(signed)),
  };
}

// The limits of the plane: those of the data and a little more, as `data.range` for the panels.
function readRange() {
  const span = (i) => {
    const column = samples.rows.map((row) => row[i]);
    const [low, high] = [Math.min(...column), Math.max(...column)];
    const room = 0.12 * (high - low) || 1;
    return [low - room, high + room];
  };
  data.range = samples.rows.length ? [...span(0), ...span(1)] : [-1, 1, -1, 1];
}

const isRegression = () => !samples.classes.length;
const taskOf = () => (isRegression() ? "regression" : samples.outputs > 1 ? "classes" : "binary");

// Settings that fit the data: as many outputs as there are to be, a loss for them, and what the loss
// takes as outputs.
function fitToData() {
  const last = setup.layers.at(-1);
  last.neurons = samples.outputs;
  const losses = data.choices.losses[taskOf()];
  if (!losses.includes(setup.loss)) setup.loss = losses[0];
  const fitting = outputsFor(setup.loss);
  if (!fitting.includes(last.activation)) last.activation = fitting[0];
}

// The activations of the output layer that a loss goes with.
function outputsFor(loss) {
  const fits = (activation) =>
    !objections(data.templates, { loss, layers: [{ neurons: samples.outputs, activation }] }).length;
  return data.choices.outputs.filter(fits);
}

const configOf = ({ layers, loss, optimizer, rate, batch, penalty, strength, init, seed }) => ({
  inputs: samples.inputs,
  layers: layers.map((layer) => ({ ...layer })),
  loss,
  optimizer,
  settings: { lr: rate },
  penalty: { l1: 0, l2: 0, ...(penalty === "none" ? {} : { [penalty]: strength }) },
  batch,
  seed,
  initial: init,
});

// A new network of the settings; of a state, or with initial values.
function rebuild(state = null) {
  readSamples();
  fitToData();
  divide();
  net = new Network(data.templates, configOf(setup), state);
  net.give(samples.train.x, samples.train.y);
  beginCurve();
}

function beginCurve() {
  curve = [];
  looked = null;
  noteLoss();
}

function noteLoss() {
  const test = samples.test ? net.cost(samples.test.x, samples.test.y) : NaN;
  curve.push([net.state.epoch, samples.n ? net.cost() : NaN, test]);
}

// All numbers of both networks for the sample that is looked at.
function inspected() {
  if (looked) return looked;
  const { x, y } = samples.n ? part([setup.sample]) : empty();
  looked = net.pass(x, y);
  looked.slopes = looked.layers.map(slopesOf);
  return looked;
}

const empty = () => ({ x: matrix(1, samples.inputs), y: matrix(1, samples.outputs) });

// ψ′ of a layer: what comes back when 1 is fed in; none where its neurons depend on each other.
function slopesOf(layer, l) {
  const { activation, neurons } = net.config.layers[l];
  if (data.templates.activations[activation].joins) return null;
  const ones = matrix(1, neurons, new Float64Array(neurons).fill(1));
  return net.parts.activations[activation].inverse(layer.runs.outputs, { g: ones }).z.data;
}

// What undo and redo keep: states of networks are never written into.
const present = () => ({ setup: structuredClone(setup), state: net.state, curve: [...curve] });

function goTo(moment) {
  setup = structuredClone(moment.setup);
  rebuild(moment.state);
  net.state = moment.state;
  curve = [...moment.curve];
}

// The same as JSON can hold it, for links and saved pages.
const snapshot = () => ({ setup, state: packed(net.state), curve });

// Go to a snapshot that came from outside; a wrong one changes nothing.
function restore(given) {
  const before = [setup, samples, net, curve, looked, data.range];
  try {
    if (typeof given !== "object" || given === null) refuse("bad link");
    setup = checkedSetup(given.setup);
    if (setup.kind === "own" && !setup.own) refuse("bad link");
    rebuild();
    if (given.state) net.state = checkedState(given.state);
    if (Array.isArray(given.curve) && given.curve.length) curve = given.curve.map(checkedLoss);
    looked = null;
  } catch (error) {
    [setup, samples, net, curve, looked, data.range] = before;
    throw error;
  }
}

function checkedLoss(given) {
  if (!Array.isArray(given) || given.length !== 3 || !Number.isInteger(given[0])) refuse("bad link");
  return given.map((x) => (typeof x === "number" ? x : NaN)); // JSON has null for nan
}

// The state in a link, which saving.js compares with what the settings ask for.
function checkedState(given) {
  try {
    const state = unpacked(data.templates, net.config, given);
    if (state.order === null || state.order.length === samples.train.x.rows) return state;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  }
  return refuse("bad link");
}

// The numbers of a model of Python's: weights and biases, layer by layer.
function loadNumbers({ weights, biases }) {
  const layers = net.state.layers.map(({ weight, bias }, l) => ({
    weight: { ...weight, values: { ...weight.values, data: Float64Array.from(weights[l], Number) } },
    bias: { ...bias, values: { ...bias.values, data: Float64Array.from(biases[l], Number) } },
  }));
  net.state = { ...net.state, layers };
  beginCurve();
}
