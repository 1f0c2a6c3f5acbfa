"""No picture lies: PNG shows what the browser shows, and the player, also after an edit, what the engine computes."""

import io
import math
import random
import re
import warnings

import numpy as np
import pytest
from PIL import Image

from ..random_networks import Engine, number, printed, replayed, sample

# All numbers of a page at its last step: of the drawing and of the equations of all steps, and those of the table.
LOOK = """() => {
  go(S.length - 1);
  const slots = all("[data-n]").map(el => [el.dataset.n, el.textContent, el.classList.contains("hidden")]);
  const cells = D.leaves.map(leaf => [leaf.box, $(`g${leaf.box}`)?.textContent ?? "—"]);
  return {slots, cells, cost: $("cost").textContent, code: D.code !== null, digits: D.digits,
          leaves: Object.fromEntries(D.leaves.map((leaf, k) => [leaf.box, leaves[k]]))};
}"""
EDIT = """given => D.leaves.forEach((leaf, k) => {
  const field = $(`v${leaf.box}`);
  if (!field) return;
  field.value = given[k].map(String).join("; ");
  field.dispatchEvent(new Event("input"));
})"""


class Page:
    def __init__(self, browser, path):
        self.page, self.path, self.errors = browser.new_page(reduced_motion="reduce"), path, []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def faults(self, made):
        """What the player of a network says wrong, as it is made and with other numbers."""
        self.path.write_text(made.player().html(), encoding="utf-8")
        self.page.goto(self.path.as_uri())
        found = self.page.evaluate(LOOK)
        yield from wrong(found, Engine(made.outputs))
        if found["code"]:
            some = random.Random(made.seed)
            given = {int(box): [number(some, True, finite=True) for _ in row] for box, row in found["leaves"].items()}
            self.page.evaluate(EDIT, list(given.values()))
            found = self.page.evaluate(LOOK)
            edited = {int(box): row for box, row in found["leaves"].items()}
            yield from (f"edited: {fault}" for fault in wrong(found, Engine(replayed(made.outputs, edited))))
        yield from self.errors
        self.errors.clear()


def wrong(found, engine):
    """The numbers of a page that are not those of the engine."""
    for slot, text, hidden in found["slots"]:
        if slot == "?":
            continue
        text = re.sub(r"^\((.*)\)$", r"\1", text)  # in an equation
        decimals = re.search(r"\.(\d+)", text)
        right = engine.writings(slot, len(decimals[1]) if decimals else found["digits"])
        if text not in right:
            yield f"{slot} is {text}, not {right}"
        if hidden:
            yield f"{slot} is hidden at the last step"
    for box, text in found["cells"]:
        node = engine.graph.nodes[box]
        slot = f"|d{box}" if text.startswith("‖") else f"d{box}"
        right = engine.writings(slot, found["digits"]) if node in engine.flows else {"—"}
        if text.removeprefix("‖·‖ = ") not in right:
            yield f"in the table {slot} is {text}, not {right}"
    right = engine.writings(f"v{engine.graph.position[engine.graph.outputs[0]]}", found["digits"])
    if found["cost"] not in right:
        yield f"the cost is {found['cost']}, not {right}"
