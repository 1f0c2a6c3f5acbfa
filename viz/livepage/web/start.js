"use strict"; // all scripts of the page, which follow this one
// What the page begins with: what Python wrote for it, ways to find and make elements, and the words of its language.
// The element "data" holds JSON; `inversa.viz.livepage.page` writes it. All texts are set as text, never as HTML.

const byId = (id) => document.getElementById(id);
const all = (selector, where = document) => [...where.querySelectorAll(selector)];
const data = JSON.parse(byId("data").textContent);
let lang = data.lang;

function make(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  return made;
}

// A sentence of the page; {blanks} are filled with what is given.
function word(key, blanks = {}) {
  return data.words[lang][key].replace(/\{(\w+)\}/g, (blank, name) => blanks[name] ?? blank);
}

// An element whose text follows the language.
function saying(element, key, blanks = {}) {
  element.textContent = key ? word(key, blanks) : "";
  element.retell = () => saying(element, key, blanks);
}

function translate() {
  document.documentElement.lang = lang;
  document.title = data.title || word("title");
  for (const element of all("[data-text]")) element.textContent = word(element.dataset.text);
  for (const element of all("[data-label]")) element.setAttribute("aria-label", word(element.dataset.label));
  for (const element of all("[data-tip]")) element.title = word(element.dataset.tip);
  for (const element of all("*")) element.retell?.();
}
