"""Plans as files: JSON with a version, read strictly, written whole."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patrol.errors import PlanError
from patrol.files import write_atomically
from patrol.planning.plan import Bound, BoundKind, PatrolPlan, Route, Stand
from patrol.planning.prize_file import RawTakings, takings_document, takings_of
from patrol.planning.problem import Objective, Shift
from patrol.planning.robots import RobotDuty
from patrol.robot import RobotProfile

FORMAT_VERSION = 2
"""Version of the file that this module writes; it reads version 1, too."""

_Number = Annotated[int, Field(ge=0, lt=2**63)]
_Streets = list[_Number]
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    """A part of the file: nothing missing, nothing unknown, no type guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Shift(_Part):
    start: str
    time_zone: str | None
    duration_s: _Finite


class _Profile(_Part):
    name: str
    width_m: _Finite
    mass_kg: _Finite
    speed_mps: _Finite
    max_speed_mps: _Finite
    kerb_m: _Finite
    max_slope: _Finite
    battery_s: _Finite
    reserve: _Finite
    recharge_s: _Finite
    turning_radius_m: _Finite = 0.0
    obeys_oneway: bool = False


class _Robot(_Part):
    name: str
    profile: _Number
    dock: _Number
    start: _Number
    end: _Number | None
    charge: _Finite
    ready_s: _Finite


class _Stand(_Part):
    step: _Number
    begin_s: _Finite
    end_s: _Finite
    stop: _Number | None


class _Route(_Part):
    robot: str
    streets: _Streets
    forward: list[bool]
    served: list[bool]
    depart_s: list[_Finite]
    arrive_s: list[_Finite]
    trip: _Streets
    stands: list[_Stand] = []


class _Bound(_Part):
    length_m: _Finite
    kind: Literal["proved optimal", "LP", "weak"]
    longest_m: _Finite
    longest_kind: Literal["proved optimal", "LP", "weak"]
    longest_s: _Finite


class _Plan(_Part):
    format: Literal["patrol plan"]
    version: Literal[2]
    graph_digest: str
    risk_digest: str
    map_path: str
    profiles: list[_Profile]
    fleet: list[_Robot]
    objective: Literal["longest", "total"]
    shift: _Shift
    required: _Streets
    keep_out: _Streets
    routes: list[_Route]
    length_m: _Finite
    longest_m: _Finite
    required_m: _Finite
    coverage: _Finite
    bound: _Bound
    seed: int
    weights: dict[str, _Finite]
    synthetic_risk: bool
    takings: RawTakings | None = None


def save_plan(plan: PatrolPlan, path: Path) -> None:
    """
    Write a plan as JSON; the file appears whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    text = json.dumps(_document(plan), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, f"{text}\n".encode())


def load_plan(path: Path) -> PatrolPlan:
    """
    Read a plan.

    Raises
    ------
    PlanError
        If the file cannot be read, is no plan, of another version, or not whole; the
        message says where.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(
            f"cannot read plan {path}: {error.strerror}; `patrol plan cover` makes one"
        ) from error
    except UnicodeDecodeError as error:
        raise PlanError(
            f"{path} is no plan: byte {error.start} is not UTF-8 text"
        ) from error
    except json.JSONDecodeError as error:
        raise PlanError(
            f"{path}, line {error.lineno}, column {error.colno}: no JSON "
            f"({error.msg}); is the file whole?"
        ) from error
    except (ValueError, RecursionError) as error:  # numbers too long, lists too deep
        raise PlanError(f"{path} is no plan: {error}") from error
    _check_version(raw, path)
    try:
        return _plan_of(_Plan.model_validate(_renewed(raw)), path)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise PlanError(
            f"{path}: {error.error_count()} faults, the first at {place}: "
            f"{first['msg']}; plan anew with `patrol plan cover`"
        ) from error


def _check_version(raw: object, path: Path) -> None:
    found = raw.get("version") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or raw.get("format") != "patrol plan":
        raise PlanError(
            f'{path} is no plan: it does not say "format": "patrol plan" at the top'
        )
    if found not in {1, FORMAT_VERSION}:
        raise PlanError(
            f"{path} is a plan of version {found!r}, this Patrol reads versions 1 to "
            f"{FORMAT_VERSION}: plan anew, or use the Patrol that wrote it"
        )


def _renewed(raw: dict[str, object]) -> dict[str, object]:
    """Say in today's words what a plan of version 1 says; it had one dock for all."""
    if raw["version"] != 1:
        return raw
    routes, bound, dock = raw.get("routes"), raw.get("bound"), raw.get("dock")
    fleet = [
        {"name": _name_of(route), "profile": 0, "dock": dock, "start": dock}
        | {"end": dock, "charge": 1.0, "ready_s": 0.0}
        for route in (routes if isinstance(routes, list) else [])
    ]
    new = {name: part for name, part in raw.items() if name not in {"dock", "profile"}}
    new |= {"version": FORMAT_VERSION, "objective": "longest", "fleet": fleet}
    if "profile" in raw:
        new["profiles"] = [raw["profile"]]
    if isinstance(bound, dict):
        new["bound"] = bound | {"longest_s": 0.0}
    return new


