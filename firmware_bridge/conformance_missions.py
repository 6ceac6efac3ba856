"""What the conformance suite checks of missions."""

import numpy as np

from firmware_bridge.conformance import Bench, Check, Measured, Needs, require
from firmware_bridge.conformance_steps import (
    is_held,
    require_refused,
    require_still,
    set_off,
    settle,
)
from firmware_bridge.framing import encode_frame
from firmware_bridge.messages import Capability, Report, Result, frame_of
from firmware_bridge.mission_messages import (
    PART_SIZE,
    Commit,
    Load,
    Loaded,
    LoadState,
    Part,
)
from firmware_bridge.mission_steps import encode_steps, start_of
from firmware_bridge.probe import PATIENCE_S, Probe, said
from patrol.robot import Action, RobotMission, RobotState

_LEG_MM = 400
_MOVED_M = 0.1
_LOADED_S = 2.0


def _mission_is_loaded(probe: Probe, _bench: Bench) -> Measured | None:
    if not _holds_missions(probe):
        return None
    begun_s = probe.clock()
    mission = _zigzag(probe, 20)
    states = [_ask(probe, one).state for one in _messages(mission)]
    require(states[-1] is LoadState.HELD, f"COMMIT was answered by {states[-1].name}")
    require(set(states[:-1]) == {LoadState.LOADING}, f"it was {states} while loading")
    report = probe.report().telemetry
    told = (report.mission, report.along_m)
    require(told == (mission.digest, 0.0), f"REPORT tells {told}")
    again = _ask(probe, Commit(mission.digest))
    require(again.state is LoadState.HELD, "a repeated COMMIT changed something")
    return Measured(probe.clock() - begun_s, "s", _LOADED_S)


def _mission_that_is_wrong_is_dropped(probe: Probe, _bench: Bench) -> None:
    if not _holds_missions(probe):
        return
    held = _load(probe, _zigzag(probe, 8))
    other = _zigzag(probe, 7)
    load, *_, commit = _messages(other)
    data = encode_steps(other)
    _ask(probe, load)
    _ask(probe, Part(other.digest, 0, bytes([data[0] ^ 2]) + data[1:PART_SIZE]))
    state = _ask(probe, commit).state
    require(state is LoadState.WRONG, f"a damaged mission was {state.name}")
    _require_held(probe, held)


def _mission_with_a_gap_is_not_taken(probe: Probe, _bench: Bench) -> None:
    if not _holds_missions(probe):
        return
    held = _load(probe, _zigzag(probe, 8))
    load, first, *rest, commit = _messages(_zigzag(probe, 24))
    _ask(probe, load)
    for one in rest:
        _ask(probe, one)
    state = _ask(probe, commit)
    told = (state.state, state.lacking, state.beyond)
    expected = (LoadState.LOADING, 0, (1 << len(rest)) - 1)
    require(told == expected, f"it tells {told}, not {expected}")
    _require_held(probe, held)
    probe.connect()
    again = _ask(probe, load)
    require(again.beyond == state.beyond, "a new session made it forget its parts")
    _ask(probe, first)
    require(_ask(probe, commit).state is LoadState.HELD, "it did not take the rest")


def _mission_too_long_is_refused(probe: Probe, _bench: Bench) -> None:
    welcome, _ = probe.connect()
    load = Load(1, 0xFFFF, 0, start_of(_zigzag(probe, 2)))
    if Capability.MISSIONS in welcome.capabilities and welcome.mission_room < 0xFFFF:
        state = _ask(probe, load).state
        require(state is LoadState.TOO_LONG, f"65535 bytes were {state.name}")


def _mission_needs_arm(probe: Probe, _bench: Bench) -> None:
    if _holds_missions(probe):
        _load(probe, _zigzag(probe, 4))
        require_refused(probe, Action.START_MISSION, "not armed")


