"""
Contrast: whether high rates came out too low, and low ones too high, of late.

A record grows, and with it what can be told from it: weights that were found on windows
of months ago trust the streets' own history too little today. So the densities that a
model expects are raised to a power, which leaves their order and their sum as they are.
The power is the one under which the last windows are likeliest, the newest counting
most, with a prior close to 1 (the slope of Cox's calibration [1]_).

.. [1] Cox (1958). Two further applications of a model for binary regression.
   *Biometrika* 45(3/4), 562-565. doi:10.1093/biomet/45.3-4.562.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

_OLDER = 0.7
"""What a window counts against the next one."""

_PRIOR_SD = 0.05
_RANGE = (0.7, 1.3)


def find_contrast(
    expected: Sequence[NDArray[np.float64]],
    found: Sequence[NDArray[np.float64]],
    size: NDArray[np.float64],
) -> float:
    """
    Find the power under which windows are likeliest.

    Parameters
    ----------
    expected, found
        Incidents on each unit in each window, shape ``(m,)`` each, the newest first.
    size
        Size of each unit, shape ``(m,)``.
    """
    logs = [_log_density(one, size) for one in expected]
    weights = _OLDER ** np.arange(len(logs))

    def unlikely(power: float) -> float:
        lost = 0.5 * ((power - 1) / _PRIOR_SD) ** 2
        for weight, log, came in zip(weights, logs, found, strict=True):
            whole = float(np.log(size @ np.exp(power * log)))
            lost += weight * float(came.sum() * whole - power * (came @ log))
        return lost

    return float(minimize_scalar(unlikely, bounds=_RANGE, method="bounded").x)


def with_contrast(
    expected: NDArray[np.float64], size: NDArray[np.float64], *, power: float
) -> NDArray[np.float64]:
    """Raise densities to a power, and keep their order and their sum; ``(m,)``."""
    raised = size * np.exp(power * _log_density(expected, size)) * (expected > 0)
    whole = raised.sum()
    return np.asarray(raised * (expected.sum() / whole if whole > 0 else 0.0))


def _log_density(
    expected: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of the density over the mean one; of nothing, a millionth of it."""
    density = expected / size
    mean = expected.sum() / size.sum()
    return np.log(np.maximum(density / mean, 1e-6)) if mean > 0 else 0.0 * density
