"""What the conformance suite checks of guards; it leaves a robot with tighter ones."""

from dataclasses import replace

from firmware_bridge.conformance import Bench, Check, Needs, require
from firmware_bridge.conformance_steps import (
    SLOW,
    require_refused,
    restart,
    set_off,
)
from firmware_bridge.fence import Fence
from firmware_bridge.framing import encode_frame
from firmware_bridge.limits import LOOSEST, Limits
from firmware_bridge.messages import Report, frame_of
from firmware_bridge.mission_messages import Enclose, FenceNow, Limit, LimitsNow
from firmware_bridge.probe import Probe, said
from patrol.robot import Action, Guard

_CAP_MMPS = 100
_CAPPED_MPS = 0.12
_TRIES = 3


def _limits_never_loosen(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    before = _limits(probe, LOOSEST)
    after = _limits(probe, LOOSEST)
    require(before == after, f"LIMIT loosened {before} to {after}")


def _limits_tighten(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    own = _limits(probe, LOOSEST)
    tighter = replace(own, battery=own.battery + 1, tilt_mrad=own.tilt_mrad - 1)
    now = _limits(probe, tighter)
    require(now == tighter, f"it keeps {now} where {tighter} was asked for")
    back = _limits(probe, own)
    require(back == tighter, f"LIMIT loosened {tighter} to {back}")


def _speed_is_capped(probe: Probe, _bench: Bench) -> None:
    for _try in range(_TRIES):  # a computer that is busy for 300 ms lets it hold
        set_off(probe)
        _limits(probe, replace(LOOSEST, speed_mmps=_CAP_MMPS))
        seen = [report.telemetry for report in said(probe.drive(SLOW, 1.0))][-2:]
        probe.rest()
        capped = [one for one in seen if Guard.SPEED in one.guards]
        if capped:
            break
    require(bool(capped), "REPORT does not tell that the limit acts")
    speed_mps = max(one.speed_mps for one in seen)
    require(speed_mps < _CAPPED_MPS, f"limited to 0.1 m/s it goes {speed_mps} m/s")


def _fence_holds(probe: Probe, bench: Bench) -> None:
    set_off(probe)
    probe.rest()
    here = probe.report()
    away, around = _triangle(here, away_m=5.0), _triangle(here, away_m=-1.0)
    name = _fence(probe, away)
    require(name == _fence(probe, around), "a second fence took the place of the first")
    require(name == away.name, "it keeps a fence of before: switch it off and on first")
    require_refused(probe, Action.ARM, "outside of its fence")
    guards = probe.report().telemetry.guards
    require(Guard.FENCE in guards, "REPORT does not tell that the fence acts")
    if bench.cut_power is not None:
        restart(probe, bench)
        probe.connect()
        require(
            _fence(probe, around) == around.name, "it kept its fence over a restart"
        )
        restart(probe, bench)


def _triangle(here: Report, *, away_m: float) -> Fence:
    x_mm = round((here.telemetry.x_m + away_m) * 1e3)
    y_mm = round(here.telemetry.y_m * 1e3)
    return Fence(((x_mm, y_mm - 3000), (x_mm + 4000, y_mm), (x_mm, y_mm + 3000)))


def _fence(probe: Probe, fence: Fence) -> int:
    wire = encode_frame(frame_of(Enclose(fence), session=probe.session))
    return probe.ask(wire, FenceNow)[0].name


def _limits(probe: Probe, limits: Limits) -> Limits:
    wire = encode_frame(frame_of(Limit(limits), session=probe.session))
    return probe.ask(wire, LimitsNow)[0].limits


GUARD_CHECKS = (
    Check("guards", "LIMIT never loosens", _limits_never_loosen),
    Check("guards", "LIMIT tightens", _limits_tighten, Needs.TIGHTENING),
    Check("guards", "speed", _speed_is_capped, Needs.TIGHTENING),
    Check("guards", "fence", _fence_holds, Needs.TIGHTENING),
)
"""
Checks of guards, the last of all: what they tighten stays until the next restart.

After that of the fence the robot does not let itself be armed before.
"""
