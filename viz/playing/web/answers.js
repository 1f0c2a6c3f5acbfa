// The panel of the answers: what the network says everywhere, and the samples. A click on a sample
// looks at it; a click elsewhere puts a point of one's own there, while points are drawn.

let drawing = false; // whether a click puts a point
let marks = []; // the samples in the panel

function openAnswers() {
  const holder = byId("plane");
  holder.replaceChildren();
  byId("legend").replaceChildren();
  const canvas = holder.appendChild(document.createElement("canvas"));
  const square = { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" };
  const svg = make("svg", { ...square, "aria-label": words.answers }, holder);
  const lines = range(samples.inputs === 1 ? samples.outputs : 1).map((j) => {
    const colour = samples.outputs > 1 && samples.inputs === 1 ? `stroke:var(--${shade(j)})` : "";
    const kept = { class: "boundary", style: colour, "vector-effect": "non-scaling-stroke" };
    return make("path", kept, svg);
  });
  const kindOf = (row) => (isRegression() ? 4 : row[samples.inputs]);
  marks = samples.rows.map((row, k) => {
    mark(kindOf(row), across(row[0]), down(heightOf(row)), samples.n > 400 ? 0.9 : 1.2, svg);
    const made = svg.lastChild;
    if (isRegression() && samples.inputs === 2) made.style.fill = shaded(row[2]);
    if (samples.isTest(k)) made.classList.add("test");
    return made;
  });
  if (samples.inputs === 1) svg.append(...lines); // the curves above the samples
  svg.classList.toggle("curved", samples.inputs === 1);
  make("circle", { class: "looked", r: 2.6, "vector-effect": "non-scaling-stroke" }, svg);
  legend();
  canvas.hidden = samples.inputs === 1;
}

// The colour of a target among all of them, from that of the first class to that of the second.
function shaded(y) {
  const targets = samples.rows.map((row) => row[samples.inputs]);
  const [low, high] = [Math.min(...targets), Math.max(...targets)];
  const share = Math.max(0, Math.min(1, (y - low) / (high - low || 1)));
  const [a, b] = [rgb(shade(0)), rgb(shade(1))];
  return `rgb(${a.map((x, c) => Math.round(x + (b[c] - x) * share)).join(" ")})`;
}

function legend() {
  const list = byId("legend");
  const item = (text, draw) => {
    const made = list.appendChild(document.createElement("li"));
    if (draw) draw(make("svg", { viewBox: "-1.6 -1.6 3.2 3.2", "aria-hidden": "true" }, made));
    made.append(text);
  };
  samples.classes.forEach((name, kind) => item(name, (icon) => mark(kind, 0, 0, 1.2, icon)));
  if (samples.test) item(words.hollow);
}

// Paint what the network answers; `coarse` while it trains.
function paintAnswers(coarse) {
  const svg = byId("plane").querySelector("svg");
  const lines = all(".boundary", svg);
  if (samples.inputs === 1) {
    const xs = cellsOfPlane();
    const columns = columnsOf(net.answers(matrix(xs.length, 1, xs)));
    lines.forEach((curve, j) => curve.setAttribute("d", curveThrough(xs, columns[j])));
  } else {
    const side = coarse ? MAP : STILL;
    const found = net.forward(matrix(side * side, 2, cellsOfPlane(side)));
    const answers = net.answers(found.x, found);
    if (isRegression()) paintValues(answers.data, side);
    else {
      paintClasses(answers, side);
      const leads = leadsOf(...scoresOf(found.layers.at(-1)));
      lines[0].setAttribute("d", leads.map((lead) => zeroLine(lead, side)).join(""));
    }
  }
  const row = samples.rows[setup.sample];
  const circle = svg.querySelector(".looked");
  circle.setAttribute("cx", row ? across(row[0]) : -9);
  circle.setAttribute("cy", row ? down(heightOf(row)) : -9);
}

function paintClasses(answers, side) {
  const columns = columnsOf(answers);
  const [first] = columns;
  const cells = new Uint8Array(side * side);
  data.threshold = isSigned() ? 0 : 0.5;
  const kinds = cells.map((_, k) => classOf(columns, k));
  const sure = (k) =>
    columns.length === 1 ? Math.min(1, 2 * Math.abs(first[k] - data.threshold)) : 0.7;
  const canvas = byId("plane").querySelector("canvas");
  if (canvas.width !== 2 * side) canvas.width = canvas.height = 2 * side;
  paintRegions(canvas, kinds, sure, side);
}

// What decides between the classes, and its threshold: logits rather than probabilities, which are
// flat but for a step, so that nobody can tell from cells where in it the boundary is.
function scoresOf({ z, a }) {
  const isLogit = data.templates.losses[setup.loss].link !== null;
  if (isLogit) return [columnsOf(a), 0];
  const isProbability = ["sigmoid", "softmax"].includes(setup.layers.at(-1).activation);
  return isProbability ? [columnsOf(z), 0] : [columnsOf(a), data.threshold];
}

// How far a single output is above the threshold, or that of every class above all others.
function leadsOf(columns, threshold) {
  if (columns.length === 1) return [columns[0].map((h) => h - threshold)];
  return columns.map((own, j) => {
    const others = columns.filter((_, k) => k !== j);
    return own.map((h, k) => h - Math.max(...others.map((column) => column[k])));
  });
}

// The outputs, each of all samples.
const columnsOf = ({ rows, columns, data: answers }) =>
  range(columns).map((j) =>
    Float64Array.from({ length: rows }, (_, k) => answers[k * columns + j]),
  );

// How high a sample stands in the panel: of one input at its target, as the curves have it.
function heightOf(row) {
  if (samples.inputs === 2 || isRegression()) return row[1];
  return samples.outputs > 1 ? 1 : isSigned() ? 2 * row[1] - 1 : row[1];
}

function paintValues(answers, side) {
  const canvas = byId("plane").querySelector("canvas");
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const targets = samples.rows.map((row) => row[2]);
  const [low, high] = [Math.min(...targets), Math.max(...targets)];
  const [a, b] = [rgb(shade(0)), rgb(shade(1))];
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  answers.forEach((y, k) => {
    const share = Math.max(0, Math.min(1, (y - low) / (high - low || 1))) || 0;
    for (let c = 0; c < 3; c++) image.data[4 * k + c] = a[c] + (b[c] - a[c]) * share;
    image.data[4 * k + 3] = Number.isFinite(y) ? 150 : 0;
  });
  context.putImageData(image, 0, 0);
}

byId("plane").addEventListener("click", (event) => {
  const box = byId("plane").getBoundingClientRect();
  const [u, v] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  const [left, right, bottom, top] = data.range;
  const at = [left + (right - left) * u, top - (top - bottom) * v];
  if (drawing) return addPoint(at);
  const distance = (row) => Math.hypot(across(row[0]) - 100 * u, down(heightOf(row)) - 100 * v);
  const nearest = samples.rows.reduce(
    (best, row, k, rows) => (distance(row) < distance(rows[best]) ? k : best),
    0,
  );
  look(nearest);
});

// Look at a sample: all numbers in the network are its.
function look(k) {
  setup.sample = Math.max(0, Math.min(samples.n - 1, k));
  looked = null;
  showAll();
  noteLink();
}
