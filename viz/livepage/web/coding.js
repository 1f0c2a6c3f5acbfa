// The editor: what the page wants of it, the names that it completes, and the way to a line.

let editor = null;
let known = []; // the names that Python knows: {label, type, info}

async function makeEditor(code, edited) {
  const mirror = await imported("editor.js");
  const { view, ...made } = mirror.editor(byId("editor"), {
    doc: code,
    label: word("code"),
    phrases: phrases(),
    complete: () => fitting(view.state.sliceDoc(0, view.state.selection.main.head)),
    onchange: edited,
    onrun: run,
  });
  editor = {
    ...made,
    // Replaces the code by one edit, which can be undone.
    write(code) {
      made.setText(code);
      view.scrollDOM.scrollTop = 0;
      edited(code);
    },
    go(line) {
      const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },
    speak: () => made.language(phrases(), word("code")),
  };
}

const phrases = () => ({ Completions: word("completions") });

// Behind a dot what stands behind it, nn.MLP; elsewhere the names without a dot.
function fitting(before) {
  const [, owner] = /(?:^|[^\w.])((?:\w+\.)*)\w*$/u.exec(before) ?? [, ""];
  return known
    .filter(({ label }) => label.startsWith(owner) && !label.slice(owner.length).includes("."))
    .map((name) => ({ ...name, label: name.label.slice(owner.length) }));
}
