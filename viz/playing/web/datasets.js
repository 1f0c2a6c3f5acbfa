// Data sets: points to learn, made in the page. dataset(kind, {samples, noise, seed}) gives {x, y,
// classes}: matrices of inputs and of class numbers, or of values where `classes` is 0. The noise
// is the standard deviation of what is added to every coordinate, or to the values.

const DATASETS = {
  moons: (t, k, chance) =>
    k === 0
      ? [Math.cos(Math.PI * t) - 0.5, Math.sin(Math.PI * t) - 0.25]
      : [0.5 - Math.cos(Math.PI * t), 0.25 - Math.sin(Math.PI * t)],
  circles: (t, k) => onCircle(2 * Math.PI * t, k === 0 ? 1 : 0.4),
  spirals: (t, k) => onCircle(3.5 * Math.PI * Math.sqrt(t) + Math.PI * k, Math.sqrt(t)),
  xor: (t, k, chance) => {
    const [x, y] = [chance.uniform(0.1, 1), chance.uniform(0.1, 1)];
    const sign = chance.uniform() < 0.5 ? -1 : 1;
    return [sign * x, (k === 0 ? sign : -sign) * y];
  },
  blobs: (t, k) => onCircle((2 * Math.PI * k) / CLASSES.blobs + Math.PI / 2, 0.8),
};
const CLASSES = { moons: 2, circles: 2, spirals: 2, xor: 2, blobs: 3 };
const REGRESSION = { regression: (x) => Math.sin(3 * x) + 0.3 * x };

function onCircle(angle, radius) {
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

function dataset(kind, { samples, noise, seed }) {
  const chance = Chance.of(seed, "data");
  const isRegression = Object.hasOwn(REGRESSION, kind);
  const x = matrix(samples, isRegression ? 1 : 2),
    y = matrix(samples, 1);
  for (let n = 0; n < samples; n++) {
    const t = chance.uniform();
    if (isRegression) {
      x.data[n] = 2 * t - 1;
      y.data[n] = REGRESSION[kind](x.data[n]) + chance.normal(noise);
      continue;
    }
    const k = n % CLASSES[kind];
    const [first, second] = DATASETS[kind](t, k, chance);
    x.data.set([first + chance.normal(noise), second + chance.normal(noise)], 2 * n);
    y.data[n] = k;
  }
  return { x, y, classes: isRegression ? 0 : CLASSES[kind] };
}
