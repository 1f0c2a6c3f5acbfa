"use strict";
// The player: one step after another, forwards and then backwards. D holds what Python wrote about the network.
const D = JSON.parse(document.getElementById("data").textContent), W = D.words, S = D.steps;
const $ = id => document.getElementById(id);
const original = D.leaves.map(leaf => [...leaf.numbers]);
let leaves = original.map(numbers => [...numbers]), numbers = [], at = 0, flipped = false, timer = 0, quiz = false;
let right = 0, asked = 0, answered = new Set();

// The parts of both drawings by name: f-n3 is forwards what i-n3 is backwards.
const parts = {};
for (const g of all("#stage g[id]")) { g.dataset.part = g.id; parts[g.id] = g; }
const paintEdges = edges($("stage"));
const value = slot => read(slot, D.slots, D.code ? numbers : D.numbers);
const known = slot => slot.replace(/^\|/, "").split(/[*+]/).every(name => name in D.slots);
const look = slot => known(slot) ? value(slot) : undefined;

function compute() {
  if (!D.code) return;
  numbers = run(D.code, D.order.flatMap(box => leaves[D.leaves.findIndex(leaf => leaf.box === box)]));
  writeNumbers(document, look, D.digits);
  paintEdges(look);
}

// Show a step.
function show(i, remember = true) {
  at = Math.max(0, Math.min(S.length - 1, i));
  const step = S[at], back = (step.v === "i") !== flipped, stage = $("stage");
  document.body.classList.toggle("back", step.v === "i");
  document.body.classList.toggle("flip", back);
  for (const g of Object.values(parts)) g.classList.remove("on", "now");
  S.slice(0, at + 1).forEach((s, k) => s.p.forEach(name => {
    const g = parts[`${s.v}-${name}`];
    if (g) { g.classList.add("on"); if (k === at) g.classList.add("now"); }
  }));
  $("mode").textContent = step.v === "i" ? W.backward : W.forward;
  $("rule").innerHTML = step.r ? `<b>${step.r}</b>${W.rules[step.r - 1]}` : "&#160;";
  $("title").textContent = step.t;
  $("equations").innerHTML = step.e + step.n;
  const hidden = quiz && step.a && !answered.has(at);
  if (D.code) writeNumbers($("equations"), look, D.digits);
  for (const el of all("[data-n].ask")) el.classList.remove("ask");
  if (hidden) {
    for (const el of all(".r", $("equations"))) el.textContent = el.dataset.n === step.a ? "?" : "…";
    for (const name of step.p) for (const el of all("[data-n]", parts[`${step.v}-${name}`])) if (step.h.includes(el.dataset.n)) el.classList.add("ask");
  }
  gradients(hidden);
  $("slider").value = at + 1;
  $("slider").setAttribute("aria-valuetext", step.t);
  $("count").textContent = `${at + 1} / ${S.length}`;
  $("quiz").hidden = !quiz;
  $("question").textContent = !step.a ? W.nothing : answered.has(at) ? W.done : W.ask;
  $("answer").disabled = $("check").disabled = $("reveal").disabled = !hidden;
  $("score").textContent = W.score.replace("{right}", right).replace("{asked}", asked);
  const first = parts[`${step.v}-${step.p[0]}`];
  if (first && stage.scrollWidth > stage.clientWidth) {
    const box = first.getBoundingClientRect(), frame = stage.getBoundingClientRect();
    stage.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }
  if (remember) history.replaceState(null, "", `#step=${at + 1}`);
}

// The gradients that have arrived by step `last`.
function gradients(hidden, last = at) {
  for (const row of all("tbody tr", $("numbers"))) row.classList.remove("hit");
  const now = {};
  S.slice(0, last + 1).forEach((s, k) => s.g.forEach(([box, slot]) => { if (!(hidden && k === at)) now[box] = [slot, k === at]; }));
  for (const leaf of D.leaves) {
    const cell = $(`g${leaf.box}`), found = now[leaf.box];
    if (!cell) continue;
    cell.textContent = found && known(found[0]) ? written(value(found[0]), D.digits) : "—";
    cell.parentElement.classList.toggle("hit", Boolean(found && found[1]));
  }
}

