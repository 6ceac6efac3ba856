"""Pictures and pages of the bench: there, whole, offline and safe."""

from pathlib import Path

import numpy as np
import pytest

from maps import StreetMap
from patrol.errors import RiskError
from patrol.report.audit_page import write_audit
from patrol.report.evaluation_page import write_evaluation
from patrol.report.plots import Influence, calibration_png, hits_png, sensitivity_png
from patrol.report.risk_map import risk_map_png
from patrol.risk.audit import AreaRow, Audit, FalseAlarms
from tests.risk.makers import field_of
from tests.strategies import grid_graph, line_graph

CUTS = np.geomspace(0.01, 1, 20)
CURVES = {"oracle": CUTS**0.1, "patrol-learned": CUTS**0.3, "count": CUTS**0.4}
TABLES = {
    "patrol-learned": np.array([np.full(10, 4.0), np.arange(10.0)]),
    "count": np.array([np.full(10, 4.0), np.zeros(10)]),
}


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_pictures_are_drawn_and_the_same_again() -> None:
    weights = [Influence("history.weight", 0.1, 0.02, 0.3), Influence("b", 0, 0, 0)]
    for png, again in (
        (hits_png(CURVES, CUTS), hits_png(CURVES, CUTS)),
        (calibration_png(TABLES), calibration_png(TABLES)),
        (sensitivity_png(weights), sensitivity_png(weights)),
    ):
        assert png == again
        assert size_of(png)[0] == 1440


def test_risk_map_shows_one_class_where_all_streets_are_alike() -> None:
    graph = grid_graph(4, 4)
    for risk in (field_of(graph), field_of(graph, history=np.arange(24) / 1000)):
        assert size_of(risk_map_png(StreetMap(graph, source="grid"), risk))[1] == 1050
    with pytest.raises(RiskError, match="is of map"):
        risk_map_png(StreetMap(line_graph(3), source="line"), field_of(graph))


def test_evaluation_is_one_file_that_asks_nobody(tmp_path: Path) -> None:
    row = dict.fromkeys(
        ["hit_1", "hit_5", "hit_10", "pai_1", "pai_5", "pai_10", "pei_1", "pei_5",
         "pei_10", "log_score", "ece"], 0.5,
    )  # fmt: skip
    rows = [{"model": name, "incidents": 9, "windows": 2} | row for name in CURVES]
    figures = {
        "rows": rows,
        "notes": ["3 of 9 rows <left out>"],
        "kind": "SYNTHETIC incidents",
        "synthetic": True,
        "window_days": 14.0,
        "calibration": [
            {"model": name, "class": k + 1, "expected": 4.0, "found": float(k)}
            for name in TABLES
            for k in range(10)
        ],
    }
    paths = write_evaluation(
        figures, tmp_path / "a b", tables=TABLES, curves=CURVES, cuts=CUTS
    )
    html = Path(paths["page"]).read_text("utf-8")
    assert "3 of 9 rows &lt;left out&gt;" in html
    assert html.count("data:image/png;base64,") == 2
    assert "http" not in html.replace("http-equiv", "")
    assert "<script" not in html
    assert "says nothing of a real place" in html
    assert Path(paths["pai"]).read_bytes() == hits_png(CURVES, CUTS)


def test_audit_shows_no_number_where_there_is_none(tmp_path: Path) -> None:
    row = AreaRow("<동>", 1, 0.5, 6, 0, np.nan, 1.0, np.nan, np.nan)
    alarms = FalseAlarms(14, "2026-06-01", 10, 9, 5, 5)
    audit = Audit((row,), alarms, ("Nobody knows.",), nights=1, planned=True)
    write_audit(audit, tmp_path / "audit.html", place="관악구")
    html = (tmp_path / "audit.html").read_text("utf-8")
    assert "&lt;동&gt;" in html
    assert "9 of 10" in html
    assert "Nobody knows." in html
    assert ">nan" not in html.casefold()
