// The engine: runs the programs that Python traced (viz/picture/program.py), forwards and backwards
// from the same formulas, one primitive after another. An instruction is a constant,
// ["argument", number of a leaf's entry] or [primitive, places of what it works on …].

const PRIMITIVES = {
  neg: (a) => -a,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  abs: Math.abs,
  sign: Math.sign,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: Math.pow,
  // NaN is not equal to itself; a comparison alone would lose it.
  maximum: (a, b) => (a !== a || a > b ? a : b),
  minimum: (a, b) => (a !== a || a < b ? a : b),
  lt: (a, b) => +(a < b),
  le: (a, b) => +(a <= b),
  gt: (a, b) => +(a > b),
  ge: (a, b) => +(a >= b),
  eq: (a, b) => +(a === b),
  where: (condition, a, b) => (condition ? a : b),
};

// The number of every instruction, for the numbers of the leaves.
function run(code, given) {
  const found = new Float64Array(code.length);
  code.forEach((instruction, i) => {
    if (!Array.isArray(instruction)) {
      found[i] = Number(instruction);
      return;
    }
    const [name, a, b, c] = instruction;
    found[i] = name === "argument" ? given[a] : PRIMITIVES[name](found[a], found[b], found[c]);
  });
  return found;
}

// The same for many samples at once: leaves are numbers, or arrays of one length.
function runMany(code, given, length) {
  const found = [];
  for (const instruction of code) found.push(oneOfMany(instruction, found, given, length));
  return found;
}

function oneOfMany(instruction, found, given, length) {
  if (!Array.isArray(instruction)) return Number(instruction);
  const [name, ...places] = instruction;
  if (name === "argument") return given[places[0]];
  const primitive = PRIMITIVES[name];
  const [a, b, c] = places.map((place) => found[place]);
  if (![a, b, c].some((x) => typeof x === "object")) return primitive(a, b, c);
  const entry = (x, k) => (typeof x === "object" ? x[k] : x);
  return Float64Array.from({ length }, (_, k) => primitive(entry(a, k), entry(b, k), entry(c, k)));
}
