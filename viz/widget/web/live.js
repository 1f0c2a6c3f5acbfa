// The live picture: what is changed in it is computed here at once, and told to Python; what
// Python changes is shown. One change is on its way at a time: the next one takes along all that
// came since.

const PATIENCE = 400; // milliseconds until Python is said not to answer

const hides = () => false; // there is no quiz here, which edit.js and labels.js ask about
const answered = new Set();
const costKnown = () => known(data.cost);

let theirs = original.map((row) => [...row]); // the numbers that Python has
let sent = null; // the change on its way
let count = 0; // of changes
let timer = 0;

const same = (a, b) => a.every((x, i) => Object.is(x, b[i]));
const isMine = (k) => !same(leaves[k], theirs[k]); // changed here, and Python does not have it yet
const status = (text) => (byId("status").textContent = text);
const toPython = (message) => parent.postMessage(message, "*");
const copy = Math.random().toString(36).slice(2); // of the same picture in several places

// What follows from new numbers: names for those who do not see them, gradients, the panel.
function show() {
  for (const id in data.labels) if (id in parts) call(id, label(id));
  for (const leaf of data.leaves) {
    const cell = byId(`g${leaf.box}`);
    const slot = flowOf(leaf.box);
    if (cell && known(slot)) cell.textContent = gradientText(leaf, slot);
  }
  byId("cost").textContent = costKnown() ? written(value(data.cost), data.digits) : "—";
  paintSoon();
  send();
}

function gradientText(leaf, slot) {
  const entries = [value(slot)].flat();
  const isShort = entries.length <= 24;
  return isShort
    ? written(value(slot), data.digits)
    : `‖·‖ = ${written(norm(entries), data.digits)}`;
}

// The panel of the answers, once a frame: it takes longer than the numbers.
const paintAnswers = answersPanel();
let isPainting = false;

function answersPanel() {
  if (!data.points.length) return () => {};
  const holder = byId("space").querySelector("div");
  return data.inputs === 2 ? plane(holder) : line(holder);
}

function paintSoon() {
  if (isPainting) return;
  isPainting = true;
  requestAnimationFrame(() => {
    isPainting = false;
    paintAnswers();
    movePoints();
  });
}

// Samples that are leaves of the picture move with their numbers.
function movePoints() {
  const marks = all("#space > div .point");
  data.at?.forEach((places, i) => {
    const [x, y] = places.map(([k, entry]) => leaves[k][entry]);
    marks[i].setAttribute("transform", `translate(${across(x)} ${down(y)}) scale(1.3)`);
  });
}

// What the network answers to `count` samples: for every output a row.
function rows(_, inputs, count) {
  const number = (place) =>
    Array.isArray(place) ? leaves[place[0]][place[1]] : inputs[-1 - place];
  const found = runMany(data.answer.code, data.answer.order.map(number), count);
  const row = (x) => (typeof x === "number" ? new Float64Array(count).fill(x) : x);
  return data.answer.outputs.map((place) => row(found[place]));
}

// To Python. JSON has no infinities: they are texts.
function send() {
  if (sent) return;
  const changes = leaves.map((row, k) => [k, row]).filter(([k]) => isMine(k));
  if (!changes.length) return;
  sent = { id: `${copy} ${(count += 1)}`, changes };
  const writable = (x) => (Number.isFinite(x) ? x : String(x));
  toPython({
    kind: "edit",
    id: sent.id,
    changes: changes.map(([k, row]) => [k, row.map(writable)]),
  });
  timer = setTimeout(() => status(words.waiting), PATIENCE);
}

// The colours of the notebook, in place of those of the system.
const darkRules = [...document.styleSheets[0].cssRules].filter(
  (rule) => rule instanceof CSSMediaRule && rule.conditionText.includes("prefers-color-scheme"),
);

function paintAs(isDark) {
  for (const rule of darkRules) rule.media.mediaText = isDark ? "screen" : "not all";
  if (darkRules.length) document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  paintSoon();
}

// From Python, and from the notebook.
const told = {
  // The numbers of its objects, whoever changed them. What is on its way from here stays.
  numbers({ leaves: found }) {
    const mine = leaves.map((_, k) => isMine(k));
    theirs = found.map((row) => row.map(Number));
    take(leaves.map((row, k) => (mine[k] ? row : [...theirs[k]])));
  },
  // It has made the change; perhaps of a number one of fewer digits.
  made({ id }) {
    if (sent?.id !== id) return;
    const isAsSent = (k) =>
      sent.changes.some(([place, row]) => place === k && same(row, leaves[k]));
    const found = leaves.map((row, k) => (isAsSent(k) ? [...theirs[k]] : row));
    arrived(words.here);
    take(found);
  },
  refused({ id, why }) {
    if (sent?.id !== id) return;
    arrived(words.refused.replace("{why}", () => why));
    take(theirs.map((row) => [...row]));
  },
  colours: ({ isDark }) => paintAs(isDark),
};

function arrived(text) {
  clearTimeout(timer);
  sent = null;
  status(text);
}

// Show other numbers; a field in which somebody types is left alone.
function take(found) {
  leaves = found;
  data.leaves.forEach((leaf, k) => {
    const field = fieldOf(leaf);
    if (field && field !== document.activeElement) field.value = leaves[k].map(short).join("; ");
  });
  compute();
  show();
}

addEventListener("message", (event) => {
  if (event.source === parent && Object.hasOwn(told, event.data.kind))
    told[event.data.kind](event.data);
});

const tellHeight = () => toPython({ kind: "height", pixels: document.body.offsetHeight });
new ResizeObserver(tellHeight).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintSoon);

compute();
fit();
show();
toPython({ kind: "ready" });
