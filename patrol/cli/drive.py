"""``patrol simulate``, ``drive`` and ``robot``: from plan to wheels."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Baud, Json, KeyFile, Lang, OtherMap, PlanFile, Seed
from patrol.cli.output import as_line, emit, progress_console
from patrol.errors import LinkError, PlanError, ScenarioError
from patrol.report.texts import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maps import StreetGraph
    from patrol.mission.record import MissionRecord
    from patrol.planning.plan import PatrolPlan
    from sim.scenario import Ordeal

OnRobot = Annotated[
    bool,
    typer.Option(
        "--on-robot",
        help="Load each trip into its robot, and let that follow it by itself.",
    ),
]
ScenarioFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What goes wrong in the night: a TOML file."),
]
RecordOut = Annotated[
    Path, typer.Option("--output", "-o", help="Record to write, .jsonl.gz.")
]


def simulate(
    plan_path: PlanFile,
    output: RecordOut,
    faults: Annotated[
        bool,
        typer.Option(help="Put a burst of noise and a silent second on each line."),
    ] = False,
    scenario: ScenarioFile = None,
    on_robot: OnRobot = False,
    other_map: OtherMap = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Drive PLAN in simulated robots over real serial bytes, in fast time."""
    from patrol.cli.steps import load_planned
    from patrol.mission.record_file import save_record
    from sim.night import draw_faults, drive_nights, nights_of

    plan, street_map = load_planned(plan_path, other_map)
    if faults and scenario is not None:
        raise ScenarioError(
            f"--faults and --scenario {scenario}: give one of them; a scenario may "
            f"have a burst and a silence, too"
        )
    graph = street_map.graph
    ordeals = draw_faults(plan, seed=seed) if faults else ()
    if scenario is not None:
        ordeals = _ordeals(scenario, plan, graph, seed=seed)
    nights = nights_of(plan, graph, seed=seed, ordeals=ordeals)
    begun = time.monotonic()
    with progress_console(as_json=as_json).status("Driving") as status:
        record = drive_nights(
            plan,
            [replace(night, on_robot=on_robot) for night in nights],
            on_progress=lambda share: status.update(f"Driving {share:.0%}"),
        )
    save_record(record, output)
    figures = night_figures(record, seconds=time.monotonic() - begun)
    _report(figures | {"output": str(output)}, as_json=as_json)
    raise_unless_complete(record)


def drive(
    plan_path: PlanFile,
    output: RecordOut,
    port: Annotated[
        list[str],
        typer.Option(
            metavar="ADDRESS",
            help="Serial port of each robot, in the order of the plan: a device, "
            "usb:VID:PID:SERIAL, or a pyserial address; mavlink: before it for an "
            "ArduPilot or PX4 rover.",
        ),
    ],
    baud: Baud = 115_200,
    log: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Keep every byte of the line for `patrol replay`; once for each "
            "--port, in the same order.",
        ),
    ] = None,
    on_robot: OnRobot = False,
    go_on: Annotated[
        bool,
        typer.Option(
            "--go-on-after-estop",
            help="Let a robot drive on as soon as its emergency stop is cleared, "
            "without asking.",
        ),
    ] = False,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm-crossings",
            help="Let a robot cross each major road only after `cross ROBOT`.",
        ),
    ] = False,
    key: KeyFile = None,
    other_map: OtherMap = None,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Drive PLAN in real robots, each on its own serial port, in real time."""
    from firmware_bridge.signing import load_key
    from patrol.cli.fleet import DriveOptions, drive_fleet
    from patrol.cli.operator import Operator, keep_going_in_background
    from patrol.cli.steps import load_planned
    from patrol.mission.record_file import save_record

    plan, street_map = load_planned(plan_path, other_map)
    if len(port) != len(plan.routes):
        raise PlanError(
            f"{len(port)} ports for the {len(plan.routes)} robots of {plan_path}: give "
            f"--port once for each, in the order of the plan"
        )
    logs = log or []
    if len(logs) not in (0, len(port)) or len(set(logs)) != len(logs):
        raise PlanError(
            f"{len(set(logs))} files by --log for {len(port)} robots: give --log a "
            f"file of its own for each --port, or leave it out"
        )
    begun = time.monotonic()
    keep_going_in_background()
    record = drive_fleet(
        plan,
        street_map.graph,
        port,
        options=DriveOptions(
            logs=logs,
            baud=baud,
            on_robot=on_robot,
            operator=Operator(
                go_on_after_estop=go_on, confirm_crossings=confirm, language=lang
            ),
            key=None if key is None else load_key(key),
        ),
    )
    save_record(record, output)
    figures = night_figures(record, seconds=time.monotonic() - begun)
    figures["port_losses"] = _total(record, "port_losses")
    _report(figures | {"output": str(output)}, as_json=as_json)
    raise_unless_complete(record)


def robot(
    plan_path: PlanFile,
    number: Annotated[
        int, typer.Option(help="Which robot of the plan, from 1.", min=1)
    ] = 1,
    seconds: Annotated[
        float, typer.Option(help="How long it lives; by default until Control-C.")
    ] = float("inf"),
    mavlink: Annotated[
        bool, typer.Option("--mavlink", help="Let it speak MAVLink, as ArduPilot's.")
    ] = False,
    key: KeyFile = None,
    scenario: ScenarioFile = None,
    other_map: OtherMap = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Stand a simulated robot in PLAN's dock, on a pseudo-terminal, in real time."""
    from firmware_bridge.signing import load_key
    from patrol.cli.steps import load_planned
    from sim.mavlink_rover import SAFE, MavlinkRover
    from sim.night import nights_of, robot_of
    from sim.serve import ServedRobot, serve

    plan, street_map = load_planned(plan_path, other_map)
    if number > len(plan.routes):
        raise PlanError(f"--number {number}: the plan has {len(plan.routes)} robots")
    graph = street_map.graph
    ordeals = _ordeals(scenario, plan, graph, seed=seed) if scenario else ()
    night = nights_of(plan, graph, seed=seed, ordeals=ordeals)[number - 1]
    secret = None if key is None else load_key(key)
    firmware = robot_of(night, key=secret)
    body = firmware.machine.robot
    robot = (
        MavlinkRover(body, projection=graph.projection, parameters=SAFE)
        if mavlink
        else firmware
    )
    with ServedRobot(robot, faults=night.ordeal.line, seed=night.seed) as served:
        address = f"mavlink:{served.address}" if mavlink else served.address
        sys.stdout.write(as_line({"address": address}) if as_json else f"{address}\n")
        sys.stdout.flush()
        serve([served], duration_s=seconds)


