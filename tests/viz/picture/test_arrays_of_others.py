"""Pictures of models on arrays of other libraries: NumPy's to the letter but for the word that says where they lie."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from inversa import nn, viz
from inversa.autograd.ops import held
from inversa.autograd.ops.namespace import MixedArraysError
from inversa.nn.summary import summary

from ...autograd.others import Library, installed

X = np.random.default_rng(0).normal(size=(8, 2))
Y = X[:, :1] * X[:, 1:]
EVERY = pytest.mark.parametrize("library", installed(), ids=lambda library: library.name)
PICTURES = {
    "layers": {},
    "operations": {"detail": "op"},
    "blocks": {"blocks": [3, 1, 4]},
    "open blocks": {"blocks": 2, "depth": 2},
}


@pytest.fixture(autouse=True)
def _in_this_thread():
    """Dask computes at once, and where it is asked to."""
    if find_spec("dask") is None:
        yield
        return
    import dask

    with dask.config.set(scheduler="synchronous"):
        yield


def network(library: Library | None = None) -> Any:
    """A small one, its parameters in a library."""
    model = nn.MLP([2, 3, 1], activation="tanh", seed=1)
    for parameter in model.parameters() if library else ():
        parameter._array = held.kept(library.there(parameter.numpy()))
    return model


def letters(figure: viz.Figure) -> list[str]:
    """All that is written, but for the letters' own shapes and what lies under the title."""
    svg = re.sub(r"<style>.*?</style>", "", figure.svg(), flags=re.S)
    lines = re.findall(r'<text[^>]* font-size="[^"]*"[^>]*>.*?</text>', svg)
    return [re.sub("<.*?>", "", line) for line in lines if 'font-size="11"' not in line]


@EVERY
@pytest.mark.parametrize("settings", PICTURES.values(), ids=PICTURES)
def test_the_same_picture(library: Library, settings: dict[str, Any]) -> None:
    ours = viz.draw(network(), X, Y, loss="mse", view="both", **settings)
    theirs = viz.draw(network(library), library.there(X), library.there(Y), loss="mse", view="both", **settings)
    assert letters(theirs) == letters(ours)
    for view in ("forward", "inverse"):
        (_, before), (_, legend) = ours._drawing.heading(view), theirs._drawing.heading(view)
        assert legend.startswith(f"{before} float64 · {library.name}")


@EVERY
def test_neurons_players_lists_and_summaries(library: Library) -> None:
    model = network(library)
    sample = viz.draw(model, library.there(X[:1]), library.there(Y[:1]), loss="mse")
    assert letters(sample) == letters(viz.draw(network(), X[:1], Y[:1], loss="mse"))
    assert f"float64 · {library.name}" in sample._drawing.heading("inverse")[1]
    assert letters(viz.draw(model, X[0].tolist(), [0.5], loss="mse")) == letters(
        viz.draw(network(), X[0], 0.5, loss="mse")
    )
    page, ours = (
        viz.player(m, *data, loss="mse", blocks=2).steps
        for m, *data in ((model, library.there(X), library.there(Y)), (network(), X, Y))
    )
    assert page == ours
    *table, last = summary(model).splitlines()
    assert table == summary(network()).splitlines()
    assert last.startswith(f"float64 · {library.name}")


@EVERY
def test_only_what_is_shown_is_transferred(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    to_numpy = held.to_numpy
    monkeypatch.setattr(held, "to_numpy", lambda x: (sizes.append(np.prod(np.shape(x))), to_numpy(x))[1])
    model = network(library)
    viz.draw(model, library.there(X), library.there(Y), loss="mse", view="both").svg()
    assert max(sizes, default=0) <= 3
    assert len(sizes) > 10 or library.name == "dask"  # which is computed at once


def test_dask_is_computed_once_for_all_numbers() -> None:
    da = pytest.importorskip("dask.array")
    loaded = []

    def load(block: Any) -> Any:
        loaded.append(len(block))
        return block

    x = da.from_array(X, chunks=(4, 2)).map_blocks(load, dtype=float, meta=np.empty((0, 2)))
    rows = x.chunks[0]
    figure = viz.draw(network(), x, da.from_array(Y, chunks=(4, 1)), loss="mse", blocks=rows)  # a model of NumPy's
    assert loaded == [4, 4]
    assert letters(figure) == letters(viz.draw(network(), X, Y, loss="mse", blocks=[4, 4]))
    unknown = x[x[:, 0] > -9]
    with pytest.raises(ValueError, match="number of rows of a block"):
        viz.draw(network(), x, Y, loss="mse", blocks=unknown.chunks[0])


@EVERY
def test_nothing_is_transferred_unasked(library: Library) -> None:
    if library.name == "dask":
        return
    with pytest.raises((MixedArraysError, TypeError), match="nothing is transferred unasked"):
        viz.draw(network(library), X, Y, loss="mse")


def test_the_place_in_spanish() -> None:
    (library,) = [each for each in installed() if each.name == "array_api_strict"]
    figure = viz.draw(network(library), library.there(X), library.there(Y), loss="mse", lang="es")
    assert "float64 · array_api_strict en " in figure._drawing.heading("forward")[1]
    assert figure.alt_text()
