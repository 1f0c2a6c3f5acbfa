// The network as it is drawn: wires in an SVG, neurons as buttons with the map of their output
// above it, at the same places forwards and backwards. It shows numbers; walk.js and formula.js say
// which, and what they mean.

const WIRE = 6; // the greatest width, as in viz/neurons/circles.py
const DENSE_WIRE = 3.2; // the greatest where there are many
const MANY = 40; // wires
const MOST_LABELLED = 200; // of more wires none has its number
const MAP = 40; // cells of a map's side
const LABEL = [40, 13]; // the room of a wire's number

let wires = []; // {l, j, i, path, hit, label}
let neurons = []; // by layer: {l, j, x, y, button, canvas, text}
let size = 40; // pixels of a neuron

// Place everything anew: for another network, or in another window.
function layOut() {
  const stage = byId("stage");
  const layers = sizes();
  const most = Math.max(...layers);
  const width = Math.max(stage.clientWidth, 64 * (layers.length + 1));
  const pitch = (width - 100) / layers.length;
  const height = Math.max(stage.clientHeight, 42 * most + 40);
  const gap = Math.min(116, (height - 50) / most);
  size = Math.max(24, Math.min(58, gap - 20, 0.5 * pitch));
  const column = (l) => (size + 30) / 2 + ((width - size / 2 - 55) * l) / layers.length;
  const isNamed = (l) => l === 0 || isOutput(l); // names need room
  const gapOf = (l) => (isNamed(l) ? Math.max(gap, Math.min(96, (height - 50) / layers[l])) : gap);
  const row = (l, j) => height / 2 + 4 + (j - (layers[l] - 1) / 2) * gapOf(l);
  const board = byId("board");
  const hadFocus = document.activeElement.matches(".neuron");
  board.replaceChildren();
  board.style.width = `${width}px`;
  board.style.height = `${height}px`;
  const svg = make(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    board,
  );
  neurons = layers.map((n, l) =>
    range(n).map((j) => makeNeuron(l, j, column(l), row(l, j), board)),
  );
  wires = [];
  const places = neurons
    .slice(1)
    .flatMap((layer) => layer.flatMap((to) => neurons[to.l - 1].map((from) => [from, to])));
  const boxes = neurons
    .flat()
    .map(({ x, y }) => [x - size / 2 - 3, y - size / 2 - 3, size + 6, size + 20]);
  const group = make("g", {}, svg);
  const labels = make("g", { class: "labels" }, svg);
  for (const [from, to] of places) wires.push(makeWire(from, to, group));
  const isDense = wires.length > MOST_LABELLED;
  for (const wire of wires) wire.label = isDense ? null : makeLabel(wire, boxes, labels);
  board.classList.toggle("dense", isDense);
  makeLoss(svg, column(layers.length), height / 2 + 4);
  layers.forEach((_, l) => l > 0 && makeHeading(l, column(l), pitch, svg));
  keepFocus();
  if (hadFocus) neurons[focused[0]][focused[1]].button.focus();
  const shown = wires.filter((wire) => wire.label).length;
  byId("shown").textContent =
    shown < wires.length ? filled(words["numbers shown"], { shown, all: wires.length }) : "";
}

function makeNeuron(l, j, x, y, board) {
  const button = document.createElement("button");
  button.className = l === 0 ? "neuron input" : "neuron";
  button.dataset.at = `${l} ${j}`;
  Object.assign(button.style, {
    left: `${x}px`,
    top: `${y}px`,
    width: `${size}px`,
    height: `${size}px`,
  });
  const canvas = button.appendChild(document.createElement("canvas"));
  canvas.width = canvas.height = MAP;
  const text = button.appendChild(document.createElement("span"));
  const name = button.appendChild(document.createElement("i"));
  name.className = "serif-italic";
  name.textContent = l === 0 || isOutput(l) ? signalName(l, j) : "";
  button.tabIndex = -1;
  button.onmouseenter = () => button.classList.contains("future") || point({ l, j });
  button.onfocus = () => {
    focused = [l, j];
    button.onmouseenter();
  };
  button.onmouseleave = button.onblur = () => point(null);
  button.onclick = () =>
    openWeights(l, j, pointed?.l === l && pointed.j === j ? pointed.i : undefined);
  board.append(button);
  return { l, j, x, y, button, canvas, text };
}

function makeWire(from, to, group) {
  const [x1, x2] = [from.x + size / 2, to.x - size / 2];
  const bend = (x2 - x1) / 2.6;
  const d = `M${x1} ${from.y}C${x1 + bend} ${from.y} ${x2 - bend} ${to.y} ${x2} ${to.y}`;
  const path = make("path", { d, class: "wire" }, group);
  const hit = make("path", { d, class: "hit" }, group);
  const at = { l: to.l, j: to.j, i: from.j };
  hit.onmouseenter = () => path.classList.contains("future") || point(at);
  hit.onmouseleave = () => point(null);
  hit.onclick = () => openWeights(at.l, at.j, at.i);
  return { ...at, path, hit, from, to };
}

