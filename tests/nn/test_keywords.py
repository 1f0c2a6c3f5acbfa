"""A misspelt or foreign argument of compile, fit and the other verbs is answered with the one that was meant."""

import inspect

import pytest

from inversa.nn import MLP, Trainer
from inversa.nn.training.keywords import ELSEWHERE

X, Y = [[0.0], [1.0]], [[1.0], [3.0]]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("validation_size", "'validation_split'"),
        ("validation_fraction", "'validation_split'"),
        ("validationsplit", "'validation_split'"),
        ("epoch", "'epochs'"),
        ("n_epochs", "'epochs'"),
        ("nb_epoch", "'epochs'"),
        ("batchsize", "'batch_size'"),
        ("sample_weights", "'sample_weight'"),
        ("callback", "'callbacks'"),
        ("verbose", "'progress'"),
        ("random_state", "'seed'"),
        ("lr", "'lr' of compile()"),
        ("learning_rate", "'lr' of compile()"),
        ("optimizer", "'optimizer' of compile()"),
    ],
)
def test_of_fit(name, meant):
    model = MLP([1, 1])
    model.compile(loss="mse")
    for fit in (model.fit, model.trainer.fit):
        with pytest.raises(TypeError) as error:
            fit(X, Y, **{name: 1})
        assert str(error.value) == f"fit() has no argument {name!r}: did you mean {meant}?"
    assert not model.trainer.history.history


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("optimiser", "'optimizer'"),
        ("learning_rate", "'lr'"),
        ("learnig_rate", "'lr'"),
        ("Loss", "'loss'"),
        ("criterion", "'loss'"),
        ("metric", "'metrics'"),
        ("regularizer", "'penalty'"),
        ("clipnorm", "'clip_norm'"),
        ("epochs", "'epochs' of fit()"),
        ("validation_size", "'validation_split' of fit()"),
    ],
)
def test_of_compile(name, meant):
    model = MLP([1, 1])
    for compile_ in (model.compile, lambda **settings: Trainer(model, **settings)):
        with pytest.raises(TypeError) as error:
            compile_(loss="mse", **{name: 1})
        assert str(error.value) == f"compile() has no argument {name!r}: did you mean {meant}?"
    assert model.trainer is None


def test_of_the_others():
    model = MLP([1, 1])
    model.compile(loss="mse")
    with pytest.raises(TypeError, match=r"evaluate\(\) has no argument 'sample_weights': did you mean 'sample_weight'"):
        model.evaluate(X, Y, sample_weights=[1, 1])
    with pytest.raises(TypeError, match=r"predict\(\) has no argument 'batch': did you mean 'batch_size'"):
        model.predict(X, batch=1)
    with pytest.raises(TypeError, match=r"predict_proba\(\) has no argument 'zzz'; it has x"):
        model.predict_proba(X, zzz=1)


def test_what_is_meant_exists_and_help_shows_the_arguments():
    known = set(inspect.signature(MLP.fit).parameters) | set(inspect.signature(MLP.compile).parameters)
    assert set(ELSEWHERE.values()) <= known
    assert not set(ELSEWHERE) & known
    assert "validation_split" in inspect.signature(MLP([1, 1]).fit).parameters
    assert "lr" in inspect.signature(Trainer).parameters
