from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.traverse import Exclusion
from patrol.errors import PlanError, RecordError
from patrol.planning.problem import Shift
from patrol.report.figures import Limit, NightFigures
from patrol.report.night import Night, clock_at
from tests.report.example_night import grid_night, helsinki_night


def test_figures_of_a_driven_night_are_those_of_its_parts() -> None:
    night = helsinki_night()
    figures = NightFigures.of(night)
    graph, plan = night.street_map.graph, night.plan
    assert figures.streets == graph.num_edges
    assert figures.length_km == pytest.approx(
        sum(robot.planned_km for robot in figures.robots)
    )
    assert figures.deadhead_km == pytest.approx(
        figures.length_km - plan.required_m / 1000
    )
    assert figures.driven_km == pytest.approx(figures.length_km, rel=1e-3)
    assert figures.coverage_driven == pytest.approx(plan.coverage)
    assert (figures.faults, figures.silences, figures.rearms) == (1, 1, 1)
    assert (figures.commands_lost, figures.commands_duplicated) == (0, 0)
    assert figures.complete is True
    assert figures.finish == max(
        robot.actual_finish for robot in figures.robots if robot.actual_finish
    )


def test_left_out_and_drivable_streets_are_all_streets() -> None:
    figures = NightFigures.of(helsinki_night())
    left_out_km = sum(item.length_km for item in figures.left_out)
    left_out = sum(item.streets for item in figures.left_out)
    assert figures.drivable_streets + left_out == figures.streets
    assert figures.drivable_km + left_out_km == pytest.approx(figures.street_km)
    assert Exclusion.STEPS in [item.reason for item in figures.left_out]
    lengths = [item.length_km for item in figures.left_out]
    assert lengths == sorted(lengths, reverse=True)


def test_plan_that_was_not_driven_has_no_driven_figures() -> None:
    figures = NightFigures.of(grid_night(driven=False))
    assert figures.driven_km is None
    assert figures.cross_track_p95_m is None
    assert figures.coverage_driven is None
    assert figures.commands_lost is None
    assert figures.complete is None
    assert figures.finish == max(
        robot.planned_finish for robot in figures.robots if robot.planned_finish
    )


def test_street_that_was_not_served_is_missing_from_the_driven_coverage() -> None:
    night = grid_night()
    assert night.record is not None
    first, second = night.record.tracks
    idle = replace(first, events=first.events[:1])
    record = replace(night.record, tracks=(idle, second), complete=False)
    figures = NightFigures.of(replace(night, record=record))
    served = np.unique(night.plan.routes[1].streets[night.plan.routes[1].served])
    risk = night.expected_per_h
    assert figures.coverage_driven == pytest.approx(risk[served].sum() / risk.sum())
    assert figures.robots[0].actual_finish is None
    assert figures.robots[0].served_done == 0


def test_summary_has_the_stable_keys() -> None:
    summary = NightFigures.of(grid_night()).summary()
    assert {
        "streets", "required_km", "coverage", "length_km", "lower_bound_km",
        "bound_kind", "gap", "robots", "driven_km", "cross_track_p95_m",
        "commands_lost", "commands_duplicated", "faults_injected",
    } <= set(summary)  # fmt: skip
    assert summary["gap"] == pytest.approx(0.25)


@given(bound_km=st.floats(0.001, 1e4), factor=st.floats(1, 10))
def test_gap_and_slack_agree(bound_km: float, factor: float) -> None:
    limit = Limit(bound_km * factor, bound_km, "LP")
    assert limit.gap == pytest.approx(factor - 1)
    assert limit.slack_km == pytest.approx(bound_km * (factor - 1), abs=1e-9)


def test_gap_over_a_bound_of_nothing_is_not_a_number() -> None:
    assert Limit(3.0, 0.0, "weak").gap is None
    assert Limit(0.0, 0.0, "weak").gap == 0


def test_local_clock_is_right_across_a_change_of_clocks() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    shift = Shift(datetime(2026, 10, 24, 22, 0, tzinfo=zone), 8 * 3600)
    assert clock_at(shift, 8 * 3600).hour == 5
    assert clock_at(shift, 2 * 3600).hour == 0


def test_risk_of_the_night_is_weighted_by_its_hours() -> None:
    night = grid_night()
    risk = night.risk
    evening = np.ones(168)
    evening[[4 * 24 + h for h in (22, 23)]] += 2.5  # Friday 22:00-24:00
    evening[5 * 24 : 5 * 24 + 6] += 2.5
    evening /= evening.mean()
    busy = replace(night, risk=replace(risk, profile=evening))
    assert busy.rate_per_km_h == pytest.approx(
        risk.rate_per_km_h * evening[4 * 24 + 22]
    )


@pytest.mark.parametrize("part", ["traversal", "risk", "plan"])
def test_parts_of_another_map_are_refused(part: str) -> None:
    values = vars(grid_night(driven=False)) | {part: getattr(helsinki_night(), part)}
    names = ("street_map", "traversal", "risk", "plan")
    with pytest.raises(PlanError, match=f"the {part} is for map"):
        Night(**{name: values[name] for name in names})


def test_record_of_another_plan_is_refused() -> None:
    night = grid_night()
    assert night.record is not None
    other = replace(night.record, plan_digest="1" * 64)
    with pytest.raises(RecordError, match="of plan 111111111111"):
        replace(night, record=other)


def test_record_of_a_stranger_is_refused() -> None:
    night = grid_night()
    assert night.record is not None
    track = replace(night.record.tracks[0], robot="stranger")
    with pytest.raises(RecordError, match="'stranger'"):
        replace(night, record=replace(night.record, tracks=(track,)))
