import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maps import StreetGraph, StreetMap
from patrol.report.figures import NightFigures
from patrol.report.html import report_html, write_report
from patrol.report.map_view import MapView
from patrol.report.night import Night
from patrol.report.sections import km, percent
from patrol.report.texts import SENTENCES, Language
from patrol.robot import RobotProfile
from tests.report.example_night import grid_night, helsinki_night, night_on
from tests.report.page import parse
from tests.strategies import grid_graph

EVIL = "<script>alert(1)</script>&\"'"


def named(graph: StreetGraph, name: str) -> StreetGraph:
    names = np.full(graph.num_edges, name, dtype=object)
    return replace(graph, tags=replace(graph.tags, name=names))


def data_of(html: str) -> dict[str, Any]:
    text = html.split('id="night">')[1].split("</script>")[0]
    data: dict[str, Any] = json.loads(text)
    return data


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("driven", [True, False])
def test_page_is_well_formed_and_says_its_language(
    language: Language, driven: bool
) -> None:
    page = parse(report_html(grid_night(driven=driven), language=language))
    assert page.attributes("html") == [{"lang": str(language)}]
    assert page.text_of("h1") == ["Example"]


@pytest.mark.parametrize("language", Language)
def test_page_refers_to_nothing_outside(language: Language) -> None:
    html = report_html(helsinki_night(), language=language)
    page = parse(html)
    references = [
        value
        for tag, attributes in page.elements
        for key, value in attributes.items()
        if key in {"src", "href", "action", "data", "srcset"} and tag != "a"
    ]
    assert references == ["data:,"]
    assert set(re.findall(r"https?://[^\"'\s<]+", html)) <= {
        "http://www.w3.org/2000/svg"
    }
    assert "@import" not in html
    assert "url(" not in html


