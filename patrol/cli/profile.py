"""A robot described in a TOML file."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from patrol.errors import RobotError
from patrol.robot import RobotProfile

_WANTED = {"str": "text", "bool": "true or false"}
"""What a TOML file has to give for a field of each type; a number for all others."""

RobotFile = Annotated[
    Path | None,
    typer.Option(
        "--robot",
        metavar="TOML",
        help="Your robot: name, width_m, kerb_m, speed_mps, battery_s, ...",
    ),
]


def load_profile(path: Path | None) -> RobotProfile:
    """
    Read a robot's profile; what the file does not name keeps its default.

    Raises
    ------
    RobotError
        If the file is no TOML, names something unknown, or gives a value that is
        no number or impossible.
    """
    if path is None:
        return RobotProfile()
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RobotError(f"{path} is no TOML file: {error}") from error
    except OSError as error:
        raise RobotError(
            f"cannot read the robot {path}: {error.strerror}; leave --robot out for "
            f"the default robot"
        ) from error
    return profile_of(values, str(path))


def profile_of(values: dict[str, Any], where: str) -> RobotProfile:
    """
    Make a profile of values; what they do not name keeps its default.

    Raises
    ------
    RobotError
        If one is unknown, no number or impossible; the message begins with ``where``.
    """
    _check(values, where)
    return RobotProfile(**values)


def _check(values: dict[str, Any], path: str) -> None:
    known = {field.name: field.type for field in fields(RobotProfile)}
    for name, value in values.items():
        if name not in known:
            raise RobotError(f"{path}: {name!r} is unknown; known are {sorted(known)}")
        wanted = _WANTED.get(str(getattr(known[name], "__name__", "")), "a number")
        if _said(value) != wanted:
            raise RobotError(f"{path}: {name} is {value!r}, it must be {wanted}")


def _said(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    return _WANTED.get(type(value).__name__, "something else")
