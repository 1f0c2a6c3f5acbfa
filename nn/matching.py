"""Which entry of another state belongs to which of ours: names differ by what all begin with, and in how they count.

A network of PyTorch's counts its activations among the layers (0, 2, 4), ours does not (0, 1, 2); wrappers put their
name in front of all others (``module.``, ``_orig_mod.``). Neither says anything about the network.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

Parts = tuple[str, ...]


def matched(ours: Iterable[str], theirs: Iterable[str]) -> dict[str, str]:
    """For each of our names the one of theirs that means the same, where there is one.

    As soon as one name agrees, names that agree mean the same. Else what all names of a state begin with is left out,
    and numbers are replaced by their rank among those in the same place.

    Examples
    --------
    >>> from inversa.nn.matching import matched
    >>> matched(["layers.0.weight", "layers.1.weight"], ["module.net.0.weight", "module.net.2.weight"])
    {'layers.0.weight': 'module.net.0.weight', 'layers.1.weight': 'module.net.2.weight'}
    >>> matched(["layers.0.weight", "layers.1.weight"], ["fc1.weight", "fc2.weight"])
    {}
    """
    here, there = list(ours), list(theirs)
    same = {name: name for name in here if name in there}
    if same:
        return same
    named = {parts: name for name, parts in _plain(there).items()}
    return {name: named[parts] for name, parts in _plain(here).items() if parts in named}


def _plain(names: Iterable[str]) -> dict[str, Parts]:
    """Names without their common beginning, their numbers by rank: ``net.4.weight`` may be ``#2.weight``."""
    parts = {name: tuple(name.split(".")) for name in names}
    common = _common(list(parts.values()))
    beside: defaultdict[Parts, set[int]] = defaultdict(set)  # the numbers that follow a beginning
    for each in parts.values():
        for place, part in enumerate(each):
            if part.isdigit():
                beside[each[:place]].add(int(part))
    ranks = {beginning: sorted(numbers) for beginning, numbers in beside.items()}
    return {
        name: tuple(
            f"#{ranks[each[:place]].index(int(part))}" if part.isdigit() else part
            for place, part in enumerate(each)
            if place >= common
        )
        for name, each in parts.items()
    }


def _common(names: list[Parts]) -> int:
    """How many parts all names begin with; the last of a name is always its own."""
    longest = min(map(len, names), default=1) - 1
    return next((place for place in range(longest) if len({name[place] for name in names}) > 1), longest)
