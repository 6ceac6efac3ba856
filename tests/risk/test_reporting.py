"""Where less is reported the risk is raised, and none is made."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.reporting import load_reporting, named, with_reporting
from patrol.risk.store import load_risk, save_risk
from tests.risk.makers import field_of
from tests.strategies import line_graph


def areas(
    folder: Path, graph: StreetGraph, rates: list[object], **more: object
) -> Path:
    """Areas of 200 m each along a line of streets of 100 m."""
    features = []
    for k, rate in enumerate(rates):
        ring = np.array([(0, -9), (200, -9), (200, 9), (0, 9), (0, -9)])
        corners = ring + np.array([200.0 * k, 0.0])
        lon_lat = graph.projection.to_lon_lat_deg(corners).tolist()
        features.append(
            {
                "type": "Feature",
                "properties": {"name": f"Quarter {k}", "rate": rate} | more,
                "geometry": {"type": "Polygon", "coordinates": [lon_lat]},
            }
        )
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_risk_moves_to_where_half_is_reported(tmp_path: Path) -> None:
    graph = line_graph(5)
    reporting = load_reporting(areas(tmp_path, graph, [0.8, 0.4]), graph)
    assert reporting.by_street == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.6])
    before = field_of(graph, history=0.01)
    after = named(with_reporting(before, graph, reporting.by_street), reporting)
    rate = after.rate_per_km_h
    assert rate[2] / rate[0] == pytest.approx(2)
    assert rate.sum() == pytest.approx(before.rate_per_km_h.sum())
    assert after.explain(2)["history"] / after.explain(2)["base"] == pytest.approx(10)
    assert after.weights["reporting.Quarter 1"] == 0.4
    path = tmp_path / "risk.parquet"
    save_risk(after, path)
    assert load_risk(path, graph).digest == after.digest != before.digest


def test_a_rate_that_is_the_same_everywhere_moves_nothing(tmp_path: Path) -> None:
    graph = line_graph(4)
    reporting = load_reporting(areas(tmp_path, graph, [0.5, 0.5]), graph)
    before = field_of(graph, history=[1, 2, 3, 4])
    after = with_reporting(before, graph, reporting.by_street)
    assert after.rate_per_km_h == pytest.approx(before.rate_per_km_h)


@pytest.mark.parametrize("rate", [0.0, 1.2, -0.5, None])
def test_a_rate_that_is_none_is_refused_with_its_area(
    tmp_path: Path, rate: object
) -> None:
    graph = line_graph(4)
    with pytest.raises(RiskError, match=r"reporting rate of 'Quarter 1'.*at most 1"):
        load_reporting(areas(tmp_path, graph, [0.5, rate]), graph)


def test_areas_about_persons_or_elsewhere_are_refused(tmp_path: Path) -> None:
    graph = line_graph(4)
    with pytest.raises(RiskError, match="about persons"):
        load_reporting(areas(tmp_path, graph, [0.5], victim="x"), graph)
    far = replace(graph, projection=replace(graph.projection, lon_deg=100.0))
    with pytest.raises(RiskError, match="no street lies in any of the 1 areas"):
        load_reporting(areas(tmp_path, graph, [0.5]), far)


@pytest.mark.parametrize("rate", [0.0, 1.5, np.nan])
def test_a_field_checks_its_reporting_rates(rate: float) -> None:
    with pytest.raises(RiskError, match="reporting rate of street 1"):
        replace(field_of(line_graph(2)), reporting=np.array([1.0, rate]))
