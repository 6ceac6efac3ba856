"""Guards: what a robot keeps its host from, and limits that only get tighter."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.limits import Limits
from firmware_bridge.messages import Result
from firmware_bridge.robot_core import STOP, RobotCore
from firmware_bridge.robot_guards import Guards
from firmware_bridge.robot_path import Motion, Senses
from firmware_bridge.serial_link import SerialLink
from patrol.errors import RobotError
from patrol.robot import KPH, Action, Drive, Guard, RobotProfile, RobotState
from sim.firmware import SimFirmware
from sim.link import SimPort
from sim.robot import Pose, SimRobot
from sim.troubles import BodyFault, Trouble
from tests.firmware_bridge.fences import box, fences

LOOP_S = 0.02
u16 = st.integers(0, 65_535)
limits = st.builds(Limits, u16, u16, u16, u16, st.none() | fences)
i16 = st.integers(-32_768, 32_767)


@pytest.mark.parametrize(
    ("mass_kg", "speed_kph"), [(60, 15), (100, 15), (101, 10), (230, 10), (500, 5)]
)
def test_speed_is_capped_by_mass_as_the_law_says(
    mass_kg: float, speed_kph: float
) -> None:
    cap_mps = Limits.of_mass(mass_kg).speed_mmps / 1e3
    assert cap_mps == pytest.approx(speed_kph * KPH, abs=5e-4)


def test_robot_that_is_too_heavy_is_named() -> None:
    with pytest.raises(RobotError, match=r"a robot of 501 kg: .* at most 500 kg"):
        Limits.of_mass(501)


@given(own=limits, asked=st.lists(limits, max_size=4))
def test_limits_only_get_tighter(own: Limits, asked: list[Limits]) -> None:
    core = RobotCore(own)
    for one in asked:
        before, now = core.guards.limits, core.tighten(one)
        assert now == before.tightened(one) == now.tightened(before)
        assert now.fence == (before.fence or one.fence)
        numbers = zip(_plain(before), _plain(now), strict=True)
        for sign, (old, new) in zip((1, 1, 1, -1), numbers, strict=True):
            assert sign * new <= sign * old


def _plain(limits: Limits) -> tuple[int, ...]:
    return limits.speed_mmps, limits.accel_mmps2, limits.tilt_mrad, limits.battery


@given(own=limits, wanted=st.lists(st.builds(Motion, i16, i16), max_size=20))
def test_motors_never_go_beyond_the_cap_nor_speed_up_too_fast(
    own: Limits, wanted: list[Motion]
) -> None:
    guards, last = Guards(own), Motion(0, 0)
    most = max(own.accel_mmps2 // 50, 1)
    for number, one in enumerate(wanted, 1):
        given_ = guards.ease(one, 20 * number)
        assert abs(given_.speed_mmps) <= own.speed_mmps
        assert abs(given_.speed_mmps) <= abs(one.speed_mmps)
        assert given_.speed_mmps * one.speed_mmps >= 0
        grown = abs(given_.speed_mmps) - abs(last.speed_mmps)
        assert grown <= most
        assert (guards.acting == Guard(0)) == (given_ == one)
        last = given_


def armed(core: RobotCore, senses: Senses) -> Result:
    core.tick(0.0, senses)
    core.heard_host(0.0)
    return core.carry_out(Action.ARM, now_s=0.0)


BOX = replace(Limits(), fence=box(-1000, -1000, 1000, 1000))


@pytest.mark.parametrize(
    ("senses", "guard"),
    [
        (Senses(x_mm=1025), Guard.FENCE),
        (Senses(y_mm=-1025), Guard.FENCE),
        (Senses(tilt_mrad=351), Guard.TILT),
        (Senses(tilt_mrad=-351), Guard.TILT),
        (Senses(battery=299), Guard.BATTERY),
    ],
)
def test_guard_holds_a_robot_and_refuses_to_arm_it(
    senses: Senses, guard: Guard
) -> None:
    core = RobotCore(BOX)
    assert armed(core, senses) is Result.REFUSED
    assert core.guards.acting == guard

    assert armed(core, Senses()) is Result.DONE
    core.take_setpoint(Drive(1.0, 0.0), ttl_s=0.3, now_s=0.0)
    assert core.tick(0.1, Senses()) != STOP
    assert core.tick(0.12, senses) == STOP
    assert (core.state, core.guard_trips) == (RobotState.HELD, 1)
    assert core.tick(0.14, Senses()) == STOP  # it goes on only by an ARM
    assert core.state is RobotState.HELD


def test_tightening_counts_before_the_next_loop() -> None:
    core = RobotCore()
    core.tick(0.0, Senses(x_mm=5000))
    core.tighten(BOX)
    assert core.carry_out(Action.ARM, now_s=0.0) is Result.REFUSED


def simulated(limits: Limits) -> tuple[SerialLink, SimFirmware]:
    firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)))
    port = SimPort(firmware)
    link = SerialLink(port, name="robot-1", clock=port.clock, nonce=1)
    link.connect()
    link.tighten(limits)
    link.poll(0.5)
    link.send(Action.ARM)
    return link, firmware


def drive(link: SerialLink, speed_mps: float, for_s: float) -> list[Guard]:
    end_s = link.now_s + for_s
    guards = []
    while link.now_s < end_s:
        link.send(Drive(speed_mps, 0.0))
        guards += [report.guards for report in link.poll(0.1)]
    return guards


@pytest.mark.parametrize("speed_mps", [0.5, 1.4, 2.7])
def test_robot_stops_before_its_fence_whatever_it_is_told(speed_mps: float) -> None:
    link, firmware = simulated(replace(Limits(), fence=box(-5000, -9000, 8000, 9000)))
    guards = drive(link, speed_mps, 20.0)
    robot = firmware.machine.robot
    assert robot.speed_mps == 0
    assert 7.5 < robot.x_m < 8.2  # it knows its place to some centimetres
    assert Guard.FENCE in guards[-1] or guards[-1] == Guard(0)
    for _ in range(5):  # it cannot be talked out of it
        link.send(Action.ARM)
        drive(link, speed_mps, 2.0)
    assert robot.x_m < 8.2


def test_simulated_robot_keeps_the_cap_that_it_was_given_and_says_so() -> None:
    link, firmware = simulated(replace(Limits(), speed_mmps=500))
    guards = drive(link, 2.0, 4.0)
    assert firmware.machine.robot.speed_mps == pytest.approx(0.5, abs=0.01)
    assert guards[-1] == Guard.SPEED


def test_limits_hold_again_after_a_restart() -> None:
    link, firmware = simulated(replace(Limits(), speed_mmps=500))
    firmware.reboot()
    for _ in range(4):
        link.poll(0.25)
    assert firmware.machine.core.guards.limits.speed_mmps == 500


def test_leaning_robot_stops_by_itself() -> None:
    link, firmware = simulated(Limits())
    drive(link, 1.0, 2.0)
    leans = BodyFault(Trouble.TILT, 0.0, 1e9, value=-0.4)
    firmware.machine.robot.body_faults = (leans,)
    assert drive(link, 1.0, 2.0)[-1] == Guard.TILT
    assert firmware.machine.robot.speed_mps == 0


def test_heavier_kind_of_robot_is_slower_by_itself() -> None:
    heavy = RobotProfile(mass_kg=400.0, speed_mps=1.0, max_speed_mps=1.3)
    machine = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0), profile=heavy)).machine
    assert machine.core.guards.limits.speed_mmps == 1389


def test_first_fence_stays_until_the_next_restart_and_another_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = replace(Limits(), fence=box(-5000, -5000, 5000, 5000))
    second = replace(Limits(), fence=box(-9000, -9000, 9000, 9000))
    link, firmware = simulated(first)
    assert "fence" not in caplog.text
    link.tighten(second)
    link.poll(0.5)
    assert firmware.machine.core.guards.limits.fence == first.fence
    assert "keeps the fence that it was given before" in caplog.text
    firmware.reboot()
    for _ in range(4):
        link.poll(0.25)
    assert firmware.machine.core.guards.limits.fence == second.fence
