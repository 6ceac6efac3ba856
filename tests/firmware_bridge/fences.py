"""Fences for tests."""

import math

from hypothesis import strategies as st

from firmware_bridge.fence import Fence

near_mm = st.integers(-30_000, 30_000)
far_mm = st.integers(-1_000_000_000, 1_000_000_000)


def box(west: int, south: int, east: int, north: int) -> Fence:
    """Give a box in mm."""
    return Fence(((west, south), (east, south), (east, north), (west, north)))


def _fences(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Fence]:
    corners = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=16)
    return corners.map(lambda drawn: Fence(tuple(drawn)))


def _star(fence: Fence) -> Fence:
    """Order the corners by their bearing, so that no two edges cross."""
    return Fence(tuple(sorted(fence.corners_mm, key=lambda xy: math.atan2(*xy))))


fences = _fences(near_mm) | _fences(far_mm)
stars = fences.map(_star)
