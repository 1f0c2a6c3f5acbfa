// What is played with: the settings, the samples that they mean, the network (model.js), and what
// it computes for the sample that is looked at. Others read `setup`, `samples` and `net`.

let setup; // checked settings
let samples; // {inputs, outputs, classes (names), names (of inputs), rows, n, train, test, isTest}
let net;
let curve = []; // [epoch, cost, cost of the test samples]
let looked = null; // what `inspected` found

// The samples of the settings: generated, given by Python, or one's own.
function readSamples() {
  const table =
    setup.kind === "own" ? setup.own : setup.kind === "given" ? data.given : generated();
  const { inputs, classes, rows, names } = table;
  const outputs = classes.length > 2 ? classes.length : 1;
  const isTest = (k) => ((k + 1) * 0.6180339887498949) % 1 < setup.test;
  samples = { inputs, outputs, classes, rows, n: rows.length, names: names ?? [], isTest };
  setup.sample = Math.max(0, Math.min(setup.sample, rows.length - 1));
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
  const target = (row, j) => (outputs === 1 ? row[inputs] : +(row[inputs] === j));
  const x = numbers.flatMap((k) => rows[k].slice(0, inputs));
  const y = numbers.flatMap((k) => range(outputs).map((j) => target(rows[k], j)));
  const signed = isSigned() ? y.map((t) => 2 * t - 1) : y;
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
  const [left, right, bottom, top] = data.range;
  const isInside = ([x, y]) => x >= left && x <= right && y >= bottom && y <= top;
  if (drawing && samples.rows.every(isInside)) return; // where points are put nothing moves
  const isLine = samples.inputs === 1 && !isRegression(); // with the answers from 0 to 1, or −1 to 1
  const upright = () => (isLine ? [isSigned() ? -1.12 : -0.12, 1.12] : span(1));
  data.range = samples.rows.length ? [...span(0), ...upright()] : [-1, 1, -1, 1];
}

const isSigned = () => data.templates.losses[setup.loss].targets === "signs"; // −1 and 1, not 0
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
    !objections(data.templates, { loss, layers: [{ neurons: samples.outputs, activation }] })
      .length;
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

// A new network of the settings; of a state, or with initial values: those of Python's model as long
// as the layers, the seed and the kind of initial values are as they were there.
function rebuild(state = null) {
  readSamples();
  fitToData();
  readRange();
  divide();
  net = new Network(data.templates, configOf(setup), state);
  net.give(samples.train.x, samples.train.y);
  if (!state && isAsGiven()) net.state = withNumbers(net.state, data.numbers);
  beginCurve();
}

function isAsGiven() {
  const { layers, init, seed } = data.setup;
  const inputs = data.numbers[0].weight.length / layers[0].neurons;
  const of = (...all) =>
    JSON.stringify(all.map(({ neurons, activation }) => [neurons, activation]));
  const isSame = inputs === samples.inputs && of(...layers) === of(...setup.layers);
  return isSame && init === setup.init && seed === setup.seed;
}

function beginCurve() {
  curve = [];
  looked = null;
  noteLoss();
}

// The loss as it is now; it takes the place of what was noted in the same epoch, or after it.
function noteLoss() {
  curve = curve.filter(([epoch]) => epoch < net.state.epoch);
  const test = samples.test ? net.cost(samples.test.x, samples.test.y) : NaN;
  curve.push([net.state.epoch, samples.n ? net.cost() : NaN, test]);
}

