"""The solver of linear programs, set up alike for all of them."""

from collections.abc import Sequence
from typing import Any

import highspy

_STUCK_ROUNDS, _STUCK = 15, 3e-3


def new_solver(*, presolve: bool = True) -> Any:
    """
    Make an empty program of HiGHS that says nothing.

    It runs on one thread, so that it takes the same steps everywhere.

    Parameters
    ----------
    presolve
        Whether to shrink the program first; off where it is solved again and again
        with a few rows more, from its last basis.
    """
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # its stubs
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    if not presolve:
        solver.setOptionValue("presolve", "off")
    return solver


def is_stuck(limits: Sequence[float]) -> bool:
    """
    Tell whether cuts hardly help any more: less than 0.3 % in the last 15 rounds.

    Parameters
    ----------
    limits
        Value of a program after each round of cuts so far.
    """
    if len(limits) <= _STUCK_ROUNDS:
        return False
    return abs(limits[-1] - limits[-1 - _STUCK_ROUNDS]) < _STUCK * abs(limits[-1])