def night_figures(record: "MissionRecord", *, seconds: float) -> dict[str, object]:
    """Figures of a driven night for scripts; ``seconds`` is what it took."""
    from patrol.mission.figures import cross_track_p95_m, driven_km, end_s

    longest_s = max((end_s(track) for track in record.tracks), default=0.0)
    counted = (
        "commands_lost",
        "commands_duplicated",
        "faults_injected",
        "silences_injected",
        "stopped_in_silence",
    )
    return {
        "complete": record.complete,
        "driven_km": round(driven_km(record), 3),
        "cross_track_p95_m": round(cross_track_p95_m(*record.tracks), 3),
        **{name: _total(record, name) for name in counted},
        "night_s": round(longest_s, 1),
        "seconds_driving": round(seconds, 1),
        "speedup": round(longest_s / seconds, 1),
    }


def raise_unless_complete(record: "MissionRecord") -> None:
    """
    Refuse to present half a night as a whole one.

    Raises
    ------
    LinkError
        If a robot did not finish its route.
    """
    from patrol.mission.record import EventKind

    for track in record.tracks:
        for event in track.events:
            if event.kind is EventKind.ABORTED:
                raise LinkError(f"{track.robot} did not finish: {event.detail}")
            if event.kind is EventKind.DOCKED:
                raise LinkError(
                    f"{track.robot} was sent to its dock before its route was done: "
                    f"`patrol plan replan --record` plans what is left"
                )
    if not record.complete:
        raise LinkError("a robot did not finish its route; the record says how far")


def _ordeals(
    path: Path, plan: "PatrolPlan", graph: "StreetGraph", *, seed: int
) -> "list[Ordeal]":
    """
    Draw what each robot of a plan goes through in a scenario.

    Raises
    ------
    ScenarioError
        If the scenario cannot be read, or is of other robots or streets.
    """
    from sim.scenario import ordeals_of
    from sim.scenario_file import check_fits, load_scenario

    scenario = load_scenario(path)
    names = [robot.name for robot in plan.fleet]
    check_fits(scenario, names, num_streets=graph.num_edges)
    return ordeals_of(scenario, names, duration_s=plan.shift.duration_s, seed=seed)


def _total(record: "MissionRecord", name: str) -> int:
    return sum(track.counters.get(name, 0) for track in record.tracks)


def _report(figures: "Mapping[str, object]", *, as_json: bool) -> None:
    rows = [(name.replace("_", " "), str(value)) for name, value in figures.items()]
    emit(figures, rows, as_json=as_json)
