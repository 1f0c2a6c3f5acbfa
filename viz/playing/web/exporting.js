// What can be taken away: a Python file, the weights as safetensors, and this page as it is now, to
// be gone through step by step. Files are made here; nothing leaves the page but by a download.

function download(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const MORE = 100; // epochs that the Python file goes on for
const comments = () => ({
  about: words["c about"],
  state: words["c state"],
  held: words["c held"],
  order: words["c order"],
});
// The same network with all samples: the one that is looked at may be one for testing.
function withAllSamples() {
  const same = new Network(data.templates, net.config, net.state);
  const { x, y } = part(range(samples.n));
  same.give(x, y);
  return same;
}

const EXPORTS = {
  python: () => download("playground.py", pythonOf(net, MORE, comments()), "text/x-python"),
  player: () =>
    download("player.py", playerOf(withAllSamples(), setup.sample, comments()), "text/x-python"),
  safetensors: () =>
    download(
      "playground.safetensors",
      safetensorsOf(net.config, net.state),
      "application/octet-stream",
    ),
  page: () => download("playground.html", pageText(), "text/html"),
};

// The page's own text with this state in its data; the script is the same, so its hash holds.
const source = document.documentElement.cloneNode(true); // before anything was changed in it

function pageText() {
  const root = source.cloneNode(true);
  const state = JSON.stringify({ ...data, start: { ...snapshot(), walk: true } });
  const safe = state
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
  root.querySelector("#data").textContent = safe;
  return `<!DOCTYPE html>\n${root.outerHTML}`;
}

for (const [key, make] of Object.entries(EXPORTS)) {
  byId(`save-${key}`).onclick = () => {
    pause();
    make();
    byId("saving").hidePopover();
  };
}
byId("copylink").onclick = async () => {
  const link = linkOf(snapshot());
  remember(link);
  byId("saving").hidePopover();
  if (location.protocol === "about:") return say(words["no address"]); // in a notebook's frame
  try {
    await navigator.clipboard.writeText(location.href.split("#")[0] + link);
    say(words["link copied"]);
  } catch {
    say(words["link above"]);
  }
};
