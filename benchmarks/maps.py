"""
Reading maps: Patrol against osmnx on the same file, each in a process of its own.

``python -m benchmarks.maps [DATA] --seconds S --json FILE`` takes the embedded map, a
made-up city of 50,000 streets, and every ``.osm*``, ``.pbf`` and ``.graphml`` file in
the folder DATA.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.child import Measured, measure
from benchmarks.output import publish

TARGET_CPU_S, TARGET_PEAK_MB = 3.0, 300.0
"""What reading a city of 100,000 directed edges may cost."""

_CITY_SIDE = 158  # 158 x 158 crossings have 49,612 streets between them
_CITY = "synthetic-50k.osm.pbf"
_ENDINGS = (".osm", ".osm.gz", ".osm.bz2", ".pbf", ".graphml")
_HERE = "benchmarks.maps"


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of map files.")] = None,
    *,
    seconds: Annotated[float, typer.Option(help="Longest time for one file.")] = 300.0,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Measure the reading of maps, and osmnx on the same files."""
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_rows(data, Path(folder), seconds))
    publish("maps", rows, _summary(rows), json_path=json_path)


def read_by_patrol(path: str) -> dict[str, object]:
    """Read a map by Patrol; what a child process runs."""
    from maps.read import read_map

    graph = read_map(Path(path)).graph
    return {
        "nodes": graph.num_nodes,
        "edges": graph.num_edges,
        "length_km": graph.length_m / 1000,
    }


def read_by_osmnx(path: str) -> dict[str, object]:
    """Read a map by osmnx; what a child process runs."""
    import osmnx as ox

    is_xml = not path.endswith(".graphml")
    graph = (
        ox.graph_from_xml(path, retain_all=True) if is_xml else ox.load_graphml(path)
    )
    # Both directions of a street have the same length to the millimetre.
    directed = Counter(
        (u, v, round(float(street["length"]), 3))
        for u, v, street in graph.edges(data=True)
    )
    streets = Counter[tuple[int, int, float]]()
    for (u, v, length_m), count in directed.items():
        key = (min(u, v), max(u, v), length_m)
        streets[key] = max(streets[key], (count + 1) // 2 if u == v else count)
    return {
        "nodes": graph.number_of_nodes(),
        "edges": streets.total(),
        "length_km": sum(key[2] * count for key, count in streets.items()) / 1000,
    }


def write_city(path: str, side: str) -> dict[str, object]:
    """
    Write a made-up city of square blocks with bent streets; a child process runs it.

    Between two crossings a street has two inner nodes, and every row and column is
    one way, as long streets are in OpenStreetMap.
    """
    import numpy as np
    import osmium

    n = int(side)
    bend_deg = np.random.default_rng(0).normal(0, 5e-5, (2, n, 3 * n - 2, 2))
    bend_deg[:, :, ::3] = 0.0  # crossings stay
    step_deg = 0.0003
    with osmium.SimpleWriter(path) as writer:
        ways: dict[int, list[int]] = {}
        for axis in (0, 1):
            for row in range(n):
                ways[axis * n + row + 1] = refs = []
                for k in range(3 * n - 2):
                    at = (k * step_deg, 3 * row * step_deg)
                    lon, lat = (at if axis == 0 else at[::-1]) + bend_deg[axis, row, k]
                    ref = _city_ref(axis, row, k, n)
                    refs.append(ref)
                    if axis == 0 or k % 3:
                        place = (127.0 + float(lon), 37.5 + float(lat))
                        writer.add_node(osmium.osm.mutable.Node(id=ref, location=place))
        for number, refs in ways.items():
            tags = {"highway": "residential", "name": f"Street {number}"}
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))
    return {}


def write_xml(source: str, target: str) -> dict[str, object]:
    """
    Write the streets of an OpenStreetMap file as XML; a child process runs it.

    osmnx reads XML only, and takes every way in it for a street.
    """
    import osmium

    ways: list[osmium.osm.mutable.Way] = []
    used: set[int] = set()
    for entry in osmium.FileProcessor(source, osmium.osm.WAY):
        if isinstance(entry, osmium.osm.Way) and "highway" in entry.tags:
            refs = [node.ref for node in entry.nodes]
            ways.append(entry.replace(tags=dict(entry.tags), nodes=refs))
            used.update(refs)
    with osmium.SimpleWriter(target) as writer:
        for node in osmium.FileProcessor(source, osmium.osm.NODE):
            if isinstance(node, osmium.osm.Node) and node.id in used:
                writer.add_node(node)
        for way in ways:
            writer.add_way(way)
    return {}


def _rows(
    data: Path | None, folder: Path, seconds: float
) -> Iterator[Mapping[str, object]]:
    from maps.read import embedded_map_path

    city = folder / _CITY
    measure(f"{_HERE}:write_city", str(city), str(_CITY_SIDE), timeout_s=seconds)
    found = sorted(p for p in data.rglob("*") if p.is_file()) if data else []
    given = [path for path in found if path.name.endswith(_ENDINGS)]
    for path in (embedded_map_path(), city, *given):
        by_patrol = measure(f"{_HERE}:read_by_patrol", str(path), timeout_s=seconds)
        yield _row(path, "patrol", by_patrol)
        plain = path if path.name.endswith(".graphml") else folder / "streets.osm"
        if plain != path:
            plain.unlink(missing_ok=True)
            measure(f"{_HERE}:write_xml", str(path), str(plain), timeout_s=seconds)
        by_osmnx = measure(f"{_HERE}:read_by_osmnx", str(plain), timeout_s=seconds)
        yield _row(path, "osmnx", by_osmnx)


def _row(path: Path, reader: str, measured: Measured) -> Mapping[str, object]:
    failed = bool(measured.error)
    return {
        "file": path.name,
        "reader": reader,
        "nodes": measured.result.get("nodes"),
        "edges": measured.result.get("edges"),
        "length_km": measured.result.get("length_km"),
        "cpu_s": None if failed else measured.cpu_s,
        "peak_mb": None if failed else measured.peak_mb,
        "error": measured.error or None,
    }


def _summary(rows: list[Mapping[str, object]]) -> Mapping[str, object]:
    by_reader = {row["reader"]: row for row in rows if row["file"] == _CITY}
    cpu_s = _figure(by_reader["patrol"], "cpu_s")
    peak_mb = _figure(by_reader["patrol"], "peak_mb")
    return {
        "city_cpu_s": cpu_s,
        "city_cpu_s_target": TARGET_CPU_S,
        "city_peak_mb": peak_mb,
        "city_peak_mb_target": TARGET_PEAK_MB,
        "holds": cpu_s <= TARGET_CPU_S and peak_mb <= TARGET_PEAK_MB,
        "city_speedup_over_osmnx": _figure(by_reader["osmnx"], "cpu_s") / cpu_s,
        "files_refused_by_patrol": sum(
            bool(row["error"]) for row in rows if row["reader"] == "patrol"
        ),
        "files_refused_by_osmnx": sum(
            bool(row["error"]) for row in rows if row["reader"] == "osmnx"
        ),
    }


def _figure(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    return value if isinstance(value, float) else float("nan")


def _city_ref(axis: int, row: int, k: int, n: int) -> int:
    if k % 3 == 0:  # a crossing, the same node for its row and its column
        line, column = (row, k // 3) if axis == 0 else (k // 3, row)
        return 1 + line * n + column
    return 1 + n * n + (axis * n + row) * (3 * n) + k


if __name__ == "__main__":
    typer.run(main)
