"""Street tags from tables and networkx attributes, in whatever form they come."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetTags
from maps.osm_values import parse_incline, parse_length_m

TAG_COLUMNS = (
    "highway", "fclass", "name", "service", "surface", "access", "foot", "lit",
    "oneway", "width", "width_m", "est_width", "incline", "kerb_m", "barrier",
)  # fmt: skip
"""Names of the columns that are looked at; ``fclass`` is Geofabrik's ``highway``."""

_LISTED = re.compile(r"""'([^']*)'|"([^"]*)"|([^\s,'"\[\]]+)""")

_ALONG = frozenset({"yes", "true", "1", "1.0", "f"})
_AGAINST = frozenset({"-1", "-1.0", "reverse", "t"})


def tags_of(rows: Sequence[Mapping[str, object]]) -> StreetTags:
    """
    Make street tags of rows of attributes.

    A value may be a text, a number, a flag, absent, NaN, or a list of those, as
    osmnx leaves where it has merged ways: names are then joined, widths give their
    least, steps win over any other class, and of the rest the first is taken.

    Parameters
    ----------
    rows
        Attributes of each street, ``m`` of them.
    """
    return StreetTags(
        highway=_texts(
            [_class(r.get("highway", r.get("fclass"))) for r in rows],
        ),
        name=_texts(["; ".join(_values(r.get("name"))) for r in rows]),
        service=_column(rows, "service"),
        surface=_column(rows, "surface"),
        access=_column(rows, "access"),
        foot=_column(rows, "foot"),
        lit=_column(rows, "lit"),
        oneway=np.array([_oneway(r.get("oneway")) for r in rows], dtype=np.int8),
        width_m=np.array([_width_m(r) for r in rows], dtype=np.float64),
        incline=np.array([_incline(r.get("incline")) for r in rows], dtype=np.float64),
        kerb_m=np.array([_least_m(r.get("kerb_m")) for r in rows], dtype=np.float64),
        barrier=_column(rows, "barrier"),
    )


def whole_number(value: object) -> int:
    """Read an OpenStreetMap number; 0 where there is none (of several, the first)."""
    for text in _values(value):
        try:
            return int(float(text)) if "." in text else int(text)
        except ValueError:
            continue
    return 0


def _values(value: object) -> list[str]:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return []
    if isinstance(value, list | tuple | set):
        return [text for part in value for text in _values(part)]
    text = str(value).strip()
    if text.startswith("[") and text.endswith("]"):  # a list that a table made text of
        return [part for one in _LISTED.findall(text) for part in one if part]
    return [text] if text else []


def _texts(values: list[str]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)


def _column(rows: Sequence[Mapping[str, object]], key: str) -> NDArray[np.object_]:
    return _texts([next(iter(_values(row.get(key))), "") for row in rows])


def _class(value: object) -> str:
    classes = _values(value)
    return "steps" if "steps" in classes else next(iter(classes), "")


def _oneway(value: object) -> int:
    directions = {
        1 if text.lower() in _ALONG else -1 if text.lower() in _AGAINST else 0
        for text in _values(value)
    }
    return directions.pop() if len(directions) == 1 else 0


def _width_m(row: Mapping[str, object]) -> float:
    exact_m = _least_m(row.get("width_m", row.get("width")))
    return _least_m(row.get("est_width")) if math.isnan(exact_m) else exact_m


def _least_m(value: object) -> float:
    known_m = [m for m in map(parse_length_m, _values(value)) if not math.isnan(m)]
    return min(known_m, default=math.nan)


def _incline(value: object) -> float:
    if isinstance(value, float | int):
        return float(value)
    return next((parse_incline(text) for text in _values(value)), math.nan)
