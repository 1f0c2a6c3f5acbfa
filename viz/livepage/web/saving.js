// Saving: what Python makes of the last run, and the code itself, which needs no Python.

const TYPES = {
  picture: "image/svg+xml",
  player: "text/html",
  handout: "text/html",
  python: "text/x-python",
  notices: "text/plain",
};

async function save(what) {
  byId("saving").hidePopover();
  if (what === "notices") {
    const text = await embedded("NOTICES.txt", { keep: true });
    return download({ name: "NOTICES.txt", text }, what);
  }
  if (what === "python" && !(alive && !running)) return download({ name: "inversa.py", text: editor.text() }, what);
  if (!alive || running) return status("run first");
  status("saving");
  try {
    const found = await (await python).call("save", what, lang);
    if (found.error) return status("failed", found.error, "bad");
    download(found, what);
    status("saved", { name: found.name });
  } catch (error) {
    if (!error.stopped) crashed(error);
  }
}

function download({ name, text }, what) {
  const link = make("a", "", { download: name, href: addressOf(text, `${TYPES[what]};charset=utf-8`) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function listenToSaving() {
  for (const what in TYPES) byId(`save-${what}`).addEventListener("click", () => save(what));
  byId("saving").addEventListener("beforetoggle", () => {
    const box = byId("save").getBoundingClientRect();
    byId("saving").style.left = `${Math.max(8, Math.min(box.left, innerWidth - 260))}px`;
    byId("saving").style.top = `${box.bottom + 6}px`;
  });
}
