"""How the risk goes up and down over the week."""

import numpy as np
from numpy.typing import NDArray

from patrol.risk.aoristic import hour_counts
from patrol.risk.hours import HOURS_OF_WEEK, hours_between
from patrol.risk.incidents import Incidents
from patrol.risk.weights import RiskWeights


def fit_profile(incidents: Incidents, *, weights: RiskWeights) -> NDArray[np.float64]:
    """
    Fit the factor of each hour of the week.

    Counts and the time that the record spent in each hour are smoothed round the
    circle of the week by a Gaussian, and drawn towards flat as if
    ``profile.prior_incidents`` incidents had been seen evenly over the week. Times
    that are rounded or unknown are spread first (`aoristic.hour_counts`).

    Parameters
    ----------
    incidents
        A record; it may be empty.
    weights
        Smoothing and prior.

    Returns
    -------
    numpy.ndarray
        Shape ``(168,)``, above 0, mean 1.
    """
    counts = hour_counts(incidents)
    spent_h = hours_between(incidents.since_s, incidents.until_s, incidents.time_zone)
    flat = len(incidents) * spent_h / max(spent_h.sum(), 1e-9)
    prior = weights.profile_prior_incidents / HOURS_OF_WEEK
    factor = (_smooth(counts, weights) + prior) / (_smooth(flat, weights) + prior)
    return np.asarray(factor / factor.mean())


def _smooth(values: NDArray[np.float64], weights: RiskWeights) -> NDArray[np.float64]:
    away_h = np.arange(HOURS_OF_WEEK)
    away_h = np.minimum(away_h, HOURS_OF_WEEK - away_h)
    kernel = np.exp(-0.5 * (away_h / weights.profile_smooth_h) ** 2)
    circulant = (kernel / kernel.sum())[
        np.subtract.outer(np.arange(HOURS_OF_WEEK), np.arange(HOURS_OF_WEEK))
        % HOURS_OF_WEEK
    ]
    return np.asarray(circulant @ values)
