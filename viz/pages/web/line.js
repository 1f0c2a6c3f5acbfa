// What a model with one input answers: a curve for every output, through the samples.

const POINTS = 160; // of a curve; so in viz/pages/recording.py
const FAR = 1e4; // a curve that leaves the panel is cut here, where browsers still draw it

// Draws the panel, and returns what draws the curves of a frame.
function line(holder) {
  const square = { viewBox: "0 0 100 100", role: "img", "aria-label": words.answers };
  const svg = make("svg", square, holder);
  markSamples(svg, (kind) => (data.curves === 1 ? 4 : kind)); // not in the colour of a single curve
  const curves = Array.from({ length: data.curves }, (_, k) => {
    const style = `stroke:var(--${shade(k)})`;
    return make("path", { class: "curve", "vector-effect": "non-scaling-stroke", style }, svg);
  });
  const nothing = entry(words.nothing);
  axisEntries();

  const [left, right] = data.range;
  const x = (k) => left + ((right - left) * k) / (POINTS - 1);
  const xs = Float64Array.from({ length: POINTS }, (_, k) => x(k));
  const answers = data.answers ? keptCurves() : (frame) => rows(frame, [xs], POINTS);
  return (frame) => {
    const found = answers(frame);
    found.forEach((ys, k) => curves[k].setAttribute("d", curveThrough(xs, ys)));
    nothing.hidden = found.every((ys) => !ys.some(Number.isNaN));
  };
}

function keptCurves() {
  const kept = new Float32Array(bytes(data.answers));
  const place = (frame, point, curve) => (frame * POINTS + point) * data.curves + curve;
  const curve = (frame, k) =>
    Float64Array.from({ length: POINTS }, (_, i) => kept[place(frame, i, k)]);
  return (frame) => Array.from({ length: data.curves }, (_, k) => curve(frame, k));
}

function curveThrough(xs, ys) {
  const cut = (height) => Math.max(-FAR, Math.min(FAR, height));
  const points = Array.from(xs, (x, k) => [across(x).toFixed(2), cut(down(ys[k])).toFixed(2)]);
  return polyline(
    points,
    Array.from(ys, (y) => !Number.isFinite(y)),
  );
}

// A line through points, in pieces between the gaps.
function polyline(points, isGap) {
  const letter = (i) => (i === 0 || isGap[i - 1] ? "M" : "L");
  return points.map(([x, y], i) => (isGap[i] ? "" : `${letter(i)}${x} ${y}`)).join("");
}