def test_policy_allows_only_the_style_and_script_of_the_page() -> None:
    html = report_html(grid_night())
    page = parse(html)
    (policy,) = [
        meta["content"]
        for meta in page.attributes("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    script = html[html.rindex("<script>") + 8 : html.rindex("</script>")]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert all("style" not in attributes for _, attributes in page.elements)
    assert not any(key.startswith("on") for _, a in page.elements for key in a)


def test_names_from_outside_never_become_markup() -> None:
    graph = named(grid_graph(3, 3), EVIL)
    street_map = StreetMap(graph, source=EVIL, notes=(EVIL,))
    night = night_on(street_map, 3, driven=True)
    html = report_html(
        replace(night, violations=(EVIL,), place=EVIL), files=[Path("<b>.json")]
    )
    page = parse(html)
    assert "alert(1)</script>" not in html
    assert len(page.attributes("script")) == 2
    assert page.text_of("h1") == [EVIL]
    assert EVIL in data_of(html)["names"]


def test_tiles_show_the_figures_of_the_night() -> None:
    night = helsinki_night()
    figures = NightFigures.of(night)
    tiles = parse(report_html(night)).text_of("strong")
    assert figures.coverage_driven is not None
    assert figures.finish is not None
    assert tiles[:8] == [
        percent(figures.coverage_driven),
        f"{km(figures.length_km)} km",
        percent(figures.total.gap),
        f"{km(figures.required_km)} km",
        f"{km(figures.driven_km)} km",
        f"{figures.finish:%H:%M}",
        "0",
        "1",
    ]


def test_synthetic_risk_is_called_synthetic_and_real_risk_is_not() -> None:
    night = grid_night(driven=False)
    real = replace(
        night,
        risk=replace(night.risk, synthetic=False),
        plan=replace(night.plan, synthetic_risk=False),
    )
    assert "SYNTHETIC" in report_html(night)
    assert "SYNTHETIC" in report_html(night, language=Language.KO)
    assert "SYNTHETIC" not in report_html(real)


def test_faulty_plan_and_half_a_night_are_not_presented_as_good() -> None:
    night = grid_night()
    assert night.record is not None
    half = replace(night, record=replace(night.record, complete=False))
    faulty = replace(night, violations=("step 3 jumps",))
    assert "INCOMPLETE" not in report_html(night)
    assert "INCOMPLETE" in report_html(half)
    assert "found no fault" in report_html(night)
    assert "found no fault" not in report_html(faulty)
    assert "step 3 jumps" in report_html(faulty)


def test_plan_that_was_not_driven_says_so_and_has_no_driven_figures() -> None:
    html = report_html(grid_night(driven=False))
    assert "PLAN ONLY" in html
    assert "Driven km" not in html


def test_every_street_is_drawn_once_and_can_be_asked_for() -> None:
    night = helsinki_night()
    html = report_html(night)
    data = data_of(html)
    drawn = sorted(street for ids in data["paths"].values() for street in ids)
    assert drawn == list(range(night.street_map.graph.num_edges))
    for key, ids in data["paths"].items():
        (path,) = [
            attributes["d"]
            for attributes in parse(html).attributes("path")
            if attributes.get("data-streets") == key
        ]
        assert path is not None
        assert path.count("M") == len(ids)


def test_clock_of_the_page_follows_a_change_of_clocks() -> None:
    night = grid_night(driven=False)
    shift = night.plan.shift
    autumn = replace(shift, start=shift.start.replace(month=10, day=24, hour=23))
    plan = replace(night.plan, shift=autumn, routes=night.plan.routes[:0])
    clock = data_of(report_html(replace(night, plan=plan)))["clock"]
    hours = [seconds // 3600 for seconds in clock[::4]]
    assert hours == [23, 0, 1, 2, 3, 3, 4, 5, 6]


def test_ten_thousand_streets_stay_under_three_megabytes() -> None:
    night = night_on(StreetMap(grid_graph(71, 71)), 60, driven=True)
    assert night.street_map.graph.num_edges == 9940
    assert len(report_html(night).encode()) < 3_000_000


def test_same_night_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_report(grid_night(), tmp_path / name)
    first, second = (tmp_path / name for name in ("a.html", "b.html"))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_every_sentence_without_gaps_can_be_told_apart_by_language() -> None:
    korean = parse(report_html(grid_night(), language=Language.KO))
    assert korean.text_of("h2")[0] == SENTENCES[Language.KO]["map"]


def test_night_of_no_robot_is_still_a_page() -> None:
    night: Night = grid_night(driven=False)
    empty = replace(night, plan=replace(night.plan, fleet=(), routes=(), length_m=0.0))
    assert "Example" in report_html(empty)


def test_each_dock_and_each_kind_of_robot_is_shown() -> None:
    night: Night = grid_night(driven=False)
    first, second = night.plan.fleet
    slow = RobotProfile(name="slow-90", speed_mps=0.5)
    other = replace(second, profile=slow, dock=3, start=7)
    page = report_html(replace(night, plan=replace(night.plan, fleet=(first, other))))
    assert page.count('class="pin dock"') == 2
    assert "patrol-150: 0.8 m wide" in page
    assert "; slow-90: 0.8 m wide" in page
    (x, y), *_ = MapView.of(night, Language.EN).canvas.place(
        night.street_map.graph.node_xy_m[[7]]
    )
    pin = re.search(r'class="pin robot r1" data-x="([^"]+)" data-y="([^"]+)"', page)
    assert pin is not None
    assert [float(value) for value in pin.groups()] == [x, y]


def test_korean_page_tells_why_things_happened_in_korean() -> None:
    korean = report_html(grid_night(), language=Language.KO)
    assert "통신 두절: 로봇이 스스로 정지 (0.5초 동안 수신 없음)" in korean
    assert "전체 경로 90 m 중 40 m 지점" in korean
    assert "no report" not in korean
    assert "of its route" not in korean


def test_bound_of_the_longest_route_is_not_told_as_one_of_all_routes() -> None:
    html = report_html(grid_night())
    assert html.count("the longest route of any plan has at least") == 1
    assert html.count("can serve these streets with less than") == 1


def test_night_that_was_given_up_survived_nothing() -> None:
    night = grid_night()
    assert night.record is not None
    cut = replace(night.record, complete=False)
    html = report_html(replace(night, record=cut))
    assert "INCOMPLETE" in html
    assert "survived" not in html


def test_shares_have_no_gap_at_which_a_line_may_break() -> None:
    assert percent(0.458) == "45.8%"