const parsed = text => text.trim() && text.trim().split(/\s*;\s*|\s+/).map(x => Number(x.replace("−", "-").replace(",", ".").replace("·10^", "e")));
const pause = () => { clearInterval(timer); timer = 0; $("play").setAttribute("aria-pressed", "false"); };
function play() {
  if (timer) return pause();
  if (at === S.length - 1) show(0);
  $("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => at < S.length - 1 ? show(at + 1) : pause(), 1800);
}
const go = i => { pause(); show(i); };
const flip = () => { flipped = !flipped; $("flip").setAttribute("aria-pressed", flipped); show(at); };
const ask = () => { quiz = !quiz; pause(); $("ask").setAttribute("aria-pressed", quiz); $("verdict").textContent = ""; show(at); };
const actions = { first: () => go(0), back: () => go(at - 1), play, next: () => go(at + 1), last: () => go(S.length - 1), flip, ask };
for (const [id, act] of Object.entries(actions)) $(id).onclick = act;
$("slider").oninput = e => go(e.target.value - 1);
const keys = { ArrowLeft: "back", ArrowRight: "next", " ": "play", f: "flip", Home: "first", End: "last", q: "ask" };
addEventListener("keydown", e => {
  const act = keys[e.key.length > 1 ? e.key : e.key.toLowerCase()], tag = e.target.tagName;
  if (!act || e.ctrlKey || e.metaKey || e.altKey || (tag === "INPUT" && e.target.type === "text") || (tag === "BUTTON" && e.key === " ")) return;
  e.preventDefault();
  actions[act]();
});

// Quiz: a number counts as right within half of its last decimal, or 1 %.
function answer(given) {
  const step = S[at], x = value(step.a), y = parsed(given);
  if (!y || y.length !== 1 || !Number.isFinite(y[0])) { $("verdict").textContent = W.number; return; }
  asked++;
  const good = Math.abs(y[0] - x) <= Math.max(.5000001 * 10 ** -D.digits, .01 * Math.abs(x));
  if (good) { right++; answered.add(at); $("answer").value = ""; }
  $("verdict").textContent = good ? W.right : W.wrong;
  show(at);
}
$("check").onclick = () => answer($("answer").value);
$("answer").onkeydown = e => { if (e.key === "Enter") answer(e.target.value); };
$("reveal").onclick = () => { answered.add(at); asked++; $("verdict").textContent = ""; show(at); };

// Editing the leaves, and the step that training takes.
D.leaves.forEach((leaf, k) => {
  const input = $(`v${leaf.box}`);
  if (!input || !D.code) return;
  input.oninput = () => {
    const found = parsed(input.value), fits = found && found.length === leaf.numbers.length && found.every(Number.isFinite);
    input.setAttribute("aria-invalid", !fits);
    $("say").textContent = fits ? "" : W.invalid.replace("{n}", leaf.numbers.length);
    if (fits) { leaves[k] = found; compute(); show(at); }
  };
});
function write() {
  D.leaves.forEach((leaf, k) => { const el = $(`v${leaf.box}`); if (el) { el.value = leaves[k].map(x => +x.toPrecision(6)).join("; ").replaceAll("-", "−"); el.setAttribute("aria-invalid", false); } });
  compute();
  show(at);
}
if (D.code) {
  $("reset").onclick = () => { leaves = original.map(row => [...row]); $("say").textContent = ""; write(); };
  if ($("update")) $("update").onclick = () => {
    const rate = parsed($("rate").value), before = value(D.cost);
    if (!rate || rate.length !== 1 || !Number.isFinite(rate[0])) { $("say").textContent = W.number; return; }
    const moves = D.leaves.map(leaf => leaf.trained && `d${leaf.box}` in D.slots ? [value(`d${leaf.box}`)].flat() : null);
    leaves = leaves.map((row, k) => moves[k] ? row.map((x, j) => x - rate[0] * moves[k][j]) : row);
    write();
    $("say").textContent = `${D.output}: ${format(before, D.digits)} → ${format(value(D.cost), D.digits)}`;
  };
}

$("handout").innerHTML = S.map(s => `<li><b>${s.r ? "①②③④⑤⑥⑦⑧"[s.r - 1] + " " : ""}</b>${s.th}${s.e}${s.n}</li>`).join("");
compute();
const linked = () => { const n = /step=(\d+)/.exec(location.hash); show(n ? n[1] - 1 : 0, Boolean(n)); };
addEventListener("hashchange", linked);
addEventListener("beforeprint", () => gradients(false, S.length - 1));  // paper has every step at once
addEventListener("afterprint", () => show(at));
linked();
