"""
Scenario files: TOML, version 1. What is not known is refused, and the allowed is said.

    version = 1
    receiver = "rtk"            # or "plain"

    [[fault]]                   # at a time, for one robot or for each
    kind = "silence"
    start_s = 600
    duration_s = 5
    robot = "robot 1"

    [[fault]]                   # by chance: numbers may be ranges
    kind = "latency"
    per_h = 2
    duration_s = [5, 30]
    delay_s = [0.05, 0.4]
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from patrol.errors import ScenarioError
from sim.scenario import RECEIVERS, Chance, Fault, Scenario

VERSION = 1
"""Version of the files that are read."""


@dataclass(frozen=True)
class Number:
    """
    A number of a fault.

    Attributes
    ----------
    least, most
        What is allowed.
    usual
        What it is where nothing is said; None if it must be said.
    """

    least: float
    most: float
    usual: float | None = None


_LASTS = {"duration_s": Number(0.01, 1e6)}
_ONCE = {"duration_s": Number(0.01, 1e6, 0.5)}
_RATE = _LASTS | {"rate": Number(0.0, 1.0)}
_FASTER = _LASTS | {"factor": Number(1.0, 1e3)}
_SIDED = ("stuck-wheel", "dead-encoder")
_SIDES = ("left", "right")

KINDS: Mapping[str, Mapping[str, Number]] = MappingProxyType(
    {
        "byte-loss": _RATE,
        "bit-flips": _RATE,
        "insertions": _RATE,
        "burst": _RATE,
        "silence": _LASTS,
        "deaf": _LASTS,
        "mute": _LASTS,
        "latency": _LASTS
        | {"delay_s": Number(0.0, 10.0), "jitter_s": Number(0.0, 10.0, 0.0)},
        "reboot": _ONCE,
        "brown-out": _LASTS,
        "stuck-wheel": _LASTS,
        "dead-encoder": _LASTS,
        "gps-off": _LASTS,
        "gps-jump": _LASTS
        | {"east_m": Number(-1e4, 1e4, 0.0), "north_m": Number(-1e4, 1e4, 0.0)},
        "gps-jam": _FASTER,
        "battery-sag": _FASTER,
        "low-battery": _ONCE | {"charge": Number(0.0, 1.0)},
        "tilt": _LASTS | {"degrees": Number(-90.0, 90.0)},
        "person": _LASTS,
        "traffic": _LASTS,
        "blocked": {"duration_s": Number(1.0, 1e9, 1e9), "street": Number(0, 1e9)},
        "pause": _LASTS,
    }
)
"""The kinds of faults, and the numbers of each."""

_TOP = ("version", "receiver", "canyons_per_h", "clock_ppm", "fault")
_START = Number(0.0, 1e6)
_PER_H = Number(1e-6, 3600.0)


def load_scenario(path: Path) -> Scenario:
    """
    Read a scenario.

    Raises
    ------
    ScenarioError
        If it cannot be read, is of another version, or says what is not known or not
        possible; the message says where, what, and what is allowed.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} is no TOML file: {error}") from error
    except OSError as error:
        raise ScenarioError(
            f"cannot read the scenario {path}: {error.strerror}"
        ) from error
    return scenario_of(values, str(path))


def scenario_of(values: Mapping[str, Any], where: str) -> Scenario:
    """
    Make a scenario of values.

    Raises
    ------
    ScenarioError
        See `load_scenario`; the message begins with ``where``.
    """
    _check_known(values, _TOP, where)
    if values.get("version") != VERSION or isinstance(values.get("version"), bool):
        raise ScenarioError(
            f"{where}: version is {values.get('version')!r}, this Patrol reads "
            f"{VERSION}: begin the file with version = {VERSION}"
        )
    tables = values.get("fault", [])
    if not isinstance(tables, list):
        raise ScenarioError(f"{where}: fault must be tables: write [[fault]]")
    read = [_read(t, f"{where}, fault {n}") for n, t in enumerate(tables, start=1)]
    return Scenario(
        receiver=_choice(values, "receiver", (*RECEIVERS,), where, usual="rtk"),
        canyons_per_h=_number(values, "canyons_per_h", Number(0.0, 3600, 0.0), where),
        clock_ppm=_number(values, "clock_ppm", Number(0.0, 1e4, 0.0), where),
        faults=tuple(one for one in read if isinstance(one, Fault)),
        chances=tuple(one for one in read if isinstance(one, Chance)),
    )


