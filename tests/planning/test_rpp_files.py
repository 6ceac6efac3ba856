from pathlib import Path

import pytest

from benchmarks.rpp_files import best_known, read_rural
from patrol.errors import PlanError

LINES = """NOMBRE : SMALL
RISTAS_REQ :  1
LISTA_ARISTAS_REQ :
(   3,   2)   coste      3       3
LISTA_ARISTAS_NOREQ :
(   1,  3)   coste     6      6
"""


def test_lists_are_read_though_the_header_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "SMALL"
    path.write_text(LINES, encoding="latin-1")
    raw = read_rural(path)
    assert raw.num_nodes == 3
    assert raw.edge_nodes.tolist() == [[2, 1], [0, 2]]
    assert raw.cost.tolist() == [3, 6]
    assert raw.required.tolist() == [True, False]
    assert raw.depot == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            LINES.replace("3       3", "3       9999"),
            "line 4: costs 3 one way and 9999",
        ),
        (LINES.replace("coste     6", "costs six"), "line 6: .* is no edge"),
        ("nothing", "holds no required edge"),
    ],
)
def test_bad_file_is_refused_with_the_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "BAD"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(PlanError, match=message):
        read_rural(path)


def test_best_known_values_are_looked_for_above_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "set" / "ONE"
    assert best_known(path) is None
    table = "instance,problem,best_known\nset/ONE,RPP,42\nset/TWO,RPP,\n"
    (tmp_path / "best_known.csv").write_text(table, encoding="utf-8")
    assert best_known(path) == 42
    assert best_known(path.with_name("TWO")) is None
    assert best_known(path.with_name("THREE")) is None
