// What a model with two inputs answers everywhere: the regions of the classes and their boundary.

const NONE = 255; // the class of a cell without an answer; so in viz/pages/recording.py
const HATCH = "M-1.5 1.5 1.5-1.5M-1.5 0 0-1.5M0 1.5 1.5 0";

// Draws the panel, and returns what paints a frame.
function plane(holder) {
  const side = data.answers ? data.side : 100; // cells
  const canvas = holder.appendChild(document.createElement("canvas"));
  canvas.width = canvas.height = 2 * side; // pixels: four of a cell, for the hatching
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", words.answers);
  const square = { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" };
  const svg = make("svg", square, holder);
  const line = {
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.6,
    "vector-effect": "non-scaling-stroke",
  };
  const boundary = make("path", line, svg);
  markSamples(svg);
  data.names.forEach((name, kind) => entry(name, (icon) => mark(kind, 0, 0, 1.2, icon)));
  const hatching = { d: HATCH, style: "stroke:var(--muted);stroke-width:.5" };
  const nothing = entry(words.nothing, (icon) => make("path", hatching, icon));
  axisEntries();

  const answers = data.answers ? keptAnswers(side) : computedAnswers(side);
  return (frame) => {
    const { kinds, sure } = answers(frame);
    paintRegions(canvas, kinds, sure, side);
    boundary.setAttribute("d", boundaryOf(kinds, side));
    nothing.hidden = !kinds.includes(NONE);
  };
}

// Answers: the class of every cell, row by row from above, and how sure it is, from 0 to 1.

function keptAnswers(side) {
  const kept = new Uint8Array(bytes(data.answers));
  const sure = () => 0.7;
  return (frame) => ({ kinds: kept.subarray(frame * side ** 2, (frame + 1) * side ** 2), sure });
}

function computedAnswers(side) {
  const [left, right, bottom, top] = data.range;
  const cells = new Float64Array(side ** 2);
  const middle = (k) => (k + 0.5) / side; // of a column or row
  const xs = cells.map((_, k) => left + (right - left) * middle(k % side));
  const ys = cells.map((_, k) => top - (top - bottom) * middle(Math.floor(k / side)));
  return (frame) => {
    const outputs = rows(frame, [xs, ys], side ** 2);
    const [first] = outputs;
    const isSingle = outputs.length === 1;
    const margin = (k) => Math.min(1, 2 * Math.abs(first[k] - data.threshold));
    const kinds = Uint8Array.from(cells, (_, k) => classOf(outputs, k));
    return { kinds, sure: isSingle ? margin : () => 0.7 };
  };
}

// The class of cell k: the greatest of several outputs, or whether one reaches the threshold.
function classOf(outputs, k) {
  if (outputs.some((row) => Number.isNaN(row[k]))) return NONE;
  if (outputs.length === 1) return outputs[0][k] >= data.threshold ? 1 : 0;
  return outputs.reduce((best, row, kind) => (row[k] > outputs[best][k] ? kind : best), 0);
}

// Colours.

const rgb = (name) => {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
};

// A cell is tinted, the more the surer it is. Where there are more classes than colours those with
// a colour of another one are hatched; where there is no answer there is nothing but hatching.
function paintRegions(canvas, kinds, sure, side) {
  const paper = rgb("paper");
  const muted = rgb("muted");
  const tints = Array.from({ length: data.shades }, (_, kind) => rgb(shade(kind)));
  const context = canvas.getContext("2d");
  const image = context.createImageData(2 * side, 2 * side);
  for (let k = 0; k < 4 * side ** 2; k++) {
    const [x, y] = [k % (2 * side), Math.floor(k / 2 / side)];
    const cell = (y >> 1) * side + (x >> 1);
    const kind = kinds[cell];
    const isNone = kind === NONE;
    const tint = isNone ? muted : tints[kind % data.shades];
    const share = isNone ? noneShare(x, y) : classShare(x, y, kind, sure(cell));
    for (let c = 0; c < 3; c++) image.data[4 * k + c] = paper[c] + (tint[c] - paper[c]) * share;
    image.data[4 * k + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

// How much of its colour a pixel has.
const noneShare = (x, y) => ((x + y) % 8 < 2 ? 0.6 : 0);
const classShare = (x, y, kind, sure) =>
  0.12 + 0.33 * sure + (kind >= data.shades && (x - y) % 8 === 0 ? 0.3 : 0);

// The sides between cells of different classes, as a path in the square of 100 × 100.
function boundaryOf(kinds, side) {
  const width = 100 / side;
  const sides = [];
  for (let k = 0; k < side ** 2; k++) {
    const [column, row] = [k % side, Math.floor(k / side)];
    const [right, bottom] = [column + 1, row + 1].map((i) => (100 * i) / side);
    const differs = (neighbour) => kinds[neighbour] !== kinds[k];
    if (column + 1 < side && differs(k + 1)) {
      sides.push(`M${right.toFixed(2)} ${(bottom - width).toFixed(2)}v${width.toFixed(2)}`);
    }
    if (row + 1 < side && differs(k + side)) {
      sides.push(`M${(right - width).toFixed(2)} ${bottom.toFixed(2)}h${width.toFixed(2)}`);
    }
  }
  return sides.join("");
}
