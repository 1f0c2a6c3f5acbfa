// The table of the leaves: the gradients that have arrived, and the cost below it.

// The table after step `last`; a gradient that just arrived is marked.
function table(last = current) {
  const arrived = {};
  steps.slice(0, last + 1).forEach((step, k) => {
    for (const [box, slot] of step.gradients) {
      if (k < current || !asking()) arrived[box] = [slot, k === current];
    }
  });
  for (const leaf of data.leaves) {
    const cell = byId(`g${leaf.box}`);
    if (!cell) continue;
    const [slot, isNew] = arrived[leaf.box] ?? ["", false];
    cell.textContent = gradientText(slot);
    cell.parentElement.classList.toggle("hit", isNew);
  }
  const cost = costKnown(last) ? written(value(data.cost), data.digits) : "—";
  byId("cost").textContent = cost;
}

function gradientText(slot) {
  if (!slot || !known(slot) || secret(slot)) return "—";
  return (isNorm(slot) ? "‖·‖ = " : "") + written(value(slot), data.digits);
}

function costKnown(last = current) {
  const since = born[data.cost] ?? steps.length - 1;
  return known(data.cost) && since <= last && !secret(data.cost);
}
