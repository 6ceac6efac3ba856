"""Which streets one kind of robot can drive, how fast, and why not the others."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Exclusion(IntEnum):
    """Why a robot cannot drive a street; the first reason that holds."""

    NONE = 0
    NOT_A_STREET = 1
    STEPS = 2
    ACCESS = 3
    WIDTH = 4
    SLOPE = 5
    SURFACE = 6
    KERB = 7
    BARRIER = 8
    KEEP_OUT = 9
    ISLAND = 10
    """Drivable in itself, but cut off from the largest drivable part."""


@dataclass(frozen=True)
class Traversal:
    """
    What one robot profile can drive on one graph of ``m`` streets.

    Attributes
    ----------
    graph_digest
        Digest of the graph it was worked out for.
    travel_s
        Travel time along and against each street's direction, shape ``(m, 2)``;
        infinite where it must not be driven.
    exclusion
        `Exclusion` of each street as a number, shape ``(m,)``.
    """

    graph_digest: str
    travel_s: NDArray[np.float64]
    exclusion: NDArray[np.int8]

    @property
    def drivable(self) -> NDArray[np.bool_]:
        """Mask of the streets that can be driven, shape ``(m,)``."""
        return np.equal(self.exclusion, Exclusion.NONE)
