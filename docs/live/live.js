// Blocks of code that run in the page. Nothing is loaded before a reader asks for it; then Python comes from the folder
// of this script, once for the page. Blocks share their variables, and what stands above a block runs before it, if
// it has not, or was edited since.
//
// A file comes as a script that calls liveFile(name, text): so it comes from a disk, too, where fetch() is refused.
"use strict";
{
  const { words: json, files: list, lang } = document.currentScript.dataset;
  const words = JSON.parse(json);
  const files = JSON.parse(list); // the version of each file, by its name
  const folder = new URL(".", document.currentScript.src);
  const arrived = new Map();
  globalThis.liveFile = (name, text) => arrived.set(name, text);

  const make = (tag, text = "", attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    return made;
  };
  const word = (key, blanks = {}) => words[key].replace(/\{(\w+)\}/g, (blank, name) => blanks[name] ?? blank);

  // Python and the editor, for all blocks of the page.

  async function file(name) {
    await new Promise((resolve, reject) => {
      const script = make("script", "", { src: new URL(`${name}.js?${files[name]}`, folder) });
      script.onload = resolve;
      script.onerror = () => reject(new Error(word("not loaded", { name })));
      document.head.append(script);
      script.addEventListener("load", () => script.remove());
    });
    const bytes = Uint8Array.from(atob(arrived.get(name)), (letter) => letter.charCodeAt(0));
    arrived.delete(name);
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  }

  async function imported(name) {
    const address = URL.createObjectURL(new Blob([await file(name)], { type: "text/javascript" }));
    try {
      return await import(address);
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  const once = (start) => {
    let promise;
    return () => (promise ??= start().catch((error) => {
      promise = undefined; // so that one can try again
      throw error;
    }));
  };
  const onreset = () => blocks.forEach((block) => (block.ran = undefined));
  const python = once(async () => (await imported("python.js")).Python.start(file, { onreset }));
  const mirror = once(() => imported("editor.js"));
  let queue = Promise.resolve(); // one run after the other

  // A block: its code, and once it is open an editor, what it prints, and its picture.

  class Block {
    ran; // the code that Python has run

    constructor(element) {
      this.element = element;
      this.code = codeOf(element);
      this.opener = make("button", word("run here"), { class: "live-open", type: "button", title: word("about") });
      this.opener.addEventListener("click", () => this.open());
      element.after(this.opener);
    }

    get text() {
      return this.editor ? this.editor.text() : this.code;
    }

    async open() {
      this.opener.disabled = true;
      this.status = make("p", word("loading"), { class: "live-status", role: "status" });
      this.opener.after(this.status);
      try {
        const [{ editor }] = await Promise.all([mirror(), python()]);
        this.build(editor);
      } catch (error) {
        this.status.textContent = word("broken", { text: String(error.message ?? error) });
        this.opener.disabled = false;
        return;
      }
      await this.run();
    }

    build(editor) {
      this.view = make("div", "", { class: "live-block", role: "group", "aria-label": word("block") });
      const host = make("div", "", { class: "live-editor" });
      const bar = make("div", "", { class: "live-bar" });
      const button = (key, act) => {
        const made = make("button", word(key), { type: "button" });
        made.addEventListener("click", act);
        bar.append(made);
        return made;
      };
      this.runner = button("run", () => this.run());
      this.stopper = button("stop", () => this.stop());
      this.stopper.disabled = true;
      button("back", () => this.editor.setText(this.code));
      bar.append(this.status);
      this.printed = make("pre", "", { class: "live-printed", tabindex: "0", "aria-label": word("output") });
      this.error = make("pre", "", { class: "live-error", tabindex: "0", "aria-label": word("error") });
      this.picture = make("div", "", { class: "live-picture" });
      this.printed.hidden = this.error.hidden = true;
      this.view.append(host, bar, this.printed, this.error, this.picture);
      this.opener.replaceWith(this.view);
      this.element.hidden = true;
      this.editor = editor(host, {
        doc: this.code,
        label: word("code"),
        phrases: { Completions: word("names") },
        onrun: () => this.run(),
      });
      this.editor.focus();
    }

    run() {
      queue = queue.then(() => this.runNow()).catch((error) => this.failed(error));
      return queue;
    }

    async runNow() {
      const py = await python();
      this.stopper.disabled = false;
      for (const block of blocks) {
        if (block === this) break;
        if (block.ran === block.text) continue;
        this.status.textContent = word("above");
        block.ran = block.text;
        await py.call("run", block.text, lang, true);
      }
      this.status.textContent = word("running");
      const code = this.text;
      const found = await py.call("run", code, lang, true);
      this.ran = code;
      this.show(found);
      if (!found.error && found.kind !== "none") await this.draw(py);
      this.status.textContent = found.error ? word("failed") : word("done", { ms: Math.round(found.ran) });
      this.stopper.disabled = true;
    }

    show({ printed, error }) {
      this.printed.textContent = printed;
      this.printed.hidden = !printed;
      this.error.textContent = error ? error.trace || `${error.type}: ${error.text}` : "";
      this.error.hidden = !error;
      this.editor.mark(error?.line ?? null);
      this.picture.replaceChildren();
      const output = this.element.closest(".cell")?.querySelector(".cell_output");
      if (output) output.hidden = true; // what it showed when the page was made
    }

    // As an image: no script runs in it, whatever it holds.
    async draw(py) {
      const width = Math.max(280, this.view.clientWidth - 24);
      const { svg, alt } = await py.call("show", "picture", lang, width, 3 * width);
      if (!svg) return;
      const image = new Image();
      image.alt = alt;
      image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      await image.decode();
      URL.revokeObjectURL(image.src);
      this.picture.replaceChildren(image);
    }

    async stop() {
      this.status.textContent = word("stopping");
      await (await python()).stop();
      this.status.textContent = word("stopped");
      this.stopper.disabled = true;
    }

    failed(error) {
      this.stopper.disabled = true;
      if (!error.stopped) this.status.textContent = word("broken", { text: String(error.message ?? error) });
    }
  }

  // Of examples at Python's prompt what is typed there, without what Python answers.
  function codeOf(element) {
    const text = element.querySelector("pre").textContent.replace(/\n$/, "");
    if (!element.classList.contains("highlight-pycon")) return text;
    const typed = text.split("\n").filter((line) => /^(>>>|\.\.\.)( |$)/.test(line));
    return typed.map((line) => line.slice(4)).join("\n");
  }

  for (const element of document.querySelectorAll(".live-numpy")) {
    element.after(make("p", word("needs NumPy"), { class: "live-note" }));
  }
  const blocks = [...document.querySelectorAll(".live-run")].map((element) => new Block(element));
}
