// Running: one run at a time, the newest code next. What runs for long is given up for newer code.
// Nothing runs before it may: code of a link has to be run by the reader, and so has code that was stopped.

const PAUSE = 250; // milliseconds without an edit, after which the code runs
const STARTING = ["unpacking", "starting", "importing"]; // states of Python that take a while
const PATIENCE = 2000; // milliseconds after which a run of older code is given up
let python = null; // a promise of Python
let works = true; // false once it could not be started
let may = false; // whether edits run by themselves
let running = false;
let wanted = false; // whether there is newer code
let began = Infinity;
let runs = 0; // which of the runs that went well was the last
let alive = false; // whether Python still has it
let waiting = 0;

function status(key, blanks = {}, kind = "") {
  saying(byId("status"), key, blanks);
  byId("status").className = kind;
}

function startPython() {
  const files = (name) => embedded(name);
  python = imported("python.js").then(({ Python }) => Python.start(files, { onstate, onprint, onreset }));
  python.then(ready, broken);
}

function onstate(state) {
  if (STARTING.includes(state)) saying(byId("progress-text"), `state ${state}`);
}

// What is printed past the code, such as warnings of Python itself.
function onprint(text) {
  showPrinted(byId("printed").textContent + text);
}

function onreset() {
  alive = false;
}

function ready() {
  byId("progress").hidden = true;
  if (!running) status(may ? "ready" : "press");
  learnNames();
}

// Which names can be completed. Without them the editor works as well.
async function learnNames() {
  try {
    known = await (await python).call("names", lang);
  } catch {
    // Python was stopped, or did not start: that is said elsewhere.
  }
}

function broken(error) {
  works = false;
  byId("progress").hidden = true;
  status("broken", { text: String(error.message ?? error) }, "bad");
}

// Python itself broke, and begins anew where it has to.
function crashed(error) {
  if (!works) return;
  const trace = String(error.message ?? error);
  const text = trace.trim().split("\n").at(-1).slice(0, 200);
  status("crashed", { text }, "bad");
  showError({ line: null, type: "", text, trace });
}

async function run() {
  may = wanted = true;
  clearTimeout(waiting);
  byId("from-link").hidden = true;
  if (running) return;
  running = true;
  try {
    while (wanted) await runOnce(await python);
  } catch (error) {
    if (!error.stopped) crashed(error);
  }
  running = false;
  began = Infinity;
  byId("stop").disabled = true;
  await refill(); // another tab may have been opened meanwhile
  if (alive && !running) learnNames();
}

async function runOnce(py) {
  wanted = false;
  began = performance.now();
  byId("stop").disabled = false;
  status("running");
  const outcome = await py.call("run", editor.text(), lang).catch(unlessStopped);
  if (!outcome) return;
  showOutcome(outcome);
  const { error } = outcome;
  if (error) status(error.line === null ? "failed" : "failed at", error, "bad");
  byId("stale").hidden = !error && outcome.kind !== "none";
  if (error || outcome.kind === "none") {
    if (!error) status("nothing");
    return;
  }
  runs += 1;
  alive = true;
  if (wanted) return;
  const filled = await fill(py, runs).then(() => true, unlessStopped);
  const ms = Math.round(performance.now() - began);
  if (filled && !wanted) status("done", { name: outcome.name, ms }, "good");
}

function unlessStopped(error) {
  if (!error.stopped) throw error;
}

// Ends what runs: Python begins anew and has forgotten all; the code and what is shown stay.
function giveUp() {
  const again = python.then((py) => py.stop().then(() => py));
  python = again;
  return again;
}

async function stop() {
  if (byId("stop").disabled) return;
  wanted = may = false;
  clearTimeout(waiting);
  const again = giveUp();
  status("stopping");
  await again.then(() => running || status("stopped"), broken);
}

function edited(code) {
  rememberSoon(code);
  byId("paper").textContent = code;
  if (!may) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (running && performance.now() - began > PATIENCE) giveUp();
    run();
  }, PAUSE);
}

// The open tab may have to be filled: it was just opened, or the window has changed.
async function refill() {
  try {
    const py = await python;
    if (!running && alive) await fill(py, runs);
  } catch (error) {
    if (!error.stopped) crashed(error);
  }
}
