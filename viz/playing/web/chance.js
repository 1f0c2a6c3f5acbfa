// Chance: random numbers, the same as in Python for a seed; the twin of viz/playing/chance.py,
// which names its source.

const PURPOSES = ["weights", "data", "order"]; // each draws from a stream of its own

class Chance {
  constructor(words) {
    this.words = [...words]; // four of them: all that it knows
  }

  static of(seed, purpose = "weights") {
    if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
      throw new RangeError(`${seed} is no seed`);
    let word = (seed + Math.imul(PURPOSES.indexOf(purpose), 0x85ebca6b)) | 0;
    const words = [];
    for (let k = 0; k < 4; k++) {
      word = (word + 0x9e3779b9) | 0;
      let z = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      words.push((z ^ (z >>> 15)) >>> 0);
    }
    return new Chance(words);
  }

  // The next 32 bits.
  word() {
    let [a, b, c, d] = this.words;
    const found = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    c ^= a;
    d ^= b;
    this.words = [a ^ d, b ^ c, c ^ (b << 9), rotated(d, 11)].map((word) => word >>> 0);
    return found;
  }

  uniform(low = 0, high = 1) {
    return low + (high - low) * (this.word() / 2 ** 32);
  }

  normal(deviation = 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  permutation(n) {
    const order = numbered(n);
    for (let last = n - 1; last > 0; last--) {
      const chosen = Math.floor(this.uniform() * (last + 1));
      [order[last], order[chosen]] = [order[chosen], order[last]];
    }
    return order;
  }

  // First weights of a neuron or a layer; `kind` is an entry of INITIAL of chance.py.
  weights(kind, outputs, inputs) {
    const bound = scaleOf(kind, { inputs, outputs });
    const draw =
      kind.draw === "uniform" ? () => this.uniform(-bound, bound) : () => this.normal(bound);
    return Float64Array.from({ length: outputs * inputs }, draw);
  }
}

function scaleOf(kind, fans) {
  if ("scale" in kind) return kind.scale;
  return Math.sqrt(kind.root / kind.over.reduce((sum, name) => sum + fans[name], 0));
}

function rotated(word, by) {
  return (word << by) | (word >>> (32 - by));
}
