"""A robot described in a TOML file."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from patrol.errors import RobotError
from patrol.robot import RobotProfile

_ALLOWED = {
    str: (str, "text"),
    bool: (bool, "true or false"),
    float: ((int, float), "a number"),
}
"""What a TOML file may give for a field of each type."""

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
    _check(values, path)
    return RobotProfile(**values)


def _check(values: dict[str, object], path: Path) -> None:
    known = {field.name: field.type for field in fields(RobotProfile)}
    for name, value in values.items():
        if name not in known:
            raise RobotError(f"{path}: {name!r} is unknown; known are {sorted(known)}")
        allowed, wanted = _ALLOWED[known[name]]
        if not isinstance(value, allowed) or isinstance(value, bool) != (
            known[name] is bool
        ):
            raise RobotError(f"{path}: {name} is {value!r}, it must be {wanted}")
