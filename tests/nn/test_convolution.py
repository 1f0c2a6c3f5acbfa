"""Convolution and pooling, against loops written from the definitions and SciPy; gradients against differences."""

from copy import copy
from itertools import product

import numpy as np
import pytest
from scipy.signal import correlate2d

from inversa.autograd import Tensor, gradcheck, tanh
from inversa.nn import AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, Flatten, Linear, MaxPool2d, ReLU, Sequential, init

SIZES = [1, 2, (3, 2), (1, 4)]
STRIDES = [1, 2, (3, 2)]  # (H − k) % stride is not always 0
SETTINGS = list(product(SIZES, STRIDES, [0, 1, (0, 2)]))
every_setting = pytest.mark.parametrize(("size", "stride", "padding"), SETTINGS, ids=str)
POOLS = [(size, stride, padding) for size, stride in product([2, 3, (3, 2)], [None, 1, (2, 3)]) for padding in [0, 1]]
every_pool = pytest.mark.parametrize(("size", "stride", "padding"), POOLS, ids=str)


def drawn(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def pair(n):
    return (n, n) if isinstance(n, int) else n


def slow_windows(x, size, stride, padding, border):
    """Every window with its sample, row and column."""
    (kh, kw), (sh, sw), (ph, pw) = pair(size), pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=border)
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    seen = [[x[:, :, r * sh : r * sh + kh, c * sw : c * sw + kw] for c in range(columns)] for r in range(rows)]
    return seen, rows, columns


def slow_convolution(x, weight, bias, stride, padding):
    seen, rows, columns = slow_windows(x, weight.shape[2:], stride, padding, 0.0)
    y = np.empty((len(x), len(weight), rows, columns))
    for n, o, r, c in np.ndindex(*y.shape):
        y[n, o, r, c] = bias[o] + sum(a * w for a, w in zip(seen[r][c][n].flat, weight[o].flat, strict=True))
    return y


def slow_pool(reduce, x, size, stride, padding, border):
    seen, rows, columns = slow_windows(x, size, size if stride is None else stride, padding, border)
    y = np.empty((*x.shape[:2], rows, columns))
    for n, i, r, c in np.ndindex(*y.shape):
        y[n, i, r, c] = reduce(seen[r][c][n, i])
    return y


def with_bias(layer):
    if layer.bias is not None:
        layer.bias[...] = np.linspace(-1, 1, layer.bias.size)
    return layer


