"""What the conformance suite checks of the e-stop and the watchdog."""

import itertools

from firmware_bridge.conformance import Bench, Check, Measured, Needs, require
from firmware_bridge.conformance_steps import (
    SLOW,
    clear,
    fastest,
    is_held,
    require_still,
    restart,
    set_off,
    settle,
)
from firmware_bridge.framing import Frame, encode_frame
from firmware_bridge.messages import Capability, EstopAck, Heartbeat, Report, Result
from firmware_bridge.probe import PATIENCE_S, Probe, is_still, pairs, said
from firmware_bridge.robot_core import HOST_SILENCE_S
from patrol.robot import Action, RobotState

_MOST_LOOP_S = 0.02
_LINE_S = 0.01  # at 115,200 baud a heartbeat takes 1.3 ms, a report 3.4; a loop waits
_ROUND_TRIP_S = 0.25
_TRIES = 5
_MOVES_MPS = 0.1  # of the 0.3 m/s that it is told, within 0.8 s


def _estop_is_latched(probe: Probe, _bench: Bench) -> Measured:
    probe.connect()
    tokens = itertools.count()
    taken = fastest(
        lambda: [probe.estop(probe.token(next(tokens))) for _ in range(20)],
        _ROUND_TRIP_S,
    )
    state = probe.report().telemetry.state
    require(state is RobotState.ESTOPPED, f"it is {state.name} after an e-stop")
    return taken


