// Numbers as people type them: with more decimals than in the pictures, in any common notation.

// A number in a field, where it is not rounded to the decimals of the pictures.
const short = (x) =>
  Number.isFinite(x) ? String(+x.toPrecision(6)).replaceAll("-", "−") : format(x, 0);

// The numbers in a text, written with a point or a comma, an exponent as 1e-5 or as in the
// pictures; NaN for what is no number.
function parsed(text) {
  const plain = text
    .normalize("NFKC")
    .replace(/−/g, "-")
    .replace(/,/g, ".")
    .replace(/·10\^?/g, "e")
    .trim();
  return plain ? plain.split(/\s*;\s*|\s+/).map((part) => (part ? Number(part) : NaN)) : [];
}
