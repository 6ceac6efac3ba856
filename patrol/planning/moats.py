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
from patrol.planning.moat_growth import grow_moats


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
        Cuts that took up slack, in the order of growth.
    """
    growth = grow_moats(separator.ends, separator.mass, slack.copy(), separator.total)
    borders = np.split(growth.edges, growth.starts[1:-1])
    return [Cut(np.sort(edges), separator.kind) for edges in borders if len(edges)]
