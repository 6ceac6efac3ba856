"""Streets cut into pieces of nearly one length, on which kernels are worked out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patrol.errors import RiskError


@dataclass(frozen=True)
class Lixels:
    """
    ``p`` pieces (lixels) of the ``m`` streets between ``n`` nodes.

    Attributes
    ----------
    edge_nodes
        First and last node of each street, shape ``(m, 2)``; each node ends a street.
    num_nodes
        Number of nodes, ``n``.
    start
        Street ``s`` has the pieces ``start[s]:start[s + 1]`` from its first node to
        its last, shape ``(m + 1,)``.
    length_m
        Length of the pieces of each street, which are alike, shape ``(m,)``.
    """

    edge_nodes: NDArray[np.int64]
    num_nodes: int
    start: NDArray[np.int64]
    length_m: NDArray[np.float64]

    @classmethod
    def cut(
        cls, edge_nodes: ArrayLike, edge_length_m: ArrayLike, *, lixel_m: float
    ) -> "Lixels":
        """
        Cut each street into equal pieces, none longer than ``lixel_m``.

        Raises
        ------
        RiskError
            If ``lixel_m`` is not above 0.
        """
        if not 0 < lixel_m < np.inf:
            raise RiskError(f"pieces of {lixel_m} m: their length must be above 0")
        names, ends = np.unique(np.asarray(edge_nodes), return_inverse=True)
        street_m = np.asarray(edge_length_m, dtype=np.float64)
        pieces = np.ceil(street_m / lixel_m).astype(np.int64).clip(1)
        start = np.concatenate([[0], np.cumsum(pieces)])
        return cls(ends.reshape(-1, 2), len(names), start, street_m / pieces)

    def __len__(self) -> int:
        return int(self.start[-1])

    @property
    def street(self) -> NDArray[np.int64]:
        """Street of each piece, shape ``(p,)``."""
        return np.repeat(np.arange(len(self.length_m)), np.diff(self.start))
