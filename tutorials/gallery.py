"""Draw every kind of picture from real runs, and a page that shows them all: python tutorials/gallery.py FOLDER.

With --readme instead of a folder, what the README shows, in each language: into tutorials and tutorials/es.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import chdir, redirect_stdout
from doctest import DocTestParser
from html import escape
from io import StringIO
from pathlib import Path

import numpy as np

from inversa import nn, viz
from inversa.autograd.files import write_atomically
from inversa.autograd.languages import Lang, language
from inversa.nn import MLP, data, losses
from inversa.viz.tour import lecture_network

ROOT = Path(__file__).parents[1]
STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 Arial,sans-serif;margin:24px auto;max-width:1500px;padding:0 9px}"
    "figure{margin:0 0 40px;overflow:auto}figcaption{color:GrayText}img{max-width:100%;height:auto;background:#fff}"
    "iframe{width:100%;height:860px;border:1px solid GrayText;border-radius:12px}"
)


def said(english, spanish):
    """In the language that is set."""
    return {"en": english, "es": spanish}[language()]


def small(sizes, **options):
    """A network with its sample and target, as `draw` takes them."""
    x = [0.8, -0.4, 0.3, 0.6][: sizes[0]]
    y = [0.9, 0.1, 0.4][: sizes[-1]]
    return MLP(sizes, seed=1, **options), x, y


def pictures():
    """The drawings: name, caption, figure."""
    network, _ = lecture_network()
    worked = (network, [0.5], [0.88])
    caption = said("The lecture's worked example, neuron by neuron", "El ejemplo de la lección, neurona por neurona")
    for view, theme in (("forward", "auto"), ("inverse", "auto"), ("both", "dark")):
        figure = viz.draw(*worked, loss="squared_error", view=view, theme=theme)
        yield f"lecture_{view}", caption, figure
    two = viz.draw(*small([2, 2, 2], activation="tanh"), loss="mse", view="both")
    yield "two_two_two", said("2-2-2, two outputs", "2-2-2, dos salidas"), two
    forward = viz.draw(*small([2, 3, 3, 1], activation="tanh"), loss="mse")
    yield "circles", said("2-3-3-1: weights", "2-3-3-1: pesos"), forward
    inverse = viz.draw(*small([2, 3, 3, 1], activation="tanh"), loss="mse", view="inverse")
    yield "circles_inverse", said("2-3-3-1: gradients of the weights", "2-3-3-1: gradientes de los pesos"), inverse
    yield "dense", "4-8-8-3", viz.draw(*small([4, 8, 8, 3]), loss="mse")
    wide = viz.draw(*small([4, 64, 24, 3]), loss="mse", theme="print")
    yield "wide", said("4-64-24-3: wide layers are shortened", "4-64-24-3: las capas anchas se acortan"), wide
    bare = viz.draw(MLP([3, 4, 2], activation="tanh", seed=2))
    yield "bare", said("An architecture without data", "Una arquitectura sin datos"), bare
    flowers = data.iris()
    iris = MLP([4, 8, 3], activation="tanh", seed=0)
    layers = viz.draw(iris, flowers.x, flowers.y, loss="cross_entropy", view="both")
    yield "layers", said("Layer by layer", "Capa por capa"), layers
    line = nn.Linear(1, 1)
    line.load_state_dict({"weight": [[0.5]], "bias": [0.2]})
    table = data.houses()
    x, y = data.standardize(table.x), data.standardize(table.y)
    blocks = viz.draw(line, x, y, loss="mse", blocks=[3, 2, 2], view="both")
    caption = "Data parallel: the blocks' contributions to the gradient add up"
    yield "blocks", said(caption, "Datos en paralelo: las contribuciones de los bloques al gradiente se suman"), blocks
    neuron = nn.NeuronRNN([1, 1])
    neuron.load_state_dict({"w": 0.7, "u": 0.9, "b": 0.1})
    series = [1.0, -0.5, 0.3, 0.8]
    time = said(
        "A recurrent neuron, unrolled: backpropagation through time", "Una neurona recurrente, desplegada en el tiempo"
    )
    yield "recurrent", time, viz.draw(neuron, series, 0.2, loss="squared_error", view="both")
    folded = viz.draw(neuron, series, 0.2, loss="squared_error", view="both", time="folded")
    yield "recurrent_folded", said("The same, folded", "La misma, plegada"), folded
    memory = nn.Sequential(nn.LSTM(2, 3, output="last", seed=0), nn.Linear(3, 1, seed=0))
    waves = np.sin(np.arange(18.0)).reshape(9, 2)
    caption = said("An LSTM of three units along nine steps", "Una LSTM de tres unidades a lo largo de nueve pasos")
    yield "lstm", caption, viz.draw(memory, waves, [0.5], loss="mse", view="both")
    tokens = [[1.0, 0.2], [0.1, 0.9], [0.8, -0.6]]
    head = nn.MultiHeadAttention(2, 1, bias=False)
    queries, keys, values = [[1.2, -0.4], [0.3, 0.9]], [[0.9, 0.5], [-0.6, 1.1]], [[0.7, -0.3], [0.4, 0.8]]
    head.load_state_dict({"in_proj_weight": queries + keys + values, "out_proj.weight": [[1.1, -0.3], [0.2, 0.9]]})
    attention = viz.draw(head, tokens, [0.2, 0.5], loss="mse", query=3, view="both")
    yield "attention", said("What a token looks at, and its inverse", "Qué mira un token, y su inversa"), attention
    J = lecture_network()[1]
    operations = viz.draw(J, data=["x", "y"], view="both")
    yield "operations", said("Operation by operation", "Operación por operación"), operations


def pages():
    """The pages: name, caption, player or recorder."""
    network, _ = lecture_network()
    yield "player", said("The player", "El reproductor"), viz.player(network, [0.5], [0.88], loss="squared_error")
    other = viz.player(*small([2, 3, 1], activation="tanh"), loss="mse", lang=said("es", "en"))
    yield "player_other", said("The player, in Spanish", "El reproductor, en inglés"), other
    neuron = nn.NeuronRNN([1, 1])
    neuron.load_state_dict({"w": 0.7, "u": 0.9, "b": 0.1})
    through_time = viz.player(neuron, [1.0, -0.5, 0.3, 0.8], 0.2, loss="squared_error")
    yield (
        "player_time",
        said("The player, through time and back", "El reproductor, en el tiempo y de vuelta"),
        through_time,
    )
    moons = data.moons(200, noise=0.15, seed=0)
    targets = moons.y[:, None].astype(float)
    model = MLP([2, 4, 4, 1], activation="tanh", seed=0)
    model.compile(loss="binary_cross_entropy", optimizer="adam", lr=0.03)
    recorder = viz.record(model, moons.x, targets, every=2)
    model.fit(moons.x, targets, epochs=200, callbacks=[recorder], validation_split=0.2, progress=False)
    yield "training", said("A training, played back", "Un entrenamiento, reproducido"), recorder


def houses(epochs, lr=0.1, keep=()):
    """One linear neuron on the prices of houses, standardised; the models after some of the epochs."""
    table = data.houses()
    x, y = data.standardize(table.x)[:, 0], data.standardize(table.y)[:, 0]
    model = nn.Linear(1, 1, seed=3)
    model.compile(loss="mse", optimizer="sgd", lr=lr)
    kept = {}
    for epoch in range(epochs + 1):
        if epoch in keep:
            w, b = float(model.weight.numpy()[0, 0]), float(model.bias.numpy()[0])
            kept[epoch] = lambda z, w=w, b=b: w * z + b
        if epoch < epochs:
            model.fit(x[:, None], y[:, None], epochs=1, batch_size=None, progress=False)
    return x, y, kept


def paths(normalised):
    """The paths of optimisers on the cost of one linear neuron."""
    x = np.array([0.5, 1.0, 1.5, 2.0, 3.0])
    x = (x - x.mean()) / x.std() if normalised else x
    y = 1.5 * x - 0.5

    def cost(w, b):
        return float(np.mean((w * x + b - y) ** 2))

    found = {}
    makers = {
        "GD": lambda p: nn.optim.SGD(p, lr=0.05),
        said("momentum", "momento"): lambda p: nn.optim.SGD(p, lr=0.02, momentum=0.9),
        "RMSProp": lambda p: nn.optim.RMSProp(p, lr=0.05),
        "Adam": lambda p: nn.optim.Adam(p, lr=0.1),
    }
    for name, make in makers.items():
        model = nn.Linear(1, 1, seed=0)
        model.load_state_dict({"weight": [[-1.5]], "bias": [1.5]})
        optimizer = make(model.parameters())
        places = []
        for _ in range(80):
            places.append([float(model.weight.numpy()[0, 0]), float(model.bias.numpy()[0])])
            optimizer.zero_grad()
            losses.mean_squared_error(model(x[:, None]), y[:, None]).backward()
            optimizer.step()
        found[name] = places
    return cost, found


def plots():
    """The plots: name, caption, axes or figure."""
    x, y, kept = houses(10, keep=(0, 3, 6, 10))
    yield (
        "houses",
        said("House prices: the model after some epochs", "Precios de casas: el modelo después de algunas épocas"),
        viz.plot_regression(
            x,
            y,
            kept,
            labels=(
                said("size, standardised", "tamaño, estandarizado"),
                said("price, standardised", "precio, estandarizado"),
            ),
        ),
    )
    histories = {}
    for lr in (0.01, 0.1, 0.5, 1.05):
        model = nn.Linear(1, 1, seed=3)
        model.compile(loss="mse", optimizer="sgd", lr=lr)
        histories[f"α = {lr}"] = model.fit(x[:, None], y[:, None], epochs=20, batch_size=None, progress=False)
    caption = said("Sensitivity to the learning rate", "Sensibilidad a la tasa de aprendizaje")
    yield "rates", caption, viz.plot_history(histories, log=True)
    moons = data.moons(200, noise=0.2, seed=0)
    model = MLP([2, 16, 16, 2], activation="tanh", seed=0)
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.02)
    history = model.fit(moons.x, moons.y, epochs=80, validation_split=0.25, progress=False)
    yield "course", said("The course of a training", "El curso de un entrenamiento"), viz.plot_history(history)
    yield "regions", said("Decision regions", "Regiones de decisión"), viz.plot_decision(model, moons.x, moons.y)
    table = data.clients()
    clients = data.standardize(table.x)
    logistic = nn.Dense(2, 1, "sigmoid", seed=0)
    logistic.compile(loss="binary_cross_entropy_of_probabilities", optimizer="sgd", lr=0.5)
    logistic.fit(clients, table.y[:, None].astype(float), epochs=200, progress=False)
    yield (
        "clients",
        said("Clients by income and age: logistic regression", "Clientes según ingresos y edad: regresión logística"),
        viz.plot_decision(
            logistic,
            clients,
            table.y,
            names=["no", said("yes", "sí")],
            labels=(said("income", "ingresos"), said("age", "edad")),
            theme="dark",
        ),
    )
    iris = data.iris()
    model = MLP([2, 8, 3], activation="tanh", seed=0)
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.05)
    model.fit(iris.x[:, 2:], iris.y, epochs=100, progress=False)
    names = ["setosa", "versicolor", "virginica"]
    regions = viz.plot_decision(model, iris.x[:, 2:], iris.y, names=names)
    yield "iris", said("Iris: three classes", "Iris: tres clases"), regions
    answers = model.predict_classes(iris.x[:, 2:])
    caption = said("Iris: confusion", "Iris: matriz de confusión")
    yield "confusion", caption, viz.plot_confusion(iris.y, answers, names=names)
    word = "backpropagation"
    letters = np.random.default_rng(0).normal(size=(26, 8))[[ord(letter) - ord("a") for letter in word]]
    weights = nn.MultiHeadAttention(8, 2, causal=True, seed=0).weights(3 * letters)[0]
    caption = said("What a head looks at, before it has learnt", "Qué mira una cabeza, antes de aprender")
    yield "attention_weights", caption, viz.plot_attention(weights, word)
    caption = said("Activation functions and their derivatives", "Funciones de activación y sus derivadas")
    yield "activations", caption, viz.plot_activations()
    for normalised in (False, True):
        cost, found = paths(normalised)
        name = "paths_normalised" if normalised else "paths"
        caption = said("Paths of optimisers", "Caminos de optimizadores")
        if normalised:
            caption += said(", inputs normalised", ", con entradas normalizadas")
        yield name, caption, viz.plot_paths(cost, found)
    deep = {}
    for activation, name in (("sigmoid", said("sigmoid", "sigmoide")), ("tanh", "tanh"), ("relu", "ReLU")):
        network = MLP([2, *[16] * 8, 1], activation=activation, seed=0)
        losses.mean_squared_error(network(moons.x), moons.y[:, None].astype(float)).backward()
        deep[name] = network
    yield "depth", said("Gradients by depth", "Gradientes según la profundidad"), viz.plot_gradient_by_depth(deep)
    yield "weights", said("Weights by layer", "Pesos de cada capa"), viz.plot_weights(model)
    xor = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    model = MLP([2, 2, 1], activation="tanh", seed=5)
    model.compile(loss="binary_cross_entropy", optimizer="adam", lr=0.05)
    model.fit(xor, [[0.0], [1.0], [1.0], [0.0]], epochs=400, progress=False)
    last = model.layers[1]
    yield (
        "xor",
        said(
            "XOR: the hidden layer as a change of coordinates",
            "XOR: la capa oculta como cambio de coordenadas",
        ),
        viz.plot_representation(
            model.layers[0], xor, [0, 1, 1, 0], boundary=(last.weight.numpy()[0], float(last.bias.numpy()[0]))
        ),
    )
    generator = np.random.default_rng(0)
    grid = np.linspace(-3, 3, 60)
    lines = 0.5 * grid + generator.normal(0, 0.3, (40, 1)) + generator.normal(0, 0.2, (40, 1)) * grid
    some = generator.uniform(-2, 2, 25)
    yield (
        "band",
        said("A mean and its uncertainty", "Una media y su incertidumbre"),
        viz.plot_uncertainty(grid, lines, data=(some, 0.5 * some + generator.normal(0, 0.2, 25))),
    )
    models = {}
    for layers in (1, 2):
        for neurons in (2, 4, 16):
            model = MLP([2, *[neurons] * layers, 2], activation="tanh", seed=0)
            model.compile(loss="cross_entropy", optimizer="adam", lr=0.03)
            model.fit(moons.x, moons.y, epochs=60, progress=False)
            models[layers, neurons] = model
    yield (
        "influence",
        said("Influence of layers and neurons", "Influencia de las capas y de las neuronas"),
        viz.plot_architectures(
            models, moons.x, moons.y, rows=said("layers", "capas"), columns=said("neurons", "neuronas")
        ),
    )
    digits = data.digits()
    images = viz.plot_images(digits.x[:16].reshape(-1, 8, 8), titles=digits.y[:16])
    yield "digits", said("Digits", "Dígitos"), images


def for_the_readme(folder: Path, lang: Lang) -> None:
    """Draw what the README shows in a language: the pictures of its examples, and a few small ones."""
    viz.set_language(lang)
    try:
        _draw_examples(folder)
        _draw_small(folder / "pictures")
    finally:
        viz.set_language("en")


def _draw_examples(folder: Path) -> None:
    """What the README's own code draws, up to the player; its other pictures are not kept."""
    code, names = (ROOT / "README.md").read_text("utf-8").partition("## Arrays")[0], {}
    with tempfile.TemporaryDirectory() as drawn, chdir(drawn), redirect_stdout(StringIO()):
        for example in DocTestParser().get_examples(code):
            exec(compile(example.source, "README.md", "single"), names)
        for name in ("neuron.svg", "player.svg"):
            write_atomically(folder / name, Path(name).read_bytes())


