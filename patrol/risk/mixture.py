"""Weights of the named parts of risk, by expectation-maximisation."""

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError

_STEPS = 100


def mixture_weights(
    parts: NDArray[np.float64],
    found: NDArray[np.float64],
    pinned: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """
    Weigh parts so that together they explain best where incidents happened.

    Each step gives every incident to the parts by what they expected there, and each
    part the weight of what it was given; the likelihood never falls [1]_.

    Parameters
    ----------
    parts
        Share of the incidents to come that each of ``c`` parts puts on each unit,
        shape ``(m, c)``.
    found
        Incidents that came, shape ``(m,)``.
    pinned
        Weights that are given, NaN where one is to be found, shape ``(c,)``; the
        others share what these leave of 1. None if all are to be found.

    Returns
    -------
    numpy.ndarray
        Weights, shape ``(c,)``, not negative, sum 1.

    Raises
    ------
    RiskError
        If the given weights come to more than 1.

    References
    ----------
    .. [1] Dempster, Laird and Rubin (1977). Maximum Likelihood from Incomplete Data
       via the EM Algorithm. *Journal of the Royal Statistical Society B* 39(1), 1-38.
       doi:10.1111/j.2517-6161.1977.tb01600.x.
    """
    hit = found > 0
    shares, incidents = parts[hit], found[hit]
    fixed = np.full(parts.shape[1], np.nan) if pinned is None else pinned
    free, left = np.isnan(fixed), 1 - float(np.nansum(fixed))
    if left < 0 or not free.any():
        raise RiskError(
            f"the pinned weights come to {1 - left:g} of 1: pin fewer, or less of them"
        )
    weights = np.where(free, left / free.sum(), fixed)
    for _ in range(_STEPS):
        expected = shares @ weights
        ratio = np.divide(
            incidents, expected, out=np.zeros_like(expected), where=expected > 0
        )
        given = np.where(free, weights * (ratio @ shares), 0.0)
        if given.sum() > 0:
            weights = np.where(free, left * given / given.sum(), fixed)
    return weights
