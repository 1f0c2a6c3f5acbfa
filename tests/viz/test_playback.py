"""What a recorder keeps of a training."""

import numpy as np
import pytest

from inversa import viz
from inversa.nn import MLP, Maxout


def fitted(every, epochs, **options):
    model = MLP([2, 3, 1], activation="tanh", seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=0.1)
    x = np.random.default_rng(0).normal(size=(20, 2))
    recorder = viz.record(model, x, x[:, :1] > 0, every=every)
    model.fit(x, x[:, :1], epochs=epochs, callbacks=[recorder], **options)
    return model, recorder


def test_frames_are_the_weights_neuron_by_neuron():
    model, recorder = fitted(every=4, epochs=10)
    assert recorder.epochs == [0, 4, 8, 10]
    start = MLP([2, 3, 1], activation="tanh", seed=0)
    for frame, network in ((0, start), (-1, model)):
        expected = [p.data for p in network.neurons().parameters()]
        assert recorder.weights[frame] == pytest.approx(expected, rel=1e-6)
    assert len(recorder.loss) == 10
    assert repr(recorder) == "<Recorder of 2-3-1: 4 frames, epochs 0 to 10>"


def test_a_resumed_training_goes_on_recording(tmp_path):
    whole = fitted(every=3, epochs=9)[1]
    file = tmp_path / "run.safetensors"
    fitted(every=3, epochs=5, checkpoint=file)
    resumed = fitted(every=3, epochs=9, checkpoint=file, resume=True)[1]
    assert set(whole.epochs) <= set(resumed.epochs)
    assert resumed.weights[-1] == pytest.approx(whole.weights[-1], abs=0)


def test_drawing_changes_nothing_in_the_model():
    model, recorder = fitted(every=1, epochs=3)
    before = model.state_dict()
    recorder.html()
    assert all((before[key] == value).all() for key, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0}, "every is a positive number"),
        ({"lang": "fr"}, "lang is one of"),
        ({"x": np.ones((5, 3)), "y": np.ones(5)}, "x has the shape"),
        ({"x": np.ones((5, 2))}, "need a target y"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        viz.record(MLP([2, 3, 1]), **arguments)


def test_errors():
    with pytest.raises(ValueError, match="not a Maxout"):
        viz.record(Maxout(2, 1))
    recorder = viz.record(MLP([2, 3, 1]))
    with pytest.raises(ValueError, match="nothing has been recorded yet"):
        recorder.html()
    recorder.take(3)
    with pytest.raises(ValueError, match="epochs go up"):
        recorder.take(3)
    with pytest.raises(ValueError, match=r"its suffix \.html"):
        recorder.render("training.gif")
