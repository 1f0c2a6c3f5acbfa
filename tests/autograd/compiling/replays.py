"""Functions of arrays, recorded and replayed, beside the same functions evaluated."""

import numpy as np

from inversa.autograd.compiling.arrays.function import ArrayFunction


def recorded(function, *names):
    return ArrayFunction(function, names or ("x",))


def evaluated(function, *names):
    """The same function, never recorded."""
    plain = recorded(function, *names)
    plain._recording = lambda arguments, wanted: None
    return plain


def taken(leaves):
    """The gradients, which are then forgotten."""
    found = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = None
    return found


def assert_same(found, expected, tolerance=1e-12):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            assert np.shape(a) == np.shape(b)
            assert np.asarray(a).dtype == np.asarray(b).dtype
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def assert_replays(function, *arguments, leaves=(), names=(), tolerance=1e-12):
    """Recorded and replayed, on these arguments and then on others, against evaluated."""
    names = names or [f"x{i}" for i in range(len(arguments))]
    compiled, plain = recorded(function, *names), evaluated(function, *names)
    for factor in (1.0, 1.0, 0.75):
        given = [x * np.asarray(factor, x.dtype) if getattr(x, "dtype", np.dtype(int)).kind == "f" else x
                 for x in arguments]  # fmt: skip
        assert_same([compiled(*given)], [plain(*given)], tolerance)
        assert compiled.why_not is None
        if leaves:
            found = [compiled.backward(*given), *taken(leaves)]
            assert compiled.why_not is None
            assert_same(found, [plain.backward(*given), *taken(leaves)], tolerance)
    return compiled
