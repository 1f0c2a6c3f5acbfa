// The front end of a live picture in a notebook: its page in a frame of its own, so that nothing of
// it reaches the notebook, and the messages between the page and Python.

const LEAST = 120; // pixels of height, until the page says how high it is

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = model.get("title");
  frame.style.cssText = `width:100%;height:${LEAST}px;border:0;display:block`;
  frame.srcdoc = model.get("page");

  const tell = (message) => frame.contentWindow?.postMessage(message, "*");
  const tellNumbers = () => tell({ kind: "numbers", leaves: model.get("leaves") });
  const tellColours = () => tell({ kind: "colours", isDark: isDark(el) });
  const acts = {
    ready() {
      tellColours();
      tellNumbers(); // also when the notebook has moved the frame, and it began anew
    },
    height: ({ pixels }) => (frame.style.height = `${Math.max(LEAST, Math.ceil(pixels))}px`),
    edit: (message) => model.send(message),
  };
  const hear = (event) => {
    if (event.source !== frame.contentWindow || !Object.hasOwn(acts, event.data.kind)) return;
    acts[event.data.kind](event.data);
  };
  const colours = new MutationObserver(tellColours); // where another theme is chosen
  colours.observe(document.body, { attributes: true });
  addEventListener("message", hear);
  model.on("change:leaves", tellNumbers);
  model.on("msg:custom", tell);
  el.append(frame);
  return () => {
    colours.disconnect();
    removeEventListener("message", hear);
    model.off("change:leaves", tellNumbers);
    model.off("msg:custom", tell);
    frame.remove();
  };
}

// Whether the notebook is dark: what its letters stand on tells, not what the system prefers.
function isDark(el) {
  for (let place = el; place; place = place.parentElement) {
    const colour = getComputedStyle(place).backgroundColor.match(/[\d.]+/g) ?? [];
    const [red, green, blue, alpha = 1] = colour.map(Number);
    if (colour.length && alpha > 0.5) return red + green + blue < 384;
  }
  return false;
}

export default { render };
