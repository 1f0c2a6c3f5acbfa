// The settings: fields and lists are read into `setup` and written from it, layers are added and
// removed, and points come from clicks, from pasted text and from files.

const FIELDS = ["count", "noise", "dataSeed", "test", "rate", "batch", "strength", "seed"];
const MENUS = ["kind", "loss", "optimizer", "penalty", "init"];
const LIVE = ["rate", "batch", "strength", "penalty", "loss", "optimizer"]; // may change while it trains

// The names of a menu, as they are called in the language; those of users as they are.
function fill(menu, keys, chosen, called = (key) => data.choices.names[key]) {
  const options = keys.map((key) => {
    const option = document.createElement("option");
    option.value = key;
    option.textContent = called(key);
    return option;
  });
  menu.replaceChildren(...options);
  menu.value = chosen;
}

function writeControls() {
  for (const key of FIELDS) {
    const field = byId(key);
    field.value = String(setup[key]);
    field.setAttribute("aria-invalid", "false");
  }
  fill(
    byId("kind"),
    data.kinds.filter((kind) => kind !== "own" || setup.own || drawing),
    setup.kind,
  );
  fill(byId("loss"), data.choices.losses[taskOf()], setup.loss);
  fill(byId("optimizer"), data.choices.optimizers, setup.optimizer);
  fill(byId("penalty"), data.choices.penalties, setup.penalty);
  fill(byId("init"), data.choices.inits, setup.init);
  const isGenerated = setup.kind !== "own" && setup.kind !== "given";
  for (const key of ["count", "noise", "dataSeed"]) byId(key).disabled = !isGenerated;
  byId("strength").disabled = setup.penalty === "none";
  byId("addlayer").disabled = setup.layers.length > MOST_LAYERS;
  const { at } = document.activeElement.dataset;
  byId("layers").replaceChildren(...setup.layers.map(layerRow));
  if (at?.startsWith("layer")) refocus(at);
  byId("draw").setAttribute("aria-pressed", String(drawing));
  byId("drawtools").hidden = !drawing;
  byId("plane").classList.toggle("drawing", drawing);
  const pen = Math.max(0, byId("pen").selectedIndex);
  fill(byId("pen"), samples.classes, "", String);
  byId("pen").selectedIndex = Math.min(pen, samples.classes.length - 1);
}

// Who has pressed a button goes on from there; where it is gone, from the list of its layer or of
// the last one.
function refocus(at) {
  const [, k] = at.split(" ");
  const places = [at, `layer ${k} list`, `layer ${setup.layers.length - 1} list`];
  const found = places.map((place) => byId("layers").querySelector(`[data-at="${place}"]`));
  found.find((control) => control && !control.disabled).focus();
}

function layerRow(layer, k) {
  const isLast = k === setup.layers.length - 1;
  const row = document.createElement("div");
  row.className = isLast ? "layer last" : "layer";
  const name = row.appendChild(document.createElement("span"));
  name.textContent = isLast ? words.output : `${k + 1}`;
  name.title = data.layers[0][isLast ? 0 : k + 1];
  const press = (sign, label, act, disabled) => {
    const made = row.appendChild(document.createElement("button"));
    Object.assign(made, {
      type: "button",
      textContent: sign,
      disabled,
      title: label,
      onclick: act,
    });
    made.dataset.at = `layer ${k} ${sign}`;
    made.setAttribute("aria-label", `${label}: ${name.title}`);
    return made;
  };
  if (!isLast) press("−", words.fewer, () => resizeLayer(k, -1), layer.neurons <= 1);
  const count = row.appendChild(document.createElement("output"));
  count.textContent = layer.neurons;
  if (!isLast) press("+", words.more, () => resizeLayer(k, 1), layer.neurons >= LIMITS.neurons[1]);
  const menu = row.appendChild(document.createElement("select"));
  menu.dataset.at = `layer ${k} list`;
  menu.setAttribute("aria-label", `${words["f activation"]}: ${name.title}`);
  const usual = isLast ? outputsFor(setup.loss) : data.choices.activations;
  fill(menu, [...new Set([...usual, layer.activation])], layer.activation); // a model may have others
  menu.onchange = () => activate(k, menu.value);
  if (!isLast) press("×", words.remove, () => removeLayer(k), false);
  return row;
}

// Change the layers as editing.js does it: what stays keeps its numbers. It goes on training.
function changeLayers(edit) {
  const wasRunning = isRunning();
  pause();
  const moment = present();
  entirely(() => {
    const [{ layers }, state] = edit(data.templates, net.config, net.state);
    setup = { ...setup, layers: layers.map((layer) => ({ ...layer })) };
    rebuild(state);
  });
  keep(moment);
  leaveWalk();
  opened();
  if (wasRunning) play();
}

