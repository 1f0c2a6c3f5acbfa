"""What a model of neurons answers everywhere, as the page of a live picture computes it from the numbers of leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd import Node
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.viz._playback import Recorder
from inversa.viz.lettering.theme import Theme
from inversa.viz.pages.contract import PanelData
from inversa.viz.pages.recording import NeuronRecording
from inversa.viz.picture.running import as_neurons, is_of_values, is_one_sample
from inversa.viz.widget.leaves import Place, entries_of


def answers(model: Any, x: Any, y: Any, loss: Any, lang: str, theme: Theme, places: Sequence[Place]) -> PanelData:
    """The panel of a model with one or two inputs: samples, and the program of its answers; nothing for any other.

    There is none, either, without targets, nor where two inputs go to numbers that are no classes.
    """
    if y is None or isinstance(x, dict):
        return {"points": []}
    samples, targets = _rows(x), np.asarray(plain(y))
    if samples.ndim == 1 and is_one_sample(model, x):
        samples, targets = samples[None, :], targets.reshape(1, -1)
    try:
        recorder = Recorder(model, samples, targets, 1, None, lang, theme, None)
    except (TypeError, ValueError):
        return {"points": []}
    network = as_neurons(model)
    if not isinstance(recorder.recorded, NeuronRecording) or network is None:
        return {"points": []}
    program = recorder.recorded.program(getattr(loss, "link", None))
    order = _order(model, network, places)
    arguments = [order[place] if place >= 0 else place for place in program["order"]]
    return {**recorder.data, "answer": {**program, "order": arguments}}


def _rows(x: Any) -> Any:
    return np.array([plain(entry) for entry in x]) if isinstance(x, list | tuple) else np.asarray(plain(x))


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
