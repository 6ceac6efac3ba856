"""One good tour for all the time there is, led by the relaxation."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import Completion
from patrol.planning.euler import euler_walk
from patrol.planning.network import MAX_COST, Network
from patrol.planning.prize_program import Program, Walks
from patrol.planning.rural_problem import RuralProblem

_MOSTLY = 0.9
"""Edges served more than this in the relaxation are taken."""

_TIGHTER = 6
"""How often the time of the relaxation is changed until its tour takes the time."""

_ROUNDS = 2
"""Rounds of cuts each time."""

_UNITS = 100.0
"""Costs are whole hundredths of a second, or coarser where streets are long."""


def led_tour(program: Program, walks: Walks, depot: int) -> NDArray[np.int64]:
    """
    Find a tour that collects much in about the time of the budget.

    What the relaxation serves is joined to a closed walk (`Completion`), which takes
    longer than the relaxation thought; so its time is cut down until the walk takes
    what there is.

    Parameters
    ----------
    program
        The relaxation, solved for ``walks``; its budget is changed.
    walks
        What is asked.
    depot
        Node at which the tour starts and ends.

    Returns
    -------
    NDArray
        Edges in the order of the walk.
    """
    network = _network(walks)
    low, high = 0.0, 1.0
    share, best = 0.75, np.zeros(0, np.int64)
    for _ in range(_TIGHTER):
        program.limit(share * walks.budget_s)
        solution = program.solve(_ROUNDS, lambda: True)
        if solution is None:
            low = share
        else:
            passes = _joined(network, solution.served > _MOSTLY, depot)
            taken_s = float(walks.time_s @ passes)
            if taken_s <= walks.budget_s or not len(best):
                best = passes
            low, high = (share, high) if taken_s <= walks.budget_s else (low, share)
        share = (low + high) / 2
    program.limit(walks.budget_s)
    return euler_walk(network, best, start=depot) if len(best) else best


def _joined(
    network: Network, taken: NDArray[np.bool_], depot: int
) -> NDArray[np.int64]:
    problem = RuralProblem(network, taken, depot)
    completion = Completion(problem)
    extra = completion.polish(completion.connect(network.cost.astype(np.float64)))
    return np.asarray(taken + extra, np.int64)


def _network(walks: Walks) -> Network:
    unit = min(_UNITS, (MAX_COST - 1) / float(walks.time_s.max(initial=1.0)))
    cost = np.ceil(walks.time_s * unit).astype(np.int64)
    return Network(walks.num_nodes, walks.edge_nodes, np.maximum(cost, 1))
