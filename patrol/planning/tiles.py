"""
Lower bounds of rural postmen as large as cities: linear programs tile by tile.

The network is cut into tiles; a street over a border gives half its cost to either
side, and what lies outside a tile is one node. The cuts and prices of all tiles
together overdraw no street, so they are cuts and prices of the whole. What slack they
leave goes to moats that grow over the borders, and the exact T-join of what remains is
the bound (`Reduced`). The time is that of a small program for each tile.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from patrol.planning.cut_program import CutProgram
from patrol.planning.cuts import Cut, Separator
from patrol.planning.moat_growth import grow_moats
from patrol.planning.moats import moats
from patrol.planning.network import NONE, Network, Roads
from patrol.planning.relaxation import Reduced
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.whole_relaxation import Relaxed

LARGE = 8_000
"""Nodes from which a bound is found tile by tile."""

_TILE = 4_000
"""Most nodes of a tile: its program takes about a second."""

_GAIN, _PATIENCE = 1e-3, 3
"""A tile is done when its value rises by less than this share in so many rounds."""

Prices = list[tuple[Cut, float]]
"""Cuts, and what a pass over each saves."""


def relax_in_tiles(
    problem: RuralProblem, *, rounds: int, go_on: Callable[[], bool]
) -> Relaxed:
    """
    Bound the extra passes from below, tile by tile.

    Parameters
    ----------
    problem
        Rural postman problem.
    rounds
        Most rounds of each tile's program.
    go_on
        Asked before each tile; what is left then has moats only.
    """
    tile = tiles(problem, most=_TILE)
    slack = problem.network.cost.astype(np.float64)
    prices: Prices = []
    for number in range(int(tile.max()) + 1):
        if rounds == 0 or not go_on():
            break
        prices += _priced(problem, tile == number, slack, rounds=rounds)
    return _walled(problem, prices, slack)


def tiles(problem: RuralProblem, *, most: int) -> NDArray[np.int64]:
    """
    Cut a network into tiles of about the same size, shape ``(n,)``.

    Pieces are halved between two crossings far from each other; a required part is in
    the tile of its first node.

    Parameters
    ----------
    problem
        Rural postman problem.
    most
        Most nodes of a tile, but for the parts that come over its border.
    """
    network = problem.network
    matrix = Roads.cheapest(network, network.cost.astype(np.float64)).matrix
    tile = np.zeros(network.num_nodes, np.int64)
    waiting, number = [np.arange(network.num_nodes)], 0
    while waiting:
        own = waiting.pop()
        if len(own) <= most:
            tile[own] = number
            number += 1
            continue
        inner = matrix[own][:, own]
        away = _away(inner, int(_away(inner, 0).argmax()))
        nearer = away - _away(inner, int(away.argmax()))
        order = own[np.argsort(nearer, kind="stable")]
        waiting += np.array_split(order, 2)
    part = network.parts(np.flatnonzero(problem.required))
    first = np.unique(part, return_index=True)[1]
    return np.asarray(tile[first[part]])


def _away(matrix: csr_array, node: int) -> NDArray[np.float64]:
    """Distances from a node; what cannot be reached is as far as what is farthest."""
    distance: NDArray[np.float64] = dijkstra(matrix, indices=np.array([node]))[0]
    return np.where(np.isfinite(distance), distance, distance[distance < np.inf].max())


def _priced(
    problem: RuralProblem,
    inside: NDArray[np.bool_],
    slack: NDArray[np.float64],
    *,
    rounds: int,
) -> Iterator[tuple[Cut, float]]:
    """Give the connectivity cuts of a tile and their prices; lower the slack."""
    network = problem.network
    within = inside[network.edge_nodes]
    edge = np.flatnonzero(within.any(axis=1))
    number = np.where(inside, np.cumsum(inside), 0)  # 0 is what lies outside
    half = ~within[edge].all(axis=1)
    cost = np.where(half, network.cost[edge] / 2, network.cost[edge])
    ends = number[network.edge_nodes[edge]]
    # Only where something outside must be passed, too, need a tour leave the tile.
    alone = (problem.part[~inside] == NONE).all()
    small = RuralProblem(
        Network(int(inside.sum()) + 1, ends, network.cost[edge]),
        problem.required[edge],
        depot=int(number[problem.depot]) if alone else 0,
    )
    program = _solved(small, cost, rounds=rounds)
    slack[edge] -= cost - program.slack
    for cut, price in program.prices():
        yield Cut(edge[cut.edges], cut.kind), price


def _solved(
    problem: RuralProblem, cost: NDArray[np.float64], *, rounds: int
) -> CutProgram:
    program = CutProgram(cost)
    links, parity = Separator.connectivity(problem), Separator.parity(problem)
    program.add(moats(links, program.slack) + moats(parity, program.slack))
    values: list[float] = []
    for _ in range(rounds):
        program.solve()
        values.append(program.value)
        before = values[-_PATIENCE - 1 : -_PATIENCE]
        if before and values[-1] < before[0] * (1 + _GAIN):
            return program
        grown = links.grown(program.x) + parity.grown(program.x)
        nested = moats(links, program.slack) + moats(parity, program.slack)
        if not program.add(grown + nested):
            return program
    program.solve()
    return program


def _walled(
    problem: RuralProblem, prices: Prices, slack: NDArray[np.float64]
) -> Relaxed:
    """Grow moats in the slack that all cuts leave; join odd nodes in the rest."""
    left = Reduced.of(problem, prices)
    links = Separator.connectivity(problem)
    room = np.ceil(np.clip(slack * left.parts, 0, np.maximum(left.cost, 0)))
    free = room.copy()
    # Whole slack is used up by whole steps, so nothing is rounded.
    growth = grow_moats(links.ends, links.mass, free, (links.total, False))
    worth = links.kind.value * int(growth.width.sum())
    cost = left.cost - (room - free).astype(np.int64)
    return Relaxed(*Reduced(cost, left.constant + worth, left.parts).joined(problem))
