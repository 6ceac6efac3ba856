"""Pictures of the bench: hits by length, calibration, sensitivity; PNG, offline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 150
_WIDE_IN, _HIGH_IN = 9.6, 5.4
_INK, _SOFT, _GRID, _PAGE = "#16202c", "#56616f", "#e3e7ec", "#ffffff"
_OURS, _ORACLE = "#c2410c", "#16202c"
_OTHERS = (
    "#0072b2", "#009e73", "#9a4fb0", "#b8860b", "#56a5d8", "#6b7a00", "#c2529a",
    "#7f7f7f", "#8c564b", "#17becf", "#bcbd22",
)  # fmt: skip
_CUTS = (1, 5, 10)
_OURS_NAME = "patrol-"
_SURE = 2.0  # standard deviations in a bar of doubt


@dataclass(frozen=True)
class Influence:
    """
    What one weight moves, for a picture.

    Attributes
    ----------
    name
        Public name of the weight.
    changed, doubt
        Mean share of the length to serve that it changes, and its spread.
    score
        Mean change of the log score, nats for each incident.
    """

    name: str
    changed: float
    doubt: float
    score: float


def hits_png(
    curves: Mapping[str, NDArray[np.float64]], cuts: NDArray[np.float64]
) -> bytes:
    """
    Draw the share of incidents on the riskiest part of the length, by model.

    Parameters
    ----------
    curves
        Share of the incidents at each cut by name, shape ``(c,)`` each; ``oracle``
        and our own models are set off.
    cuts
        Parts of the length, ascending, above 0, shape ``(c,)``.
    """
    figure, axes = _figure("Share of the incidents on the riskiest part of the length")
    at_5 = {name: float(np.interp(0.05, cuts, curve)) for name, curve in curves.items()}
    colours = cycle(_OTHERS)
    for name in sorted(curves, key=lambda one: -at_5[one]):
        look = _look(name, colours)
        axes.plot(100 * cuts, 100 * curves[name], label=name, **look)
    for cut in _CUTS:
        axes.axvline(cut, color=_SOFT, linewidth=0.7, linestyle=(0, (2, 3)), zorder=1)
    axes.set_xscale("log")
    ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(100 * cuts[0], 100)
    axes.set_ylim(0, 101)
    axes.set_xlabel("riskiest part of the length, % (logarithmic)")
    axes.set_ylabel("incidents on it, %")
    _legend(axes, "by hits at 5 %")
    return _png(figure)


def calibration_png(tables: Mapping[str, NDArray[np.float64]]) -> bytes:
    """
    Draw found over expected incidents in ten classes of risk, by model.

    Parameters
    ----------
    tables
        Expected and found incidents by class, shape ``(2, 10)`` each, by name. Bars of
        our own models span two standard deviations of a Poisson count.
    """
    figure, axes = _figure("Found over expected incidents, by class of risk")
    axes.axhline(1, color=_ORACLE, linewidth=1.2, zorder=2)
    colours = cycle(_OTHERS)
    shift = np.linspace(-0.12, 0.12, len(tables))  # so that bars of doubt stay apart
    for aside, (name, (expected, found)) in zip(shift, tables.items(), strict=True):
        number = np.arange(1, len(found) + 1) + aside
        safe = np.maximum(expected, 1e-9)
        ratio = np.maximum(found, 0.3) / safe  # a class that found nothing is shown
        look = _look(name, colours)
        if name.startswith(_OURS_NAME):
            doubt = _SURE * np.sqrt(np.maximum(found, 1)) / safe
            low = np.minimum(doubt, 0.9 * ratio)
            axes.errorbar(
                number,
                ratio,
                (low, doubt),
                label=name,
                capsize=3,
                elinewidth=1.2,
                **look,
            )
        else:
            axes.plot(number, ratio, label=name, marker="o", markersize=3.5, **look)
    axes.set_yscale("log")
    _plain_ratios(axes)
    axes.set_xticks(range(1, 11))
    axes.set_xlabel("class, each with a tenth of the expected incidents; 1 is riskiest")
    axes.set_ylabel("found / expected (logarithmic)")
    _legend(axes, "")
    return _png(figure)


def sensitivity_png(influences: Sequence[Influence]) -> bytes:
    """Draw what each weight moves: length to serve, and the log score beside it."""
    from matplotlib.figure import Figure

    ranked = sorted(influences, key=lambda one: (one.changed, one.name))
    high = max(2.6, 0.9 + 0.36 * len(ranked))
    figure = Figure(figsize=(_WIDE_IN, high), dpi=_DPI, facecolor=_PAGE)
    figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    names = [one.name for one in ranked]
    left.barh(
        names,
        [100 * one.changed for one in ranked],
        xerr=[100 * one.doubt for one in ranked],
        color=_OURS,
        ecolor=_SOFT,
        height=0.62,
        error_kw={"linewidth": 1, "capsize": 2},
    )
    right.barh(names, [one.score for one in ranked], color=_OTHERS[0], height=0.62)
    for axes, title in (
        (left, "length to serve that is exchanged, %"),
        (right, "change of the log score, nats"),
    ):
        _style(axes, title)
        axes.set_xlim(left=0)
        axes.margins(y=0.01)
        axes.grid(visible=False, axis="y")
    return _png(figure)


def _figure(title: str) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDE_IN, _HIGH_IN), dpi=_DPI, facecolor=_PAGE)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    _style(axes, title)
    return figure, axes


def _style(axes: "Axes", title: str) -> None:
    axes.set_title(title, loc="left", color=_INK, fontsize=11)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_SOFT, labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_GRID)
    axes.xaxis.label.set_color(_SOFT)
    axes.yaxis.label.set_color(_SOFT)


def _look(name: str, colours: Iterator[str]) -> dict[str, Any]:
    if name == "oracle":
        return {"color": _ORACLE, "linewidth": 1.4, "linestyle": "--", "zorder": 3}
    if name == f"{_OURS_NAME}learned":
        return {"color": _OURS, "linewidth": 2.6, "zorder": 5}
    return {"color": next(colours), "linewidth": 1.2, "zorder": 4}


def _plain_ratios(axes: "Axes") -> None:
    low, high = axes.get_ylim()
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 1, 1.4, 2, 5, 10, 20, 50, 100]
    shown = [tick for tick in ticks if low <= tick <= high] or [1]
    axes.set_yticks(shown, [f"{tick:g}" for tick in shown])
    axes.minorticks_off()


def _legend(axes: "Axes", title: str) -> None:
    legend = axes.legend(
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        fontsize=8.5,
        labelcolor=_INK,
        title=title,
        title_fontsize=8.5,
        alignment="left",
    )
    legend.get_title().set_color(_SOFT)


def _png(figure: "Figure") -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": "Patrol"})
    return buffer.getvalue()