def _mission_is_driven(probe: Probe, _bench: Bench) -> None:
    if not _holds_missions(probe):
        return
    set_off(probe)
    settle(probe)
    _load(probe, _zigzag(probe, 3))
    probe.order(Action.ARM)
    results, _, _ = probe.order(Action.START_MISSION)
    require(results.results[0] is Result.DONE, "it refused START_MISSION")
    seen = said(probe.beat(6.0, until=_has_come_along))
    require(bool(seen), "it does not report by itself")
    along_m = seen[-1].telemetry.along_m
    require(along_m > _MOVED_M, f"it has come {along_m} m along its mission in 6 s")
    probe.rest()
    probe.drain()


def _has_come_along(report: Report) -> bool:
    return report.telemetry.along_m > _MOVED_M


def _silence_stops_a_mission(probe: Probe, _bench: Bench) -> None:
    if not _holds_missions(probe):
        return
    set_off(probe)
    settle(probe)
    _load(probe, _zigzag(probe, 20))
    probe.order(Action.ARM)
    probe.order(Action.START_MISSION)
    probe.beat(2.0, until=_has_come_along)
    probe.reports(PATIENCE_S, until=is_held)
    seen = probe.beat(0.5)
    states = {report.telemetry.state for report in said(seen)}
    require(states == {RobotState.HELD}, f"it is {[s.name for s in states]}")
    require_still(seen, "its mission goes on after silence")
    probe.order(Action.ARM)
    require_still(probe.beat(0.5), "ARM alone sets off a mission")
    probe.rest()


def _messages(mission: RobotMission) -> list[Load | Part | Commit]:
    data = encode_steps(mission)
    parts = [
        Part(mission.digest, number, data[at : at + PART_SIZE])
        for number, at in enumerate(range(0, len(data), PART_SIZE))
    ]
    load = Load(mission.digest, len(data), 0, start_of(mission))
    return [load, *parts, Commit(mission.digest)]


def _ask(probe: Probe, message: Load | Part | Commit) -> Loaded:
    wire = encode_frame(frame_of(message, session=probe.session))
    loaded, _, _ = probe.ask(
        wire, Loaded, fits=lambda got, _: got.digest == message.digest
    )
    return loaded


def _load(probe: Probe, mission: RobotMission) -> RobotMission:
    for one in _messages(mission):
        loaded = _ask(probe, one)
    require(loaded.state is LoadState.HELD, f"a mission was {loaded.state.name}")
    return mission


def _zigzag(probe: Probe, points: int) -> RobotMission:
    """Lay a path of short legs out before the robot, another one each time."""
    now = probe.report().telemetry
    ahead = np.array([np.cos(now.heading_rad), np.sin(now.heading_rad)])
    beside = np.array([-ahead[1], ahead[0]])
    steps = np.arange(points)[:, None] * _LEG_MM * ahead + (
        np.arange(points)[:, None] % 2 * points * beside
    )
    xy_mm = np.round(steps + np.array([now.x_m, now.y_m]) * 1e3).astype(np.int32)
    return RobotMission(xy_mm, np.full(points, 300, np.uint16))


def _holds_missions(probe: Probe) -> bool:
    welcome, _ = probe.connect()
    return Capability.MISSIONS in welcome.capabilities


def _require_held(probe: Probe, mission: RobotMission) -> None:
    held = probe.report().telemetry.mission
    require(held == mission.digest, f"it holds {held:08x}, not {mission.digest:08x}")


MISSION_CHECKS = (
    Check("missions", "20 points are loaded", _mission_is_loaded),
    Check("missions", "a damaged one is dropped", _mission_that_is_wrong_is_dropped),
    Check("missions", "whole or not at all", _mission_with_a_gap_is_not_taken),
    Check("missions", "one that is too long", _mission_too_long_is_refused),
    Check("missions", "it needs ARM", _mission_needs_arm),
    Check("missions", "it is driven", _mission_is_driven, Needs.MOTION),
    Check("missions", "silence stops it", _silence_stops_a_mission, Needs.MOTION),
)
"""Checks of missions."""
