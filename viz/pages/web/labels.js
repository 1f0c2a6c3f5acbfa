// What the parts of a drawing are called, for those who do not see them. `hides` says which numbers
// are to come.

// What a part is called: words and numbers by turns, those to come left out.
function label(id) {
  const shown = (slot) => parts[id].querySelector(`[data-n="${slot}"]`)?.textContent;
  const number = (slot) => shown(slot) ?? format(value(slot), data.digits);
  const found = data.labels[id].map((word, i) => {
    if (i % 2 === 0) return word;
    return hides(id, word) ? "" : number(word);
  });
  return found
    .join("")
    .replace(/\s+/g, " ")
    .replace(/[\s=]+$/, "")
    .trim();
}

function call(id, text) {
  const part = parts[id];
  const leaf = editable[id];
  part.querySelector("title").textContent = text;
  if (!leaf) return part.setAttribute("role", "img");
  const x = short(leaves[data.leaves.indexOf(leaf)][0]);
  const label = words.change.replace("{value}", x).replace("{name}", leaf.name);
  part.setAttribute("aria-label", label);
}
