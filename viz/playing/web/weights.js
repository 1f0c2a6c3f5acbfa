// The dialog of a neuron: its weights and its bias, to be typed and to be held. What is held no
// training changes.

let opened0 = null; // {l, j} of the neuron whose dialog is open

function openWeights(l, j, i) {
  if (l === 0) return;
  pause();
  opened0 = { l, j };
  const dialog = byId("weights");
  byId("weightstitle").textContent = neuronName(l, j);
  const rows = range(sizes()[l - 1]).map((k) =>
    weightRow(weightName(l, j, k), weightOf(l, j, k), isHeld(l, "weight", weightPlace(l, j, k))),
  );
  rows.push(weightRow(nameOf("b", l, j), biasOf(l, j), isHeld(l, "bias", j)));
  byId("weightrows").replaceChildren(...rows);
  byId("weighterror").textContent = "";
  dialog.showModal();
  const field = rows[i ?? 0].querySelector("input");
  field.focus();
  field.select();
}

function weightRow(name, x, isHeld) {
  const row = document.createElement("div");
  const label = row.appendChild(document.createElement("label"));
  label.append(
    Object.assign(document.createElement("span"), { textContent: name, className: "serif-italic" }),
  );
  const field = label.appendChild(document.createElement("input"));
  Object.assign(field, {
    type: "text",
    inputMode: "decimal",
    autocomplete: "off",
    value: short(x),
  });
  field.dataset.exact = x; // what the shortened text stands for
  field.dataset.text = field.value;
  const holder = row.appendChild(document.createElement("label"));
  holder.className = "hold";
  const box = holder.appendChild(document.createElement("input"));
  Object.assign(box, { type: "checkbox", checked: isHeld });
  box.setAttribute("aria-label", `${words.hold} ${name}`);
  holder.append(words.hold);
  return row;
}

// Take the numbers over; a wrong one is said, and nothing is changed.
function takeWeights() {
  const { l, j } = opened0;
  const rows = all("#weightrows > div");
  const found = rows.map((row) => {
    const field = row.querySelector("input[type=text]");
    const unchanged = field.value === field.dataset.text;
    const numbers = unchanged ? [Number(field.dataset.exact)] : parsed(field.value);
    const fits = numbers.length === 1 && Number.isFinite(numbers[0]);
    field.setAttribute("aria-invalid", !fits);
    return { x: fits ? numbers[0] : NaN, held: row.querySelector("[type=checkbox]").checked };
  });
  if (found.some(({ x }) => Number.isNaN(x))) {
    byId("weighterror").textContent = words.number;
    return false;
  }
  keep();
  found.forEach(({ x, held }, i) => {
    const isBias = i === found.length - 1;
    const at = isBias ? [l - 1, "bias", j] : [l - 1, "weight", weightPlace(l, j, i)];
    net.state = withHeld(withNumber(net.state, ...at, x), ...at, held);
  });
  changed();
  return true;
}

byId("weightsform").onsubmit = (event) => {
  event.preventDefault();
  if (takeWeights()) byId("weights").close();
};
byId("weightscancel").onclick = () => byId("weights").close();
byId("weights").addEventListener("keydown", (event) => event.stopPropagation());
