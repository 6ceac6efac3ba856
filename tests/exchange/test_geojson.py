import itertools
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import PlanError
from patrol.exchange.export import export_plan, plan_bytes
from patrol.exchange.formats import ExportFormat
from patrol.exchange.geojson import plan_geojson
from tests.exchange.tiny_plan import plans, there_and_back
from tests.strategies import line_graph, street_graphs

GOLDEN = Path(__file__).with_name("tiny_plan.geojson")


def steps_of(collection: dict[str, Any]) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = collection["features"]
    return features[1:]


@given(graph=street_graphs(), data=st.data())
def test_lines_lie_on_their_streets_and_keep_their_length(
    graph: StreetGraph, data: st.DataObject
) -> None:
    plan = data.draw(plans(graph))
    steps = steps_of(plan_geojson(plan, graph))
    assert len(steps) == sum(len(route.streets) for route in plan.routes)
    for step in steps:
        xy_m = graph.projection.to_xy_m(step["geometry"]["coordinates"])
        length_m = np.hypot(*np.diff(xy_m, axis=0).T).sum()
        assert length_m == pytest.approx(step["properties"]["length_m"], abs=0.1)
        shape = graph.shape_of(step["properties"]["street"])
        way = 1 if plan.routes[0].forward[step["properties"]["step"]] else -1
        assert np.abs(xy_m - shape[::way]).max() < 0.05


@given(graph=street_graphs(), data=st.data())
def test_times_rise_along_a_route_and_agree_in_both_forms(
    graph: StreetGraph, data: st.DataObject
) -> None:
    plan = data.draw(plans(graph))
    steps = [step["properties"] for step in steps_of(plan_geojson(plan, graph))]
    for step in steps:
        depart = datetime.fromisoformat(step["depart"])
        after_s = (depart - plan.shift.start).total_seconds()
        assert after_s == pytest.approx(step["depart_s"], abs=2e-3)
        assert step["depart_s"] < step["arrive_s"]
    for first, second in itertools.pairwise(steps):
        assert second["step"] == first["step"] + 1
        assert first["arrive_s"] <= second["depart_s"]


def test_file_is_as_agreed(tmp_path: Path) -> None:
    graph = line_graph(3)
    plan = there_and_back(graph, [0, 1])
    assert plan_bytes(plan, graph, to=ExportFormat.GEOJSON) == GOLDEN.read_bytes()
    export_plan(plan, graph, tmp_path / "plan.geojson", to=ExportFormat.GEOJSON)
    assert (tmp_path / "plan.geojson").read_bytes() == GOLDEN.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["plan.geojson"]


def test_gdal_reads_the_file_and_sees_the_same_streets(tmp_path: Path) -> None:
    graph = line_graph(3)
    plan = there_and_back(graph, [2, 0])
    export_plan(plan, graph, tmp_path / "plan.geojson", to=ExportFormat.GEOJSON)
    frame = pyogrio.read_dataframe(tmp_path / "plan.geojson")
    assert frame.crs.to_epsg() == 4326
    assert frame.geom_type.tolist() == ["Point"] + 4 * ["LineString"]
    assert frame["street"].tolist()[1:] == [2, 2, 0, 0]
    assert frame["kind"].tolist()[1:] == ["served", "deadhead"] * 2
    metres = frame.to_crs(graph.projection.crs)
    assert metres.length.tolist()[1:] == pytest.approx([100] * 4, abs=0.05)


def test_coordinates_are_longitude_and_latitude() -> None:
    graph = line_graph(1)
    dock = plan_geojson(there_and_back(graph, [0]), graph)["features"][0]
    assert dock["geometry"]["coordinates"] == pytest.approx([126.9514, 37.4781])


def test_plan_of_another_map_is_refused() -> None:
    plan = there_and_back(line_graph(3), [0])
    with pytest.raises(PlanError, match="give the map that it was planned on"):
        plan_geojson(plan, line_graph(4))


def test_file_holds_plain_json_only() -> None:
    graph = line_graph(2)
    text = plan_bytes(there_and_back(graph, [0]), graph, to=ExportFormat.GEOJSON)
    assert json.loads(text)["type"] == "FeatureCollection"
    assert b"NaN" not in text


def test_each_dock_of_several_is_a_point() -> None:
    graph = line_graph(3)
    plan = there_and_back(graph, [0])
    first, second = plan.fleet
    plan = replace(plan, fleet=(first, replace(second, dock=3)))
    features = plan_geojson(plan, graph)["features"]
    kinds = [feature["properties"]["kind"] for feature in features]
    assert kinds[:3] == ["dock", "dock", "served"]
    assert [feature["properties"]["node"] for feature in features[:2]] == [0, 3]
