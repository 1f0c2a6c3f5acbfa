"""Why a function of NumPy's has no gradient here, and what to write instead: for errors and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

# From the reason to the functions that it holds for, in which * and ? stand for anything; the first that fits is taken.
REASONS: dict[str, tuple[str, ...]] = {
    "it takes no array of numbers that a gradient could go back to": (
        "base_repr", "binary_repr", "broadcast_shapes", "*busday*", "common_type", "datetime_*", "format_float_*",
        "is*dtype", "isfortran", "isnat", "isscalar", "iterable", "*type*", "nested_iters",
    ),
    "it makes an array or a polynomial from a shape or settings": (
        "arange", "bartlett", "blackman", "*diag_indices*", "empty", "eye", "*fftfreq", "fromfunction", "hamming",
        "hanning", "identity", "indices", "ix_", "kaiser", "mask_indices", "ones", "tri", "tri?_indices*", "zeros",
        "special.*roots*", "special.*_zeros", "special.bernoulli", "special.cheby?", "special.euler",
        "special.gegenbauer", "special.hermite", "special.hermitenorm", "special.jacobi", "special.genlaguerre",
        "special.laguerre", "special.legendre", "special.sh_*",
    ),
    "it reads or writes files, bytes or texts": (
        "frombuffer", "fromfile", "fromregex", "fromstring", "genfromtxt", "load", "loadtxt", "save*",
    ),
    "it is about the library itself and its settings": (
        "get*", "info", "*printoptions", "set_*", "setbufsize", "seterr*", "show_*", "*test", "special.?eterr",
    ),
    "it makes an array of NumPy's, which knows no gradient": (
        "array", "as*array*", "asmatrix", "bmat", "from_dlpack", "fromiter", "full", "require",
    ),
    "it changes an array in place": ("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"),
    "it counts, and the derivative of a number of entries is 0": ("bincount", "histogram*"),
    "it is made of whole numbers or bits": (
        "bitwise_*", "gcd", "invert", "lcm", "left_shift", "*packbits", "ravel_multi_index", "right_shift",
        "unravel_index", "special.factorial?", "special.stirling2",
    ),
    "the shape of its result depends on the numbers": (
        "intersect1d", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique*",
    ),
    "it gives or takes complex numbers, and those of a Tensor are real": (
        "angle", "fft.*fft", "fft.*fft2", "fft.*fftn", "imag", "linalg.eig", "linalg.eigvals", "real_if_close", "roots",
        "sort_complex", "special.hankel*", "special.h?vp", "special.kelvin*", "special.lambertw", "special.sph_harm*",
        "special.wofz",
    ),
    "it tells how floats are stored": ("frexp", "nextafter", "spacing"),
    "it calls a function of yours, and does not know its derivative": (
        "apply_along_axis", "apply_over_axes", "frompyfunc", "piecewise",
    ),
    "nobody has written its formula yet": (
        "block", "ldexp", "nanmedian", "nanpercentile", "nanquantile", "poly*", "unwrap", "special.*",
    ),
}  # fmt: skip

_PAIRS = ("fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "rfft2", "irfft2")
INSTEAD = {
    "add.reduce": "sum(x)",
    "maximum.reduce": "max(x)",
    "multiply.reduce": "prod(x)",
    "apply_along_axis": "vmap(f)(x)",
    "apply_over_axes": "f(x, axis=(0, 1))",
    "block": "concatenate([concatenate([a, b], 1), concatenate([c, d], 1)])",
    "copyto": "where(condition, a, b)",
    "fill_diagonal": "where(np.eye(n) > 0, a, x)",
    "piecewise": "select(conditions, [f(x), g(x)])",
    "place": "where(condition, a, x)",
    "put": "where(condition, a, x)",
    "put_along_axis": "where(condition, a, x)",
    "putmask": "where(condition, a, x)",
    "sort_complex": "sort(x)",
    "trim_zeros": "x[first:last]",
    "unique": "sort(x)",
    "linalg.eig": "linalg.eigh(x) of a symmetric matrix (the eigenvalues of others are complex)",
    "linalg.eigvals": "linalg.eigvalsh(x) of a symmetric matrix (the eigenvalues of others are complex)",
} | {f"fft.{name}": f"fft.{name}(x) of inversa.autograd, where a complex number is a pair [re, im]," for name in _PAIRS}


def reason(name: str) -> str:
    """Why there is no gradient of a function, such as ``"linalg.eig"``; nothing where it is not known.

    >>> reason("histogram2d")
    'it counts, and the derivative of a number of entries is 0'
    >>> reason("a function of a later NumPy")
    ''
    """
    return next((why for why, names in REASONS.items() if any(fnmatchcase(name, each) for each in names)), "")


def refusal(name: str, known: Iterable[str]) -> str:
    """What is said of a function without a gradient, among others whose names are known."""
    why, library = reason(name), "scipy" if name.startswith("special.") else "numpy"
    return (
        f"{library}.{name} has no gradient here{': ' + why if why else ''}. {_instead(name, known)}"
        "To compute without a gradient use .numpy() or .item(); to add a function see inversa.autograd.operation"
    )


def _instead(name: str, known: Iterable[str]) -> str:
    """What to write, or the names that are most like this one."""
    from difflib import get_close_matches  # few need it

    if name in INSTEAD:
        return f"Write {INSTEAD[name]} instead. "
    names = [each for each in known if not each.endswith("_packed")]  # parts of others
    near = get_close_matches(name, names, 3, 0.6)
    return f"There is {', '.join(near)}. " if near else ""
