"""What a recorder keeps of a training."""

import base64
import json
import math
import re

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import tanh
from inversa.nn import MLP, Conv2d, Flatten, Linear, MaxPool2d, Module, NeuronNetwork, ReLU, Sequential
from inversa.viz._playback import DIGITS
from inversa.viz.lettering.numbers import number


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
        assert recorder.weights[frame].tolist() == expected
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
        ({"x": np.ones((5, 3)), "y": np.ones(5)}, r"one or two inputs; x has the shape \(5, 3\)"),
        ({"x": np.ones(5), "y": np.ones(5)}, r"x has the shape \(5, 1\), and the model takes 2 inputs"),
        ({"x": np.ones((5, 2))}, "need a target y"),
        ({"x": np.ones((5, 2)), "y": np.linspace(0, 1, 5)}, "have to be classes"),
        ({"x": np.ones((5, 2)), "y": np.arange(5)}, "tells 2 classes apart; those in y are 0, 1, 2, 3, 4"),
        ({"x": np.ones((5, 2)), "y": np.ones(4)}, "x has 5 samples and y 4"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        viz.record(MLP([2, 3, 1]), **arguments)


def len_of(x):
    return len(x)


def test_errors():
    with pytest.raises(TypeError, match=r"takes a Module of inversa.nn or a fitted estimator .*, not function"):
        viz.record(len_of)
    with pytest.raises(ValueError, match="ReLU has no parameters"):
        viz.record(ReLU())
    recorder = viz.record(MLP([2, 3, 1]))
    with pytest.raises(ValueError, match="nothing has been recorded yet"):
        recorder.html()
    recorder.take(3)
    with pytest.raises(ValueError, match="epochs go up"):
        recorder.take(3)
    with pytest.raises(ValueError, match=r"the suffix is \.html"):
        recorder.render("training.gif")


# The page.


def data_of(page):
    """What the script of a page reads."""
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])


def picture(html):
    """The SVG of an image."""
    return base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', html)[1]).decode()


def decoded(data):
    """The numbers of all frames, as the page has them."""
    found = np.frombuffer(base64.b64decode(data["weights"]), dtype="<f4").astype(float)
    for place, exact in data["exact"]:
        found[place] = float(str(exact))
    return found


def taken(numbers):
    """A recorder of a network whose first weights had these numbers, and its page."""
    network = NeuronNetwork([2, 1], seed=0)
    recorder = viz.record(network)
    for epoch, x in enumerate(numbers):
        network.layers[0].neurons[0].weights[0].data = x
        recorder.take(epoch, loss=abs(x))
    return recorder, data_of(recorder.html())


def test_numbers_are_printed_as_the_engine_has_them():
    rng = np.random.default_rng(0)
    ties = [k / 1000 for k in range(-2000, 2000, 5)]  # as people type them: half-way between two of two decimals
    sizes = (10.0 ** rng.uniform(-300, 300, 300) * rng.choice([-1, 1], 300)).tolist()
    numbers = [*ties, *sizes, *rng.normal(size=300).tolist(), 0.615, 0.635, 1e39, -1e39, 1e-46, 5e-324]
    recorder, data = taken(numbers)
    exact, shown = np.array(recorder.weights).ravel().tolist(), decoded(data).tolist()
    for digits in DIGITS:
        assert [number(x, digits) for x in shown] == [number(x, digits) for x in exact]
    assert len(data["exact"]) < 0.5 * len(exact)
    assert [number(float(x), 4) for x in data["loss"]] == [number(abs(x), 4) for x in numbers[1:]]


def test_what_is_no_number_can_be_read_by_a_page():
    _, data = taken([0.0, math.nan, math.inf, -math.inf])
    assert data["loss"] == ["NaN", "Infinity", "Infinity"]
    assert decoded(data)[[3, 6, 9]] == pytest.approx([math.nan, math.inf, -math.inf], nan_ok=True)


def test_a_page_has_the_frames_and_the_model_what_it_has_now():
    network = NeuronNetwork([2, 1], seed=0)
    recorder = viz.record(network)
    weight = network.layers[0].neurons[0].weights[0]
    for epoch, x in enumerate((1.0, 2.5)):
        weight.data = x
        recorder.take(epoch)
    weight.data = 7.0
    static = picture(recorder._repr_mimebundle_()["text/html"])
    assert ">2.50<" in static
    assert ">7.00<" not in static
    assert weight.data == 7.0


class Residual(Module):
    """A network that is no chain of layers."""

    def __init__(self, inputs=2, outputs=3):
        super().__init__()
        self.first, self.block = Linear(inputs, 6, seed=0), Linear(6, 6, seed=1)
        self.last = Linear(6, outputs, seed=2)

    def forward(self, x):
        h = tanh(self.first(x))
        return self.last(h + tanh(self.block(h)))


def three_classes():
    x = np.random.default_rng(0).normal(size=(60, 2))
    return x, np.where(x[:, 0] < -0.4, 0, np.where(x[:, 1] < 0, 1, 2))


def residual(**options):
    model, (x, y) = Residual(), three_classes()
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.05)
    recorder = viz.record(model, x, y)
    model.fit(x, y, callbacks=[recorder], **options)
    return model, recorder


