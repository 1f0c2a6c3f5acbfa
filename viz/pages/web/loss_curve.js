// The curve of the loss, dashed that of validation data, and a dot at the epoch that is shown.

// Its scale is logarithmic where it falls by more than a factor of ten; it has gaps where it is no
// number. Returns what moves the dot.
function lossCurve(holder) {
  const finite = losses.flat().filter(Number.isFinite);
  const [most, least] = [Math.max(...finite), Math.min(...finite)];
  const isLog = least > 0 && most > 10 * least;
  const scale = isLog ? Math.log10 : (loss) => loss;
  const range = isLog ? [least, most] : [Math.min(0, least), Math.max(0, most)];
  const ends = finite.length ? range : [0, 1];
  const [low, high] = ends.map(scale);
  const labels = ends.map((end) => format(end, 3));
  const left = 16 + 7.8 * Math.max(...labels.map((text) => text.length));
  const last = Math.max(data.loss.length, 1);
  const x = (epoch) => left + ((440 - left) * epoch) / last;
  const y = (loss) => 190 - (170 * (scale(loss) - low)) / (high - low || 1);

  const frame = { viewBox: "0 0 460 226", role: "img", "aria-label": words.loss };
  const svg = make("svg", frame, holder);
  const write = (text, attributes) => (make("text", attributes, svg).textContent = text);
  make("path", { class: "axis", d: `M${left} 12V190H440` }, svg);
  ends.forEach((end, k) => write(labels[k], { x: left - 6, y: y(end) + 4, "text-anchor": "end" }));
  write("0", { x: left, y: 208 });
  write(`${words.epoch} ${last}`, { x: 440, y: 208, "text-anchor": "end" });
  losses.forEach((row, k) => {
    const points = row.map((loss, i) => [x(i + 1).toFixed(1), y(loss).toFixed(1)]);
    const isGap = row.map((loss) => !Number.isFinite(loss));
    make("path", { class: k ? "held" : "curve", d: polyline(points, isGap) }, svg);
  });

  const dot = make("circle", { class: "here", r: 5 }, svg);
  return (epoch) => {
    const loss = losses[0][Math.max(1, epoch) - 1];
    dot.style.display = Number.isFinite(loss) ? "" : "none";
    if (!Number.isFinite(loss)) return;
    dot.setAttribute("cx", x(epoch));
    dot.setAttribute("cy", y(loss));
  };
}
