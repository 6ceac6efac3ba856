"""A map as Patrol keeps it: the streets, the things beside them, where from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph

LAMPS, CAMERAS, BELLS = "lamps", "cameras", "bells"
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
    """

    graph: StreetGraph
    points_xy_m: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()
