// The network of the player: the numbers of its leaves, what is computed from them, and the parts
// of its drawings. Other scripts read `leaves`, `numbers` and `current`; edit.js changes the
// leaves.

const steps = data.steps;
const original = data.leaves.map((leaf) => leaf.numbers.map(Number));
let leaves = original.map((row) => [...row]);
let numbers = data.numbers.map(Number);
let current = 0; // the step that is shown

const known = (slot) => namesIn(slot).every((name) => name in data.slots);
const value = (slot) => read(slot, data.slots, numbers);
const valueIfKnown = (slot) => (known(slot) ? value(slot) : undefined);

// The parts of both drawings by id: f-n3 is forwards what i-n3 is backwards.
const parts = {};
for (const part of all("#stage g[id]")) {
  part.dataset.part = part.id;
  parts[part.id] = part;
}
const partsOf = (step) => step.parts.map((name) => parts[`${step.view[0]}-${name}`]);
const dualOf = (id) => parts[`i${id.slice(1)}`];
const paintEdges = edges(byId("stage"));

// The step that computes a number first; what no step computes is there as soon as its part is.
const born = {};
steps.forEach((step, k) => {
  const collected = step.gradients.map(([, slot]) => slot);
  const computed = [...step.results, ...collected].filter((slot) => !isProduct(slot));
  for (const name of computed.flatMap(namesIn)) born[name] ??= k;
});

// All numbers anew from those of the leaves.
function compute() {
  if (!data.code) return;
  const place = new Map(data.leaves.map((leaf, k) => [leaf.box, k]));
  numbers = run(
    data.code,
    data.order.flatMap((box) => leaves[place.get(box)]),
  );
  rewrite(document);
  paintEdges(valueIfKnown);
}

// The numbers as they are now. Those of too many boxes, "?", are unknown once a leaf was changed.
function rewrite(where) {
  writeNumbers(where, valueIfKnown, data.digits);
  if (String(leaves) === String(original)) return;
  for (const element of all('[data-n="?"]', where)) element.textContent = "…";
}
