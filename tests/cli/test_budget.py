"""Files of stops and windows."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from patrol.cli.budget_files import Place, read_stops, read_windows
from patrol.errors import PlanError
from patrol.planning.problem import Shift
from tests.planning.problems import traversal_of
from tests.strategies import GWANAK, grid_graph

SHIFT = Shift(datetime(2026, 11, 20, 22, tzinfo=ZoneInfo("Asia/Seoul")), 8 * 3600)


@pytest.fixture
def place() -> Place:
    graph = grid_graph(3, 3)
    return Place(graph, traversal_of(graph), SHIFT)


def written(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, "utf-8")
    return path


def lon_lat(x_m: float, y_m: float) -> str:
    lon, lat = GWANAK.to_lon_lat_deg(np.array([[x_m, y_m]]))[0]
    return f"{lon:.7f},{lat:.7f}"


def test_a_stop_without_a_prize_must_be_visited(tmp_path: Path, place: Place) -> None:
    rows = f"{lon_lat(98, 3)},12,,23:00,00:30\n{lon_lat(200, 200)},10,0.5,,\n"
    path = written(tmp_path, "lon,lat,minutes,incidents_per_h,from,to\n" + rows)
    first, second = read_stops(path, place)
    assert (first.node, first.dwell_s, first.must) == (1, 720.0, True)
    assert (first.open_s, first.close_s) == (3600.0, 2.5 * 3600)
    assert (second.node, second.per_h, second.must) == (8, 0.5, False)


def test_a_window_over_midnight_may_have_begun_before_the_shift(
    tmp_path: Path, place: Place
) -> None:
    path = written(tmp_path, "street,from,to\n3,21:00,01:00\n")
    (window,) = read_windows(path, place)
    assert (window.street, window.open_s, window.close_s) == (3, 0.0, 3 * 3600)


def test_windows_of_one_street_hold_together(tmp_path: Path, place: Place) -> None:
    text = "street,lon,lat,from,to\n0,,,22:30,02:00\n,{},23:00,03:00\n"
    path = written(tmp_path, text.format(lon_lat(50, 2)))
    (window,) = read_windows(path, place)
    assert (window.street, window.open_s, window.close_s) == (0, 3600.0, 4 * 3600)


def test_an_area_opens_all_streets_that_it_touches(
    tmp_path: Path, place: Place
) -> None:
    corners = [(40, -10), (60, -10), (60, 10), (40, 10), (40, -10)]
    ring = ",".join(lon_lat(*corner).replace(",", " ") for corner in corners)
    path = written(tmp_path, f'area,from,to\n"POLYGON (({ring}))",23:00,\n')
    assert [window.street for window in read_windows(path, place)] == [0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("126.9514,37.4781,soon,", "line 2: minutes is 'soon'"),
        ("127.5,37.4781,12,", "m from the nearest street"),
        ("126.9514,37.4781,12,25:00", "the time '25:00' must be local"),
        ("126.9514,,12,", "lat is 'missing'"),
    ],
)
def test_a_bad_stop_is_named_by_its_line(
    tmp_path: Path, place: Place, row: str, message: str
) -> None:
    path = written(tmp_path, f"lon,lat,minutes,from\n{row}\n")
    with pytest.raises(PlanError, match=message):
        read_stops(path, place)


def test_a_street_that_is_not_on_the_map_is_refused(
    tmp_path: Path, place: Place
) -> None:
    path = written(tmp_path, "street,from,to\n99,22:00,23:00\n")
    with pytest.raises(PlanError, match="street 99 is not one of"):
        read_windows(path, place)
