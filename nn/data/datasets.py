"""Data sets: the small ones to learn with, and the tables of the lectures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn.data.extras import extra, random_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.init import Seed


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples with their targets, and what the numbers mean.

    Attributes
    ----------
    x : array of shape (samples, features), or (samples, 1, height, width)
    y : array
        Classification: labels, int64 of shape (samples,), as `cross_entropy` takes them; ``y[:, None]`` has the shape
        of the output of a single sigmoid neuron. Regression: float64 of shape (samples, 1), the shape of the
        output of a single linear neuron.
    features : tuple of str
        Names of the columns of x; of an image, pixel by pixel and row by row.
    classes : tuple of str, or None
        Names of the classes in the order of the labels; None for regression.
    description : str
        What it is, with units and source.

    Examples
    --------
    >>> from inversa.nn.data import iris
    >>> flowers = iris()
    >>> flowers
    Dataset(x: (150, 4), y: (150,), classes: setosa, versicolor, virginica)
    >>> flowers.classes[flowers.y[0]]
    'setosa'
    """

    x: NDArray[Any]
    y: NDArray[Any]
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    description: str

    def __repr__(self) -> str:
        classes = f", classes: {', '.join(self.classes)}" if self.classes else ""
        return f"Dataset(x: {self.x.shape}, y: {self.y.shape}{classes})"


def iris() -> Dataset:
    """150 iris flowers of three species, 50 each, by four lengths in cm.

    Examples
    --------
    >>> from inversa.nn.data import iris
    >>> iris().features[2:]
    ('petal length (cm)', 'petal width (cm)')
    """
    flowers = extra("sklearn.datasets").load_iris()
    return Dataset(
        flowers.data,
        flowers.target.astype(np.int64),
        tuple(flowers.feature_names),
        tuple(flowers.target_names.tolist()),
        "Iris flowers: length and width of sepals and petals in cm. R. A. Fisher, 'The use of multiple measurements in "
        "taxonomic problems', Annals of Eugenics 7(2), 1936; the copy in scikit-learn.",
    )


def digits(images: bool = False) -> Dataset:
    """1797 handwritten digits of 8 × 8 pixels, from 0 (paper) to 1 (ink).

    Parameters
    ----------
    images : bool
        Whether x has the shape (1797, 1, 8, 8) that convolutions take, or (1797, 64).

    Examples
    --------
    >>> from inversa.nn.data import digits
    >>> digits().x.shape, digits(images=True).x.shape
    ((1797, 64), (1797, 1, 8, 8))
    """
    scans = extra("sklearn.datasets").load_digits()
    return image_dataset(
        scans.images / 16,
        scans.target,
        images,
        "Handwritten digits of 43 people, 8 × 8 pixels from 0 (paper) to 1 (ink). E. Alpaydin and C. Kaynak, 'Optical "
        "recognition of handwritten digits', UCI Machine Learning Repository, 1998 (its test set); the copy in "
        "scikit-learn, divided by 16.",
    )


def image_dataset(pixels: NDArray[Any], labels: NDArray[Any], images: bool, description: str) -> Dataset:
    """The Dataset of pictures of digits: pixels of shape (samples, height, width), labels from 0 to 9."""
    samples, height, width = pixels.shape
    return Dataset(
        pixels.reshape((samples, 1, height, width) if images else (samples, height * width)),
        labels.astype(np.int64),
        tuple(f"pixel {row},{column}" for row in range(height) for column in range(width)),
        tuple("0123456789"),
        description,
    )


def moons(samples: int = 100, noise: float = 0.1, seed: Seed = 0) -> Dataset:
    """Two half moons, one inside the other, which no straight line separates.

    Parameters
    ----------
    samples : int
        How many points, half of them in each moon.
    noise : float
        Standard deviation of the normal noise on both coordinates; the moons have radius 1.
    seed : int or numpy Generator, optional

    Examples
    --------
    >>> from inversa.nn.data import moons
    >>> moons(200)
    Dataset(x: (200, 2), y: (200,), classes: upper, lower)
    """
    checks.count("samples", samples)
    x, y = extra("sklearn.datasets").make_moons(samples, noise=noise, random_state=random_state(seed))
    return _points(x, y, ("upper", "lower"), "Two half moons of radius 1, without units; scikit-learn's make_moons.")


