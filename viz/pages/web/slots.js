// Slots: the names that the pictures give to their numbers, "v3" or "|d5" or "g3*d9+g4*d7".
// Their grammar stands in viz/picture/slots.py, which makes those of the pictures.

const valueOf = (box) => `v${box}`;
const flowOf = (box) => `d${box}`; // ∂J/∂ of a box

const kindOf = (slot) => slot[0]; // of the number: numbers of one kind can be compared
const isFlow = (slot) => slot[0] === "d";
const isNorm = (slot) => slot[0] === "|";
const isProduct = (slot) => slot.includes("*");

const isPlain = (name) => /^-?\d+$/.test(name); // a factor that is a number

// The boxes' and arrows' own numbers that a slot is made of: of "v1*d5+-1*v4" v1, d5 and v4.
const namesIn = (slot) =>
  slot
    .replace(/^\|/, "")
    .split(/[*+]/)
    .filter((name) => !isPlain(name));

const norm = (entries) => (entries.some(Number.isNaN) ? NaN : Math.hypot(...entries));

// What a slot says. `places` are those of the names in `numbers`: one, or of an array a list.
function read(slot, places, numbers) {
  const entries = (name) => [places[name]].flat().map((place) => numbers[place]);
  if (isNorm(slot)) return norm(namesIn(slot).flatMap(entries));
  if (/[*+]/.test(slot)) {
    const factor = (name) => (isPlain(name) ? Number(name) : entries(name)[0]);
    const product = (term) => term.split("*").reduce((soFar, name) => soFar * factor(name), 1);
    return slot.split("+").reduce((sum, term) => sum + product(term), 0);
  }
  return Array.isArray(places[slot]) ? entries(slot) : entries(slot)[0];
}
