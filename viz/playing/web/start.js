// Starts the page, and shows everything again when something has changed.

let lastSaid = 0;

// After every change while nothing runs: all numbers, all maps, all names.
function showAll() {
  paintMaps();
  paintAnswers(false);
  showNumbers();
  markWalk();
  nameNeurons();
  paintCurves();
  tellPointed();
  showStatus();
  byId("flip").setAttribute("aria-pressed", String(inverse));
  byId("sample").textContent = sampleText();
  byId("live").textContent = summary();
}

// While it trains: what changes, once a frame; the costly parts now and then.
function showRunning() {
  paintMaps();
  paintAnswers(true);
  showNumbers();
  showStatus();
  if (pointed) tellPointed();
  const now = performance.now();
  if (now - lastSaid < 250) return;
  lastSaid = now;
  paintCurves();
}

function showStatus() {
  const [epochs, loss, test] = curve.at(-1);
  byId("epochs").textContent = epochs;
  byId("lossnow").textContent = format(loss, 4);
  byId("testnow").textContent = Number.isFinite(test) ? format(test, 4) : "—";
}

const sampleText = () => {
  const row = samples.rows[setup.sample];
  if (!row) return "";
  const inputs = row.slice(0, -1).map((x, i) => `${signalName(0, i)} = ${format(x, 3)}`);
  const target = samples.classes.length ? samples.classes[row.at(-1)] : format(row.at(-1), 3);
  return filled(words.sample, {
    n: setup.sample + 1,
    all: samples.n,
    inputs: inputs.join(", "),
    target,
  });
};

// What a screen reader is told: the whole in two sentences.
const summary = () =>
  filled(words.summary, {
    sizes: sizes().join("-"),
    epochs: curve.at(-1)[0],
    loss: format(curve.at(-1)[1], 4),
    view: words[inverse ? "inverse network" : "network"],
  });

// Numbers have changed.
function changed() {
  looked = null;
  noteLoss();
  showAll();
  noteLink();
}

// Another network or other data: everything is placed anew.
function opened() {
  drawing &&= canDraw();
  pointed = null; // it may be gone
  openAnswers();
  writeControls();
  layOut();
  changed();
}

function flip() {
  leaveWalk();
  inverse = !inverse;
  showAll();
  noteLink();
}

const ACTIONS = {
  back: stepBack,
  next: stepForward,
  play,
  epoch: oneEpoch,
  restart,
  flip,
  undo,
  redo,
};
const SHORTCUTS = { ArrowLeft: "back", ArrowRight: "next", " ": "play", e: "epoch", i: "flip" };
Object.assign(SHORTCUTS, { r: "restart", u: "undo", y: "redo" });
const isFree = () => !document.querySelector("dialog[open], [popover]:popover-open");
listen(ACTIONS, SHORTCUTS, isFree);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !walking() || !isFree()) return;
  leaveWalk();
  showAll();
});

byId("shows").onchange = () => {
  showNumbers();
  noteLink();
};
byId("previoussample").onclick = () => look((setup.sample + samples.n - 1) % samples.n);
byId("nextsample").onclick = () => look((setup.sample + 1) % samples.n);

function begin() {
  const usual = () => {
    setup = checkedSetup(data.setup);
    rebuild();
  };
  let found = null;
  const reads = attempt(() => {
    found = linked(location.hash) ?? data.start ?? null;
    if (found) restore(found);
  });
  if (!reads || !found) usual();
  opened();
  showPast();
  if (reads && found === data.start && found?.walk) go(0);
}

addEventListener("hashchange", ({ newURL }) => {
  const { hash } = new URL(newURL); // the address may have been written over since
  if (hash === linkOf(snapshot())) return;
  attempt(() => {
    const found = linked(hash);
    if (!found) return;
    pause();
    keep();
    restore(found);
    leaveWalk();
    opened();
  });
});
let resizeTimer = 0;
addEventListener("resize", () => {
  clearTimeout(resizeTimer);
  resizeTimer = setTimeout(() => {
    layOut();
    showAll();
  }, 80);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showAll());

// On paper the network is as large as a page allows.
const SHEET = [640, 420]; // pixels of a page's width, and of a part of its height
addEventListener("beforeprint", () => {
  pause();
  const { style, offsetWidth, offsetHeight } = byId("board");
  style.zoom = Math.min(1, SHEET[0] / offsetWidth, SHEET[1] / offsetHeight);
});
addEventListener("afterprint", () => (byId("board").style.zoom = ""));
begin();
