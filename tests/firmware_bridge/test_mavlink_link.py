"""Missions, failsafes and doubled commands on a simulated MAVLink rover."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from firmware_bridge.limits import Limits
from firmware_bridge.mavlink_link import MavlinkLink
from firmware_bridge.mavlink_mission import items_of
from firmware_bridge.mavlink_modes import ARDUPILOT
from maps.project import LocalProjection
from patrol.errors import LinkError
from patrol.robot import Action, Drive, RobotMission, RobotState, Telemetry
from sim.faults import FaultPlan
from sim.mavlink_rover import (
    AUTO,
    DEFAULTS,
    GUIDED,
    HOLD,
    SAFE,
    MavlinkPort,
    MavlinkRover,
)
from sim.robot import Pose, SimRobot
from tests.shared_data import need

MANUAL = 0
PLANE = LocalProjection(126.95, 37.48)
BAD_LINE = FaultPlan(rate=5e-3)


@pytest.fixture(autouse=True)
def pymavlink() -> None:
    need("pymavlink")


@dataclass
class Bench:
    """A rover, a line and a link to it."""

    parameters: Mapping[str, float] = field(default_factory=lambda: SAFE)
    faults: FaultPlan | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        robot = SimRobot(Pose(0.0, 0.0, 0.0))
        self.rover = MavlinkRover(robot, projection=PLANE, parameters=self.parameters)
        self.port = MavlinkPort(self.rover, faults=self.faults, seed=self.seed)
        self.link = MavlinkLink(
            self.port, name="rover-1", projection=PLANE, clock=self.port.clock
        )

    def connect(self) -> "Bench":
        self.link.connect(20.0)
        return self

    def live(self, for_s: float) -> Telemetry:
        end_s = self.link.now_s + for_s
        reports: list[Telemetry] = []
        while self.link.now_s < end_s:
            reports += self.link.poll(0.2)
        return reports[-1]

    def command(self, *actions: Action) -> Telemetry:
        for action in actions:
            self.link.send(action)
        return self.live(3.0)

    def load(self, mission: RobotMission, *, from_m: float = 0.0) -> None:
        self.link.load_mission(mission, from_m=from_m, timeout_s=120.0)


def zigzag(points: int = 20) -> RobotMission:
    xy_m = [(5.0 * i, 3.0 * (i % 2)) for i in range(points)]
    speeds = [800 if i % 5 else 1200 for i in range(points)]
    return RobotMission(
        np.array(xy_m).astype(np.int32) * 1000, np.array(speeds, np.uint16)
    )


def line(length_m: float = 6.0) -> RobotMission:
    xy_mm = np.array([[0, 0], [length_m * 500, 0], [length_m * 1000, 0]])
    return RobotMission(xy_mm.astype(np.int32), np.array([900] * 3, np.uint16))


def held(bench: Bench) -> list[tuple[int, int, int, float]]:
    """What the rover holds, its home left out."""
    return [(i.command, i.x, i.y, round(i.param2, 3)) for i in bench.rover.items[1:]]


def given(mission: RobotMission) -> list[tuple[int, int, int, float]]:
    items = items_of(mission, ARDUPILOT, PLANE.to_lon_lat_deg).items[1:]
    return [(i.command, i.lat, i.lon, i.speed_mps) for i in items]


@pytest.mark.parametrize("seed", range(3))
def test_mission_is_equal_over_a_line_that_damages_one_byte_in_200(seed: int) -> None:
    bench = Bench(faults=BAD_LINE, seed=seed).connect()
    mission = zigzag(60)
    bench.load(mission)
    assert held(bench) == given(mission)
    assert bench.link.now_s < 12.0  # of which it takes 2.5 s without damage
    report = bench.live(2.0)
    assert (report.mission, report.along_m) == (mission.digest, 0.0)


def test_mission_of_the_first_second_is_given_again() -> None:
    bench = Bench()
    bench.link._dialogue.wait(lambda: bench.link._view.address is not None, 3.0)
    bench.load(line())  # the rover has no room in its first second
    assert held(bench) == given(line())
    assert bench.link.now_s < 8.0


@pytest.mark.parametrize("taken", [1, 3, 6])
def test_failed_upload_leaves_no_mission_that_could_be_started(taken: int) -> None:
    bench = Bench().connect()
    bench.load(line())
    hear = bench.rover._hear_mission_item_int
    bench.rover._hear_mission_item_int = (  # type: ignore[method-assign]
        lambda message: hear(message) if message.seq < taken else []
    )
    with pytest.raises(LinkError, match="holds none now"):
        bench.link.load_mission(zigzag(), from_m=0, timeout_s=10.0)
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    assert bench.rover.mode != AUTO


def test_vehicle_drives_its_mission_by_itself_pauses_and_goes_on() -> None:
    bench = Bench().connect()
    bench.load(line())
    assert bench.command(Action.START_MISSION).state is RobotState.DISARMED
    bench.command(Action.ARM)
    assert bench.command(Action.START_MISSION).state is RobotState.ARMED
    paused = bench.command(Action.PAUSE_MISSION)
    assert paused.state is RobotState.ARMED
    assert bench.rover.mode == HOLD
    assert 0 < paused.along_m < 6
    assert paused.speed_mps == 0
    bench.link.send(Action.START_MISSION)
    done = bench.live(8.0)
    assert done.along_m == pytest.approx(6.0, abs=0.5)
    assert done.speed_mps == 0
    modes = [str(GUIDED), str(AUTO), str(HOLD), str(AUTO)]
    assert [name for name in bench.rover.ran if name != "ARM"] == modes
    assert bench.rover.ran.count("ARM") == 1


def test_vehicle_that_was_silent_while_it_stood_paused_needs_a_new_arm() -> None:
    bench = Bench().connect()
    bench.load(line(60.0))
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    bench.command(Action.PAUSE_MISSION)
    bench.port.cut = True
    bench.link.poll(5.0)
    bench.port.cut = False
    assert bench.live(2.0).state is RobotState.HELD
    assert bench.command(Action.START_MISSION).speed_mps == 0


def test_interrupted_mission_goes_on_from_its_metres() -> None:
    bench = Bench().connect()
    bench.load(zigzag(), from_m=20.0)
    report = bench.live(1.0)
    assert report.along_m == 20.0
    items = items_of(zigzag(), ARDUPILOT, PLANE.to_lon_lat_deg)
    assert items.point_of_item[bench.rover._current] == 4  # 4 legs of 5.8 m


def test_mission_that_cannot_be_loaded_is_forgotten_whole() -> None:
    bench = Bench().connect()
    bench.load(line())
    hear = bench.rover._hear_mission_item_int
    bench.rover._hear_mission_item_int = (  # type: ignore[method-assign]
        lambda message: hear(message) if message.seq < 2 else []
    )
    with pytest.raises(LinkError, match=r"did not take the mission .* it holds none"):
        bench.link.load_mission(zigzag(), from_m=0, timeout_s=15.0)
    assert bench.rover.items == []
    assert bench.live(1.0).mission == 0


def test_lost_line_leaves_it_unknown_what_the_vehicle_holds() -> None:
    bench = Bench().connect()
    bench.port.cut = True
    with pytest.raises(LinkError, match="not known: do not start it"):
        bench.link.load_mission(line(), from_m=0, timeout_s=5.0)


def test_driving_vehicle_stands_while_it_gets_another_mission() -> None:
    bench = Bench().connect()
    bench.load(line(60.0))
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    bench.load(line())
    report = bench.live(1.5)
    assert (report.state, report.speed_mps) == (RobotState.ARMED, 0)
    assert bench.rover.mode == GUIDED
    assert report.mission == line().digest


def test_vehicle_that_does_not_stop_takes_no_other_mission() -> None:
    bench = Bench().connect()
    bench.load(line(60.0))
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    bench.rover._take_mode = lambda mode: None  # type: ignore[method-assign] # noqa: ARG005
    with pytest.raises(LinkError, match="does not stop for another one"):
        bench.link.load_mission(line(), from_m=0, timeout_s=3.0)


def test_mission_that_is_too_long_is_refused() -> None:
    bench = Bench().connect()
    assert bench.link.has_room(zigzag())
    assert not bench.link.has_room(zigzag(701))
    with pytest.raises(LinkError, match="holds 700 items at least, a mission of 701"):
        bench.load(zigzag(701))


def test_setpoints_keep_to_the_speed_that_the_host_was_held_to() -> None:
    bench = Bench().connect()
    bench.link.tighten(Limits(speed_mmps=400))
    bench.link.tighten(Limits(speed_mmps=2000))
    bench.command(Action.ARM)
    for _ in range(10):
        bench.link.send(Drive(1.5, 0.0))
        report = bench.live(0.2)
    assert report.speed_mps == pytest.approx(0.4, abs=0.02)


def test_cut_link_leads_to_hold_where_the_failsafe_is_set() -> None:
    bench = Bench().connect()
    bench.load(line(60.0))
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    assert bench.rover.robot.speed_mps > 0.5
    bench.port.cut = True
    bench.link.poll(5.0)
    assert bench.rover.mode == HOLD
    assert bench.rover.robot.speed_mps == 0
    bench.port.cut = False
    assert bench.live(2.0).state is RobotState.HELD
    assert bench.command(Action.ARM).state is RobotState.ARMED
    assert bench.rover.mode == GUIDED


def test_cut_link_does_not_stop_a_vehicle_as_it_is_sold() -> None:
    bench = Bench(DEFAULTS).connect()
    bench.load(line(60.0))
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    bench.port.cut = True
    bench.link.poll(10.0)
    assert bench.rover.robot.speed_mps > 0.5


def test_failsafes_that_are_off_are_told_with_what_to_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Bench(SAFE).link.connect() == []
    wrong = Bench(DEFAULTS).link.connect()
    assert [text.split(" is ")[0] for text in wrong] == [
        "FS_GCS_ENABLE", "FS_GCS_TIMEOUT", "FS_TIMEOUT",
    ]  # fmt: skip
    assert "FS_GCS_ENABLE is 0: it drives on when the link dies; set it to 1" in wrong
    assert "set it to 1" in caplog.text
    (text,) = Bench({**SAFE, "SYSID_MYGCS": 1}).link.connect()
    assert "it does not watch this host" in text


def test_failsafe_that_is_not_told_is_told_so() -> None:
    rover_without = {k: v for k, v in SAFE.items() if k != "FS_ACTION"}
    (text,) = Bench(rover_without).link.connect()
    assert text.startswith("it does not tell FS_ACTION")


def test_repeated_command_never_runs_twice() -> None:
    bench = Bench(faults=FaultPlan(rate=0.02), seed=4).connect()
    bench.load(line(60.0))
    for _ in range(5):
        bench.command(Action.ARM, Action.ARM)
        bench.live(9.0)
        bench.command(Action.DISARM)
        bench.live(9.0)
    changes = [name for name in bench.rover.ran if name in ("ARM", "DISARM")]
    assert changes == ["ARM", "DISARM"] * 5
    assert bench.link.counters["commands_sent"] > 10
    assert bench.link.counters["frames_dropped"] > 0


def test_granted_wish_is_not_asked_for_again() -> None:
    bench = Bench().connect()
    bench.command(Action.ARM)
    sent = bench.link.counters["commands_sent"]
    bench.command(Action.ARM)
    assert bench.link.counters["commands_sent"] == sent


def test_estop_stops_a_vehicle_on_its_mission_and_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(faults=BAD_LINE).connect()
    bench.load(line(60.0))
    bench.command(Action.ARM)
    bench.command(Action.START_MISSION)
    report = bench.command(Action.ESTOP)
    assert (report.state, report.speed_mps) == (RobotState.ESTOPPED, 0)
    assert not bench.rover.armed
    assert bench.command(Action.START_MISSION).state is RobotState.ESTOPPED
    assert "START_MISSION is refused, it is stopped, or in other hands" in caplog.text
    bench.rover.armed = True  # by another host
    assert bench.command(Action.DISARM).state is RobotState.ESTOPPED
    assert not bench.rover.armed
    assert bench.command(Action.CLEAR_ESTOP).state is RobotState.DISARMED


def test_vehicle_that_somebody_has_taken_in_hand_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench().connect()
    bench.command(Action.ARM)
    bench.rover.mode = MANUAL
    assert bench.live(2.0).state is RobotState.ESTOPPED
    sent = bench.link.counters["commands_sent"]
    assert bench.command(Action.ARM).state is RobotState.ESTOPPED
    assert bench.link.counters["commands_sent"] == sent
    assert "ARM is refused, it is stopped, or in other hands" in caplog.text
    bench.rover.mode = HOLD
    assert bench.live(2.0).state is RobotState.HELD


def test_wish_that_is_not_granted_is_given_up_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench().connect()
    bench.rover._arm = lambda **_: None  # type: ignore[method-assign]
    bench.link.send(Action.ARM)
    assert bench.live(15.0).state is RobotState.DISARMED
    told = "it is DISARMED, in mode guided, not armed and in mode guided"
    assert told in caplog.text


def test_mission_of_another_host_is_not_started(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench().connect()
    assert bench.command(Action.START_MISSION).state is RobotState.DISARMED
    assert "it holds no mission of this host" in caplog.text


def test_switches_are_the_hosts_and_the_docks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench().connect()
    assert bench.command(Action.SENSORS_ON, Action.START_CHARGING).sensors_on
    assert "START_CHARGING is for its dock" in caplog.text
    assert not bench.command(Action.SENSORS_OFF).sensors_on


def test_key_of_patrols_own_protocol_is_refused() -> None:
    with pytest.raises(LinkError, match="drive it without"):
        Bench().link.sign_with(bytes(32))


def test_silent_line_and_line_of_noise_are_no_vehicle() -> None:
    bench = Bench()
    bench.port.cut = True
    with pytest.raises(LinkError, match="no MAVLink heartbeat on 'rover-1' in 5 s"):
        bench.link.connect()


def test_lost_port_says_that_the_failsafe_decides() -> None:
    bench = Bench().connect()
    bench.port.close()
    with pytest.raises(LinkError, match="its failsafe's matter"):
        bench.link.poll(0.1)
    with pytest.raises(LinkError, match="while sending"):
        bench.link.send(Action.ESTOP)
    bench.link.close()


def test_closing_disarms_the_vehicle() -> None:
    bench = Bench()
    with bench.link as link:
        link.connect()
        bench.command(Action.ARM)
        link.send(Drive(0.5, 0.0))
        link.poll(0.2)
    assert bench.rover.ran[-1] == "DISARM"
