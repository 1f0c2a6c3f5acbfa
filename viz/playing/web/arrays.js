// Arrays: runs the programs that Python traced of functions of arrays (viz/playing/tracing.py), on
// matrices. A value is a matrix {rows, columns, data}, row after row in a Float64Array that nobody
// writes into again; what is one number whatever the sizes are, a constant or a setting, is a
// number.

function matrix(rows, columns, data = new Float64Array(rows * columns)) {
  return { rows, columns, data };
}

function numbered(n) {
  return Array.from({ length: n }, (_, i) => i);
}

// A program with its instructions as functions, made once.
class Part {
  constructor({ arguments: shapes, code, forward, results, inverse }) {
    this.shapes = Object.entries(shapes).map(([name, [rows, columns]]) => ({
      name,
      rows,
      columns,
    }));
    this.steps = code.map(asFunction);
    this.half = forward;
    this.results = Object.entries(results);
    this.flows = Object.entries(inverse);
  }

  // What it computes for these arguments, by name, and all that is needed to come back.
  forward(given) {
    const run = { given, sizes: this._sizes(given), found: new Array(this.steps.length) };
    for (let i = 0; i < this.half; i++) run.found[i] = this.steps[i](run);
    return [named(this.results, run.found), run];
  }

  // What its inverse network sends back, after `forward`: for what is fed in, the argument g, where
  // it has one.
  inverse(run, fed) {
    Object.assign(run.given, fed);
    for (let i = this.half; i < this.steps.length; i++) run.found[i] = this.steps[i](run);
    return named(this.flows, run.found);
  }

  // The sizes that the arguments have, by their names.
  _sizes(given) {
    const sizes = { 1: 1 };
    for (const { name, rows, columns } of this.shapes) {
      const x = given[name];
      if (x === undefined) continue; // what is fed in comes later
      agree(sizes, rows, x.rows ?? 1, name);
      agree(sizes, columns, x.columns ?? 1, name);
    }
    return sizes;
  }
}

function named(places, found) {
  const made = {};
  for (const [name, place] of places) made[name] = found[place];
  return made;
}

function agree(sizes, size, length, name) {
  sizes[size] ??= length;
  if (sizes[size] !== length) {
    throw new RangeError(`${name} has ${length} ${size} where there are ${sizes[size]}`);
  }
}

// An instruction as a function of a run.
function asFunction(instruction) {
  if (!Array.isArray(instruction)) {
    const number = Number(instruction);
    return () => number;
  }
  const [name, a, b, c] = instruction;
  switch (name) {
    case "argument":
      return ({ given }) => given[a];
    case "size":
      return ({ sizes }) =>
        instruction.slice(1).reduce((product, size) => product * sizes[size], 1);
    case "matmul":
      return ({ found }) => product(found[a], found[b]);
    case "transpose":
      return ({ found }) => transposed(found[a]);
    case "sum":
      return ({ found }) => reduced(PRIMITIVES.add, found[a], b);
    case "max":
      return ({ found }) => reduced(PRIMITIVES.maximum, found[a], b);
    case "reshape":
      return ({ found, sizes }) => reshaped(found[a], sizes[b], sizes[c]);
    case "broadcast":
      return ({ found, sizes }) => broadcast(found[a], sizes[b], sizes[c]);
  }
  const primitive = PRIMITIVES[name];
  switch (instruction.length) {
    case 2:
      return ({ found }) => ofOne(primitive, found[a]);
    case 3:
      return ({ found }) => ofTwo(primitive, found[a], found[b]);
    default:
      return ({ found }) => ofThree(primitive, found[a], found[b], found[c]);
  }
}

function ofOne(f, x) {
  if (typeof x === "number") return f(x);
  const made = matrix(x.rows, x.columns),
    from = x.data,
    to = made.data;
  for (let i = 0; i < to.length; i++) to[i] = f(from[i]);
  return made;
}

// Of entries that lie at the same place; what has one row or column only is taken again and again.
function ofTwo(f, x, y) {
  if (typeof x === "number") {
    return typeof y === "number" ? f(x, y) : ofOne((entry) => f(x, entry), y);
  }
  if (typeof y === "number") return ofOne((entry) => f(entry, y), x);
  const made = matrix(Math.max(x.rows, y.rows), Math.max(x.columns, y.columns));
  const a = x.data,
    b = y.data,
    to = made.data;
  if (a.length === to.length && b.length === to.length) {
    for (let i = 0; i < to.length; i++) to[i] = f(a[i], b[i]);
    return made;
  }
  const s = strides(x),
    t = strides(y);
  for (let i = 0, k = 0; i < made.rows; i++) {
    for (let j = 0; j < made.columns; j++, k++)
      to[k] = f(a[i * s[0] + j * s[1]], b[i * t[0] + j * t[1]]);
  }
  return made;
}

function ofThree(f, x, y, z) {
  const all = [x, y, z];
  if (all.every((each) => typeof each === "number")) return f(x, y, z);
  const rows = Math.max(...all.map((each) => each.rows ?? 1));
  const columns = Math.max(...all.map((each) => each.columns ?? 1));
  const [a, b, c] = all.map((each) => broadcast(each, rows, columns).data);
  const made = matrix(rows, columns);
  for (let k = 0; k < made.data.length; k++) made.data[k] = f(a[k], b[k], c[k]);
  return made;
}

function strides(x) {
  return [x.rows > 1 ? x.columns : 0, x.columns > 1 ? 1 : 0];
}

function broadcast(x, rows, columns) {
  const made = matrix(rows, columns);
  if (typeof x === "number") {
    made.data.fill(x);
    return made;
  }
  if (x.rows === rows && x.columns === columns) return x;
  const [down, along] = strides(x);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) made.data[k] = x.data[i * down + j * along];
  }
  return made;
}

function reshaped(x, rows, columns) {
  return typeof x === "number" ? x : matrix(rows, columns, x.data);
}

// One row, or one column, from all of them: the first entry, and with it the second one, and so on.
function reduced(f, x, axis) {
  if (typeof x === "number") return x;
  const made = axis === 0 ? matrix(1, x.columns) : matrix(x.rows, 1);
  const { rows, columns, data } = x;
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) {
      const place = axis === 0 ? j : i;
      made.data[place] = (axis === 0 ? i : j) === 0 ? data[k] : f(made.data[place], data[k]);
    }
  }
  return made;
}

function transposed(x) {
  if (typeof x === "number") return x;
  const made = matrix(x.columns, x.rows);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < x.columns; j++) made.data[j * x.rows + i] = x.data[i * x.columns + j];
  }
  return made;
}

function product(x, y) {
  const made = matrix(x.rows, y.columns),
    to = made.data;
  for (let i = 0; i < x.rows; i++) {
    for (let k = 0; k < x.columns; k++) {
      const entry = x.data[i * x.columns + k];
      for (let j = 0; j < y.columns; j++)
        to[i * y.columns + j] += entry * y.data[k * y.columns + j];
    }
  }
  return made;
}
