"""Have everything compiled before a time limit starts to run."""

import numpy as np

from patrol.planning.fleet import fleet_walks
from patrol.planning.network import Network
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen

_SPOKES = 4


def warm_up() -> None:
    """
    Plan for two robots on a few streets, so that all compiled code is ready.

    It takes about 10 s where nothing is compiled yet, and less than 1 s from then on,
    as machine code is kept on disk.
    """
    spokes = np.arange(_SPOKES)
    inner = np.column_stack([np.zeros(_SPOKES, np.int64), spokes + 1])
    outer = np.column_stack([spokes + 1, spokes + 1 + _SPOKES])
    ends = np.concatenate([inner, outer]).astype(np.int64)
    network = Network(2 * _SPOKES + 1, ends, np.full(len(ends), 10))
    required = np.arange(len(ends)) >= _SPOKES
    problem = RuralProblem(network, required, depot=0)
    until = StopWhen(rounds=1, tries=1)
    tour = rural_postman(problem, seed=0, until=until)
    list(fleet_walks(problem, tour.extra, robots=2, seed=0, until=until))
