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

// The number of every instruction, for the numbers of the leaves.
function run(code, given) {
  const found = new Float64Array(code.length);
  code.forEach((x, i) => {
    found[i] = !Array.isArray(x) ? Number(x) : x[0] === "argument" ? given[x[1]]
      : PRIMITIVES[x[0]](found[x[1]], found[x[2]], found[x[3]]);
  });
  return found;
}

// The same for many numbers at once: leaves are numbers or arrays of one length.
function runMany(code, given, length) {
  const found = [];
  for (const x of code) {
    if (!Array.isArray(x)) { found.push(Number(x)); continue; }
    if (x[0] === "argument") { found.push(given[x[1]]); continue; }
    const primitive = PRIMITIVES[x[0]], [a, b, c] = x.slice(1).map(i => found[i]);
    if ([a, b, c].every(y => y === undefined || typeof y === "number")) { found.push(primitive(a, b, c)); continue; }
    const at = (y, k) => typeof y === "object" ? y[k] : y, row = new Float64Array(length);
    for (let k = 0; k < length; k++) row[k] = primitive(at(a, k), at(b, k), at(c, k));
    found.push(row);
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
  if (Number.isInteger(size * 2 ** (digits + 1)) && halves % 4 === 1) return sign + ((halves - 1) / 2 / 10 ** digits).toFixed(digits);
  return sign + size.toFixed(digits);
}

// What a slot says: "v3" a number or an array's entries, "|v3" a norm, "v1*d5+v4*d9" sums of products.
function read(slot, places, numbers) {
  const entries = name => [places[name]].flat().map(i => numbers[i]);
  if (slot[0] === "|") return Math.hypot(...slot.slice(1).split("+").flatMap(entries));
  if (!/[*+]/.test(slot)) { const found = entries(slot); return Array.isArray(places[slot]) ? found : found[0]; }
  return slot.split("+").reduce((sum, term) => sum + term.split("*").reduce((y, name) => y * entries(name)[0], 1), 0);
}
