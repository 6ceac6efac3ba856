"""
Nested cuts by dual ascent: moats that grow round the sets that must be left.

A moat takes up the slack of the edges over its border until one is used up; then the
set swallows what lies behind, and grows on. One pass gives the whole row of nested
cuts that a linear program would otherwise ask for one by one [1]_.

.. [1] Wong (1984). A dual ascent approach for Steiner tree problems on a directed
   graph. *Mathematical Programming* 28, 271-287. doi:10.1007/BF02612335.
"""

import numpy as np
from numpy.typing import NDArray

from patrol.planning.cuts import Cut, Separator
from patrol.planning.moat_growth import Growth, grow_moats

_MOST = 30_000
"""Entries of the cuts of a pass, or one for each edge if these are more. Where few sets
lie far apart, a moat stands still at every node and its border is long; the narrow ones
would only make the program slow."""


def moats(separator: Separator, slack: NDArray[np.float64]) -> list[Cut]:
    """
    Grow moats round every set that a cut must separate.

    Parameters
    ----------
    separator
        Which sets must be crossed.
    slack
        What of the cost of each edge no cut has taken up yet, shape ``(m,)``.

    Returns
    -------
    list of Cut
        Cuts that took up slack, in the order of growth; of very many the widest.
    """
    terms = (separator.total, True)
    growth = grow_moats(separator.ends, separator.mass, slack.copy(), terms)
    borders = np.split(growth.edges, growth.starts[1:-1])
    return [
        Cut(np.sort(borders[number]), separator.kind)
        for number in _widest(growth, max(_MOST, len(slack))).tolist()
        if len(borders[number])
    ]


def _widest(growth: Growth, most: int) -> NDArray[np.int64]:
    """Numbers of the moats that are worth their entries in a program, ascending."""
    entries = np.diff(growth.starts)
    order = np.argsort(-growth.width, kind="stable")
    return np.sort(order[np.cumsum(entries[order]) <= most])
