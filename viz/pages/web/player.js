// The player: shows one step after another, forwards and then backwards, and starts the page.

let flipped = false; // whether the other drawing of the two is shown
let shortcuts = true;

function show(i, linked = true) {
  const before = current;
  current = Math.max(0, Math.min(steps.length - 1, i));
  const step = steps[current];
  const backwards = step.view === "inverse";
  document.body.classList.toggle("back", backwards);
  document.body.classList.toggle("flip", backwards !== flipped);
  light();
  byId("mode").textContent = backwards ? words.backward : words.forward;
  showStep(step);
  table();
  byId("slider").value = current + 1;
  byId("slider").setAttribute("aria-valuetext", step.title);
  byId("count").textContent = `${current + 1} / ${steps.length}`;
  showQuiz();
  if (current !== before) bring(partsOf(step)[0]);
  if (linked) remember(`#step=${current + 1}`);
}

// The card of a step: its rule, its title and its equations, without what the quiz asks for.
function showStep(step) {
  const rule = `<b>${step.rule}</b>${words.rules[step.rule - 1]}`;
  byId("rule").innerHTML = step.rule ? rule : "&#160;";
  byId("title").textContent = step.title;
  byId("equations").innerHTML = `<div>${step.equations}</div><div>${step.numbers}</div>`;
  if (data.code) rewrite(byId("equations"));
  for (const element of all("[data-n]", byId("equations"))) {
    const slot = element.dataset.n;
    if (secret(slot)) element.textContent = slot === step.asked ? "?" : "…";
  }
  const card = byId("step");
  card.classList.remove("tight");
  card.classList.toggle("tight", card.scrollHeight > card.clientHeight);
}

// The drawing: what has come, what is new, and no number too early; its parts are called what
// stands in them.
function light() {
  for (const part of Object.values(parts)) part.classList.remove("on", "now");
  steps.slice(0, current + 1).forEach((step, k) => {
    for (const part of partsOf(step)) {
      part?.classList.add("on");
      if (k === current) part?.classList.add("now");
    }
  });
  for (const id in parts) {
    for (const element of all("[data-n]", parts[id])) {
      element.classList.toggle("hidden", hides(id, element.dataset.n));
    }
    if (id in data.labels) call(id, label(id));
  }
}

// Where the stage scrolls, the part that is new comes into its middle.
function bring(part) {
  const stage = byId("stage");
  const fits = stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight;
  if (!part || fits) return;
  const box = part.getBoundingClientRect();
  const frame = stage.getBoundingClientRect();
  stage.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  stage.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
}

// Buttons and keys.
const stepping = stepper(steps.length, () => current, show, 1800);
const toggles = {
  flip() {
    flipped = !flipped;
    byId("flip").setAttribute("aria-pressed", flipped);
    show(current);
  },
  ask() {
    quiz = !quiz;
    byId("ask").setAttribute("aria-pressed", quiz);
    byId("verdict").textContent = "";
    stepping.go(current);
  },
  keys() {
    shortcuts = !shortcuts;
    byId("keys").setAttribute("aria-pressed", shortcuts);
  },
};
listen({ ...stepping.actions, ...toggles }, { ...KEYS, f: "flip", q: "ask" }, () => shortcuts);

// Paper has every step at once.
function handout(step) {
  const item = document.createElement("li");
  const sign = step.rule ? `${"①②③④⑤⑥⑦⑧"[step.rule - 1]} ` : "";
  item.innerHTML = `<b>${sign}</b><span></span>${step.equations}${step.numbers}`;
  item.querySelector("span").textContent = step.title;
  return item;
}
byId("handout").append(...steps.map(handout));
addEventListener("beforeprint", () => table(steps.length - 1));
addEventListener("afterprint", () => show(current));

// A link to a step: #step=4.
function showLinked() {
  const found = /step=(\d+)/.exec(location.hash);
  show(found ? found[1] - 1 : 0, Boolean(found));
}
addEventListener("hashchange", showLinked);

compute();
fit();
showLinked();
