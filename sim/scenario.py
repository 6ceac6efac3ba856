"""
Scenarios: what goes wrong in a night, at given times or by chance.

All chance comes from the seed of the night, for each robot and each line of the
scenario by itself: same seed, same night, and one more line changes no other.
`sim.scenario_file` reads them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import radians

import numpy as np

from sim.faults import EVERY_HARM, Burst, Delay, Direction, FaultPlan, Harm, Silence
from sim.sensors import PLAIN, RTK, Gps, GpsFault, GpsFaultKind, SensorKit
from sim.troubles import BodyFault, PowerCut, Trouble

RECEIVERS: Mapping[str, Gps] = {"rtk": RTK, "plain": PLAIN}
"""GPS receivers by name."""

_HARMS = {
    "byte-loss": (Harm.DROP,),
    "bit-flips": (Harm.FLIP,),
    "insertions": (Harm.INSERT,),
    "burst": EVERY_HARM,
}
_SILENT = {
    "silence": tuple(Direction),
    "deaf": (Direction.TO_ROBOT,),
    "mute": (Direction.FROM_ROBOT,),
}
_POWER = ("reboot", "brown-out")
_GPS = {f"gps-{kind.value}": kind for kind in GpsFaultKind}
_BODY = {trouble.value: trouble for trouble in Trouble}


@dataclass(frozen=True)
class Fault:
    """
    One thing that goes wrong.

    Attributes
    ----------
    kind
        One of `sim.scenario_file.KINDS`.
    start_s, duration_s
        When it begins, in seconds after the start of the night; how long it lasts.
    values
        Numbers of this kind.
    left
        Which wheel.
    robot
        Name of the robot; None for each.
    """

    kind: str
    start_s: float
    duration_s: float
    values: Mapping[str, float] = field(default_factory=dict)
    left: bool = True
    robot: str | None = None


@dataclass(frozen=True)
class Chance:
    """
    Something that goes wrong now and then: a Poisson process.

    Attributes
    ----------
    fault
        What; its start is not used.
    per_h
        How often an hour.
    ranges
        Numbers of the fault that are drawn evenly, by name, with least and most;
        ``duration_s`` may be one.
    """

    fault: Fault
    per_h: float
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """
    A night's troubles, for all robots.

    Attributes
    ----------
    receiver
        Name of the GPS receiver, of `RECEIVERS`.
    canyons_per_h
        How often an hour GPS jumps between high houses, see `sim.sensors.Gps`.
    clock_ppm
        Standard deviation of the error of the robots' clocks, in millionths.
    faults, chances
        What goes wrong, at given times and by chance.
    """

    receiver: str = "rtk"
    canyons_per_h: float = 0.0
    clock_ppm: float = 0.0
    faults: tuple[Fault, ...] = ()
    chances: tuple[Chance, ...] = ()


@dataclass(frozen=True)
class Ordeal:
    """
    What one robot goes through.

    Attributes
    ----------
    line, gps, body, power
        What is wrong with its line, its GPS, its body and its power.
    sensors
        What it feels with.
    pauses, traffic
        When its operator wants it to stand, and when no road can be crossed: begin
        and end of each.
    blocked
        Streets that cannot be passed, and from when on.
    told
        What the record tells beside damaged bytes and silence.
    """

    line: FaultPlan = field(default_factory=FaultPlan)
    gps: tuple[GpsFault, ...] = ()
    body: tuple[BodyFault, ...] = ()
    power: tuple[PowerCut, ...] = ()
    sensors: SensorKit = field(default_factory=SensorKit)
    pauses: tuple[tuple[float, float], ...] = ()
    traffic: tuple[tuple[float, float], ...] = ()
    blocked: Mapping[int, float] = field(default_factory=dict)
    told: tuple[Fault, ...] = ()

    def paused_at(self, now_s: float) -> bool:
        """Tell whether the operator wants the robot to stand."""
        return _within(self.pauses, now_s)

    def traffic_at(self, now_s: float) -> bool:
        """Tell whether no road can be crossed."""
        return _within(self.traffic, now_s)


def ordeals_of(
    scenario: Scenario, robots: Sequence[str], *, duration_s: float, seed: int
) -> list[Ordeal]:
    """
    Draw what each robot goes through.

    Parameters
    ----------
    scenario
        The night's troubles.
    robots
        Names of the robots.
    duration_s
        How long things may begin to go wrong.
    seed
        Seed of all chance.
    """
    seeds = [np.random.SeedSequence([seed, 0x5C, i]) for i in range(len(robots))]
    return [
        _ordeal(scenario, name, duration_s, own)
        for name, own in zip(robots, seeds, strict=True)
    ]


def _ordeal(
    scenario: Scenario, robot: str, duration_s: float, seeds: np.random.SeedSequence
) -> Ordeal:
    clock, *rest = map(np.random.default_rng, seeds.spawn(1 + len(scenario.chances)))
    drawn = [
        fault
        for chance, generator in zip(scenario.chances, rest, strict=True)
        for fault in _drawn(chance, duration_s, generator)
    ]
    faults = sorted(
        (f for f in (*scenario.faults, *drawn) if f.robot in (None, robot)),
        key=lambda fault: (fault.start_s, fault.kind),
    )
    gps = replace(RECEIVERS[scenario.receiver], canyon_per_h=scenario.canyons_per_h)
    return Ordeal(
        line=_line(faults, clock_ppm=scenario.clock_ppm * clock.standard_normal()),
        gps=tuple(_gps(f) for f in faults if f.kind in _GPS),
        body=tuple(_body(f) for f in faults if f.kind in _BODY),
        power=tuple(
            PowerCut(f.start_s, f.duration_s) for f in faults if f.kind in _POWER
        ),
        sensors=SensorKit(gps=gps),
        pauses=_spans(faults, "pause"),
        traffic=_spans(faults, "traffic"),
        blocked={
            int(f.values["street"]): f.start_s for f in faults if f.kind == "blocked"
        },
        told=tuple(f for f in faults if f.kind not in (*_HARMS, "silence")),
    )


def _within(spans: Sequence[tuple[float, float]], now_s: float) -> bool:
    return any(begin_s <= now_s < end_s for begin_s, end_s in spans)


def _spans(faults: Sequence[Fault], kind: str) -> tuple[tuple[float, float], ...]:
    return tuple(
        (one.start_s, one.start_s + one.duration_s)
        for one in faults
        if one.kind == kind
    )


def _drawn(
    chance: Chance, duration_s: float, generator: np.random.Generator
) -> Iterator[Fault]:
    now_s = 0.0
    while True:
        now_s += float(generator.exponential(3600 / chance.per_h))
        if now_s >= duration_s:
            return
        values = {
            name: float(generator.uniform(*bounds))
            for name, bounds in sorted(chance.ranges.items())
        }
        lasts_s = values.pop("duration_s", chance.fault.duration_s)
        yield replace(
            chance.fault,
            start_s=now_s,
            duration_s=lasts_s,
            values={**chance.fault.values, **values},
        )


def _line(faults: Sequence[Fault], *, clock_ppm: float) -> FaultPlan:
    return FaultPlan(
        bursts=tuple(
            Burst(f.start_s, f.duration_s, f.values["rate"], _HARMS[f.kind])
            for f in faults
            if f.kind in _HARMS
        ),
        silences=tuple(
            Silence(f.start_s, f.duration_s, _SILENT[f.kind])
            for f in faults
            if f.kind in _SILENT
        ),
        delays=tuple(
            Delay(f.start_s, f.duration_s, f.values["delay_s"], f.values["jitter_s"])
            for f in faults
            if f.kind == "latency"
        ),
        clock_ppm=float(clock_ppm),
    )


def _gps(fault: Fault) -> GpsFault:
    values = fault.values
    return GpsFault(
        _GPS[fault.kind],
        fault.start_s,
        fault.duration_s,
        jump_m=(values.get("east_m", 0.0), values.get("north_m", 0.0)),
        factor=values.get("factor", 1.0),
    )


def _body(fault: Fault) -> BodyFault:
    trouble = _BODY[fault.kind]
    if trouble is Trouble.LOW_BATTERY:  # it stays low until it is charged
        return BodyFault(trouble, fault.start_s, 0.2, value=fault.values["charge"])
    value = fault.values.get("factor", 1.0)
    if trouble is Trouble.TILT:
        value = radians(fault.values["degrees"])
    return BodyFault(trouble, fault.start_s, fault.duration_s, fault.left, value)
