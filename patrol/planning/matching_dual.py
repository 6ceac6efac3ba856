"""
The dual of a matching, checked: it proves that no perfect matching is lighter.

Every blossom is an odd set of vertices, so each perfect matching leaves it at least
once. If the duals of the blossoms that an edge leaves never sum to more than the edge
costs, the sum of all duals is a lower bound. The potentials that the search worked
with are not used here.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled
from patrol.planning.blossoms import Tables


def dual_value(tables: Tables) -> int:
    """
    Check the dual of a matching; return its value, in the unit of ``cost``.

    Raises
    ------
    ArithmeticError
        If an edge is paid more than it costs, or a blossom less than nothing.
    """
    vertices, blossoms = tables.vertices, tables.blossoms
    in_use = np.ones(len(blossoms), bool)
    in_use[tables.spare[: tables.clock["spare"][0]]] = False
    dual = np.where(in_use, blossoms["dual"], 0)
    parent = np.where(in_use, blossoms["parent"], -1)
    forest = np.column_stack(
        [parent, _sum_upwards(in_use * 1, parent), _sum_upwards(dual, parent)]
    )
    overpaid = _most_overpaid(vertices, tables.starts, forest)
    least = dual[len(vertices) :].min(initial=0)
    if overpaid > 0 or least < 0:
        raise ArithmeticError(
            f"the dual of a matching of {len(vertices)} vertices is not feasible: an "
            f"edge is overpaid by {overpaid}, the least dual is {least}"
        )
    return int(dual.sum())


def _sum_upwards(
    value: NDArray[np.int64], parent: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sum of the values of each blossom and of all around it."""
    total, above = value.copy(), parent.copy()
    while (inside := np.flatnonzero(above >= 0)).size:
        total[inside] += total[above[inside]]
        above[inside] = above[above[inside]]
    return total


@compiled
def _most_overpaid(
    vertices: NDArray[Any], starts: NDArray[np.int64], forest: NDArray[np.int64]
) -> int:
    """Most by which the duals of the blossoms that an edge leaves exceed its cost."""
    most = 0
    for u in range(len(vertices)):
        a = vertices[u]
        for v in range(starts[a.node], u):
            most = max(most, _paid(forest, u, v))
        if a.twin > u:
            most = max(most, _paid(forest, u, a.twin) - a.cost)
    return most


@compiled
def _paid(forest: NDArray[np.int64], u: int, v: int) -> int:
    """Sum of the duals of the blossoms with just one of two vertices in them."""
    paid = forest[u, 2] + forest[v, 2]
    while u != v and u >= 0 and v >= 0:
        if forest[u, 1] >= forest[v, 1]:
            u = forest[u, 0]
        else:
            v = forest[v, 0]
    return int(paid - 2 * forest[u, 2]) if u == v else int(paid)
