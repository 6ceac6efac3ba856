"""On maps small enough to try every tour, the commands tell the truth."""

import json
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from maps import StreetGraph, read_map
from tests.cli.conftest import (
    DOCK,
    SOUTH_DEG,
    WEST_DEG,
    Run,
    grid_geojson,
    lines_geojson,
)


def shortest_tour_m(graph: StreetGraph, required: set[int], dock: int) -> float:
    """Try every number of passes of every street: none of them helps above two."""
    choices = [(1, 2) if e in required else (0, 1, 2) for e in range(graph.num_edges)]
    passes = np.array(list(product(*choices)))
    degree = np.zeros((len(passes), graph.num_nodes), np.int64)
    for street, (first, last) in enumerate(graph.edge_nodes.tolist()):
        degree[:, first] += passes[:, street]
        degree[:, last] += passes[:, street]
    passes = passes[(degree % 2 == 0).all(axis=1)]
    lengths_m = passes @ graph.edge_length_m
    for row in np.argsort(lengths_m, kind="stable").tolist():
        driven = graph.edge_nodes[passes[row] > 0].tolist()
        part: nx.Graph[int] = nx.Graph(driven)
        if dock in part and nx.is_connected(part):
            return float(lengths_m[row])
    raise AssertionError("no tour at all")


def random_lines(seed: int) -> list[list[list[float]]]:
    """Streets of a connected map of 5 corners: a tree and two more."""
    rng = np.random.default_rng(seed)
    corner = np.array([WEST_DEG, SOUTH_DEG])
    place = (corner + rng.uniform(0, 0.004, (5, 2))).round(6).tolist()
    ends = [(int(rng.integers(node)), node) for node in range(1, 5)]
    ends += [tuple(rng.choice(5, 2, replace=False).tolist()) for _ in range(3)]
    return [[place[a], place[b]] for a, b in ends]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("robots", [1, 3])
def test_bound_is_below_every_tour_and_the_plan_is_one(
    patrol: Run, tmp_path: Path, seed: int, robots: int
) -> None:
    source, risk, path = (tmp_path / n for n in ("m.geojson", "r.parquet", "p.json"))
    lines = random_lines(seed)
    source.write_text(json.dumps(lines_geojson(lines)))
    dock = ",".join(map(str, lines[0][0]))
    assert patrol(
        "risk", "fit", source, "--synthetic", "--time-zone", "UTC", "-o", risk,
        "--seed", seed,
    )[0] == 0  # fmt: skip
    code, out, _ = patrol(
        "plan", "cover", source, "--risk", risk, "--dock", dock, "--top-share", "0.4",
        "--start", "2026-11-20T22:00", "--robots", robots, "-o", path, "--json",
    )  # fmt: skip
    figures, plan = json.loads(out), json.loads(path.read_text())
    graph = read_map(source).graph
    best_m = shortest_tour_m(graph, set(plan["required"]), plan["fleet"][0]["dock"])

    assert code == 0
    assert plan["bound"]["length_m"] <= best_m + 1e-6
    assert best_m <= plan["length_m"] + 0.01  # costs are whole millimetres
    assert plan["longest_m"] >= best_m / robots - 0.01
    assert figures["gap"] == pytest.approx(
        plan["length_m"] / plan["bound"]["length_m"] - 1, abs=1e-5
    )
    if figures["bound_kind"] == "proved optimal":
        assert plan["length_m"] == pytest.approx(best_m, abs=0.02)
    assert patrol("check", path, "--risk", risk)[0] == 0


def test_robot_that_obeys_one_way_streets_is_planned_and_checked(
    patrol: Run, tmp_path: Path
) -> None:
    streets = json.loads(json.dumps(grid_geojson()))
    for number, street in enumerate(streets["features"]):
        street["properties"]["oneway"] = ("yes", "no", "-1", "no", "no")[number % 5]
    names = ("grid.geojson", "m.parquet", "r.parquet", "p.json", "carriage.toml")
    source, town, risk, plan, robot = (tmp_path / name for name in names)
    source.write_text(json.dumps(streets))
    robot.write_text('name = "carriage"\nobeys_oneway = true\n')
    assert patrol("map", "build", source, "-o", town)[0] == 0
    fitted = ("risk", "fit", town, "--synthetic", "--time-zone", "Asia/Seoul")
    assert patrol(*fitted, "-o", risk)[0] == 0
    options = [
        "--risk", risk, "--dock", DOCK, "--top-share", "0.1", "--robot", robot,
        "--robots", "1", "--start", "2026-11-20T22:00", "-o", plan, "--json",
    ]  # fmt: skip
    code, out, err = patrol("plan", "cover", town, *options)
    assert code == 0, err
    assert 0 <= json.loads(out)["gap"] < 0.3
    assert patrol("check", plan, "--map", town)[0] == 0

    route = json.loads(plan.read_text())["routes"][0]
    oneway = read_map(town).graph.tags.oneway[route["streets"]]
    driven = np.where(route["forward"], 1, -1)
    assert (oneway != 0).any()
    assert (oneway * driven >= 0).all()

    fleet = tmp_path / "fleet.toml"
    place = DOCK.replace(",", ", ")
    fleet.write_text(
        f'[[robot]]\nname = "road"\ndock = [{place}]\nprofile = "carriage.toml"\n'
        f'[[robot]]\nname = "walk"\ndock = [{place}]\nend = "anywhere"\n'
    )
    mixed = tmp_path / "mixed.json"
    code, _, err = patrol(
        "plan", "cover", town, "--risk", risk, "--fleet", fleet, "--top-share", "0.1",
        "--start", "2026-11-20T22:00", "-o", mixed,
    )  # fmt: skip
    assert code == 0, err
    assert patrol("check", mixed, "--map", town, "--risk", risk)[0] == 0

    later = tmp_path / "later.json"
    changed = ("plan", "replan", plan, "--risk", risk, "--map", town, "-o", later)
    code, _, err = patrol(*changed, "--now", "2026-11-20T22:03")
    assert code == 0, err
    assert patrol("check", later, "--map", town, "--risk", risk)[0] == 0


def test_robot_that_obeys_neither_yes_nor_no_is_refused(
    patrol: Run, town: Path, tmp_path: Path
) -> None:
    robot = tmp_path / "robot.toml"
    robot.write_text("obeys_oneway = 1\n")
    code, _, err = patrol("map", "info", town / "map.parquet", "--robot", robot)
    assert code == 2
    assert "obeys_oneway is 1, it must be true or false" in err