def circles(samples: int = 100, noise: float = 0.1, seed: Seed = 0, *, factor: float = 0.4) -> Dataset:
    """A circle inside another one, which no straight line separates.

    Parameters
    ----------
    samples : int
        How many points, half of them on each circle.
    noise : float
        Standard deviation of the normal noise on both coordinates; the outer circle has radius 1.
    seed : int or numpy Generator, optional
    factor : float
        The radius of the inner circle.

    Examples
    --------
    >>> from inversa.nn.data import circles
    >>> circles(200)
    Dataset(x: (200, 2), y: (200,), classes: outer, inner)
    """
    checks.count("samples", samples)
    x, y = extra("sklearn.datasets").make_circles(samples, noise=noise, random_state=random_state(seed), factor=factor)
    return _points(
        x, y, ("outer", "inner"), f"Circles of radius 1 and {factor}, without units; scikit-learn's make_circles."
    )


def xor(samples: int | None = None, noise: float = 0.1, seed: Seed = 0) -> Dataset:
    """Exclusive or: true where exactly one of two inputs is, which no straight line separates.

    Parameters
    ----------
    samples : int, optional
        How many points lie in clouds around the four corners; without it, the four rows of the truth table.
    noise : float
        Standard deviation of the clouds; the corners are 1 apart. The truth table has none.
    seed : int or numpy Generator, optional

    Examples
    --------
    >>> from inversa.nn.data import xor
    >>> xor().x.tolist(), xor().y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    >>> xor(200)
    Dataset(x: (200, 2), y: (200,), classes: false, true)
    """
    x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    if samples is not None:
        checks.count("samples", samples)
        x, corners = extra("sklearn.datasets").make_blobs(
            samples, centers=x, cluster_std=noise, random_state=random_state(seed)
        )
        y = y[corners]
    return _points(x, y, ("false", "true"), "Exclusive or of two inputs, 0 and 1, without units.")


def houses() -> Dataset:
    """Size and price of seven houses: the lecture's example of regression with one linear neuron.

    Examples
    --------
    >>> from inversa.nn.data import houses
    >>> houses().x[0].tolist(), houses().y[0].tolist()
    ([433.71], [61590.6])
    """
    sizes = [433.71, 446.84, 582.16, 833.68, 920.39, 931.33, 1326.25]
    prices = [61590.60, 69741.66, 56292.42, 113220.61, 145932.16, 126830.14, 171278.58]
    return Dataset(
        np.array(sizes)[:, None],
        np.array(prices)[:, None],
        ("size (m²)",),
        None,
        "Houses: size in m², price in USD. The rows printed in G. Fuentes-Pineda's lecture.",
    )


def clients() -> Dataset:
    """Income and age of five clients, and whether they bought a vehicle: the lecture's logistic regression.

    Examples
    --------
    >>> from inversa.nn.data import clients
    >>> clients().x[0].tolist(), clients().classes[clients().y[0]]
    ([97.17, 26.6], 'yes')
    """
    return Dataset(
        np.array([[97.17, 26.6], [44.67, 32.3], [46.64, 26.7], [33.84, 23.7], [79.35, 27.0]]),
        np.array([1, 0, 0, 0, 1], dtype=np.int64),
        ("income (thousand €)", "age (years)"),
        ("no", "yes"),
        "Clients: income in thousand €, age in years, and whether they bought a vehicle. The rows printed in J. Luque's"
        " lecture on the inverse neuron.",
    )


def _points(x: NDArray[Any], y: NDArray[Any], classes: tuple[str, str], description: str) -> Dataset:
    """Two classes of points in the plane."""
    return Dataset(x, y.astype(np.int64), ("x1", "x2"), classes, description)
