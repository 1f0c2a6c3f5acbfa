"use strict"; // all scripts of the page, which follow this one
// What every page begins with: what Python wrote for it, and the ways to find and to make elements.
// The element "data" holds JSON; viz/pages/contract.py says what its keys mean.

const data = JSON.parse(document.getElementById("data").textContent);
const words = data.words;

const byId = (id) => document.getElementById(id);
const all = (selector, where = document) => [...where.querySelectorAll(selector)];

// A new element of an SVG.
function make(tag, attributes, parent) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  return parent.appendChild(made);
}
