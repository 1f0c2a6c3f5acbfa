// The lectures' names of neurons and wires: w₂₁⁽¹⁾ leads to neuron 2 of layer 1 from input 1.

const digits = (text, set) => [...String(text)].map((digit) => set[digit]).join("");
const low = (k) => digits(k, "₀₁₂₃₄₅₆₇₈₉");
const high = (l) => `⁽${digits(l, "⁰¹²³⁴⁵⁶⁷⁸⁹")}⁾`;

const isOutput = (l) => l === net.depth;
const sizes = () => [samples.inputs, ...setup.layers.map((layer) => layer.neurons)];

// Layers count from 1, the inputs are layer 0; neurons count from 0 here, and from 1 in names.
const nameOf = (letter, l, j) => `${letter}${low(j + 1)}${high(l)}`;
const signalName = (l, j) => {
  if (l === 0) return samples.inputs === 1 ? "x" : `x${low(j + 1)}`;
  if (isOutput(l)) return samples.outputs === 1 ? "h" : `h${low(j + 1)}`;
  return nameOf("a", l, j);
};
const weightName = (l, j, i) => `w${low(j + 1)}${low(i + 1)}${high(l)}`;
const layerName = (l, inverse = false) => data.layers[inverse ? 1 : 0][isOutput(l) ? 0 : l];

const neuronName = (l, j, inverse = false) =>
  l === 0
    ? filled(words["an input"], { name: signalName(0, j) })
    : filled(data.neurons[inverse ? 1 : 0][isOutput(l) ? 0 : l], { n: j + 1 });

// The place of a weight in its matrix, which has a row of inputs for every neuron.
const weightPlace = (l, j, i) => j * sizes()[l - 1] + i;
const weightOf = (l, j, i) => net.state.layers[l - 1].weight.values.data[weightPlace(l, j, i)];
const biasOf = (l, j) => net.state.layers[l - 1].bias.values.data[j];
const isHeld = (l, name, place) => net.state.layers[l - 1][name].held.includes(place);

// Numbers of the sample that is looked at.
const layerOf = (l) => inspected().layers[l - 1];
const signalOf = (l, j) => (l === 0 ? inspected().x.data[j] : layerOf(l).a.data[j]);
const sumOf = (l, j) => layerOf(l).z.data[j];
const deltaOf = (l, j) => layerOf(l).flowZ.data[j];
const backOf = (l, j) => (l === 0 ? layerOf(1).flowX.data[j] : layerOf(l).flowA.data[j]);
const slopeOf = (l, j) => inspected().slopes[l - 1]?.[j];
const weightGradient = (l, j, i) => layerOf(l).weight.data[weightPlace(l, j, i)];
// What a wire carries: w · x forwards, and backwards w · δ to its input and x · δ to its weight.
const carried = (l, j, i, way) => inspected().wires[l - 1][way].data[weightPlace(l, j, i)];
const biasGradient = (l, j) => layerOf(l).bias.data[j];

const figure = (x) => format(x, 4);
const factor = (x) => (figure(x)[0] === "−" ? `(${figure(x)})` : figure(x));
