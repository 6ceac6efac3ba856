"""Who is patrolled tonight: way and time by area, against the risk, and for nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.area_table import grid_of_areas, street_shares
from patrol.mission.dose import driven_dose, planned_dose
from patrol.mission.figures import served_streets
from patrol.report.night import Night, streets_to_serve

_CELLS = 4
"""Cells along the longer side of a map: districts, not street corners."""

_KM, _MIN_S, _HOUR_S = 1000.0, 60.0, 3600.0


@dataclass(frozen=True)
class AreaShare:
    """
    One cell of the map.

    Attributes
    ----------
    area
        Its name, counted from the south-western corner.
    patrol_km, patrol_min
        Way and time of the patrols in it, deadhead included.
    patrol_share, expected_share
        Its share of the way, and of the incidents expected on drivable streets.
    """

    area: str
    patrol_km: float
    patrol_min: float
    patrol_share: float
    expected_share: float

    @property
    def times(self) -> float | None:
        """Share of the way over share of the incidents; 1 is in step."""
        return self.patrol_share / self.expected_share if self.expected_share else None


@dataclass(frozen=True)
class NightAudit:
    """
    An audit of one night by its own risk.

    Attributes
    ----------
    driven
        Whether the way was driven, by real or simulated robots, not only planned.
    cell_m
        Side of a cell.
    areas
        Cells by falling way, those that nobody patrols last.
    served, others
        Drivable streets served, and all other drivable ones.
    served_none
        Of those served, how many are to be expected without a reported incident in the
        shift.
    served_expected, others_expected
        Incidents to expect on them in the shift.
    reporting_known
        Whether reporting rates were given to the risk.
    """

    driven: bool
    cell_m: float
    areas: tuple[AreaShare, ...]
    served: int
    others: int
    served_none: float
    served_expected: float
    others_expected: float
    reporting_known: bool

    @classmethod
    def of(cls, night: Night) -> "NightAudit":
        """Audit a night as it was driven, or as it is planned."""
        expected = night.expected_per_h * night.plan.shift.duration_s / _HOUR_S
        shape = night.risk.shape
        none = (shape / (shape + expected)) ** shape  # negative binomial
        drivable = night.traversal.drivable
        served = np.zeros(len(none), dtype=np.bool_)
        served[_served(night)] = True
        served &= drivable
        low, high = (f(night.street_map.graph.shape_xy_m, axis=0) for f in _ENDS)
        cell_m = float(np.ceil((high - low).max() / _CELLS / 10) * 10) or 10.0
        return cls(
            driven=night.record is not None,
            cell_m=cell_m,
            areas=_areas(night, cell_m),
            served=int(served.sum()),
            others=int((drivable & ~served).sum()),
            served_none=float(none[served].sum()),
            served_expected=float(expected[served].sum()),
            others_expected=float(expected[~served].sum()),
            reporting_known=night.risk.reporting is not None,
        )


_ENDS = (np.min, np.max)


def _served(night: Night) -> NDArray[np.int64]:
    none = [np.zeros(0, dtype=np.int64)]
    if night.record is None:
        found = [streets_to_serve(route) for route in night.plan.routes]
    else:
        found = [np.asarray(served_streets(track)) for track in night.tracks]
    return np.unique(np.concatenate(none + found)).astype(np.int64)


def _areas(night: Night, cell_m: float) -> tuple[AreaShare, ...]:
    graph = night.street_map.graph
    dose = (
        planned_dose(night.plan, graph.edge_length_m)
        if night.record is None
        else driven_dose(night.plan, night.record, night=night.plan.digest)
    )
    cells = grid_of_areas(graph, cell_m=cell_m)
    share = street_shares(graph, cells.shapes)
    way_km = np.asarray(share @ dose.metres_by_street(graph.num_edges)) / _KM
    time_min = np.asarray(share @ dose.seconds_by_street(graph.num_edges)) / _MIN_S
    expected = np.asarray(share @ night.expected_per_h)
    all_km, all_ = float(way_km.sum()) or 1.0, float(expected.sum()) or 1.0
    rows = [
        AreaShare(name, km, minutes, km / all_km, incidents / all_)
        for name, km, minutes, incidents in zip(
            cells.texts("name"),
            way_km.tolist(),
            time_min.tolist(),
            expected.tolist(),
            strict=True,
        )
    ]
    return tuple(sorted(rows, key=lambda row: (-row.patrol_km, row.area)))
