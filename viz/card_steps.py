"""The steps of a scene of cards: every operation forwards, then every element of the inverse network."""

from __future__ import annotations

from inversa.viz.scene import Scene
from inversa.viz.steps import Step


def steps(scene: Scene) -> tuple[Step, ...]:
    """One step an operation, in the order in which they are computed, and one an element of the inverse network."""
    return ()