// The number of a wire stands on it, where there is room for it; else it is said when pointed at.
function makeLabel(wire, boxes, labels) {
  const length = wire.path.getTotalLength();
  for (const share of [0.5, 0.36, 0.64, 0.24, 0.76, 0.43, 0.57]) {
    const { x, y } = wire.path.getPointAtLength(length * share);
    const box = [x - LABEL[0] / 2, y - LABEL[1] / 2, ...LABEL];
    const meets = ([left, top, w, h]) =>
      box[0] < left + w && left < box[0] + LABEL[0] && box[1] < top + h && top < box[1] + LABEL[1];
    if (boxes.some(meets)) continue;
    boxes.push(box);
    return make("text", { x, y: y + 4, "text-anchor": "middle" }, labels);
  }
  return null;
}

// What a layer is called, and its activation.
function makeHeading(l, x, pitch, svg) {
  const place = { x, y: 13, "text-anchor": "middle", class: "heading" };
  const text = make("text", place, svg);
  text.textContent = `${isOutput(l) ? words.output : l} · ${psi(l)}`;
  if (text.getComputedTextLength() > pitch - 8) text.textContent = isOutput(l) ? "h" : l;
}

let lossText; // at J
function makeLoss(svg, x, y) {
  for (const { x: from, y: row } of neurons.at(-1)) {
    make("path", { d: `M${from + size / 2} ${row}L${x - 21} ${y}`, class: "plain" }, svg);
  }
  const group = make("g", { class: "loss", id: "lossnode" }, svg);
  make("circle", { cx: x, cy: y, r: 20 }, group);
  make("circle", { cx: x, cy: y, r: 16.5 }, group);
  const letter = { x, y: y + 6, "text-anchor": "middle", class: "serif-italic" };
  make("text", letter, group).textContent = "J";
  lossText = make("text", { x, y: y + 36, "text-anchor": "middle", class: "number" }, group);
}

// Show the numbers as they are: of weights, or in the inverse network of their gradients.
function showNumbers() {
  const isSignal = byId("shows").value === "signals";
  const ofWeight = inverse ? weightGradient : weightOf;
  const ofSignal = (l, j, i) => carried(l, j, i, inverse ? "flow" : "u");
  const shows = ({ l, j, i }) => (isSignal ? ofSignal : ofWeight)(l, j, i);
  const numbers = wires.map(shows);
  const largest = Math.max(...numbers.map(Math.abs).filter(Number.isFinite), 1e-300);
  const widest = wires.length > MANY ? DENSE_WIRE : WIRE;
  wires.forEach((wire, k) => {
    paintEdge(wire.path, numbers[k], largest, widest);
    if (wire.label) wire.label.textContent = onWire(numbers[k]);
    const held = isHeld(wire.l, "weight", weightPlace(wire.l, wire.j, wire.i));
    wire.path.classList.toggle("held", held);
    wire.label?.classList.toggle("held", held);
  });
  for (const { l, j, text } of neurons.flat()) {
    const x = !inverse ? signalOf(l, j) : l === 0 ? NaN : deltaOf(l, j);
    text.textContent = inverse ? (l === 0 ? "" : `δ ${onWire(x)}`) : onWire(x);
  }
  lossText.textContent = inverse ? "1" : onWire(inspected().cost);
  byId("stage").classList.toggle("inverse", inverse);
}

// A number where there is little room: two decimals, of small ones the first digit that they have.
const onWire = (x) => format(x, x === 0 || Math.abs(x) >= 0.01 ? 2 : Math.abs(x) >= 0.001 ? 3 : 0);

// What screen readers say of neurons; costly, so only when nothing is running. What is still to come
// is hidden from them, too.
function nameNeurons() {
  for (const { l, j, button } of neurons.flat()) {
    if (button.classList.contains("future")) {
      button.setAttribute("aria-label", neuronName(l, j, inverse));
      continue;
    }
    const number = !inverse || l === 0 ? `${signalName(l, j)} = ${figure(signalOf(l, j))}` : "";
    const flow = inverse && l > 0 ? `δ = ${figure(deltaOf(l, j))}` : "";
    button.setAttribute(
      "aria-label",
      [neuronName(l, j, inverse), number, flow].filter(Boolean).join(", "),
    );
  }
}

// The keyboard: one neuron is in the order of the tabulator, arrows lead to the others.
let focused = [1, 0];
function keepFocus() {
  focused = [Math.min(focused[0], neurons.length - 1), focused[1]];
  focused[1] = Math.min(focused[1], neurons[focused[0]].length - 1);
  neurons[focused[0]][focused[1]].button.tabIndex = 0;
}

// The page keys lead through the wires that come to it.
const PAGES = { PageUp: -1, PageDown: 1 };
function nextWire(event, l, j) {
  event.preventDefault();
  if (l === 0 || event.target.classList.contains("future")) return;
  const n = sizes()[l - 1];
  const before = pointed?.i ?? (event.key === "PageDown" ? -1 : n);
  point({ l, j, i: (before + PAGES[event.key] + n) % n });
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
byId("stage").addEventListener("keydown", (event) => {
  if (!event.target.matches(".neuron")) return;
  const [l, j] = event.target.dataset.at.split(" ").map(Number);
  if (PAGES[event.key]) return nextWire(event, l, j);
  const move = MOVES[event.key];
  if (!move) return;
  event.preventDefault();
  event.stopPropagation();
  const layer = Math.max(0, Math.min(neurons.length - 1, l + move[0]));
  const row = Math.max(0, Math.min(neurons[layer].length - 1, j + move[1]));
  for (const { button } of neurons.flat()) button.tabIndex = -1;
  focused = [layer, row];
  neurons[layer][row].button.tabIndex = 0;
  neurons[layer][row].button.focus();
});
