"""
Incidents drawn by a simulator, for maps of which no record is public.

They look like a record (few streets bear most, evenings are busy, some repeat near
by within days), but they are about no real street: whatever is made from them says
that it is synthetic.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.hours import HOURS_OF_WEEK, hour_of_week, zone_of
from patrol.risk.incidents import Incidents, Origin

_SPREAD = 1.7
"""Standard deviation of the logarithm of streets' propensities: about half of the
incidents fall on a twentieth of the streets, as in cities (Weisburd 2015)."""

_SPATIAL_SHARE = 0.5
"""Share of that variance that neighbouring streets have in common."""

_SMOOTHING_ROUNDS = 8
"""Streets that the common part reaches, roughly."""

_REPEAT_SHARE, _REPEAT_MEAN_S, _REPEAT_SD_M = 0.1, 5 * 86_400.0, 20.0
"""Near repeats: how many, how soon and how near."""

_SCATTER_M = 4.0  # beside the street's middle line

_KINDS = {"theft": 0.5, "assault": 0.3, "burglary": 0.2}

_HOUR_S = 3600


@dataclass(frozen=True)
class SyntheticCity:
    """
    How busy an invented record is.

    Attributes
    ----------
    per_km_year
        Incidents a year on each km of street; Toronto's streets had 10 in 2018.
    days
        Length of the record.
    time_zone
        IANA name of the zone in whose evenings most of them happen.

    Raises
    ------
    RiskError
        If a value is impossible.
    """

    per_km_year: float = 10.0
    days: int = 730
    time_zone: str = "Asia/Seoul"

    def __post_init__(self) -> None:
        if not 0 < self.per_km_year < np.inf or self.days < 1:
            raise RiskError(
                f"a record of {self.per_km_year} incidents a km and year over "
                f"{self.days} days: the first must be above 0, the second 1 or more"
            )
        zone_of(self.time_zone)


def synthetic_incidents(
    graph: StreetGraph, city: SyntheticCity, *, now_s: int, seed: int
) -> Incidents:
    """
    Draw a record that ends now.

    Parameters
    ----------
    graph
        Streets.
    city
        How busy the record is.
    now_s
        End of the record, seconds since 1970 UTC.
    seed
        The same seed draws the same record.

    Returns
    -------
    Incidents
        In order of time, marked as synthetic.

    Raises
    ------
    RiskError
        If the map is so small or the record so short that none was drawn.
    """
    rng = np.random.default_rng(seed)
    since_s = now_s - city.days * 86_400
    mean = city.per_km_year * graph.length_m / 1000 * city.days / 365.25
    count = int(rng.poisson(mean))
    if count == 0:
        raise RiskError(
            f"no incident was drawn where {mean:.3g} were expected: ask for more than "
            f"{city.per_km_year} a km and year, or for more than {city.days} days"
        )
    streets = _draw_streets(graph, count, rng)
    xy_m = _draw_places(graph, streets, rng)
    time_s = _draw_times(city, (since_s, now_s), count, rng)
    _repeat_some(xy_m, time_s, now_s=now_s, rng=rng)
    order = np.argsort(time_s, kind="stable")
    kinds = rng.choice(list(_KINDS), size=count, p=list(_KINDS.values()))
    return Incidents(
        xy_m=xy_m[order].round(3),
        time_s=time_s[order],
        kind=kinds.astype(object),
        origin=np.full(count, Origin.REPORTED, dtype=np.int8),
        since_s=since_s,
        until_s=now_s,
        time_zone=city.time_zone,
        synthetic=True,
    )


def _draw_streets(
    graph: StreetGraph, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    common = _smooth_noise(graph, rng)[graph.edge_nodes].mean(axis=1)
    own = rng.standard_normal(graph.num_edges)
    mixed = np.sqrt(_SPATIAL_SHARE) * common + np.sqrt(1 - _SPATIAL_SHARE) * own
    mass = np.exp(_SPREAD * mixed) * graph.edge_length_m
    return rng.choice(graph.num_edges, size=count, p=mass / mass.sum())


def _smooth_noise(graph: StreetGraph, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw standard normal noise that neighbouring nodes share, shape ``(n,)``."""
    noise = rng.standard_normal(graph.num_nodes)
    first, last = graph.edge_nodes.T
    neighbours = np.bincount(graph.edge_nodes.ravel(), minlength=graph.num_nodes)
    for _ in range(_SMOOTHING_ROUNDS):
        around = np.bincount(first, noise[last], graph.num_nodes)
        around += np.bincount(last, noise[first], graph.num_nodes)
        noise = (noise + around) / (1 + neighbours)
    # By rank, as smoothing leaves lone streets wilder than a dense network.
    rank = noise.argsort(kind="stable").argsort(kind="stable")
    return np.asarray(ndtri((rank + 0.5) / graph.num_nodes))


def _draw_places(
    graph: StreetGraph, streets: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Places along streets, evenly, shape ``(k, 2)``."""
    piece_m = np.hypot(*np.diff(graph.shape_xy_m, axis=0).T)
    along_m = np.concatenate([[0.0], piece_m.cumsum()])
    first_m = along_m[graph.shape_start[streets]]
    last_m = along_m[graph.shape_start[streets + 1] - 1]
    at_m = first_m + rng.random(len(streets)) * (last_m - first_m)
    point = np.searchsorted(along_m, at_m).clip(
        graph.shape_start[streets] + 1, graph.shape_start[streets + 1] - 1
    )
    span_m = along_m[point] - along_m[point - 1]
    part = np.divide(
        at_m - along_m[point - 1], span_m, out=np.zeros(len(at_m)), where=span_m > 0
    )[:, np.newaxis]
    before, after = graph.shape_xy_m[point - 1], graph.shape_xy_m[point]
    scatter = _SCATTER_M * rng.standard_normal((len(streets), 2))
    return np.asarray(before + part * (after - before) + scatter)


def _draw_times(
    city: SyntheticCity, span_s: tuple[int, int], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    starts = np.arange(span_s[0], span_s[1], _HOUR_S)
    busy = evening_profile()[hour_of_week(starts, city.time_zone)]
    hour = rng.choice(len(starts), size=count, p=busy / busy.sum())
    return np.asarray(starts[hour] + rng.integers(0, _HOUR_S, size=count))


def evening_profile() -> NDArray[np.float64]:
    """How busy each hour of an invented week is, shape ``(168,)``, mean 1."""
    hour = np.arange(HOURS_OF_WEEK)
    evening = 1 + 0.7 * np.cos(2 * np.pi * (hour - 21) / 24)
    friday_and_saturday_night = np.isin((hour - 6) // 24, [4, 5])
    busy = evening * np.where(friday_and_saturday_night, 1.3, 1.0)
    return np.asarray(busy / busy.mean())


def _repeat_some(
    xy_m: NDArray[np.float64],
    time_s: NDArray[np.int64],
    *,
    now_s: int,
    rng: np.random.Generator,
) -> None:
    """Move some incidents to soon after and near others, in place."""
    count = len(time_s)
    repeats = np.flatnonzero(rng.random(count) < _REPEAT_SHARE)
    parents = rng.integers(0, count, size=len(repeats))
    later_s = time_s[parents] + rng.exponential(_REPEAT_MEAN_S, len(repeats)).astype(
        np.int64
    )
    places = xy_m[parents] + _REPEAT_SD_M * rng.standard_normal((len(repeats), 2))
    past = later_s <= now_s
    time_s[repeats[past]] = later_s[past]
    xy_m[repeats[past]] = places[past]
