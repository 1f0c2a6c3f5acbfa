// The playback of a training: shows one frame after another, and starts the page. The numbers of
// the frames were recorded; what a network of neurons answers is computed from them.

const network = byId("network");
const meters = all("meter", network);
for (const meter of meters) meter.max = greatest([places[meter.dataset.m]]);
const largest = greatest(data.edges);
const paintEdges = edges(network);
const moveDot = lossCurve(byId("loss"));
const paintAnswers = answersPanel();
let current = frameCount - 1; // the frame that is shown

function answersPanel() {
  if (!data.points.length) return () => {};
  const holder = byId("space").querySelector("div");
  return data.inputs === 2 ? plane(holder) : line(holder);
}

function show(i) {
  current = Math.max(0, Math.min(frameCount - 1, i));
  const epoch = data.epochs[current];
  showNetwork((slot) => numberIn(current, slot));
  moveDot(epoch);
  paintAnswers(current);
  byId("slider").value = current;
  byId("count").textContent = `${words.epoch} ${epoch}`;
  byId("slider").setAttribute("aria-valuetext", byId("count").textContent);
  const loss = losses[0][Math.max(1, epoch) - 1];
  const isKnown = epoch > 0 && loss !== undefined;
  byId("now").textContent = isKnown ? `${words.loss} ${format(loss, data.digits)}` : "";
  remember(`#epoch=${epoch}`);
}

function showNetwork(value) {
  writeNumbers(network, value, data.digits);
  paintEdges(value, largest); // of all frames, so that widths can be compared
  for (const meter of meters) {
    meter.value = Math.min(value(meter.dataset.m), Number.MAX_VALUE) || 0;
  }
}

const wait = Math.max(40, Math.min(400, 12000 / frameCount)); // a training plays in 12 seconds
const stepping = stepper(frameCount, () => current, show, wait);
listen(stepping.actions, KEYS);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(current));

// A link to an epoch: #epoch=40, or the next one that was recorded.
function linkedFrame() {
  const found = /epoch=(\d+)/.exec(location.hash);
  return found ? data.epochs.findIndex((epoch) => epoch >= +found[1]) : -1;
}
show(linkedFrame() < 0 ? frameCount - 1 : linkedFrame());
