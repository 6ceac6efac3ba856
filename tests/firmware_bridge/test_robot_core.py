"""The robot's safety logic by itself, as a table of what may follow what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.messages import Result
from firmware_bridge.robot_core import HOST_SILENCE_S, STOP, RobotCore
from firmware_bridge.robot_path import Senses
from patrol.robot import Action, Drive, RobotState

GO = Drive(1.0, 0.2)
LOOP_S = 0.02
FAST = st.floats(0.03, 3)
steps = st.one_of(
    st.tuples(st.just("do"), st.sampled_from(Action), st.integers(0, 2)),
    st.tuples(st.just("drive")),
    st.tuples(st.just("heard")),
    st.tuples(
        st.just("tick"), st.sampled_from([0.0, 0.5]), st.sampled_from([0.02, 1.0])
    ),
)


def at(speed_mps: float) -> Senses:
    return Senses(speed_mmps=round(speed_mps * 1e3))


def eased(core: RobotCore, from_s: float) -> Drive:
    """Let some loops pass with the setpoint renewed; give what the motors are told."""
    for loop in range(40):
        core.heard_host(from_s + loop * LOOP_S)
        core.take_setpoint(GO, ttl_s=0.3, now_s=from_s + loop * LOOP_S)
        drive = core.tick(from_s + loop * LOOP_S, at(0.5))
    return drive


def armed(now_s: float = 0.0) -> RobotCore:
    core = RobotCore()
    core.heard_host(now_s)
    assert core.carry_out(Action.ARM, now_s=now_s) is Result.DONE
    core.take_setpoint(GO, ttl_s=0.3, now_s=now_s)
    return core


def test_armed_robot_follows_its_setpoint_until_that_dies() -> None:
    core = armed()
    assert core.tick(0.28, at(0.0)) != STOP
    core.heard_host(0.28)
    assert core.tick(0.3, at(1.0)) == STOP
    assert eased(core, 0.32) == GO
    assert core.state is RobotState.ARMED


def test_no_setpoint_lives_longer_than_the_robot_allows() -> None:
    core = armed()
    core.take_setpoint(GO, ttl_s=60.0, now_s=0.0)
    core.heard_host(0.3)
    assert core.tick(0.31, at(1.0)) == STOP


@given(heard=st.floats(0, 1e5), phase=st.floats(0, LOOP_S))
def test_silent_host_means_motors_at_zero_within_its_time_and_a_loop(
    heard: float, phase: float
) -> None:
    core = armed(heard)
    stopped_s = None
    for loop in range(40):
        now_s = heard + phase + loop * LOOP_S
        core.take_setpoint(GO, ttl_s=0.3, now_s=now_s)  # only the watchdog can stop it
        if core.tick(now_s, at(1.0)) == STOP:
            stopped_s = now_s - heard
            break
    assert stopped_s is not None
    assert HOST_SILENCE_S - 1e-6 < stopped_s <= HOST_SILENCE_S + LOOP_S + 1e-6
    assert core.state is RobotState.HELD
    assert core.watchdog_trips == 1


def test_held_robot_moves_only_after_an_arm_and_a_newer_setpoint() -> None:
    core = armed()
    core.tick(0.4, at(1.0))
    core.heard_host(0.5)
    core.take_setpoint(GO, ttl_s=0.3, now_s=0.5)
    assert core.tick(0.5, at(0.0)) == STOP
    core.carry_out(Action.ARM, now_s=0.5)
    assert core.tick(0.5, at(0.0)) == STOP
    core.take_setpoint(GO, ttl_s=0.3, now_s=0.5)
    assert core.tick(0.52, at(0.0)) != STOP
    assert eased(core, 0.54) == GO


def test_held_robot_is_armed_only_at_rest() -> None:
    core = armed()
    core.tick(0.4, at(1.0))
    assert core.carry_out(Action.ARM, now_s=0.5) is Result.REFUSED
    assert core.state is RobotState.HELD
    core.tick(1.2, at(0.0))
    assert core.carry_out(Action.ARM, now_s=1.2) is Result.DONE


@pytest.mark.parametrize(
    ("token", "speed_mps", "result", "state"),
    [
        (7, 0.0, Result.DONE, RobotState.DISARMED),
        (6, 0.0, Result.REFUSED, RobotState.ESTOPPED),
        (7, 0.5, Result.REFUSED, RobotState.ESTOPPED),
    ],
)
def test_estop_is_cleared_only_by_its_name_and_at_rest(
    token: int, speed_mps: float, result: Result, state: RobotState
) -> None:
    core = armed()
    core.carry_out(Action.ESTOP, token=7, now_s=0.0)
    assert core.tick(0.02, at(speed_mps)) == STOP
    assert core.carry_out(Action.CLEAR_ESTOP, token=token, now_s=0.02) is result
    assert core.state is state


@given(script=st.lists(steps, max_size=60))
def test_motors_move_only_armed_with_a_live_host_and_never_out_of_an_estop(
    script: list[tuple[object, ...]],
) -> None:
    core, now_s, heard_s, stopped = RobotCore(), 0.0, float("-inf"), False
    for what, *arguments in script:
        match (what, *arguments):
            case ("do", Action() as action, int() as token):
                result = core.carry_out(action, token=token, now_s=now_s)
                if action is Action.ESTOP:
                    stopped = True
                elif action is Action.CLEAR_ESTOP and result is Result.DONE:
                    stopped = False
            case ("drive",):
                core.take_setpoint(GO, ttl_s=0.3, now_s=now_s)
            case ("heard",):
                core.heard_host(now_s)
                heard_s = now_s
            case ("tick", float() as speed, float() as time_s):
                now_s += time_s
                moves = core.tick(now_s, at(speed)) != STOP
                live = now_s - heard_s <= HOST_SILENCE_S
                allowed = core.state is RobotState.ARMED and live and not core.charging
                assert not moves or (allowed and not stopped)
        assert stopped == (core.state is RobotState.ESTOPPED)


def test_every_command_is_logged_with_its_result() -> None:
    core = armed()
    core.carry_out(Action.ESTOP, token=1, now_s=1.0)
    core.carry_out(Action.ARM, now_s=2.0)
    log = [(one.time_s, one.action, one.result) for one in core.executed]
    assert log == [
        (0.0, Action.ARM, Result.DONE),
        (1.0, Action.ESTOP, Result.DONE),
        (2.0, Action.ARM, Result.REFUSED),
    ]
