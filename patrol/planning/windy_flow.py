"""
Balanced passes of a windy network, by flows.

Three questions that a flow answers exactly: the cheapest passes when it is known which
way each edge must be passed at least (`balanced`), when it is known whether each edge
is passed an odd or an even number of times (`paired`), and when half passes are allowed
(`fair_prices`). The second and the third generalise what Win did with averaged costs
[1]_; on a directed network the first is the exact Chinese postman's [2]_.

.. [1] Win (1989). On the windy postman problem on Eulerian graphs. *Mathematical
   Programming* 44, 97-112. doi:10.1007/BF01587080.
.. [2] Edmonds and Johnson (1973). Matching, Euler tours and the Chinese postman.
   *Mathematical Programming* 5, 88-124. doi:10.1007/BF01580113.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.planning.min_cost_flow import UNLIMITED, Arcs, Flow, cheapest_flow
from patrol.planning.network import MAX_COST, Network
from patrol.planning.t_join import TJoin
from patrol.planning.windy_problem import WindyProblem

Ints = NDArray[np.int64]


def balanced(problem: WindyProblem, least: Ints) -> Ints:
    """
    Find the cheapest balanced passes that pass each direction at least so often.

    Exact. On a directed network whose required edges and depot hang together, with
    one pass of each as the least, this is the shortest tour.

    Parameters
    ----------
    problem
        Windy problem on ``m`` edges; what is required does not matter here.
    least
        Least passes along and against each edge, shape ``(m, 2)``.

    Returns
    -------
    NDArray
        Passes along and against, shape ``(m, 2)``; every node is left as often as it
        is reached.

    Raises
    ------
    InfeasibleError
        If there are no such passes.
    """
    moves = _Moves()
    for way in (0, 1):
        edges = np.flatnonzero(problem.drivable[:, way])
        cost = problem.cost[edges, way]
        moves.add(edges, way, cost, _Move(gains=1))
    return moves.applied(problem, least, unit=1)


def paired(problem: WindyProblem, least: Ints) -> Ints:
    """
    Find the cheapest balanced passes that differ from given numbers by even ones.

    Exact: with the parities known, everything moves by two units, so it is a flow.

    Parameters
    ----------
    problem
        Windy problem on ``m`` edges; what is required does not matter here.
    least
        Least passes of each edge in both directions together: 0, 1 or 2, shape
        ``(m,)``; an even number of them ends at each node.

    Returns
    -------
    NDArray
        Passes along and against, shape ``(m, 2)``; their sums have the parity of
        ``least`` and are no less.

    Raises
    ------
    InfeasibleError
        If there are no such passes.
    """
    base = _undecided(problem, least)
    moves = _Moves()
    for way in (0, 1):
        turning = problem.drivable.all(axis=1) & (base[:, 1 - way] > 0)
        edges = np.flatnonzero(turning)
        cost = problem.cost[edges, way] - problem.cost[edges, 1 - way]
        moves.add(edges, way, cost, _Move(gains=1, drops=1, capacity=1))
        edges = np.flatnonzero(problem.drivable[:, way])
        cost = 2 * problem.cost[edges, way]
        moves.add(edges, way, cost, _Move(gains=2))
    return moves.applied(problem, base, unit=2)


def fair_prices(problem: WindyProblem, least: Ints) -> NDArray[np.float64]:
    """
    Price what a pass of each direction costs beyond what balance needs anyway.

    The linear relaxation of the problem without connectivity is a flow, because half
    a pass each way leaves both ends as they are. Its reduced costs tell which edges
    are cheap to pass once more.

    Parameters
    ----------
    problem
        Windy problem on ``m`` edges; what is required does not matter here.
    least
        Least passes of each edge, 0 or 1, shape ``(m,)``.

    Returns
    -------
    NDArray
        Cost of a pass along and against each edge less what it brings, shape
        ``(m, 2)``; infinite where it is forbidden, never negative.
    """
    base = _undecided(problem, least)
    moves = _Moves()
    for way in (0, 1):
        turning = problem.drivable.all(axis=1) & (base[:, 1 - way] > 0)
        edges = np.flatnonzero(turning)
        cost = problem.cost[edges, way] - problem.cost[edges, 1 - way]
        moves.add(edges, way, cost, _Move(capacity=2))
        edges = np.flatnonzero(problem.drivable[:, way])
        cost = 2 * problem.cost[edges, way]
        moves.add(edges, way, cost, _Move())
    price = moves.flow(problem, base, unit=1).potential / 2.0
    rise = price[problem.edge_nodes[:, 1]] - price[problem.edge_nodes[:, 0]]
    reduced = problem.cost - np.column_stack([rise, -rise])
    return np.where(problem.drivable, np.maximum(0.0, reduced), np.inf)


def flow_bound(problem: WindyProblem) -> int:
    """
    Bound the cost of every tour from below, at the price of one flow and one T-join.

    With fair prices paid at the nodes, a pass costs what `fair_prices` says; what all
    pay at the nodes comes to nothing, as each is left as often as it is reached. Then
    directions do not matter any more, and required passes and a cheapest T-join are a
    bound. On a directed network whose required edges hang together with the depot it
    is what the best tour costs, by duality.

    Parameters
    ----------
    problem
        Windy problem on ``m`` edges.
    """
    fair = fair_prices(problem, problem.required.astype(np.int64)).min(axis=1)
    halves = np.round(2 * fair).astype(np.int64)  # prices are whole halves
    cheap = np.ones(problem.num_edges, np.int64)
    network = Network(problem.num_nodes, problem.edge_nodes, cheap)
    odd = network.odd_nodes(problem.required.astype(np.int64))
    weight = np.minimum(halves, MAX_COST)
    join = TJoin(network, weight).solve(odd)
    return -(-(int(halves[problem.required].sum()) + int(weight[join].sum())) // 2)


def _undecided(problem: WindyProblem, least: Ints) -> Ints:
    """So many passes the cheaper way, but one of two each way where it can be."""
    cheap = problem.cost.argmin(axis=1)
    base = np.zeros((problem.num_edges, 2), np.int64)
    base[np.arange(problem.num_edges), cheap] = least
    both = (least == 2) & problem.drivable.all(axis=1)
    base[both] = 1
    return base


class _Move(NamedTuple):
    """What a unit of flow does: passes gained one way, dropped the other, and room."""

    gains: int = 0
    drops: int = 0
    capacity: int = UNLIMITED


class _Moves:
    """Ways to change passes, each an arc of a flow."""

    def __init__(self) -> None:
        self._rows: list[tuple[Ints, ...]] = []

    def add(self, edges: Ints, way: int, cost: Ints, move: _Move) -> None:
        """Let edges be passed more often one way, and less often the other."""
        same = (np.full(len(edges), one) for one in (way, *move))
        self._rows.append((edges, cost, *same))

    def flow(self, problem: WindyProblem, base: Ints, *, unit: int) -> Flow:
        """Find the cheapest moves, of so many units each, that balance passes."""
        edges, cost, way, _, _, capacity = self._columns()
        nodes = problem.edge_nodes[edges]
        turned = np.where(way[:, None] == 0, nodes, nodes[:, ::-1])
        tail, head = turned[:, 0].copy(), turned[:, 1].copy()
        arcs = Arcs(problem.num_nodes, tail, head, cost, capacity)
        return cheapest_flow(arcs, -problem.surplus(base) // unit)

    def applied(self, problem: WindyProblem, base: Ints, *, unit: int) -> Ints:
        """Find the passes after these moves."""
        units = self.flow(problem, base, unit=unit).units
        edges, _, way, gains, drops, _ = self._columns()
        passes = base.copy()
        np.add.at(passes, (edges, way), gains * units)
        np.subtract.at(passes, (edges, 1 - way), drops * units)
        return passes

    def _columns(self) -> tuple[Ints, ...]:
        return tuple(np.concatenate(one) for one in zip(*self._rows, strict=True))
