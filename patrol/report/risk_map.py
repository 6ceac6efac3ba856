"""The risk of a map as one picture."""

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from maps.street_map import StreetMap
from patrol.report.risk_classes import PER_HOURS, classify
from patrol.risk.field import RiskField

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI, _HIGH_IN, _LEGEND_IN = 150, 7.0, 2.2
_WIDEST_IN, _NARROWEST_IN = 11.0, 4.0
_PAGE, _INK, _SOFT = "#fbfbfa", "#16202c", "#56616f"
_COLOURS = ("#d3d7dc", "#e9bd62", "#f09137", "#de5a2b", "#b3202c", "#6d0a26")
_WIDTHS = (0.5, 0.8, 1.1, 1.4, 1.8, 2.3)
_MARGIN = 0.03


def risk_map_png(street_map: StreetMap, field: RiskField) -> bytes:
    """
    Draw every street in the colour of its class of risk.

    Raises
    ------
    RiskError
        If the risk is of another map.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    graph = street_map.graph
    field.check_graph(graph)
    classes = classify(field.rate_per_km_h, graph.edge_length_m)
    low, high = graph.shape_xy_m.min(axis=0), graph.shape_xy_m.max(axis=0)
    room = _MARGIN * float((high - low).max()) + 1.0
    width, height = high - low + 2 * room
    wide_in = float(np.clip(_HIGH_IN * width / height, _NARROWEST_IN, _WIDEST_IN))
    size = (wide_in + _LEGEND_IN, _HIGH_IN)
    figure = Figure(figsize=size, dpi=_DPI, facecolor=_PAGE)
    axes = figure.add_axes((0, 0, wide_in / size[0], 1))
    axes.set_xlim(low[0] - room, high[0] + room)
    axes.set_ylim(low[1] - room, high[1] + room)
    axes.set_aspect("equal")
    axes.set_axis_off()
    for number in range(classes.count):
        streets = np.flatnonzero(classes.of_street == number).tolist()
        lines = LineCollection(
            [graph.shape_of(street) for street in streets],
            colors=_COLOURS[number],
            linewidths=_WIDTHS[number],
            capstyle="round",
            zorder=2 + number,
        )
        axes.add_collection(lines, autolim=False)
    # Streets that OpenStreetMap numbers none of are another's to be named.
    osm = bool(graph.edge_osm_id.any())
    credit = "© OpenStreetMap\ncontributors, ODbL" if osm else street_map.source
    _words(axes, classes.labels, field, credit=credit)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": "Patrol"})
    return buffer.getvalue()


def _words(axes: "Axes", labels: list[str], field: RiskField, *, credit: str) -> None:
    from matplotlib.lines import Line2D

    keys = [
        Line2D([], [], color=_COLOURS[n], linewidth=1.8 * _WIDTHS[n], label=label)
        for n, label in enumerate(labels)
    ]
    kind = "SYNTHETIC\nincidents" if field.synthetic else "Reported incidents"
    legend = axes.legend(
        handles=keys[::-1],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize=9,
        labelcolor=_INK,
        title=f"{kind}\nto expect per km\nin {PER_HOURS:,} h\n",
        title_fontsize=9,
        alignment="left",
    )
    legend.get_title().set_color(_SOFT)
    axes.annotate(
        credit,
        (1.02, 0.02),
        xycoords="axes fraction",
        fontsize=7,
        color=_SOFT,
        annotation_clip=False,
    )