def _draw_small(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ("circles_inverse", "regions", "paths", "iris")
    for name, _, figure in pictures():
        if name in wanted:
            figure.fitted(480).render(folder / f"{name}.svg")
    for name, _, plot in plots():
        if name in wanted:
            plot.figure.savefig(folder / f"{name}.png", dpi=90)


def main(folder: Path) -> None:
    """Draw everything."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for name, caption, figure in pictures():
        figure.render(folder / f"{name}.svg")
        limits = f'style="min-width:{round(figure.least)}px" alt="{escape(figure.alt_text())}"'
        parts.append(f'<img src="{name}.svg" {limits}><figcaption>{escape(caption)}')
    for name, caption, made in pages():
        made.render(folder / f"{name}.html")
        link = f'<a href="{name}.html">{escape(caption)}</a>'
        parts.append(f'<iframe src="{name}.html" title="{escape(caption)}"></iframe><figcaption>{link}')
    for name, caption, plot in plots():
        getattr(plot, "figure", plot).savefig(folder / f"{name}.png", dpi=150)
        parts.append(f'<img src="{name}.png" width="700" alt="{escape(caption)}"><figcaption>{escape(caption)}')
    body = "".join(f"<figure>{part}</figcaption></figure>\n" for part in parts)
    (folder / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Gallery</title><style>{STYLE}</style>'
        f"<body><main><h1>Gallery</h1>\n{body}</main></body></html>\n",
        encoding="utf-8",
    )
    print(folder / "index.html")


if __name__ == "__main__":
    if "--readme" in sys.argv:
        for_the_readme(ROOT / "tutorials", "en")
        for_the_readme(ROOT / "tutorials" / "es", "es")
    else:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"))
