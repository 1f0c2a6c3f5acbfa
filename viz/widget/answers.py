"""What a model of neurons answers everywhere, as the page of a live picture computes it from the numbers of leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from inversa.autograd import Node
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.nn.training.prediction import as_mode
from inversa.viz._playback import Recorder
from inversa.viz.lettering.theme import Theme
from inversa.viz.pages.contract import PanelData, ProgramData
from inversa.viz.pages.recording import NeuronRecording
from inversa.viz.picture.running import as_neurons, is_of_values, is_one_sample
from inversa.viz.widget.leaves import Place, entries_of


class Leaves(NamedTuple):
    """The leaves of a picture: where their numbers stand, and what they are called."""

    places: Sequence[Place]
    names: Sequence[str]


def panel(model: Any, x: Any, y: Any, loss: Any, samples: Any, look: tuple[str, Theme], leaves: Leaves) -> PanelData:
    """The panel of a network of neurons with one or two inputs; without points where there is nothing to draw.

    Parameters
    ----------
    model, x, y, loss
        What is drawn.
    samples : tuple or None
        Inputs and targets to draw in place of ``x`` and ``y``.
    look : (str, str)
        Language and colours.
    leaves : Leaves
        Those of the picture.

    Raises
    ------
    ValueError
        For samples that do not fit the model, and for those of a model that has no such panel.
    """
    recorder = _recorded(model, x, y, samples, *look)
    if recorder is None:
        return {"points": []}
    found = _answers(recorder, loss, leaves.places)
    return found if samples is not None else {**found, "at": _points_at(found, x, leaves)}


def _recorded(model: Any, x: Any, y: Any, samples: Any, lang: str, theme: Theme) -> Recorder | None:
    """A recorder that knows samples of a network of neurons; None where there is nothing to draw them in.

    That is the case of other models and of more inputs; and where nobody asked for ``samples``, without targets, and
    where two inputs go to numbers that are no classes.
    """
    inputs, targets = _given(model, x, y) if samples is None else samples
    try:
        recorder = Recorder(model, inputs, targets, 1, None, lang, theme, None)
    except (TypeError, ValueError):
        if samples is None:
            return None
        raise
    if isinstance(recorder.recorded, NeuronRecording) and recorder.data["points"]:
        return recorder
    if samples is not None:
        raise ValueError(f"{type(model).__name__} is no network of neurons: the page cannot compute what it answers")
    return None


def _given(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Samples and targets of a picture, one as a table of one row."""
    if y is None or isinstance(x, dict):
        return None, None
    rows = np.array([plain(entry) for entry in x]) if isinstance(x, list | tuple) else np.asarray(plain(x))
    targets = np.asarray(plain(y))
    one = is_one_sample(model, x)
    return (rows.reshape(1, -1), targets.reshape(1, -1)) if one else (rows, targets)


def _answers(recorder: Recorder, loss: Any, places: Sequence[Place]) -> PanelData:
    """The panel of a network of neurons: samples, and the program of its answers, which takes numbers of leaves."""
    program = recorder.recorded.program(getattr(loss, "link", None))  # type: ignore[attr-defined]  # `recorded` asked
    with as_mode(recorder.model, training=False):  # without its dropout, as the program
        order = _order(recorder.model, as_neurons(recorder.model), places)
    arguments = [order[place] if place >= 0 else place for place in program["order"]]
    answer: ProgramData = {"code": program["code"], "outputs": program["outputs"], "order": arguments}
    return {**recorder.data, "answer": answer, "at": []}


def _order(model: Any, network: Any, places: Sequence[Place]) -> list[tuple[int, int]]:
    """For every parameter of a network the number of the leaf that has it, and which of its entries."""
    entries = {} if is_of_values(model) else entries_of(model, network)
    found: dict[tuple[Node, int], tuple[int, int]] = {}
    for k, place in enumerate(places):
        found |= {(place.owner, place.entry + j): (k, j) for j in range(len(place.read()))}
    order = []
    for _, parameter in network.named_parameters():
        owner, index = entries.get(parameter, (parameter, None))
        order.append(found[owner, 0 if index is None else int(np.ravel_multi_index(index, owner.shape))])
    return order


def _points_at(panel: PanelData, x: Any, leaves: Leaves) -> list[list[tuple[int, int]]]:
    """For every point of a panel the leaves that have its two numbers, and which of their entries; [] for none."""
    count, inputs = len(panel["points"]), panel.get("inputs", 0)
    own = [entry.name for entry in x if isinstance(entry, Node)] if isinstance(x, list | tuple) else []

    def column(letter: str, i: int, width: int) -> list[tuple[int, int]]:
        single = f"{letter}{i + 1}" if width > 1 else letter
        single = str(own[i]) if letter == "x" and i < len(own) else single
        for k, (name, place) in enumerate(zip(leaves.names, leaves.places, strict=True)):
            length = len(place.read())
            if (name == letter and length == count * width) or (name == single and length == count == 1):
                return [(k, row * width + i) for row in range(count)] if length > 1 or width == 1 else [(k, 0)]
        return []

    if inputs == 1 and panel.get("curves") != 1:
        return []
    columns = [column("x", 0, 2), column("x", 1, 2)] if inputs == 2 else [column("x", 0, 1), column("y", 0, 1)]
    return [list(pair) for pair in zip(*columns, strict=True)] if all(columns) else []
