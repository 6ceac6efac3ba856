"""Plans as GPX 1.1: for navigation devices and track viewers."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import numpy as np

from maps.graph import StreetGraph
from patrol.exchange.steps import check_graph, iso_utc, step_line, step_times_s
from patrol.planning.plan import PatrolPlan, Route

_NAMESPACE = "http://www.topografix.com/GPX/1/1"


def plan_gpx(plan: PatrolPlan, graph: StreetGraph) -> bytes:
    """
    Turn a plan into a GPX 1.1 document.

    It has a way point for each dock and a track for each robot that drives, with a
    segment for each trip and the time in UTC at every point.

    Raises
    ------
    PlanError
        If the plan is for another map.
    """
    check_graph(plan, graph)
    root = ET.Element("gpx", version="1.1", creator="Patrol", xmlns=_NAMESPACE)
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "name").text = "Patrol plan"
    rights = ET.SubElement(metadata, "copyright", author="OpenStreetMap contributors")
    ET.SubElement(rights, "license").text = "https://opendatacommons.org/licenses/odbl/"
    ET.SubElement(metadata, "time").text = iso_utc(plan.shift, 0.0)
    _add_docks(root, plan, graph)
    for route in plan.routes:
        if len(route.streets):
            _add_track(root, plan, graph, route)
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_docks(root: ET.Element, plan: PatrolPlan, graph: StreetGraph) -> None:
    places = graph.projection.to_lon_lat_deg(graph.node_xy_m[list(plan.docks)])
    for number, (lon, lat) in enumerate(places.tolist(), start=1):
        point = ET.SubElement(root, "wpt", _position(lon, lat))
        name = "dock" if len(places) == 1 else f"dock {number}"
        ET.SubElement(point, "name").text = name


def _add_track(
    root: ET.Element, plan: PatrolPlan, graph: StreetGraph, route: Route
) -> None:
    track = ET.SubElement(root, "trk")
    ET.SubElement(track, "name").text = _xml_text(route.robot)
    for trip in np.unique(route.trip).tolist():
        segment = ET.SubElement(track, "trkseg")
        steps = np.flatnonzero(route.trip == trip).tolist()
        for lon, lat, time in _points(plan, graph, route, steps):
            point = ET.SubElement(segment, "trkpt", _position(lon, lat))
            ET.SubElement(point, "time").text = time


def _points(
    plan: PatrolPlan, graph: StreetGraph, route: Route, steps: list[int]
) -> Iterator[tuple[float, float, str]]:
    """Longitude, latitude and time of each point of a trip, none of them twice."""
    last = ""
    for step in steps:
        line = step_line(graph, route, step)
        times = step_times_s(
            line, float(route.depart_s[step]), float(route.arrive_s[step])
        )
        places = graph.projection.to_lon_lat_deg(line).tolist()
        for (lon, lat), time_s in zip(places, times.tolist(), strict=True):
            time = iso_utc(plan.shift, time_s)
            if time != last:
                yield lon, lat, time
            last = time


def _position(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}


def _xml_text(text: str) -> str:
    # XML 1.0 has no place for control characters, not even as references.
    return "".join(sign for sign in text if sign.isprintable())
