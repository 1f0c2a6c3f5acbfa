"""Layers of Tensors: Linear, Dense (Linear with an activation), and Sequential."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, matmul
from inversa.nn.activations import Function, Name
from inversa.nn.activations import named as named_activation
from inversa.nn.init import glorot_uniform, he_uniform, zeros
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.nn.init import Seed

Initialiser = Callable[..., Any]


class Linear(Module):
    """x @ weightᵀ + bias: a row of linear neurons.

    ``weight`` has the shape (outputs, inputs), as in PyTorch: row j holds the weights of neuron j, and entry (j, i) is
    the lecture's w_ji.

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out.
    bias : bool
        Whether a constant is added.
    seed : int or numpy Generator, optional
        Where the first weights are drawn from; without one, every run differs.
    init : callable
        The function of `inversa.nn.init` that draws them.
    dtype : numpy dtype
        The type of the parameters.

    Examples
    --------
    >>> from inversa.nn import Linear
    >>> layer = Linear(2, 3, seed=0)
    >>> layer.weight.shape, layer.bias.shape
    ((3, 2), (3,))
    >>> layer([[1.0, 2.0], [3.0, 4.0]]).shape
    (2, 3)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        *,
        seed: Seed = None,
        init: Initialiser = glorot_uniform,
        dtype: Any = "float64",
    ) -> None:
        inputs, outputs = checks.count("inputs", inputs, example="4"), checks.count("outputs", outputs, example="3")
        self.weight = Parameter(init((outputs, inputs), seed), name="W", dtype=dtype)
        self.bias = Parameter(zeros((outputs,)), name="b", dtype=dtype) if bias else None

    @property
    def inputs(self) -> int:
        """How many numbers go in."""
        return self.weight.shape[1]

    @property
    def outputs(self) -> int:
        """How many numbers come out."""
        return self.weight.shape[0]

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        x = self.as_array(x)
        if x.shape[-1:] != (self.inputs,):
            raise ValueError(f"{self!r} takes inputs of shape (…, {self.inputs}), not {tuple(x.shape)}")
        z: Tensor = matmul(x, self.weight.T)
        return z if self.bias is None else z + self.bias

    if TYPE_CHECKING:

        def parameters(self) -> list[Parameter]:
            """All parameters, each once, in a fixed order."""

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.inputs}, {self.outputs}" + (", bias=False" if self.bias is None else "")


class Dense(Linear):
    """Linear followed by an activation function: one layer of neurons, ψ(x @ weightᵀ + bias).

    Parameters
    ----------
    inputs, outputs : int
        How many numbers go in and come out.
    activation : str or callable
        ``"relu"``, as by default, ``"tanh"``, ``"sigmoid"``, ``"identity"``, … or a function. Keras's ``Dense(1)`` has
        no activation: that is ``Linear(inputs, 1)``.
    seed, init, dtype
        As for `Linear`; the first weights are He's for ReLU and its kin, else Glorot's.

    Examples
    --------
    >>> from inversa.nn import Dense
    >>> layer = Dense(2, 3, "tanh", seed=0)
    >>> layer
    Dense(2, 3, tanh)
    >>> layer([1.0, 2.0]).shape
    (3,)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: Name | Function = "relu",
        bias: bool = True,
        *,
        seed: Seed = None,
        init: Initialiser | None = None,
        dtype: Any = "float64",
    ) -> None:
        super().__init__(inputs, outputs, bias, seed=seed, init=init or suited(activation), dtype=dtype)
        self.activation = named_activation(activation)
        self.names = ("z", "a")  # what pictures call the sum and the output

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        z = super().forward(x).named(self.names[0])
        a: Tensor = self.activation(z)
        return a if a.is_leaf else a.named(self.names[1])  # a leaf was not made here

    def extra_repr(self) -> str:
        """The sizes and the activation."""
        return f"{super().extra_repr()}, {getattr(self.activation, '__name__', 'activation')}"


class _Members(Module):
    """Modules that are named by their numbers."""

    def __init__(self, *modules: Module) -> None:
        kind = type(self).__name__
        for number, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(
                    f"{kind} takes modules, not {module!r}: write Activation(function) for a function, and "
                    f"{kind}(*modules) for a list"
                )
            if module.title is None:
                module.title = f"{type(module).__name__} {number}"
        self.members = modules

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules, named by their numbers."""
        return ((str(number), module) for number, module in enumerate(self.members))

    def __getitem__(self, number: int) -> Module:
        return self.members[number]

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.members)


class Sequential(_Members):
    """Modules one after another: each takes what the one before gives.

    Parameters
    ----------
    *modules : Module
        In the order in which they run.

    Examples
    --------
    >>> from inversa.nn import Linear, Sequential, Tanh
    >>> net = Sequential(Linear(2, 3, seed=0), Tanh(), Linear(3, 1, seed=1))
    >>> net([[1.0, 2.0]]).shape
    (1, 1)
    >>> list(net.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> net[1]
    Tanh()
    """

    def forward(self, x: Any) -> Tensor:
        """x through all of them."""
        for module in self.members:
            x = module(x)
        return x  # type: ignore[no-any-return]  # of layers of neurons Values, which type checkers are not told


class Add(_Members):
    """The sum of what several modules give for the same input; with `Identity` among them a residual connection.

    Parameters
    ----------
    *modules : Module
        At least two.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016.

    Examples
    --------
    >>> from inversa.nn import Add, Dense, Identity, Linear, Sequential
    >>> block = Add(Identity(), Sequential(Dense(2, 8, "relu", seed=0), Linear(8, 2, seed=1)))
    >>> block([[1.0, 2.0]]).shape
    (1, 2)
    """

    def __init__(self, *modules: Module) -> None:
        if len(modules) < 2:
            raise ValueError("Add adds what two modules or more give: Add(Identity(), block)")
        super().__init__(*modules)

    def forward(self, x: Any) -> Tensor:
        """x through each of them."""
        x = self.as_array(x)
        total, *others = (module(x) for module in self.members)
        for number, other in enumerate(others, start=1):
            if tuple(other.shape) != tuple(total.shape):
                shapes = f"{tuple(total.shape)} from {self[0]!r}, {tuple(other.shape)} from {self[number]!r}"
                raise ValueError(f"what is added has one shape, not {shapes}")
            total = total + other
        return total  # type: ignore[no-any-return]


_RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "swish", "mish"})  # and smooth ones


def suited(activation: Name | Function) -> Initialiser:
    """The initial weights that keep the size of the signals through this activation."""
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", "")
    return he_uniform if name in _RECTIFIERS else glorot_uniform
