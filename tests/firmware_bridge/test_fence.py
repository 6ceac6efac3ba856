"""The fence: what is inside, within what distance that is sure, and its bytes."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from firmware_bridge.fence import MOST_CORNERS, Fence
from firmware_bridge.limits import Limits
from firmware_bridge.robot_guards import Guards
from firmware_bridge.robot_path import Senses
from patrol.errors import RobotError
from tests.firmware_bridge.fences import box, far_mm, fences, near_mm, stars

L_SHAPE = Fence(
    ((0, 0), (9000, 0), (9000, 3000), (3000, 3000), (3000, 9000), (0, 9000))
)
metres = st.floats(-3000, 3000, width=32)
routes = st.lists(st.tuples(metres, metres), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("x_mm", "y_mm", "inside"),
    [
        (1500, 1500, True),
        (8900, 2900, True),
        (8900, 3100, False),
        (3100, 3100, False),
        (2900, 8900, True),
        (-100, 4500, False),
        (1500, 9100, False),
    ],
)
def test_fence_may_have_a_corner_that_looks_inwards(
    x_mm: int, y_mm: int, *, inside: bool
) -> None:
    assert L_SHAPE.encloses(x_mm, y_mm) is inside
    assert Fence(L_SHAPE.corners_mm[::-1]).encloses(x_mm, y_mm) is inside


@settings(max_examples=50)
@given(fence=stars, x_mm=near_mm | far_mm, y_mm=near_mm | far_mm)
def test_inside_is_what_geometry_says_but_for_25_mm(
    fence: Fence, x_mm: int, y_mm: int
) -> None:
    polygon, place = Polygon(fence.corners_mm), Point(x_mm, y_mm)
    assume(polygon.is_valid and polygon.exterior.distance(place) > 25)
    assert fence.encloses(x_mm, y_mm) is polygon.contains(place)


@settings(max_examples=50)
@given(fence=stars, data=st.data())
def test_place_a_hair_above_a_far_corner_is_not_taken_for_another(
    fence: Fence, data: st.DataObject
) -> None:
    x_mm, y_mm = data.draw(st.sampled_from(fence.corners_mm))
    place = (x_mm - 500_000, y_mm + data.draw(st.integers(-2, 2)))
    polygon = Polygon(fence.corners_mm)
    assume(polygon.is_valid and polygon.exterior.distance(Point(place)) > 25)
    assert fence.encloses(*place) is polygon.contains(Point(place))


@given(fence=fences, x_mm=near_mm, y_mm=near_mm, data=st.data())
def test_whatever_is_within_the_clearance_is_inside_as_well(
    fence: Fence, x_mm: int, y_mm: int, data: st.DataObject
) -> None:
    clear_mm = fence.clearance_mm(x_mm, y_mm)
    angle, share = data.draw(st.floats(0, 6.3)), data.draw(st.floats(0, 1))
    step = np.rint(clear_mm * share * np.array([np.cos(angle), np.sin(angle)]))
    there = (x_mm + int(step[0]), y_mm + int(step[1]))
    assert fence.encloses(*there) is fence.encloses(x_mm, y_mm) or clear_mm == 0


@given(fence=fences, places=st.lists(st.tuples(near_mm, near_mm), max_size=20))
def test_guard_that_has_looked_before_says_what_a_new_one_says(
    fence: Fence, places: list[tuple[int, int]]
) -> None:
    limits = Limits(fence=fence)
    old = Guards(limits)
    for x_mm, y_mm in places:
        now = Senses(x_mm, y_mm, speed_mmps=1000)
        assert old.look(now) is Guards(limits).look(now)


@given(route=routes)
def test_fence_around_a_route_is_20_m_from_it(route: list[tuple[float, float]]) -> None:
    xy_m = np.array(route, np.float64)
    fence = Fence.around(xy_m)
    polygon = Polygon(fence.corners_mm)
    assert len(fence.corners_mm) == MOST_CORNERS
    for x_m, y_m in route:
        place = Point(x_m * 1e3, y_m * 1e3)
        assert polygon.contains(place)
        assert polygon.exterior.distance(place) > 19_990
        assert fence.encloses(round(x_m * 1e3), round(y_m * 1e3))
    assert polygon.convex_hull.area == pytest.approx(polygon.area, rel=1e-3)


@given(fence=fences)
def test_fence_is_read_as_it_was_written(fence: Fence) -> None:
    packed = fence.pack()
    assert Fence.unpack(packed) == fence
    for bad in (b"", packed[:-1], packed + b"x", bytes([17]) + bytes(136), b"\x02"):
        assert Fence.unpack(bad) is None


def test_fence_of_too_few_or_too_many_corners_says_how_many_it_may_have() -> None:
    for count in (2, 17):
        with pytest.raises(RobotError, match=f"a fence of {count} corners, .* 3 to 16"):
            Fence(tuple((n, n * n) for n in range(count)))
    assert box(0, 0, 1, 1).name != box(0, 0, 1, 2).name
