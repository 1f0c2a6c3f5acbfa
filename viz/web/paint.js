"use strict";
// Writes numbers into a drawing: texts that have a slot, and edges whose width and dash are those of a number.
const all = (what, where = document) => [...where.querySelectorAll(what)];
const written = (x, digits) => Array.isArray(x) ? `[${x.map(y => format(y, digits)).join(", ")}]` : format(x, digits);

function writeNumbers(where, value, digits) {
  for (const el of all("[data-n]", where)) {
    const x = value(el.dataset.n);
    if (x === undefined) continue;
    el.dataset.d ??= (/\.(\d+)/.exec(el.textContent) ?? [0, "0".repeat(digits)])[1].length;  // as many as it was printed with
    const text = written(x, +el.dataset.d);
    if (el.textContent.replace(/[()]/g, "") === text) continue;
    const wrapped = "p" in el.dataset && text[0] === "−" || el.dataset.p && text.includes("·");  // "^": raised to a power
    el.textContent = wrapped ? `(${text})` : text;
  }
}

const THIN = .7;  // of edges, as in neurons/dense.py; so are the dashes
const dash = x => Number.isNaN(x) ? "1 4" : x < 0 ? "7 5" : "";

// The edges of a drawing; `largest` is the number that is drawn thickest, by default the largest there is.
function edges(where) {
  const found = all("[data-w]", where).map(path => [path, +path.getAttribute("stroke-width")]), thickest = {};
  for (const [path, width] of found) thickest[path.dataset.w[0]] = Math.max(thickest[path.dataset.w[0]] || 0, width);
  return (value, largest) => {
    for (const kind in thickest) {
      const mine = found.filter(([path]) => path.dataset.w[0] === kind && value(path.dataset.w) !== undefined);
      const most = largest || Math.max(...mine.map(([path]) => Math.abs(value(path.dataset.w))).filter(Number.isFinite), 1e-300);
      for (const [path] of mine) {
        const x = value(path.dataset.w);
        path.setAttribute("stroke-width", THIN + (thickest[kind] - THIN) * (Math.min(1, Math.abs(x) / most) || 0));
        dash(x) ? path.setAttribute("stroke-dasharray", dash(x)) : path.removeAttribute("stroke-dasharray");
      }
    }
  };
}
