"""MLP: the multilayer perceptron, a few matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.activations import Function, Name
from inversa.nn.layers import Dense, Initialiser
from inversa.nn.maxout import Maxout
from inversa.nn.module import Module
from inversa.nn.neurons import NeuronNetwork, layer_activations, layer_titles

if TYPE_CHECKING:
    from inversa.nn.init import Seed
    from inversa.nn.parameter import Parameter

Psi = Name | Literal["maxout"] | Function


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
