// The editor of live pages, bundled from CodeMirror by pack.py. A page imports it as a module:
//
//   const view = editor(parent, { doc, phrases, label, complete, onchange, onrun, nonce });
//
// parent    the element that it is put into
// doc       the code that it begins with
// label     what it is called for those who do not see it
// phrases   what CodeMirror says, in another language: {"Completions": "Sugerencias", …}; see PHRASES
// complete  a list of {label, type, info}, or a function that gives one: names to complete besides those of the code
// onchange(code)   after each edit by the user; not after text()
// onrun(code)      Ctrl-Enter, ⌘-Enter or Shift-Enter
// nonce     for the styles that it adds to the page: a page without style-src 'unsafe-inline' needs one
//
// It gives {view, text(), setText(code), mark(line), focus(), language(phrases, label)}: `view` is CodeMirror's own
// EditorView, mark(line) marks a line as wrong, or none for null. Colours are the page's: see COLOURS for the names.
// Tab indents; Escape and then Tab leaves it, as CodeMirror does it for those who use the keyboard alone.

import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completeAnyWord,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  LanguageSupport,
  syntaxHighlighting,
} from "@codemirror/language";
import { Annotation, Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// What CodeMirror may say here, to be translated.
export const PHRASES = ["Completions", "Selection deleted", "current match", "on line"];

// Names of CSS variables that colour the code, with what is used where the page has none.
const COLOURS = {
  "--code-keyword": [tags.keyword, tags.operatorKeyword, tags.controlKeyword],
  "--code-name": [
    tags.definition(tags.variableName),
    tags.function(tags.definition(tags.variableName)),
  ],
  "--code-number": [tags.number, tags.bool, tags.null],
  "--code-string": [tags.string, tags.special(tags.string)],
  "--code-comment": [tags.comment],
};
const highlighting = HighlightStyle.define(
  Object.entries(COLOURS).map(([name, tag]) => ({ tag, color: `var(${name}, inherit)` })),
);
const theme = EditorView.theme({
  "&": { height: "100%", color: "inherit", backgroundColor: "transparent" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "currentColor" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
  ".cm-gutters": { color: "inherit", backgroundColor: "transparent", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { opacity: "0.75" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-active, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    {
      background: "var(--code-selected, Highlight)",
    },
  ".cm-wrong": { backgroundColor: "var(--code-wrong, Mark)" },
  ".cm-tooltip": { color: "CanvasText", backgroundColor: "Canvas" },
});

const fromOutside = Annotation.define();
const marking = StateEffect.define();
const marks = StateField.define({
  create: () => Decoration.none,
  update(marked, { docChanged, effects, state }) {
    const effect = effects.find((effect) => effect.is(marking));
    if (!effect) return docChanged ? Decoration.none : marked; // what was wrong is being mended
    const line = effect.value;
    if (!line || line > state.doc.lines) return Decoration.none;
    return Decoration.set([
      Decoration.line({ class: "cm-wrong" }).range(state.doc.line(line).from),
    ]);
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function editor(
  parent,
  { doc = "", label = "", phrases = {}, complete = [], onchange, onrun, nonce },
) {
  const spoken = new Compartment();
  const words = (phrases, label) => [
    EditorState.phrases.of(phrases),
    EditorView.contentAttributes.of({ "aria-label": label }),
  ];
  const run = ({ state }) => {
    onrun?.(state.doc.toString());
    return true;
  };
  const view = new EditorView({
    parent,
    doc,
    extensions: [
      keymap.of([
        { key: "Mod-Enter", run },
        { key: "Shift-Enter", run },
      ]),
      lineNumbers(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("    "),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ override: [names(complete), completeAnyWord] }),
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...historyKeymap,
        indentWithTab,
        ...defaultKeymap,
      ]),
      new LanguageSupport(pythonLanguage),
      syntaxHighlighting(highlighting),
      theme,
      marks,
      spoken.of(words(phrases, label)),
      nonce ? EditorView.cspNonce.of(nonce) : [],
      EditorView.updateListener.of(({ docChanged, transactions, state }) => {
        const own = transactions.some((transaction) => transaction.annotation(fromOutside));
        if (docChanged && !own) onchange?.(state.doc.toString());
      }),
    ],
  });
  return {
    view,
    text: () => view.state.doc.toString(),
    setText: (code) =>
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: code },
        annotations: fromOutside.of(true),
      }),
    mark: (line) => view.dispatch({ effects: marking.of(line) }),
    focus: () => view.focus(),
    language: (phrases, label) =>
      view.dispatch({ effects: spoken.reconfigure(words(phrases, label)) }),
  };
}

// A source of completions: the names given, after a letter or when asked for.
function names(complete) {
  return (context) => {
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u);
    if (!word && !context.explicit) return null;
    const options = typeof complete === "function" ? complete() : complete;
    return { from: word ? word.from : context.pos, options, validFor: /^[\p{L}\p{N}_]*$/u };
  };
}
