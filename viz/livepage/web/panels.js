// The tabs and their panels: an open tab shows what Python gives for it, and Python is asked for this one alone.

const TABS = all('[role="tab"]').map((tab) => tab.id.replace("tab-", ""));
const LEAST = 0.5; // of its size, to which a picture is shrunk; else it fills the width, and the panel scrolls
const MOST = 1.8;
// Bytes, never touched: Chromium does not count what an old image takes, but this, and so tidies up in time.
const NUDGE = 8 << 20;
let open = TABS[0];
const shown = {}; // by tab: of which run, in which language and for which room its panel is

const colours = () => document.documentElement.style.colorScheme; // "light" or "dark"
const panel = (tab) => byId(`panel-${tab}`);

function openTab(tab, focus = false) {
  open = tab;
  for (const each of TABS) {
    const button = byId(`tab-${each}`);
    button.setAttribute("aria-selected", each === tab);
    button.tabIndex = each === tab ? 0 : -1;
    panel(each).hidden = each !== tab;
  }
  if (focus) byId(`tab-${tab}`).focus();
}

// The room of a picture: in steps, so that a scroll bar that comes or goes asks for nothing new.
function room() {
  const box = panel(open).getBoundingClientRect();
  const narrow = matchMedia("(max-width: 899px)").matches;
  const step = (length) => Math.max(200, Math.floor((length - 20) / 20) * 20);
  return [step(box.width), narrow ? 4 * step(box.width) : step(box.height)];
}

const FILL = {
  picture: (found) => showPicture(panel("picture"), found),
  inverse: (found) => showPicture(panel("inverse"), found),
  player: (found) => showPlayer(panel("player"), found),
  gradients: (found) => panel("gradients").replaceChildren(tableOf(found)),
  listing: (found) => panel("listing").replaceChildren(make("pre", found.text)),
};

// Fills the open panel from Python's last run, if it is not filled already.
async function fill(py, run) {
  const tab = open;
  const [width, height] = room();
  const besides = { picture: [width, height], inverse: [width, height], player: [colours()] }[tab] ?? [];
  const wanted = [run, lang, ...besides].join(" ");
  if (shown[tab] === wanted) return;
  const found = await py.call("show", tab, lang, width, height);
  if (found.error) panel(tab).replaceChildren(make("p", found.error.text, { class: "note" }));
  else await FILL[tab](found);
  shown[tab] = wanted;
}

// As an image: no script runs in it, whatever it holds. The old one stays until the new one can be seen.
async function showPicture(where, { svg, alt, note }) {
  if (!svg) return where.replaceChildren(make("p", note, { class: "note" }));
  const image = new Image();
  image.alt = alt;
  image.src = addressOf(svg, "image/svg+xml");
  await image.decode();
  new ArrayBuffer(NUDGE);
  for (const old of all("img", where)) URL.revokeObjectURL(old.src);
  where.replaceChildren(image);
  fit(where);
}

function fit(where) {
  const image = where.querySelector("img");
  if (!image || where.hidden) return;
  const { naturalWidth: width, naturalHeight: height } = image;
  const narrow = matchMedia("(max-width: 899px)").matches;
  const wide = (where.clientWidth - 16) / width;
  const whole = narrow ? wide : Math.min(wide, (where.clientHeight - 16) / height);
  const scale = whole < LEAST ? Math.max(LEAST, Math.min(wide, 1)) : Math.min(whole, MOST);
  image.style.width = `${Math.floor(width * scale)}px`;
}

// A page of its own, from which nothing of this one can be reached; it has the colours of this one.
function showPlayer(where, { html }) {
  const frame = make("iframe", "", { sandbox: "allow-scripts", title: word("tab player") });
  const scheme = colours();
  frame.srcdoc = `${html}<style>@media screen{:root{color-scheme:${scheme};${data.palettes[scheme]}}}</style>`;
  where.replaceChildren(frame);
}

function tableOf({ columns, rows, note }) {
  const table = make("table");
  table.append(make("caption", note), make("thead"), make("tbody"));
  const row = (cells, tag) => {
    const made = make("tr");
    const cell = (text, i) => (i ? make(tag, text) : make("th", text, { scope: tag === "th" ? "col" : "row" }));
    made.append(...cells.map(cell));
    return made;
  };
  table.tHead.append(row(columns, "th"));
  table.tBodies[0].append(...rows.map((cells) => row(cells, "td")));
  return table;
}

function listenToTabs(opened) {
  const choose = (tab, focus) => {
    openTab(tab, focus);
    opened();
  };
  for (const tab of TABS) byId(`tab-${tab}`).addEventListener("click", () => choose(tab));
  byId("tabs").addEventListener("keydown", (event) => {
    const at = TABS.indexOf(open);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(TABS[(to + TABS.length) % TABS.length], true);
  });
  new ResizeObserver(() => {
    fit(panel(open));
    opened();
  }).observe(byId("panels"));
}
