// Going through the steps or frames of a page: its five buttons, the slider, the keys, the timer
// that plays, and the place in the page's address.

const KEYS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play" };

// The ways to go; `show` shows one of `count` frames, `shown` says which one is, and `wait` is the
// time between two of them in milliseconds.
function stepper(count, shown, show, wait) {
  let timer = 0;
  function pause() {
    clearInterval(timer);
    timer = 0;
    byId("play").setAttribute("aria-pressed", "false");
  }
  function play() {
    if (timer) return pause();
    if (shown() === count - 1) show(0);
    byId("play").setAttribute("aria-pressed", "true");
    timer = setInterval(() => (shown() < count - 1 ? show(shown() + 1) : pause()), wait);
  }
  function go(i) {
    pause();
    show(i);
  }
  byId("slider").oninput = (event) => go(event.target.value - event.target.min);
  const actions = {
    first: () => go(0),
    back: () => go(shown() - 1),
    play,
    next: () => go(shown() + 1),
    last: () => go(count - 1),
  };
  return { go, actions };
}

// Have buttons and keys act. A key is left to a field in which somebody types, to a button that it
// presses, and to the browser.
function listen(actions, keys, enabled = () => true) {
  for (const [id, act] of Object.entries(actions)) byId(id).onclick = act;
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    const action = keys[key.length > 1 ? key : key.toLowerCase()];
    const typing = target.matches?.("input[type=text], textarea, select");
    const pressing = target.tagName === "BUTTON" && key === " ";
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (!action || typing || pressing || modified || !enabled()) return;
    event.preventDefault();
    actions[action]();
  });
}

// Keep the place in the page's address, so that it can be linked to. A page in a frame without an
// origin, as in notebooks, has no address of its own: it goes on without.
function remember(anchor) {
  try {
    history.replaceState(null, "", anchor);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}
