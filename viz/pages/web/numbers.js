// Numbers as people read them: printed as in the pictures.

// A number as the pictures print it; of two equally near decimals the even one, as in Python.
function format(x, digits) {
  if (Number.isNaN(x)) return "nan";
  if (Math.abs(x) === Infinity) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const sign = x < 0 ? "−" : "";
  if (size !== 0 && (size < 10 ** -digits || size >= 1e6)) {
    const [mantissa, exponent] = size.toExponential(digits).split("e");
    return `${sign}${mantissa}·10${raised(exponent)}`;
  }
  const halves = size * 2 ** (digits + 1) * 5 ** digits; // exact where there is a tie
  const tie = Number.isInteger(size * 2 ** (digits + 1)) && halves % 4 === 1;
  return sign + (tie ? (halves - 1) / 2 / 10 ** digits : size).toFixed(digits);
}

const raised = (exponent) =>
  [...String(+exponent)].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("");

// A number, or all entries of an array.
const written = (x, digits) =>
  Array.isArray(x) ? `[${x.map((entry) => format(entry, digits)).join(", ")}]` : format(x, digits);
