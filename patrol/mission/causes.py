"""Why things happen in a night: a cause and its values, told in a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Cause(StrEnum):
    """
    Why an event came about.

    The record keeps the cause and its values beside the English sentence, so that
    a report can tell it in another language.
    """

    TRIP = "trip"
    BEFORE_TRIP = "before trip"
    WATCHED = "watched"
    NO_REPORT = "no report"
    HELD_ITSELF = "held itself"
    ESTOPPED = "e-stopped"
    GO_AHEAD = "go-ahead"
    BATTERY_LIES = "battery lies"
    PLACE_UNSURE = "place unsure"
    WRONG_STREET = "wrong street"
    PAUSED = "paused"
    SENT_HOME = "sent home"
    UNSURE_TOO_LONG = "unsure too long"
    NEVER_FREE = "never free"
    DRIVEN = "driven"
    BYTES_DAMAGED = "bytes damaged"
    LINE_CUT = "line cut"
    PUT_IN = "put in"
    NEVER_ANSWERS = "never answers"
    ESTOP_TOO_LONG = "e-stop too long"
    DOES_NOT_CHARGE = "does not charge"
    OFF_THE_PATH = "off the path"
    STUCK = "stuck"
    DOES_NOT_ARM = "does not arm"
    DOES_NOT_DISARM = "does not disarm"
    LINK_FAILED = "link failed"
    OPERATOR = "operator"


_WHERE = "at {along_m:,.0f} of {length_m:,.0f} m of its route"

ENGLISH: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.TRIP: "trip {trip} of {trips}",
        Cause.BEFORE_TRIP: "before trip {trip}",
        Cause.WATCHED: "stop {stop}, for {for_s:.0f} s",
        Cause.NO_REPORT: "no report for {for_s:.1f} s",
        Cause.HELD_ITSELF: f"the robot held itself, {_WHERE}",
        Cause.ESTOPPED: _WHERE,
        Cause.GO_AHEAD: f"a person lets the robot go on, {_WHERE}",
        Cause.BATTERY_LIES: (
            f"the battery rose from {{least:.0%}} to {{battery:.0%}} without a "
            f"charger, {_WHERE}: its gauge cannot be believed, check it"
        ),
        Cause.PLACE_UNSURE: (
            f"place known to {{far_m:.1f}} m, the street leaves {{room_m:.1f}} m, "
            f"{_WHERE}"
        ),
        Cause.WRONG_STREET: f"on street {{street}} instead of the plan's, {_WHERE}",
        Cause.PAUSED: f"by the operator, {_WHERE}",
        Cause.SENT_HOME: (
            f"sent by the operator, {{home_m:,.0f}} m to its dock, {_WHERE}"
        ),
        Cause.UNSURE_TOO_LONG: (
            f"unsure of its place for {{for_s:.0f}} s, {_WHERE}: check its receiver "
            f"and the base station"
        ),
        Cause.NEVER_FREE: f"no way across the road for {{for_s:.0f}} s, {_WHERE}",
        Cause.DRIVEN: "{driven_m:,.0f} m driven",
        Cause.BYTES_DAMAGED: "{share:.0%} of the bytes damaged for {for_s:g} s",
        Cause.LINE_CUT: "no byte for {for_s:g} s",
        Cause.PUT_IN: "{what} for {for_s:g} s",
        Cause.NEVER_ANSWERS: (
            f"a robot that never answers: no report for {{for_s:.0f}} s, {_WHERE}; "
            f"check its power and the link"
        ),
        Cause.ESTOP_TOO_LONG: f"in emergency stop for {{for_s:.0f}} s, {_WHERE}",
        Cause.DOES_NOT_CHARGE: (
            "battery at {battery:.0%} after {for_s:.0f} s at the dock, trip {trip} "
            "needs {needed:.0%}: check the charger"
        ),
        Cause.OFF_THE_PATH: (
            f"{{off_m:.1f}} m off the planned path, more than {{limit_m:g}} m, {_WHERE}"
        ),
        Cause.STUCK: (
            f"told to drive, yet it did not get on for {{for_s:.0f}} s, battery at "
            f"{{battery:.0%}}, {_WHERE}"
        ),
        Cause.DOES_NOT_ARM: (
            f"the robot does not arm: {{state}} {{for_s:.0f}} s after the first ARM, "
            f"{_WHERE}"
        ),
        Cause.DOES_NOT_DISARM: ("at the dock, yet {state} {for_s:.0f} s after DISARM"),
        Cause.LINK_FAILED: "the link failed: {error}",
        Cause.OPERATOR: "stopped by the operator",
    }
)
"""Sentence of each cause, with gaps for its values."""


def tell(cause: Cause, values: Mapping[str, float | str]) -> str:
    """
    Say in English why an event came about.

    Raises
    ------
    KeyError
        If a value of the sentence is not given.
    """
    return ENGLISH[cause].format(**values)
