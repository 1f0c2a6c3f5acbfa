"""The tour: the lecture's worked example with its misprint found, and a network trained on real data.

The functions are for notebooks, too:

>>> from inversa.viz.tour import lecture_network
>>> network, J = lecture_network()
>>> round(J.item(), 4), round(dict(network.named_parameters())["w1_1"].grad, 4)
(0.0359, -0.004)
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd import Graph, Tensor, Value, no_grad
from inversa.autograd.languages import Lang, texts
from inversa.autograd.languages._language import Texts
from inversa.nn import MLP, History, NeuronNetwork, data, losses
from inversa.viz._draw import draw
from inversa.viz._live_page import live_page
from inversa.viz._player import player
from inversa.viz._playground import playground
from inversa.viz.command.console import table
from inversa.viz.lettering.numbers import count, number
from inversa.viz.livepage.examples import source
from inversa.viz.livepage.runtime import RuntimeMissingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# J. Luque's lecture on the inverse neuron. x and y stood in a figure; these reproduce the slide's output layer.
PARAMETERS = {"w1_1": 0.1, "b1_1": -0.3, "w1_2": -0.1, "b1_2": 0.5, "w2_11": 0.4, "w2_12": 0.7, "b2_1": 0.2}
SLIDE = {"w1_1": 0.125, "b1_1": 0.245, "w1_2": 0.125, "b1_2": 0.250, "w2_11": -0.035, "w2_12": -0.049, "b2_1": -0.081}
X, Y = 0.5, 0.88
BATCH = 15  # flowers between two steps
ROUNDING = 0.001  # the slide prints three decimals, some cut off rather than rounded


def lecture_network(lang: Lang = "en") -> tuple[NeuronNetwork, Value]:
    """The lecture's 1-2-1 network of sigmoid neurons, run forwards and backwards on its sample.

    Parameters
    ----------
    lang : {"en", "es"}
        In which language its parts are called what they are in pictures.

    Returns
    -------
    network : NeuronNetwork
        With the gradients in its parameters.
    J : Value
        The cost (h − y)²; its graph holds x and y.
    """
    network = NeuronNetwork([1, 2, 1], activation="sigmoid", output="sigmoid", seed=0)
    network.load_state_dict(PARAMETERS)
    for layer, title in zip(network.layers, texts(lang).tour["neurons"].split("|"), strict=True):
        layer.name_neurons(title)
    J = losses.squared_error(network(Value(X, name="x")), Value(Y, name="y"))
    J.backward()
    return network, J


class Row(NamedTuple):
    """One parameter of the worked example."""

    name: str
    value: float
    gradient: float  # by the inverse network
    difference: float  # by central differences, which know nothing of it
    slide: float  # what the lecture prints

    @property
    def misprinted(self) -> bool:
        """Whether the slide is further from the gradient than its rounding."""
        return abs(self.slide - self.gradient) > ROUNDING


def lecture_rows() -> list[Row]:
    """The seven parameters of the worked example with their gradients, found in two ways, and what the slide prints.

    >>> from inversa.viz.tour import lecture_rows
    >>> [row.name for row in lecture_rows() if row.misprinted]
    ['w1_1', 'b1_1', 'w1_2', 'b1_2']
    """
    network, _ = lecture_network()

    def cost() -> float:
        return float(losses.squared_error(network(X), Y).item())

    return [
        Row(name, p.item(), p.grad, central_difference(cost, p), SLIDE[name]) for name, p in network.named_parameters()
    ]


def central_difference(cost: Callable[[], float], parameter: Value) -> float:
    """(J(w + ε) − J(w − ε)) / 2ε, with the ε for which rounding and curvature disturb about equally."""
    value = parameter.data
    step = 2.0**-17 * max(1.0, abs(value))  # about the cube root of the precision of floats
    try:
        with no_grad():
            parameter.data = value + step
            above = cost()
            parameter.data = value - step
            below = cost()
    finally:
        parameter.data = value
    return (above - below) / (2 * step)


class Iris(NamedTuple):
    """The real data: 150 flowers of three species, four lengths in cm each, standardised; 30 % are held out."""

    x_train: NDArray[Any]
    x_test: NDArray[Any]
    y_train: NDArray[Any]
    y_test: NDArray[Any]


def iris() -> Iris:
    """Fisher's Iris data, from the copy in scikit-learn.

    The test set is 30 % of each species, the same in every run. Both sets are standardised with the mean and the
    standard deviation of the training set: nothing is learnt from the test set.
    """
    flowers = data.iris()
    x_train, x_test, y_train, y_test = data.split(flowers.x, flowers.y, 0.3, seed=0, stratify=True)
    x_train, x_test = data.standardize(x_train, x_test)
    return Iris(x_train, x_test, y_train, y_test)


class Trained(NamedTuple):
    """What training gave."""

    model: MLP
    history: History
    train_accuracy: float
    test_accuracy: float


def train_iris(flowers: Iris, epochs: int = 100, seed: int = 0, progress: bool = True) -> Trained:
    """Train the network 4-8-3 on the Iris data by mini-batch gradient descent on the cross-entropy."""
    model = MLP([4, 8, 3], activation="tanh", seed=seed)
    model.compile(loss="cross_entropy", optimizer="sgd", lr=0.1, metrics=["accuracy"])
    history = model.fit(
        flowers.x_train,
        flowers.y_train,
        epochs=epochs,
        batch_size=BATCH,
        seed=seed,
        progress=None if progress else False,
    )
    train, test = (
        model.evaluate(x, y)["accuracy"]
        for x, y in ((flowers.x_train, flowers.y_train), (flowers.x_test, flowers.y_test))
    )
    return Trained(model, history, train, test)


def tour(out: Path, lang: Lang = "en", progress: bool = True) -> list[Path]:
    """Print the whole tour and write its pictures.

    Parameters
    ----------
    out : Path
        A folder that exists.
    lang : {"en", "es"}
        The language of its words.
    progress : bool
        Whether a progress bar is shown on stderr while the network is trained.

    Returns
    -------
    list of Path
        The files written.
    """
    said = texts(lang).tour
    network, J = lecture_network(lang)
    _print_example(network, J, said)
    flowers = iris()
    print(f"\n{said['iris'].format(train=len(flowers.x_train), test=len(flowers.x_test))}", flush=True)
    trained = train_iris(flowers, progress=progress)
    if trained.history.interrupted:
        raise KeyboardInterrupt
    _print_training(trained, said)
    for layer, title in zip(trained.model.layers, said["titles"].split("|"), strict=True):
        layer.title = title
    trained.model.zero_grad()  # those of the last mini-batch
    loss = losses.cross_entropy(trained.model(Tensor(flowers.x_train, name="x")), flowers.y_train)
    loss.backward()

    pictures = [
        ("example_neurons", "neurons picture", draw(J, lang=lang, data=["x", "y"], detail="neuron", view="both")),
        ("example_forward", "forward", draw(J, lang=lang, data=["x", "y"])),
        ("example_inverse", "inverse", draw(J, lang=lang, data=["x", "y"], view="inverse")),
        ("iris_loss", "layers", draw(loss, lang=lang, detail="layer", view="both")),
    ]
    formats = [".svg", ".png"] if find_spec("resvg_py") else [".svg"]
    print(f"\n{said['files']}")
    page = player(J, lang=lang, data=["x", "y"]).render(out / "example_player.html").absolute()
    print(f"   {page}  ({said['player']})")
    written = [page]
    for stem, text, figure in pictures:
        for suffix in formats:
            written.append(figure.render(out / (stem + suffix)).absolute())
            print(f"   {written[-1]}  ({said[text]})")
    if len(formats) == 1:
        print(said["no png"])
    return [*written, _last_page(out, lang, said)]


def _last_page(out: Path, lang: Lang, said: Texts) -> Path:
    """The page to open: the example in the library itself, or the playground where there is no Python for browsers."""
    try:
        page, words = live_page(source("misprint", lang), lang=lang).render(out / "live.html"), said["open"]
    except RuntimeMissingError:
        page, words = playground(lang=lang).render(out / "playground.html"), said["open playground"]
        print(f"\n{said['no live']}")
    print(f"\n{words}\n   {page.absolute()}")
    return page.absolute()


def _print_example(network: NeuronNetwork, J: Value, said: Texts) -> None:
    rows = lecture_rows()
    h = next(node for node in Graph(J) if node.name == "h")
    print(said["example"].format(x=X, y=Y))
    print("   " + said["result"].format(h=number(h.data), J=number(J.data)), end="\n\n")
    cells = [[r.name, number(r.value, 1), number(r.gradient), number(r.difference), number(r.slide, 3)] for r in rows]
    marks = ["", *(f"   {said['misprint']}" if row.misprinted else "" for row in rows)]
    lines = table(said["columns"].split("|"), cells).splitlines()
    print("\n".join("   " + line + mark for line, mark in zip(lines, marks, strict=True)), end="\n\n")
    parameters = dict(network.named_parameters())
    apart = max(abs(row.gradient - row.difference) for row in rows)
    slope = number(parameters["b2_1"].grad, 3)
    why = said["why"].format(w=PARAMETERS["w2_11"], d=slope, apart=f"{apart:.0e}")
    print(fill(why, 100, initial_indent="   ", subsequent_indent="   "))


def _print_training(trained: Trained, said: Texts) -> None:
    loss = trained.history.loss
    print("   " + said["model"].format(parameters=count(trained.model.parameter_count()), batch=BATCH))
    print(
        "   "
        + said["trained"].format(
            epochs=len(loss),
            first=number(loss[0]),
            last=number(loss[-1]),
            train=number(trained.train_accuracy, 3),
            test=number(trained.test_accuracy, 3),
        )
    )
