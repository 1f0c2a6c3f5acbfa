"""The language that pictures are in, when they are not told."""

from collections.abc import Iterator

import pytest

from inversa import viz
from inversa.nn import MLP, History


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    viz.set_language("en")


def test_every_kind_of_picture_follows_it() -> None:
    network = MLP([1, 2, 1], seed=0)

    def languages() -> list[str]:
        sample = {"x": [0.5], "y": [1.0], "loss": "mse"}
        drawn = viz.draw(network, **sample).svg()
        played = viz.player(network, **sample).html()
        recorder = viz.record(network, [[0.5]], [[1.0]])
        axes = viz.plot_history(History({"loss": [2.0, 1.0]}))
        return [drawn, played, recorder.lang, axes.get_xlabel()]

    english = languages()
    assert 'lang="en"' in english[0]
    assert '<html lang="en"' in english[1]
    assert english[2:] == ["en", "epoch"]
    viz.set_language("es")
    spanish = languages()
    assert 'lang="es"' in spanish[0]
    assert '<html lang="es"' in spanish[1]
    assert spanish[2:] == ["es", "época"]


def test_what_a_call_says_goes_first() -> None:
    viz.set_language("es")
    assert viz.plot_history(History({"loss": [2.0, 1.0]}), lang="en").get_xlabel() == "epoch"
    figure = viz.draw(MLP([1, 2, 1]), lang="en")
    assert figure.alt_text() == figure.alt_text("en") != figure.alt_text("es")


def test_another_language_is_refused_and_changes_nothing() -> None:
    viz.set_language("es")
    with pytest.raises(ValueError, match="lang is one of 'en', 'es', not 'fr'"):
        viz.set_language("fr")
    assert viz.plot_history(History({"loss": [2.0, 1.0]})).get_xlabel() == "época"
