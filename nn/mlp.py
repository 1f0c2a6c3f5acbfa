"""MLP: the multilayer perceptron, a few matrices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Self

from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.activations import Function, Name
from inversa.nn.layers import Dense, Initialiser
from inversa.nn.maxout import Maxout
from inversa.nn.module import Module
from inversa.nn.neurons import NeuronNetwork, layer_activations, layer_titles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed
    from inversa.nn.parameter import Parameter

Psi = Name | Literal["maxout"] | Function


_WAYS: tuple[Literal["outputs", "inputs"], ...] = ("outputs", "inputs")


class MLP(Module):
    """A multilayer perceptron: every neuron of a layer is connected with all of the layer before.

    An architecture is written as integers, inputs first: 4-8-3 is ``MLP([4, 8, 3])``. It has N = Σ H_l (H_{l−1} + 1)
    parameters, for every neuron its weights and a bias; a maxout neuron has those of all its pieces.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, then the number of neurons of every layer, the output layer last.
    activation : str, callable, or sequence of those
        Of the hidden layers; a sequence has one for each. ``"maxout"`` makes neurons whose activation is learnt, the
        largest of several linear ones: see `Maxout`.
    output : str or callable
        Of the output layer: ``"identity"`` for regression and for logits, which is what the losses for classes want;
        ``"sigmoid"`` or ``"softmax"`` for a network that gives probabilities.
    seed : int, numpy Generator or None
        Where the first weights are drawn from. Unlike layers, which draw anew each time, every `MLP` of the same sizes
        starts with the same weights unless a seed is given, so that texts can print numbers; None gives other ones each
        time, as in Keras and PyTorch.
    init : callable, optional
        The function of `inversa.nn.init` that draws them; by default He's for ReLU and its kin, else Glorot's.
    dtype : numpy dtype
        The type of the parameters.
    pieces : int, optional
        Of how many linear neurons a maxout neuron is the largest, 2 unless said otherwise. Only for ``"maxout"``.

    Raises
    ------
    ValueError
        For sizes that are no positive integers, activations that are neither names nor functions, and pieces where no
        layer is one of maxout neurons.

    Examples
    --------
    >>> from inversa.nn import MLP
    >>> model = MLP([4, 8, 3], activation="tanh")
    >>> model
    MLP(
      (layers.0): Dense(4, 8, tanh)
      (layers.1): Dense(8, 3, identity)
    )
    >>> model([[5.1, 3.5, 1.4, 0.2]]).shape, model.parameter_count()
    ((1, 3), 67)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Psi | Sequence[Psi] = "relu",
        output: Psi = "identity",
        seed: Seed = 0,
        init: Initialiser | None = None,
        dtype: Any = "float64",
        pieces: int | None = None,
    ) -> None:
        titles = layer_titles(sizes)
        generator = np.random.default_rng(seed)
        self.sizes = tuple(sizes)
        functions = layer_activations(len(titles), activation, output, kinds=("maxout",))
        if pieces is not None and "maxout" not in functions:
            raise ValueError("pieces is for maxout neurons: write activation='maxout'")
        layers: list[Dense | Maxout] = []
        for number, psi in enumerate(functions, start=1):
            last = number == len(titles)
            ends = sizes[number - 1], sizes[number]
            drawn: Any = {"seed": generator, "dtype": dtype} | ({} if init is None else {"init": init})
            if psi == "maxout":
                layer: Dense | Maxout = Maxout(*ends, 2 if pieces is None else pieces, **drawn)
            else:
                layer = Dense(*ends, psi, **drawn)
            layer.title = titles[number - 1]
            layer.weight.name = f"W{number}"
            layer.bias.name = f"b{number}"  # type: ignore[union-attr]
            layer.names = (f"z{number}", "h" if last else f"a{number}")
            layers.append(layer)
        self.layers = layers

    @classmethod
    def from_arrays(
        cls,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        activation: Psi | Sequence[Psi] = "relu",
        output: Psi = "identity",
        rows: Literal["outputs", "inputs"] | None = None,
    ) -> Self:
        """A network with these weights and biases, such as those of a lecture, a file or another program.

        Parameters
        ----------
        weights : sequence of array, shape (outputs, inputs) or (inputs, outputs)
            One for every layer, all the same way round: their shapes and those of the biases tell which.
        biases : sequence of array, shape (outputs,)
            One for every layer.
        activation, output
            As for the constructor; without maxout.
        rows : {"outputs", "inputs"}, optional
            What a row belongs to, where the shapes fit both ways, as those of square matrices do.

        Raises
        ------
        ValueError
            When the shapes fit neither way, or both ways and it is not said which.

        Examples
        --------
        >>> from inversa.nn import MLP
        >>> W1, b1 = [[0.5, -1.0, 2.0], [0.0, 1.0, -0.5]], [0.0, 0.1, 0.2]  # two inputs, three neurons
        >>> W2, b2 = [[1.0], [-1.0], [0.5]], [0.3]
        >>> model = MLP.from_arrays([W1, W2], [b1, b2], activation="tanh")
        >>> model.sizes, model.layers[0].weight.shape
        ((2, 3, 1), (3, 2))
        """
        matrices = [np.array(W) for W in weights]
        vectors = [np.array(b).reshape(-1) for b in biases]
        ways = [way for way in _WAYS if rows in (None, way) and _fits(_turned(matrices, way), vectors)]
        if len(ways) != 1:
            shapes = ", ".join(f"{W.shape} with {b.shape}" for W, b in zip(matrices, vectors, strict=False))
            if ways:
                raise ValueError(f'weights of {shapes} fit both ways: say rows="outputs" or rows="inputs"')
            numbers = f"{len(matrices)} weights and {len(vectors)} biases" if len(matrices) != len(vectors) else shapes
            raise ValueError(f"these are no layers one behind the other: {numbers}")
        turned = _turned(matrices, ways[0])
        sizes = (turned[0].shape[1], *(len(W) for W in turned))
        dtype = np.result_type("float32", *turned, *vectors)
        model = cls(sizes, activation, output, dtype=dtype)
        for layer, W, b in zip(model.layers, turned, vectors, strict=True):
            layer.load_state_dict({"weight": W, "bias": b})
        return model

    def forward(self, x: Any) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        for layer in self.layers:
            x = layer(x)
        return x  # type: ignore[no-any-return]

    if TYPE_CHECKING:

        def parameters(self) -> list[Parameter]:
            """All parameters, each once, in a fixed order."""

    def neurons(self) -> NeuronNetwork:
        """The same network as Values, one object a neuron; it gives the same numbers and the same gradients.

        Raises
        ------
        ValueError
            When there are maxout neurons: a `Neuron` has one sum, they have several.

        Examples
        --------
        >>> from inversa.nn import MLP
        >>> model = MLP([2, 3, 1], activation="tanh")
        >>> abs(model([0.5, -1.0]).item() - model.neurons()([0.5, -1.0]).item()) < 1e-15
        True
        """
        dense = [layer for layer in self.layers if isinstance(layer, Dense)]
        if len(dense) < len(self.layers):
            raise ValueError("a maxout neuron is the largest of several sums, and a Neuron has one: draw detail='op'")
        return NeuronNetwork.like([(layer, layer.activation) for layer in dense])


def _turned(matrices: list[NDArray[Any]], rows: str) -> list[NDArray[Any]]:
    """The weights with a row for every output."""
    return [W.T if rows == "inputs" else W for W in matrices]


def _fits(weights: list[NDArray[Any]], biases: list[NDArray[Any]]) -> bool:
    """Whether each layer takes what the one before gives, and has a bias for every output."""
    if not weights or len(weights) != len(biases) or any(W.ndim != 2 or not W.size for W in weights):
        return False
    behind = all(W.shape[1] == len(before) for before, W in pairwise(weights))
    return behind and all(len(W) == len(b) for W, b in zip(weights, biases, strict=True))
