"""What a risk field must be like, checked when it is made."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError
from patrol.risk.hours import HOURS_OF_WEEK

if TYPE_CHECKING:
    from patrol.risk.field import RiskField

_MEAN_TOLERANCE = 1e-9


def check_field(field: "RiskField") -> None:
    """
    Make sure that the values of a field fit each other.

    Raises
    ------
    RiskError
        If they contradict each other, or one is outside its range.
    """
    _check_concern(field)
    _check_shares(field)
    _check_profile(field.profile)
    _check_shape(field)
    _check_night(field)


def _check_shares(field: "RiskField") -> None:
    if not field.shares:
        raise RiskError("a risk of no shares: it must have at least one, such as base")
    for name, share in field.shares.items():
        if share.shape != field.concern.shape:
            raise RiskError(
                f"share {name!r} has shape {share.shape}, the concern "
                f"{field.concern.shape}: both must have one value a street"
            )
        _refuse(
            ~(np.isfinite(share) & (share >= 0)),
            share,
            of=f"share {name!r} of street",
            allowed="0 or more",
        )


def _check_shape(field: "RiskField") -> None:
    if field.shape.shape != field.concern.shape:
        raise RiskError(
            f"shape has shape {field.shape.shape}, the concern {field.concern.shape}: "
            f"both must have one value a street"
        )
    _refuse(
        ~(np.isfinite(field.shape) & (field.shape > 0)),
        field.shape,
        of="gamma shape of street",
        allowed="above 0",
    )


def _check_night(field: "RiskField") -> None:
    whole = np.ones(field.num_edges)
    times = whole if field.night is None else field.night.times
    reporting = whole if field.reporting is None else field.reporting
    if not times.shape == reporting.shape == field.concern.shape:
        raise RiskError(
            f"darkness has shape {times.shape}, reporting {reporting.shape}, the "
            f"concern {field.concern.shape}: all must have one value a street"
        )
    _refuse(
        ~((reporting > 0) & (reporting <= 1)),
        reporting,
        of="reporting rate of street",
        allowed="above 0 and at most 1",
    )


def _check_concern(field: "RiskField") -> None:
    if field.concern.ndim != 1 or len(field.concern) == 0:
        raise RiskError(
            f"a concern of shape {field.concern.shape}: it must have one value a street"
        )
    _refuse(
        ~((field.concern >= 0) & (field.concern <= 1)),
        field.concern,
        of="concern of street",
        allowed="from 0 to 1",
    )


def _check_profile(profile: NDArray[np.float64]) -> None:
    if profile.shape != (HOURS_OF_WEEK,):
        raise RiskError(
            f"a profile of shape {profile.shape}: it must have {HOURS_OF_WEEK} hours"
        )
    _refuse(
        ~(np.isfinite(profile) & (profile >= 0)),
        profile,
        of="profile in hour of the week",
        allowed="0 or more",
    )
    if abs(profile.mean() - 1) > _MEAN_TOLERANCE:
        raise RiskError(f"a profile of mean {profile.mean()}: its mean must be 1")


def _refuse(
    bad: NDArray[np.bool_], values: NDArray[np.float64], *, of: str, allowed: str
) -> None:
    if bad.any():
        first = int(bad.argmax())
        raise RiskError(
            f"the {of} {first} is {values[first]}: it must be {allowed} "
            f"({int(bad.sum())} such of {len(values)})"
        )
