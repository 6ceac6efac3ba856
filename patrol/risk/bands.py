"""
How sure a rate is: a gamma distribution about each street's rate, in closed form.

A street's true rate is taken as gamma distributed about the expected one, so that the
incidents of a window are negative binomial. The shape of the gamma grows with what was
seen: ``base + per_incident * count``, the count decayed as the history is. Both numbers
are those under which the incidents of the last windows are likeliest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import gamma, nbinom

from patrol.errors import RiskError

_LEAST_EXPECTED = 1e-7
"""Units of which less is expected in a window say nothing of the spread."""

_STEPS = 120


@dataclass(frozen=True)
class Dispersion:
    """
    How the shape of the gamma follows from the evidence.

    Attributes
    ----------
    base
        Shape where no incident was seen.
    per_incident
        What each incident, decayed, adds to it.
    """

    base: float
    per_incident: float

    def shape(self, count: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shape of each street's gamma from its decayed count, ``(m,)`` both."""
        return self.base + self.per_incident * count


TORONTO_2018 = Dispersion(base=0.05, per_incident=0.2)
"""Middle of what seven fits to Toronto's incidents of 2018 gave (0.04-0.07 and
0.17-0.24): for a risk that has no windows to learn its own from."""


def fit_dispersion(
    expected: NDArray[np.float64],
    found: NDArray[np.float64],
    count: NDArray[np.float64],
) -> Dispersion:
    """
    Find the dispersion under which what was found is likeliest.

    Parameters
    ----------
    expected
        Incidents expected on each unit in each window, shape ``(r,)``.
    found
        Incidents that came, whole numbers, shape ``(r,)``.
    count
        Decayed count of the past incidents before the window, shape ``(r,)``.
    """
    told = expected > _LEAST_EXPECTED
    mean, came, seen = expected[told], found[told], count[told]

    def unlikely(logs: NDArray[np.float64]) -> float:
        shape = np.exp(logs[0]) + np.exp(logs[1]) * seen
        ways = gammaln(came + shape) - gammaln(shape)
        likely = ways + shape * np.log(shape / (shape + mean))
        return -float((likely + came * np.log(mean / (shape + mean))).sum())

    start = np.log([TORONTO_2018.base, TORONTO_2018.per_incident])
    best = minimize(unlikely, start, method="Nelder-Mead", options={"maxiter": _STEPS})
    base, per_incident = np.exp(np.clip(best.x, -12, 12)).tolist()
    return Dispersion(base, per_incident)


def band(
    rate: NDArray[np.float64], shape: NDArray[np.float64], *, share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Give the band in which the true rate lies with some chance, as much off each end.

    Parameters
    ----------
    rate, shape
        Expected rate and shape of the gamma, ``(m,)`` each.
    share
        Chance of the band, between 0 and 1.

    Raises
    ------
    RiskError
        If the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise RiskError(f"a band of {share}: its chance must lie between 0 and 1")
    off = (1 - share) / 2
    scale = rate / shape
    return (
        np.asarray(gamma.ppf(off, shape) * scale),
        np.asarray(gamma.ppf(1 - off, shape) * scale),
    )


def chance_above(
    rate: NDArray[np.float64], shape: NDArray[np.float64], *, limit: float
) -> NDArray[np.float64]:
    """Give the chance that each street's true rate is above a limit, ``(m,)``."""
    positive = np.maximum(rate, np.finfo(np.float64).tiny)
    return np.asarray(gamma.sf(limit * shape / positive, shape))


def coverage(
    expected: NDArray[np.float64],
    shape: NDArray[np.float64],
    found: NDArray[np.float64],
    *,
    share: float,
) -> NDArray[np.float64]:
    """
    Give the part of each unit's outcome that its predictive band covers.

    A whole number of incidents cannot be split between inside and outside, so its
    place in the predictive distribution is spread evenly over its step [1]_; the mean
    over many units is ``share`` if the bands are right.

    Parameters
    ----------
    expected, shape
        Incidents expected in the window and shape of the gamma, ``(m,)`` each.
    found
        Incidents that came, whole numbers, ``(m,)``.
    share
        Chance of the band.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, shape ``(m,)``.

    References
    ----------
    .. [1] Czado, Gneiting and Held (2009). Predictive Model Assessment for Count Data.
       *Biometrics* 65(4), 1254-1261. doi:10.1111/j.1541-0420.2009.01191.x.
    """
    off = (1 - share) / 2
    success = shape / (shape + expected)
    upto = nbinom.cdf(found, shape, success)
    step = nbinom.pmf(found, shape, success)
    inside = np.minimum(upto, 1 - off) - np.maximum(upto - step, off)
    return np.asarray(np.clip(inside / np.maximum(step, 1e-300), 0.0, 1.0))
