import itertools
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import PlanError
from patrol.exchange.export import export_plan, plan_bytes
from patrol.exchange.formats import ExportFormat
from patrol.exchange.gpx import plan_gpx
from patrol.exchange.steps import step_times_s
from tests.exchange.tiny_plan import plans, there_and_back
from tests.strategies import line_graph, street_graphs

GOLDEN = Path(__file__).with_name("tiny_plan.gpx")
GPX = "{http://www.topografix.com/GPX/1/1}"


@given(graph=street_graphs(), data=st.data())
def test_track_keeps_the_length_and_the_times_of_its_route(
    graph: StreetGraph, data: st.DataObject
) -> None:
    plan = data.draw(plans(graph))
    (track,) = ET.fromstring(plan_gpx(plan, graph)).findall(f"{GPX}trk")
    length_m = 0.0
    times = []
    for segment in track.findall(f"{GPX}trkseg"):
        points = segment.findall(f"{GPX}trkpt")
        places = [(float(p.attrib["lon"]), float(p.attrib["lat"])) for p in points]
        xy_m = graph.projection.to_xy_m(places)
        length_m += np.hypot(*np.diff(xy_m, axis=0).T).sum()
        times += [point.findtext(f"{GPX}time") or "" for point in points]
    assert length_m == pytest.approx(plan.length_m, abs=0.2 + 1e-3 * plan.length_m)
    moments = [datetime.fromisoformat(time) for time in times]
    assert all(a <= b for a, b in itertools.pairwise(moments))
    assert moments[0] == plan.shift.start
    whole_s = (moments[-1] - moments[0]).total_seconds()
    assert whole_s == pytest.approx(plan.routes[0].arrive_s[-1], abs=2e-3)


def test_file_is_as_agreed(tmp_path: Path) -> None:
    graph = line_graph(3)
    plan = there_and_back(graph, [0, 1])
    assert plan_bytes(plan, graph, to=ExportFormat.GPX) == GOLDEN.read_bytes()
    export_plan(plan, graph, tmp_path / "plan.gpx", to=ExportFormat.GPX)
    assert (tmp_path / "plan.gpx").read_bytes() == GOLDEN.read_bytes()


def test_gdal_reads_the_tracks_with_their_times(tmp_path: Path) -> None:
    graph = line_graph(3)
    export_plan(
        there_and_back(graph, [0, 1]), graph, tmp_path / "p.gpx", to=ExportFormat.GPX
    )
    tracks = pyogrio.read_dataframe(tmp_path / "p.gpx", layer="tracks")
    points = pyogrio.read_dataframe(tmp_path / "p.gpx", layer="track_points")
    dock = pyogrio.read_dataframe(tmp_path / "p.gpx", layer="waypoints")
    assert tracks["name"].tolist() == ["해태-1"]
    assert points["track_seg_id"].tolist() == [0, 0, 0, 1, 1, 1]
    assert str(points["time"].iloc[0]) == "2026-11-22 13:00:00+00:00"
    assert dock["name"].tolist() == ["dock"]


def test_robot_with_signs_that_xml_has_not_is_still_written() -> None:
    graph = line_graph(2)
    plan = there_and_back(graph, [0])
    odd = replace(plan.routes[0], robot="a<b\x00\x1b&c")
    root = ET.fromstring(plan_gpx(replace(plan, routes=(odd,)), graph))
    assert root.findtext(f"{GPX}trk/{GPX}name") == "a<b&c"


def test_plan_of_another_map_is_refused() -> None:
    plan = there_and_back(line_graph(3), [0])
    with pytest.raises(PlanError, match="this map is"):
        plan_gpx(plan, line_graph(4))


def test_time_runs_evenly_along_a_step() -> None:
    line = np.array([(0.0, 0.0), (30.0, 40.0), (30.0, 90.0)])
    assert step_times_s(line, 10, 30).tolist() == [10, 20, 30]


def test_each_dock_of_several_is_a_way_point() -> None:
    graph = line_graph(3)
    plan = there_and_back(graph, [0])
    first, second = plan.fleet
    plan = replace(plan, fleet=(first, replace(second, dock=3)))
    root = ET.fromstring(plan_gpx(plan, graph))
    names = [point.findtext(f"{GPX}name") for point in root.iter(f"{GPX}wpt")]
    assert names == ["dock 1", "dock 2"]
