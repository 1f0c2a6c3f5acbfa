"use strict";
// The playback of a training: the weights of every frame are here, what they compute is computed anew.
const D = JSON.parse(document.getElementById("data").textContent), W = D.words, $ = id => document.getElementById(id);
const bytes = Uint8Array.from(atob(D.weights), c => c.charCodeAt(0));
const weights = new Float32Array(bytes.buffer), size = D.boxes.length, frames = D.epochs.length;
const largest = D.edges.reduce((most, k) => { for (let f = 0; f < frames; f++) most = Math.max(most, Math.abs(weights[f * size + k])); return most; }, 1e-9);
const paintEdges = edges($("network")), place = Object.fromEntries(D.boxes.map((box, k) => [`v${box}`, k]));
let at = frames - 1, timer = 0;
const make = (what, attributes, parent) => {
  const el = document.createElementNS("http://www.w3.org/2000/svg", what);
  for (const key in attributes) el.setAttribute(key, attributes[key]);
  return parent.appendChild(el);
};

// The curve of the loss, on a logarithmic scale where it falls by more than a factor of ten.
const curve = (() => {
  const series = [D.loss, D.held].filter(row => row.length), every = series.flat().filter(x => x > 0);
  const log = Math.max(...every) > 10 * Math.min(...every), scale = x => log ? Math.log10(Math.max(x, 1e-300)) : x;
  const low = log ? scale(Math.min(...every)) : 0, high = scale(Math.max(...every)), last = Math.max(D.loss.length, 1);
  const x = epoch => 58 + 380 * epoch / last, y = loss => 190 - 170 * (scale(loss) - low) / (high - low || 1);
  const svg = make("svg", { viewBox: "0 0 460 226", role: "img", "aria-label": W.loss }, $("loss"));
  make("path", { class: "axis", d: "M58 12V190H440" }, svg);
  for (const [value, text] of [[log ? 10 ** low : low, "end"], [log ? 10 ** high : high, "end"]]) make("text", { x: 52, y: y(value) + 4, "text-anchor": text }, svg).textContent = format(value, 3);
  make("text", { x: 58, y: 208 }, svg).textContent = "0";
  make("text", { x: 440, y: 208, "text-anchor": "end" }, svg).textContent = `${W.epoch} ${last}`;
  series.forEach((row, k) => make("path", { class: k ? "held" : "curve", d: row.map((v, i) => `${i ? "L" : "M"}${x(i + 1).toFixed(1)} ${y(v).toFixed(1)}`).join("") }, svg));
  const dot = make("circle", { class: "here", r: 5 }, svg);
  return epoch => {
    const e = Math.max(1, epoch);
    dot.setAttribute("cx", x(epoch));
    dot.setAttribute("cy", y(D.loss[e - 1]));
  };
})();

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const KINDS = ["forward", "inverse", "parameter", "loss", "data"];
const given = (frame, inputs) => D.order.map(([box, k]) => k < 0 ? inputs[-1 - k] : weights[frame * size + k]);

