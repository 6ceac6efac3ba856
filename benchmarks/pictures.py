"""
Draw how a plan comes about, for the page that explains the planner.

``python -m benchmarks.pictures OUT`` takes the folder that ``patrol demo`` wrote, and
writes ``planner-steps.png`` and ``planner-search.png``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import numpy as np
import typer
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray
from PIL import Image

from maps import StreetGraph
from maps.store import load_map
from patrol.cli.steps import fleet_traversals
from patrol.planning.plan import PatrolPlan
from patrol.planning.plan_file import load_plan
from patrol.planning.relaxation import relax
from patrol.planning.rural import RuralTour, rural_postman
from patrol.planning.rural_streets import RuralStreets
from patrol.planning.shortcuts import Shortcuts
from patrol.planning.simplify import simplify
from patrol.planning.stop import Progress

_FOLDER = Path(__file__).parents[1] / "docs" / "images"
_STREETS, _SERVED, _DEADHEAD, _DOCK = "#d7dce2", "#1b6ca8", "#c8553d", "#20262d"
_ROBOTS = ("#1b6ca8", "#2a9d6f", "#8a5aa8", "#b58a1e")
_ROUNDS = 200
_MARGIN_M = 60.0
_COLOURS = 48  # lines on white: more only make the file larger


@dataclass(frozen=True)
class _Step:
    """What a panel shows: its title, and streets with their colour and width."""

    title: str
    layers: Sequence[tuple[NDArray[np.int64], str, float]]


def main(
    out: Annotated[Path, typer.Argument(help="Folder that `patrol demo` wrote.")],
    folder: Annotated[Path, typer.Option(help="Folder for the pictures.")] = _FOLDER,
) -> None:
    """Draw the four steps of a plan, and how its tour and bound met."""
    mpl.use("Agg")
    graph = load_map(out / "map.parquet").graph
    plan = load_plan(out / "plan.json")
    drivable = fleet_traversals(graph, plan)[0].drivable
    streets = RuralStreets.of(graph, drivable, plan.required, plan.docks)
    news: list[Progress] = []
    tour = rural_postman(streets.rural, seed=plan.seed, on_progress=news.append)
    steps = [
        _required(plan),
        _relaxed(plan, streets),
        _toured(plan, streets, tour),
        _shared(plan),
    ]
    _draw_steps(graph, plan, steps, folder / "planner-steps.png")
    _draw_search(news, streets.unit_m, folder / "planner-search.png")


def _required(plan: PatrolPlan) -> _Step:
    title = f"1  {len(plan.required)} required streets, {plan.required_m / 1000:.1f} km"
    return _Step(title, [(plan.required, _SERVED, 1.6)])


def _relaxed(plan: PatrolPlan, streets: RuralStreets) -> _Step:
    small = simplify(streets.rural)
    core = Shortcuts.of(small.problem)
    *_, last = relax(core.problem, rounds=_ROUNDS)
    rural = streets.rural
    served = rural.cost_of(rural.required.astype(np.int64))
    bound_km = (served + last.bound) * streets.unit_m / 1000
    passed = streets.number[small.expand(core.expand(last.extra)) > 0]
    return _Step(
        f"2  The relaxation: no tour below {bound_km:.1f} km",
        [(passed, _DEADHEAD, 1.3), (plan.required, _SERVED, 1.6)],
    )


def _toured(plan: PatrolPlan, streets: RuralStreets, tour: RuralTour) -> _Step:
    km = tour.cost * streets.unit_m / 1000
    gap = tour.cost / tour.bound - 1
    return _Step(
        f"3  One tour: {km:.1f} km, at most {gap:.1%} too long",
        [
            (streets.number[tour.extra > 0], _DEADHEAD, 1.3),
            (plan.required, _SERVED, 1.6),
        ],
    )


def _shared(plan: PatrolPlan) -> _Step:
    longest_km = max(route.arrive_s[-1] for route in plan.routes) / 3600
    layers = []
    for route, colour in zip(plan.routes, cycle(_ROBOTS), strict=False):
        deadhead = np.setdiff1d(route.streets, route.streets[route.served])
        layers += [
            (deadhead, colour, 0.7),
            (route.streets[route.served], colour, 1.9),
        ]
    title = f"4  Shared by {len(plan.routes)} robots: all back after {longest_km:.1f} h"
    return _Step(title, layers)


def _draw_steps(
    graph: StreetGraph, plan: PatrolPlan, steps: Sequence[_Step], path: Path
) -> None:
    used = np.unique(np.concatenate([route.streets for route in plan.routes]))
    points = np.concatenate([graph.shape_of(int(street)) for street in used])
    west, south = points.min(axis=0) - _MARGIN_M
    east, north = points.max(axis=0) + _MARGIN_M
    figure, panels = plt.subplots(
        2, 2, figsize=(10, 10 * (north - south) / (east - west))
    )
    for axes, step in zip(panels.flat, steps, strict=True):
        _draw_lines(axes, graph, np.arange(graph.num_edges), (_STREETS, 0.5))
        for streets, colour, width in step.layers:
            _draw_lines(axes, graph, streets, (colour, width))
        dock = graph.node_xy_m[list(plan.docks)].T
        axes.plot(*dock, "^", color=_DOCK, markersize=7)
        axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
        axes.set_title(step.title, fontsize=10, loc="left")
        axes.set_axis_off()
    figure.text(
        0.99, 0.005, "© OpenStreetMap contributors, ODbL", ha="right", fontsize=7
    )
    figure.tight_layout()
    figure.savefig(path, dpi=85)
    plt.close(figure)
    with Image.open(path) as picture:
        picture.quantize(_COLOURS).save(path, optimize=True)


def _draw_lines(
    axes: Axes, graph: StreetGraph, streets: NDArray[np.int64], look: tuple[str, float]
) -> None:
    shapes = [graph.shape_of(street) for street in streets.tolist()]
    axes.add_collection(LineCollection(shapes, colors=look[0], linewidths=look[1]))


def _draw_search(news: Sequence[Progress], unit_m: float, path: Path) -> None:
    figure, axes = plt.subplots(figsize=(7, 3))
    times = range(1, len(news) + 1)
    for name, colour in (("incumbent", _DEADHEAD), ("bound", _SERVED)):
        km = [getattr(one, name) * unit_m / 1000 for one in news]
        label = "best tour" if name == "incumbent" else "lower bound"
        axes.step(times, km, where="post", color=colour, label=label)
    axes.set_xlabel("improvement of one of them")
    axes.set_ylabel("km")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    typer.run(main)
