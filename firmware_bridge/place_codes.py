"""
Uncertainty of a place in six bits, rounded up so that a robot never seems surer.

Code 0 tells nothing; code n of 1 to 63 tells 0.01 m times 1.15 to the power n - 1,
which is 1 cm to 58 m.
"""

from bisect import bisect_left

_SIGMAS_M = [0.01 * 1.15**step for step in range(63)]


def code_of_sigma(sigma_m: float | None) -> int:
    """Give the code of a standard deviation in metres; what is beyond 58 m is 63."""
    if sigma_m is None:
        return 0
    return min(bisect_left(_SIGMAS_M, sigma_m * (1 - 1e-9)), 62) + 1


def sigma_of_code(code: int) -> float | None:
    """Give the standard deviation of a code from 0 to 63, in metres."""
    return _SIGMAS_M[code - 1] if code else None
