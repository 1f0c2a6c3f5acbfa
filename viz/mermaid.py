"""A picture as a Mermaid flowchart."""

from __future__ import annotations

from inversa.viz.cards import View
from inversa.viz.scene import Scene


def flowchart(scene: Scene, view: View) -> str:
    """The source of the flowchart: a node a box, an arrow an edge."""
    lines = ["flowchart LR"]
    grouped: set[int] = set()
    boxes = {box.number: _node(scene, box.number, view) for box in scene.picture.boxes}
    for i, group in enumerate(scene.picture.groups):
        lines.append(f'  subgraph g{i}["{_quoted(scene.group_title(group, view).text)}"]')
        lines += [f"    {boxes[n]}" for n in group.members]
        lines.append("  end")
        grouped |= set(group.members)
    lines += [f"  {text}" for n, text in boxes.items() if n not in grouped]
    for arrow in scene.picture.arrows:
        label = " ".join(span.text for line in scene.labels[view].get(arrow.number, ()) for span in line.left)
        between = f'|"{_quoted(label)}"|' if label else ""
        if view == "forward":
            lines.append(f"  n{arrow.source} -->{between} n{arrow.target}")
        else:
            lines.append(f"  n{arrow.target} -.->{between} n{arrow.source}")
    return "\n".join(lines) + "\n"


def _node(scene: Scene, number: int, view: View) -> str:
    card = scene.cards[view][number]
    lines = ["".join(span.text for span in (*line.left, *line.right)) for line in card.lines]
    text = "<br>".join(map(_quoted, lines))
    return f'n{number}(["{text}"])' if card.band is None else f'n{number}["{_quoted(card.band)}<br>{text}"]'


def _quoted(text: str) -> str:
    """Mermaid reads entities; everything that is not a plain letter is written as one."""
    return "".join(c if c.isalnum() or c in " .,=" or ord(c) > 127 else f"#{ord(c)};" for c in text)
