"""Recurrent networks: one network at every step of a sequence, which hands a state on to the next step.

`steps` has the formulas, `cells` are single steps, `layers` run along sequences; `neurons` is the network of Values.
"""

from inversa.nn.recurrent.cells import GRUCell, LSTMCell, RNNCell
from inversa.nn.recurrent.layers import GRU, LSTM, RNN, detached
from inversa.nn.recurrent.neurons import NeuronRNN

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "NeuronRNN", "RNNCell", "detached"]
