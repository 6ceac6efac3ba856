"""A map as Patrol keeps it: the streets, the things beside them, where from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import MapError

LAMPS, CAMERAS, BELLS = "lamps", "cameras", "bells"
VENUES, POLICE = "venues", "police"
"""Names of the point layers that Patrol itself asks for; others are welcome."""


@dataclass(frozen=True)
class StreetMap:
    """
    Streets with their point layers.

    Attributes
    ----------
    graph
        The street network.
    points_xy_m
        Places of things by layer name (`LAMPS`, `CAMERAS`, `BELLS`, ...), each of
        shape ``(k, 2)`` in the plane of the graph. An absent layer is unknown; an
        empty one says that there is nothing.
    source
        Where the map is from, for people: file name, data's date and licence.
    notes
        What was repaired or left out on reading, one sentence each.

    Raises
    ------
    MapError
        If a layer is not an array of places in the plane.
    """

    graph: StreetGraph
    points_xy_m: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, xy_m in self.points_xy_m.items():
            if xy_m.ndim != 2 or xy_m.shape[1] != 2 or not np.isfinite(xy_m).all():
                raise MapError(
                    f"layer {name!r} of shape {xy_m.shape} is not a list of places: "
                    f"expected shape (k, 2) and finite numbers"
                )
