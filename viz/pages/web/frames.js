// The frames of a playback: the numbers that were recorded, and what the model answers in each.

const size = data.boxes.length; // how many numbers a frame has
const frameCount = data.epochs.length;
const losses = [data.loss, data.validation].map((row) => row.map(Number));

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
const weights = Float64Array.from(new Float32Array(bytes(data.weights)));
for (const [place, x] of data.exact) weights[place] = x;

// Where the number of a slot stands in a frame.
const places = Object.fromEntries(data.boxes.map((box, k) => [valueOf(box), k]));
const numberIn = (frame, slot) =>
  slot in places ? weights[frame * size + places[slot]] : undefined;

// The greatest size that some numbers have in any frame.
function greatest(chosen) {
  let most = 1e-9;
  for (let start = 0; start < weights.length; start += size) {
    for (const place of chosen) {
      const x = Math.abs(weights[start + place]);
      if (Number.isFinite(x)) most = Math.max(most, x);
    }
  }
  return most;
}

// The arguments of the program in a frame: weights, and the inputs, which have negative places.
const given = (frame, inputs) =>
  data.order.map((place) => (place < 0 ? inputs[-1 - place] : weights[frame * size + place]));

// What the network answers to `count` samples: for every output a row.
function rows(frame, inputs, count) {
  const found = runMany(data.code, given(frame, inputs), count);
  const isSame = (x) => typeof x === "number"; // for all samples
  const row = (x) => (isSame(x) ? new Float64Array(count).fill(x) : x);
  return data.outputs.map((place) => row(found[place]));
}