def check_fits(scenario: Scenario, robots: Sequence[str], *, num_streets: int) -> None:
    """
    Make sure that the robots and streets of a scenario are those of the plan.

    Raises
    ------
    ScenarioError
        If one is not.
    """
    named = [*scenario.faults, *(chance.fault for chance in scenario.chances)]
    for fault in named:
        if fault.robot is not None and fault.robot not in robots:
            raise ScenarioError(
                f"the scenario has a fault of {fault.robot!r}; the plan has the robots "
                f"{', '.join(map(repr, robots))}"
            )
        street = fault.values.get("street", 0)
        if street >= num_streets:
            raise ScenarioError(
                f"the scenario blocks street {street:g}; the map has the streets 0 to "
                f"{num_streets - 1}"
            )


def _read(table: Any, where: str) -> Fault | Chance:
    if not isinstance(table, dict):
        raise ScenarioError(f"{where} is {table!r}: it must be a [[fault]] table")
    kind = _choice(table, "kind", (*KINDS,), where)
    numbers = KINDS[kind]
    known = ("kind", "start_s", "per_h", "robot", *numbers)
    _check_known(table, known + ("side",) * (kind in _SIDED), f"{where} ({kind})")
    if ("start_s" in table) == ("per_h" in table):
        raise ScenarioError(
            f"{where} ({kind}): it must have either start_s, or per_h to happen by "
            f"chance"
        )
    ranges = {
        name: _range(table[name], name, bounds, where)
        for name, bounds in numbers.items()
        if isinstance(table.get(name), list)
    }
    if ranges and "start_s" in table:
        raise ScenarioError(
            f"{where} ({kind}): {min(ranges)} is a range, which only a fault by chance "
            f"(per_h) may have"
        )
    single = {
        name: _number(table, name, bounds, where)
        for name, bounds in numbers.items()
        if name not in ranges
    }
    fault = Fault(
        kind,
        start_s=_number(table, "start_s", _START, where) if "start_s" in table else 0,
        duration_s=single.pop("duration_s", inf),
        values=single,
        left=_choice(table, "side", _SIDES, where, usual="left") == "left",
        robot=_name(table, where),
    )
    if "start_s" in table:
        return fault
    return Chance(fault, _number(table, "per_h", _PER_H, where), ranges)


def _check_known(values: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ScenarioError(
            f"{where}: {unknown[0]!r} is unknown; known are {', '.join(known)}"
        )


def _choice(
    values: Mapping[str, Any],
    name: str,
    allowed: Sequence[str],
    where: str,
    *,
    usual: str | None = None,
) -> str:
    value = values.get(name, usual)
    if value not in allowed:
        raise ScenarioError(
            f"{where}: {name} is {value!r}, it must be one of {', '.join(allowed)}"
        )
    return str(value)


def _number(values: Mapping[str, Any], name: str, bounds: Number, where: str) -> float:
    value = values.get(name, bounds.usual)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not isfinite(value)
        or not bounds.least <= value <= bounds.most
    ):
        raise ScenarioError(
            f"{where}: {name} is {value!r}, it must be a number from {bounds.least:g} "
            f"to {bounds.most:g}"
        )
    return float(value)


def _range(
    value: Sequence[Any], name: str, bounds: Number, where: str
) -> tuple[float, float]:
    if len(value) != 2:
        raise ScenarioError(f"{where}: {name} is {value!r}, a range is [LEAST, MOST]")
    least, most = (_number({name: one}, name, bounds, where) for one in value)
    if least > most:
        raise ScenarioError(f"{where}: {name} is {value!r}, the least comes first")
    return least, most


def _name(table: Mapping[str, Any], where: str) -> str | None:
    name = table.get("robot")
    if name is not None and not isinstance(name, str):
        raise ScenarioError(f"{where}: robot is {name!r}, it must be a robot's name")
    return name
