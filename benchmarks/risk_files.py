"""Read a folder in the layout of the Toronto data: incidents, and streets if any."""

import csv
import gzip
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from maps.assemble import Lines, assemble
from maps.graph import StreetGraph, StreetTags
from maps.project import LocalProjection
from maps.read import embedded_map_path, read_map
from patrol.cli.risk_steps import SYNTHETIC_UNTIL_S
from patrol.errors import RiskError
from patrol.risk.aoristic import find_heaps
from patrol.risk.ground import REACH_M, Record, cell_record, street_record
from patrol.risk.incident_file import ColumnMapping, load_incidents
from patrol.risk.masks import look_at_places
from patrol.risk.synthetic import SyntheticCity, synthetic_incidents

_NAMES = ("incidents", "streets_nodes", "streets_edges")
_ENDINGS = (".csv.gz", ".csv")
_DAY_S = 86_400
_YEAR_DAYS = 365.25
_FAR_FUTURE_S = 1 << 40
_COLUMNS = ColumnMapping(time="t", kind="type", keep_repeats=True)
"""Repeats are kept, as in the published figures: case numbers were taken out."""


def read_record(
    folder: Path, *, cell_m: float, history_years: float | None = None
) -> tuple[Record, tuple[str, ...]]:
    """
    Read the incidents of a folder on its streets, or on cells where it has none.

    Parameters
    ----------
    folder
        Holds ``incidents`` with columns ``t, lat, lon, type``, and may hold
        ``streets_nodes`` (``osmid, lon, lat``) and ``streets_edges`` (``u, v,
        highway, service, geometry``), as ``.csv`` or ``.csv.gz``.
    cell_m
        Side of a cell.
    history_years
        Years at the end of the record that are kept, all where None.

    Returns
    -------
    tuple
        The record, and what was left out of the file.

    Raises
    ------
    RiskError
        If there are no incidents or they cannot be read.
    """
    found = {name: _find(folder, name) for name in _NAMES}
    incidents_path = found["incidents"]
    if incidents_path is None:
        raise RiskError(f"{folder} holds no incidents.csv or incidents.csv.gz")
    nodes_path, edges_path = found["streets_nodes"], found["streets_edges"]
    graph = _streets(nodes_path, edges_path) if nodes_path and edges_path else None
    plane = graph.projection if graph else _plane(incidents_path)
    # Local times as published: which zone they are in does not matter to windows.
    loaded = load_incidents(
        incidents_path, plane, columns=_COLUMNS, time_zone="UTC", until_s=_FAR_FUTURE_S
    )
    incidents = loaded.incidents
    if history_years is not None:
        since_s = incidents.until_s - round(history_years * _YEAR_DAYS * _DAY_S)
        since_s = max(since_s, incidents.since_s)
        kept = incidents.take(incidents.time_s >= since_s)
        incidents = replace(kept, since_s=since_s)
    repairs = (*loaded.repairs, *find_heaps(incidents).repairs)
    if graph is None:
        record = cell_record(incidents, cell_m=cell_m)
    else:
        record = street_record(graph, incidents)
        repairs += look_at_places(graph, incidents.xy_m, within_m=REACH_M).repairs
    return record, tuple(one.sentence for one in repairs)


def drawn_record() -> Record:
    """Draw SYNTHETIC incidents on the streets of the embedded map."""
    graph = read_map(embedded_map_path()).graph
    city = SyntheticCity(time_zone="Europe/Helsinki")
    return street_record(
        graph, synthetic_incidents(graph, city, now_s=SYNTHETIC_UNTIL_S, seed=0)
    )


def _find(folder: Path, name: str) -> Path | None:
    paths = [folder / (name + ending) for ending in _ENDINGS]
    return next((path for path in paths if path.exists()), None)


def _rows(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def _plane(path: Path) -> LocalProjection:
    places = []
    for row in _rows(path):
        try:
            places.append((float(row["lon"]), float(row["lat"])))
        except (KeyError, ValueError):
            continue  # counted when the incidents are read
    if not places:
        raise RiskError(f"{path} holds no row with numbers for lon and lat")
    low, high = np.percentile(places, [1, 99], axis=0)
    return LocalProjection.around([low, high])


def _streets(nodes_path: Path, edges_path: Path) -> StreetGraph:
    place = {
        int(row["osmid"]): (float(row["lon"]), float(row["lat"]))
        for row in _rows(nodes_path)
    }
    rows = _rows(edges_path)
    plane = LocalProjection.around(list(place.values()))
    shapes = [_shape(row, place) for row in rows]
    tags = StreetTags.empty(len(rows))
    for tag in ("highway", "service"):
        getattr(tags, tag)[:] = [row.get(tag) or "" for row in rows]
    lines = Lines(
        ends=np.array([(int(row["u"]), int(row["v"])) for row in rows], np.int64),
        osm_id=np.zeros(len(rows), dtype=np.int64),
        xy_m=plane.to_xy_m(np.concatenate(shapes)),
        start=np.concatenate([[0], np.cumsum([len(shape) for shape in shapes])]),
        tags=tags,
    )
    return assemble(plane, lines).graph


def _shape(
    row: Mapping[str, str], place: Mapping[int, tuple[float, float]]
) -> np.ndarray:
    """Points of a street from ``u`` to ``v``; the file's may run the other way."""
    first, last = place[int(row["u"])], place[int(row["v"])]
    text = row.get("geometry") or ""
    points = [tuple(map(float, pair.split())) for pair in text.split(";") if pair]
    if len(points) > 2 and _apart(points[0], first) > _apart(points[-1], first):
        points.reverse()
    return np.array([first, *points[1:-1], last])


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
