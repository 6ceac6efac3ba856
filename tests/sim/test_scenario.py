"""Scenarios: drawn the same from a seed, read strictly, and lived through."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import ScenarioError
from patrol.mission.record import EventKind, Track
from sim.night import drive_simulated, nights_of
from sim.scenario import Chance, Fault, Scenario, ordeals_of
from sim.scenario_file import KINDS, check_fits, load_scenario, scenario_of
from tests.sim.test_night import plan_on
from tests.strategies import line_graph

HEAD = "version = 1\n"


def read(text: str) -> Scenario:
    return scenario_of(tomllib.loads(HEAD + text), "night.toml")


def one_of(kind: str, **values: object) -> str:
    usual: dict[str, object] = {"kind": kind, "start_s": 30.0, "duration_s": 5.0}
    given = {
        name: number.least if number.usual is None else number.usual
        for name, number in KINDS[kind].items()
        if name != "duration_s"
    }
    lines = [f"{k} = {v!r}" for k, v in (usual | given | values).items()]
    text = "\n".join(lines).replace("'", '"').replace("True", "true")
    return f"[[fault]]\n{text}\n"


def driven(text: str, *, seed: int = 1) -> Track:
    graph = line_graph(3)
    plan = plan_on(graph)
    (ordeal,) = ordeals_of(read(text), ["robot 1"], duration_s=400, seed=seed)
    return drive_simulated(nights_of(plan, graph, seed=seed, ordeals=[ordeal])[0])


def kinds(track: Track) -> list[EventKind]:
    return [e.kind for e in track.events if e.kind is not EventKind.STREET_SERVED]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_and_becomes_part_of_the_ordeal(kind: str) -> None:
    scenario = read(one_of(kind))
    (ordeal,) = ordeals_of(scenario, ["r"], duration_s=100, seed=1)
    parts = (
        ordeal.line.bursts,
        ordeal.line.silences,
        ordeal.line.delays,
        ordeal.gps,
        ordeal.body,
        ordeal.power,
        ordeal.pauses,
        ordeal.traffic,
        ordeal.blocked,
    )
    assert sum(len(part) for part in parts) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fog = 1", "'fog' is unknown; known are version, receiver"),
        ("receiver = 'best'", "receiver is 'best', it must be one of rtk, plain"),
        ("clock_ppm = -1", "clock_ppm is -1, it must be a number from 0 to 10000"),
        ("fault = 3", r"write \[\[fault\]\]"),
        ("fault = [3]", "fault 1 is 3: it must be a"),
        ("[[fault]]\nkind = 'rain'", "kind is 'rain', it must be one of byte-loss"),
        (one_of("silence", rate=1), r"fault 1 \(silence\): 'rate' is unknown; known"),
        (one_of("silence", side="left"), "'side' is unknown"),
        (one_of("stuck-wheel", side="up"), "side is 'up', it must be one of left"),
        (one_of("silence", per_h=1), "either start_s, or per_h"),
        ("[[fault]]\nkind = 'silence'\nduration_s = 1", "either start_s, or per_h"),
        ("[[fault]]\nkind = 'silence'\nstart_s = 1", "duration_s is None, it must be"),
        (one_of("burst", rate=[0.1, 0.2]), "rate is a range, which only a fault by"),
        (one_of("burst", rate=True), "rate is True, it must be a number from 0 to 1"),
        (one_of("burst", rate=float("nan")), "rate is nan, it must be a number"),
        (one_of("burst", robot=1), "robot is 1, it must be a robot's name"),
    ],
)
def test_what_is_not_known_or_not_possible_is_refused(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        read(text)


@pytest.mark.parametrize("duration", ["[5]", "[9, 2]", "[1, 'x']"])
def test_range_that_is_none_is_refused(duration: str) -> None:
    text = f"[[fault]]\nkind = 'silence'\nper_h = 1\nduration_s = {duration}"
    with pytest.raises(ScenarioError, match="duration_s is"):
        read(text)


@pytest.mark.parametrize("version", ["", "version = 2", "version = true"])
def test_other_version_is_refused(version: str, tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text(version)
    with pytest.raises(ScenarioError, match=r"night\.toml: version is .* reads 1"):
        load_scenario(path)


def test_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot read the scenario"):
        load_scenario(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(ScenarioError, match="is no TOML file"):
        load_scenario(tmp_path / "bad.toml")


def test_robot_or_street_that_the_plan_has_not_is_refused() -> None:
    other = read(one_of("silence", robot="robot 9"))
    with pytest.raises(ScenarioError, match=r"'robot 9'; the plan has .* 'robot 1'"):
        check_fits(other, ["robot 1"], num_streets=3)
    far = read(one_of("blocked", street=3, duration_s=9.0))
    with pytest.raises(ScenarioError, match="street 3; the map has the streets 0 to 2"):
        check_fits(far, ["robot 1"], num_streets=3)
    check_fits(far, ["robot 1"], num_streets=4)


@given(seed=st.integers(0, 1000), per_h=st.floats(0.1, 60))
def test_chance_is_the_same_for_a_seed_and_each_line_has_its_own(
    seed: int, per_h: float
) -> None:
    silent = Chance(Fault("silence", 0, 1), per_h, {"duration_s": (1.0, 3.0)})
    deaf = replace(silent, fault=Fault("deaf", 0, 2))
    alone = ordeals_of(
        Scenario(chances=(silent,)), ["a", "b"], duration_s=7200, seed=seed
    )
    beside = ordeals_of(
        Scenario(chances=(silent, deaf)), ["a", "b"], duration_s=7200, seed=seed
    )
    again = ordeals_of(
        Scenario(chances=(silent, deaf)), ["a", "b"], duration_s=7200, seed=seed
    )
    assert beside == again
    for lone, both in zip(alone, beside, strict=True):
        assert set(lone.line.silences) <= set(both.line.silences)
        for one in lone.line.silences:
            assert 1 <= one.duration_s <= 3
            assert 0 <= one.start_s < 7200


def test_chance_happens_as_often_as_said() -> None:
    chance = Chance(Fault("reboot", 0, 0.5), 6.0)
    names = [f"r{i}" for i in range(50)]
    drawn = ordeals_of(Scenario(chances=(chance,)), names, duration_s=36_000, seed=3)
    assert np.mean([len(one.power) for one in drawn]) == pytest.approx(60, rel=0.05)


def test_fault_of_one_robot_spares_the_other() -> None:
    scenario = read(one_of("silence", robot="b"))
    first, second = ordeals_of(scenario, ["a", "b"], duration_s=9, seed=0)
    assert (len(first.line.silences), len(second.line.silences)) == (0, 1)


def test_robot_comes_through_a_night_of_everything_that_passes() -> None:
    text = "receiver = 'rtk'\nclock_ppm = 200\n" + "".join(
        one_of(kind, start_s=start, **values)
        for kind, start, values in (
            ("byte-loss", 10.0, {"rate": 0.05}),
            ("bit-flips", 40.0, {"rate": 0.05}),
            ("insertions", 60.0, {"rate": 0.05}),
            ("deaf", 80.0, {}),
            ("mute", 100.0, {}),
            ("latency", 120.0, {"delay_s": 0.15, "jitter_s": 0.1}),
            ("reboot", 140.0, {}),
            ("gps-off", 160.0, {"duration_s": 30.0}),
            ("gps-jump", 200.0, {"north_m": 20.0}),
            ("gps-jam", 220.0, {"factor": 30.0}),
            ("person", 240.0, {}),
            ("pause", 260.0, {}),
            ("dead-encoder", 280.0, {"side": "right"}),
            ("battery-sag", 300.0, {"factor": 10.0}),
        )
    )
    track = driven(text)
    assert track.finished, track.events[-1].detail
    assert track.counters["commands_lost"] == track.counters["commands_duplicated"] == 0
    assert track.counters["faults_injected"] == 14
    assert EventKind.PAUSED in kinds(track)
    on_route = track.cross_track_m[np.isfinite(track.cross_track_m)]
    assert np.percentile(on_route, 95) < 0.3


def test_blocked_street_stops_the_robot_before_it_and_the_night_says_so() -> None:
    track = driven(one_of("blocked", street=1, start_s=0.0, duration_s=1e9))
    assert kinds(track)[-1] is EventKind.ABORTED
    assert "did not get on for 60 s" in track.events[-1].detail
    assert track.xy_m[:, 0].max() < 149
    assert track.speed_mps[-1] == 0


def test_stuck_wheel_ends_the_night_near_where_it_stuck() -> None:
    track = driven(one_of("stuck-wheel", start_s=50.0, duration_s=1e5))
    assert kinds(track)[-1] is EventKind.ABORTED
    stuck = int(np.searchsorted(track.time_s, 50))
    assert np.ptp(track.xy_m[stuck:], axis=0).max() < 12


def test_same_seed_gives_the_same_night_of_chance() -> None:
    text = "[[fault]]\nkind='burst'\nper_h=60\nduration_s=[1, 4]\nrate=[0.01, 0.2]\n"
    first, second = (driven(text, seed=4) for _ in range(2))
    assert first.events == second.events
    assert np.array_equal(first.xy_m, second.xy_m)
    at_s = [e.time_s for e in first.events if e.kind is EventKind.FAULT]
    assert len(at_s) == 2
