// What the code printed, and what went wrong: the error's line leads to the line in the editor.

function showOutcome(outcome) {
  showPrinted(outcome.printed);
  showError(outcome.error);
}

function showPrinted(text) {
  byId("printed").textContent = text;
  byId("quiet").hidden = text !== "";
  byId("printed").hidden = text === "";
}

function showError(error) {
  byId("error").hidden = !error;
  editor.mark(error?.line ?? null);
  if (!error) return;
  const line = byId("error-line");
  line.hidden = error.line === null;
  line.onclick = () => editor.go(error.line);
  saying(line, "line", { line: error.line });
  byId("error-type").textContent = error.type;
  byId("error-text").textContent = error.text;
  byId("trace").hidden = !error.trace;
  byId("trace-text").textContent = error.trace ?? "";
}
