// What is set: the settings of data, network and training, their limits, and the link that holds
// them. What comes from a link or a file is checked here, entry by entry, and is never anything but
// numbers, names from our lists, and texts that are shown as texts.

const LIMITS = { count: [10, 1000, 1], noise: [0, 1], dataSeed: [0, 999999, 1], test: [0, 0.8] };
Object.assign(LIMITS, { rate: [1e-6, 100], batch: [1, 1000, 1], strength: [0, 10] });
Object.assign(LIMITS, { seed: [0, 999999, 1], neurons: [1, 12, 1] });
const MOST_LAYERS = 6; // hidden ones
const MOST_POINTS = 1000;
const MOST_CLASSES = 10;
const FAR_OUT = 1e9; // a number of a point is no greater
const LONGEST_LINK = 400000; // characters

class Refused extends Error {} // its message is for the reader

const filled = (text, blanks) => text.replace(/\{(\w+)\}/g, (all, key) => blanks[key] ?? all);
const refuse = (key, blanks = {}) => {
  throw new Refused(filled(words[key], blanks));
};

const shownShort = (given) => String(given).slice(0, 30);

function checkedNumber(key, given) {
  const [low, high, whole] = LIMITS[key];
  const x = typeof given === "number" ? given : NaN;
  if (x >= low && x <= high && (!whole || Number.isInteger(x))) return x;
  const name = words[`f ${key}`];
  return refuse(whole ? "bad count" : "bad number", { name, low, high, given: shownShort(given) });
}

function checkedChoice(key, given, allowed) {
  if (typeof given === "string" && allowed.includes(given)) return given;
  return refuse("bad choice", { name: words[`f ${key}`], given: shownShort(given) });
}

// The settings among what was given, whole and right, or an error that says what is wrong.
function checkedSetup(given) {
  if (typeof given !== "object" || given === null) refuse("bad link");
  const found = { kind: checkedChoice("kind", given.kind, data.kinds) };
  for (const key of ["count", "noise", "dataSeed", "test", "rate", "batch", "strength", "seed"]) {
    found[key] = checkedNumber(key, given[key]);
  }
  if (!Array.isArray(given.layers) || given.layers.length < 1) refuse("bad link");
  if (given.layers.length > MOST_LAYERS + 1) refuse("too many layers", { most: MOST_LAYERS });
  found.layers = given.layers.map((layer) => ({
    neurons: checkedNumber("neurons", layer?.neurons),
    activation: checkedChoice("activation", layer?.activation, data.choices.outputs),
  }));
  for (const key of ["loss", "optimizer", "penalty", "init"]) {
    found[key] = checkedChoice(key, given[key], everyChoice(key));
  }
  found.own = checkedTable(given.own);
  if (found.kind === "own" && !found.own) refuse("bad link");
  found.sample = Number.isInteger(given.sample) && given.sample >= 0 ? given.sample : 0;
  return found;
}

const LISTS = { optimizer: "optimizers", penalty: "penalties", init: "inits" };
const everyChoice = (key) =>
  key === "loss" ? Object.values(data.choices.losses).flat() : data.choices[LISTS[key]];

// A table of points: {inputs, classes (their names, none of a regression), rows (…, target)}.
function checkedTable(given) {
  if (given === null || given === undefined) return null;
  const { inputs, classes, rows } = given;
  const isTable = (inputs === 1 || inputs === 2) && Array.isArray(classes) && Array.isArray(rows);
  if (!isTable || classes.length > MOST_CLASSES || classes.some((name) => typeof name !== "string")) {
    refuse("bad link");
  }
  if (rows.length > MOST_POINTS) refuse("too many points", { most: MOST_POINTS });
  const isClass = (y) => !classes.length || (Number.isInteger(y) && y >= 0 && y < classes.length);
  const isRow = (row) =>
    Array.isArray(row) &&
    row.length === inputs + 1 &&
    row.every((x) => Number.isFinite(x) && Math.abs(x) <= FAR_OUT) &&
    isClass(row[inputs]);
  if (!rows.every(isRow)) refuse("bad link");
  return { inputs, classes: classes.map((name) => name.slice(0, 60)), rows };
}

// The link. Numbers of weights are kept to the last bit: eight bytes each, as base64.
const packed = (numbers) => {
  const all = new Uint8Array(Float64Array.from(numbers).buffer);
  return btoa(Array.from(all, (byte) => String.fromCharCode(byte)).join(""));
};

function unpacked(text) {
  if (typeof text !== "string") refuse("bad link");
  try {
    return new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  } catch {
    return refuse("bad link");
  }
}

function linkOf(snapshot) {
  const text = new TextEncoder().encode(JSON.stringify(snapshot));
  const letters = Array.from(text, (byte) => String.fromCharCode(byte)).join("");
  return `#s=${btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

// What a link says, not yet checked; null where the address holds none of ours.
function linked(hash) {
  if (!hash.startsWith("#s=")) return null;
  if (hash.length > LONGEST_LINK) refuse("bad link");
  try {
    const letters = atob(hash.slice(3).replace(/-/g, "+").replace(/_/g, "/"));
    const text = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return refuse("bad link");
  }
}
