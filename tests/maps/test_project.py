"""The plane is true to scale and comes back to the millimetre."""

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import LocalProjection
from maps.project import to_degrees
from patrol.errors import MapError

LON, LAT = st.floats(-170, 170), st.floats(-75, 75)
NEAR = st.floats(-20_000, 20_000)


@settings(deadline=None, max_examples=30)
@given(lon=LON, lat=LAT, x_m=NEAR, y_m=NEAR)
def test_places_come_back_to_the_millimetre(
    lon: float, lat: float, x_m: float, y_m: float
) -> None:
    plane = LocalProjection(lon, lat)
    xy_m = np.array([[x_m, y_m]]).round(3)
    assert (plane.to_xy_m(plane.to_lon_lat_deg(xy_m)) == xy_m).all()


@settings(deadline=None, max_examples=30)
@given(lon=LON, lat=LAT, x_m=NEAR, y_m=NEAR, heading=st.floats(0, 6.28))
def test_lengths_are_right_to_five_parts_in_a_million(
    lon: float, lat: float, x_m: float, y_m: float, heading: float
) -> None:
    plane = LocalProjection(lon, lat)
    step_m = 1000 * np.array([np.cos(heading), np.sin(heading)])
    start_m = np.array([x_m, y_m])
    ends = np.array([start_m, start_m + step_m])
    (lon_a, lat_a), (lon_b, lat_b) = plane.to_lon_lat_deg(ends)
    _, _, true_m = pyproj.Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)
    assert abs(true_m - 1000) < 1000 * 5.5e-6


def test_the_plane_is_centred_on_the_box_around_the_points() -> None:
    plane = LocalProjection.around([(126.0, 37.0), (127.0, 37.5), (126.9, 37.4)])
    assert plane == LocalProjection(126.5, 37.25)
    assert plane.to_xy_m([126.5, 37.25]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (float("nan"), 0)])
def test_a_place_that_is_not_on_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(MapError, match="no place has longitude"):
        LocalProjection(lon, lat)


def test_other_systems_are_turned_into_degrees() -> None:
    korean = to_degrees([(953_899.7, 1_952_027.9)], "EPSG:5179")
    assert korean[0] == pytest.approx((126.978, 37.566), abs=0.01)
    assert to_degrees([(126.9, 37.5)], None).tolist() == [[126.9, 37.5]]


def test_metres_taken_for_degrees_are_refused() -> None:
    with pytest.raises(MapError, match="1 of 2 points are not on earth"):
        to_degrees([(126.9, 37.5), (953_899.7, 1_952_027.9)], None)
    with pytest.raises(MapError, match="unknown coordinate reference system"):
        to_degrees([(0, 0)], "EPSG:nonsense")


@pytest.mark.parametrize("shift_deg", [-0.3, 0.0, 0.3])
def test_plane_of_places_across_the_antimeridian_is_among_them(
    shift_deg: float,
) -> None:
    east = np.array([179.5, 179.9, 180.1, 180.5]) + shift_deg
    places = np.column_stack([np.where(east > 180, east - 360, east), [-16.8] * 4])
    plane = LocalProjection.around(places)
    assert abs(plane.lon_deg) == pytest.approx(180 - abs(shift_deg))
    xy_m = plane.to_xy_m(places)
    assert np.abs(xy_m).max() < 60_000
    assert (np.diff(xy_m[:, 0]) > 0).all()  # east stays east
