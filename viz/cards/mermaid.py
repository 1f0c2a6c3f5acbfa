"""A picture as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inversa.viz.cards.scene import Scene
from inversa.viz.lettering.spans import Line, View


def flowchart(scene: Scene, views: Sequence[View]) -> str:
    """The source of the flowchart: a node a box, an arrow an edge; of several views, a subgraph each."""
    lines = ["flowchart LR"]
    for view, letter in zip(views, "nm", strict=False):
        if len(views) == 1:
            lines += _page(scene, view, letter, "  ")
            continue
        lines += [f'  subgraph {letter}["{quoted(scene.heading(view)[0])}"]', "    direction LR"]
        lines += [*_page(scene, view, letter, "    "), "  end"]
    return "\n".join(lines) + "\n"


def _page(scene: Scene, view: View, letter: str, indent: str) -> Iterator[str]:
    """One view, its nodes called ``n17`` or, when it is the second of two, ``m17``."""
    grouped: set[int] = set()
    boxes = {box.number: letter + _node(scene, box.number, view) for box in scene.picture.boxes}
    for i, group in enumerate(scene.picture.groups):
        yield f'{indent}subgraph {letter}g{i}["{quoted(scene.group_title(group, view).text)}"]'
        yield from (f"{indent}  {boxes[n]}" for n in group.members)
        yield f"{indent}end"
        grouped |= set(group.members)
    yield from (f"{indent}{text}" for n, text in boxes.items() if n not in grouped)
    for arrow in scene.picture.arrows:
        label = " ".join(span.text for line in scene.labels[view].get(arrow.number, ()) for span in line.left)
        between = f'|"{quoted(label)}"|' if label else ""
        tail, head = f"{letter}{arrow.source}", f"{letter}{arrow.target}"
        yield f"{indent}{tail} -->{between} {head}" if view == "forward" else f"{indent}{head} -.->{between} {tail}"


def _node(scene: Scene, number: int, view: View) -> str:
    card = scene.cards[view][number]
    text = "<br>".join(quoted(_written(line)) for line in card.lines)
    return f'{number}(["{text}"])' if card.band is None else f'{number}["{quoted(card.band)}<br>{text}"]'


def _written(line: Line) -> str:
    """A line's text: what stands at its right end is what the left is equal to."""
    return " = ".join("".join(span.text for span in spans) for spans in line[:2] if spans)


def quoted(text: str) -> str:
    """Mermaid reads entities; everything that is not a plain letter is written as one."""
    return "".join(c if c.isalnum() or c in " .,=" or ord(c) > 127 else f"#{ord(c)};" for c in text)
