"""The page of a live picture: both networks, the table of their numbers, and what the model answers."""

from __future__ import annotations

from html import escape

from inversa.autograd import Node
from inversa.autograd.languages import texts
from inversa.autograd.languages._language import Texts
from inversa.viz.drawing.composition import MIN_SCALE
from inversa.viz.drawing.interfaces import Playable
from inversa.viz.lettering import theme
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.pages.contract import LiveData, PanelData
from inversa.viz.pages.page import button, page, series, source
from inversa.viz.pages.player import FIELD, Page

STYLES = "page.css", "entries.css", "answers.css"
SCRIPTS = (
    *("page.js", "engine.js", "numbers.js", "slots.js", "paint.js", "typed.js", "network.js", "labels.js", "edit.js"),
    *("samples.js", "plane.js", "line.js"),
)


class WidgetPage(Page):
    """Writes the page; the numbers in it are those of the time when it is made, and Python sends others."""

    def __init__(
        self, drawing: Playable, outputs: tuple[Node, ...], colours: str, digits: int, lr: float,
        answers: PanelData,
    ) -> None:  # fmt: skip
        super().__init__(drawing, (), outputs, colours, digits, lr)
        self.answers = answers

    @property
    def title(self) -> str:
        """What stands above it."""
        return super().title if self.drawing.title else texts(self.drawing.lang).page["live title"]

    def html(self) -> str:
        """The page."""
        words, data = texts(self.drawing.lang).page, self._data()
        style = source(*STYLES) + source("live.css", package="inversa.viz.widget") + series(self.theme)
        script = source(*SCRIPTS) + source("live.js", "drag.js", package="inversa.viz.widget")
        said = [*data["words"].values(), *data.get("names", ()), *data.get("axes", ()), "→↑…0123456789"]
        shown = [escape(text) for text in said if isinstance(text, str)]
        return page(self.title, self.drawing.lang, self.theme, style, self._body(words), script, data, shown)

    def _body(self, words: Texts) -> str:
        title = escape(self.title)
        width, height = (round(MIN_SCALE * length) for length in self.drawing.extent)
        one, twin = map(self._stage, VIEWS)
        space = f'<section class="card" id="space"><h2>{words["answers"]}</h2><div></div><ul></ul></section>\n'
        return (
            f'<header><h1>{title}</h1><small id="hint">{words["live hint"]}</small>'
            f'<span id="status" role="status"></span></header>\n<main style="--width:{width}px;--height:{height}px">\n'
            f'<section id="stage" tabindex="0" aria-label="{words["network"]}">'
            f'<div id="one">{one}</div><div id="twin">{twin}</div>'
            f'<div id="editor" popover role="dialog" aria-label="{words["value"]}">'
            f"{button('less', words['less'], '−')}"
            f'<input type="text" id="entry" aria-label="{words["value"]}" {FIELD}>'
            f"{button('more', words['more'], '+')}</div></section>\n"
            f"{space if self.answers['points'] else ''}"
            f'<section class="card" id="gradients"><h2>{words["gradients"]}</h2>{self._table(words)}'
            f"{self._tools(words)}{self._note(words)}</section>\n</main>"
        )

    def _data(self) -> LiveData:
        """What the scripts work on: that of a player, and what the panel of the answers needs."""
        words = texts(self.drawing.lang)
        own = {key: words.page[f"live {key}"] for key in ("here", "waiting", "refused")}
        data = super()._data()
        return {
            **data,
            "words": {**words.script, **own, "answers": words.page["answers"], "nothing": words.page["nothing"]},
            **self.answers,
            "shades": len(theme.SERIES["print" if self.theme == "print" else "light"]),
        }
