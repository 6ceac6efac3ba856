"""Weights of the named parts of risk, by expectation-maximisation."""

import numpy as np
from numpy.typing import NDArray

_STEPS = 100


def mixture_weights(
    parts: NDArray[np.float64], found: NDArray[np.float64]
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

    Returns
    -------
    numpy.ndarray
        Weights, shape ``(c,)``, not negative, sum 1.

    References
    ----------
    .. [1] Dempster, Laird and Rubin (1977). Maximum Likelihood from Incomplete Data
       via the EM Algorithm. *Journal of the Royal Statistical Society B* 39(1), 1-38.
       doi:10.1111/j.2517-6161.1977.tb01600.x.
    """
    hit = found > 0
    shares, incidents = parts[hit], found[hit]
    weights = np.full(parts.shape[1], 1 / parts.shape[1])
    for _ in range(_STEPS):
        expected = shares @ weights
        ratio = np.divide(
            incidents, expected, out=np.zeros_like(expected), where=expected > 0
        )
        given = weights * (ratio @ shares)
        if given.sum() > 0:
            weights = given / given.sum()
    return weights
