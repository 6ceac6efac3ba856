"""Which streets come first: risk and concern in one number, and where to cut."""

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.field import RiskField

_TOP_PERCENTILE = 99
"""Streets above it are all simply the worst: a few extremes must not set the scale."""


def street_priority(field: RiskField) -> NDArray[np.float64]:
    """
    Weigh risk and concern of each street.

    The rate is divided by its 99th percentile over the streets and cut off at 1;
    with ``w`` the weight ``concern.weight`` of the field,
    ``priority = (1 - w) * scaled rate + w * concern``. The hours of a shift do not
    matter: the profile raises and lowers all streets alike.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, shape ``(m,)``.

    Raises
    ------
    RiskError
        If the field was made without a concern weight.
    """
    if "concern.weight" not in field.weights:
        raise RiskError(
            f"the risk has no weight 'concern.weight', it has "
            f"{', '.join(sorted(field.weights)) or 'none'}: fit it again"
        )
    weight = field.weights["concern.weight"]
    return (1 - weight) * _scaled(field.rate_per_km_h) + weight * field.concern


def choose_required(
    graph: StreetGraph,
    drivable: NDArray[np.bool_],
    priority: NDArray[np.float64],
    *,
    share: float,
) -> NDArray[np.int64]:
    """
    Choose the streets that must be served.

    Streets are taken by falling priority, equals by number, until the next one
    would make them longer than the share. The first is always taken.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    drivable
        Mask of the streets that the robot can drive, shape ``(m,)``.
    priority
        Priority of each street, shape ``(m,)``.
    share
        Share of the drivable length to serve, above 0, at most 1.

    Returns
    -------
    numpy.ndarray
        Street numbers, ascending, at least one.

    Raises
    ------
    RiskError
        If the share is outside its range, an array does not fit the graph, a
        priority is no number, or no street is drivable.
    """
    _check_choice(graph, drivable, priority, share=share)
    streets = np.flatnonzero(drivable)
    order = streets[np.argsort(-priority[streets], kind="stable")]
    length_m = graph.edge_length_m[order].cumsum()
    # The margin keeps a share of 1 from losing its last street to rounding.
    taken = int((length_m <= share * length_m[-1] * (1 + 1e-9)).sum())
    return np.sort(order[: max(taken, 1)])


def choose_risky(
    graph: StreetGraph,
    drivable: NDArray[np.bool_],
    risk_per_h: NDArray[np.float64],
    *,
    min_risk: float,
) -> NDArray[np.int64]:
    """
    Choose the streets whose risk is high enough.

    Parameters
    ----------
    graph
        Streets, ``m`` of them.
    drivable
        Mask of the streets that the robot can drive, shape ``(m,)``.
    risk_per_h
        Expected incidents per hour on each whole street, shape ``(m,)``.
    min_risk
        Least risk of a street to serve, in incidents per km per hour, above 0.

    Returns
    -------
    numpy.ndarray
        Street numbers, ascending, at least one.

    Raises
    ------
    RiskError
        If the least risk is not above 0 or no drivable street reaches it, an array
        does not fit the graph, a risk is no number, or no street is drivable.
    """
    _check_arrays(graph, drivable, risk_per_h, name="risk_per_h")
    if not 0 < min_risk < np.inf:
        raise RiskError(
            f"a least risk of {min_risk} incidents per km per hour: it must be above 0"
        )
    rate = risk_per_h / (graph.edge_length_m / 1000)
    chosen = np.flatnonzero(drivable & (rate >= min_risk))
    if len(chosen) == 0:
        raise RiskError(
            f"no drivable street has a risk of {min_risk:g} incidents per km per hour, "
            f"the highest has {rate[drivable].max():.3g}: ask for less"
        )
    return chosen


def _scaled(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    top = np.percentile(rate, _TOP_PERCENTILE) or rate.max() or 1.0
    return np.minimum(rate / top, 1.0)


def _check_choice(
    graph: StreetGraph,
    drivable: NDArray[np.bool_],
    priority: NDArray[np.float64],
    *,
    share: float,
) -> None:
    if not 0 < share <= 1:
        raise RiskError(
            f"a share of {share} of the streets: it must be above 0 and at most 1"
        )
    _check_arrays(graph, drivable, priority, name="priority")


def _check_arrays(
    graph: StreetGraph,
    drivable: NDArray[np.bool_],
    value: NDArray[np.float64],
    *,
    name: str,
) -> None:
    for called, array in (("drivable", drivable), (name, value)):
        if array.shape != (graph.num_edges,):
            raise RiskError(
                f"{called} has shape {array.shape}, expected ({graph.num_edges},) for "
                f"{graph.num_edges} streets"
            )
    if np.isnan(value).any():
        first = int(np.isnan(value).argmax())
        raise RiskError(f"the {name} of street {first} is not a number")
    if not drivable.any():
        raise RiskError(
            f"none of {graph.num_edges} streets is drivable, so none can be chosen: "
            f"use another map or another robot"
        )