@every_setting
def test_convolution_is_that_of_the_definition(size, stride, padding):
    layer = with_bias(Conv2d(2, 3, size, stride, padding, seed=1))
    x = drawn(2, 2, 6, 5)
    expected = slow_convolution(x, layer.weight.numpy(), layer.bias.numpy(), stride, padding)
    found = layer(x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolution_is_scipys_cross_correlation(padding):
    layer = Conv2d(1, 1, 3, padding=int(padding == "same"), bias=False, seed=1)
    x = drawn(7, 6)
    expected = correlate2d(x, layer.weight.numpy()[0, 0], mode=padding)
    np.testing.assert_allclose(layer(x[None]).data[0], expected, rtol=1e-12, atol=1e-12)


def test_convolution_by_hand():
    """An edge between dark and bright, found by a filter that subtracts a pixel from its right neighbour."""
    layer = Conv2d(1, 1, (1, 2), seed=0)
    layer.weight[...] = [[[[-1.0, 1.0]]]]
    layer.bias[...] = [0.5]
    assert layer([[[0.0, 0.0, 3.0, 3.0]]]).tolist() == [[[0.5, 3.5, 0.5]]]


def test_a_window_of_one_pixel_is_linear_over_the_channels():
    convolution, linear = with_bias(Conv2d(4, 3, 1, seed=1)), Linear(4, 3, seed=0)
    linear.weight[...] = convolution.weight.numpy()[:, :, 0, 0]
    linear.bias[...] = convolution.bias.numpy()
    x = drawn(2, 4, 3, 5)
    np.testing.assert_allclose(convolution(x).data, linear(x.transpose(0, 2, 3, 1)).data.transpose(0, 3, 1, 2))


def test_a_window_as_large_as_the_image_is_linear():
    convolution, linear = Conv2d(2, 3, (4, 5), seed=1), Linear(40, 3, seed=0)
    linear.weight[...] = convolution.weight.numpy().reshape(3, 40)
    x = drawn(6, 2, 4, 5)
    np.testing.assert_allclose(Flatten()(convolution(x)).data, linear(Flatten()(x)).data)


@pytest.mark.parametrize(
    ("layer", "order"),
    [
        (Conv2d(2, 2, 2, seed=1), 2),
        (Conv2d(2, 3, (2, 3), (2, 1), 1, seed=1), 1),
        (Conv2d(2, 2, 3, 2, (1, 0), bias=False, seed=1), 2),
        (MaxPool2d(2), 2),
        (MaxPool2d(3, 2, 1), 1),
        (MaxPool2d((2, 3), 1), 1),
        (AvgPool2d(2), 2),
        (AvgPool2d(3, (1, 2), 1), 1),
        (Flatten(), 2),
    ],
    ids=str,
)
def test_gradients(layer, order):
    layer = copy(layer)

    def f(x, *parameters):
        if parameters:  # those that gradcheck moves
            layer.weight, layer.bias = (*parameters, None)[:2]
        return tanh(layer(x))

    assert gradcheck(f, drawn(1, 2, 3, 4), *(p.numpy() for p in layer.parameters()), order=order)


@every_pool
@pytest.mark.parametrize(
    ("pool", "reduce", "border"), [(MaxPool2d, np.max, -np.inf), (AvgPool2d, np.mean, 0.0)], ids=["max", "mean"]
)
def test_pooling_is_that_of_the_definition(pool, reduce, border, size, stride, padding):
    x = drawn(2, 3, 7, 6) - 2.0  # mostly negative: zeros in the padding would be the largest
    expected = slow_pool(reduce, x, size, stride, padding, border)
    found = pool(size, stride, padding)(x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.data, expected, rtol=1e-12)


def test_gradient_of_the_largest_goes_to_where_it_stood_and_ties_share():
    x = Tensor([[[1.0, 4.0, 2.0, 2.0], [3.0, 0.0, 1.0, 2.0]]], requires_grad=True)
    MaxPool2d(2)(x).backward([[[6.0, 6.0]]])
    assert x.grad.tolist() == [[[0, 6, 2, 2], [0, 0, 0, 2]]]


def test_what_is_larger_than_the_padding_is_found_in_one_operation():
    x = Tensor(drawn(2, 3, 4, 4), requires_grad=True)
    assert MaxPool2d(2)(x).op.composition is not None
    assert MaxPool2d(2)(x).inputs == (x,)
    assert np.isfinite(MaxPool2d(3, padding=1)(x).data).all()


def test_gradient_of_the_mean_is_shared_by_all_that_overlap():
    x = Tensor(np.zeros((1, 1, 3)), requires_grad=True)
    AvgPool2d((1, 2), stride=1)(x).backward([[[1.0, 1.0]]])
    assert x.grad.tolist() == [[[0.5, 1.0, 0.5]]]


def test_zeros_of_the_padding_count_in_the_mean():
    assert AvgPool2d(2, padding=1)([[[4.0]]]).tolist() == [[[1.0]]]


@pytest.mark.parametrize(
    "layer", [Conv2d(2, 3, 2, padding=1, seed=0), MaxPool2d(2, padding=1), AvgPool2d(2, 1)], ids=str
)
def test_batches_single_images_whole_numbers_and_no_images_at_all(layer):
    x = drawn(4, 2, 4, 4)
    whole = layer(x)
    np.testing.assert_allclose(layer(x[1]).data, whole.data[1])
    assert layer(x[:0]).shape == (0, *whole.shape[1:])
    grey = (x * 100).astype("int16")
    assert np.array_equal(layer(grey).data, layer(grey.astype(float)).data)


def test_single_precision_stays():
    net = Sequential(Conv2d(1, 2, 3, padding=1, seed=0, dtype="float32"), MaxPool2d(2, padding=1), AvgPool2d(2))
    x = Tensor(drawn(2, 1, 6, 6), requires_grad=True, dtype="float32")
    y = net(x)
    y.sum().backward()
    assert {y.dtype, x.grad.dtype, net[0].weight.grad.dtype, net[0].bias.grad.dtype} == {np.dtype("float32")}


def test_parameters_of_lenet():
    """LeCun's LeNet-5 in its usual modern form has 61 706 parameters."""
    net = Sequential(
        Conv2d(1, 6, 5, padding=2, seed=0), ReLU(), AvgPool2d(2),
        Conv2d(6, 16, 5, seed=0), ReLU(), AvgPool2d(2),
        Flatten(), Linear(400, 120, seed=0), ReLU(), Linear(120, 84, seed=0), ReLU(), Linear(84, 10, seed=0),
    )  # fmt: skip
    assert net(drawn(2, 1, 28, 28)).shape == (2, 10)
    assert (net[0].parameter_count(), net[3].parameter_count()) == (156, 2416)
    assert net.parameter_count() == 61706
    assert Conv2d(6, 16, 5, bias=False, seed=0).parameter_count() == 2400


def test_seed_initial_weights_and_state():
    a, b = Conv2d(2, 3, 3, seed=5), Conv2d(2, 3, 3, seed=6)
    assert np.array_equal(a.weight.data, Conv2d(2, 3, 3, seed=5).weight.data)
    assert np.array_equal(a.weight.data, init.he_uniform((3, 2, 3, 3), 5))
    assert np.array_equal(Conv2d(2, 3, 3, seed=5, init=init.zeros).weight.data, np.zeros((3, 2, 3, 3)))
    assert not a.bias.data.any()
    assert {name: x.shape for name, x in a.state_dict().items()} == {"weight": (3, 2, 3, 3), "bias": (3,)}
    b.load_state_dict(a.state_dict())
    x = drawn(1, 2, 5, 5)
    assert np.array_equal(a(x).data, b(x).data)


def test_what_they_look_like():
    assert repr(Conv2d(1, 8, 3, seed=0)) == "Conv2d(1, 8, size=(3, 3), stride=(1, 1))"
    assert repr(Conv2d(1, 8, 3, 2, (0, 1), bias=False)) == (
        "Conv2d(1, 8, size=(3, 3), stride=(2, 2), padding=(0, 1), bias=False)"
    )
    assert repr(MaxPool2d(2)) == "MaxPool2d(size=(2, 2), stride=(2, 2))"
    assert repr(Flatten()) == "Flatten()"


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: Conv2d(3, 4, 2, seed=0)(np.ones((2, 1, 5, 5))), ValueError, "images of 3 channels, not 1"),
        (lambda: Conv2d(3, 4, 2, seed=0)(np.ones((2, 28, 28, 3))), ValueError, "images of 3 channels, not 28"),
        (lambda: Conv2d(1, 4, 2, seed=0)(np.ones((5, 5))), ValueError, r"4 axes, .* or 3 .*, not 2: .* \(5, 5\)"),
        (lambda: MaxPool2d(2)(np.ones((1, 2, 2, 5, 5))), ValueError, "4 axes, .* or 3 .*, not 5"),
        (lambda: Conv2d(1, 1, 4, padding=1)(np.ones((1, 1, 1))), ValueError, r"\(4, 4\) does not fit .* \(3, 3\)"),
        (lambda: AvgPool2d(3)(np.ones((1, 2, 2))), ValueError, r"\(3, 3\) does not fit .* \(2, 2\)"),
        (lambda: Conv2d(0, 1, 3), ValueError, "inputs is a positive integer, such as 3, not 0"),
        (lambda: Conv2d(1, 1, 0), ValueError, "the size is at least 1, not 0"),
        (lambda: Conv2d(1, 1, 3, (1, 0)), ValueError, r"the stride is at least 1, not \(1, 0\)"),
        (lambda: Conv2d(1, 1, 3, padding=-1), ValueError, "the padding is at least 0, not -1"),
        (lambda: Conv2d(1, 1, 2.5), TypeError, "the size is an integer or a pair of integers, not 2.5"),
        (lambda: MaxPool2d((1, 2, 3)), TypeError, r"the size is an integer or a pair of integers, not \(1, 2, 3\)"),
        (lambda: MaxPool2d((2, 4), padding=2), ValueError, r"at most half the size \(2, 4\), not \(2, 2\)"),
        (lambda: Flatten()(1.0), ValueError, "samples"),
    ],
)  # fmt: skip
def test_mistakes_are_named(call, error, match):
    with pytest.raises(error, match=match):
        call()


