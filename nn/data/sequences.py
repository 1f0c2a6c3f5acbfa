"""Sequences: letters as numbers, windows of a series, and sequences of unequal lengths in batches of one length."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed


class Alphabet:
    """The letters of texts, or the words of sentences, as numbers: 0, 1, 2, … in their order.

    Parameters
    ----------
    symbols : str or sequence of str
        Each once. What stands for the end of a text, or for nothing, is a symbol, too.

    Raises
    ------
    ValueError
        When a symbol comes twice, or there are none.

    Examples
    --------
    >>> from inversa.nn.data import Alphabet
    >>> letters = Alphabet(".abc")
    >>> letters.encode("cab.").tolist(), letters.decode([1, 2, 0]), len(letters)
    ([3, 1, 2, 0], 'ab.', 4)
    """

    def __init__(self, symbols: str | Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self._numbers = {symbol: number for number, symbol in enumerate(self.symbols)}
        if not self.symbols or len(self._numbers) < len(self.symbols):
            raise ValueError(f"an alphabet has every symbol once, and at least one, not {symbols!r}")

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]], *first: str) -> Alphabet:
        """All symbols of texts in the order of their code points, after those that are to be the first.

        >>> from inversa.nn.data import Alphabet
        >>> Alphabet.of(["sol", "luna"], ".").symbols
        ('.', 'a', 'l', 'n', 'o', 's', 'u')
        """
        return cls([*first, *sorted({symbol for text in texts for symbol in text} - set(first))])

    def encode(self, text: Iterable[str]) -> NDArray[np.int64]:
        """The numbers of the symbols of a text.

        Raises
        ------
        ValueError
            For a symbol that is not in the alphabet.
        """
        try:
            return np.array([self._numbers[symbol] for symbol in text], np.int64)
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is not in the alphabet {''.join(self.symbols)!r}") from None

    def decode(self, numbers: Iterable[int]) -> str:
        """The symbols of numbers, one after the other.

        Raises
        ------
        ValueError
            For a number that is none of them.
        """
        found = []
        for number in numbers:
            if not 0 <= number < len(self.symbols):
                raise ValueError(f"the alphabet has the numbers 0 to {len(self.symbols) - 1}, and not {number}")
            found.append(self.symbols[number])
        return "".join(found)

    def __len__(self) -> int:
        return len(self.symbols)


def words(number: int, *, seed: Seed = None) -> list[str]:
    """Random words made by rules that can be learnt: ``"gomabu"``, ``"telimi"``.

    One to four syllables of a consonant and a vowel; the vowels of a word are all dark (a, o, u), or all bright (e, i),
    as in languages with vowel harmony.

    Parameters
    ----------
    number : int
        How many; some come several times.
    seed : int or numpy Generator, optional
        Where they are drawn from; without one, every run differs.

    Examples
    --------
    >>> from inversa.nn.data import words
    >>> len(words(100, seed=0))
    100
    """
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(checks.count("number", number, example="1000")):
        vowels = ("aou", "ei")[generator.integers(2)]
        consonants = generator.integers(9, size=generator.integers(1, 5))
        found.append("".join("bdglmnrst"[c] + vowels[generator.integers(len(vowels))] for c in consonants))
    return found


def series_windows(
    series: ArrayLike, length: int, *, ahead: int = 1, step: int = 1
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Windows of a series, and for each of them what comes afterwards: samples and targets of a forecast.

    Parameters
    ----------
    series : array of shape (n,) or (n, features)
    length : int
        How many steps a window has.
    ahead : int
        How many steps after the end of a window its target is.
    step : int
        The steps from window to window.

    Returns
    -------
    x : array of shape (windows, length, features)
    y : array of shape (windows, features)

    Raises
    ------
    ValueError
        When the series is too short for a window and its target.

    Examples
    --------
    >>> from inversa.nn.data import series_windows
    >>> x, y = series_windows([0.0, 1.0, 2.0, 3.0, 4.0], 3)
    >>> x[..., 0].tolist(), y[:, 0].tolist()
    ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], [3.0, 4.0])
    """
    series = np.asarray(series)
    for name, number in (("length", length), ("ahead", ahead), ("step", step)):
        checks.count(name, number, example="1")
    if series.ndim not in (1, 2):
        raise ValueError(f"a series has the shape (n,) or (n, features), not {series.shape}")
    series = series[:, None] if series.ndim == 1 else series
    starts = np.arange(0, len(series) - length - ahead + 1, step)
    if not len(starts):
        raise ValueError(f"{len(series)} steps are too few for a window of {length} and a target {ahead} steps later")
    return series[starts[:, None] + np.arange(length)], series[starts + length + ahead - 1]


