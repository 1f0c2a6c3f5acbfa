"""Training on a cluster: the gradient of a batch is computed where its samples lie, and added up.

The cluster is Dask's, and so is everything about it: where tasks run, how arrays travel, and that what is lost with a
computer is computed again. Ours is a pure function: from a model, its weights, and some samples to what these add to
the cost and to the gradient. Two things keep it so that nothing is lost for good: samples and weights are results of
tasks, which can be computed again (what is scattered cannot); and sums are taken in the order of the blocks' numbers,
so that a step that is repeated gives the same bits.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from functools import reduce
from itertools import accumulate, groupby
from operator import add, itemgetter
from typing import TYPE_CHECKING, Any

import dask
import dask.array as da
from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin
from distributed.client import FutureCancelledError

from inversa.autograd import Value, checks
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import is_foreign
from inversa.nn.training.arrays import as_numbers
from inversa.nn.training.batches import Batches
from inversa.nn.training.blocks import Blocks, is_dask
from inversa.nn.training.objective import Objective
from inversa.nn.training.prediction import as_mode
from inversa.nn.training.replica import Chosen, Frozen, as_block, columns, freeze, numbers_of, part, put, same, tried
from inversa.nn.training.samples import Samples
from inversa.nn.training.sources import checked

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.losses import names as losses
    from inversa.nn.training.model import Model
    from inversa.nn.training.replica import Change
    from inversa.nn.training.stepper import Seen, Stepper

WAIT = 60.0  # seconds for workers to come, or to come back
ADDED_HERE = 4  # so many parts are added by the client: faster than a round over the cluster for each pair
ATTEMPTS = 20  # at a step whose workers are lost time and again
LOST = (KilledWorker, FutureCancelledError, OSError, TimeoutError)  # what Dask raises where workers are lost
WEIGHTS_ARE_LARGE = {"distributed.admin.large-graph-warning-threshold": "1 TB"}  # and must travel: no warning


class Batch:
    """A batch of samples that lie on a cluster: which rows of which blocks."""

    def __init__(
        self, rows: dict[int, NDArray[np.intp] | None], number: int, augment: tuple[Change, int] | None = None
    ) -> None:
        self.rows = rows  # None: all of the block
        self.number = number
        self.augment = augment  # and its seed

    def augmented(self, change: Change, generator: np.random.Generator) -> Batch:
        """The same batch, to be changed at random where it lies."""
        return Batch(self.rows, self.number, (change, int(generator.integers(2**63))))


class Cluster:
    """Samples that lie on a cluster, in the place of `Samples`, and the gradients of their batches.

    Parameters
    ----------
    client : dask.distributed.Client
    objective : Objective
    parameters : sequence of Parameter or Value
        Those that are trained.
    samples : Samples or Blocks
        They were checked, and their weights scaled.
    batch_size : int, optional
        With all samples in one batch, blocks are joined: one for each thread of the cluster.

    Raises
    ------
    ValueError
        For a loss or a model in which samples meet, and for a model that keeps something from run to run.
    """

    def __init__(
        self,
        client: Client,
        objective: Objective,
        parameters: Sequence[Any],
        samples: Samples | Blocks,
        batch_size: int | None = None,
    ) -> None:
        self.client = client
        self.objective = objective
        self.trained = list(parameters)
        self.slots = slots(client)
        self.threads = len(self.slots)
        self.direct = True if is_local(client) else None  # results come without a detour by the scheduler
        self.blocks = samples if isinstance(samples, Blocks) else as_blocks(samples, 2 * self.threads)
        self.number = self.blocks.number
        self.whole = batch_size is None or batch_size >= self.number
        self.units = joined_blocks(self.blocks, self.threads) if self.whole else self.blocks
        self.adds_up = objective.adds_up
        self.why_not: str | None = None
        self._without_penalty = copy(objective)
        self._without_penalty.penalty, self._without_penalty.metrics = None, {}
        self._contents = b""
        self._place()
        with as_mode(objective.model, training=True):
            self._try()

    @property
    def parameters(self) -> list[Any]:
        """Those that have a gradient now; frozen ones are constants of the model."""
        return [parameter for parameter in self.trained if parameter.requires_grad]

    def steps(self, size: int) -> int:
        """How many batches an epoch has."""
        return self.blocks.steps(size)

    def batches(self, size: int, shuffle: bool, generator: np.random.Generator) -> Iterator[Batch]:
        """One epoch: every sample once, ``size`` of them at a time, in the order of `Blocks`."""
        sizes = self.units.sizes
        for parts in self.blocks.plan(size, shuffle, generator):
            if self.whole:  # in whatever order
                yield Batch({i: None for i, size in enumerate(sizes) if size}, self.number)
            else:
                rows = {i: None if len(rows) == sizes[i] else rows for i, rows in parts}
                yield Batch(rows, sum(len(rows) for _, rows in parts))

    def gradients(self, batch: Batch) -> tuple[float, Seen]:
        """The cost of a batch, and what metrics are made of, if there are any; the gradients become ``grad``."""
        draws = [int(generator.integers(2**63)) for _, generator in self.objective.model.named_generators()]
        total = reduce(add, self._computed(lambda: self._submitted(batch, draws)))
        self.why_not = total.why_not
        times = 1 if self.adds_up else batch.number
        parts = np.split(total.gradient / times, self._ends()[:-1])  # what arrived may not be written into
        for parameter, gradient, reached in zip(self.parameters, parts, total.reached, strict=True):
            parameter.grad = _as_gradient(parameter, gradient) if reached else None
        targets, outputs, weights = columns(total.seen or [(None, None, None)])
        return total.cost / times + self._penalty(), (targets, outputs, weights)

    @contextmanager
    def at_work(self, stepper: Stepper) -> Iterator[None]:
        """A block in which a stepper has its gradients from here."""
        stepper.gradients = self.gradients
        try:
            with uninterrupted(self.client):
                yield
        finally:
            stepper.gradients = stepper.gradients_here
            stepper.compiled.why_not = self.why_not

    # Tasks.

    def _place(self) -> None:
        """Have the cluster make the blocks, and keep them."""
        rows = zip(*(_by_rows(array) for array in self.units[:2]), _split(self.units), strict=True)
        with dask.config.set(WEIGHTS_ARE_LARGE):
            self.samples = [
                self.client.compute(dask.delayed(as_block)(*row, self.units.dtype), **self._near(i))
                for i, row in enumerate(rows)
            ]

    def _near(self, i: int) -> dict[str, Any]:
        """Where a block should be computed with, and as long as that worker lives: left alone, two may share one."""
        return {"workers": [self.slots[i]], "allow_other_workers": True} if self.whole else {}

    def _submitted(self, batch: Batch, draws: list[int]) -> list[Future]:
        """The tasks of a step; few are added up by the client, many in pairs on the cluster."""
        frozen, weights = self._replica(), self.client.submit(same, numbers_of(self.parameters), pure=False)
        parts = []
        for run in runs(sorted(batch.rows), self.units.sizes, self.threads):
            seeds = [[draw, run[0]] for draw in draws]
            augment = batch.augment and (batch.augment[0], [batch.augment[1], run[0]])
            chosen = Chosen([batch.rows[i] for i in run], seeds, augment, bool(self.objective.metrics))
            blocks = [self.samples[i] for i in run]
            parts.append(self.client.submit(part, frozen, weights, blocks, chosen, pure=False, **self._near(run[0])))
        while len(parts) > ADDED_HERE:
            pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
            parts = [self.client.submit(add, *pair, pure=False) if len(pair) == 2 else pair[0] for pair in pairs]
        return parts

    def _replica(self) -> Future:
        """The model and the loss on the cluster, sent anew when something in them changed."""
        frozen = Frozen(self._without_penalty, self._ends(), self.adds_up)
        generators = dict(enumerate(generator for _, generator in self.objective.model.named_generators()))
        contents = freeze(frozen, dict(enumerate(self.parameters)), generators)
        if contents != self._contents:
            self._contents, self._sent = contents, self.client.submit(same, contents, pure=False)
        return self._sent

    def _computed(self, submit: Callable[[], list[Future]]) -> list[Any]:
        """What tasks give; those that were lost with their workers are computed again, once there are workers."""
        for attempt in range(ATTEMPTS):
            futures: list[Future] = []
            try:
                with dask.config.set(WEIGHTS_ARE_LARGE):
                    futures = submit()
                return list(self.client.gather(futures, direct=self.direct))
            except LOST:
                if attempt == ATTEMPTS - 1 or any(map(_failed, futures)):
                    raise
                self._recover()
        raise AssertionError("the last attempt returns or raises")

    def _recover(self) -> None:
        wait_for_workers(self.client)
        blamed = [block for block in self.samples if block.status == "error"]  # it was on several that were lost
        if blamed:
            self.client.retry(blamed)
        if any(block.cancelled() for block in self.samples):
            self._place()
        self._contents = b""

    # The loss, and the penalty.

    def _try(self) -> None:
        """Try the loss on a block and on two shares of it.

        Raises
        ------
        ValueError
            When it is neither the mean nor the sum of theirs; and for a model that keeps something from run to run.
        """
        block = self.samples[int(np.flatnonzero(self.units.sizes)[0])]
        weights = numbers_of(self.parameters)
        [(costs, numbers, kept)] = self._computed(
            lambda: [self.client.submit(tried, self._replica(), weights, block, pure=False)]
        )
        if kept:
            raise ValueError(
                "the model or the loss keeps something from run to run, beside parameters and random generators: on a "
                "cluster that would be lost; train it without client="
            )
        whole, *shares = costs
        if len(shares) == 2 and np.isfinite(costs).all():
            mean = np.average(shares, weights=numbers[1:])
            fits = np.isclose(whole, [mean, sum(shares)], rtol=1e-4, atol=0)
            if not fits.any():
                raise ValueError(
                    f"{self.objective.name} is {whole:g} for {numbers[0]} samples, and {shares[0]:g} and "
                    f"{shares[1]:g} for two shares of them: on a cluster it has to be their mean, or their sum, and no "
                    "sample may meet another one in the loss or the model; train it without client="
                )
            self.adds_up = self.adds_up if fits[int(self.adds_up)] else not self.adds_up

    def _penalty(self) -> float:
        """The penalty, once for all blocks; its gradient is added."""
        if self.objective.penalty is None:
            return 0.0
        penalty = self.objective.penalty(self.objective.model)
        if isinstance(penalty, Node) and penalty.requires_grad:
            penalty.backward()
        return float(as_numbers(penalty))

    def _ends(self) -> list[int]:
        return list(accumulate(np.size(as_numbers(parameter)) for parameter in self.parameters))


def _as_gradient(parameter: Any, numbers: NDArray[Any]) -> Any:
    if isinstance(parameter, Value):
        return numbers.item()
    return numbers.reshape(parameter.shape).astype(parameter.dtype, copy=False)


def _failed(future: Future) -> bool:
    """Whether a task raised an error of its own: one of the model's, of the loss's or of the data's."""
    return future.status == "error" and not isinstance(future.exception(), KilledWorker)


