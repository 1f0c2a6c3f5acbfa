"use strict";
// The player: one step after another, forwards and then backwards. Numbers to come are hidden from everybody: in the
// drawing, in its names and in the table. In the element "data" stands, as JSON, what Python wrote:
//   words   texts, and the names of the rules in the order of their numbers
//   steps   [{view: "f" or "i", parts: names of what appears, rule: its number or 0, title, equations, numbers: MathML,
//           asked: the slot that the quiz asks for or "", results: the slots of all that is computed,
//           gradients: [[box of a leaf, slot of what its gradient is now]]}]
//   leaves  [{box, name, numbers, trained}]; what JSON has no numbers for are texts, "NaN", here and in numbers
//   labels  {id of a part: [words, slot, words, slot, …]}: what it is called, its numbers among the words
//   digits, output (what is differentiated) and cost (its slot)
//   code    the program (see engine.js), and order, the boxes of its arguments; null where nothing can be recomputed
//   slots   {slot: its place or places} in what the program computes, or without one in numbers
const D = JSON.parse(document.getElementById("data").textContent), W = D.words, S = D.steps;
const $ = id => document.getElementById(id);
const original = D.leaves.map(leaf => leaf.numbers.map(Number));
let leaves = original.map(row => [...row]), numbers = (D.numbers ?? []).map(Number);
let at = 0, flipped = false, timer = 0, quiz = false, shortcuts = true;
let right = 0, asked = 0, answered = new Set();

const known = slot => atoms(slot).every(name => name in D.slots);
const value = slot => read(slot, D.slots, numbers);
const look = slot => known(slot) ? value(slot) : undefined;

// The parts of both drawings by id: f-n3 is forwards what i-n3 is backwards.
const parts = {};
for (const part of all("#stage g[id]")) {
  part.dataset.part = part.id;
  parts[part.id] = part;
}
const paintEdges = edges($("stage"));

// The step that computes a number first; what no step computes is there as soon as its part is.
const born = {};
S.forEach((step, k) => {
  const computed = [...step.results, ...step.gradients.map(([, slot]) => slot)];
  for (const slot of computed.filter(slot => !slot.includes("*"))) for (const name of atoms(slot)) born[name] ??= k;
});

// In the quiz: the results of the current step until it is answered, and what a later step will ask for.
const asking = () => quiz && S[at].asked !== "" && !answered.has(at);
function secret(slot) {
  const hidden = asking() ? S[at].results : [], names = atoms(slot);
  if (hidden.some(result => result === slot || names.includes(result.replace("|", "")))) return true;
  return quiz && S.some((step, k) => k > at && !answered.has(k) && names.includes(step.asked));
}

// Whether a number in a part of the drawing is still to come. A gradient in the forward drawing comes with its dual.
function hides(id, slot) {
  const names = atoms(slot), dual = parts[`i${id.slice(1)}`];
  if (!parts[id].classList.contains("on") || names.some(name => born[name] > at) || secret(slot)) return true;
  return id[0] === "f" && names.some(name => name[0] === "d" && !(name in born)) && !dual?.classList.contains("on");
}

function compute() {
  if (!D.code) return;
  numbers = run(D.code, D.order.flatMap(box => leaves[D.leaves.findIndex(leaf => leaf.box === box)]));
  rewrite(document);
  paintEdges(look);
}

// The numbers as they are now; those of too many boxes, "?", are not known any more when a leaf has been changed.
function rewrite(where) {
  writeNumbers(where, look, D.digits);
  if (String(leaves) !== String(original)) for (const el of all('[data-n="?"]', where)) el.textContent = "…";
}

function show(i, linked = true) {
  const before = at;
  at = Math.max(0, Math.min(S.length - 1, i));
  const step = S[at], backwards = step.view === "i", hidden = asking();
  document.body.classList.toggle("back", backwards);
  document.body.classList.toggle("flip", backwards !== flipped);
  light();
  $("mode").textContent = backwards ? W.backward : W.forward;
  $("rule").innerHTML = step.rule ? `<b>${step.rule}</b>${W.rules[step.rule - 1]}` : "&#160;";
  $("title").textContent = step.title;
  $("equations").innerHTML = `<div>${step.equations}</div><div>${step.numbers}</div>`;
  if (D.code) rewrite($("equations"));
  for (const el of all("[data-n]", $("equations"))) {
    if (secret(el.dataset.n)) el.textContent = el.dataset.n === step.asked ? "?" : "…";
  }
  $("step").classList.remove("tight");
  $("step").classList.toggle("tight", $("step").scrollHeight > $("step").clientHeight);
  table();
  $("slider").value = at + 1;
  $("slider").setAttribute("aria-valuetext", step.title);
  $("count").textContent = `${at + 1} / ${S.length}`;
  $("quiz").hidden = !quiz;
  $("question").textContent = !step.asked ? W.nothing : hidden ? W.ask : W.done;
  $("answer").disabled = $("check").disabled = $("reveal").disabled = !hidden;
  $("score").textContent = W.score.replace("{right}", right).replace("{asked}", asked);
  if (at !== before) bring(parts[`${step.view}-${step.parts[0]}`]);
  if (linked) remember(`#step=${at + 1}`);
}

