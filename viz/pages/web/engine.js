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
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  log2: Math.log2,
  log10: Math.log10,
  abs: Math.abs,
  sign: Math.sign,
  round: nearestWhole,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b), // as in C
  floor_divide: floorDivide,
  remainder,
  atan2: Math.atan2,
  hypot: Math.hypot,
  copysign: withSignOf,
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

// The absolute value of a with the sign of b, which a zero has, too.
function withSignOf(a, b) {
  return b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a);
}

// What is left of a when b is taken away as often as it goes in, with the sign of b.
function remainder(a, b) {
  const left = a % b;
  if (left === 0) return withSignOf(0, b);
  return left < 0 === b < 0 ? left : left + b;
}

// How often b goes into a, as `remainder` counts.
function floorDivide(a, b) {
  if (b === 0) return a / b;
  const left = a % b;
  const turned = left !== 0 && left < 0 !== b < 0;
  const whole = nearestWhole((a - left) / b) - turned;
  return whole === 0 ? withSignOf(0, a / b) : whole;
}

// The nearest whole number, of two the even one, with the sign of x.
function nearestWhole(x) {
  const below = Math.floor(x);
  const rest = x - below;
  return withSignOf(rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1, x);
}

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
  return new Float64Array(length).map((_, k) => primitive(entry(a, k), entry(b, k), entry(c, k)));
}
