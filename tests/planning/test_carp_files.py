from pathlib import Path

import pytest

from benchmarks.carp_files import read_capacitated
from patrol.errors import PlanError

LINES = "3\n2\n0 1 4 7\n1 2 5 0\n6\n9\n8\n8\n"


def test_edges_and_the_four_numbers_after_them_are_read(tmp_path: Path) -> None:
    path = tmp_path / "small.dat"
    path.write_text(LINES, encoding="utf-8")
    raw = read_capacitated(path)
    assert raw.num_nodes == 3
    assert raw.edge_nodes.tolist() == [[0, 1], [1, 2]]
    assert raw.cost.tolist() == [4, 5]
    assert raw.demand.tolist() == [7, 0]
    assert (raw.capacity, raw.bound, raw.best_known) == (9, 8, 8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LINES.replace("0 1 4 7", "0 1 4"), "line 3: '0 1 4', expected 4 whole"),
        (LINES.replace("9\n", "nine\n"), "line 6: 'nine', expected 1 whole"),
        ("3\n2\n0 1 4 7\n", "ends after 3 lines, line 4 is missing"),
    ],
)
def test_bad_file_is_refused_with_the_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "bad.dat"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=message):
        read_capacitated(path)
