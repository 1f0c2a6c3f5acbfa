// The editor: CodeMirror with Python, the page's colours, the names that Python knows, and a mark on a wrong line.

let editor = null;
let known = []; // the names that are completed, as CodeMirror wants them

async function makeEditor(code, edited) {
  const mirror = await imported("editor.js");
  const marked = lineMark(mirror);
  const spoken = new mirror.Compartment();
  const words = () => [
    mirror.EditorView.contentAttributes.of({ "aria-label": word("code"), "aria-describedby": "keys" }),
    mirror.EditorState.phrases.of({ Completions: word("completions") }),
  ];
  const view = new mirror.EditorView({
    doc: code,
    parent: byId("editor"),
    extensions: [
      spoken.of(words()),
      marked.field,
      ...editing(mirror),
      mirror.EditorView.updateListener.of((update) => {
        if (update.docChanged) edited(update.state.doc.toString());
      }),
    ],
  });
  editor = {
    code: () => view.state.doc.toString(),
    // Replaces the code by one edit, which can be undone.
    write(code) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: code } });
      view.scrollDOM.scrollTop = 0;
    },
    mark: (line) => view.dispatch({ effects: marked.effect.of(line) }),
    go(line) {
      const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },
    speak: () => view.dispatch({ effects: spoken.reconfigure(words()) }),
    focus: () => view.focus(),
  };
}

function editing(mirror) {
  const { EditorView, keymap } = mirror;
  return [
    mirror.lineNumbers(),
    mirror.highlightActiveLineGutter(),
    mirror.highlightActiveLine(),
    mirror.highlightSpecialChars(),
    mirror.history(),
    mirror.drawSelection(),
    mirror.indentOnInput(),
    mirror.indentUnit.of("    "),
    mirror.bracketMatching(),
    mirror.closeBrackets(),
    mirror.python(),
    mirror.syntaxHighlighting(mirror.HighlightStyle.define(classes(mirror.tags))),
    mirror.autocompletion({
      override: [mirror.localCompletionSource, mirror.globalCompletion, completed],
      icons: false,
    }),
    EditorView.lineWrapping,
    keymap.of([
      ...mirror.closeBracketsKeymap,
      ...mirror.completionKeymap,
      ...mirror.historyKeymap,
      ...mirror.defaultKeymap,
      mirror.indentWithTab,
    ]),
  ];
}

function classes(tags) {
  return [
    { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], class: "c-keyword" },
    { tag: [tags.string, tags.special(tags.string)], class: "c-string" },
    { tag: [tags.number, tags.bool, tags.null], class: "c-number" },
    { tag: [tags.comment], class: "c-comment" },
    { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], class: "c-function" },
    { tag: [tags.definition(tags.variableName), tags.className], class: "c-definition" },
  ];
}

// Names that Python knows, with dots in them where they have some: nn.MLP.
function completed(context) {
  const written = context.matchBefore(/[\w.]+/);
  if (!written && !context.explicit) return null;
  return { from: written ? written.from : context.pos, options: known, validFor: /^[\w.]*$/ };
}

// Marks a line, or none for null, until it is told anew; the mark moves with the text.
function lineMark({ StateEffect, StateField, Decoration, EditorView }) {
  const effect = StateEffect.define();
  const wrong = Decoration.line({ class: "cm-wrong" });
  const field = StateField.define({
    create: () => Decoration.none,
    update(marks, transaction) {
      let now = marks.map(transaction.changes);
      for (const told of transaction.effects.filter((each) => each.is(effect))) {
        const { doc } = transaction.state;
        const there = told.value >= 1 && told.value <= doc.lines;
        now = there ? Decoration.set([wrong.range(doc.line(told.value).from)]) : Decoration.none;
      }
      return now;
    },
    provide: (marks) => EditorView.decorations.from(marks),
  });
  return { effect, field };
}
