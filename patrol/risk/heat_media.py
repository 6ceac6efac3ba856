"""
What heat spreads in: pieces of streets, or cells of a plane.

The pieces of a street are a chain in which each knows only its neighbours, so they are
eliminated one after another (the Thomas algorithm), and what is left is a system of the
crossings alone: the Schur complement [1]_. It is a ninth of the whole on a city with
pieces of 25 m, and its factor is all that has to be kept.

.. [1] Golub and Van Loan (2013). *Matrix Computations*, 4th ed., sections 4.3 and 3.2.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, diags_array
from scipy.sparse.linalg import SuperLU, splu

from maps.compiled import compiled
from patrol.risk.heat import Step
from patrol.risk.lixels import Lixels


@dataclass(frozen=True)
class StreetMedium:
    """
    Heat in streets; the bodies are their pieces, and crossings hold no mass.

    Attributes
    ----------
    lixels
        The pieces.
    """

    lixels: Lixels

    @property
    def num_bodies(self) -> int:
        """Number of pieces."""
        return len(self.lixels)

    def step(self, step_m2: float) -> Step:
        """See `heat.HeatMedium.step`."""
        chains = _eliminated(self.lixels, step_m2)
        return partial(_street_step, chains, _crossings(self.lixels, chains))


@dataclass(frozen=True)
class CellMedium:
    """
    Heat in the square cells of a plane.

    Attributes
    ----------
    stiffness
        Flow out of each cell for each unit of density, by neighbour; symmetric, rows
        sum to 0, shape ``(v, v)``.
    """

    stiffness: csc_array

    @classmethod
    def of(cls, cell: NDArray[np.int64], *, cell_m: float) -> "CellMedium":
        """
        Join the cells of a plane to their neighbours.

        Parameters
        ----------
        cell
            Number of each cell by row and column, -1 where there is none.
        cell_m
            Side of a cell.
        """
        here = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
        there = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
        both = (here >= 0) & (there >= 0)
        here, there = here[both], there[both]
        size = int(cell.max()) + 1
        flow = np.full(len(here), cell_m**-2)
        links = csc_array((flow, (here, there)), shape=(size, size))
        links = csc_array(links + links.T)
        return cls(csc_array(diags_array(links.sum(axis=0)) - links))

    @property
    def num_bodies(self) -> int:
        """Number of cells."""
        return int(self.stiffness.shape[0])

    def step(self, step_m2: float) -> Step:
        """See `heat.HeatMedium.step`."""
        matrix = diags_array(np.ones(self.num_bodies)) + step_m2 * self.stiffness
        solve: Step = _factor(csc_array(matrix)).solve
        return solve


class _Chains(NamedTuple):
    """
    The chains of ``p`` pieces of ``m`` streets, eliminated.

    ``start`` and ``ends`` are those of the `Lixels`; ``length`` is that of the pieces
    of each street, ``flow`` the flow between two of them in a step (twice that, from a
    piece to the crossing at its end), both ``(m,)``. ``pivot`` is the inverse of each
    pivot, ``answer`` the density of each piece for a density of 1 at the first node
    of its street, both ``(p,)``; for its last node the answer is the same backwards.
    """

    start: NDArray[np.int64]
    ends: NDArray[np.int64]
    length: NDArray[np.float64]
    flow: NDArray[np.float64]
    pivot: NDArray[np.float64]
    answer: NDArray[np.float64]


def _eliminated(lixels: Lixels, step_m2: float) -> _Chains:
    chains = _Chains(
        lixels.start,
        lixels.edge_nodes,
        lixels.length_m,
        step_m2 / lixels.length_m,
        np.empty(len(lixels)),
        np.empty(len(lixels)),
    )
    _eliminate(chains)
    return chains


def _crossings(lixels: Lixels, chains: _Chains) -> SuperLU:
    """Factor what is left of the system at the ``n`` crossings."""
    start, _, _, flow, _, answer = chains
    own = 2 * flow * (1 - answer[start[:-1]])
    across = -2 * flow * answer[start[1:] - 1]
    first, last = lixels.edge_nodes.T
    rows = np.concatenate([first, last, first, last])
    columns = np.concatenate([first, last, last, first])
    values = np.concatenate([own, own, across, across])
    size = lixels.num_nodes
    return _factor(coo_array((values, (rows, columns)), shape=(size, size)).tocsc())


def _street_step(
    chains: _Chains, crossings: SuperLU, held: NDArray[np.float64]
) -> NDArray[np.float64]:
    density = np.empty(len(held))
    inflow = np.zeros(crossings.shape[0])
    _sweep(chains, held, density, inflow)
    at_node = crossings.solve(inflow)
    _put_together(chains, at_node, density)
    return density


def _factor(matrix: csc_array) -> SuperLU:
    # Positive definite: the diagonal is a safe pivot. Told nothing of that, SuperLU
    # takes the square of the time.
    return splu(
        matrix,
        "MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )


@compiled
def _eliminate(chains: _Chains) -> None:
    """Find the pivots of each chain, and its answer to its first node."""
    start, _, length, flow, pivot, answer = chains
    for street in range(len(length)):
        first, end, one = start[street], start[street + 1], flow[street]
        before = 0.0
        for piece in range(first, end):
            out = (one if piece > first else 2 * one) + (
                one if piece < end - 1 else 2 * one
            )
            pivot[piece] = 1 / (length[street] + out - one * one * before)
            before = pivot[piece]
            so_far = 2 * one if piece == first else one * answer[piece - 1]
            answer[piece] = so_far * pivot[piece]
        for piece in range(end - 2, first - 1, -1):
            answer[piece] += one * pivot[piece] * answer[piece + 1]


@compiled
def _sweep(
    chains: _Chains,
    held: NDArray[np.float64],
    density: NDArray[np.float64],
    inflow: NDArray[np.float64],
) -> None:
    """Solve each chain as if its crossings were empty; sum what flows into them."""
    start, ends, length, flow, pivot, _ = chains
    for street in range(len(length)):
        first, end, one = start[street], start[street + 1], flow[street]
        before = 0.0
        for piece in range(first, end):
            before = (held[piece] + one * before) * pivot[piece]
            density[piece] = before
        for piece in range(end - 2, first - 1, -1):
            before = density[piece] + one * pivot[piece] * before
            density[piece] = before
        inflow[ends[street, 0]] += 2 * one * density[first]
        inflow[ends[street, 1]] += 2 * one * density[end - 1]


@compiled
def _put_together(
    chains: _Chains, at_node: NDArray[np.float64], density: NDArray[np.float64]
) -> None:
    """Add what comes from the crossings; make mass of density, in place."""
    start, ends, length, _, _, answer = chains
    for street in range(len(length)):
        first, end = start[street], start[street + 1]
        from_first = at_node[ends[street, 0]]
        from_last = at_node[ends[street, 1]]
        for piece in range(first, end):
            back = answer[first + end - 1 - piece]
            density[piece] += from_first * answer[piece] + from_last * back
            density[piece] *= length[street]
