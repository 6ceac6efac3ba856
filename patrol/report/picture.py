"""The map of a night as one picture, for a README or a slide."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patrol.files import atomic_path
from patrol.report.night import Night, deadhead_only, streets_to_serve
from patrol.report.risk_classes import PER_HOURS, classify

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_WIDTH_PX, _HEIGHT_PX, _DPI = 1600, 1150, 160
_PAGE, _INK, _SOFT, _OUT = "#0e1319", "#e6ebf1", "#93a1b0", "#222b35"
_RISK = ("#3d4855", "#7d522a", "#c06a2a", "#ee9038", "#ffc35c", "#fff3c4")
_RISK_WIDTH = (0.5, 0.7, 0.95, 1.2, 1.45, 1.8)
_ROBOTS = ("#2f9be6", "#1fc296", "#c583dc", "#8fd0ff", "#b4c437", "#ee8cc8")
_MARGIN = 0.04  # of what is shown, left free around it
_LEGEND_IN = 2.55  # inches beside the map
_DASHES = (0.0, (1.0, 2.2))
_STEPS_M = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True)
class _Look:
    color: str
    width: float
    order: float = 1.0
    alpha: float = 1.0
    dashes: tuple[float, tuple[float, float]] | None = None


def write_map_png(night: Night, path: Path) -> None:
    """
    Draw the streets by risk and the robots' routes, 1600 pixels wide.

    Names outside the Latin script are left out, so that no font is needed.

    Raises
    ------
    OSError
        If the file cannot be written; what was there before is then untouched.
    """
    figure = _figure()
    axes = _map_axes(figure, night)
    _draw_streets(axes, night)
    _draw_routes(axes, night)
    _draw_marks(axes, night)
    _draw_words(figure, axes, night)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": "Patrol"})


def _figure() -> "Figure":
    from matplotlib.figure import Figure

    size = (_WIDTH_PX / _DPI, _HEIGHT_PX / _DPI)
    return Figure(figsize=size, dpi=_DPI, facecolor=_PAGE)


def _map_axes(figure: "Figure", night: Night) -> "Axes":
    share = 1 - _LEGEND_IN / figure.get_figwidth()
    axes = figure.add_axes((0.0, 0.0, share, 1.0))
    ratio = share * figure.get_figwidth() / figure.get_figheight()
    west, south, east, north = _frame(night, ratio)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_axis_off()
    return axes


def _frame(night: Night, ratio: float) -> tuple[float, float, float, float]:
    """Fill the picture with the map, but never cut off a route."""
    graph = night.street_map.graph
    used = sorted({int(s) for route in night.plan.routes for s in route.streets})
    docks = graph.node_xy_m[list(night.plan.docks)]
    middle, routes = _box(np.concatenate([docks, *map(graph.shape_of, used)]))
    map_middle, whole = _box(graph.shape_xy_m)
    fill_m = min(whole[0], whole[1] * ratio)
    width_m = max(routes[0], routes[1] * ratio, fill_m, 1.0)
    size = np.array([width_m, width_m / ratio])
    room = np.maximum(whole - size, 0) / 2
    x, y = np.clip(middle, map_middle - room, map_middle + room)
    return x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2


def _box(xy_m: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = xy_m.min(axis=0), xy_m.max(axis=0)
    return (low + high) / 2, (high - low) * (1 + 2 * _MARGIN)


def _draw_streets(axes: "Axes", night: Night) -> None:
    graph, drivable = night.street_map.graph, night.traversal.drivable
    weight = np.where(drivable, graph.edge_length_m, 1e-9)
    classes = classify(np.where(drivable, night.rate_per_km_h, 0.0), weight)
    _lines(axes, _shapes(night, np.flatnonzero(~drivable)), _Look(_OUT, 0.4))
    for number in range(classes.count):
        streets = np.flatnonzero(drivable & (classes.of_street == number))
        look = _Look(_RISK[number], _RISK_WIDTH[number], order=3 + number / 10)
        _lines(axes, _shapes(night, streets), look)


def _draw_routes(axes: "Axes", night: Night) -> None:
    for number, route in enumerate(night.plan.routes):
        color = _ROBOTS[number % len(_ROBOTS)]
        served = _shapes(night, streets_to_serve(route))
        deadhead = _shapes(night, deadhead_only(route))
        _lines(axes, served, _Look(color, 5.0, order=2, alpha=0.5))
        _lines(axes, deadhead, _Look(color, 0.9, order=5, dashes=_DASHES))


def _draw_marks(axes: "Axes", night: Night) -> None:
    docks = night.street_map.graph.node_xy_m[list(night.plan.docks)].T
    axes.plot(*docks, "o", color=_INK, markersize=13, zorder=9)
    axes.plot(*docks, "o", color=_PAGE, markersize=9.5, zorder=9)
    axes.plot(*docks, "^", color=_INK, markersize=5.5, zorder=9)
    _draw_scale(axes)


def _draw_scale(axes: "Axes") -> None:
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    wanted_m = (east - west) / 6
    length_m = max((step for step in _STEPS_M if step <= wanted_m), default=_STEPS_M[0])
    x, y = west + 0.04 * (east - west), south + 0.045 * (north - south)
    tick = 0.008 * (north - south)
    axes.plot(
        [x, x, x + length_m, x + length_m],
        [y + tick, y, y, y + tick],
        color=_INK,
        linewidth=1.4,
        zorder=9,
    )
    text = f"{length_m} m" if length_m < 1000 else f"{length_m // 1000} km"
    axes.text(x, y + 1.6 * tick, text, color=_INK, fontsize=8, zorder=9)


def _draw_words(figure: "Figure", axes: "Axes", night: Night) -> None:
    left = axes.get_position().x1 + 0.005
    plan = night.plan
    lines = [
        (0.945, _title(night), 15, _INK),
        (0.895, f"{plan.shift.start:%Y-%m-%d, %H:%M}", 9, _SOFT),
        (0.865, f"{len(plan.routes)} robots, {plan.length_m / 1000:.1f} km", 9, _SOFT),
        (0.835, f"{100 * plan.coverage:.0f} % of the risk covered", 9, _SOFT),
        (0.025, "© OpenStreetMap contributors, ODbL", 7, _SOFT),
    ]
    if night.risk.synthetic or plan.synthetic_risk:
        lines.append((0.795, "SYNTHETIC incidents", 9, _RISK[4]))
    for height, text, size, color in lines:
        figure.text(left, height, text, fontsize=size, color=color, va="center")
    legend = figure.legend(
        handles=_keys(night),
        loc="upper left",
        bbox_to_anchor=(left - 0.012, 0.76),
        frameon=False,
        labelcolor=_INK,
        fontsize=8.5,
        title=f"Expected incidents\nper km in {PER_HOURS:,} h",
        title_fontsize=8.5,
        alignment="left",
        handlelength=2.4,
        labelspacing=0.65,
    )
    legend.get_title().set_color(_SOFT)


def _keys(night: Night) -> list["Line2D"]:
    from matplotlib.lines import Line2D

    drivable = night.traversal.drivable
    weight = np.where(drivable, night.street_map.graph.edge_length_m, 1e-9)
    labels = classify(np.where(drivable, night.rate_per_km_h, 0.0), weight).labels
    risk = [
        Line2D([], [], color=_RISK[n], linewidth=1.6 * _RISK_WIDTH[n], label=label)
        for n, label in enumerate(labels)
    ]
    routes = [
        Line2D(
            [],
            [],
            color=_ROBOTS[number % len(_ROBOTS)],
            linewidth=5,
            alpha=0.6,
            label=_latin(route.robot) or f"robot {number + 1}",
        )
        for number, route in enumerate(night.plan.routes)
    ]
    gap = Line2D([], [], linestyle="none", label="")
    deadhead = Line2D([], [], color=_SOFT, linestyle=_DASHES, label="deadhead")
    dock = Line2D(
        [], [], linestyle="none", marker="^", markersize=6, color=_INK, label="dock"
    )
    return [*reversed(risk), gap, *routes, deadhead, dock]


def _title(night: Night) -> str:
    return _latin(night.place) or "Tonight's patrol"


def _latin(text: str) -> str:
    return text if all(ord(sign) < 0x250 for sign in text) else ""


def _shapes(night: Night, streets: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    graph = night.street_map.graph
    return [graph.shape_of(street) for street in streets.tolist()]


def _lines(axes: "Axes", lines: list[NDArray[np.float64]], look: _Look) -> None:
    from matplotlib.collections import LineCollection

    collection = LineCollection(
        lines,
        colors=look.color,
        linewidths=look.width,
        linestyles=look.dashes or "solid",
        capstyle="round",
        joinstyle="round",
        alpha=look.alpha,
        zorder=look.order,
    )
    axes.add_collection(collection, autolim=False)
