"""What pages and their scripts tell each other: the keys of the JSON in the element "data", written down once.

`inversa.viz.pages.player` and `inversa.viz._playback` write it, the scripts in ``web`` read it as ``data``, ``words``,
``step`` and ``leaf``. What JSON has no numbers for are texts in it: "NaN", "Infinity", "-Infinity". Slots are explained
in `inversa.viz.picture.slots`, programs in `inversa.viz.picture.program.Recomputation`.

Besides the JSON there are attributes of elements:

=========== ==========================================================================================
``data-n``  the slot of a text's number; "?" for a number that stands for too many boxes
``data-p``  the text is in parentheses where its number is negative; "^": also where it has an exponent
``data-w``  the slot of the number that an edge shows by its width and dash
``data-d``  how many powers of ten its width shows, on a logarithmic scale
``data-m``  the slot of the number that a bar shows
=========== ==========================================================================================
"""

from typing import Any, NotRequired, TypedDict


class StepData(TypedDict):
    """One step of the player."""

    view: str  # "forward" or "inverse"
    parts: tuple[str, ...]  # the names of the parts that appear
    rule: int  # the number of its rule, from 1; 0 for none
    title: str
    equations: str  # MathML
    numbers: str  # the equations with numbers in them, MathML
    asked: str  # the slot that the quiz asks for, or ""
    alternatives: tuple[tuple[str, str], ...]  # what mistakes give instead: their keys in words.mistakes, and slots
    results: list[str]  # the slots of all that is computed
    gradients: list[tuple[int, str]]  # the box of a leaf, and the slot of what its gradient is now


class LeafData(TypedDict):
    """A leaf of the player's network: a row of its table."""

    box: int
    name: str
    numbers: tuple[float, ...]  # its entries; none where they cannot be changed
    trained: bool


class PlayerData(TypedDict):
    """All that the player works on."""

    words: dict[
        str, Any
    ]  # texts by their keys (see ``script`` of a language); "rules": the names of all rules, "mistakes": clauses
    steps: list[StepData]
    leaves: list[LeafData]
    labels: dict[str, list[str]]  # what a part is called, by its id: words and slots by turns
    digits: int  # decimals
    output: str  # the name of what is differentiated
    cost: str  # its slot
    code: list[Any] | None  # the program that computes all numbers; None where they cannot be computed
    order: list[int]  # the boxes of the program's arguments
    slots: dict[str, Any]  # the place, or the places of an array, of a slot's number: in what is computed or in numbers
    numbers: list[float]  # the numbers, where there is no program


class ProgramData(TypedDict, total=False):
    """How a network of neurons computes its answers."""

    code: list[Any]  # the program
    order: list[Any]  # its arguments: numbers of the parameters, or −1 for the first input, −2 for the second
    outputs: list[int]  # the places of its results


class NetworkData(ProgramData):
    """A model in a playback: what its numbers are, and if it is a network of neurons how it computes its answers."""

    boxes: list[int]  # the boxes whose values a frame has, in its order
    edges: list[int]  # which numbers of a frame are drawn as edges


class SamplesData(TypedDict):
    """The data that a playback draws; no points where there are none."""

    points: list[list[float]]  # horizontal and vertical place, number of the class or output
    inputs: NotRequired[int]  # 2: regions of classes; 1: curves
    range: NotRequired[list[float]]  # left, right, bottom and top
    names: NotRequired[list[str]]  # of the classes
    axes: NotRequired[tuple[str, str]]  # the names of both directions
    threshold: NotRequired[float]  # from which answer on a single output says the greater class
    curves: NotRequired[int]  # how many outputs the model has


class AnswersData(TypedDict, total=False):
    """What a model answered in every frame, where the page cannot compute it."""

    answers: str  # base64: classes of cells as bytes, row by row; or the outputs along the curve in single precision
    side: int  # cells in a row


class FramesData(TypedDict):
    """What was recorded of a training."""

    words: dict[str, str]
    epochs: list[int]  # of the frames
    loss: list[float]  # of every epoch
    validation: list[float]  # the loss of validation data
    weights: str  # base64: the numbers of all frames in single precision
    exact: list[tuple[int, float]]  # place and number, where single precision would be printed otherwise
    digits: int  # decimals
    shades: int  # colours of classes


class PlaybackData(FramesData, NetworkData, SamplesData, AnswersData):
    """All that the playback works on."""


class PanelData(SamplesData):
    """What a live picture shows besides its networks, and computes from their numbers."""

    at: NotRequired[list[list[tuple[int, int]]]]  # for every point the leaves and entries that have its two numbers
    answer: NotRequired[ProgramData]  # its arguments: the number of a leaf and that of an entry, or inputs as above


class LiveData(PlayerData, PanelData):
    """All that a live picture works on."""

    shades: int  # colours of classes
