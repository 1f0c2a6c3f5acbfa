"""Threads of BLAS in training: one for products of moderate size, which lose more by waiting than they gain.

Two threads of BLAS share out every product and wait for each other in a loop. While another program uses one of the
cores, a product of a tenth of a millisecond then takes tens of milliseconds. The notes on benchmarks say what one
thread costs on a quiet machine.

The size alone decides, never a measurement: one thread and two round differently, and the same training shall give the
same bits on a busy machine as on a quiet one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import is_foreign

if TYPE_CHECKING:
    from inversa.nn.training.model import Model

# Multiplications of a product: below the first it has one thread anyway; above the second several threads gain too much
# to be given up, 1.6 times with two.
MIN_MULTIPLICATIONS, MAX_MULTIPLICATIONS = 2**18, 2 * 10**7
_LOCK = Lock()
CHOSEN_BY_USER = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


@contextmanager
def one_thread(model: Model, samples: int) -> Iterator[None]:
    """A block in which BLAS has one thread, if the products of these samples with the model's weights are of that size.

    Afterwards it has as many as before. Where an environment variable sets the number, that is left alone, and so are
    the threads of other libraries. Python's threads share the setting: of several that train at once the first one has
    it, until it ends.
    """
    largest = max((prod(getattr(p, "shape", ())) for p in model.parameters()), default=0)
    moderate = MIN_MULTIPLICATIONS < samples * largest < MAX_MULTIPLICATIONS
    if not moderate or any(map(is_foreign, model.parameters())) or any(name in os.environ for name in CHOSEN_BY_USER):
        yield
        return
    with _LOCK:  # else two of them might both note down, as what is to be restored, what one of them has set
        blas = _libraries()
        set_already = all(library.num_threads == 1 for library in blas.lib_controllers)
        limit = nullcontext() if set_already else blas.limit(limits=1)
    with limit:
        yield


@cache
def _libraries() -> Any:
    """The libraries that are loaded, NumPy's BLAS among them; looking for them takes a millisecond."""
    from threadpoolctl import ThreadpoolController

    np.ndarray  # noqa: B018  # loads NumPy, if nothing has yet
    return ThreadpoolController().select(user_api="blas")