# In groups, with holes, along sequences, and backwards.


@pytest.mark.parametrize(
    "settings", [{}, {"stride": 2, "padding": 1}, {"dilation": 2}, {"groups": 2, "stride": (2, 1)}], ids=str
)
def test_a_transposed_convolution_is_the_convolution_in_the_inverse_network(settings):
    forward = Conv2d(2, 4, (3, 2), bias=False, seed=0, **settings)
    backward = ConvTranspose2d(4, 2, (3, 2), bias=False, seed=1, **settings)
    backward.load_state_dict(forward.state_dict())
    x = Tensor(drawn(2, 2, 7, 8), requires_grad=True)
    y = forward(x)
    g = drawn(*y.shape)
    y.backward(g)
    sent = backward(g).numpy()
    height, width = sent.shape[-2:]  # what no window reached is not there
    np.testing.assert_allclose(x.grad[..., :height, :width], sent, atol=1e-14)
    assert not x.grad[..., height:, :].any()
    assert not x.grad[..., width:].any()


def test_along_a_sequence_it_is_one_row_of_an_image():
    sequence, image = Conv1d(3, 4, 3, padding=1, seed=0), Conv2d(3, 4, (1, 3), padding=(0, 1), seed=0)
    x = drawn(2, 3, 8)
    np.testing.assert_array_equal(sequence(x).numpy(), image(x[:, :, None]).numpy()[:, :, 0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Conv2d(3, 4, 3, groups=2), "3 inputs and 4 outputs cannot both be divided into 2 groups"),
        (lambda: Conv2d(2, 4, 3, dilation=0), "dilation is at least 1"),
        (lambda: Conv2d(1, 1, 3, dilation=2)(np.ones((1, 4, 4))), r"window of \(5, 5\) does not fit"),
        (lambda: Conv1d(2, 4, 0), "size is"),
        (lambda: Conv1d(2, 4, 3)(np.ones((2, 3, 8))), r"inputs of shape \(samples, 2, steps\), not \(2, 3, 8\)"),
        (lambda: ConvTranspose2d(1, 1, 2, stride=2, output_padding=2), "output_padding is less than the stride"),
        (lambda: ConvTranspose2d(1, 1, 2, padding=2)(np.ones((1, 2, 2))), "nothing is left"),
        (lambda: ConvTranspose2d(2, 1, 2)(np.ones((1, 2, 2))), "takes images of 2 channels, not 1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_them_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
