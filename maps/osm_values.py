"""OpenStreetMap's free-text values as numbers: widths, grades, kerbs, directions."""

import math
import re
from collections.abc import Mapping

_FOOT_M = 0.3048
_INCH_M = 0.0254
_UNITS_M = {
    "": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0,
    "cm": 0.01, "mm": 0.001, "km": 1000.0, "ft": _FOOT_M, "feet": _FOOT_M,
    "'": _FOOT_M, "in": _INCH_M, '"': _INCH_M,
}  # fmt: skip
_NUMBER = r"(\d+(?:[.,]\d+)?|[.,]\d+)"
_LENGTH = re.compile(rf"[~<>]?\s*{_NUMBER}\s*([a-z]*|'|\")", re.IGNORECASE)
_FEET_AND_INCHES = re.compile(rf"{_NUMBER}\s*'\s*{_NUMBER}\s*\"")
_GRADE = re.compile(rf"([+-]?)\s*{_NUMBER}\s*(%|°|deg)?", re.IGNORECASE)

_KERBS_M = {
    "raised": 0.10, "regular": 0.10, "yes": 0.10, "rolled": 0.05, "lowered": 0.03,
    "flush": 0.0, "no": 0.0,
}  # fmt: skip
"""Height of a kerb by its kind; the wiki gives 3 cm for lowered, more for raised."""

BLOCKING_BARRIERS = frozenset({
    "stile", "turnstile", "full-height_turnstile", "kissing_gate", "cycle_barrier",
    "horse_stile", "motorcycle_barrier", "hampshire_gate", "log", "debris", "rope",
    "chain", "jersey_barrier", "wall", "fence", "hedge", "ditch", "step", "tank_trap",
})  # fmt: skip
"""Barriers that a pedestrian passes and a robot does not."""

_LOCKABLE = frozenset({"gate", "wicket_gate", "sliding_gate", "swing_gate", "door"})


def parse_length_m(text: str) -> float:
    """
    Read a length such as ``2.5``, ``2,5 m``, ``250 cm``, ``8'`` or ``8'6"``.

    Of several values (``2-3``, ``2;3``) the least counts.

    Returns
    -------
    float
        Metres, or NaN where the text says none.
    """
    feet = _FEET_AND_INCHES.fullmatch(text.strip())
    if feet:
        return _number(feet[1]) * _FOOT_M + _number(feet[2]) * _INCH_M
    return min(map(_one_length_m, re.split(r"[;-]", text)), default=math.nan)


def parse_incline(text: str) -> float:
    """
    Read a grade such as ``5%``, ``-5 %`` or ``3°``; a bare number is a percentage.

    Returns
    -------
    float
        Rise over run along the way, or NaN where unknown, as with ``up``.
    """
    found = _GRADE.fullmatch(text.strip())
    if not found:
        return math.nan
    sign = -1.0 if found[1] == "-" else 1.0
    size = _number(found[2])
    if found[3] in {None, "%"}:
        return sign * size / 100
    return sign * math.tan(math.radians(size)) if size < 90 else math.nan


def parse_oneway(tags: Mapping[str, str]) -> int:
    """Direction for vehicles: 1 along the way, -1 against it, 0 both."""
    value = tags.get("oneway", "")
    if value in {"-1", "reverse"}:
        return -1
    implied = value == "" and tags.get("junction") == "roundabout"
    return int(implied or value in {"yes", "true", "1", "True"})


def kerb_height_m(tags: Mapping[str, str]) -> float:
    """Height of the kerb at a node, in metres; NaN where there is none or unknown."""
    height_m = parse_length_m(tags.get("kerb:height", tags.get("height", "")))
    is_kerb = tags.get("barrier") == "kerb" or "kerb" in tags
    if is_kerb and not math.isnan(height_m):
        return height_m
    return _KERBS_M.get(tags.get("kerb", ""), math.nan)


def blocking_barrier(tags: Mapping[str, str]) -> str:
    """Kind of the barrier at a node if it may stop a robot, else empty."""
    kind = tags.get("barrier", "")
    if kind in BLOCKING_BARRIERS:
        return kind
    shut = tags.get("locked") == "yes" or (
        tags.get("access") in {"no", "private"} and tags.get("foot") != "yes"
    )
    return kind if shut and kind in _LOCKABLE else ""


def opening_m(tags: Mapping[str, str]) -> float:
    """Free width at a barrier such as a bollard, in metres; NaN where unknown."""
    text = tags.get("maxwidth:physical", tags.get("maxwidth", tags.get("opening", "")))
    return parse_length_m(text) if "barrier" in tags else math.nan


def _one_length_m(text: str) -> float:
    found = _LENGTH.fullmatch(text.strip())
    unit_m = _UNITS_M.get(found[2].lower()) if found else None
    return _number(found[1]) * unit_m if found and unit_m else math.nan


def _number(text: str) -> float:
    return float(text.replace(",", "."))
