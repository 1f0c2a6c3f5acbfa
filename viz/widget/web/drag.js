// Dragging a number of the drawing sideways: to the right it grows. Without a pointer there is the
// field that Enter opens, in which the arrow keys do the same.

const DEAD = 4; // pixels that a click may move
const SHARE = 100; // how many pixels are one unit of the number's first digit

let dragged = null; // the leaf, its number at the beginning, and from where the pointer came
let wasDragged = false; // the click that follows is none

const unitOf = (x) => 10 ** Math.floor(Math.log10(Math.max(1, Math.abs(x))));

function enter(leaf, x) {
  const field = fieldOf(leaf);
  field.value = short(x);
  field.dispatchEvent(new Event("input"));
}

for (const id in editable) {
  const part = parts[id];
  part.onpointerdown = (event) => {
    if (event.button !== 0) return;
    const leaf = editable[id];
    dragged = { leaf, start: leaves[data.leaves.indexOf(leaf)][0], from: event.clientX };
    wasDragged = false;
  };
  part.onpointermove = (event) => {
    if (!dragged || !(event.buttons & 1)) return;
    const way = event.clientX - dragged.from;
    if (!wasDragged && Math.abs(way) < DEAD) return;
    if (!wasDragged) part.setPointerCapture(event.pointerId);
    wasDragged = true;
    enter(dragged.leaf, dragged.start + (way * unitOf(dragged.start)) / SHARE);
  };
  part.onpointerup = part.onpointercancel = () => (dragged = null);
}

byId("stage").addEventListener(
  "click",
  (event) => {
    if (wasDragged) event.stopPropagation();
    wasDragged = false;
  },
  true,
);

byId("entry").addEventListener("keydown", (event) => {
  const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!way) return;
  event.preventDefault();
  add(way * 0.1);
});
