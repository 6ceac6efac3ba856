"""
Darkness and concern: what people fear on a street, kept apart from crime.

Light has no settled effect on crime at street level, so it must not be smuggled
into the rate; but it moves fear, and a patrol may answer to that. The layer is a
sum of named parts for each street, cut off at 0 and 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph, StreetTags
from maps.layers import count_near
from maps.street_map import BELLS, CAMERAS, LAMPS, StreetMap
from patrol.errors import RiskError
from patrol.risk.weights import RiskWeights

_UNLIT = ("no", "disused")

_SECLUSION = {
    "footway": 1.0,
    "path": 1.0,
    "track": 1.0,
    "steps": 1.0,
    "living_street": 0.5,
    "pedestrian": 0.5,
    "cycleway": 0.5,
}
"""How much a class of way is left by traffic, from 0 to 1; others are not at all."""

_ALLEY_SERVICES = ("", "alley")
"""Kinds of `service` way that pass as alleys; a driveway or parking aisle does not."""


@dataclass(frozen=True)
class ConcernLayer:
    """
    Concern on ``m`` streets, and what it is made of.

    Attributes
    ----------
    parts
        Named parts, shape ``(m,)`` each: ``unlit`` (tagged so), ``few lamps`` or
        ``lit unset`` (no tag, and few or no known lamps), ``alley``, ``watched``,
        which is negative, and ``reports`` where residents' reports were given.
    """

    parts: Mapping[str, NDArray[np.float64]]

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum of the parts, cut off at 0 and 1, shape ``(m,)``."""
        return np.asarray(reduce(np.add, self.parts.values()).clip(0, 1))


def concern_layer(
    street_map: StreetMap,
    weights: RiskWeights,
    *,
    devices: NDArray[np.int64] | None = None,
) -> ConcernLayer:
    """
    Work out the concern of every street.

    With ``w`` for the weights of section ``concern`` and all else from 0 to 1::

        concern = w.unlit * (lit is no)
                + w.few_lamps * (lit is unset) * (1 - lamps / enough lamps)
                + w.alley * seclusion of the class
                - w.watched * (a camera or a bell is within reach)
                + w.reports * min(devices / w.enough_devices, 1)

    Lamps are those within ``w.lamp_reach_m`` of the street; enough are
    ``w.lamps_per_100m`` on each 100 m. In a map without lamps the second line is
    ``w.lit_unset * (lit is unset)``. A tag says more than lamps, which are seldom
    mapped completely.

    Parameters
    ----------
    street_map
        Streets with the layers of lamps, cameras and bells that are known.
    weights
        Weights of the concern.
    devices
        Residents' devices that reported each street, as
        `resident_reports.ResidentReports` counts them, shape ``(m,)``; no such part
        where None.

    Raises
    ------
    RiskError
        If the devices do not fit the streets.
    """
    graph, tags = street_map.graph, street_map.graph.tags
    unset = (tags.lit == "").astype(np.float64)
    unlit = np.isin(tags.lit.astype(str), _UNLIT).astype(np.float64)
    parts: dict[str, NDArray[np.float64]] = {}
    parts["unlit"] = weights.concern_unlit * unlit
    lamps = street_map.points_xy_m.get(LAMPS)
    if lamps is not None and len(lamps):
        dark = unset * (1 - lamp_cover(graph, lamps, weights))
        parts["few lamps"] = weights.concern_few_lamps * dark
    else:
        parts["lit unset"] = weights.concern_lit_unset * unset
    parts["alley"] = weights.concern_alley * _seclusion(tags)
    parts["watched"] = -weights.concern_watched * _watched(street_map, weights)
    if devices is not None:
        parts["reports"] = weights.concern_reports * _reported(devices, graph, weights)
    return ConcernLayer(parts)


def lamp_cover(
    graph: StreetGraph, lamps_xy_m: NDArray[np.float64], weights: RiskWeights
) -> NDArray[np.float64]:
    """Lamps within reach as a share of those for full light, 0-1, shape ``(m,)``."""
    near = count_near(graph, lamps_xy_m, within_m=weights.concern_lamp_reach_m)
    enough = graph.edge_length_m / 100 * weights.concern_lamps_per_100m
    return np.asarray(np.minimum(near / enough, 1.0))


def _reported(
    devices: NDArray[np.int64], graph: StreetGraph, weights: RiskWeights
) -> NDArray[np.float64]:
    if devices.shape != (graph.num_edges,):
        raise RiskError(
            f"devices of shape {devices.shape}: there must be one number a street, "
            f"{graph.num_edges}"
        )
    return np.asarray(np.minimum(devices / weights.concern_enough_devices, 1.0))


def _seclusion(tags: StreetTags) -> NDArray[np.float64]:
    by_class = [_SECLUSION.get(highway, 0.0) for highway in tags.highway]
    alley = (tags.highway == "service") & np.isin(
        tags.service.astype(str), _ALLEY_SERVICES
    )
    return np.asarray(np.maximum(by_class, alley), dtype=np.float64)


def _watched(street_map: StreetMap, weights: RiskWeights) -> NDArray[np.float64]:
    watched = np.zeros(street_map.graph.num_edges, dtype=bool)
    for layer in (CAMERAS, BELLS):
        points = street_map.points_xy_m.get(layer)
        if points is not None and len(points):
            reach_m = weights.concern_watch_reach_m
            watched |= count_near(street_map.graph, points, within_m=reach_m) > 0
    return watched.astype(np.float64)
