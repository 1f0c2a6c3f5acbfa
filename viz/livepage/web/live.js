// The page as a whole: its buttons and keys, its language and colours, and how it begins.

function showDark(dark) {
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  byId("dark").setAttribute("aria-pressed", dark);
  if (open === "player") refill();
}

// Colours follow the system until the reader chooses.
function listenToColours() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => showDark(system.matches);
  system.addEventListener("change", follow);
  follow();
  byId("dark").addEventListener("click", () => {
    system.removeEventListener("change", follow);
    showDark(byId("dark").getAttribute("aria-pressed") !== "true");
  });
}

function listenToLanguage() {
  byId("lang").value = lang;
  byId("lang").addEventListener("change", () => {
    const example = data.examples.find(({ codes }) => codes[lang] === editor.text());
    lang = byId("lang").value;
    translate();
    listExamples();
    editor.speak();
    if (example) editor.write(example.codes[lang]);
    if (may) run();
    learnNames();
  });
}

function listExamples() {
  const chosen = byId("examples").value;
  const options = data.examples.map(({ name, titles }) => make("option", titles[lang], { value: name }));
  byId("examples").replaceChildren(make("option", word("choose"), { value: "" }), ...options);
  byId("examples").value = chosen;
}

// An example is the author's own code: it runs at once. What it replaces comes back by undoing.
function listenToExamples() {
  listExamples();
  byId("examples").addEventListener("change", () => {
    const found = data.examples.find(({ name }) => name === byId("examples").value);
    if (!found) return;
    editor.write(found.codes[lang]);
    run();
  });
}

function listenToKeys() {
  byId("run").addEventListener("click", run);
  byId("run-link").addEventListener("click", run);
  byId("stop").addEventListener("click", stop);
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      run();
    }
  };
  document.addEventListener("keydown", keys, true); // before the editor sees it
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector(":popover-open")) stop();
  });
}

// Code that came with the address is shown, and nothing of it runs before the reader wants it.
function showLinked(code) {
  may = false;
  wanted = false;
  clearTimeout(waiting);
  byId("from-link").hidden = false;
  saying(byId("link-note"), typeof code === "string" ? "linked" : "link broken");
  byId("run-link").hidden = typeof code !== "string";
  if (typeof code === "string" && code !== editor.text()) editor.write(code);
}

async function begin() {
  translate();
  listenToColours();
  const code = await linked();
  const mine = typeof code === "string" ? code : data.code;
  byId("paper").textContent = mine;
  startPython();
  await makeEditor(mine, edited);
  listenToLanguage();
  listenToExamples();
  listenToKeys();
  listenToTabs(refill);
  listenToSaving();
  addEventListener("hashchange", async () => {
    const other = await linked();
    if (other !== null && other !== editor.text()) showLinked(other);
  });
  if (code === null) run();
  else showLinked(code);
}

begin().catch(broken);
