// Undo and redo, and the place in the page's address, which keeps everything.

const MOST_PAST = 60;
let past = [];
let future = [];
let linkTimer = 0;

// Keep what was, before something is changed or after it has been.
function keep(moment = present()) {
  past.push(moment);
  if (past.length > MOST_PAST) past.shift();
  future = [];
  showPast();
}

function move(from, to) {
  const found = from.pop();
  if (!found) return;
  pause();
  to.push(present());
  leaveWalk();
  goTo(found);
  opened();
  showPast();
}

const undo = () => move(past, future);
const redo = () => move(future, past);

// As in all programs: Ctrl+Z, and with the shift key the other way; a field has its own past.
addEventListener("keydown", (event) => {
  const isField = event.target.matches?.("input[type=text], textarea");
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || isField) return;
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (event.shiftKey) redo();
  else undo();
});

function showPast() {
  byId("undo").disabled = !past.length;
  byId("redo").disabled = !future.length;
}

// Write the link a moment after the last change: browsers refuse to do it too often.
function noteLink() {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(() => remember(linkOf(snapshot())), 250);
}

// Do what may be refused; the message says why, and nothing has changed.
function attempt(act) {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message);
    return false;
  }
}

let sayTimer = 0;
function say(text) {
  byId("say").textContent = text;
  byId("say").hidden = !text;
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => (byId("say").hidden = true), 12000);
}
