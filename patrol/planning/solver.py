"""The solver of linear programs, set up alike for all of them."""

from typing import Any

import highspy


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