def _estopped_refuses_arm(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.estop(probe.token(1))
    results, _, _ = probe.order(Action.ARM)
    require(results.results[0] is Result.REFUSED, "it was armed while e-stopped")
    results, _, _ = probe.order(Action.CLEAR_ESTOP, probe.token(2))
    require(results.results[0] is Result.REFUSED, "another token cleared the e-stop")


def _estop_outlives_session(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    token = probe.token(1)
    probe.estop(token)
    welcome, _ = probe.connect()
    told = (welcome.state, welcome.estop_token)
    require(told == (RobotState.ESTOPPED, token), f"WELCOME tells {told}")
    clear(probe)
    state = probe.report().telemetry.state
    require(state is RobotState.DISARMED, f"it is {state.name} after CLEAR_ESTOP")


def _estop_without_session(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.estop(probe.token(1), session=0)
    state = probe.report().telemetry.state
    require(state is RobotState.ESTOPPED, f"it is {state.name} after an e-stop")
    clear(probe)
    nothing = encode_frame(Frame(0x05, bytes(4), probe.session))
    require(probe.silence_after(nothing, EstopAck), "it took an e-stop of token 0")


def _break_is_an_estop(probe: Probe, bench: Bench) -> None:
    before, _ = probe.connect()
    if bench.send_break is not None:
        bench.send_break()
    for _try in range(_TRIES):
        report = probe.report()
        if report.telemetry.state is RobotState.ESTOPPED:
            break
    state, token = report.telemetry.state, report.estop_token
    require(state is RobotState.ESTOPPED, f"it is {state.name} after a BREAK")
    require(token not in {0, before.estop_token}, "its e-stop has no name of its own")
    clear(probe)
    state = probe.report().telemetry.state
    require(state is RobotState.DISARMED, f"it is {state.name} after CLEAR_ESTOP")


def _restart_keeps_estop(probe: Probe, bench: Bench) -> None:
    before, _ = probe.connect()
    token = probe.token(1)
    probe.estop(token)
    restart(probe, bench)
    welcome, _ = probe.connect()
    stopped = (welcome.state, welcome.estop_token) == (RobotState.ESTOPPED, token)
    forgets = Capability.MEMORY not in before.capabilities
    require(stopped or forgets, f"it is {welcome.state.name} after a restart")
    clear(probe)


def _disarmed_stands(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.order(Action.DISARM)
    require_still(probe.drive(SLOW, 0.6), "it moved without being armed")


def _follows_setpoints(probe: Probe, _bench: Bench) -> None:
    for _try in range(_TRIES):  # a computer that is busy for 300 ms lets it hold
        set_off(probe)
        seen = probe.drive(SLOW, 0.8, until=_is_moving)
        probe.rest()
        speeds = [0.0, *(report.telemetry.speed_mps for report in said(seen))]
        if max(speeds) > _MOVES_MPS:
            return
    require(False, f"it did not move: at most {max(speeds)} m/s")


def _is_moving(report: Report) -> bool:
    return report.telemetry.speed_mps > _MOVES_MPS


def _setpoint_dies(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    settle(probe)
    report = probe.report()
    require(is_still(report), f"it drives on at {report.telemetry.speed_mps} m/s")
    probe.rest()


def _silence_stops(probe: Probe, _bench: Bench) -> Measured:
    # A busy computer can only make a trip look later: the least is true.
    limit_s = HOST_SILENCE_S + _MOST_LOOP_S + _LINE_S
    times_s: list[float] = []
    for _try in range(_TRIES):
        held_s = _time_to_hold(probe)
        if held_s > HOST_SILENCE_S - _LINE_S:  # else it was held before, see above
            times_s.append(held_s)
        if held_s <= limit_s and times_s:
            break
    require(bool(times_s), f"it held after {held_s} s, before its time")
    return Measured(min(times_s), "s", limit_s)


def _time_to_hold(probe: Probe) -> float:
    """Time on the robot's clock from the last frame it was sent to its report HELD."""
    set_off(probe)
    seen = pairs(probe.drive(SLOW, 0.7))
    require(bool(seen), "it does not report by itself")
    offset_s = min(one.at_s - report.telemetry.time_s for one, report in seen)
    sent_s = probe.clock()
    probe.send(Heartbeat())
    held = said(probe.reports(PATIENCE_S, until=_has_held))
    require(bool(held) and _has_held(held[-1]), "silence did not stop it")
    probe.rest()
    return held[-1].telemetry.time_s - (sent_s - offset_s)


def _has_held(report: Report) -> bool:
    return report.telemetry.state is RobotState.HELD


def _held_needs_arm(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    probe.drive(SLOW, 0.4)
    probe.reports(PATIENCE_S, until=is_held)
    seen = probe.drive(SLOW, 0.5)
    states = {report.telemetry.state for report in said(seen)}
    require(states == {RobotState.HELD}, f"it is {[s.name for s in states]}")
    require_still(seen, "it went on by itself after silence")
    set_off(probe)
    probe.rest()


def _estop_stops(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    probe.drive(SLOW, 0.6, until=_is_moving)
    probe.estop(probe.token(1))
    seen = probe.drive(SLOW, PATIENCE_S, until=is_still)
    require_still(seen[-1:], "it drives on after an e-stop")
    clear(probe)
    require_still(probe.drive(SLOW, 0.5), "it moved after CLEAR_ESTOP without ARM")


STOP_CHECKS = (
    Check("e-stop", "it is latched; p99 of 20 to its ACK", _estop_is_latched),
    Check("e-stop", "no ARM, and no clearing by another token", _estopped_refuses_arm,
          Needs.MOTION),
    Check("e-stop", "it outlives a session", _estop_outlives_session),
    Check("e-stop", "it needs no session", _estop_without_session),
    Check("e-stop", "it stops wheels that turn", _estop_stops, Needs.MOTION),
    Check("e-stop", "it outlives a restart", _restart_keeps_estop, Needs.RESTART),
    Check("e-stop", "a UART BREAK is one", _break_is_an_estop, Needs.BREAK),
    Check("watchdog", "disarmed wheels stand", _disarmed_stands, Needs.MOTION),
    Check("watchdog", "armed wheels follow", _follows_setpoints, Needs.MOTION),
    Check("watchdog", "a setpoint dies", _setpoint_dies, Needs.MOTION),
    Check("watchdog", "silence to motors at zero", _silence_stops, Needs.MOTION),
    Check("watchdog", "after silence only ARM", _held_needs_arm, Needs.MOTION),
)  # fmt: skip
"""Checks of what stops a robot."""
