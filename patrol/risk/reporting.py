"""
Where less is reported than happens: areas whose reporting rate is known.

A model of reports does not see what nobody reports, and where people report less, an
area looks calmer than it is (Akpinar and others 2021, doi:10.1145/3442188.3445877). A
reporting rate for each area is an input like any other weight: given by a person, with
its name in the field, never fitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maps.area_table import read_area_table, street_shares
from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.field import RiskField
from patrol.risk.person_data import refuse_person_data

_NAME, _RATE = "name", "rate"
_PREFIX = "reporting."


@dataclass(frozen=True)
class Reporting:
    """
    Reporting rates.

    Attributes
    ----------
    by_street
        Part of what happens on each street that is reported, shape ``(m,)``; outside
        all areas the mean over the length of those inside.
    by_area
        The rates as they were given, by the area's name.
    """

    by_street: NDArray[np.float64]
    by_area: Mapping[str, float]


def load_reporting(path: Path, graph: StreetGraph) -> Reporting:
    """
    Read rates from a file of polygons with a column ``rate`` and perhaps ``name``.

    Raises
    ------
    MapError
        If the file cannot be read or has no such column.
    RiskError
        If a column is about persons, a rate is not above 0 and at most 1, or no
        street lies in an area.
    """
    areas = read_area_table(path, graph)
    refuse_person_data(c for c in areas.columns if c.casefold() != _NAME)
    rates = areas.numbers(_RATE)
    names = (
        areas.texts(_NAME)
        if _NAME in areas.columns
        else tuple(f"area {k + 1}" for k in range(len(areas)))
    )
    for name, rate in zip(names, rates.tolist(), strict=True):
        if not 0 < rate <= 1:
            raise RiskError(
                f"the reporting rate of {name!r} is {rate}: it must be above 0 and at "
                f"most 1, the part of what happens that is reported"
            )
    share = street_shares(graph, areas.shapes)
    inside = np.asarray(share.sum(axis=0)).ravel()
    length_m = inside * graph.edge_length_m
    if not length_m.any():
        raise RiskError(f"no street lies in any of the {len(areas)} areas of {path}")
    mean = np.divide(rates @ share, inside, out=np.zeros(len(inside)), where=inside > 0)
    usual = float(np.average(mean, weights=length_m))
    by_street = np.where(inside > 0, mean, usual)
    return Reporting(by_street, dict(zip(names, rates.tolist(), strict=True)))


def with_reporting(
    field: RiskField, graph: StreetGraph, by_street: NDArray[np.float64]
) -> RiskField:
    """
    Divide the rate of each street by its reporting rate; the mass of the whole stays.

    So risk moves to where less is reported, and the unit remains reported incidents:
    how many happen in all, no rate of this kind can tell.

    Parameters
    ----------
    field
        Risk of the reports.
    graph
        Its streets.
    by_street
        Part that is reported, shape ``(m,)``.
    """
    more = 1 / by_street
    mass = field.rate_per_km_h * graph.edge_length_m
    scale = more * (mass.sum() / (mass @ more)) if mass.any() else np.ones(len(more))
    return replace(
        field,
        shares={name: share * scale for name, share in field.shares.items()},
        reporting=by_street.copy(),
    )


def named(field: RiskField, reporting: Reporting) -> RiskField:
    """Put the rates of areas among the weights of a field, as ``reporting.NAME``."""
    rates = {f"{_PREFIX}{name}": rate for name, rate in reporting.by_area.items()}
    return replace(field, weights=dict(field.weights) | rates)
