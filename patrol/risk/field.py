"""The risk of every street in every hour of the week, kept factored."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOURS_OF_WEEK = 168
"""Hours of a week; hour 0 starts on Monday at 00:00 local time."""


@dataclass(frozen=True)
class RiskField:
    """
    Expected reported incidents per km per hour on ``m`` streets.

    The rate of street ``s`` in hour-of-week ``h`` is
    ``profile[h] * sum(share[s] for share in shares.values())``; nothing of the
    size of streets times hours is ever made.

    Attributes
    ----------
    graph_digest
        Digest of the graph it belongs to.
    shares
        Named parts of the rate of each street, each of shape ``(m,)``, not
        negative, in incidents per km per hour averaged over the week. Their sum is
        the rate, exactly.
    profile
        Factor of each hour of the week, shape ``(168,)``, mean 1.
    concern
        Darkness and concern from 0 (none) to 1, shape ``(m,)``: its own layer, no
        part of the rate.
    weights
        Every named weight that made it.
    synthetic
        Whether the incidents behind it were drawn by a simulator.
    time_zone
        IANA name of the zone whose local time the profile is in.
    """

    graph_digest: str
    shares: Mapping[str, NDArray[np.float64]]
    profile: NDArray[np.float64]
    concern: NDArray[np.float64]
    weights: Mapping[str, float]
    synthetic: bool
    time_zone: str