def pad_sequences(
    sequences: Iterable[ArrayLike],
    value: float = 0,
    *,
    length: int | None = None,
    side: Literal["right", "left"] = "right",
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Sequences of unequal lengths in one array, filled up to one length.

    Parameters
    ----------
    sequences : iterable of arrays of shape (steps,) or (steps, features)
    value : number
        What is added.
    length : int, optional
        The length that all get; by default that of the longest.
    side : {"right", "left"}
        Where it is added.

    Returns
    -------
    padded : array of shape (sequences, length, …)
    lengths : array of int of shape (sequences,)
        How long they were: what `RNN` and its kin take as ``lengths``.

    Raises
    ------
    ValueError
        When there are no sequences, one is empty or longer than ``length``, or features differ in number; and for a
        value that the sequences' type does not have, such as 0.5 among integers.

    Examples
    --------
    >>> from inversa.nn.data import pad_sequences
    >>> padded, lengths = pad_sequences([[1, 2, 3], [4]])
    >>> padded.tolist(), lengths.tolist()
    ([[1, 2, 3], [4, 0, 0]], [3, 1])
    """
    arrays = _as_sequences(sequences)
    checks.choice("side", side, ("right", "left"))
    lengths = np.array([len(array) for array in arrays])
    longest = int(lengths.max()) if length is None else checks.count("length", length, example="16")
    if lengths.max() > longest:
        raise ValueError(f"a sequence of {lengths.max()} steps is longer than the length {longest}")
    padded = np.full((len(arrays), longest, *arrays[0].shape[1:]), _filler(value, arrays[0].dtype))
    for row, array in zip(padded, arrays, strict=True):
        row[slice(len(array)) if side == "right" else slice(longest - len(array), None)] = array
    return padded, lengths


class SequenceBatches:
    """Batches of sequences of unequal lengths: each of sequences that are about as long, filled up to one length.

    There are few lengths, so that what is compiled for one of them is used again, and little is filled up. It can be
    gone through again and again, each time in another order: what ``fit`` takes in the place of x and y.

    Parameters
    ----------
    sequences : iterable of arrays of shape (steps,) or (steps, features)
    targets : iterable of arrays of shape (steps, …), or array with a row for each sequence, optional
        One target a step, or one a sequence. By default the next step: the targets of a, b, c, d are b, c, d, and what
        goes in is a, b, c.
    batch_size : int
        How many sequences a batch has at most.
    buckets : int or sequence of int
        How many lengths there are to be; or these lengths.
    value : number
        What is added to inputs; targets are filled up with 0, which the weights leave out.
    side : {"right", "left"}
        Where.
    shuffle : bool
        Whether the order is random, and another one each time.
    seed : int or numpy Generator, optional
        Where it is drawn from.

    Yields
    ------
    x, y : array
        Of one length.
    weights : array of shape (samples, steps)
        One number for each step that counts, 0 for what was added, so that their mean is 1 and the loss the mean over
        the steps that count; only with targets a step.

    Raises
    ------
    ValueError
        When sequences and targets do not fit together, or a sequence is longer than the longest bucket.

    Examples
    --------
    >>> from inversa.nn.data import Alphabet, SequenceBatches, words
    >>> letters = Alphabet(".abdegilmnorstu")
    >>> texts = [letters.encode(f".{word}.") for word in words(100, seed=0)]
    >>> batches = SequenceBatches(texts, batch_size=32, buckets=(5, 9), seed=0)
    >>> x, y, weights = next(iter(batches))
    >>> x.shape == y.shape == weights.shape, x.shape[1] in (5, 9)
    (True, True)
    """

    def __init__(
        self,
        sequences: Iterable[ArrayLike],
        targets: Any = None,
        batch_size: int = 32,
        *,
        buckets: int | Sequence[int] = 4,
        value: float = 0,
        side: Literal["right", "left"] = "right",
        shuffle: bool = True,
        seed: Seed = None,
    ) -> None:
        self.inputs = _as_sequences(sequences)
        if targets is None:
            if min(map(len, self.inputs)) < 2:
                raise ValueError("a sequence that is its own target has at least two steps: a next one for the first")
            self.inputs, targets = [x[:-1] for x in self.inputs], [x[1:] for x in self.inputs]
        targets = targets if hasattr(targets, "shape") else list(targets)
        if len(self.inputs) != len(targets):
            raise ValueError(f"{len(self.inputs)} sequences have {len(targets)} targets: one each")
        each_step = isinstance(targets, list) and np.ndim(targets[0]) > 0
        self.targets = _as_sequences(targets) if each_step else np.asarray(targets)
        self.each_step = each_step
        for number, (x, y) in enumerate(zip(self.inputs, self.targets, strict=True)) if each_step else ():
            if len(x) != len(y):
                raise ValueError(f"sequence {number} has {len(x)} steps and {len(y)} targets")
        self.batch_size = checks.count("batch_size", batch_size, example="32")
        self.buckets = _lengths(buckets, [len(x) for x in self.inputs])
        checks.choice("side", side, ("right", "left"))
        self.value, self.side = _filler(value, self.inputs[0].dtype), side
        self.shuffle = checks.flag("shuffle", shuffle)
        self.generator = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        places = np.array([bisect_left(self.buckets, len(x)) for x in self.inputs])
        chosen = []
        for bucket, length in enumerate(self.buckets):
            rows = np.flatnonzero(places == bucket)
            rows = self.generator.permutation(rows) if self.shuffle else rows
            chosen += [(length, rows[i : i + self.batch_size]) for i in range(0, len(rows), self.batch_size)]
        order = self.generator.permutation(len(chosen)) if self.shuffle else range(len(chosen))
        return (self._batch(*chosen[i]) for i in order)

    def __len__(self) -> int:
        places = [bisect_left(self.buckets, len(x)) for x in self.inputs]
        return sum(-(-places.count(bucket) // self.batch_size) for bucket in range(len(self.buckets)))

    def _batch(self, length: int, rows: NDArray[Any]) -> tuple[Any, ...]:
        x, lengths = pad_sequences([self.inputs[i] for i in rows], self.value, length=length, side=self.side)
        if not self.each_step:
            return x, np.asarray(self.targets)[rows]
        y, _ = pad_sequences([self.targets[i] for i in rows], length=length, side=self.side)
        steps = np.arange(length) if self.side == "right" else np.arange(length)[::-1]
        counts = steps < lengths[:, None]
        return x, y, counts / counts.mean()


def _as_sequences(sequences: Iterable[ArrayLike]) -> list[NDArray[Any]]:
    """Arrays with at least one step each, of one type and one number of features."""
    arrays = [np.asarray(sequence) for sequence in sequences]
    if not arrays or any(array.ndim < 1 for array in arrays):
        raise checks.wrong("sequences", "a list of arrays with a step in each row", sequences, "[[1, 2, 3], [4]]")
    for number, array in enumerate(arrays):
        if not len(array):
            raise ValueError(f"sequence {number} has no steps: leave it out")
        if array.shape[1:] != arrays[0].shape[1:]:
            raise ValueError(
                f"a step of sequence {number} has the shape {array.shape[1:]}, of others {arrays[0].shape[1:]}"
            )
    dtype = np.result_type(*{array.dtype for array in arrays})
    return [array.astype(dtype, copy=False) for array in arrays]


def _filler(value: float, dtype: np.dtype[Any]) -> Any:
    """The number that sequences of this type are filled up with, in their type."""
    with np.errstate(invalid="ignore"):  # of nan among integers the error tells
        filler = np.asarray(value).astype(dtype)[()]
    if dtype.kind in "biu" and filler != value:
        raise checks.wrong("value", f"a number that sequences of {dtype} can hold", value, "0")
    return filler


def _lengths(buckets: int | Sequence[int], lengths: list[int]) -> list[int]:
    """The lengths that sequences are filled up to, in order."""
    if not isinstance(buckets, Sequence):
        number = checks.count("buckets", buckets, example="4")
        shares = np.arange(1, number + 1) / number
        return sorted({int(length) for length in np.quantile(lengths, shares, method="higher")})
    given = sorted({checks.count("a bucket's length", length, example="16") for length in buckets})
    if not given or max(lengths) > given[-1]:
        raise ValueError(f"a sequence of {max(lengths)} steps is longer than all buckets, {given}")
    return given
