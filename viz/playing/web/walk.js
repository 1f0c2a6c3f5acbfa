// One step forwards, one step backwards: the sample goes through the network layer by layer, and
// then 1 through its inverse. Every step names its rule; what is still to come is faint.

let walk = null; // the steps, while somebody goes through them
let shownStep = 0; // the step that is shown

const walking = () => walk !== null;

// A step: which twin, which rules, its title, what appears (wires into a layer, its neurons, or
// the loss), and the lines with its numbers.
function stepsOf() {
  const last = sizes().length - 1;
  const layers = range(last).map((k) => k + 1);
  const title = (key, l, isInverse) =>
    filled(words[key], { neuron: layerName(l, isInverse), J: "J" });
  const each = (l, line) => range(sizes()[l]).map((j) => line(j));
  const found = [
    {
      marks: "⑧",
      title: words["inputs step"],
      neurons: 0,
      lines: () => each(0, (j) => forwardNeuron(0, j)[0]),
    },
  ];
  for (const l of layers) {
    found.push(
      {
        marks: "⑥",
        title: title("weight step", l),
        wires: l,
        lines: () => wireLines(l, forwardWire),
      },
      { marks: "④⑦", title: title("sum step", l), lines: () => each(l, (j) => sumLine(l, j)) },
      {
        marks: "⑤",
        title: title("activation step", l),
        neurons: l,
        lines: () => each(l, (j) => forwardNeuron(l, j)[2]),
      },
    );
  }
  found.push({
    marks: "②①",
    title: words["loss step"],
    loss: true,
    lines: () => [forwardNeuron(last, 0)[3]],
  });
  const back = [
    { marks: "①", title: title("unit step", last), loss: true, lines: () => [["①", "∂J/∂J = 1"]] },
    {
      marks: "②",
      title: words["loss derivative step"],
      loss: true,
      lines: () => each(last, (j) => inverseNeuron(last, j)[0]),
    },
  ];
  for (const l of [...layers].reverse()) {
    const slope = (j) => inverseNeuron(l, j).slice(l < last ? 2 : 1, -1);
    back.push(
      {
        marks: "⑤",
        title: title("slope step", l, true),
        neurons: l,
        lines: () => each(l, slope).flat(),
      },
      {
        marks: "④⑦",
        title: title("point step", l, true),
        lines: () => each(l, (j) => inverseNeuron(l, j).at(-1)),
      },
      {
        marks: "⑥",
        title: title("double step", l, true),
        wires: l,
        lines: () => wireLines(l, inverseWire),
      },
    );
    const outputs = (j) => inverseNeuron(l - 1, j).slice(0, 2);
    const name = l > 1 ? layerName(l - 1, true) : words["the inputs"];
    back.push({
      marks: "⑧",
      title: filled(words["outputs step"], { name }),
      lines: () => each(l - 1, outputs).flat(),
    });
  }
  const isInverse = (step) => ({ ...step, inverse: true });
  const update = {
    marks: "",
    title: words["update step"],
    update: true,
    inverse: true,
    lines: () => updateLines(),
  };
  return [...found, ...back.map(isInverse), update];
}

const wireLines = (l, line) =>
  range(sizes()[l]).flatMap((j) => range(sizes()[l - 1]).flatMap((i) => line(l, j, i)));

const sumLine = (l, j) => ["④⑦", `${nameOf("z", l, j)} ${forwardNeuron(l, j)[1][1]}`];

const updateLines = () => [
  ["", `w ← w − α · ∂J/∂w, α = ${short(setup.rate)} (${data.choices.names[setup.optimizer]})`],
];

function go(k) {
  pause();
  walk ??= stepsOf();
  if (k >= walk.length) return finishWalk();
  shownStep = Math.max(0, k);
  pointed = null;
  inverse = Boolean(walk[shownStep].inverse);
  showAll();
}

// The last step is taken: the weights change by what this one sample says.
function finishWalk() {
  keep();
  const { order, at, words: chance, epoch } = net.state;
  net.nextRows(); // a change takes place in an epoch; this one leaves the epoch as it was
  net.change(inspected());
  net.state = { ...net.state, order, at, words: chance, epoch };
  leaveWalk();
  changed();
  say(filled(words.updated, { loss: figure(inspected().cost) }));
}

function leaveWalk() {
  walk = null;
  shownStep = 0;
}

const stepForward = () => go(walking() ? shownStep + 1 : 0);
const stepBack = () => walking() && go(shownStep - 1);

// Mark in the drawing what is past, what the step computes, and what is still to come.
function markWalk() {
  const stage = byId("stage");
  stage.classList.toggle("walking", walking());
  const first = walking() ? walk.findIndex((step) => Boolean(step.inverse) === inverse) : 0;
  const soFar = walking() ? walk.slice(first, shownStep + 1) : [];
  const now = walking() ? walk[shownStep] : {};
  const state = (key, value) =>
    now[key] === value ? "now" : soFar.some((step) => step[key] === value) ? "" : "future";
  const set = (element, name) => {
    element.classList.toggle("now", walking() && name === "now");
    element.classList.toggle("future", walking() && name === "future");
  };
  for (const { l, button } of neurons.flat()) {
    set(
      button,
      inverse && l === 0 ? (shownStep >= walk?.length - 2 ? "" : "future") : state("neurons", l),
    );
  }
  for (const wire of wires) {
    set(wire.path, state("wires", wire.l));
    if (wire.label) set(wire.label, state("wires", wire.l));
  }
  set(byId("lossnode"), state("loss", true));
  byId("back").disabled = !walking() || shownStep === 0;
}

function tellStep() {
  const step = walk[shownStep];
  tell(`${shownStep + 1}/${walk.length} · ${step.title}`, step.lines(), inverse);
  byId("rules").textContent = rulesText(step.marks, inverse);
}
