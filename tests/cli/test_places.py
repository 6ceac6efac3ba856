"""A robot under way is sent on from the corner that it can come to next."""

from dataclasses import replace

import numpy as np
import pytest

from maps import StreetGraph
from maps.traverse import keep_out, obey_oneway, traverse
from patrol.cli.places import dock_node, next_corner, parse_place
from patrol.errors import PlanError
from tests.strategies import grid_graph, line_graph


def town(sign: int) -> StreetGraph:
    """Two by two corners; street 0 from node 0 to 1 is one-way."""
    graph = grid_graph(2, 2)
    oneway = np.array([sign, 0, 0, 0], np.int8)
    return replace(graph, tags=replace(graph.tags, oneway=oneway))


def corner(graph: StreetGraph, x_m: float, y_m: float, *, obeys: bool = True) -> object:
    kind = traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.1, speed_mps=1.0)
    kind = obey_oneway(graph, kind) if obeys else kind
    lon, lat = graph.projection.to_lon_lat_deg([(x_m, y_m)])[0].tolist()
    node, ahead_m = next_corner(graph, kind, (lon, lat))
    return node, round(ahead_m, 1)


@pytest.mark.parametrize(
    ("sign", "x_m", "y_m", "obeys", "expected"),
    [
        (1, 20.0, 1.0, True, (1, 80.0)),  # the corner behind is nearer
        (-1, 80.0, 1.0, True, (0, 80.0)),
        (1, 3.0, 2.0, True, (0, 0.0)),  # it stands at the corner
        (1, 20.0, 1.0, False, (0, 0.0)),
        (1, 1.0, 20.0, True, (0, 0.0)),  # on a street that goes both ways
    ],
)
def test_corner_ahead_counts_on_a_one_way_street(
    sign: int, x_m: float, y_m: float, obeys: bool, expected: tuple[int, float]
) -> None:
    assert corner(town(sign), x_m, y_m, obeys=obeys) == expected


def test_corner_ahead_may_be_in_a_pocket_that_a_closed_street_makes() -> None:
    graph = town(1)
    graph = replace(
        graph, tags=replace(graph.tags, oneway=np.array([1, 0, -1, 1], np.int8))
    )
    kind = traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.1, speed_mps=1.0)
    kind = keep_out(graph, obey_oneway(graph, kind), [3])
    lon, lat = graph.projection.to_lon_lat_deg([(20.0, 1.0)])[0].tolist()
    assert next_corner(graph, kind, (lon, lat))[0] == 1


def test_dock_in_a_one_way_trap_is_refused_with_what_makes_it_one() -> None:
    graph = line_graph(3)
    graph = replace(
        graph, tags=replace(graph.tags, oneway=np.array([0, 1, 0], np.int8))
    )
    kind = traverse(graph, width_m=0.8, kerb_m=0.05, max_slope=0.1, speed_mps=1.0)
    kind = obey_oneway(graph, kind)
    trap_x_m, open_x_m = (220.0, 80.0) if kind.drivable[0] else (80.0, 220.0)
    trapped, open_ = (
        tuple(graph.projection.to_lon_lat_deg([(x_m, 0.0)])[0].tolist())
        for x_m in (trap_x_m, open_x_m)
    )
    with pytest.raises(
        PlanError, match=r"dock .* one-way trap: .* one-way streets \[1\]"
    ):
        dock_node(graph, kind, trapped)
    assert dock_node(graph, kind, open_) in {1, 2}


def test_place_far_from_every_street_is_refused() -> None:
    with pytest.raises(PlanError, match=r"the place at .* is \d+ m from the nearest"):
        corner(town(1), 50.0, 300.0)
    with pytest.raises(PlanError, match="must be LON,LAT in degrees"):
        parse_place("here")
