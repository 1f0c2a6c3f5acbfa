"""MNIST: 70 000 handwritten digits, from files or from OpenML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inversa.autograd.files import expanded
from inversa.autograd.lazy import np
from inversa.nn.data.datasets import Dataset, image_dataset
from inversa.nn.data.extras import extra
from inversa.nn.data.idx import read_idx

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

_FILES = (
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)
_TRAIN, _TEST = 60_000, 10_000


def mnist(folder: str | PathLike[str] | None = None, *, images: bool = False) -> tuple[Dataset, Dataset]:
    """Handwritten digits of 28 × 28 pixels: 60 000 to learn from and 10 000 to test on.

    Parameters
    ----------
    folder : str or path, optional
        Holds the four IDX files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte``
        and ``t10k-labels-idx1-ubyte``; they may end in ``.gz``, and have a dot before ``idx``. Without a folder,
        scikit-learn fetches the data from openml.org and keeps them in its own folder (``~/scikit_learn_data``).
    images : bool
        Whether x has the shape (samples, 1, 28, 28) that convolutions take, or (samples, 784).

    Returns
    -------
    train, test : Dataset
        Pixels are float32 from 0 (paper) to 1 (ink).

    Raises
    ------
    FileNotFoundError
        When the folder, or one of the four files, is missing.
    ValueError
        When a file is damaged or does not hold what its name says.
    OSError
        When the data cannot be fetched.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from inversa.nn.data import mnist
    >>> train, test = mnist("folder/with/the/files")  # doctest: +SKIP
    >>> train.x.shape, test.x.shape  # doctest: +SKIP
    ((60000, 784), (10000, 784))
    """
    (x_train, y_train), (x_test, y_test) = _from_openml() if folder is None else _from_files(expanded(folder))
    return _dataset(x_train, y_train, images, "training"), _dataset(x_test, y_test, images, "test")


def _from_files(folder: Path) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Pixels of shape (samples, 28, 28) and labels, of the training set and of the test set."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    paths = [(_find(folder, x), _find(folder, y)) for x, y in _FILES]
    missing = [path.name for pair in paths for path in pair if not path.is_file()]
    if missing:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)} (or the same with .gz, or with .idx for -idx)")
    return [_read(*pair) for pair in paths]


def _find(folder: Path, name: str) -> Path:
    """The file of that name in one of its spellings; the name itself if there is none."""
    spellings = [folder / (stem + end) for stem in (name, name.replace("-idx", ".idx")) for end in ("", ".gz")]
    return next((path for path in spellings if path.is_file()), folder / name)


def _read(images: Path, labels: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    x, y = read_idx(images), read_idx(labels)
    if x.dtype != np.uint8 or x.shape[1:] != (28, 28):
        raise ValueError(f"{images} holds {x.dtype} of shape {x.shape}, not uint8 of shape (samples, 28, 28)")
    if y.dtype != np.uint8 or y.ndim != 1:
        raise ValueError(f"{labels} holds {y.dtype} of shape {y.shape}, not uint8 of shape (samples,)")
    if len(x) != len(y):
        raise ValueError(f"{images} holds {len(x)} images and {labels} {len(y)} labels: they do not belong together")
    if (y > 9).any():
        raise ValueError(f"{labels} holds the label {y.max()}: digits are 0 to 9")
    return x, y


def _from_openml() -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """The same, from openml.org or scikit-learn's copy of an earlier call."""
    from http.client import HTTPException  # with it comes ssl: too much to be imported by all who use networks

    fetch = extra("sklearn.datasets").fetch_openml
    try:
        # the faster parser needs pandas, and fails on these labels with pandas 3.1 and scikit-learn 1.9
        fetched = fetch("mnist_784", version=1, as_frame=False, parser="liac-arff")
    # no network (URLError, TimeoutError: both OSError), a connection that broke, OpenML's refusal or a wrong checksum
    except (OSError, HTTPException, ValueError) as error:
        raise OSError(
            f"MNIST could not be fetched from openml.org ({error}): try again later, or put the four files "
            f"{', '.join(name + '.gz' for pair in _FILES for name in pair)} in a folder and write mnist(folder)"
        ) from error
    x, y = np.asarray(fetched.data), np.asarray(fetched.target).astype(np.int64)  # its labels are strings
    if x.shape != (_TRAIN + _TEST, 28 * 28) or y.shape != x.shape[:1]:
        raise ValueError(f"openml.org sent images of shape {x.shape} and labels of shape {y.shape}, not 70000 of 784")
    x = x.reshape(-1, 28, 28)
    return [(x[:_TRAIN], y[:_TRAIN]), (x[_TRAIN:], y[_TRAIN:])]


def _dataset(pixels: NDArray[Any], labels: NDArray[Any], images: bool, part: str) -> Dataset:
    x = pixels.astype(np.float32)
    x /= 255  # in place: the training set alone takes 188 MB
    return image_dataset(
        x,
        labels,
        images,
        f"MNIST, {part} set: handwritten digits of 28 × 28 pixels from 0 (paper) to 1 (ink). Y. LeCun, L. Bottou, "
        "Y. Bengio and P. Haffner, 'Gradient-based learning applied to document recognition', Proceedings of the IEEE "
        "86(11), 1998; divided by 255.",
    )
