from pathlib import Path

import numpy as np
import pytest

from benchmarks.windy_files import is_windy, read_windy
from benchmarks.windy_runs import arc_files, jobs, run_windy, summary
from patrol.errors import PlanError
from patrol.planning.windy_problem import FORBIDDEN
from tests.shared_data import shared_file

WINDY = """NOMBRE : SMALL
COMENTARIO : 1 componente (pequeno)
VERTICES : 3
RISTAS_REQ :  1
RISTAS_NOREQ : 2
LISTA_ARISTAS_REQ :
(   3,   2)   coste      3       4
LISTA_ARISTAS_NOREQ :
(   1,  3)   coste     6      6
(   1,  2)   coste     6      6
"""
ARCS = "  3\n  2\n  3\n  1\n  2\n 1 , 2 , 5 ,1\n2,3,6,1\n 3 ,1 ,7 ,0\n\x1a"


def written(folder: Path, text: str, name: str = "ONE") -> Path:
    path = folder / name
    path.write_text(text, encoding="latin-1")
    return path


def test_lists_are_read_though_the_header_is_damaged(tmp_path: Path) -> None:
    raw = read_windy(written(tmp_path, WINDY))
    assert raw.problem.edge_nodes.tolist() == [[2, 1], [0, 2], [0, 1]]
    assert raw.problem.cost.tolist() == [[3, 4], [6, 6], [6, 6]]
    assert raw.problem.required.tolist() == [True, False, False]
    assert (raw.problem.depot, raw.kind, raw.vehicles) == (2, "WRPP", ())


@pytest.mark.parametrize("mark", ["9999", "99999999"])
def test_marks_forbid_a_direction_and_make_a_mixed_problem(
    tmp_path: Path, mark: str
) -> None:
    text = WINDY.replace("3       4", "3       3")
    text = text.replace("(   1,  2)   coste     6", f"(   1,  2)   coste {mark}")
    raw = read_windy(written(tmp_path, text))
    assert raw.problem.cost[2].tolist() == [FORBIDDEN, 6]
    assert raw.kind == "MRPP"


def test_9999_is_a_cost_where_others_are_above_it(tmp_path: Path) -> None:
    text = WINDY.replace("3       4", "9999  12000")
    raw = read_windy(written(tmp_path, text))
    assert raw.problem.cost[0].tolist() == [9999, 12000]


def test_lists_of_arcs_in_a_mixed_file_lead_one_way(tmp_path: Path) -> None:
    text = WINDY.replace("LISTA_ARISTAS_NOREQ", "LISTA_ARCOS_NOREQ")
    text = text.replace("coste     6      6", "coste 6").replace("3       4", "3 3")
    raw = read_windy(written(tmp_path, text.replace("1,  3", "3,  1")))
    assert raw.problem.cost[1:].tolist() == [[6, FORBIDDEN]] * 2
    assert raw.kind == "MRPP"


def test_lists_of_directed_arcs_are_told_by_their_content(tmp_path: Path) -> None:
    path = written(tmp_path, ARCS)
    raw = read_windy(path)
    assert is_windy(path)
    assert raw.problem.cost.tolist() == [[c, FORBIDDEN] for c in (5, 6, 7)]
    assert raw.problem.required.tolist() == [True, True, False]
    assert raw.kind == "DRPP"
    assert read_windy(written(tmp_path, ARCS.replace(",0", ",1"))).kind == "DCPP"


def test_sizes_of_four_parts_are_no_arc(tmp_path: Path) -> None:
    text = ARCS.replace("\n  1\n  2\n", "\n  4\n  2,1,3,1\n")
    assert read_windy(written(tmp_path, text)).problem.num_edges == 3


def test_files_of_the_fleet_set_or_with_vehicles_are_for_several(
    tmp_path: Path,
) -> None:
    raw = read_windy(written(tmp_path, WINDY.replace("SMALL", "P012*")))
    assert (raw.vehicles, raw.problem.depot) == ((2, 3, 4, 5), 0)
    raw = read_windy(written(tmp_path, WINDY.replace("VERT", "VEHICULOS : 3\nVERT")))
    assert raw.vehicles == (3,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WINDY.replace("coste     6", "costs six", 1), "line 9: .* is no edge"),
        (WINDY.replace("(   1,  3)", "(   0,  3)"), "line 9: .* is no edge"),
        (ARCS.replace("2,3,6,1", "2,3,six,1"), "line 7: .* is no arc"),
        (WINDY[: WINDY.index("(   3")], "holds no required edge"),
    ],
)
def test_bad_file_is_refused_with_the_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(PlanError, match=message):
        read_windy(written(tmp_path, text))


def test_capacitated_files_and_prose_are_none_of_these(tmp_path: Path) -> None:
    assert not is_windy(written(tmp_path, "12\n22\n0 1 13 1\n0 3 17 1\n0 6 19 1\n"))
    assert not is_windy(written(tmp_path, "One, two, three\n"))


def test_files_are_found_below_the_folder_and_run(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    written(tmp_path / "set", WINDY, "A.DAT")
    written(tmp_path, ARCS, "arcs")
    written(tmp_path, WINDY.replace("SMALL", "P01110"), "P01110")
    bad = written(tmp_path, WINDY.replace("coste", "dear"), "bad")
    (tmp_path / "best_known.csv").write_text("instance,best_known\nset/A.DAT,14\n")
    found = list(jobs(arc_files(tmp_path)))
    assert [(Path(path).name, int(k)) for path, k in found] == [
        ("P01110", 2), ("P01110", 3), ("P01110", 4), ("P01110", 5),
        ("arcs", 1), ("bad", 1), ("A.DAT", 1),
    ]  # fmt: skip
    rows = [run_windy(path, k, "") for path, k in found if path != str(bad)]
    assert [row["problem"] for row in rows] == ["MM-k-WRPP"] * 4 + ["DRPP", "WRPP"]
    assert rows[-1]["cost"] == rows[-1]["bound"] == 7
    assert rows[-1]["gap_best_known"] == -0.5
    assert rows[4]["cost"] == 18
    told = summary(rows)
    assert str(told["WRPP mean gap to the bound"]).endswith("(target 2.0%: holds)")
    with pytest.raises(PlanError, match="line 7"):
        run_windy(str(bad), "1", "")


@pytest.mark.parametrize(
    ("name", "kind", "edges", "required"),
    [
        ("wrpp/A3101.DAT", "WRPP", 174, 83),
        ("mcpp/MA0532", "MCPP", 822, 822),
        ("drpp/P80-10-1.1", "DRPP", 249, 38),
        ("wrpp_mmk/P01110", "WRPP", 13, 7),
    ],
)
def test_published_files_are_read(
    name: str, kind: str, edges: int, required: int
) -> None:
    raw = read_windy(shared_file(f"benchmarks/arc/{name}"))
    assert (raw.kind, raw.problem.num_edges) == (kind, edges)
    assert raw.problem.required.sum() == required
    both = raw.problem.drivable.all(axis=1)
    assert both.all() == (kind == "WRPP")
    assert np.isin(raw.problem.edge_nodes, range(raw.problem.num_nodes)).all()
