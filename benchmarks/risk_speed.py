"""
How long the kernels of the risk model take on a whole city.

``python -m benchmarks.risk_speed --json FILE`` lays out a synthetic city (a bent grid)
of 400,000 streets with 1,000,000 incidents, drawn unevenly by the seed, and measures in
CPU seconds of one thread, after a first call on a small city that compiles:

- the simple network kernel (quartic, 300 m, pieces of 25 m);
- the heat kernel (50 m): its factor, and spreading anew with the factor kept;
- an update of counts with decay;
- placing the incidents on streets, and the whole plain fit.
"""

import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.child import measure
from benchmarks.output import publish
from maps import LocalProjection, StreetGraph
from maps.graph import StreetTags
from patrol.risk.heat import HeatKernel
from patrol.risk.heat_media import StreetMedium
from patrol.risk.incidents import Incidents
from patrol.risk.lixels import Lixels
from patrol.risk.model import decayed, fit_risk
from patrol.risk.network_kde import network_kde
from patrol.risk.placement import place_incidents, share_mass
from patrol.risk.weights import RiskWeights

STREETS, INCIDENTS = 400_000, 1_000_000

_T = TypeVar("_T")

_SPACING_M = 100.0
_RADIUS_M, _LIXEL_M, _SD_M = 300.0, 25.0, 50.0
_NOW_S = 1_700_000_000
_YEAR_S = 365 * 86_400
_LONGEST_S = 600.0
_TARGETS = {
    "network kernel, CPU s": 3.5,
    "heat kernel anew with its factor kept, CPU s": 0.3,
    "update of counts, CPU s": 0.010,
    "peak memory, MB": 1200.0,
}


def main(json_path: Annotated[Path | None, typer.Option("--json")] = None) -> None:
    """Measure the kernels in a process of their own."""
    measured = measure(
        "benchmarks.risk_speed:run", str(STREETS), str(INCIDENTS), timeout_s=_LONGEST_S
    )
    if measured.error:
        raise RuntimeError(measured.error)
    figures = dict(measured.result)
    rows = [_row(name, float(str(value))) for name, value in figures.items()]
    holds = all(row["holds"] for row in rows if row["holds"] is not None)
    summary = {"streets": STREETS, "incidents": INCIDENTS, "holds": holds}
    publish("risk_speed", rows, summary, json_path=json_path)


def run(streets: str, incidents: str) -> dict[str, object]:
    """Measure everything on one city; what a child process runs."""
    _kernels(*_city(1000, 1000))
    graph, record = _city(int(streets), int(incidents))
    peak: dict[str, object] = {}
    figures = _kernels(graph, record)
    peak["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return figures | peak


def _kernels(graph: StreetGraph, incidents: Incidents) -> dict[str, object]:
    weights = RiskWeights()
    lixels = Lixels.cut(graph.edge_nodes, graph.edge_length_m, lixel_m=_LIXEL_M)
    street, offset_m = _truth(graph, len(incidents))
    ones = np.ones(len(incidents))
    figures: dict[str, object] = {}

    def timed(name: str, work: Callable[[], _T]) -> _T:
        begun = time.process_time()
        result = work()
        figures[f"{name}, CPU s"] = time.process_time() - begun
        return result

    timed(
        "network kernel",
        lambda: network_kde(lixels, street, offset_m, ones, radius_m=_RADIUS_M),
    )
    medium = StreetMedium(lixels)
    kernel = timed(
        "factor of the heat kernel", lambda: HeatKernel.of(medium, sd_m=_SD_M)
    )
    mass = np.ones(medium.num_bodies)
    timed("heat kernel anew with its factor kept", lambda: kernel.spread(mass))
    placement = timed(
        "placing the incidents",
        lambda: place_incidents(graph, incidents.xy_m, node_reach_m=20.0),
    )
    weight = decayed(_NOW_S - incidents.time_s, weights=weights)
    timed("update of counts", lambda: share_mass(graph, placement, weight))
    timed(
        "whole plain fit",
        lambda: fit_risk(graph, incidents, weights=weights, now_s=_NOW_S),
    )
    return figures


def _city(streets: int, incidents: int) -> tuple[StreetGraph, Incidents]:
    """Lay out a bent grid and draw incidents beside its streets."""
    graph = _grid(round((streets / 2) ** 0.5) + 1)
    street, offset_m = _truth(graph, incidents)
    first, last = graph.node_xy_m[graph.edge_nodes[street]].transpose(1, 0, 2)
    share = (offset_m / graph.edge_length_m[street])[:, np.newaxis]
    rng = np.random.default_rng(1)
    xy_m = first + share * (last - first) + rng.normal(0, 8.0, (incidents, 2))
    time_s = np.sort(rng.integers(_NOW_S - 3 * _YEAR_S, _NOW_S, incidents))
    record = Incidents(
        xy_m=xy_m,
        time_s=time_s,
        kind=np.full(incidents, "theft", dtype=object),
        origin=np.zeros(incidents, dtype=np.int8),
        since_s=_NOW_S - 3 * _YEAR_S,
        until_s=_NOW_S,
        time_zone="Asia/Seoul",
        synthetic=True,
    )
    return graph, record


def _truth(
    graph: StreetGraph, incidents: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw the street of each incident, some far likelier than others, and where."""
    rng = np.random.default_rng(2)
    likely = rng.lognormal(0.0, 1.5, graph.num_edges)
    street = rng.choice(graph.num_edges, incidents, p=likely / likely.sum())
    return street, rng.uniform(0, 1, incidents) * graph.edge_length_m[street]


def _grid(side: int) -> StreetGraph:
    rng = np.random.default_rng(0)
    number = np.arange(side * side).reshape(side, side)
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    xy_m = np.column_stack([column.ravel(), row.ravel()]) * _SPACING_M
    xy_m = xy_m + rng.uniform(-0.3, 0.3, xy_m.shape) * _SPACING_M
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    up = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    ends = np.concatenate([across, up])
    shapes = xy_m[ends]
    tags = StreetTags.empty(len(ends))
    tags.highway[:] = "residential"
    return StreetGraph(
        projection=LocalProjection(126.9514, 37.4781),
        node_xy_m=xy_m,
        node_osm_id=np.arange(len(xy_m)),
        edge_nodes=ends,
        edge_length_m=np.hypot(*(shapes[:, 1] - shapes[:, 0]).T),
        edge_osm_id=np.arange(len(ends)),
        shape_xy_m=shapes.reshape(-1, 2),
        shape_start=np.arange(len(ends) + 1) * 2,
        tags=tags,
    )


def _row(figure: str, value: float) -> Mapping[str, object]:
    target = _TARGETS.get(figure)
    return {
        "figure": figure,
        "value": round(value, 4),
        "target": target,
        "holds": None if target is None else value <= target,
    }


if __name__ == "__main__":
    typer.run(main)