def cost_on(
    client: Client,
    model: Model,
    loss: losses.Name | Callable[..., Any],
    x: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    penalty: Callable[[Model], Any] | None = None,
) -> Callable[[ArrayLike], tuple[float, NDArray[Any]]]:
    """The cost of all samples and its gradient as a function of one array, for optimisers of other libraries.

    Parameters
    ----------
    client : dask.distributed.Client
        Of the cluster that computes.
    model : Module
        The array holds the numbers of its parameters that are not frozen, in their order.
    loss, penalty
        As `Trainer` takes them.
    x, y, sample_weight
        As its `fit` takes them.

    Returns
    -------
    callable
        The model is afterwards as it was before.

    Examples
    --------
    >>> import numpy as np
    >>> from distributed import Client
    >>> from inversa.nn import Linear
    >>> from inversa.nn.training.parallel import cost_on
    >>> with Client(processes=False, dashboard_address="127.0.0.1:0") as client:
    ...     f = cost_on(client, Linear(1, 1), "mse", [[0.0], [1.0]], [[1.0], [3.0]])
    ...     f([2.0, 0.0])
    (1.0, array([-1., -2.]))
    """
    objective = Objective(model, loss, (), penalty)
    check_client(client, model)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    samples = checked(objective, (*kept(client, x, y), sample_weight))
    if isinstance(samples, Batches):
        raise checks.wrong("y", "an array of targets", y, kind=TypeError)
    cluster = Cluster(client, objective, parameters, objective.scaled(samples))
    batch = next(cluster.batches(cluster.number, False, np.random.default_rng(0)))

    def cost(numbers: ArrayLike) -> tuple[float, NDArray[Any]]:
        flat = np.asarray(numbers)
        before = numbers_of(parameters)
        if flat.shape != before.shape:
            raise checks.wrong("numbers", f"an array of {before.size} numbers", numbers)
        try:
            put(parameters, flat)
            with as_mode(model, training=True):
                value, _ = cluster.gradients(batch)
            gradients = [np.zeros(p.shape) if p.grad is None else p.grad for p in parameters]
            return value, np.concatenate([np.ravel(gradient) for gradient in gradients])
        finally:
            put(parameters, before)
            for parameter in parameters:
                parameter.grad = None

    return cost


