"""What a plan collects, as a part of its file."""

from math import inf
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from patrol.planning.prizes import Stop, Takings, Terms, Window

_Number = Annotated[int, Field(ge=0, lt=2**63)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    """A part of the file: nothing missing, nothing unknown, no type guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Stop(_Part):
    node: _Number
    dwell_s: _Finite
    per_h: _Finite
    must: bool
    open_s: _Finite
    close_s: _Finite | None  # JSON knows no infinity


class _Window(_Part):
    street: _Number
    open_s: _Finite
    close_s: _Finite


class _Terms(_Part):
    slot_s: list[_Finite]
    factor: list[_Finite]
    stops: list[_Stop]
    windows: list[_Window]
    crossing_s: _Finite
    u_turn_s: _Finite


class RawTakings(_Part):
    """Takings as they stand in a file."""

    covered_per_h: _Finite
    all_per_h: _Finite
    bound_per_h: _Finite
    bound_kind: str
    served_m: _Finite
    terms: _Terms


def takings_document(takings: Takings | None) -> dict[str, object] | None:
    """Write takings as what JSON knows."""
    if takings is None:
        return None
    terms = takings.terms
    stops = [
        vars(stop) | {"close_s": None if stop.close_s == inf else stop.close_s}
        for stop in terms.stops
    ]
    windows = [vars(window) for window in terms.windows]
    document = vars(terms) | {"stops": stops, "windows": windows}
    return vars(takings) | {"terms": document}


def takings_of(raw: RawTakings | None) -> Takings | None:
    """
    Read takings.

    Raises
    ------
    PlanError
        If a value is impossible.
    """
    if raw is None:
        return None
    terms = raw.terms
    stops = [stop.model_dump() for stop in terms.stops]
    for stop in stops:
        stop["close_s"] = inf if stop["close_s"] is None else stop["close_s"]
    return Takings(
        **raw.model_dump(exclude={"terms"}),
        terms=Terms(
            slot_s=tuple(terms.slot_s),
            factor=tuple(terms.factor),
            stops=tuple(Stop(**stop) for stop in stops),
            windows=tuple(Window(**window.model_dump()) for window in terms.windows),
            crossing_s=terms.crossing_s,
            u_turn_s=terms.u_turn_s,
        ),
    )
