// The formulas below the network: of the neuron or wire that is pointed at, in names and with
// their numbers, forwards or backwards. A line is a rule's number and pieces of text.

const RULES = "①②③④⑤⑥⑦⑧";
let pointed = null; // {l, j} a neuron, {l, j, i} a wire
let inverse = false; // which of the twins is shown

const psi = (l) => data.choices.names[setup.layers[l - 1].activation];
const range = (n) => Array.from({ length: n }, (_, k) => k);

function forwardNeuron(l, j) {
  if (l === 0) return [["⑧", `${signalName(0, j)} = ${figure(signalOf(0, j))}`]];
  const inputs = range(sizes()[l - 1]);
  const terms = inputs.map((i) => `${weightName(l, j, i)} · ${signalName(l - 1, i)}`);
  const numbers = inputs.map((i) => `${factor(weightOf(l, j, i))} · ${factor(signalOf(l - 1, i))}`);
  const [z, a] = [nameOf("z", l, j), signalName(l, j)];
  const sum = [...numbers, factor(biasOf(l, j))].join(" + ");
  const joined = `${psi(l)}(z${high(l)})${low(j + 1)}`; // of all sums of the layer
  const applied =
    slopeOf(l, j) === undefined ? joined : `${psi(l)}(${z}) = ${psi(l)}(${figure(sumOf(l, j))})`;
  const lines = [
    ["⑥⑦④", `${z} = ${terms.join(" + ")} + ${nameOf("b", l, j)}`],
    ["", `= ${sum} = ${figure(sumOf(l, j))}`],
    ["⑤", `${a} = ${applied} = ${figure(signalOf(l, j))}`],
  ];
  if (isOutput(l)) lines.push(["②①", lossLine()]);
  return lines;
}

// With a penalty J is not the loss alone.
function lossLine() {
  const { loss, penalty, cost } = inspected();
  if (setup.penalty === "none") return `J = L(h, y) = ${figure(cost)}`;
  const sum = `${figure(loss)} + ${figure(penalty)} = ${figure(cost)}`;
  return `J = L(h, y) + ${words["f penalty"]} = ${sum}`;
}

const deltaName = (l, j) => nameOf("δ", l, j);
const partial = (name) => `∂J/∂${name}`;

function inverseNeuron(l, j) {
  const a = signalName(l, j);
  const lines = [];
  if (isOutput(l)) lines.push(["①②", `${partial(a)} = L′ · 1 = ${figure(backOf(l, j))}`]);
  else {
    const outputs = range(sizes()[l + 1]);
    const terms = outputs.map((k) => `${weightName(l + 1, k, j)} · ${deltaName(l + 1, k)}`);
    const numbers = outputs.map(
      (k) => `${factor(weightOf(l + 1, k, j))} · ${factor(deltaOf(l + 1, k))}`,
    );
    lines.push(["⑧", `${partial(a)} = ${terms.join(" + ")}`]);
    lines.push(["", `= ${numbers.join(" + ")} = ${figure(backOf(l, j))}`]);
  }
  if (l === 0) return lines;
  const [z, delta, slope] = [nameOf("z", l, j), deltaName(l, j), slopeOf(l, j)];
  if (slope === undefined) lines.push(["⑤", `${delta} = ${partial(z)} = ${figure(deltaOf(l, j))}`]);
  else {
    lines.push(["⑤", `${delta} = ${partial(z)} = ψ′(${z}) · ${partial(a)}`]);
    lines.push(["", `= ${factor(slope)} · ${factor(backOf(l, j))} = ${figure(deltaOf(l, j))}`]);
  }
  lines.push(["④⑦", `${partial(nameOf("b", l, j))} = ${delta} = ${figure(biasGradient(l, j))}`]);
  return lines;
}

function forwardWire(l, j, i) {
  const [w, a] = [weightOf(l, j, i), signalOf(l - 1, i)];
  const [wName, aName] = [weightName(l, j, i), signalName(l - 1, i)];
  return [
    ["⑥", `${wName} · ${aName} = ${factor(w)} · ${factor(a)} = ${figure(carried(l, j, i, "u"))}`],
  ];
}

// The double weighted output: what the wire brings back, and the gradient of its weight.
function inverseWire(l, j, i) {
  const [w, a, delta] = [weightOf(l, j, i), signalOf(l - 1, i), deltaOf(l, j)];
  const [wName, aName, dName] = [weightName(l, j, i), signalName(l - 1, i), deltaName(l, j)];
  const lines = [
    [
      "⑥",
      `${wName} · ${dName} = ${factor(w)} · ${factor(delta)} = ${figure(carried(l, j, i, "flow"))}`,
    ],
    [
      "⑥",
      `${partial(wName)} = ${aName} · ${dName} = ${factor(a)} · ${factor(delta)} = ${figure(carried(l, j, i, "weight"))}`,
    ],
  ];
  if (setup.penalty !== "none" && setup.strength > 0) {
    lines.push([
      "",
      `+ ${words["f penalty"]}: ${partial(wName)} = ${figure(weightGradient(l, j, i))}`,
    ]);
  }
  return lines;
}

function linesOf({ l, j, i }) {
  if (i !== undefined) return inverse ? inverseWire(l, j, i) : forwardWire(l, j, i);
  return inverse ? inverseNeuron(l, j) : forwardNeuron(l, j);
}

function titleOf({ l, j, i }) {
  if (i === undefined) return neuronName(l, j, inverse);
  const wire = { name: weightName(l, j, i), from: signalName(l - 1, i), to: neuronName(l, j) };
  return filled(words["a wire"], inverse ? { ...wire, name: partial(wire.name) } : wire);
}

// What a rule is called, here and in the inverse network.
function rulesText(numbers, isInverse) {
  const name = (mark) => words.rules[RULES.indexOf(mark)][isInverse ? 1 : 0];
  return [...numbers].map((mark) => `${mark} ${name(mark)}`).join(" · ");
}

// Write a title and lines into the strip below the network.
function tell(title, lines, isInverse = inverse) {
  byId("told").textContent = title;
  byId("formula").classList.toggle("inverse-shown", isInverse);
  const list = byId("lines");
  list.replaceChildren(
    ...lines.map(([marks, text]) => {
      const line = document.createElement("div");
      const mark = line.appendChild(document.createElement("b"));
      mark.textContent = marks;
      mark.title = marks ? rulesText(marks, isInverse) : "";
      const formula = line.appendChild(document.createElement("span"));
      formula.textContent = text;
      return line;
    }),
  );
  byId("rules").textContent = rulesText([...new Set(lines.map(([m]) => m).join(""))], isInverse);
}

function tellPointed() {
  if (pointed) tell(titleOf(pointed), linesOf(pointed));
  else if (walking()) tellStep();
  else {
    tell(words[inverse ? "inverse network" : "network"], [
      ["", words[inverse ? "inverse hint" : "hint"]],
    ]);
  }
}

function point(at) {
  pointed = at;
  tellPointed();
}