# Blocks.


def as_blocks(samples: Samples, number: int) -> Blocks:
    """Samples in memory as blocks of a cluster, so many of them."""
    rows = -(-samples.number // number)
    x, y = (da.from_array(array, chunks=(rows, *array.shape[1:])) for array in (samples.x, samples.y))
    return Blocks(x, y, samples.weights, samples.x.dtype)


def joined_blocks(blocks: Blocks, number: int) -> Blocks:
    """At most so many blocks of the same samples: neighbours are joined, wherever they lie, and empty ones left out."""
    filled = [i for i, size in enumerate(blocks.sizes) if size]
    sizes = tuple(sum(blocks.sizes[i] for i in run) for run in runs(filled, blocks.sizes, number))
    return blocks._replace(x=blocks.x.rechunk({0: sizes}), y=blocks.y.rechunk({0: sizes}))


def runs(blocks: Sequence[int], sizes: Sequence[int], number: int) -> list[list[int]]:
    """Neighbouring blocks in at most so many groups, of about the same number of samples.

    >>> runs([0, 1, 3, 4], [500, 500, 0, 900, 100], 2)
    [[0, 1], [3, 4]]
    """
    chosen = np.array([sizes[i] for i in blocks])
    middles = np.cumsum(chosen) - chosen / 2
    groups = (middles * number // chosen.sum()).tolist()
    return [[i for i, _ in run] for _, run in groupby(zip(blocks, groups, strict=True), key=itemgetter(1))]


def _by_rows(array: Any) -> list[Any]:
    """The blocks of a Dask array, each with whole rows, as tasks."""
    return list(array.rechunk(dict.fromkeys(range(1, array.ndim), -1)).to_delayed().ravel())


def _split(blocks: Blocks) -> list[Any]:
    """The weights of each block's samples."""
    if blocks.weights is None:
        return [None] * len(blocks.sizes)
    return np.split(blocks.weights, np.cumsum(blocks.sizes)[:-1])


# Clients.


def check_client(client: Any, model: Model) -> None:
    """Raise unless this is a client of a cluster that works, and a model that a cluster can train."""
    if not isinstance(client, Client):
        raise checks.wrong("client", "a Client of dask.distributed", client, "Client(n_workers=2)", TypeError)
    if client.asynchronous:
        raise ValueError("client is an asynchronous one, which only coroutines can wait for: give Client(…)")
    if client.status != "running":
        raise ValueError(f"the client is {client.status}, it has no cluster: give a new Client(…)")
    if any(is_foreign(parameter._data) for parameter in model.parameters()):
        raise TypeError("a cluster trains models of NumPy's arrays: write model.to(numpy) first")
    wait_for_workers(client)


def wait_for_workers(client: Client) -> None:
    """Wait until there is a worker.

    Raises
    ------
    TimeoutError
        When none came.
    """
    try:
        client.wait_for_workers(1, timeout=WAIT)
    except TimeoutError:
        raise TimeoutError(
            f"no worker of the cluster came within {WAIT:g} s: see that some are started, and that they can reach the "
            "scheduler"
        ) from None


def kept(client: Client, *arrays: Any) -> Sequence[Any]:
    """The same arrays; those of Dask are computed once, and kept on the cluster, if Dask computes there anyway."""
    if dask.base.get_scheduler() != client.get:
        return arrays
    return [client.persist(array) if is_dask(array) else array for array in arrays]


def slots(client: Client) -> list[str]:
    """Where tasks run at once: the address of a worker for each of its threads, first one thread of every worker."""
    threads = client.nthreads()
    return [address for k in range(max(threads.values(), default=0)) for address, n in threads.items() if k < n]


def is_local(client: Client) -> bool:
    """Whether the workers were started on this machine, by this process."""
    return isinstance(client.cluster, LocalCluster)


@contextmanager
def uninterrupted(client: Client) -> Iterator[None]:
    """A block in which Ctrl-C ends no local workers, to which a terminal sends it as well."""
    if not is_local(client):
        yield
        return
    name = f"inversa: Ctrl-C is for process {os.getpid()}"
    with suppress(OSError):  # of a worker that is lost just now: the others have it, and so will its successor
        client.register_plugin(_IgnoreInterrupts(), name=name)
    try:
        yield
    finally:
        with suppress(OSError):
            client.unregister_worker_plugin(name)


class _IgnoreInterrupts(WorkerPlugin):  # type: ignore[misc]
    """Workers that ignore Ctrl-C, those that start later included; threads of the client's process are left alone."""

    def __init__(self) -> None:
        self.client = os.getpid()

    def setup(self, worker: Any) -> None:
        if os.getpid() != self.client:
            self.before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Any) -> None:
        if os.getpid() != self.client:
            signal.signal(signal.SIGINT, self.before)
