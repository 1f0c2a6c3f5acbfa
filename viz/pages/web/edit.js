// Changing numbers in the player. There is one way in, the fields of the table: they are read on
// "input", and the small field that opens at a part of the drawing writes into them.

const fieldOf = (leaf) => byId(valueOf(leaf.box)); // its id is the slot of what is in it
const say = (text) => (byId("say").textContent = text);

// The fields of single numbers have one width, that of the longest.
function fit() {
  const lengths = all("#numbers input").map((field) => field.value.length);
  byId("numbers").style.setProperty("--letters", Math.max(6, ...lengths));
}

function changed() {
  answered.clear(); // other numbers, other questions
  compute();
  show(current);
  fit();
}

// The fields of the table.
data.leaves.forEach((leaf, k) => {
  const field = fieldOf(leaf);
  if (!field) return;
  field.oninput = () => {
    const found = parsed(field.value);
    const fits = found.length === leaf.numbers.length && found.every(Number.isFinite);
    field.setAttribute("aria-invalid", !fits);
    say(fits ? "" : words.invalid.replace("{n}", leaf.numbers.length));
    if (!fits) return;
    leaves[k] = found;
    changed();
  };
});

// Give all leaves other numbers.
function write(found) {
  leaves = found;
  data.leaves.forEach((leaf, k) => {
    const field = fieldOf(leaf);
    if (!field) return;
    field.value = leaves[k].map(short).join("; ");
    field.setAttribute("aria-invalid", false);
  });
  changed();
}

function reset() {
  say("");
  write(original.map((row) => [...row]));
}

// A step of gradient descent, and what it does to the cost.
function update() {
  const rate = parsed(byId("rate").value);
  const before = value(data.cost);
  if (rate.length !== 1 || !Number.isFinite(rate[0])) return say(words.number);
  const moved = data.leaves.map((leaf, k) => {
    const slot = flowOf(leaf.box);
    if (!leaf.trained || !(slot in data.slots)) return leaves[k];
    const gradient = [value(slot)].flat();
    return leaves[k].map((x, j) => x - rate[0] * gradient[j]);
  });
  write(moved);
  const [from, to] = [before, value(data.cost)].map((cost) => written(cost, data.digits));
  say(costKnown() ? `${data.output}: ${from} → ${to}` : words.updated);
}

// Pages that cannot compute have neither button.
if (byId("reset")) byId("reset").onclick = reset;
if (byId("update")) byId("update").onclick = update;

// In the drawing: a part with the number of a leaf is a button; it opens a field below it, a
// popover, which Escape or a click beside it closes.
const editable = {}; // the leaf of a part; of two the one that is trained
let edited = null;
for (const id in parts) {
  const slots = all("[data-n]", parts[id]).map((element) => element.dataset.n);
  const isIn = (leaf) => slots.includes(valueOf(leaf.box)) && fieldOf(leaf)?.tagName === "INPUT";
  const found = data.leaves.filter(isIn);
  if (!found.length) continue;
  editable[id] = found.find((leaf) => leaf.trained) ?? found[0];
  parts[id].setAttribute("role", "button");
  parts[id].setAttribute("tabindex", 0);
  parts[id].setAttribute("aria-haspopup", "dialog");
  parts[id].onclick = () => edit(id);
  parts[id].onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    edit(id);
  };
}

function edit(id) {
  const editor = byId("editor");
  edited = editable[id];
  const label = fieldOf(edited).getAttribute("aria-label");
  for (const element of [editor, byId("entry")]) element.setAttribute("aria-label", label);
  put(fieldOf(edited).value);
  editor.showPopover();
  place(editor, parts[id].getBoundingClientRect());
  byId("entry").focus({ preventScroll: true });
  byId("entry").select();
}

// Put the editor below a part, or above it where there is no room below; always in the window.
function place(editor, part) {
  const below = part.bottom + 6;
  const above = Math.max(4, part.top - editor.offsetHeight - 6);
  const left = part.left + (part.width - editor.offsetWidth) / 2;
  const rightmost = innerWidth - editor.offsetWidth - 4;
  editor.style.left = `${Math.max(4, Math.min(rightmost, left))}px`;
  editor.style.top = `${below + editor.offsetHeight <= innerHeight ? below : above}px`;
}

// Write a text into the editor and into the field of the table, which takes it over.
function put(text) {
  const field = fieldOf(edited);
  if (byId("entry").value !== text) byId("entry").value = text;
  if (field.value !== text) {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }
  byId("entry").setAttribute("aria-invalid", field.ariaInvalid === "true");
}

const add = (step) => put(short(leaves[data.leaves.indexOf(edited)][0] + step));
byId("entry").oninput = () => put(byId("entry").value);
byId("less").onclick = () => add(-0.1);
byId("more").onclick = () => add(0.1);
byId("editor").onkeydown = (event) => {
  event.stopPropagation(); // what is typed is no shortcut
  if (event.key === "Enter" && event.target === byId("entry")) byId("editor").hidePopover();
};
