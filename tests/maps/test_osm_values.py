"""Free text from the map as numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.osm_values import (
    blocking_barrier,
    kerb_height_m,
    opening_m,
    parse_incline,
    parse_length_m,
    parse_oneway,
)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("2.5", 2.5), ("2.5 m", 2.5), ("2,5m", 2.5), (" 3 ", 3.0), ("250 cm", 2.5),
        ("3'", 0.9144), ("8'6\"", 2.5908), ("10 ft", 3.048), ("2-3", 2.0),
        ("3;2.5", 2.5), ("~2", 2.0), (".8", 0.8), ("0", 0.0),
    ],
)  # fmt: skip
def test_lengths_are_read(text: str, metres: float) -> None:
    assert parse_length_m(text) == pytest.approx(metres)


@pytest.mark.parametrize("text", ["", "wide", "narrow", "2 lanes", "-", "1e5", "m"])
def test_what_is_no_length_is_unknown(text: str) -> None:
    assert math.isnan(parse_length_m(text))


@given(st.floats(0.01, 99).map(lambda width: round(width, 2)))
def test_any_plain_width_is_itself_in_each_unit(width: float) -> None:
    for text in (f"{width}", f"{width} m", f"{width}".replace(".", ",")):
        assert parse_length_m(text) == pytest.approx(width)
    assert parse_length_m(f"{width * 100:.0f} cm") == pytest.approx(width, abs=0.006)


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    assert parse_length_m(text) >= 0 or math.isnan(parse_length_m(text))
    assert isinstance(parse_incline(text), float)


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("5%", 0.05),
        ("-5 %", -0.05),
        ("+12%", 0.12),
        ("45°", 1.0),
        ("0", 0.0),
        ("8", 0.08),
    ],
)
def test_grades_are_read(text: str, grade: float) -> None:
    assert parse_incline(text) == pytest.approx(grade)


@pytest.mark.parametrize("text", ["up", "down", "", "steep", "90°", "5%;6%"])
def test_what_is_no_grade_is_unknown(text: str) -> None:
    assert math.isnan(parse_incline(text))


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({"oneway": "yes"}, 1), ({"oneway": "-1"}, -1), ({"oneway": "no"}, 0), ({}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "roundabout", "oneway": "no"}, 0),
    ],
)  # fmt: skip
def test_one_way_streets_have_their_direction(
    tags: dict[str, str], direction: int
) -> None:
    assert parse_oneway(tags) == direction


@pytest.mark.parametrize(
    ("tags", "height_m"),
    [
        ({"barrier": "kerb", "kerb": "raised"}, 0.10),
        ({"kerb": "lowered"}, 0.03),
        ({"kerb": "flush"}, 0.0),
        ({"kerb": "raised", "kerb:height": "0.15"}, 0.15),
        ({"barrier": "kerb", "height": "12 cm"}, 0.12),
    ],
)
def test_kerbs_have_their_height(tags: dict[str, str], height_m: float) -> None:
    assert kerb_height_m(tags) == pytest.approx(height_m)


@pytest.mark.parametrize("tags", [{}, {"barrier": "kerb"}, {"height": "3"}])
def test_an_unknown_kerb_is_unknown(tags: dict[str, str]) -> None:
    assert math.isnan(kerb_height_m(tags))


@pytest.mark.parametrize(
    ("tags", "barrier"),
    [
        ({"barrier": "stile"}, "stile"),
        ({"barrier": "bollard"}, ""),
        ({"barrier": "gate"}, ""),
        ({"barrier": "gate", "locked": "yes"}, "gate"),
        ({"barrier": "gate", "access": "private"}, "gate"),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, ""),
        ({}, ""),
    ],
)
def test_only_barriers_that_stop_a_robot_count(
    tags: dict[str, str], barrier: str
) -> None:
    assert blocking_barrier(tags) == barrier


def test_the_gap_beside_a_bollard_is_a_width() -> None:
    assert opening_m({"barrier": "bollard", "maxwidth:physical": "1.2"}) == 1.2
    assert math.isnan(opening_m({"barrier": "bollard"}))
    assert math.isnan(opening_m({"maxwidth": "2"}))