// The drawing: what has come, what is new, and no number too early; its parts are called what stands in them.
function light() {
  for (const part of Object.values(parts)) part.classList.remove("on", "now");
  S.slice(0, at + 1).forEach((step, k) => {
    for (const part of step.parts.map(name => parts[`${step.view}-${name}`])) {
      part?.classList.add("on");
      if (k === at) part?.classList.add("now");
    }
  });
  for (const id in parts) {
    for (const el of all("[data-n]", parts[id])) el.classList.toggle("hidden", hides(id, el.dataset.n));
    if (id in D.labels) name(id, label(id));
  }
}

function label(id) {
  const written_ = slot => parts[id].querySelector(`[data-n="${slot}"]`)?.textContent ?? format(value(slot), D.digits);
  const words = D.labels[id].map((word, i) => i % 2 === 0 ? word : hides(id, word) ? "" : written_(word));
  return words.join("").replace(/\s+/g, " ").replace(/[\s=]+$/, "").trim();
}

function name(id, text) {
  const part = parts[id], leaf = editable[id];
  part.querySelector("title").textContent = text;
  if (!leaf) return part.setAttribute("role", "img");
  const x = short(leaves[D.leaves.indexOf(leaf)][0]);
  part.setAttribute("aria-label", W.change.replace("{value}", x).replace("{name}", leaf.name));
}

// Where the stage scrolls, the part that is new comes into its middle.
function bring(part) {
  const stage = $("stage");
  if (!part || (stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight)) return;
  const box = part.getBoundingClientRect(), frame = stage.getBoundingClientRect();
  stage.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  stage.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
}

// The table: the gradients that have arrived by step `last`, and the cost.
function table(last = at) {
  const now = {};
  S.slice(0, last + 1).forEach((step, k) => {
    for (const [box, slot] of step.gradients) if (k < at || !asking()) now[box] = [slot, k === at];
  });
  for (const leaf of D.leaves) {
    const cell = $(`g${leaf.box}`), [slot, fresh] = now[leaf.box] ?? ["", false];
    if (!cell) continue;
    const norm = slot[0] === "|" ? "‖·‖ = " : "";
    cell.textContent = slot && known(slot) && !secret(slot) ? norm + written(value(slot), D.digits) : "—";
    cell.parentElement.classList.toggle("hit", fresh);
  }
  $("cost").textContent = costKnown(last) ? written(value(D.cost), D.digits) : "—";
}
const costKnown = (last = at) => known(D.cost) && (born[D.cost] ?? S.length - 1) <= last && !secret(D.cost);

// Stepping.
function pause() {
  clearInterval(timer);
  timer = 0;
  $("play").setAttribute("aria-pressed", "false");
}
function play() {
  if (timer) return pause();
  if (at === S.length - 1) show(0);
  $("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => at < S.length - 1 ? show(at + 1) : pause(), 1800);
}
function go(i) {
  pause();
  show(i);
}
function flip() {
  flipped = !flipped;
  $("flip").setAttribute("aria-pressed", flipped);
  show(at);
}
function ask() {
  quiz = !quiz;
  $("ask").setAttribute("aria-pressed", quiz);
  $("verdict").textContent = "";
  go(at);
}
function keys() {
  shortcuts = !shortcuts;
  $("keys").setAttribute("aria-pressed", shortcuts);
}
const actions = {
  first: () => go(0), back: () => go(at - 1), play, next: () => go(at + 1), last: () => go(S.length - 1), flip, ask, keys,
};
for (const [id, act] of Object.entries(actions)) $(id).onclick = act;
$("slider").oninput = e => go(e.target.value - 1);

const SHORTCUTS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play", f: "flip", q: "ask" };
addEventListener("keydown", e => {
  const action = SHORTCUTS[e.key.length > 1 ? e.key : e.key.toLowerCase()];
  const typing = e.target.matches?.("input[type=text], textarea"), pressing = e.target.tagName === "BUTTON" && e.key === " ";
  if (!shortcuts || !action || typing || pressing || e.ctrlKey || e.metaKey || e.altKey) return;
  e.preventDefault();
  actions[action]();
});

// Quiz: a number counts as right within half of its last decimal, or 1 %.
function answer(given) {
  const x = value(S[at].asked), y = parsed(given);
  if (y.length !== 1 || !Number.isFinite(y[0])) {
    $("verdict").textContent = W.number;
    return;
  }
  asked++;
  const good = Math.abs(y[0] - x) <= Math.max(.5000001 * 10 ** -D.digits, .01 * Math.abs(x));
  if (good) {
    right++;
    answered.add(at);
    $("answer").value = "";
  }
  $("verdict").textContent = good ? W.right : W.wrong;
  show(at);
}
$("check").onclick = () => answer($("answer").value);
$("answer").onkeydown = e => {
  if (e.key === "Enter") answer(e.target.value);
};
$("reveal").onclick = () => {
  answered.add(at);
  asked++;
  $("verdict").textContent = "";
  show(at);
};
