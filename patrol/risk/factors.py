"""
The environment of a street as factors of its base rate.

Each factor is a layer of its own, 0 where nothing is known of it, so that any of them
may be missing. The base rate is multiplied by ``exp(beta * x)`` of each, and scaled
such that the mass of the whole stays: factors move risk between streets, they make
none. Effects are named weights (`RiskWeights.betas`); given incidents, they are fitted
about what other cities' studies say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from maps.layers import count_near
from maps.paths import StreetNetwork
from maps.snap import nearest_node
from maps.street_map import BELLS, CAMERAS, LAMPS, POLICE, VENUES, StreetMap
from patrol.errors import RiskError
from patrol.risk.concern import concern_layer, lamp_cover
from patrol.risk.daylight import dark_hours
from patrol.risk.night import Night
from patrol.risk.repairs import Repair
from patrol.risk.weights import BETA_PRIORS, RiskWeights

CCTV_M = 100.0
"""Reach of a camera: that of the Korean police study of 2020."""

BARS_M = 850.0
"""Reach of a bar along the streets (Groff 2014, doi:10.1007/s10940-013-9213-2)."""

_BESIDE_M = 200.0
"""A venue further than this from every crossing is on no street of the map."""

_BELL_M, _POLICE_M = 50.0, 200.0
_NARROW_M = 4.0
_MAJOR = ("primary", "primary_link", "secondary", "secondary_link", "trunk")
_BATCH = 16  # venues from which distances are worked out at a time

_NIGHT_SHARE = 11 / 24
"""Part of the day that is dark over the year: an unlit street is so by night only, and
its mean over the week is that part of the effect (`night.Night` says when)."""

_UNLIT = "unlit"

_NEWTON_STEPS = 30


@dataclass(frozen=True)
class Surroundings:
    """
    What is known of the ``m`` streets beside incidents.

    Attributes
    ----------
    factors
        Factors of the base rate by name, as `factor_layers` gives them.
    concern
        Concern layer from 0 to 1, shape ``(m,)``.

    Raises
    ------
    RiskError
        If a factor has not one finite number a street.
    """

    factors: Mapping[str, NDArray[np.float64]]
    concern: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name, layer in self.factors.items():
            if layer.shape != self.concern.shape:
                raise RiskError(
                    f"factor {name!r} has shape {layer.shape}, the concern "
                    f"{self.concern.shape}: both must have one value a street"
                )
            bad = ~np.isfinite(layer)
            if bad.any():
                first = int(bad.argmax())
                raise RiskError(
                    f"factor {name!r} of street {first} is {layer[first]}: it must be "
                    f"a finite number, 0 where nothing is known ({int(bad.sum())} such "
                    f"of {len(layer)})"
                )

    @classmethod
    def of(cls, street_map: StreetMap, weights: RiskWeights) -> "Surroundings":
        """Look at everything that a map knows."""
        concern = concern_layer(street_map, weights).total
        return cls(factor_layers(street_map, weights), concern)

    @classmethod
    def unknown(cls, num_edges: int) -> "Surroundings":
        """Know nothing."""
        return cls({}, np.zeros(num_edges))


def strayed(street_map: StreetMap) -> tuple[Repair, ...]:
    """Find layers of which no point lies on the map or near it: of another place."""
    graph = street_map.graph
    low = graph.shape_xy_m.min(axis=0) - BARS_M
    high = graph.shape_xy_m.max(axis=0) + BARS_M
    found = []
    for name, xy_m in street_map.points_xy_m.items():
        if len(xy_m) and not ((xy_m >= low) & (xy_m <= high)).all(axis=1).any():
            found.append(
                Repair(
                    f"{name}_off_the_map",
                    len(xy_m),
                    f"none of {len(xy_m):,} {name} lies on the map or near it: they "
                    f"count for nothing, check their place and projection",
                )
            )
    return tuple(found)


def factor_layers(
    street_map: StreetMap, weights: RiskWeights
) -> dict[str, NDArray[np.float64]]:
    """
    Work out the factors of every street.

    Parameters
    ----------
    street_map
        Streets with the layers that are known: lamps, cameras, bells, venues, police.
    weights
        Reach and number of the lamps that light a street.

    Returns
    -------
    dict
        By name, shape ``(m,)`` each: ``unlit`` (dark part of the street times the dark
        part of the day), ``cctv`` (1 with a camera within 100 m), ``bars`` (logarithm
        of 1 plus the bars within 850 m along the streets, each counted less in
        proportion to its distance), ``cul_de_sac``, ``major_road``, ``narrow`` (known
        to be under 4 m wide), ``bell`` and ``police`` (within 50 and 200 m).
    """
    graph, tags = street_map.graph, street_map.graph.tags
    meeting = np.bincount(graph.edge_nodes.ravel(), minlength=graph.num_nodes)
    dead_end = (meeting[graph.edge_nodes] == 1).any(axis=1)
    venues = street_map.points_xy_m.get(VENUES)
    return {
        _UNLIT: _NIGHT_SHARE * _darkness(street_map, weights),
        "cctv": _within(street_map, CAMERAS, CCTV_M),
        "bars": np.log1p(_weighed_near(graph, venues)),
        "cul_de_sac": dead_end.astype(np.float64),
        "major_road": np.isin(tags.highway.astype(str), _MAJOR).astype(np.float64),
        "narrow": (tags.width_m < _NARROW_M).astype(np.float64),
        "bell": _within(street_map, BELLS, _BELL_M),
        "police": _within(street_map, POLICE, _POLICE_M),
    }


def multipliers(
    layers: Mapping[str, NDArray[np.float64]], betas: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    """
    Give what each factor multiplies the base rate by, before scaling, ``(m,)``.

    Darkness does so by night only: here is its mean over day and night.
    """
    times = {name: np.exp(betas[name] * layer) for name, layer in layers.items()}
    if _UNLIT in layers:
        by_night = np.exp(betas[_UNLIT] * layers[_UNLIT] / _NIGHT_SHARE)
        times[_UNLIT] = 1 + _NIGHT_SHARE * (by_night - 1)
    return times


def environment(
    layers: Mapping[str, NDArray[np.float64]],
    betas: Mapping[str, float],
    length_km: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Product of all multipliers, scaled to a mean of 1 over the length, ``(m,)``."""
    product = reduce(
        np.multiply, multipliers(layers, betas).values(), np.ones(len(length_km))
    )
    return np.asarray(product / np.average(product, weights=length_km))