// All numbers of both networks for the sample that is looked at.
function inspected() {
  if (looked) return looked;
  const { x, y } = samples.n ? part([setup.sample]) : empty();
  looked = net.pass(x, y);
  looked.slopes = looked.layers.map(slopesOf);
  looked.wires = looked.layers.map((_, l) => net.wires(looked, l, 0));
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

// The same as texts and numbers, for links and saved pages.
const snapshot = () => {
  const shown = { inverse, shows: byId("shows").value };
  return { setup, state: packedState(net.state), curve: shortCurve(), ...shown };
};

// Of a long curve about a hundred points, with as many digits as can be seen.
function shortCurve() {
  const every = Math.ceil(curve.length / 100);
  const some = curve.filter((_, k) => k % every === 0 || k === curve.length - 1);
  return some.map(([epochs, ...losses]) => [epochs, ...losses.map((x) => +x.toPrecision(5))]);
}

const packedNumbers = (x) => (typeof x === "number" ? x : packed(x.data));

function packedState({ layers, epoch, steps, order, at, words: chance }) {
  const parameter = ({ values, held, kept }) => {
    const rest = Object.entries(kept).map(([name, x]) => [name, packedNumbers(x)]);
    return { values: packed(values.data), held, kept: Object.fromEntries(rest) };
  };
  const packedLayer = ({ weight, bias }) => ({ weight: parameter(weight), bias: parameter(bias) });
  return { layers: layers.map(packedLayer), epoch, steps, order, at, words: chance };
}

// Do all of a change or, where something in it is refused, nothing of it.
function entirely(change) {
  const before = [setup, samples, net, curve, looked, data.range];
  try {
    change();
  } catch (error) {
    [setup, samples, net, curve, looked, data.range] = before;
    throw error;
  }
}

// Go to a snapshot that came from outside.
const restore = (given) =>
  entirely(() => {
    if (typeof given !== "object" || given === null) refuse("bad link");
    setup = checkedSetup(given.setup);
    rebuild();
    if (given.state) net.state = unpackedState(given.state);
    if (Array.isArray(given.curve) && given.curve.length) curve = given.curve.map(checkedLoss);
    looked = null;
    inverse = given.inverse === true;
    byId("shows").value = given.shows === "signals" ? "signals" : "weights";
  });

function checkedLoss(given) {
  if (!Array.isArray(given) || given.length !== 3 || !isCount(given[0])) refuse("bad link");
  return given.map((x) => (typeof x === "number" ? x : NaN)); // JSON has null for nan
}

const isCount = (x) => Number.isSafeInteger(x) && x >= 0;

// The state in a link, of the shape that the settings ask for.
function unpackedState(given) {
  const own = net.state;
  if (!Array.isArray(given.layers) || given.layers.length !== own.layers.length) refuse("bad link");
  const layers = own.layers.map(({ weight, bias }, l) => ({
    weight: unpackedParameter(weight, given.layers[l]?.weight),
    bias: unpackedParameter(bias, given.layers[l]?.bias),
  }));
  const isOrder =
    given.order === null ||
    (Array.isArray(given.order) &&
      given.order.length === samples.train.x.rows &&
      given.order.every((row) => isCount(row) && row < samples.train.x.rows));
  const areWords = (list) =>
    Array.isArray(list) && list.length === 4 && list.every((x) => isCount(x) && x < 2 ** 32);
  const chance = { ...own.words };
  for (const key of Object.keys(chance)) {
    if (!areWords(given.words?.[key])) refuse("bad link");
    chance[key] = given.words[key];
  }
  if (!isOrder || ![given.epoch, given.steps, given.at].every(isCount)) refuse("bad link");
  const { epoch, steps, order, at } = given;
  if (at >= (order?.length ?? 1)) refuse("bad link");
  return { ...own, layers, epoch, steps, order, at, words: chance };
}

function unpackedParameter(own, given) {
  const like = (x, text) => {
    if (typeof x === "number") return isCount(text) ? text : refuse("bad link");
    const numbers = unpacked(text);
    if (numbers.length !== x.data.length) refuse("bad link");
    return { ...x, data: numbers };
  };
  const values = like(own.values, given?.values);
  const isPlace = (place) => isCount(place) && place < values.data.length;
  if (!Array.isArray(given.held) || !given.held.every(isPlace)) refuse("bad link");
  const kept = Object.entries(own.kept).map(([name, x]) => [name, like(x, given.kept?.[name])]);
  return { ...own, values, held: [...new Set(given.held)], kept: Object.fromEntries(kept) };
}
