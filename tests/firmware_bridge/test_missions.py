"""Missions: as bytes, over a bad line, whole or not at all, and driven."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.mission_messages import (
    Commit,
    Load,
    Loaded,
    LoadState,
    Part,
)
from firmware_bridge.mission_steps import (
    PathStart,
    digest_of,
    encode_steps,
    read_steps,
    start_of,
)
from firmware_bridge.mission_upload import WINDOW, MissionUpload
from firmware_bridge.robot_missions import RobotMissions
from firmware_bridge.robot_path import STANDSTILL, Senses, sine_of
from firmware_bridge.serial_link import SerialLink
from patrol.errors import LinkError
from patrol.robot import Action, RobotMission, RobotState
from sim.faults import FaultPlan, Silence
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.robot import Pose, SimRobot
from tests.firmware_bridge.missions import (
    Wheels,
    long_mission,
    mission_along,
    missions,
    path_of,
)
from tests.firmware_bridge.rig import Rig

BLOCK = [(0, 0), (30_000, 0), (30_000, 30_000), (0, 30_000), (0, 0)]


@given(mission=missions)
def test_mission_keeps_its_points_and_speeds_as_bytes(mission: RobotMission) -> None:
    start = start_of(mission)
    steps = read_steps(start, encode_steps(mission))
    assert steps is not None
    assert digest_of(start, steps) == mission.digest
    ends = [step.end_xy_mm for step in steps if not step.via]
    speeds = [step.speed_mmps for step in steps if not step.via]
    assert ends == [tuple(xy) for xy in mission.xy_mm[1:].tolist()]
    assert speeds == mission.speed_mmps[1:].tolist()
    true_mm = np.hypot(*np.diff(mission.xy_mm, axis=0).T).sum()
    assert steps[-1].end_mm == pytest.approx(true_mm, abs=0.6 * len(steps))


def test_point_costs_four_bytes() -> None:
    mission = mission_along([(0, 0), (9000, 100), (9000, 9000), (0, 0)])
    assert len(encode_steps(mission)) == 12


def test_two_equal_points_in_a_row_are_named() -> None:
    with pytest.raises(ValueError, match=r"points 1 and 2 .* both at \(5, 0\) mm"):
        encode_steps(mission_along([(0, 0), (5, 0), (5, 0)]))


@given(data=st.binary(max_size=60), x=st.integers(-(2**31), 2**31 - 1))
def test_no_bytes_make_reading_a_mission_raise(data: bytes, x: int) -> None:
    steps = read_steps(PathStart(x, -x - 1, 1), data)
    assert steps is None or steps[-1].end_mm > 0


@pytest.mark.parametrize(
    "data",
    ["", "0080", "00800080", "0180ff80", "02800180", "028001800000"],
    ids=["none", "half", "no length", "on the way", "no speed", "speed of 0"],
)
def test_damaged_mission_is_no_mission(data: str) -> None:
    assert read_steps(PathStart(0, 0, 1), bytes.fromhex(data)) is None


def messages_of(mission: RobotMission) -> list[Load | Part | Commit]:
    """What a host sends on a line that loses nothing."""
    upload, robot = MissionUpload(mission, from_mm=0), RobotMissions(1 << 16)
    sent: list[Load | Part | Commit] = []
    said = upload.due(0.0)
    while said:
        sent += said
        said = upload.heard(take(robot, *said), 0.0)
    assert upload.outcome is LoadState.HELD
    return sent


def take(robot: RobotMissions, *messages: Load | Part | Commit) -> Loaded:
    for message in messages:
        match message:
            case Load():
                answer = robot.begin(message)
            case Part():
                answer = robot.take(message)
            case Commit():
                answer, _ = robot.commit(message.digest)
    return answer


@given(data=st.data())
def test_robot_holds_all_of_a_mission_or_what_it_held_before(
    data: st.DataObject,
) -> None:
    old, new = long_mission(30, seed=1), long_mission(40, seed=2)
    robot = RobotMissions(1024)
    take(robot, *messages_of(old))
    sent = messages_of(new)
    shuffled = data.draw(st.lists(st.sampled_from(sent), max_size=30))
    for message in shuffled:
        take(robot, message)
        assert robot.digest in {old.digest, new.digest}
        assert robot.path is not None
        mission = old if robot.digest == old.digest else new
        assert robot.path.length_mm == path_of(mission).length_mm
    take(robot, *sent)
    assert robot.digest == new.digest


def test_longer_mission_than_there_is_room_for_changes_nothing() -> None:
    robot = RobotMissions(64)
    take(robot, *messages_of(mission_along(BLOCK)))
    held = robot.digest
    assert take(robot, *messages_of(long_mission(40))).state is LoadState.UNKNOWN
    upload = MissionUpload(long_mission(40), from_mm=0)
    upload.heard(take(robot, *upload.due(0.0)), 0.0)
    assert upload.outcome is LoadState.TOO_LONG
    assert robot.digest == held


def test_upload_keeps_its_window_and_sends_lost_parts_again_at_once() -> None:
    mission = long_mission(200)
    upload, robot = MissionUpload(mission, from_mm=0), RobotMissions(4096)
    said = upload.heard(take(robot, *upload.due(0.0)), 0.0)
    assert len(said) == WINDOW
    first, second, third, *_ = said
    assert isinstance(second, Part)
    take(robot, first)
    again = upload.heard(take(robot, third), 0.01)
    assert second in again
    assert upload.sendings > WINDOW


def test_upload_repeats_what_stays_unanswered_after_its_time() -> None:
    upload = MissionUpload(mission_along(BLOCK), from_mm=0)
    (load,) = upload.due(0.0)
    assert upload.due(0.05) == []
    assert upload.due(0.1) == [load]


def test_upload_begins_again_when_the_robot_knows_nothing_of_it() -> None:
    upload, robot = MissionUpload(long_mission(100), from_mm=0), RobotMissions(4096)
    said = upload.heard(take(robot, *upload.due(0.0)), 0.0)
    (load,) = upload.heard(take(RobotMissions(4096), *said), 0.1)
    assert isinstance(load, Load)


def linked(
    mission: RobotMission, *, faults: FaultPlan | None = None, seed: int = 0
) -> tuple[SerialLink, SimFirmware]:
    x_m, y_m = (mission.xy_mm[0] / 1e3).tolist()
    firmware = SimFirmware(SimRobot(Pose(x_m, y_m, 0.0)))
    port = SimPort(firmware, faults=faults, seed=seed)
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    return link, firmware


@pytest.mark.parametrize(("rate", "most_s"), [(0.0, 0.3), (5e-3, 1.0), (3e-2, 6.0)])
def test_two_hundred_points_are_loaded_over_a_bad_line(
    rate: float, most_s: float
) -> None:
    mission = long_mission(200)
    link, firmware = linked(mission, faults=FaultPlan(rate))
    begun_s = link.now_s
    link.load_mission(mission, from_m=3.5, timeout_s=20)
    assert link.now_s - begun_s < most_s
    assert firmware.machine.core.missions.digest == mission.digest
    link.poll(0.3)  # what came while it was loaded
    report = [one for _ in range(5) for one in link.poll(0.3)][-1]
    assert (report.mission, report.along_m) == (mission.digest, 3.5)
    assert link.counters["missions_loaded"] == 1


def test_loading_goes_on_after_a_reconnect_and_begins_again_after_a_restart() -> None:
    mission = long_mission(200)
    rig = Rig().connect()
    rig.up += [rig.host.load(mission, from_mm=0, now_s=rig.now_s)]
    for _ in range(6):
        rig.to_robot()
        rig.to_host()
        rig.wait(0.0)
    parts = rig.host.counters["mission_parts_sent"]
    assert 0 < parts < 20
    rig.host.reconnect()
    rig.settle(40)
    assert rig.core.missions.digest == mission.digest
    whole = len(MissionUpload(mission, from_mm=0).due(0.0)) + 26
    assert rig.host.counters["mission_parts_sent"] < whole + 2 * WINDOW

    other = long_mission(200, seed=7)
    rig.up += [rig.host.load(other, from_mm=0, now_s=rig.now_s)]
    for _ in range(6):
        rig.to_robot()
        rig.to_host()
        rig.wait(0.0)
    rig.reboot()
    rig.report()
    rig.report()
    rig.settle(60)
    assert rig.core.missions.digest == other.digest


def test_mission_that_does_not_come_through_is_told_and_the_old_one_stays() -> None:
    old, new = mission_along(BLOCK), long_mission(200)
    cut = FaultPlan(silences=(Silence(2.0, 60.0),))
    link, firmware = linked(old, faults=cut)
    link.load_mission(old, from_m=0, timeout_s=2)
    while link.now_s < 1.95:
        link.poll(0.05)
    with pytest.raises(LinkError, match=r"of 200 points in 1 s; it keeps the one"):
        link.load_mission(new, from_m=0, timeout_s=1)
    assert firmware.machine.core.missions.digest == old.digest


def test_mission_without_room_is_refused_in_words() -> None:
    link, firmware = linked(mission_along(BLOCK))
    assert link.has_room(mission_along(BLOCK))
    huge = mission_along([(number, 0) for number in range(5000)])
    assert not link.has_room(huge)
    with pytest.raises(LinkError, match="longer than its room of 16384 bytes"):
        link.load_mission(huge, from_m=0, timeout_s=2)
    with pytest.raises(LinkError, match="cannot load a mission: points 0 and 1"):
        link.load_mission(mission_along([(1, 1), (1, 1)]), from_m=0, timeout_s=2)
    assert firmware.machine.core.missions.digest == 0


@settings(deadline=None, max_examples=10)
@given(drawn=missions, heading=st.floats(-3, 3))
def test_mission_is_driven_to_its_end_close_to_the_path(
    drawn: RobotMission, heading: float
) -> None:
    mission = RobotMission(drawn.xy_mm, np.maximum(drawn.speed_mmps, 1000))
    path, corners = path_of(mission), mission.xy_mm.astype(float)
    wheels = Wheels(float(corners[0, 0]), float(corners[0, 1]), heading)
    along_mm = steps = 0
    while not path.finished:
        motion = path.pursue(wheels.senses)
        assert motion is not None
        assert 0 <= motion.speed_mmps <= mission.speed_mmps.max()
        assert path.along_mm >= along_mm
        along_mm, steps = path.along_mm, steps + 1
        wheels.roll(motion, 0.05)
        assert _off_mm((wheels.x_mm, wheels.y_mm), corners) < 900
        assert steps < 20_000
    assert math.dist((wheels.x_mm, wheels.y_mm), corners[-1]) < 350
    assert path.along_mm == path.length_mm


def test_mission_goes_on_from_where_it_was() -> None:
    mission = mission_along(BLOCK)
    path = path_of(mission, from_mm=45_000)
    wheels = Wheels(30_000, 15_000, math.pi / 2)
    assert path.along_mm == 45_000
    motion = path.pursue(wheels.senses)
    assert motion is not None
    assert motion.speed_mmps > 500
    assert abs(motion.turn_mradps) < 20
    assert path_of(mission, from_mm=10**9).finished


def test_robot_far_from_the_path_is_not_steered() -> None:
    path = path_of(mission_along(BLOCK))
    assert path.pursue(Senses(0, -10_001)) is None
    assert path.pursue(Senses(0, 9000)) not in {None, STANDSTILL}


@given(angle=st.integers(-100_000, 100_000))
def test_sine_in_whole_numbers_is_a_sine(angle: int) -> None:
    assert sine_of(angle) / 16384 == pytest.approx(math.sin(angle / 1e4), abs=4e-4)


def follow(link: SerialLink, for_s: float) -> list[float]:
    end_s = link.now_s + for_s
    alongs = []
    while link.now_s < end_s:
        alongs += [report.along_m for report in link.poll(0.25)]
    return alongs


def test_robot_drives_its_mission_by_itself_pauses_and_goes_on() -> None:
    mission = mission_along(BLOCK)
    link, firmware = linked(mission)
    link.load_mission(mission, from_m=0, timeout_s=2)
    link.send(Action.START_MISSION)
    assert follow(link, 1.0)[-1] == 0  # not armed
    link.send(Action.ARM)
    link.send(Action.START_MISSION)
    moving = follow(link, 10.0)
    assert 8 < moving[-1] < 14
    link.send(Action.PAUSE_MISSION)
    resting = follow(link, 4.0)
    assert firmware.machine.robot.speed_mps == 0
    link.send(Action.START_MISSION)
    driven = follow(link, 110.0)
    assert driven[0] >= resting[-1]
    assert driven[-1] == pytest.approx(120, abs=0.01)
    robot = firmware.machine.robot
    assert math.hypot(robot.x_m, robot.y_m) < 0.35
    assert robot.driven_m == pytest.approx(120, abs=2.0)


def test_silence_holds_a_mission_until_it_is_armed_and_started() -> None:
    mission = mission_along(BLOCK)
    cut = FaultPlan(silences=(Silence(8.0, 3.0),))
    link, firmware = linked(mission, faults=cut)
    link.load_mission(mission, from_m=0, timeout_s=2)
    link.send(Action.ARM)
    link.send(Action.START_MISSION)
    alongs = follow(link, 14.0)
    core = firmware.machine.core
    assert core.state is RobotState.HELD
    assert firmware.machine.robot.speed_mps == 0
    link.send(Action.ARM)
    assert follow(link, 2.0)[-1] == alongs[-1]
    link.send(Action.START_MISSION)
    assert follow(link, 5.0)[-1] > alongs[-1] + 3


def _off_mm(place: tuple[float, float], corners: np.ndarray) -> float:
    begin, way = corners[:-1], np.diff(corners, axis=0)
    share = ((place - begin) * way).sum(1) / (way**2).sum(1)
    nearest = begin + np.clip(share, 0, 1)[:, None] * way
    return float(np.hypot(*(nearest - place).T).min())
