// Writes numbers into a drawing: into its texts that have a slot (data-n), and into its edges,
// whose width and dash are those of a number (data-w).

const AIR = 4; // pixels between a number and the edge of what it stands in
const THIN = 0.7; // the least width of an edge, as in viz/neurons/circles.py; so are the dashes

const LOG_THIN = 1.2; // the same on a logarithmic scale, as in viz/recurrent/unrolled.py

// `value` gives the number of a slot, or undefined where the text is to stay.
function writeNumbers(where, value, digits) {
  const changed = [];
  for (const element of all("[data-n]", where)) {
    const x = value(element.dataset.n);
    if (x === undefined) continue;
    const decimals = /\.(\d+)/.exec(element.textContent) ?? [0, "0".repeat(digits)];
    element.dataset.decimals ??= decimals[1].length; // as many as it was printed with
    const text = written(x, +element.dataset.decimals);
    if (element.textContent.replace(/[()]/g, "") !== text) changed.push([element, text]);
  }
  const drawn = changed.map(([element]) => element).filter((el) => el instanceof SVGTextElement);
  for (const element of drawn) {
    element.dataset.room ??= room(element);
    element.dataset.size ??= element.getAttribute("font-size");
  }
  for (const [element, text] of changed) element.textContent = bracketed(element, text);
  fitTexts(drawn);
}

// In parentheses where a formula needs them: a negative number (data-p), or where data-p is "^" a
// power of ten that is raised to a power.
function bracketed(element, text) {
  const isPower = element.dataset.p && text.includes("·");
  return isPower || ("p" in element.dataset && text[0] === "−") ? `(${text})` : text;
}

// Texts in their usual size, or smaller where they are longer than their room.
function fitTexts(texts) {
  for (const text of texts) text.setAttribute("font-size", text.dataset.size);
  const widths = texts.map((text) => text.getComputedTextLength()); // all at once: one layout
  texts.forEach((text, i) => {
    const share = text.dataset.room / widths[i];
    if (share < 1) text.setAttribute("font-size", text.dataset.size * share);
  });
}

// How long a number may become: up to the edge of the shape that it stands in, and to what stands
// in its line. A label beside a wire or on it may become a little longer than its longest line.
function room(element) {
  const own = element.getBBox();
  const middle = own.y + own.height / 2;
  const others = all("text", element.parentNode).filter((other) => other !== element);
  const boxes = others.map((other) => other.getBBox());
  const shape = element.parentNode.querySelector(":scope:not(.label) > :is(rect, circle)");
  const air = shape ? AIR : -1.5 * AIR;
  let [left, right] = shape ? insideOf(shape, own, middle) : extentOf([own, ...boxes]);
  [left, right] = [left + air, right - air];
  for (const box of boxes.filter((box) => box.y < middle && middle < box.y + box.height)) {
    if (box.x > own.x) right = Math.min(right, box.x - AIR);
    else left = Math.max(left, box.x + box.width + AIR);
  }
  const x = +element.getAttribute("x");
  const anchor = element.getAttribute("text-anchor");
  const found = { middle: 2 * Math.min(x - left, right - x), end: x - left }[anchor] ?? right - x;
  return Math.max(found, own.width);
}

const extentOf = (boxes) => [
  Math.min(...boxes.map((box) => box.x)),
  Math.max(...boxes.map((box) => box.x + box.width)),
];

// From where to where a text can reach in a shape: in a circle it is the chord at its height.
function insideOf(shape, own, middle) {
  if (shape.tagName !== "circle") return extentOf([shape.getBBox()]);
  const [radius, x, y] = ["r", "cx", "cy"].map((name) => +shape.getAttribute(name));
  const height = Math.abs(middle - y) + own.height / 4;
  const half = Math.sqrt(Math.max(0, radius ** 2 - height ** 2));
  return [x - half, x + half];
}

const dashOf = (x) => (Number.isNaN(x) ? "1 4" : x < 0 ? "7 5" : "");

// The edges of a drawing, as a function that draws them anew: `value` gives the number of a slot,
// and `largest` the number that is drawn thickest, by default the largest there is. Slots of one
// kind are compared: values with values, gradients with gradients.
function edges(where) {
  const kinds = {};
  for (const path of all("[data-w]", where)) {
    const kind = (kinds[kindOf(path.dataset.w) + path.dataset.d] ??= { paths: [], thickest: 0 });
    kind.paths.push(path);
    kind.thickest = Math.max(kind.thickest, +path.getAttribute("stroke-width"));
  }
  return (value, largest) => {
    for (const { paths, thickest } of Object.values(kinds)) {
      const known = paths.filter((path) => value(path.dataset.w) !== undefined);
      const sizes = known.map((path) => Math.abs(value(path.dataset.w))).filter(Number.isFinite);
      const most = largest || Math.max(...sizes, 1e-300);
      for (const path of known) paintEdge(path, value(path.dataset.w), most, thickest);
    }
  };
}

function paintEdge(path, x, most, thickest) {
  const part = Math.abs(x) / most;
  if (path.dataset.d) {
    const share = Math.max(0, 1 + Math.log10(part) / path.dataset.d) || 0; // 0 for NaN
    path.setAttribute("stroke-width", LOG_THIN + (thickest - LOG_THIN) * share);
    return;
  }
  const share = Math.min(1, part) || 0; // 0 for NaN
  path.setAttribute("stroke-width", THIN + (thickest - THIN) * share);
  if (dashOf(x)) path.setAttribute("stroke-dasharray", dashOf(x));
  else path.removeAttribute("stroke-dasharray");
}