def _name_of(route: object) -> object:
    return route.get("robot") if isinstance(route, dict) else None


def _document(plan: PatrolPlan) -> dict[str, object]:
    zone = plan.shift.start.tzinfo
    return {
        "format": "patrol plan",
        "version": FORMAT_VERSION,
        "graph_digest": plan.graph_digest,
        "risk_digest": plan.risk_digest,
        "map_path": plan.map_path,
        "profiles": [vars(profile) for profile in plan.profiles],
        "fleet": [_robot_document(plan, robot) for robot in plan.fleet],
        "objective": str(plan.objective),
        "shift": {
            "start": plan.shift.start.isoformat(),
            "time_zone": zone.key if isinstance(zone, ZoneInfo) else None,
            "duration_s": plan.shift.duration_s,
        },
        "required": plan.required.tolist(),
        "keep_out": plan.keep_out.tolist(),
        "length_m": plan.length_m,
        "longest_m": plan.longest_m,
        "required_m": plan.required_m,
        "coverage": plan.coverage,
        "bound": vars(plan.bound),
        "seed": plan.seed,
        "weights": dict(sorted(plan.weights.items())),
        "synthetic_risk": plan.synthetic_risk,
        "routes": [_route_document(route) for route in plan.routes],
        "takings": takings_document(plan.takings),
    }


def _robot_document(plan: PatrolPlan, robot: RobotDuty) -> dict[str, object]:
    return {
        "name": robot.name,
        "profile": plan.profiles.index(robot.profile),
        "dock": int(robot.dock),
        "start": int(robot.start),
        "end": None if robot.end is None else int(robot.end),
        "charge": robot.charge,
        "ready_s": robot.ready_s,
    }


def _route_document(route: Route) -> dict[str, object]:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(route).items()
    } | {"stands": [vars(stand) for stand in route.stands]}


def _plan_of(raw: _Plan, path: Path) -> PatrolPlan:
    try:
        return PatrolPlan(
            graph_digest=raw.graph_digest,
            risk_digest=raw.risk_digest,
            map_path=raw.map_path,
            fleet=_fleet_of(raw),
            shift=_shift_of(raw.shift),
            required=_integers(raw.required),
            keep_out=_integers(raw.keep_out),
            routes=tuple(_route_of(route) for route in raw.routes),
            length_m=raw.length_m,
            required_m=raw.required_m,
            coverage=raw.coverage,
            bound=_bound_of(raw.bound),
            seed=raw.seed,
            weights=raw.weights,
            synthetic_risk=raw.synthetic_risk,
            longest_m=raw.longest_m,
            objective=Objective(raw.objective),
            takings=takings_of(raw.takings),
        )
    except (ZoneInfoNotFoundError, OSError) as error:  # the latter for a mere region
        raise PlanError(
            f"{path}: there is no time zone {raw.shift.time_zone!r}, give an IANA name "
            f"such as 'Asia/Seoul'"
        ) from error
    except ValueError as error:
        raise PlanError(f"{path}: {error}") from error


def _fleet_of(raw: _Plan) -> tuple[RobotDuty, ...]:
    profiles = [RobotProfile(**profile.model_dump()) for profile in raw.profiles]
    for robot in raw.fleet:
        if robot.profile >= len(profiles):
            raise PlanError(
                f"robot {robot.name!r} is of kind {robot.profile}, the file describes "
                f"{len(profiles)} kinds"
            )
    return tuple(
        RobotDuty(**robot.model_dump() | {"profile": profiles[robot.profile]})
        for robot in raw.fleet
    )


def _shift_of(raw: _Shift) -> Shift:
    start = datetime.fromisoformat(raw.start)
    shift = Shift(start, raw.duration_s)  # checked before it is turned to its zone
    if raw.time_zone is None:
        return shift
    return replace(shift, start=start.astimezone(ZoneInfo(raw.time_zone)))


def _route_of(raw: _Route) -> Route:
    return Route(
        robot=raw.robot,
        streets=_integers(raw.streets),
        forward=np.array(raw.forward, dtype=np.bool_),
        served=np.array(raw.served, dtype=np.bool_),
        depart_s=np.array(raw.depart_s, dtype=np.float64),
        arrive_s=np.array(raw.arrive_s, dtype=np.float64),
        trip=_integers(raw.trip),
        stands=tuple(Stand(**stand.model_dump()) for stand in raw.stands),
    )


def _bound_of(raw: _Bound) -> Bound:
    return Bound(
        length_m=raw.length_m,
        kind=BoundKind(raw.kind),
        longest_m=raw.longest_m,
        longest_kind=BoundKind(raw.longest_kind),
        longest_s=raw.longest_s,
    )


def _integers(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
