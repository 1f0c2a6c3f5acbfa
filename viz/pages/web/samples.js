// The samples in the panel of the answers, and the legend below it: a class has a colour and a
// sign.

const SIGNS = [
  "M1 0A1 1 0 1 1-1 0 1 1 0 1 1 1 0",
  "M-.9-.9H.9V.9H-.9Z",
  "M0-1.1 1 .8H-1Z",
  "M0-1.2 1.2 0 0 1.2-1.2 0Z",
  "M0 1.1 1-.8H-1Z",
  "M-.4-1.1H.4V-.4H1.1V.4H.4V1.1H-.4V.4H-1.1V-.4H-.4Z",
  "M-1-.5-.5-1 0-.5.5-1 1-.5.5 0 1 .5.5 1 0 .5-.5 1-1 .5-.5 0Z",
  "M-1.1 0 .8 1V-1Z",
  "M1.1 0-.8 1V-1Z",
  "M0-1.1 1.05-.34.65.9H-.65L-1.05-.34Z",
  "M0-1.2.3-.4 1.15-.37.48.15.7.97 0 .5-.7.97-.48.15-1.15-.37-.3-.4Z",
];

const shade = (kind) => `c${kind % data.shades}`; // the CSS variable of its colour

function mark(kind, x, y, scale, parent) {
  const attributes = {
    class: "point",
    d: SIGNS[kind % SIGNS.length],
    transform: `translate(${x} ${y}) scale(${scale})`,
    style: `fill:var(--${shade(kind)})`,
    "vector-effect": "non-scaling-stroke",
  };
  make("path", attributes, parent);
}

// The square of 100 × 100 that the range of the data is drawn in.
const across = (x) => (100 * (x - data.range[0])) / (data.range[1] - data.range[0]);
const down = (y) => (100 * (data.range[3] - y)) / (data.range[3] - data.range[2]);

function markSamples(svg, signOf = (kind) => kind) {
  for (const [x, y, kind] of data.points) mark(signOf(kind), across(x), down(y), 1.3, svg);
}

// A line of the legend; `draw` draws its icon.
function entry(text, draw) {
  const item = document.createElement("li");
  byId("space").querySelector("ul").append(item);
  draw?.(make("svg", { viewBox: "-1.6 -1.6 3.2 3.2", "aria-hidden": "true" }, item));
  item.append(text);
  return item;
}

function axisEntries() {
  const span = (low, high) => `${format(low, 2)} … ${format(high, 2)}`;
  const [left, right, bottom, top] = data.range;
  entry(`→ ${data.axes[0]} ${span(left, right)}`);
  entry(`↑ ${data.axes[1]} ${span(bottom, top)}`);
}
