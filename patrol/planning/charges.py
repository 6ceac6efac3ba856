"""What routes may hold and what they are charged; compiled, on arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled

_STEEP = 10.0
"""How much dearer a metre becomes as a route grows beyond its target."""


class Rules(NamedTuple):
    """
    What a route may hold and what it is charged.

    Route ``r`` of length ``x`` counts as ``pace[r] * x`` and is charged that, and
    ``over * max(0, x - limit[r])``. Routes ``first[r]`` to ``stop[r] - 1`` are all of
    the same robot. For the excess ``e`` of what they count together above a target
    above 0 the robot is charged ``penalty`` times ``e * (1 + 10 * e / target)``, so
    that those far above it become even, too. No route may be loaded above ``capacity``,
    and it may hold task ``i`` only if ``may[r, i]``.
    """

    capacity: float
    target: float
    penalty: float
    pace: NDArray[np.float64]
    limit: NDArray[np.float64]
    over: float
    may: NDArray[np.bool_]
    first: NDArray[np.int64]
    stop: NDArray[np.int64]


def equal_rules(
    routes: int, tasks: int, *, capacity: float, target: float, penalty: float
) -> Rules:
    """Rules for vehicles that are all alike."""
    return Rules(
        capacity=capacity,
        target=target,
        penalty=penalty,
        pace=np.ones(routes),
        limit=np.full(routes, np.inf),
        over=0.0,
        may=np.ones((routes, tasks), np.bool_),
        first=np.arange(routes),
        stop=np.arange(routes) + 1,
    )


@compiled
def charge(rules: Rules, r: int, length: float, rest: float) -> float:
    """Work out what a route of this length is charged, ``rest`` as `rest_of` says."""
    together = float(rules.pace[r] * length) + rest
    return charge_alone(rules, r, length) + charge_robot(rules, together)


@compiled
def charge_alone(rules: Rules, r: int, length: float) -> float:
    """Work out what a route of this length is charged, but for its robot."""
    counted = float(rules.pace[r] * length)
    if rules.over == 0.0:
        return counted
    return counted + rules.over * max(0.0, length - float(rules.limit[r]))


@compiled
def charge_robot(rules: Rules, together: float) -> float:
    """Work out what a robot is charged whose routes count so much together."""
    excess = together - rules.target
    if excess <= 0.0 or rules.target <= 0.0:
        return 0.0
    return rules.penalty * excess * (1.0 + _STEEP * excess / rules.target)


@compiled
def rest_of(rules: Rules, length: NDArray[np.float64], r: int) -> float:
    """Work out how much the other routes of a route's robot count."""
    rest = 0.0
    for q in range(rules.first[r], rules.stop[r]):
        if q != r:
            rest += rules.pace[q] * length[q]
    return rest


@compiled
def excess(rules: Rules, length: NDArray[np.float64], r: int) -> float:
    """Work out what a route is charged beyond its length."""
    charged = charge(rules, r, length[r], rest_of(rules, length, r))
    return float(charged - rules.pace[r] * length[r])


@compiled
def value_of(rules: Rules, length: NDArray[np.float64]) -> float:
    """Work out what routes of these lengths are charged in all."""
    total = 0.0
    for r in range(len(length)):
        total += charge_alone(rules, r, length[r])
        if rules.first[r] == r:  # the first route of a robot
            together = rules.pace[r] * length[r] + rest_of(rules, length, r)
            total += charge_robot(rules, together)
    return total
