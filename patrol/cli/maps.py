"""``patrol map``: read streets from anywhere and keep them as a map."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.cli.options import Json, MapFile
from patrol.cli.output import Row, emit, progress_console
from patrol.cli.profile import RobotFile, load_profile
from patrol.errors import MapError

if TYPE_CHECKING:
    from maps import StreetMap
    from patrol.robot import RobotProfile

app = typer.Typer(help="Read streets and keep them as a map.", no_args_is_help=True)

_ENDING = re.compile(r"\.\w+$|^$")
"""How a file's name ends and the name of a place does not: St. Louis, Missouri."""


@app.command("build")
def build(
    source: Annotated[
        str,
        typer.Argument(
            help=".osm(.gz/.bz2), .osm.pbf, .graphml (osmnx), .gpkg, .geojson, .csv "
            "with a column of WKT lines, or the "
            "name of a place (needs the internet)."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Map to write.")],
    points: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Points to add: lamps=, cameras=, bells= or another name, with a CSV "
            "or GeoJSON file. May be given more than once.",
        ),
    ] = None,
    robot: RobotFile = None,
    as_json: Json = False,
) -> None:
    """Read streets from SOURCE and write them as one map file."""
    from maps.store import save_map

    if output.suffix.lower() != ".parquet":
        raise MapError(
            f"the map would be written to {output}: give a name that ends in .parquet, "
            f"by which the other commands know it"
        )
    profile = load_profile(robot)
    with progress_console(as_json=as_json).status(f"Reading {source}"):
        street_map = with_points(_read(source), points or [])
        figures, rows = describe(street_map, profile)
        save_map(street_map, output)
    emit(
        figures | {"output": str(output)},
        [*rows, ("map", str(output))],
        as_json=as_json,
    )


@app.command("info")
def info(path: MapFile, robot: RobotFile = None, as_json: Json = False) -> None:
    """Say what a map holds and what of it a robot can drive."""
    from maps.read import read_map

    figures, rows = describe(read_map(path), load_profile(robot))
    emit(figures, rows, as_json=as_json)


def describe(
    street_map: "StreetMap", profile: "RobotProfile"
) -> tuple[dict[str, object], list[Row]]:
    """Figures of a map for scripts, and the same as rows for people."""
    from patrol.cli.steps import drivable_streets

    graph = street_map.graph
    figures: dict[str, object] = {
        "digest": graph.digest,
        "source": street_map.source,
        "nodes": graph.num_nodes,
        "streets": graph.num_edges,
        "length_km": round(graph.length_m / 1000, 3),
        "points": {name: len(xy) for name, xy in street_map.points_xy_m.items()},
        "notes": list(street_map.notes),
    }
    rows = [
        ("source", street_map.source),
        ("streets", f"{graph.num_edges:,} between {graph.num_nodes:,} nodes"),
        ("length", f"{graph.length_m / 1000:.1f} km"),
        *((name, f"{len(xy):,}") for name, xy in street_map.points_xy_m.items()),
        *(("note", note) for note in street_map.notes),
    ]
    streets = drivable_streets(graph, profile)
    figures["drivable_km"] = round(streets.drivable_m / 1000, 3)
    figures["excluded"] = streets.excluded
    rows.append((f"{profile.name} can drive", f"{streets.drivable_m / 1000:.1f} km"))
    rows += [
        (f"left out: {reason}", f"{count:,} streets, {length_m / 1000:.1f} km")
        for reason, (count, length_m) in streets.excluded.items()
    ]
    return figures, rows


def _read(source: str) -> "StreetMap":
    from maps.download import download_map
    from maps.read import read_map

    path = Path(source)
    if path.exists() or "/" in source or _ENDING.search(source):
        return read_map(path)
    return download_map(source)


def with_points(street_map: "StreetMap", points: Sequence[str]) -> "StreetMap":
    """
    Add point layers from files, each given as NAME=FILE.

    Raises
    ------
    MapError
        If an item is not of that form or its file cannot be used.
    """
    from dataclasses import replace

    from maps.layers import read_points

    layers, notes = dict(street_map.points_xy_m), list(street_map.notes)
    for item in points:
        name, _, file = item.partition("=")
        if not (name and file):
            raise MapError(f"--points {item!r} must be NAME=FILE, as cameras=cctv.csv")
        found = read_points(Path(file), street_map.graph.projection)
        layers[name] = found.xy_m
        notes.append(f"{name}: {len(found.xy_m)} points from {Path(file).name}")
        if found.skipped:
            notes.append(f"{name}: {found.skipped} rows without coordinates left out")
    return replace(street_map, points_xy_m=layers, notes=tuple(notes))
