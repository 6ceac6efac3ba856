"""Nights in simulated robots: broken lines, several trips, the same twice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maps import StreetGraph
from patrol.cli.drive import night_figures, raise_unless_complete
from patrol.errors import LinkError
from patrol.mission.record import EventKind, Track
from patrol.mission.record_file import load_record, save_record
from patrol.planning.plan import PatrolPlan
from patrol.planning.solve import solve
from patrol.robot import RobotProfile
from sim.faults import Burst, FaultPlan, Silence
from sim.link import SimPort
from sim.machine import TrueTrack
from sim.night import (
    RobotNight,
    _stops_in_silence,
    drive_simulated,
    nights_of,
    simulate_night,
)
from sim.pty_port import PtyPort
from sim.scenario import Ordeal
from tests.planning.problems import (
    QUICK,
    grid_plan,
    grid_problem,
    problem_of,
    traversal_of,
    with_robots,
)
from tests.strategies import grid_graph, line_graph

CUT = Ordeal(line=FaultPlan(silences=(Silence(20.0, 5.0),)))


def plan_on(
    graph: StreetGraph, *, robots: int = 1, profile: RobotProfile | None = None
) -> PatrolPlan:
    profile = profile or RobotProfile()
    problem = with_robots(
        problem_of(graph, [*range(graph.num_edges)], robots=robots),
        profile=profile,
        traversal=traversal_of(graph, speed_mps=profile.speed_mps),
    )
    return solve(problem, seed=1, until=QUICK)


def night_with(faults: FaultPlan) -> RobotNight:
    graph = line_graph(3)
    return nights_of(plan_on(graph), graph, seed=1, ordeals=[Ordeal(line=faults)])[0]


def kinds(track: Track) -> list[EventKind]:
    return [e.kind for e in track.events if e.kind is not EventKind.STREET_SERVED]


def true_track(speeds_mps: list[float]) -> TrueTrack:
    time_s = np.arange(len(speeds_mps), dtype=np.float64)
    still = np.zeros(len(time_s))
    return TrueTrack(
        time_s, np.column_stack([still, still]), still, np.array(speeds_mps), still
    )


@pytest.mark.parametrize(
    ("speeds_mps", "stops"),
    [
        ([1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0], 1),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0),
        ([1.0, 1.0, 0.0, 0.0, 0.3, 0.0, 0.0, 1.0], 0),  # it crept on
        ([1.0, 1.0, 0.0, 0.0, -0.3, 0.0, 0.0, 1.0], 0),
    ],
)
def test_stop_counts_only_if_the_robot_stays_at_rest(
    speeds_mps: list[float], stops: int
) -> None:
    faults = FaultPlan(silences=(Silence(1.0, 6.0),))
    assert _stops_in_silence(true_track(speeds_mps), faults) == stops


def test_robot_stands_through_half_a_minute_of_silence_and_goes_on() -> None:
    track = drive_simulated(night_with(FaultPlan(silences=(Silence(20.0, 30.0),))))
    assert track.finished
    assert track.counters["stopped_in_silence"] == 1
    assert track.counters["commands_lost"] == 0
    within = (track.time_s > 23) & (track.time_s < 50)
    assert np.ptp(track.driven_m[within]) == 0


def test_many_faults_are_each_survived() -> None:
    starts_s = np.arange(15.0, 330.0, 30.0).tolist()
    faults = FaultPlan(
        bursts=tuple(Burst(at_s, 3.0, 0.1) for at_s in starts_s),
        silences=tuple(Silence(at_s + 15, 1.0) for at_s in starts_s),
    )
    track = drive_simulated(night_with(faults))
    assert track.finished
    assert track.counters["silences_injected"] == len(starts_s)
    assert track.counters["stopped_in_silence"] == len(starts_s)
    assert track.counters["commands_lost"] == track.counters["commands_duplicated"] == 0


def test_silence_of_more_than_a_minute_ends_the_night_and_the_record_says_so(
    tmp_path: Path,
) -> None:
    graph = line_graph(3)
    never_came = Burst(300.0, 3.0, 0.1)
    faults = FaultPlan(bursts=(never_came,), silences=(Silence(20.0, 70.0),))
    record = simulate_night(
        plan_on(graph), graph, seed=1, ordeals=[Ordeal(line=faults)]
    )
    save_record(record, tmp_path / "night.jsonl.gz")
    read = load_record(tmp_path / "night.jsonl.gz")
    (track,) = read.tracks
    assert not read.complete
    assert kinds(track)[-1] is EventKind.ABORTED
    assert "no report for 60 s" in track.events[-1].detail
    assert kinds(track).count(EventKind.FAULT) == 1
    figures = night_figures(read, seconds=1.0)
    assert figures["faults_injected"] == 1
    assert figures["night_s"] == pytest.approx(80, abs=3)
    with pytest.raises(LinkError, match="robot 1 did not finish: a robot that never"):
        raise_unless_complete(read)


def test_small_battery_is_recharged_between_trips_and_never_runs_out() -> None:
    graph = grid_graph(4, 4, spacing_m=40.0)
    profile = RobotProfile(battery_s=500.0, recharge_s=150.0)
    plan = plan_on(graph, profile=profile)
    track = drive_simulated(nights_of(plan, graph, seed=1)[0])
    trips = plan.routes[0].num_trips
    assert trips > 1
    assert kinds(track).count(EventKind.STARTED) == trips
    assert kinds(track).count(EventKind.CHARGING) == trips - 1
    assert track.finished
    assert track.battery.min() > 0.05
    served = [event.street for event in track.events if event.street is not None]
    assert sorted(served) == list(range(graph.num_edges))


def test_robots_without_a_route_stay_in_the_dock() -> None:
    graph = line_graph(1)
    record = simulate_night(plan_on(graph, robots=2), graph, seed=1)
    assert record.complete
    assert [track.driven_m[-1] > 1 for track in record.tracks] == [True, False]


def test_two_nights_of_one_seed_are_the_same_to_the_byte(tmp_path: Path) -> None:
    graph = line_graph(2)
    plan = plan_on(graph, robots=2)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        record = simulate_night(plan, graph, seed=seed, ordeals=[CUT, CUT])
        save_record(record, tmp_path / name)
    first, second, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second
    assert first != other


def test_night_through_the_kernel_is_the_same_night() -> None:
    night = night_with(FaultPlan(bursts=(Burst(8.0, 3.0, 0.1),)))
    here, kernel = (drive_simulated(replace(night, port=p)) for p in (SimPort, PtyPort))
    assert here.events == kernel.events
    assert here.counters == kernel.counters
    np.testing.assert_array_equal(here.xy_m, kernel.xy_m)


def test_each_robot_has_its_own_kind_place_and_charge() -> None:
    plan, graph = grid_plan(), grid_problem().graph
    slow = RobotProfile(name="slow", speed_mps=0.5)
    other = replace(plan.fleet[1], profile=slow, start=5, charge=0.25)
    plan = replace(plan, fleet=(plan.fleet[0], other))
    first, second = nights_of(plan, graph, seed=2)
    assert (first.profile, second.profile) == (plan.fleet[0].profile, slow)
    assert (first.charge, second.charge) == (1.0, 0.25)
    assert (second.start.x_m, second.start.y_m) == tuple(graph.node_xy_m[5])
    assert (first.seed, second.seed) == (2000, 2001)
