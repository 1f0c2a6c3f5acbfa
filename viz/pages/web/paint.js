"use strict";
// Writes numbers into a drawing: texts that have a slot, and edges whose width and dash are those of a number.
const all = (what, where = document) => [...where.querySelectorAll(what)];
const written = (x, digits) => Array.isArray(x) ? `[${x.map(y => format(y, digits)).join(", ")}]` : format(x, digits);
const AIR = 4;  // between a number and the edge of what it stands in

// `value` gives the number of a slot, or undefined where the text is to stay.
function writeNumbers(where, value, digits) {
  const changed = [];
  for (const el of all("[data-n]", where)) {
    const x = value(el.dataset.n);
    if (x === undefined) continue;
    const decimals = /\.(\d+)/.exec(el.textContent) ?? [0, "0".repeat(digits)];
    el.dataset.d ??= decimals[1].length;  // as many as it was printed with
    const text = written(x, +el.dataset.d);
    if (el.textContent.replace(/[()]/g, "") !== text) changed.push([el, text]);
  }
  const drawn = changed.map(([el]) => el).filter(el => el instanceof SVGTextElement);
  for (const el of drawn) {
    el.dataset.room ??= room(el);
    el.dataset.size ??= el.getAttribute("font-size");
  }
  for (const [el, text] of changed) {
    const raised = el.dataset.p && text.includes("·");  // "^": a power of ten is raised to a power
    el.textContent = raised || ("p" in el.dataset && text[0] === "−") ? `(${text})` : text;
  }
  for (const el of drawn) el.setAttribute("font-size", el.dataset.size);
  const widths = drawn.map(el => el.getComputedTextLength());
  drawn.forEach((el, i) => {
    if (widths[i] > el.dataset.room) el.setAttribute("font-size", el.dataset.size * el.dataset.room / widths[i]);
  });
}

// How long a number may become: up to the edge of the shape that it stands in, and to what stands in its line. A label
// beside a wire or on it may become a little longer than its longest line.
function room(el) {
  const own = el.getBBox(), middle = own.y + own.height / 2;
  const texts = all("text", el.parentNode).filter(other => other !== el).map(other => other.getBBox());
  const shape = el.parentNode.querySelector(":scope:not(.label) > :is(rect, circle)");
  const boxes = shape ? [shape.getBBox()] : [own, ...texts];
  let left = Math.min(...boxes.map(box => box.x)), right = Math.max(...boxes.map(box => box.x + box.width));
  if (shape?.tagName === "circle") {  // the chord at the height of the text
    const [radius, x, y] = ["r", "cx", "cy"].map(name => +shape.getAttribute(name));
    const half = Math.sqrt(Math.max(0, radius ** 2 - (Math.abs(middle - y) + own.height / 4) ** 2));
    [left, right] = [x - half, x + half];
  }
  const air = shape ? AIR : -1.5 * AIR;
  [left, right] = [left + air, right - air];
  for (const box of texts.filter(box => box.y < middle && middle < box.y + box.height)) {
    if (box.x > own.x) right = Math.min(right, box.x - AIR);
    else left = Math.max(left, box.x + box.width + AIR);
  }
  const anchor = el.getAttribute("text-anchor"), x = +el.getAttribute("x");
  const found = anchor === "middle" ? 2 * Math.min(x - left, right - x) : anchor === "end" ? x - left : right - x;
  return Math.max(found, own.width);
}

const THIN = .7;  // of edges, as in neurons/dense.py; so are the dashes
const dash = x => Number.isNaN(x) ? "1 4" : x < 0 ? "7 5" : "";

// The edges of a drawing; `largest` is the number that is drawn thickest, by default the largest there is.
function edges(where) {
  const found = all("[data-w]", where).map(path => [path, +path.getAttribute("stroke-width")]), thickest = {};
  for (const [path, width] of found) {
    const kind = path.dataset.w[0];
    thickest[kind] = Math.max(thickest[kind] || 0, width);
  }
  return (value, largest) => {
    for (const kind in thickest) {
      const mine = found.map(([path]) => path).filter(path => path.dataset.w[0] === kind);
      const known = mine.filter(path => value(path.dataset.w) !== undefined);
      const sizes = known.map(path => Math.abs(value(path.dataset.w))).filter(Number.isFinite);
      const most = largest || Math.max(...sizes, 1e-300);
      for (const path of known) {
        const x = value(path.dataset.w);
        path.setAttribute("stroke-width", THIN + (thickest[kind] - THIN) * (Math.min(1, Math.abs(x) / most) || 0));
        if (dash(x)) path.setAttribute("stroke-dasharray", dash(x));
        else path.removeAttribute("stroke-dasharray");
      }
    }
  };
}

// Keep the place in the page's address, so that it can be linked to. A page in a frame without an origin, as in
// notebooks, has no address of its own: it goes on without.
function remember(anchor) {
  try {
    history.replaceState(null, "", anchor);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}
