// Points as text: pasted, or from a file. A row a line; its last column is the target, a number or
// the name of a class, and one or two columns of numbers stand before it.

// A cell in quotation marks may hold the separator, and a mark written twice.
function cellsOf(line, separator) {
  const cells = [""];
  let isQuoted = false;
  for (const letter of separator === " " ? line.trim().replace(/\s+/g, " ") : line.trim()) {
    if (letter === '"') isQuoted = !isQuoted;
    if (letter === separator && !isQuoted) cells.push("");
    else cells[cells.length - 1] += letter;
  }
  return cells.map((cell) => {
    const [, quoted] = /^"(.*)"$/.exec(cell.trim()) ?? [];
    return quoted === undefined ? cell.trim() : quoted.replaceAll('""', '"').trim();
  });
}

const SEPARATORS = ["\t", ";", ",", " "];
const MISSING = /^[-+]?(nan|inf|infinity)$/i; // no names of classes, but numbers that are none
const asNumber = (cell, separator) => {
  const plain = separator === "," ? cell : cell.replace(",", ".");
  return /^[-+−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)
    ? Number(plain.replace("−", "-"))
    : NaN;
};

// The table in a text; an error says in which line what is wrong.
function parsedTable(text) {
  const lines = text
    .split(/\r?\n/)
    .map((line, k) => [line, k + 1])
    .filter(([line]) => line.trim());
  if (!lines.length) refuse("no rows");
  const outside = lines[0][0].trim().replace(/"[^"]*"/g, "");
  const separator = SEPARATORS.find((each) => outside.includes(each)) ?? ",";
  const isHeader = cellsOf(lines[0][0], separator)
    .slice(0, -1)
    .every((cell) => Number.isNaN(asNumber(cell, separator)) && !MISSING.test(cell));
  const rows = lines.slice(isHeader ? 1 : 0);
  if (rows.length < 2) refuse("no rows");
  if (rows.length > MOST_POINTS) refuse("too many points", { most: MOST_POINTS });
  const columns = cellsOf(rows[0][0], separator).length;
  if (columns < 2 || columns > 3) refuse("bad columns", { line: rows[0][1], count: columns });
  const split = rows.map(([line, number]) => {
    const cells = cellsOf(line, separator);
    if (cells.length !== columns) refuse("bad columns", { line: number, count: cells.length });
    const inputs = cells.slice(0, -1).map((cell) => asNumber(cell, separator));
    const wrong = inputs.findIndex(Number.isNaN);
    if (wrong >= 0) refuse("no number", { line: number, given: shownShort(cells[wrong]) });
    const target = cells.at(-1);
    if (!target) refuse("bad columns", { line: number, count: columns - 1 });
    if (MISSING.test(target)) refuse("no number", { line: number, given: target });
    const far = [...inputs, asNumber(target, separator)].find((x) => Math.abs(x) > FAR_OUT);
    if (far) refuse("too far", { line: number, given: far, most: FAR_OUT });
    return { inputs, target };
  });
  return tableOf(split, columns - 1, separator);
}

// Targets are classes where they are names, or few whole numbers; else they are numbers.
function tableOf(split, inputs, separator) {
  const targets = split.map(({ target }) => target);
  const numbers = targets.map((target) => asNumber(target, separator));
  const names = [...new Set(targets)];
  const areNumbers = !numbers.some(Number.isNaN);
  const areClasses = !areNumbers || (names.length <= 5 && numbers.every(Number.isInteger));
  if (areNumbers && !(areClasses && inputs === 2)) {
    return checkedTable({
      inputs,
      classes: [],
      rows: split.map((r, k) => [...r.inputs, numbers[k]]),
    });
  }
  if (names.length < 2 || names.length > MOST_CLASSES) refuse("bad classes", { count: names.length });
  names.sort(areNumbers ? (a, b) => asNumber(a, separator) - asNumber(b, separator) : undefined);
  const rows = split.map((r, k) => [...r.inputs, names.indexOf(targets[k])]);
  return checkedTable({ inputs, classes: names, rows });
}
