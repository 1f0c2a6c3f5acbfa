"""Recurrent networks: one network at every step of a sequence, which hands a state on to the next step.

`steps` has the formulas, `cells` are single steps, `layers` run along sequences.
"""

from inversa.nn.recurrent.cells import GRUCell, LSTMCell, RNNCell
from inversa.nn.recurrent.layers import GRU, LSTM, RNN, detached

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell", "detached"]
