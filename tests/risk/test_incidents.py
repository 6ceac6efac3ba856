"""A record of incidents checks itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from patrol.errors import RiskError
from patrol.risk.incidents import Origin
from tests.risk.makers import NOW_S, SINCE_S, record

THREE = record([(0, 0), (1, 1), (2, 2)], origin=[Origin.PATROL, *[Origin.REPORTED] * 2])


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"xy_m": np.zeros((3, 3))}, r"xy_m has shape \(3, 3\), expected \(3, 2\)"),
        ({"kind": np.array(["a"], dtype=object)}, r"kind has shape \(1,\)"),
        (
            {"origin": np.array([0, 0, 2], np.int8)},
            r"incident 2 has origin 2.*\[0, 1\]",
        ),
        ({"xy_m": np.array([(0, 0), (0, np.nan), (0, 0)])}, "incident 1 is at"),
        ({"since_s": NOW_S - 1}, "incident 0 happened at .* outside the record's span"),
        ({"until_s": SINCE_S}, "widen the span"),
        ({"since_s": NOW_S + 1}, "must not end before it begins"),
        ({"time_zone": "Asia/Soul"}, "no time zone 'Asia/Soul'"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(
    part: dict[str, Any], message: str
) -> None:
    with pytest.raises(RiskError, match=message):
        replace(THREE, **part)


def test_some_incidents_are_a_record_of_the_same_span() -> None:
    reported = THREE.take(THREE.origin == Origin.REPORTED)
    assert len(reported) == 2
    assert reported.xy_m.tolist() == [[1, 1], [2, 2]]
    assert (reported.since_s, reported.until_s) == (SINCE_S, NOW_S)
    assert THREE.take(np.array([2])).xy_m.tolist() == [[2, 2]]


def test_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        THREE.xy_m[0] = 5
