"""The dose log adds up time and way, keeps what it has, and counts a night once."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.errors import RiskError
from patrol.risk.dose import Dose, Stays, add_to_dose_log, load_dose
from tests.strategies import grid_graph, line_graph

GRAPH = line_graph(4)


def stays(*rows: tuple[int, float, float, float]) -> Stays:
    street, start_s, end_s, metres = (
        np.array(c, dtype=float) for c in zip(*rows, strict=True)
    )
    return Stays(street.astype(np.int64), start_s, end_s, metres)


def night_of(name: str, *, simulated: bool = False) -> Dose:
    pieces = stays((1, 100, 160, 60), (2, 160, 200, 40), (1, 7000, 7400, 100))
    return pieces.by_hour(graph_digest=GRAPH.digest, night=name, simulated=simulated)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.floats(0, 20_000),
            st.floats(0, 9000),
            st.floats(0, 500),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_time_and_way_are_kept_and_every_hour_is_its_own(
    rows: list[tuple[int, float, float, float]],
) -> None:
    pieces = stays(*((s, start, start + long, way) for s, start, long, way in rows))
    dose = pieces.by_hour(graph_digest="g", night="a", simulated=False)
    seconds = np.bincount(pieces.street, pieces.end_s - pieces.start_s, 4)
    metres = np.bincount(pieces.street, pieces.metres, 4)
    assert dose.seconds_by_street(4) == pytest.approx(seconds, abs=1e-6)
    assert dose.metres_by_street(4) == pytest.approx(metres, abs=1e-6)
    assert (dose.hour_s % 3600 == 0).all()
    assert (dose.seconds <= 3600 * len(rows) + 1e-6).all()
    keys = list(zip(dose.street.tolist(), dose.hour_s.tolist(), strict=True))
    assert len(set(keys)) == len(keys)


def test_stay_over_the_full_hour_is_divided() -> None:
    dose = stays((0, 3500, 3700, 50)).by_hour(
        graph_digest="g", night="a", simulated=False
    )
    assert dose.hour_s.tolist() == [0, 3600]
    assert dose.seconds.tolist() == [100, 100]
    assert dose.metres.tolist() == [25, 25]


def test_log_keeps_its_nights_and_takes_new_ones_behind_them(tmp_path: Path) -> None:
    path = tmp_path / "dose.parquet"
    first = add_to_dose_log(night_of("a"), path, GRAPH)
    whole = add_to_dose_log(night_of("b"), path, GRAPH)
    again = load_dose(path, GRAPH)
    assert again.nights == whole.nights == ["a", "b"]
    assert again.metres[: len(first)].tolist() == first.metres.tolist()
    assert again.metres_by_street(4).tolist() == [0, 320, 80, 0]


def test_night_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "dose.parquet"
    add_to_dose_log(night_of("a"), path, GRAPH)
    before = path.read_bytes()
    with pytest.raises(RiskError, match="is in the dose log already"):
        add_to_dose_log(night_of("a"), path, GRAPH)
    assert path.read_bytes() == before


def test_simulated_nights_are_kept_apart_from_real_ones() -> None:
    with pytest.raises(RiskError, match="holds real nights, this one is simulated"):
        night_of("a").with_nights(night_of("b", simulated=True))


def test_log_of_another_map_is_refused(tmp_path: Path) -> None:
    path, other = tmp_path / "dose.parquet", grid_graph(2, 2)
    add_to_dose_log(night_of("a"), path, GRAPH)
    with pytest.raises(RiskError, match="needed is version 1 for map"):
        load_dose(path, other)
    elsewhere = stays((1, 0, 9, 9)).by_hour(
        graph_digest=other.digest, night="b", simulated=False
    )
    with pytest.raises(RiskError, match="keep a log for each map"):
        night_of("a").with_nights(elsewhere)


def test_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(RiskError, match="is not a dose log"):
        load_dose(tmp_path / "x.parquet", GRAPH)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metres": np.array([-1.0])}, "metres -1.0"),
        ({"seconds": np.array([np.nan])}, "seconds nan"),
        ({"street": np.array([-1])}, "street -1"),
        ({"hour_s": np.array([0, 1])}, "hour_s has shape"),
    ],
)
def test_impossible_rows_are_refused(wrong: dict[str, np.ndarray], said: str) -> None:
    row = {
        "night": np.array(["a"], dtype=object),
        "street": np.array([0]),
        "hour_s": np.array([0]),
        "metres": np.array([1.0]),
        "seconds": np.array([1.0]),
    }
    with pytest.raises(RiskError, match=said):
        Dose("g", False, **(row | wrong))
