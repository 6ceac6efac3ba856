import lzma
from pathlib import Path

import numpy as np
import pytest

from benchmarks.chinese_postman import best_duplicated, jobs, run_postman
from benchmarks.street_files import cut, read_streets
from patrol.errors import PlanError
from tests.planning.networks import network_of
from tests.shared_data import shared_file

LINES = "p tw 4 4\n1 2\n2 3\n3 4\n1 4\n"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "streets" / "SMALL.gr.xz"
    path.parent.mkdir()
    path.write_bytes(lzma.compress(LINES.encode()))
    (tmp_path / "best_known.csv").write_text(
        "instance,problem,best_known\n"
        "streets/SMALL.gr.xz,CPP unit weights (value),7\n"
        "streets/SMALL.gr.xz,CPP hashed weights (value),9\n"
    )
    return path


def test_edges_are_read_and_weighed_by_their_numbers_in_the_file(city: Path) -> None:
    streets = read_streets(city, "hashed")
    assert streets.num_nodes == 4
    assert streets.edge_nodes.tolist() == [[0, 1], [1, 2], [2, 3], [0, 3]]
    assert streets.cost[0] == 1 + (7919 + 2 * 104729) % 1999
    assert read_streets(city, "unit").cost.tolist() == [1, 1, 1, 1]


def test_line_that_is_no_edge_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.gr"
    path.write_text("1 2\n2 3 4\n")
    with pytest.raises(PlanError, match="a line of two node numbers"):
        read_streets(path, "unit")


def test_cut_keeps_the_edges_nearest_to_the_first_node() -> None:
    path = network_of(5, [(3, 4, 1), (2, 3, 2), (0, 2, 3), (1, 4, 4)])
    part = cut(path, 2)
    assert part.num_nodes == 3
    assert sorted(part.cost.tolist()) == [2, 3]
    assert len(np.unique(part.parts(np.arange(2)))) == 1


def test_best_known_value_depends_on_the_weights(city: Path) -> None:
    assert best_duplicated(city, "unit") == 7
    assert best_duplicated(city, "hashed") == 9
    assert best_duplicated(city, "length_dm") is None


def test_each_city_is_solved_in_parts_and_whole(city: Path) -> None:
    weights = [(name, size) for _, name, size in jobs(city.parents[1])]
    assert weights == [
        ("hashed", "1000"),
        ("hashed", "10000"),
        ("hashed", "100000"),
        ("unit", ""),
        ("hashed", ""),
        ("length_dm", ""),
    ]


def test_ten_thousand_streets_of_new_york_are_proved_optimal() -> None:
    path = shared_file("benchmarks/arc/streets/NY.gr.xz")
    row = run_postman(str(path), "hashed", "10000")
    assert row["bound_kind"] == "proved optimal"
    assert row["cost"] == row["bound"] == 4_335_226
