"""Model: what training asks of the module that it trains. `Module`, which offers training, is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from inversa.autograd import Value
    from inversa.autograd.lazy import np
    from inversa.nn.parameter import Parameter


class Model(Protocol):
    """Parameters, the modules that they belong to, and what is computed with them."""

    training: bool

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs for a batch of inputs."""

    def parameters(self) -> list[Any]:
        """All parameters, each once."""

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter | Value]]:
        """All parameters with their paths."""

    def own_parameters(self) -> Iterator[tuple[str, Parameter | Value]]:
        """The parameters that belong to no module inside."""

    def modules(self) -> Iterator[Any]:
        """The model and all modules inside it."""

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """The same with their paths."""

    def buffers(self) -> list[Any]:
        """What modules keep besides parameters, such as running averages."""

    def named_generators(self) -> Iterator[tuple[str, np.random.Generator]]:
        """The random generators that modules draw from."""

    def train(self, mode: bool = True) -> Self:
        """Tell all modules whether they are being trained."""

    def state_dict(self) -> dict[str, Any]:
        """A copy of every parameter under its path."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""

    def parameter_count(self) -> int:
        """How many numbers training may change."""

    def extra_repr(self) -> str:
        """What its ``repr`` says besides its class."""