def night_of(
    graph: StreetGraph, around: Surroundings, weights: RiskWeights, time_zone: str
) -> Night | None:
    """
    Say what darkness does to the base rate, and when it is dark.

    Returns
    -------
    Night
        None where no street is known to be unlit, or that has no effect.
    """
    unlit = around.factors.get(_UNLIT)
    if unlit is None or not unlit.any() or weights.beta_unlit == 0:
        return None
    plane = graph.projection
    return Night(
        dark=dark_hours(plane.lat_deg, plane.lon_deg, time_zone),
        times=np.exp(weights.beta_unlit * unlit / _NIGHT_SHARE),
    )


def fit_betas(
    layers: Mapping[str, NDArray[np.float64]],
    found: NDArray[np.float64],
    length_km: NDArray[np.float64],
    *,
    weights: RiskWeights,
) -> RiskWeights:
    """
    Fit the effects of the factors to incidents, about their priors.

    The most likely effects under a Poisson rate ``exp(a + beta . x)`` per km and the
    normal priors of `BETA_PRIORS`, by Newton's method; the deviance over the streets
    says by how much the counts scatter more than Poisson ones, and their weight
    against the priors is divided by it (McCullagh and Nelder 1989, section 4.5).

    Parameters
    ----------
    layers
        Factors, shape ``(m,)`` each.
    found
        Incidents on each street, decayed, shape ``(m,)``.
    length_km
        Length of each street, shape ``(m,)``.
    weights
        Weights; effects that are pinned in them stay as they are.

    Returns
    -------
    RiskWeights
        The same with fitted effects, each within its range.
    """
    free = [
        name
        for name, layer in layers.items()
        if f"beta.{name}" not in weights.pinned and layer.any()
    ]
    if not free or found.sum() <= 0:
        return weights
    fixed = {name: layer for name, layer in layers.items() if name not in free}
    offset = length_km * environment(fixed, weights.betas, length_km)
    design = np.column_stack([*(layers[name] for name in free), np.ones(len(found))])
    mean, sd = np.array([BETA_PRIORS[name] for name in free]).T
    prior = np.append(mean, 0.0), np.append(sd**-2.0, 0.0)
    slope = np.append(mean, np.log(found.sum() / offset.sum()))
    scatter = 1.0
    for _ in range(_NEWTON_STEPS):
        expected = offset * np.exp(np.clip(design @ slope, -40, 40))
        scatter = _scatter(expected, found)
        gradient = design.T @ (found - expected) / scatter
        gradient -= prior[1] * (slope - prior[0])
        curve = (design.T * expected) @ design / scatter + np.diag(prior[1])
        step = np.linalg.solve(curve, gradient)
        slope += step * min(1.0, 1 / np.abs(step).max())
        if np.abs(step).max() < 1e-9:
            break
    fitted = dict(zip(free, np.clip(slope[:-1], -2, 2).tolist(), strict=True))
    return replace(weights, **{f"beta_{name}": value for name, value in fitted.items()})


def _scatter(expected: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """Pearson's estimate of variance over mean, at least 1."""
    told = expected > 0
    squares = (found[told] - expected[told]) ** 2 / expected[told]
    return max(1.0, float(squares.mean()))


def _darkness(street_map: StreetMap, weights: RiskWeights) -> NDArray[np.float64]:
    lit = street_map.graph.tags.lit.astype(str)
    dark = np.isin(lit, ("no", "disused")).astype(np.float64)
    lamps = street_map.points_xy_m.get(LAMPS)
    if lamps is not None and len(lamps):
        covered = lamp_cover(street_map.graph, lamps, weights)
        dark = np.where(lit == "", 1 - covered, dark)
    return dark


def _within(street_map: StreetMap, layer: str, reach_m: float) -> NDArray[np.float64]:
    points = street_map.points_xy_m.get(layer)
    if points is None or not len(points):
        return np.zeros(street_map.graph.num_edges)
    near = count_near(street_map.graph, points, within_m=reach_m) > 0
    return near.astype(np.float64)


def _weighed_near(
    graph: StreetGraph, points_xy_m: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Sum 1 less distance over reach, along the streets, of the points; ``(m,)``."""
    near = np.zeros(graph.num_edges)
    if points_xy_m is None or not len(points_xy_m):
        return near
    node, away_m = nearest_node(graph, points_xy_m)
    nodes, count = np.unique(node[away_m <= _BESIDE_M], return_counts=True)
    network = StreetNetwork.of(graph, graph.edge_length_m)
    for first in range(0, len(nodes), _BATCH):
        some = slice(first, first + _BATCH)
        way_m = network.distances(nodes[some], limit=BARS_M)
        first_m, last_m = (way_m[:, ends] for ends in graph.edge_nodes.T)
        to_ends_m = np.minimum(first_m, last_m) + graph.edge_length_m / 2
        near += count[some] @ np.maximum(0.0, 1 - to_ends_m / BARS_M)
    return near
