"""A fleet described in a TOML file: one table for each robot, or several alike."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from patrol.cli.profile import load_profile, profile_of
from patrol.cli.steps import ANYWHERE, RobotRequest
from patrol.errors import PlanError
from patrol.robot import RobotProfile

_KEYS = ("name", "count", "dock", "start", "end", "profile", "charge", "ready_min")


def load_fleet(path: Path, *, default: RobotProfile) -> tuple[RobotRequest, ...]:
    """
    Read a fleet.

    Each ``[[robot]]`` has a ``name`` and a ``dock`` (longitude and latitude in
    degrees). It may have a ``start`` (the dock if left out), an ``end`` (the dock if
    left out, or ``"anywhere"``), a ``charge`` from 0 to 1, ``ready_min`` after the
    shift's start, a ``profile`` (a file beside this one, or a table of values), and a
    ``count`` of robots that are alike, which are then numbered.

    Parameters
    ----------
    path
        TOML file.
    default
        Kind of the robots that have no profile.

    Raises
    ------
    PlanError
        If the file cannot be read or is not as described; the message says where.
    RobotError
        If a profile is wrong.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} is no TOML file: {error}") from error
    except OSError as error:
        raise PlanError(f"cannot read the fleet {path}: {error.strerror}") from error
    tables = values.get("robot")
    if set(values) != {"robot"} or not isinstance(tables, list) or not tables:
        raise PlanError(
            f"{path} has {sorted(values)} at the top: it must have [[robot]] tables, "
            f"one for each robot, and nothing else"
        )
    return tuple(
        robot
        for number, table in enumerate(tables, start=1)
        for robot in _robots(table, f"{path}, robot {number}", path, default)
    )


def _robots(
    table: Any, where: str, path: Path, default: RobotProfile
) -> list[RobotRequest]:
    names = _names(table, where)
    dock = _place(table, "dock", where)
    if dock is None:
        raise PlanError(f"{where} has no dock: give dock = [LON, LAT] in degrees")
    anywhere = table.get("end") == ANYWHERE
    first = RobotRequest(
        name=names[0],
        profile=_profile(table.get("profile"), where, path, default),
        dock_lon_lat_deg=dock,
        start_lon_lat_deg=_place(table, "start", where) or dock,
        end_lon_lat_deg=None if anywhere else _place(table, "end", where) or dock,
        charge=_number(table, "charge", 1.0, where),
        ready_s=_number(table, "ready_min", 0.0, where) * 60,
    )
    return [replace(first, name=name) for name in names]


def _names(table: Any, where: str) -> list[str]:
    """Names of the robots that one table describes; its keys are checked."""
    if not isinstance(table, dict):
        raise PlanError(f"{where} is {table!r}: it must be a [[robot]] table")
    unknown = sorted(set(table) - set(_KEYS))
    if unknown:
        raise PlanError(
            f"{where}: {unknown[0]!r} is unknown; known are {', '.join(_KEYS)}"
        )
    name, count = table.get("name"), table.get("count", 1)
    if not isinstance(name, str) or not name:
        raise PlanError(f"{where}: name is {name!r}, it must be a text")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise PlanError(f"{where}: count is {count!r}, it must be a number from 1")
    return [name] if count == 1 else [f"{name} {n + 1}" for n in range(count)]


def _place(
    table: Mapping[str, Any], key: str, where: str
) -> tuple[float, float] | None:
    value = table.get(key)
    if value is None:
        return None
    fine = isinstance(value, list) and len(value) == 2
    if not fine or not all(_is_number(part) for part in value):
        extra = f', or "{ANYWHERE}"' if key == "end" else ""
        raise PlanError(
            f"{where}: {key} is {value!r}, it must be [LON, LAT] in degrees, as "
            f"[126.9514, 37.4781]{extra}"
        )
    return float(value[0]), float(value[1])


def _number(table: Mapping[str, Any], key: str, default: float, where: str) -> float:
    value = table.get(key, default)
    if not _is_number(value):
        raise PlanError(f"{where}: {key} is {value!r}, it must be a number")
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _profile(
    value: object, where: str, path: Path, default: RobotProfile
) -> RobotProfile:
    if value is None:
        return default
    if isinstance(value, str):
        return load_profile(path.parent / value)
    if isinstance(value, dict):
        return profile_of(value, where)
    raise PlanError(
        f"{where}: profile is {value!r}, it must be the name of a TOML file or a table "
        f"of values, as {{ speed_mps = 1.0 }}"
    )
