"use strict";
// The playback of a training: the numbers of every frame are here; what a network of neurons computes from them is computed anew.
const D = JSON.parse(document.getElementById("data").textContent), W = D.words, $ = id => document.getElementById(id);
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
const weights = Float64Array.from(new Float32Array(bytes(D.weights))), size = D.boxes.length, frames = D.epochs.length;
for (const [k, x] of D.apart) weights[k] = x;
const losses = [D.loss, D.held].map(row => row.map(Number));
const greatest = places => {
  let most = 1e-9;
  for (const k of places) for (let f = 0; f < frames; f++) if (Number.isFinite(weights[f * size + k])) most = Math.max(most, Math.abs(weights[f * size + k]));
  return most;
};
const largest = greatest(D.edges), paintEdges = edges($("network")), place = Object.fromEntries(D.boxes.map((box, k) => [`v${box}`, k]));
const meters = all("meter", $("network"));
for (const meter of meters) meter.max = greatest([place[meter.dataset.m]]);
let at = frames - 1, timer = 0;
const make = (what, attributes, parent) => {
  const el = document.createElementNS("http://www.w3.org/2000/svg", what);
  for (const key in attributes) el.setAttribute(key, attributes[key]);
  return parent.appendChild(el);
};

// The curve of the loss, on a logarithmic scale where it falls by more than a factor of ten; it has gaps where it is no number.
const curve = (() => {
  const finite = losses.flat().filter(Number.isFinite), most = Math.max(...finite), least = Math.min(...finite);
  const log = least > 0 && most > 10 * least, scale = log ? Math.log10 : x => x, last = Math.max(D.loss.length, 1);
  const ends = finite.length ? [log ? least : Math.min(0, least), Math.max(most, log ? least : 0)] : [0, 1], [low, high] = ends.map(scale);
  const labels = ends.map(value => format(value, 3)), left = 16 + 7.8 * Math.max(...labels.map(text => text.length));
  const x = epoch => left + (440 - left) * epoch / last, y = loss => 190 - 170 * (scale(loss) - low) / (high - low || 1);
  const svg = make("svg", { viewBox: "0 0 460 226", role: "img", "aria-label": W.loss }, $("loss"));
  make("path", { class: "axis", d: `M${left} 12V190H440` }, svg);
  ends.forEach((value, k) => make("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, svg).textContent = labels[k]);
  make("text", { x: left, y: 208 }, svg).textContent = "0";
  make("text", { x: 440, y: 208, "text-anchor": "end" }, svg).textContent = `${W.epoch} ${last}`;
  losses.forEach((row, k) => make("path", { class: k ? "held" : "curve", d: row.map((v, i) => Number.isFinite(v) ? `${Number.isFinite(row[i - 1]) ? "L" : "M"}${x(i + 1).toFixed(1)} ${y(v).toFixed(1)}` : "").join("") }, svg));
  const dot = make("circle", { class: "here", r: 5 }, svg);
  return epoch => {
    const loss = losses[0][Math.max(1, epoch) - 1];
    dot.style.display = Number.isFinite(loss) ? "" : "none";
    if (Number.isFinite(loss)) { dot.setAttribute("cx", x(epoch)); dot.setAttribute("cy", y(loss)); }
  };
})();

// Classes: a colour and a sign each.
const SIGNS = ["M1 0A1 1 0 1 1-1 0 1 1 0 1 1 1 0", "M-.9-.9H.9V.9H-.9Z", "M0-1.1 1 .8H-1Z", "M0-1.2 1.2 0 0 1.2-1.2 0Z", "M0 1.1 1-.8H-1Z",
  "M-.4-1.1H.4V-.4H1.1V.4H.4V1.1H-.4V.4H-1.1V-.4H-.4Z", "M-1-.5-.5-1 0-.5.5-1 1-.5.5 0 1 .5.5 1 0 .5-.5 1-1 .5-.5 0Z",
  "M-1.1 0 .8 1V-1Z", "M1.1 0-.8 1V-1Z", "M0-1.1 1.05-.34.65.9H-.65L-1.05-.34Z", "M0-1.2.3-.4 1.15-.37.48.15.7.97 0 .5-.7.97-.48.15-1.15-.37-.3-.4Z"];
const NONE = 255, shade = k => `c${k % D.shades}`;
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const sign = (k, x, y, scale, parent) => make("path", { class: "point", d: SIGNS[k % SIGNS.length], transform: `translate(${x} ${y}) scale(${scale})`, style: `fill:var(--${shade(k)})`, "vector-effect": "non-scaling-stroke" }, parent);
function entry(text, draw) {
  const item = $("space").querySelector("ul").appendChild(document.createElement("li"));
  draw?.(make("svg", { viewBox: "-1.6 -1.6 3.2 3.2", "aria-hidden": "true" }, item));
  item.append(text);
  return item;
}
const given = (frame, inputs) => D.order.map(k => k < 0 ? inputs[-1 - k] : weights[frame * size + k]);
const rows = (frame, inputs, n) => {
  const found = runMany(D.code, given(frame, inputs), n);
  return D.outputs.map(i => typeof found[i] === "number" ? new Float64Array(n).fill(found[i]) : found[i]);
};
const span = (low, high) => `${format(low, 2)} … ${format(high, 2)}`;

// What the network answers everywhere: regions and boundary in two dimensions, curves in one.
const space = !D.points.length ? () => {} : D.inputs === 2 ? (() => {
  const n = D.answers ? D.side : 100, [x0, x1, y0, y1] = D.range, holder = $("space").querySelector("div");
  const canvas = holder.appendChild(document.createElement("canvas"));
  canvas.width = canvas.height = 2 * n;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", W.answers);
  const X = new Float64Array(n * n).map((_, k) => x0 + (x1 - x0) * (k % n + .5) / n), Y = new Float64Array(n * n).map((_, k) => y1 - (y1 - y0) * (Math.floor(k / n) + .5) / n);
  const svg = make("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, holder);
  const line = make("path", { fill: "none", stroke: "currentColor", "stroke-width": 1.6, "vector-effect": "non-scaling-stroke" }, svg);
  for (const [px, py, k] of D.points) sign(k, 100 * (px - x0) / (x1 - x0), 100 * (y1 - py) / (y1 - y0), 1.3, svg);
  D.names.forEach((name, k) => entry(name, icon => sign(k, 0, 0, 1.2, icon)));
  const nothing = entry(W.nothing, icon => make("path", { d: "M-1.5 1.5 1.5-1.5M-1.5 0 0-1.5M0 1.5 1.5 0", style: "stroke:var(--muted);stroke-width:.5" }, icon));
  entry(`→ ${D.axes[0]} ${span(x0, x1)}`);
  entry(`↑ ${D.axes[1]} ${span(y0, y1)}`);
  const kept = D.answers && new Uint8Array(bytes(D.answers));
  const answers = kept ? frame => [kept.subarray(frame * n * n, (frame + 1) * n * n), () => .7] : frame => {
    const found = rows(frame, [X, Y], n * n), kinds = new Uint8Array(n * n);
    for (let k = 0; k < n * n; k++) kinds[k] = found.some(row => row[k] !== row[k]) ? NONE : found.length === 1 ? found[0][k] >= D.threshold : found.reduce((best, row, j) => row[k] > found[best][k] ? j : best, 0);
    return [kinds, k => found.length === 1 ? Math.min(1, 2 * Math.abs(found[0][k] - D.threshold)) : .7];
  };
  return frame => {
    const [kinds, sure] = answers(frame), context = canvas.getContext("2d"), image = context.createImageData(2 * n, 2 * n);
    const paper = rgb(colour("paper")), muted = rgb(colour("muted")), tints = Array.from({ length: D.shades }, (_, k) => rgb(colour(shade(k))));
    for (let k = 0; k < 4 * n * n; k++) {
      const px = k % (2 * n), py = Math.floor(k / 2 / n), cell = (py >> 1) * n + (px >> 1), mine = kinds[cell], none = mine === NONE;
      const share = none ? (px + py) % 8 < 2 ? .6 : 0 : .12 + .33 * sure(cell) + (mine >= D.shades && (px - py) % 8 === 0 ? .3 : 0);
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = paper[c] + ((none ? muted : tints[mine % D.shades])[c] - paper[c]) * share;
      image.data[4 * k + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    let d = "";
    for (let k = 0; k < n * n; k++) {
      const px = 100 * (k % n + 1) / n, py = 100 * (Math.floor(k / n) + 1) / n, w = 100 / n;
      if ((k + 1) % n && kinds[k + 1] !== kinds[k]) d += `M${px.toFixed(2)} ${(py - w).toFixed(2)}v${w.toFixed(2)}`;
      if (k + n < n * n && kinds[k + n] !== kinds[k]) d += `M${(px - w).toFixed(2)} ${py.toFixed(2)}h${w.toFixed(2)}`;
    }
    line.setAttribute("d", d);
    nothing.hidden = !kinds.includes(NONE);
  };
})() : (() => {
  const n = 160, [x0, x1, y0, y1] = D.range, svg = make("svg", { viewBox: "0 0 100 100", role: "img", "aria-label": W.answers }, $("space").querySelector("div"));
  const X = new Float64Array(n).map((_, k) => x0 + (x1 - x0) * k / (n - 1)), lines = [];
  const kept = D.answers && new Float32Array(bytes(D.answers)), point = k => D.curves === 1 ? 4 : k;
  for (const [px, py, k] of D.points) sign(point(k), 100 * (px - x0) / (x1 - x0), 100 * (y1 - py) / (y1 - y0), 1.3, svg);
  for (let j = 0; j < D.curves; j++) lines.push(make("path", { class: "curve", "vector-effect": "non-scaling-stroke", style: `stroke:var(--${shade(j)})` }, svg));
  const nothing = entry(W.nothing);
  entry(`→ ${D.axes[0]} ${span(x0, x1)}`);
  entry(`↑ ${D.axes[1]} ${span(y0, y1)}`);
  const answers = kept ? frame => lines.map((_, j) => X.map((_, k) => kept[(frame * n + k) * D.curves + j])) : frame => rows(frame, [X], n);
  return frame => {
    const found = answers(frame);
    found.forEach((row, j) => {
      let pen = "M", d = "";
      row.forEach((y, k) => {
        if (!Number.isFinite(y)) { pen = "M"; return; }
        d += `${pen}${(100 * (X[k] - x0) / (x1 - x0)).toFixed(2)} ${Math.max(-1e4, Math.min(1e4, 100 * (y1 - y) / (y1 - y0))).toFixed(2)}`;
        pen = "L";
      });
      lines[j].setAttribute("d", d);
    });
    nothing.hidden = found.every(row => row.every(y => y === y));
  };
})();

function show(i) {
  at = Math.max(0, Math.min(frames - 1, i));
  const look = slot => slot in place ? weights[at * size + place[slot]] : undefined;
  writeNumbers($("network"), look, D.digits);
  paintEdges(look, largest);
  for (const meter of meters) meter.value = Math.min(look(meter.dataset.m), Number.MAX_VALUE) || 0;
  curve(D.epochs[at]);
  space(at);
  $("slider").value = at;
  $("count").textContent = `${W.epoch} ${D.epochs[at]}`;
  $("slider").setAttribute("aria-valuetext", $("count").textContent);
  const loss = losses[0][Math.max(1, D.epochs[at]) - 1];
  $("now").textContent = D.epochs[at] && loss !== undefined ? `${W.loss} ${format(loss, D.digits)}` : "";
  remember(`#epoch=${D.epochs[at]}`);
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
const linked = /epoch=(\d+)/.exec(location.hash), wanted = linked ? D.epochs.findIndex(epoch => epoch >= +linked[1]) : -1;
show(wanted < 0 ? frames - 1 : wanted);
