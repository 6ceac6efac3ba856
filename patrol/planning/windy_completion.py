"""From prices to a balanced tour of a windy problem that hangs together."""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.completion import without_twigs
from patrol.planning.connect import connectors, spanning_rows
from patrol.planning.network import MAX_COST, Network
from patrol.planning.t_join import TJoin
from patrol.planning.windy_flow import balanced, fair_prices, paired
from patrol.planning.windy_problem import WindyProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class WindyCompletion:
    def __init__(self, problem: WindyProblem) -> None:
        self._problem = problem
        cheap = np.clip(problem.cost.min(axis=1), 1, MAX_COST)
        self.network = Network(problem.num_nodes, problem.edge_nodes, cheap)
        both = problem.drivable.all(axis=1)
        self.mean = np.where(both, problem.cost.mean(axis=1), problem.cost.min(axis=1))
        self.reduced = fair_prices(problem, problem.required.astype(np.int64)).min(1)

    def tour(self, link_price: Floats, join_price: Floats) -> Ints:
        problem = self._problem
        least = problem.required.astype(np.int64)
        if problem.num_parts > 1:
            least[connectors(self.network, np.maximum(link_price, 1e-3), problem.part)] += 1
        if problem.drivable.all(axis=1).any():
            weight = np.clip(np.round(join_price), 0, MAX_COST).astype(np.int64)
            odd = self.network.odd_nodes(least)
            least[TJoin(self.network, weight).solve(odd)] += 1
            passes = paired(problem, least)
        else:
            passes = balanced(problem, self._least(np.where(problem.drivable, least[:, None], 0)))
        return self.polish(passes)

    def polish(self, passes: Ints) -> Ints:
        problem = self._problem
        while True:
            cost = problem.cost_of(passes)
            better = balanced(problem, self._least(passes))
            if problem.drivable.all(axis=1).any():
                kept = self._kept(better)
                total = better.sum(axis=1)
                least = total % 2
                least[kept & (least == 0)] = 2
                better = paired(problem, least)
            if problem.cost_of(better) >= cost:
                return passes
            passes = better

    def _least(self, passes: Ints) -> Ints:
        kept = self._kept(passes)
        least = np.zeros_like(passes)
        way = (passes[:, 1] > passes[:, 0]).astype(int)
        rows = np.flatnonzero(kept)
        least[rows, way[rows]] = 1
        return least

    def _kept(self, passes: Ints) -> NDArray[np.bool_]:
        """Required edges, and a tree of passed ones that holds them together."""
        problem = self._problem
        kept = problem.required.copy()
        if problem.num_parts == 1:
            return kept
        label = self.network.parts(np.flatnonzero(problem.required))
        free = np.flatnonzero(~problem.required & (passes.sum(axis=1) > 0))
        ends = label[problem.edge_nodes[free]]
        rows = spanning_rows(ends, self.mean[free])
        needed = np.zeros(problem.num_nodes, bool)
        needed[label[problem.part >= 0]] = True
        kept[free[rows[without_twigs(ends[rows], needed)]]] = True
        return kept
