"""Heat spreads along streets and none of it is lost."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.ground import street_ground
from patrol.risk.heat import HeatKernel
from patrol.risk.heat_media import CellMedium, StreetMedium
from patrol.risk.lixels import Lixels
from tests.shared_data import shared_file
from tests.strategies import street_graphs


def rows(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    return {
        name: np.array([float(row[name]) for row in table])
        for name in table[0]
        if name != "type"
    }


def test_kernel_agrees_with_the_golden_values_of_spatstat() -> None:
    streets = rows(shared_file("data/spatstat-chicago/segments.csv"))
    crimes = rows(shared_file("data/spatstat-chicago/crimes.csv"))
    length = np.hypot(streets["x1"] - streets["x0"], streets["y1"] - streets["y0"])
    ends = np.column_stack([streets["from"], streets["to"]]).astype(np.int64) - 1
    lixels = Lixels.cut(ends, length, lixel_m=2.5)
    kernel = HeatKernel.of(StreetMedium(lixels), sd_m=100, steps=128)
    street = crimes["seg"].astype(np.int64) - 1
    ones = np.ones(len(street))

    def piece(street: np.ndarray, part: np.ndarray) -> np.ndarray:
        count = np.diff(lixels.start)[street]
        inside = np.minimum((part * count).astype(int), count - 1)
        return np.asarray(lixels.start[street] + inside)

    at = piece(street, crimes["tp"])
    spread = kernel.spread(
        np.bincount(at, ones, kernel.medium.num_bodies).astype(np.float64)
    )
    density = spread[: len(lixels)] / lixels.length_m[lixels.street]
    middle = piece(np.arange(len(length)), np.full(len(length), 0.5))
    golden = streets["dens_sigma100_mid"]
    assert np.corrcoef(density[middle], golden)[0, 1] >= 0.9998
    assert np.corrcoef(density[at], crimes["dens_sigma100"])[0, 1] >= 0.9998
    assert abs(spread.sum() - len(street)) <= 1e-9


@given(graph=street_graphs(), data=st.data())
def test_spreading_keeps_the_mass_and_makes_none_negative(
    graph: StreetGraph, data: st.DataObject
) -> None:
    m = graph.num_edges
    mass = np.array(data.draw(st.lists(st.floats(0, 10), min_size=m, max_size=m)))
    spread = street_ground(graph).spread(mass, sd_m=data.draw(st.floats(10, 500)))
    assert spread.sum() == pytest.approx(mass.sum(), abs=1e-9)
    assert spread.min() >= -1e-12


def test_mass_on_a_long_street_spreads_as_a_normal_distribution() -> None:
    lixels = Lixels.cut([[0, 1]], [2000.0], lixel_m=5)
    kernel = HeatKernel.of(StreetMedium(lixels), sd_m=100, steps=128)
    mass = np.zeros(kernel.medium.num_bodies)
    mass[200] = 1
    spread = kernel.spread(mass)[: len(lixels)]
    away_m = (np.arange(400) - 200) * 5
    assert np.sqrt(spread @ away_m**2) == pytest.approx(100, rel=1e-3)


def test_nothing_spreads_where_streets_do_not_meet() -> None:
    lixels = Lixels.cut([[0, 1], [2, 3]], [100, 100], lixel_m=25)
    kernel = HeatKernel.of(StreetMedium(lixels), sd_m=500)
    mass = np.zeros(kernel.medium.num_bodies)
    mass[:4] = 1
    assert kernel.spread(mass)[4:8].max() == 0


def test_cells_of_a_plane_spread_alike_to_all_sides() -> None:
    cell = np.arange(21 * 21).reshape(21, 21)
    kernel = HeatKernel.of(CellMedium.of(cell, cell_m=100), sd_m=200)
    mass = np.zeros(441)
    mass[220] = 1
    spread = kernel.spread(mass).reshape(21, 21)
    assert spread.sum() == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(spread, spread.T, atol=1e-12)
    np.testing.assert_allclose(spread, spread[::-1], atol=1e-12)


@pytest.mark.parametrize(("sd_m", "steps"), [(0, 8), (-5, 8), (np.inf, 8), (50, 0)])
def test_kernel_that_cannot_be_is_refused(sd_m: float, steps: int) -> None:
    medium = StreetMedium(Lixels.cut([[0, 1]], [10.0], lixel_m=5))
    with pytest.raises(RiskError, match=f"heat kernel of {sd_m}"):
        HeatKernel.of(medium, sd_m=sd_m, steps=steps)


def test_pieces_are_equal_and_none_is_too_long() -> None:
    lixels = Lixels.cut([[4, 7], [7, 9]], [60.0, 10.0], lixel_m=25)
    assert lixels.start.tolist() == [0, 3, 4]
    assert lixels.length_m.tolist() == [20, 10]
    assert lixels.num_nodes == 3
    with pytest.raises(RiskError, match="pieces of 0 m"):
        Lixels.cut([[0, 1]], [10.0], lixel_m=0)
