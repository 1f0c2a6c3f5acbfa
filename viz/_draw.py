"""draw: the picture of a graph, and of the inverse network that gives its gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Literal, get_args

from inversa.autograd import Graph, InverseNetwork, Node, checks
from inversa.autograd.languages import Lang, language
from inversa.nn import Module
from inversa.nn.losses.names import Name as LossName
from inversa.viz._figure import Figure
from inversa.viz.cards.drawing import CardDrawing
from inversa.viz.drawing.composition import checked, chosen_width
from inversa.viz.drawing.interfaces import Drawing, Playable
from inversa.viz.heads.drawing import HeadDrawing
from inversa.viz.heads.head import head_of
from inversa.viz.lettering.spans import View
from inversa.viz.lettering.theme import THEMES, Theme
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.structure import StructureError, structure
from inversa.viz.picture.blocks import Rows, run_in_blocks
from inversa.viz.picture.dividing import divided
from inversa.viz.picture.folding import summarised
from inversa.viz.picture.foreign import taken_over
from inversa.viz.picture.hiding import Hide, hiding
from inversa.viz.picture.opening import opened
from inversa.viz.picture.reading import read
from inversa.viz.picture.records import Picture
from inversa.viz.picture.running import Run, is_recurrent_neuron, network_of, run, run_layers
from inversa.viz.recurrent.drawing import RecurrentDrawing
from inversa.viz.recurrent.layer_drawing import LayerDrawing
from inversa.viz.recurrent.recurrence import Recurrence, recurrence

Detail = Literal["auto", "neuron", "layer", "op"]
Time = Literal["unrolled", "folded"]
TIMES: tuple[Time, ...] = get_args(Time)
DETAILS: tuple[Detail, ...] = get_args(Detail)
ViewName = Literal["forward", "inverse", "backward", "both"]  # the keys of VIEWS, for type checkers and editors
VIEWS: dict[str, tuple[View, ...]] = {
    "forward": ("forward",),
    "inverse": ("inverse",),
    "backward": ("inverse",),
    "both": ("forward", "inverse"),
}


def draw(
    node: Any,
    x: Any = None,
    y: Any = None,
    *,
    loss: LossName | Callable[..., Any] | None = None,
    view: ViewName = "forward",
    lang: Lang | None = None,
    detail: Detail = "auto",
    depth: int | None = None,
    blocks: Rows | None = None,
    data: Node | str | Iterable[Node | str] = (),
    title: str | None = None,
    theme: Theme = "auto",
    digits: int = 4,
    hide: Hide = (),
    width: float | str | None = None,
    height: float | str | None = None,
    time: Time = "unrolled",
    query: int | None = None,
    head: int | None = None,
) -> Figure:
    """Draw a network, or what a node was computed from; or the inverse network that brings the gradients back.

    Both pictures have the same things at the same places. A gradient that has not been computed yet is a dash in the
    forward picture, unless its twin stands beside it; the inverse picture runs the inverse network itself, and stores
    nothing. Numbers that are out of date, because a leaf was changed after the forward pass, are said to be so.

    Arrays of other libraries than NumPy stay where they are, and the picture says where: of their numbers only those
    that are shown are transferred. What Dask has not computed yet is computed.

    Parameters
    ----------
    node : Value, Tensor, Graph, InverseNetwork, Module, or estimator of `inversa.nn` that has been fitted
        What to draw. Or a module of PyTorch's with a sample, a model of Keras's, or a fitted estimator or pipeline of
        scikit-learn's: it is taken over as ``inversa.interchange`` does it, ``loss`` may be PyTorch's, and below the
        picture stands how far PyTorch's or Keras's own gradients are from those in it. A model is run on ``x`` anew.
        Small networks of neurons are drawn as in the lectures, with Σ, ψ and branching points; larger ones as circles
        with weighted edges; a recurrent neuron or layer unrolled in time; other models layer by layer, one box a call.
    x : array_like, optional
        A sample for the model; without one a network of neurons is drawn with its parameters alone. Several samples are
        drawn in arrays. Of a model with several inputs a tuple of them, or a dict from their names.
    y : array_like, optional
        What the model should give for it; for a classifier a label.
    loss : str or callable, optional
        What compares the outputs with ``y``; by default what the model was compiled with. Without a target the inverse
        network is fed with 1 at the output. A graph of one's own has a loss where a leaf is compared with something:
        where their difference is squared or loses its sign, or the leaf is multiplied by a logarithm; or in a module
        called "loss".
    view : {"forward", "inverse", "both"}
        The graph, its dual ("backward" is the same), or one above the other.
    lang : {"en", "es"}, optional
        The language of its words; by default what `set_language` chose.
    detail : {"auto", "neuron", "layer", "op"}
        Neuron by neuron, one box a module and a kind of operation, or every operation. "auto" draws models neuron by
        neuron where that is possible, and graphs of up to 200 operations operation by operation; what a compiled
        function computed is one box then, which "op" opens.
    depth : int, optional
        How many parts of a module's path tell modules apart: 1 draws ``hidden.0`` and ``hidden.1`` as one ``hidden``.
    blocks : int or iterable of int, optional
        How many blocks of about equally many rows the samples are taken apart into, or how many rows each has: of a
        Dask array ``x.chunks[0]``. The cost is then drawn as the sum of theirs: that is data parallelism. Parameters
        branch to the blocks, and on each wire that comes back stands what it contributes to the gradient (rule ⑧). A
        block is one card, which ``depth=2`` opens into its modules, ``detail="neuron"`` into neurons of Values and
        ``detail="op"`` into operations. Of more than four blocks those in the middle are one card.
    data : nodes or names, optional
        Leaves to be drawn as data rather than as parameters.
    title : str, optional
        Instead of the usual one; an empty one leaves title and legend to the caption of the picture.
    theme : {"auto", "light", "dark", "print"}
        Colours; "auto" follows the reader's system.
    digits : int
        Decimals of the numbers.
    hide : {"gradients", "values", "all"}, str or iterable of str, optional
        Numbers to be filled in: each is an empty box, and everything lies where it would lie with them. "gradients" are
        all derivatives, "values" all that was computed forwards, but for what is given: parameters and data. Or names
        as in the picture: ``"w2_11"`` hides a value, ``"dJ/dw2_11"`` a gradient, also where it appears again. Hidden
        numbers stand nowhere in the files, tooltips and descriptions.
    width, height : float or str, optional
        Pixels that the page has; by default what `set_width` chose, else as many as the picture likes. A picture that
        is wider takes another form: closer together, in rows, from top to bottom. No letter becomes smaller than 9
        pixels; where no form is narrow enough, it says so in a warning and scrolls. For paper a length, such as
        ``"8cm"``, ``"80mm"``, ``"3in"`` or ``"230pt"``: then it is exactly so wide, or so high, in SVG, PDF and LaTeX.
    time : {"unrolled", "folded"}
        A recurrent neuron with a column for every step, or as one cell with a loop. In the inverse of the first the
        branching point of a shared weight sums one contribution a step.
    query, head : int, optional
        Of a `MultiHeadAttention`, or of the function `inversa.nn.attention.attention` with queries, keys and values as
        ``x``: what one token asks in one head, both counted from 1. A lane a token, with the scores and their softmax
        as bars; in the inverse the bars are ∂J/∂s, whose sum is 0. ``x`` is one sequence, or what the layer is called
        with, as a tuple or dict, such as ``{"query": x, "attn_mask": mask}``; ``y`` is what the output of this token
        should be, or those of all tokens.

    Returns
    -------
    Figure
        To look at, or to `Figure.render` to a file.

    Raises
    ------
    ValueError
        For an argument that is none of the choices, for a picture of more than 5000 boxes, for the inverse of something
        that has none, such as several outputs, for ``detail="neuron"`` of something that is no network of neurons, for
        hiding a name that is not in the picture, and for blocks that are empty or do not add up to the samples.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> J = (w * x).tanh().named("J")
    >>> viz.draw(J, view="both", data=[x])
    <Figure both of J: 4 boxes, 3 arrows>
    >>> from inversa.nn import MLP
    >>> viz.draw(MLP([2, 3, 1], activation="tanh"), [0.5, -1.0], 1.0, loss="mse", view="inverse")
    <Figure inverse of J: 2-3-1 network, 4 neurons, 9 weights>

    Three blocks of rows, as on three machines:

    >>> from inversa.nn import Linear
    >>> rows = [[0.5], [1.0], [1.5], [2.0], [3.0]]
    >>> viz.draw(Linear(1, 1, seed=0), rows, rows, loss="mse", blocks=[2, 2, 1], view="inverse")
    <Figure inverse of J: 5 boxes, 6 arrows>

    An exercise: which number belongs into the box?

    >>> viz.draw(J, data=[x], hide="∂J/∂w", view="inverse").alt_text().split("; ")[-1]
    '∂J/∂w = ? (⑥ = x · ∂J/∂v₁).'

    What the third of three tokens looks at, and what comes back:

    >>> from inversa.nn import MultiHeadAttention
    >>> tokens = [[1.0, 0.2], [0.1, 0.9], [0.8, -0.6]]
    >>> viz.draw(MultiHeadAttention(2, 1, seed=0), tokens, [0.2, 0.5], loss="mse", query=3, view="both")
    <Figure both of J: query 3, 3 tokens, head 1>
    """
    views = chosen("view", view, VIEWS)
    chosen("theme", theme, THEMES)
    taken = taken_over(node, x, y, loss)
    node, x, y, loss = taken.model, taken.x, taken.y, taken.loss
    known = len(views) > 1  # the forward picture says the gradients that its twin shows
    drawing: Drawing | None
    plain = depth is None and blocks is None and not data
    if query is None and head is None:
        drawing = _layers(node, x, y, loss, lang, detail, title, digits, hide, time) if plain else None
    elif plain and detail == "auto":
        drawing = HeadDrawing(head_of(node, x, y, loss, query, head, hide), language(lang), title, _decimals(digits))
    else:
        raise ValueError("detail, depth, blocks and data do not go with query: the picture of a head has one form")
    if drawing is None:
        drawing, _ = make_drawing(
            node, x, y, loss=loss, lang=lang, detail=detail, depth=depth, blocks=blocks, data=data, title=title,
            digits=digits, known=known, hide=hide, time=time,
        )  # fmt: skip
    if drawing.obstacle and "inverse" in views:
        raise ValueError(f"there is no inverse network to draw: {drawing.obstacle}")
    note = taken.note(drawing.lang)
    return Figure(drawing, views, theme, chosen_width(width), checked("height", height), note=note)


def _layers(
    node: Any, x: Any, y: Any, loss: Any, lang: Lang | None, detail: Detail, title: str | None, digits: int, hide: Hide,
    time: Time,
) -> LayerDrawing | None:  # fmt: skip
    """A recurrent layer of Tensors, or of several neurons, with a frame for every step; None for anything else."""
    model = network_of(node)
    neuron = detail == "auto" and is_recurrent_neuron(model)
    if not isinstance(model, Module) or detail not in ("auto", "layer") or neuron:
        return None
    chosen("time", time, TIMES)
    found = run_layers(model, x, y, loss)
    if found is None:
        return None
    if time == "folded":
        raise ValueError("a recurrent neuron is drawn folded: NeuronRNN([1, 1]); a layer has a frame for every step")
    if hide:
        raise ValueError("numbers are hidden in pictures of neurons and of operations: detail='op'")
    return LayerDrawing(found, language(lang), title, digits, found.loss)


def make_drawing(
    node: Any,
    x: Any = None,
    y: Any = None,
    *,
    loss: LossName | Callable[..., Any] | None = None,
    lang: Lang | None = None,
    detail: Detail = "auto",
    depth: int | None = None,
    blocks: Rows | None = None,
    data: Node | str | Iterable[Node | str] = (),
    title: str | None = None,
    digits: int = 4,
    known: bool = False,
    hide: Hide = (),
    apart: bool = False,
    time: Time = "unrolled",
) -> tuple[Playable, tuple[Node, ...]]:
    """The drawing of a node or of a model, and the nodes that it is the graph of; see `draw`.

    ``apart`` is whether compiled functions are drawn operation by operation, even where ``detail`` does not ask for it.
    """
    lang = language(lang)
    chosen("detail", detail, DETAILS)
    digits = _decimals(digits)
    chosen("time", time, TIMES)
    if depth is not None and depth not in range(1, 1000):
        raise ValueError(f"depth is a whole number from 1, not {depth!r}")
    marked = [data] if isinstance(data, Node | str) else list(data)
    ran: Run | None = None
    costs: tuple[Node, ...] = ()  # of blocks
    if isinstance(network_of(node), Module):
        ran = run(node, x, y, loss, detail) if blocks is None else run_in_blocks(node, x, y, loss, detail, blocks)
        outputs = ran.outputs
        marked += ran.data
        if ran.blocks is not None:
            costs = ran.blocks.costs
        else:
            detail = "neuron" if ran.neurons else "layer" if detail == "auto" else detail
    else:
        outputs = _outputs(node)
        if any(given is not None for given in (x, y, loss, blocks)):
            raise TypeError("x, y and loss go with a model, and so do blocks: a node has been computed already")
    closed = detail in ("auto", "layer") and depth in (None, 1)  # a block is a module, with the others inside
    if costs and depth is not None:
        depth = depth - 1 or None
    if apart or detail in ("op", "neuron"):
        outputs, costs = _apart(outputs, costs)
    shown = ran.shown if ran else ()
    if shown and apart:
        raise ValueError("a gradient that is cut off cannot be played: give the network truncate=None, or draw it")
    picture = hiding(read(outputs, marked, depth, ran.parameters if ran else (), known, shown), hide)
    if ran is not None and ran.neurons:  # of Values with the numbers of the parameters
        picture = replace(picture, places=ran.places)
    if ran is not None and costs:
        return CardDrawing(divided(picture, (*outputs, *costs), ran, detail, closed), lang, title, digits), outputs
    if detail == "neuron":
        drawing: NeuronDrawing
        found = recurrence(picture) if ran is not None and ran.recurrent else _found_in(picture, ran is None)
        if found is not None:
            folded = time == "folded"
            drawing = RecurrentDrawing(
                found.structure, lang, title, digits, length=found.length, folded=folded, whole=apart
            )
        else:
            drawing = NeuronDrawing(structure(picture), lang, title, digits)
        if ran is not None:
            drawing = replace(drawing, loss=ran.loss, link=ran.link, target=ran.target, valued=ran.valued)
        return drawing, outputs
    return CardDrawing(summarised(picture, detail), lang, title, digits), outputs


def _decimals(digits: int) -> int:
    if digits not in range(13):
        raise ValueError(f"digits is a whole number from 0 to 12, not {digits!r}")
    return digits


def _found_in(picture: Picture, own: bool) -> Recurrence | None:
    """The steps of a recurrent neuron in a graph of one's own, if that has any."""
    try:
        return recurrence(picture) if own else None
    except StructureError:
        return None


