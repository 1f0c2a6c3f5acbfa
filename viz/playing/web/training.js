// Training: as many epochs as fit between two pictures, and one picture a frame of the browser.

const SLICE = 24; // milliseconds of computing between two pictures
let running = 0; // the request of the next frame
let rateShown = 0; // epochs a second

const isRunning = () => running !== 0;

// One epoch; whether it went well.
function epoch() {
  try {
    net.epoch();
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    pause();
    say(words.diverged);
    return false;
  }
  noteLoss();
  thin();
  return true;
}

// Of very long curves every second point is left out.
function thin() {
  if (curve.length > 2000) curve = curve.filter((_, k) => k % 2 === 0 || k === curve.length - 1);
}

function play() {
  if (isRunning()) return pause();
  if (!samples.n) return say(words["no rows"]);
  keep();
  leaveWalk();
  byId("play").setAttribute("aria-pressed", "true");
  let [epochs, since] = [0, performance.now()];
  const frame = () => {
    const start = performance.now();
    do {
      if (!epoch()) return;
      epochs++;
    } while (performance.now() - start < SLICE);
    looked = null;
    showRunning();
    if (start - since > 1000) {
      rateShown = (1000 * epochs) / (start - since);
      [epochs, since] = [0, start];
    }
    running = requestAnimationFrame(frame);
  };
  running = requestAnimationFrame(frame);
}

function pause() {
  if (!isRunning()) return;
  cancelAnimationFrame(running);
  running = 0;
  byId("play").setAttribute("aria-pressed", "false");
  changed();
}

function oneEpoch() {
  pause();
  if (!samples.n) return say(words["no rows"]);
  keep();
  leaveWalk();
  epoch();
  changed();
}

// Initial values again; what is held stays as it is.
function restart() {
  pause();
  keep();
  leaveWalk();
  const { layers } = net.state;
  rebuild();
  holdAgain(layers);
  changed();
}

// Hold what was held in a network of the same layers.
function holdAgain(layers) {
  for (const [l, layer] of layers.entries()) {
    for (const name of ["weight", "bias"]) {
      const { held, values } = layer[name];
      for (const place of held) {
        const state = withNumber(net.state, l, name, place, values.data[place]);
        net.state = withHeld(state, l, name, place, true);
      }
    }
  }
  beginCurve();
}