// What the network answers everywhere: regions and boundary in two dimensions, a curve in one.
const space = !D.points.length ? () => {} : D.inputs === 2 ? (() => {
  const n = 100, [x0, x1, y0, y1] = D.range, holder = $("space").querySelector("div");
  const canvas = holder.appendChild(document.createElement("canvas"));
  canvas.width = canvas.height = n;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", W.answers);
  const X = new Float64Array(n * n).map((_, k) => x0 + (x1 - x0) * (k % n + .5) / n), Y = new Float64Array(n * n).map((_, k) => y1 - (y1 - y0) * (Math.floor(k / n) + .5) / n);
  const svg = make("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, holder);
  const line = make("path", { fill: "none", stroke: "currentColor", "stroke-width": 1.6, "vector-effect": "non-scaling-stroke" }, svg);
  for (const [px, py, k] of D.points) {
    const cx = 100 * (px - x0) / (x1 - x0), cy = 100 * (y1 - py) / (y1 - y0);
    k % 2 ? make("rect", { class: `point k${k % 5}`, x: cx - 1, y: cy - 1, width: 2, height: 2, "vector-effect": "non-scaling-stroke" }, svg) : make("circle", { class: `point k${k % 5}`, cx, cy, r: 1.1, "vector-effect": "non-scaling-stroke" }, svg);
  }
  return frame => {
    const found = runMany(D.code, given(frame, [X, Y]), n * n), rows = D.outputs.map(i => typeof found[i] === "number" ? new Float64Array(n * n).fill(found[i]) : found[i]);
    const kind = k => rows.length === 1 ? +(rows[0][k] >= D.threshold) : rows.reduce((best, row, j) => row[k] > rows[best][k] ? j : best, 0);
    const paper = rgb(colour("paper")), tints = KINDS.map(name => rgb(colour(name))), context = canvas.getContext("2d"), image = context.createImageData(n, n);
    let d = "";
    for (let k = 0; k < n * n; k++) {
      const mine = kind(k), sure = rows.length === 1 ? Math.min(1, 2 * Math.abs(rows[0][k] - D.threshold)) : .7;
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = paper[c] + (tints[mine % 5][c] - paper[c]) * (.12 + .33 * sure);
      image.data[4 * k + 3] = 255;
      const px = 100 * (k % n + 1) / n, py = 100 * (Math.floor(k / n) + 1) / n, w = 100 / n;
      if ((k + 1) % n && kind(k + 1) !== mine) d += `M${px.toFixed(2)} ${(py - w).toFixed(2)}v${w.toFixed(2)}`;
      if (k + n < n * n && kind(k + n) !== mine) d += `M${(px - w).toFixed(2)} ${py.toFixed(2)}h${w.toFixed(2)}`;
    }
    context.putImageData(image, 0, 0);
    line.setAttribute("d", d);
  };
})() : (() => {
  const n = 160, [x0, x1, y0, y1] = D.range, svg = make("svg", { viewBox: "0 0 100 100", role: "img", "aria-label": W.answers }, $("space").querySelector("div"));
  const X = new Float64Array(n).map((_, k) => x0 + (x1 - x0) * k / (n - 1)), at = (x, y) => [100 * (x - x0) / (x1 - x0), 100 * (y1 - y) / (y1 - y0)];
  for (const [px, py] of D.points) { const [cx, cy] = at(px, py); make("circle", { class: "point k4", cx, cy, r: 1.3 }, svg); }
  const line = make("path", { class: "curve", "vector-effect": "non-scaling-stroke" }, svg);
  return frame => {
    const row = runMany(D.code, given(frame, [X]), n)[D.outputs[0]];
    line.setAttribute("d", [...X].map((x, k) => { const [a, b] = at(x, typeof row === "number" ? row : row[k]); return `${k ? "L" : "M"}${a.toFixed(2)} ${b.toFixed(2)}`; }).join(""));
  };
})();

function show(i) {
  at = Math.max(0, Math.min(frames - 1, i));
  const look = slot => slot in place ? weights[at * size + place[slot]] : undefined;
  writeNumbers($("network"), look, D.digits);
  paintEdges(look, largest);
  curve(D.epochs[at]);
  space(at);
  $("slider").value = at;
  $("count").textContent = `${W.epoch} ${D.epochs[at]}`;
  $("slider").setAttribute("aria-valuetext", $("count").textContent);
  const loss = D.loss[Math.max(1, D.epochs[at]) - 1];
  $("now").textContent = D.epochs[at] ? `${W.loss} ${format(loss, D.digits)}` : "";
  history.replaceState(null, "", `#epoch=${D.epochs[at]}`);
}
const pause = () => { clearInterval(timer); timer = 0; $("play").setAttribute("aria-pressed", "false"); };
function play() {
  if (timer) return pause();
  if (at === frames - 1) show(0);
  $("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => at < frames - 1 ? show(at + 1) : pause(), Math.max(40, Math.min(400, 12000 / frames)));
}
const go = i => { pause(); show(i); };
const actions = { first: () => go(0), back: () => go(at - 1), play, next: () => go(at + 1), last: () => go(frames - 1) };
for (const [id, act] of Object.entries(actions)) $(id).onclick = act;
$("slider").oninput = e => go(+e.target.value);
const keys = { ArrowLeft: "back", ArrowRight: "next", " ": "play", Home: "first", End: "last" };
addEventListener("keydown", e => {
  if (!(e.key in keys) || e.ctrlKey || e.metaKey || e.altKey || (e.target.tagName === "BUTTON" && e.key === " ")) return;
  e.preventDefault();
  actions[keys[e.key]]();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(at));
const linked = /epoch=(\d+)/.exec(location.hash);
show(linked ? D.epochs.findIndex(epoch => epoch >= +linked[1]) : frames - 1);