def _apart(outputs: tuple[Node, ...], costs: tuple[Node, ...]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Outputs, and costs among what they are computed from, where compiled functions are operation by operation."""
    found = opened((*outputs, *costs))
    return found[: len(outputs)], found[len(outputs) :]


def _outputs(node: Any) -> tuple[Node, ...]:
    if isinstance(node, Node):
        return (node,)
    if isinstance(node, InverseNetwork):
        node = node.graph
    if isinstance(node, Graph):
        return node.outputs
    raise TypeError(f"draw a Value, a Tensor, a Graph, an InverseNetwork or a model, not {_foreign(node)}")


def _foreign(thing: Any) -> str:
    """What a thing is that is none of ours, and what to do."""
    kinds = {base.__module__.partition(".")[0] for base in type(thing).__mro__}
    name = type(thing).__name__
    for package, (library, advice) in _LIBRARIES.items():
        if package in kinds:
            return f"{name} of {library}, which records its graphs for itself: {advice}"
    if callable(thing):
        return f"{name}: call it, and draw what it gives"
    return f"{name}: compute with Values or Tensors, and draw the result"


_COPY = "write the network with the layers of inversa.nn, copy the weights (parameter[...] = array), and draw that"
_LIBRARIES = {
    "torch": ("PyTorch", "draw the module that it was computed with, and a sample: draw(module, x)"),
    "keras": ("Keras", "draw the model that it was computed with, and a sample: draw(model, x)"),
    "tensorflow": ("TensorFlow", _COPY), "jax": ("JAX", _COPY), "flax": ("JAX", _COPY),
}  # fmt: skip


def chosen(what: str, value: Any, choices: Any) -> Any:
    """What a choice stands for; an error that lists the choices where it is none."""
    checks.choice(what, value, choices)
    return choices[value] if isinstance(choices, dict) else value
