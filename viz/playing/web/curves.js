// The curve of the loss over the epochs, and below it the size of the gradient layer by layer.

const PLOT = [300, 120, 56, 100]; // width, height, left end and foot of the axes

function paintCurves() {
  paintLoss();
  paintDepth();
}

function axes(holder, label) {
  holder.replaceChildren();
  const [width, height] = PLOT;
  const frame = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  const svg = make("svg", frame, holder);
  make("path", { class: "axis", d: `M${PLOT[2]} 6V${PLOT[3]}H${width - 4}` }, svg);
  return svg;
}

const write = (svg, text, x, y, anchor = "start") => {
  make("text", { x, y, "text-anchor": anchor }, svg).textContent = text;
};

function paintLoss() {
  const svg = axes(byId("losscurve"), words.loss);
  const [width, , left, foot] = PLOT;
  const losses = curve.flatMap((point) => point.slice(1)).filter(Number.isFinite);
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  const isLog = least > 0 && most > 10 * least;
  const scale = isLog ? Math.log10 : (x) => x;
  const [low, high] = losses.length ? [isLog ? least : Math.min(0, least), most] : [0, 1];
  const last = Math.max(1, curve.at(-1)[0]);
  const x = (epoch) => left + ((width - 8 - left) * epoch) / last;
  const y = (loss) =>
    foot - ((foot - 10) * (scale(loss) - scale(low))) / (scale(high) - scale(low) || 1);
  for (const k of [1, 2]) {
    const points = curve.map((point) => [x(point[0]).toFixed(1), y(point[k]).toFixed(1)]);
    const d = polyline(
      points,
      curve.map((point) => !Number.isFinite(point[k])),
    );
    make("path", { class: k === 1 ? "curve" : "curve held-out", d }, svg);
  }
  byId("testline").hidden = !samples.test;
  write(svg, format(high, 2), left - 4, 14, "end");
  write(svg, format(low, 2), left - 4, foot, "end");
  write(svg, "0", left, foot + 14);
  write(svg, `${words.epoch} ${last}`, width - 8, foot + 14, "end");
}

// Of every layer ‖∂J/∂W‖ over all samples that are trained on, on a logarithmic scale.
function paintDepth() {
  const svg = axes(byId("depth"), words.depth);
  if (!samples.n) return;
  const [width, , left, foot] = PLOT;
  const { layers } = net.pass(samples.train.x, samples.train.y);
  const norms = layers.map((layer) => Math.hypot(...layer.weight.data));
  const known = norms.filter((x) => x > 0 && Number.isFinite(x)).map(Math.log10);
  const [low, high] = [Math.floor(Math.min(...known, 0)), Math.ceil(Math.max(...known, -1))];
  const room = (width - 8 - left) / norms.length;
  norms.forEach((norm, k) => {
    const share = norm > 0 ? (Math.log10(norm) - low + 0.15) / (high - low + 0.15 || 1) : 0;
    const top = foot - (foot - 12) * Math.max(0, Math.min(1, share || 0));
    const x = left + room * (k + 0.18);
    make("rect", { class: "bar", x, y: top, width: room * 0.64, height: foot - top }, svg);
    write(svg, String(k + 1), x + room * 0.32, foot + 14, "middle");
    make("title", {}, svg.lastChild.previousSibling).textContent =
      `${layerName(k + 1)}: ${figure(norm)}`;
  });
  write(svg, `10${raised(high)}`, left - 4, 14, "end");
  write(svg, `10${raised(low)}`, left - 4, foot, "end");
  byId("depth").firstChild.setAttribute(
    "aria-label",
    `${words.depth}: ${norms.map(figure).join(", ")}`,
  );
}
