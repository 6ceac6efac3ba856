import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.lixels import Lixels
from patrol.risk.network_kde import network_kde

LIXEL_M = 20.0


@st.composite
def cases(draw: st.DrawFn) -> tuple[Lixels, NDArray[np.int64], NDArray[np.float64]]:
    """Draw streets, loops and parallel ones among them, and incidents on them."""
    nodes = draw(st.integers(1, 6))
    node = st.integers(0, nodes - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=1, max_size=9))
    length_m = draw(st.lists(st.floats(1, 150), min_size=len(ends), max_size=len(ends)))
    lixels = Lixels.cut(ends, length_m, lixel_m=LIXEL_M)
    street = draw(st.lists(st.integers(0, len(ends) - 1), min_size=1, max_size=8))
    part = draw(
        st.lists(
            st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)),
            min_size=len(street),
            max_size=len(street),
        )
    )
    numbers = np.array(street)
    return lixels, numbers, np.array(part) * np.array(length_m)[numbers]


def by_all_ways(
    lixels: Lixels,
    street: NDArray[np.int64],
    offset_m: NDArray[np.float64],
    *,
    radius_m: float,
) -> NDArray[np.float64]:
    """Sum the kernels one incident and one piece at a time."""
    length_m = np.diff(lixels.start) * lixels.length_m
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    graph.add_nodes_from(range(lixels.num_nodes))
    for (a, b), street_m in zip(lixels.edge_nodes.tolist(), length_m, strict=True):
        graph.add_edge(a, b, length=street_m)
    ways = dict(nx.all_pairs_dijkstra_path_length(graph, weight="length"))

    def way_m(one: tuple[int, float], other: tuple[int, float]) -> float:
        (s, x), (t, y) = one, other
        least = abs(x - y) if s == t else np.inf
        outs = zip(lixels.edge_nodes[s].tolist(), (x, length_m[s] - x), strict=True)
        for a, out in outs:
            ins = zip(lixels.edge_nodes[t].tolist(), (y, length_m[t] - y), strict=True)
            for b, into in ins:
                least = min(least, out + ways[a].get(b, np.inf) + into)
        return float(least)

    density = np.zeros(len(lixels))
    for piece, place in enumerate(lixels.street.tolist()):
        middle_m = (piece - lixels.start[place] + 0.5) * lixels.length_m[place]
        for event in zip(street.tolist(), offset_m.tolist(), strict=True):
            far = min(1.0, way_m(event, (place, middle_m)) / radius_m)
            density[piece] += 15 / 16 / radius_m * (1 - far**2) ** 2
    return density


@settings(max_examples=60)
@given(case=cases(), radius_m=st.floats(10, 400))
def test_density_is_the_sum_of_the_kernels_of_all_incidents(
    case: tuple[Lixels, NDArray[np.int64], NDArray[np.float64]], radius_m: float
) -> None:
    lixels, street, offset_m = case
    mass = np.ones(len(street))

    found = network_kde(lixels, street, offset_m, mass, radius_m=radius_m)

    expected = by_all_ways(lixels, street, offset_m, radius_m=radius_m)
    assert found == pytest.approx(expected, abs=1e-9 / radius_m)


def test_incident_on_a_long_straight_street_weighs_what_it_counts() -> None:
    lixels = Lixels.cut([(0, 1)], [1000.0], lixel_m=0.5)

    density = network_kde(
        lixels, np.array([0]), np.array([400.0]), np.array([3.0]), radius_m=150.0
    )

    assert density.sum() * 0.5 == pytest.approx(3.0, rel=1e-4)
    assert density.max() == pytest.approx(3 * 15 / 16 / 150, rel=1e-4)


def test_kernel_goes_on_at_full_height_into_every_street_of_a_crossing() -> None:
    star = [(0, 1), (0, 2), (0, 3), (0, 4)]
    lixels = Lixels.cut(star, [200.0] * 4, lixel_m=1.0)

    density = network_kde(
        lixels, np.array([0]), np.array([0.0]), np.array([1.0]), radius_m=100.0
    )

    arms = density.reshape(4, 200)
    assert (arms == arms[0]).all()
    assert arms.sum() == pytest.approx(2.0, rel=1e-4)  # four halves


@pytest.mark.parametrize(
    ("street", "offset_m", "radius_m", "message"),
    [
        (0, 5.0, 0.0, "must be above 0 m"),
        (0, 5.0, np.inf, "must be above 0 m"),
        (7, 5.0, 50.0, "incident 0 lies on street 7: streets are 0..0"),
        (-1, 5.0, 50.0, "lies on street -1"),
        (0, 11.0, 50.0, "11.0 m along street 0, which is 10.00 m long"),
        (0, np.nan, 50.0, "nan m along street 0"),
    ],
)
def test_bad_incident_is_refused(
    street: int, offset_m: float, radius_m: float, message: str
) -> None:
    lixels = Lixels.cut([(0, 1)], [10.0], lixel_m=5.0)
    with pytest.raises(RiskError, match=message):
        network_kde(
            lixels,
            np.array([street]),
            np.array([offset_m]),
            np.array([1.0]),
            radius_m=radius_m,
        )