def test_any_model_is_recorded_by_its_norms_and_answers():
    model, recorder = residual(epochs=8)
    norms = [np.linalg.norm(p.numpy()) for p in model.parameters()]
    assert recorder.weights[-1] == pytest.approx(norms, rel=1e-12)
    data = data_of(recorder.html())
    side, (x0, x1, y0, y1) = data["side"], data["range"]
    last = np.frombuffer(base64.b64decode(data["answers"]), dtype=np.uint8).reshape(-1, side, side)[-1]
    for row, column in ((0, 0), (5, 40), (side - 1, side // 2)):
        place = [x0 + (x1 - x0) * (column + 0.5) / side, y1 - (y1 - y0) * (row + 0.5) / side]
        assert last[row, column] == model.predict_classes([place])[0]
    assert "first.weight" in recorder.html()


def test_many_answers_are_kept_on_a_coarser_grid():
    model, (x, y) = Residual(), three_classes()
    recorder = viz.record(model, x, y)
    for epoch in range(530):
        recorder.take(epoch)
    data = data_of(recorder.html())
    assert data["side"] == 16
    x0, x1, y0, y1 = data["range"]
    last = np.frombuffer(base64.b64decode(data["answers"]), dtype=np.uint8).reshape(-1, 16, 16)[-1]
    place = [x0 + (x1 - x0) * 3.5 / 16, y1 - (y1 - y0) * 9.5 / 16]
    assert last[9, 3] == model.predict([place])[0].argmax()
    assert len(recorder.html()) < 1_000_000


def test_where_the_answer_is_no_number_there_is_none():
    model, (x, y) = Residual(), three_classes()
    recorder = viz.record(model, x, y)
    recorder.take(0)
    model.last.bias.data[0] = math.nan
    recorder.take(1)
    assert not (recorder.answers[0] == 255).any()
    assert (recorder.answers[1] == 255).all()


def test_a_model_may_be_compiled_after_it_is_recorded():
    model, x = Residual(outputs=1), three_classes()[0]
    recorder = viz.record(model, x, x[:, 0] > 0)
    model.compile(loss="binary_cross_entropy", optimizer="adam", lr=0.05)
    model.fit(x, x[:, :1] > 0, epochs=5, callbacks=[recorder])
    logits = model.predict(recorder.recorded.grid)[:, 0]
    assert ((logits > 0) & (logits < 0.5)).any()  # at least half, but no logit of a half
    assert (recorder.answers[-1] == (logits >= 0)).all()


def test_a_training_that_diverges_is_recorded_without_a_warning():
    model, x = Residual(inputs=1, outputs=1), np.linspace(-1, 1, 9)
    recorder = viz.record(model, x, x)
    recorder.take(0)
    model.last.weight.data *= 1e250
    recorder.take(1)
    assert recorder.weights[1][4] == math.inf
    assert not np.isfinite(recorder.answers[1]).all()


def test_images_are_recorded_without_answers():
    model = Sequential(Conv2d(1, 2, 3, seed=0), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 3, seed=0))
    model.compile(loss="cross_entropy", optimizer="sgd", lr=0.1)
    recorder = viz.record(model, lang="es")
    images = np.random.default_rng(0).normal(size=(12, 1, 6, 6))
    model.fit(images, np.arange(12) % 3, epochs=3, callbacks=[recorder])
    assert "<td>2×1×3×3</td>" in recorder.html()
    assert "parámetro" in recorder.html()
    with pytest.raises(ValueError, match=r"one or two inputs; x has the shape \(12, 1, 6, 6\)"):
        viz.record(model, images, np.arange(12) % 3)


def test_a_resumed_training_goes_on_recording_answers(tmp_path):
    file = tmp_path / "run.safetensors"
    whole = residual(epochs=6)[1]
    residual(epochs=3, checkpoint=file)
    resumed = residual(epochs=6, checkpoint=file, resume=True)[1]
    assert resumed.epochs == whole.epochs
    assert [a.tolist() for a in resumed.answers] == [a.tolist() for a in whole.answers]


def test_a_chain_of_layers_is_a_network_of_neurons():
    model = Sequential(Linear(2, 3, seed=0), ReLU(), Linear(3, 1, seed=1))
    recorder = viz.record(model)
    recorder.take(0)
    recorder.take(1)
    assert len(recorder.weights[0]) == model.parameter_count()
    assert "code" in data_of(recorder.html())


def test_classes_and_columns_have_their_names():
    pandas = pytest.importorskip("pandas")
    x, y = three_classes()
    table = pandas.DataFrame(x, columns=["<height>", "width"])
    names = np.array(["low", "left", "right"])[y]
    recorder = viz.record(MLP([2, 4, 3], seed=0), table, names)
    recorder.take(0)
    recorder.take(1)
    data = data_of(recorder.html())
    assert data["names"] == ["left", "low", "right"]
    assert data["axes"] == ["<height>", "width"]
    assert {k for _, _, k in data["points"]} == {0, 1, 2}
    recorder = viz.record(MLP([2, 4, 3], seed=0), x, np.where(y == 1, 2, y))  # the classes are those of the outputs
    assert {k for _, _, k in recorder.data["points"]} == {0, 2}
    assert recorder.data["names"] == ["0", "1", "2"]


def test_what_a_single_output_is_compared_with():
    x, y = three_classes()
    for options, expected in (
        ({"y": y > 0}, 0.5),
        ({"y": np.where(y > 0, 1, -1)}, 0.0),
        ({"y": y > 0, "threshold": 0.25}, 0.25),
    ):
        assert viz.record(MLP([2, 3, 1]), x, **options).data["threshold"] == expected


def test_a_picture_stays_where_frames_are_stripped():
    for recorder in (fitted(every=1, epochs=2)[1], residual(epochs=2)[1]):
        html = recorder._repr_mimebundle_()["text/html"]
        assert html.startswith("<iframe")
        left = re.sub(r"<iframe.*?</iframe>", "", html, flags=re.S)
        assert "<details><summary>The last frame, without a script</summary>" in left
        assert "<script" not in left
    assert "first.weight" in left
    html_of_network = fitted(every=1, epochs=2)[1]._repr_mimebundle_()["text/html"].split("</iframe>")[1]
    assert 'alt="Network 2-3-1: 2 inputs' in html_of_network
    assert "<desc" in picture(html_of_network)
