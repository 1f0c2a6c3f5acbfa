"""Embedding: a row of numbers for every one of a set of things, such as the letters of an alphabet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, getitem, where
from inversa.autograd.compiling.effects import check_data
from inversa.autograd.ops.namespace import kind_of, namespace
from inversa.nn.init import normal
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.nn.init import Seed


class Embedding(Module):
    """A table of which numbers choose rows: what ``Linear`` would give for one-hot rows, without these.

    Parameters
    ----------
    num_embeddings : int
        How many rows there are: the numbers are 0, 1, … up to one less.
    embedding_dim : int
        How many numbers a row has.
    padding_idx : int, optional
        A number that stands for nothing, such as what fills up short sequences: its row is 0 at first, and gets no
        gradient.
    seed : int or numpy Generator, optional
        Where the first rows are drawn from, normal with variance 1; without one, every run differs.
    dtype : numpy dtype
        The type of the table.

    Raises
    ------
    ValueError
        For sizes that are no positive integers, and a ``padding_idx`` that is no row.

    Examples
    --------
    >>> from inversa.nn import Embedding
    >>> letters = Embedding(27, 4, seed=0)
    >>> letters([[0, 3, 1], [2, 2, 0]]).shape
    (2, 3, 4)
    """

    takes_integers = True  # samples of whole numbers are not made floating-point before they come here

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        seed: Seed = None,
        dtype: Any = "float64",
    ) -> None:
        self.num_embeddings = checks.count("num_embeddings", num_embeddings, example="27")
        self.embedding_dim = checks.count("embedding_dim", embedding_dim, example="16")
        rows = normal((num_embeddings, embedding_dim), seed, deviation=1.0)
        if padding_idx is not None:
            checks.count("padding_idx", padding_idx, at_least=-num_embeddings, example="0")
            if padding_idx >= num_embeddings:
                wanted = f"the number of one of the {num_embeddings} rows"
                raise checks.wrong("padding_idx", wanted, padding_idx, "0")
            padding_idx = int(padding_idx) % num_embeddings
            rows[padding_idx] = 0.0
        self.padding_idx = padding_idx
        self.weight = Parameter(rows, name="E", dtype=dtype)

    def forward(self, x: Any) -> Tensor:
        """Shapes: any shape of whole numbers to (…, embedding_dim).

        Raises
        ------
        TypeError
            For floating-point numbers.
        ValueError
            For numbers that have no row.
        """
        x = self.as_array(x)
        if kind_of(x.dtype) not in "iu":
            raise TypeError(f"{self!r} takes integers, not {x.dtype}: convert whole numbers with x.astype(int)")
        check_data(x, self._check)
        rows: Tensor = getitem(self.weight, x)
        return rows if self.padding_idx is None else where((x == self.padding_idx)[..., None], rows.detach(), rows)

    def _check(self, numbers: Any) -> None:
        """Raise for what is no number of a row."""
        if 0 in numbers.shape:
            return
        xp = namespace(numbers)
        least, most = int(xp.min(numbers)), int(xp.max(numbers))
        if least < 0 or most >= self.num_embeddings:
            wrong = least if least < 0 else most
            raise ValueError(f"{self!r} has the rows 0 to {self.num_embeddings - 1}, and no row {wrong}")

    def extra_repr(self) -> str:
        """The sizes, and what stands for nothing."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
