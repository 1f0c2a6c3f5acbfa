"use strict";
// Runs the programs that Python traced: forwards and backwards from the same formulas, a few primitives at a time.
const PRIMITIVES = {
  neg: a => -a, exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p, sqrt: Math.sqrt,
  sin: Math.sin, cos: Math.cos, tanh: Math.tanh, abs: Math.abs, sign: Math.sign,
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, pow: Math.pow,
  maximum: (a, b) => a !== a || a > b ? a : b, minimum: (a, b) => a !== a || a < b ? a : b,
  lt: (a, b) => +(a < b), le: (a, b) => +(a <= b), gt: (a, b) => +(a > b), ge: (a, b) => +(a >= b),
  eq: (a, b) => +(a === b), where: (c, a, b) => c ? a : b,
};

// The number of every instruction, for the numbers of the leaves. An instruction is a constant, ["argument", i] or
// [primitive, places of what it works on …].
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

// The same for many numbers at once: leaves are numbers or arrays of one length.
function runMany(code, given, length) {
  const found = [];
  for (const instruction of code) {
    if (!Array.isArray(instruction)) {
      found.push(Number(instruction));
      continue;
    }
    const [name, ...places] = instruction;
    if (name === "argument") {
      found.push(given[places[0]]);
      continue;
    }
    const primitive = PRIMITIVES[name], [a, b, c] = places.map(i => found[i]);
    if ([a, b, c].every(x => x === undefined || typeof x === "number")) {
      found.push(primitive(a, b, c));
      continue;
    }
    const at = (x, k) => typeof x === "object" ? x[k] : x;
    found.push(Float64Array.from({ length }, (_, k) => primitive(at(a, k), at(b, k), at(c, k))));
  }
  return found;
}

// A number as the pictures print it; of two equally near decimals the even one, as in Python.
function format(x, digits) {
  if (x !== x) return "nan";
  if (Math.abs(x) === Infinity) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x), sign = x < 0 ? "−" : "";
  if (size !== 0 && (size < 10 ** -digits || size >= 1e6)) {
    const [mantissa, exponent] = size.toExponential(digits).split("e");
    const raised = [...String(+exponent)].map(d => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(d)]).join("");
    return `${sign}${mantissa}·10${raised}`;
  }
  const halves = size * 2 ** (digits + 1) * 5 ** digits;  // exact where there is a tie
  const tie = Number.isInteger(size * 2 ** (digits + 1)) && halves % 4 === 1;
  return sign + (tie ? (halves - 1) / 2 / 10 ** digits : size).toFixed(digits);
}

// The boxes' and arrows' own numbers that a slot is made of: those of "v1*d5+v4*d9" are v1, d5, v4 and d9.
const atoms = slot => slot.replace(/^\|/, "").split(/[*+]/);

const norm = xs => xs.some(Number.isNaN) ? NaN : Math.hypot(...xs);

// What a slot says: "v3" a number or an array's entries, "|v3" a norm, "v1*d5+v4*d9" sums of products.
function read(slot, places, numbers) {
  const entries = name => [places[name]].flat().map(i => numbers[i]);
  if (slot[0] === "|") return norm(atoms(slot).flatMap(entries));
  if (/[*+]/.test(slot)) {
    const product = term => term.split("*").reduce((y, name) => y * entries(name)[0], 1);
    return slot.split("+").reduce((sum, term) => sum + product(term), 0);
  }
  return Array.isArray(places[slot]) ? entries(slot) : entries(slot)[0];
}
