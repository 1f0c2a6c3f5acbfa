"use strict";
// Changing numbers in the player. There is one way in, the fields of the table: they are read on "input", and the small
// field that opens at a part of the drawing writes into them.
const fieldOf = leaf => $(`v${leaf.box}`);
const short = x => Number.isFinite(x) ? String(+x.toPrecision(6)).replaceAll("-", "−") : format(x, 0);

// The numbers in a text, written with a point or a comma, an exponent as 1e-5 or as in the pictures; NaN for no number.
function parsed(text) {
  const plain = text.normalize("NFKC").replace(/−/g, "-").replace(/,/g, ".").replace(/·10\^?/g, "e").trim();
  return plain ? plain.split(/\s*;\s*|\s+/).map(x => x ? Number(x) : NaN) : [];
}

// The fields of single numbers have one width, that of the longest.
function fit() {
  const lengths = all("#numbers input").map(field => field.value.length);
  $("numbers").style.setProperty("--letters", Math.max(6, ...lengths));
}

function changed() {
  answered.clear();  // other numbers, other questions
  compute();
  show(at);
  fit();
}

D.leaves.forEach((leaf, k) => {
  const field = fieldOf(leaf);
  if (field) field.oninput = () => {
    const found = parsed(field.value), fits = found.length === leaf.numbers.length && found.every(Number.isFinite);
    field.setAttribute("aria-invalid", !fits);
    $("say").textContent = fits ? "" : W.invalid.replace("{n}", leaf.numbers.length);
    if (!fits) return;
    leaves[k] = found;
    changed();
  };
});

function write(found) {
  leaves = found;
  D.leaves.forEach((leaf, k) => {
    const field = fieldOf(leaf);
    if (!field) return;
    field.value = leaves[k].map(short).join("; ");
    field.setAttribute("aria-invalid", false);
  });
  changed();
}

if ($("reset")) $("reset").onclick = () => {
  $("say").textContent = "";
  write(original.map(row => [...row]));
};
if ($("update")) $("update").onclick = () => {
  const rate = parsed($("rate").value), before = value(D.cost);
  if (rate.length !== 1 || !Number.isFinite(rate[0])) {
    $("say").textContent = W.number;
    return;
  }
  write(leaves.map((row, k) => {
    const slot = `d${D.leaves[k].box}`, moves = D.leaves[k].trained && slot in D.slots ? [value(slot)].flat() : null;
    return moves ? row.map((x, j) => x - rate[0] * moves[j]) : row;
  }));
  const change = `${D.output}: ${written(before, D.digits)} → ${written(value(D.cost), D.digits)}`;
  $("say").textContent = costKnown() ? change : W.updated;
};

// In the drawing: a part with the number of a leaf is a button; it opens a field below it, a popover, which Escape or a
// click beside it closes.
const editable = {};  // the leaf of a part; of two the one that is trained
let edited = null;
for (const id in parts) {
  const texts = all("[data-n]", parts[id]).map(el => el.dataset.n);
  const found = D.leaves.filter(leaf => texts.includes(`v${leaf.box}`) && fieldOf(leaf)?.tagName === "INPUT");
  if (!found.length) continue;
  editable[id] = found.find(leaf => leaf.trained) ?? found[0];
  for (const [key, text] of [["role", "button"], ["tabindex", 0], ["aria-haspopup", "dialog"]]) {
    parts[id].setAttribute(key, text);
  }
  parts[id].onclick = () => edit(id);
  parts[id].onkeydown = e => {
    if (e.key !== "Enter" && e.key !== " ") return;
    e.preventDefault();
    e.stopPropagation();
    edit(id);
  };
}

function edit(id) {
  const editor = $("editor"), box = parts[id].getBoundingClientRect();
  edited = editable[id];
  for (const el of [editor, $("entry")]) el.setAttribute("aria-label", fieldOf(edited).getAttribute("aria-label"));
  put(fieldOf(edited).value);
  editor.showPopover();
  const low = box.bottom + 6, high = Math.max(4, box.top - editor.offsetHeight - 6);
  const left = box.left + (box.width - editor.offsetWidth) / 2;
  editor.style.left = `${Math.max(4, Math.min(innerWidth - editor.offsetWidth - 4, left))}px`;
  editor.style.top = `${low + editor.offsetHeight <= innerHeight ? low : high}px`;
  $("entry").focus({ preventScroll: true });
  $("entry").select();
}

function put(text) {
  if ($("entry").value !== text) $("entry").value = text;
  if (fieldOf(edited).value !== text) {
    fieldOf(edited).value = text;
    fieldOf(edited).dispatchEvent(new Event("input"));
  }
  $("entry").setAttribute("aria-invalid", fieldOf(edited).ariaInvalid === "true");
}
const add = step => put(short(leaves[D.leaves.indexOf(edited)][0] + step));
$("entry").oninput = () => put($("entry").value);
$("less").onclick = () => add(-.1);
$("more").onclick = () => add(.1);
$("editor").onkeydown = e => {
  e.stopPropagation();  // they are no shortcuts
  if (e.key === "Enter" && e.target === $("entry")) $("editor").hidePopover();
};

$("handout").append(...S.map(step => {
  const item = document.createElement("li"), sign = step.rule ? `${"①②③④⑤⑥⑦⑧"[step.rule - 1]} ` : "";
  item.innerHTML = `<b>${sign}</b><span></span>${step.equations}${step.numbers}`;
  item.querySelector("span").textContent = step.title;
  return item;
}));
const linked = () => {
  const found = /step=(\d+)/.exec(location.hash);
  show(found ? found[1] - 1 : 0, Boolean(found));
};
addEventListener("hashchange", linked);
addEventListener("beforeprint", () => table(S.length - 1));  // paper has every step at once
addEventListener("afterprint", () => show(at));
compute();
fit();
linked();
