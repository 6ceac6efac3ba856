"""
Lower bounds for several vehicles, in whole numbers from end to end.

All walks of a fleet through one depot make one closed walk, so every cut of the
rural postman holds for their sum. Besides, whatever one vehicle cannot do asks for
visits of more than one (`nested_cuts`). A linear program prices these cuts; the
prices are rounded down to whole parts of a unit, taken off the edges, and the exact
T-join of what is left is a bound, as in `relaxation`.

Whether the deadheads inside a set are counted right rests on whole numbers, too: the
cuts that are known already, at prices that overdraw no edge, bound them from below.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import Cut, Separator
from patrol.planning.fleet_program import CutRow, FleetProgram
from patrol.planning.moats import moats
from patrol.planning.nested_cuts import Load, NestedCuts
from patrol.planning.network import Roads
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.t_join import TJoin

_LINKS = 40_000
"""Links that are looked at in each round: so many nodes are seeds of sets that the
edges of the network times their number is about this."""

_FEWEST = 4
"""Such seeds at least."""

_SPREAD = (0.5, 1.5)
"""Range of the factors that scatter the weights along which sets are grown."""

_HOLD = (0.0, 1.0, 3.0)
"""Weights of a required edge, in passes: the higher, the fewer required parts are
divided by the sets."""

_TRIES = 6
"""Rounds without a broken cut after which it ends; each grows other sets."""

_PATIENCE, _GAIN = 10, 1e-4
"""It ends when the value rises by less than this share in so many rounds."""


class FleetRelaxation:
    """
    The linear program of one rural postman problem for several vehicles.

    Loads may be added as it goes on: everything found before stays right.
    """

    def __init__(self, problem: RuralProblem, *, seed: int = 0) -> None:
        self.problem = problem
        self._rng = np.random.default_rng(seed)
        self._program = FleetProgram(problem.network.cost)
        self._links = Separator.connectivity(problem)
        self._parity = Separator.parity(problem)
        self._families: list[NestedCuts] = []
        self._distance = depot_distances(problem)
        slack = problem.network.cost.astype(np.float64)
        self._program.add(self._moats(slack))
        self._program.solve()

    def require(self, load: Load) -> None:
        """From now on, respect what one vehicle can do."""
        self._families.append(NestedCuts(self.problem, load))

    def tighten(self, *, rounds: int, go_on: Callable[[], bool]) -> None:
        """Look for broken cuts and solve again, so many times at most."""
        values, found = [self._program.value], [1]
        for _ in range(rounds):
            if not go_on() or not any(found[-_TRIES:]):
                return
            found.append(self._program.add(self._broken()))
            if found[-1] == 0:
                continue
            self._program.solve()
            values.append(self._program.value)
            stands = values[-1] < (1 + _GAIN) * values[-_PATIENCE:][0]
            if stands and len(values) >= _PATIENCE:
                return

    def bound(self) -> int:
        """Cost that no fleet is below, service included."""
        problem, program = self.problem, self._program
        # What parity asks for, the T-join knows better.
        least = np.array([row.least for row in program.rows], np.int64)
        prices = program.whole_prices(least > 1)
        join = TJoin(problem.network, prices.left).solve(problem.odd_nodes)
        value = int(prices.price @ least) + int(prices.left[join].sum())
        served = problem.cost_of(problem.required.astype(np.int64))
        return served - (-value // prices.parts)

    def _broken(self) -> list[CutRow]:
        x = self._program.x
        rows = _rows(self._links.grown(x) + self._parity.grown(x))
        rows += self._moats(self._program.slack)
        for family in self._families:
            rows += self._nested(family)
        return rows

    def _moats(self, slack: NDArray[np.float64]) -> list[CutRow]:
        return _rows(moats(self._links, slack) + moats(self._parity, slack))

    def _nested(self, family: NestedCuts) -> list[CutRow]:
        program = self._program
        rows = family.beyond(program, self._distance)
        nodes = np.flatnonzero(self.problem.part >= 0)
        seeds = max(_FEWEST, min(len(nodes), _LINKS // max(1, len(program.x))))
        for seed in self._rng.choice(nodes, seeds).tolist():
            weight = program.x + self._rng.choice(_HOLD) * self.problem.required
            weight *= self._rng.uniform(*_SPREAD, len(weight))
            rows += family.around_depot(program, weight)
            rows += family.around(program, seed, weight)
        return rows


def depot_distances(problem: RuralProblem) -> NDArray[np.int64]:
    """Cost of the cheapest way from the depot to each node, shape ``(n,)``."""
    network = problem.network
    roads = Roads.cheapest(network, network.cost.astype(np.float64))
    distance = roads.tree(np.array([problem.depot])).distance
    # Costs are whole and their sums far below 2**53, so the floats are exact.
    known = np.where(np.isfinite(distance), distance, 0.0)
    return np.rint(known).astype(np.int64)


def range_load(problem: RuralProblem, reach: int) -> Load:
    """Load by length, for vehicles that come back after ``reach`` at the latest."""
    return Load(
        demand=problem.network.cost * problem.required,
        away=2 * depot_distances(problem),
        capacity=reach,
        with_deadhead=True,
    )


def _rows(cuts: list[Cut]) -> list[CutRow]:
    return [CutRow(cut.edges, cut.kind.value) for cut in cuts]
