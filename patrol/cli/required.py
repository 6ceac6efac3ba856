"""Which streets must be served: those named, the first by priority, or the risky."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.street_list import NamedStreets
from maps.traverse import Exclusion
from patrol.cli.options import TOP_SHARE
from patrol.errors import PlanError
from patrol.planning.robots import PatrolRobot, drivable_by_any
from patrol.risk.field import RiskField
from patrol.risk.priority import choose_required, choose_risky, street_priority

_SHOWN = 10  # streets in a message


@dataclass(frozen=True)
class Required:
    """
    What an operator says of the streets that must be served; at most one of three.

    Attributes
    ----------
    named
        Streets named in a file.
    top_share
        Share of the drivable length to serve, the first by priority.
    min_risk
        Least risk, in incidents per km per hour.
    skip
        Whether named streets that cannot be served are left out, instead of refused.

    Raises
    ------
    PlanError
        If more than one is given, or there is nothing to leave out.
    """

    named: NamedStreets | None = None
    top_share: float | None = None
    min_risk: float | None = None
    skip: bool = False

    def __post_init__(self) -> None:
        options = {
            "--required": self.named,
            "--top-share": self.top_share,
            "--min-risk": self.min_risk,
        }
        used = [name for name, value in options.items() if value is not None]
        if len(used) > 1:
            raise PlanError(
                f"{' and '.join(used)} are given: say in one way only which streets "
                f"must be served"
            )
        if self.skip and self.named is None:
            raise PlanError(
                "--skip-undrivable is given without --required: there is nothing to "
                "leave out, as only drivable streets are chosen"
            )

    @property
    def weights(self) -> Mapping[str, float]:
        """What the plan is to say of the choice."""
        if self.named is not None:
            return {"named_streets": float(len(self.named.streets))}
        if self.min_risk is not None:
            return {"min_risk_per_km_h": self.min_risk}
        return {"top_share": self._share}

    def choose(
        self,
        graph: StreetGraph,
        fleet: Sequence[PatrolRobot],
        risk: RiskField,
        risk_per_h: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """
        Choose the streets that must be served.

        Parameters
        ----------
        graph, fleet
            Streets, and the robots: what some of them can drive is served.
        risk
            Risk, which sets the priority.
        risk_per_h
            Expected incidents per hour on each street during the shift, ``(m,)``.

        Returns
        -------
        numpy.ndarray
            Street numbers, ascending.

        Raises
        ------
        RiskError
            If the share or the least risk is out of range or chooses nothing.
        PlanError
            If named streets cannot be served and may not be left out.
        """
        drivable = drivable_by_any(fleet)
        if self.min_risk is not None:
            return choose_risky(graph, drivable, risk_per_h, min_risk=self.min_risk)
        if self.named is None:
            priority = street_priority(risk)
            return choose_required(graph, drivable, priority, share=self._share)
        self._check_named(fleet)
        return self.named.streets[drivable[self.named.streets]]

    def left_out(self, fleet: Sequence[PatrolRobot]) -> tuple[str, ...]:
        """Name the streets of the file that cannot be served, each with the reason."""
        if self.named is None:
            return ()
        reasons = fleet[0].traversal.exclusion[self.named.streets]
        lost = np.flatnonzero(~drivable_by_any(fleet)[self.named.streets])
        return (
            *(
                f"street {self.named.streets[k]} "
                f"({Exclusion(int(reasons[k])).name.lower().replace('_', ' ')})"
                for k in lost.tolist()
            ),
            *(f"{text}, not on the map" for text in self.named.unknown),
        )

    @property
    def _share(self) -> float:
        return TOP_SHARE if self.top_share is None else self.top_share

    def _check_named(self, fleet: Sequence[PatrolRobot]) -> None:
        lost, named = self.left_out(fleet), self.named
        if named is None:
            return
        if self.skip and drivable_by_any(fleet)[named.streets].any():
            return
        asked = len(named.streets) + len(named.unknown)
        if not asked:
            raise PlanError(
                "the drawn lines and areas of --required hold no street: draw along "
                "streets, or round them"
            )
        if lost:
            more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
            raise PlanError(
                f"{len(lost)} of {asked} required streets cannot be served: "
                f"{', '.join(lost[:_SHOWN])}{more}; take them out, change the robot or "
                f"the keep-out, or leave them out by --skip-undrivable"
            )
