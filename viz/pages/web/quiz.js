// The quiz: it hides what a step computes until its answer is right or revealed, and counts. Also
// without it numbers to come are hidden from everybody: in the drawing, its names and the table.

let quiz = false;
let right = 0;
let asked = 0;
const answered = new Set(); // steps

const asking = () => quiz && steps[current].asked !== "" && !answered.has(current);

// In the quiz: the results of the current step until it is answered, and what a later step asks
// for.
function secret(slot) {
  const names = namesIn(slot);
  const hidden = asking() ? steps[current].results : [];
  const isResult = (result) => result === slot || names.includes(result.replace("|", ""));
  if (hidden.some(isResult)) return true;
  const asksLater = (step, k) => k > current && !answered.has(k) && names.includes(step.asked);
  return quiz && steps.some(asksLater);
}

// Whether a number in a part of the drawing is still to come. A gradient in the forward drawing
// comes with its dual.
function hides(id, slot) {
  const names = namesIn(slot);
  const isShown = (part) => part?.classList.contains("on");
  if (!isShown(parts[id]) || names.some((name) => born[name] > current) || secret(slot))
    return true;
  const isGradient = names.some((name) => isFlow(name) && !(name in born));
  return id[0] === "f" && isGradient && !isShown(dualOf(id));
}

function showQuiz() {
  const step = steps[current];
  byId("quiz").hidden = !quiz;
  byId("question").textContent = !step.asked ? words.nothing : asking() ? words.ask : words.done;
  for (const id of ["answer", "check", "reveal"]) byId(id).disabled = !asking();
  byId("score").textContent = words.score.replace("{right}", right).replace("{asked}", asked);
}

// Whether a number is another one, within half of its last decimal or 1 %.
function isNear(given, expected) {
  const tolerance = Math.max(0.5000001 * 10 ** -data.digits, 0.01 * Math.abs(expected));
  return Math.abs(given - expected) <= tolerance;
}

// The number of a slot with how it is computed, as MathML: 0.6106 · (−0.0135) = −0.0082.
function inNumbers(slot) {
  const number = (x, inside) => {
    const text = format(x, data.digits);
    return `<mn>${inside && text[0] === "−" ? `(${text})` : text}</mn>`;
  };
  const terms = slot.split("+").map((term, i) => {
    const factors = term.replace(/^-1\*|^-/, "").split("*");
    const sign = term[0] === "-" ? "<mo>−</mo>" : i > 0 ? "<mo>+</mo>" : "";
    const one = (name, k) => (isPlain(name) ? `<mn>${name}</mn>` : number(value(name), i + k > 0));
    return sign + factors.map(one).join("<mo>·</mo>");
  });
  const result = number(value(slot), false);
  return slot in data.slots ? result : `${terms.join("")}<mo>=</mo>${result}`;
}

// What is said about a wrong answer: which mistakes give this number, and how.
function explain(given) {
  const step = steps[current];
  const gives = ([, slot]) => known(slot) && isNear(given, value(slot));
  const told = step.alternatives.filter(gives).map(([mistake, slot], i) => {
    const item = document.createElement("div");
    item.innerHTML = `<span></span> <math>${inNumbers(slot)}</math>`;
    const sentence = i === 0 ? words.mistake : words.other;
    item.firstChild.textContent = sentence.replace("{mistake}", words.mistakes[mistake]);
    return item;
  });
  byId("verdict").replaceChildren(...(told.length ? told : [words.wrong]));
}

function answer(text) {
  const expected = value(steps[current].asked);
  const given = parsed(text);
  if (given.length !== 1 || !Number.isFinite(given[0])) {
    byId("verdict").textContent = words.number;
    return;
  }
  asked++;
  const isRight = isNear(given[0], expected);
  if (isRight) {
    right++;
    answered.add(current);
    byId("answer").value = "";
  }
  if (isRight) byId("verdict").textContent = words.right;
  else explain(given[0]);
  show(current);
}

byId("check").onclick = () => answer(byId("answer").value);
byId("answer").onkeydown = (event) => {
  if (event.key === "Enter") answer(event.target.value);
};
byId("reveal").onclick = () => {
  answered.add(current);
  asked++;
  byId("verdict").textContent = "";
  show(current);
};