const resizeLayer = (k, by) =>
  changeLayers((...now) =>
    by > 0 ? withNeuron(...now, k) : withoutNeuron(...now, k, setup.layers[k].neurons - 1),
  );
const removeLayer = (k) => changeLayers((...now) => withoutLayer(...now, k));
const activate = (k, name) =>
  changeLayers((templates, config, state) => [withActivation(config, k, name), state]);

function addLayer() {
  const { neurons, activation } = setup.layers.at(-2) ?? { neurons: 4, activation: "tanh" };
  changeLayers((...now) => withLayer(...now, setup.layers.length - 1, neurons, activation));
}

// A setting was changed: what is wrong is marked and said, and changes nothing.
function set(key, value) {
  const next = { ...setup, [key]: value };
  const fits = attempt(() => checkedSetup(next));
  byId(key).setAttribute("aria-invalid", String(!fits));
  if (!fits) return;
  if (!LIVE.includes(key)) return changeSetup(next);
  const moment = present();
  entirely(() => {
    setup = checkedSetup(next);
    fitToData();
    readRange();
    const [config, state] = withSettings(data.templates, net.config, net.state, configOf(setup));
    net = new Network(data.templates, config);
    divide();
    net.give(samples.train.x, samples.train.y);
    net.state = state; // with the order of its epoch
    looked = null;
  });
  keep(moment);
  writeControls();
  if (key === "loss") {
    layOut(); // another output layer may go with it, which stands above it
    openAnswers(); // targets of another kind lie elsewhere
  }
  if (!isRunning()) changed();
}

// Other data or other initial values: where the network can stay as it is, it keeps its numbers.
function changeSetup(next) {
  pause();
  const moment = present();
  const { config } = net;
  entirely(() => {
    setup = checkedSetup(next);
    rebuild();
    const isSame = (key) => JSON.stringify(config[key]) === JSON.stringify(net.config[key]);
    if (!["inputs", "layers"].every(isSame)) return;
    if (!["initial", "seed"].every(isSame)) return holdAgain(moment.state.layers);
    net.state = { ...moment.state, order: null, at: 0 };
    beginCurve();
  });
  keep(moment);
  leaveWalk();
  opened();
}

for (const key of FIELDS) {
  byId(key).onchange = () => {
    const text = byId(key).value;
    const found = parsed(text);
    set(key, found.length === 1 && Number.isFinite(found[0]) ? found[0] : text);
  };
}
for (const key of MENUS) byId(key).onchange = () => set(key, byId(key).value);
byId("addlayer").onclick = addLayer;

// Points of one's own.

const takeTable = (own) => changeSetup({ ...setup, own, kind: "own" });

// Points are put into a plane, and have classes.
const canDraw = () => setup.kind === "own" && samples.inputs === 2 && !isRegression();

byId("draw").onclick = () => {
  drawing = !drawing;
  if (!drawing || canDraw()) return writeControls();
  const { inputs, classes, rows } = samples;
  const isPlane = inputs === 2 && !isRegression();
  takeTable(isPlane ? { inputs, classes, rows } : { inputs: 2, classes: ["0", "1"], rows: [] });
};

byId("clear").onclick = () => takeTable({ inputs: 2, classes: samples.classes, rows: [] });

function addPoint([x, y]) {
  const own = structuredClone(setup.own);
  if (own.rows.length >= MOST_POINTS)
    return say(filled(words["too many points"], { most: MOST_POINTS }));
  const rounded = [x, y].map((number) => Number(number.toPrecision(6)));
  own.rows.push([...rounded, Math.max(0, byId("pen").selectedIndex)]);
  takeTable(own);
}

byId("paste").onclick = () => {
  byId("pasteerror").textContent = "";
  byId("pasting").showModal();
};
byId("pastecancel").onclick = () => byId("pasting").close();
byId("pasting").addEventListener("keydown", (event) => event.stopPropagation());
byId("pasteform").onsubmit = (event) => {
  event.preventDefault();
  takeText(byId("pasted").value);
};
byId("file").onchange = async () => {
  const [file] = byId("file").files;
  if (!file) return;
  if (file.size > 1e6)
    byId("pasteerror").textContent = filled(words["too many points"], { most: MOST_POINTS });
  else takeText(await file.text());
  byId("file").value = "";
};

function takeText(text) {
  try {
    const table = parsedTable(text);
    byId("pasting").close();
    drawing = false;
    takeTable(table);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    byId("pasteerror").textContent = error.message;
  }
}
