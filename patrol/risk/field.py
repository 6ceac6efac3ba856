"""The risk of every street in every hour of the week, kept factored."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from maps.graph import StreetGraph
from patrol.errors import RiskError
from patrol.risk.bands import band, chance_above
from patrol.risk.field_check import check_field
from patrol.risk.hours import HOURS_OF_WEEK as HOURS_OF_WEEK
from patrol.risk.hours import factor_slots, hours_of_week, zone_of
from patrol.risk.night import Night

BASE = "base"
"""Name of the share that lies on all streets, of which darkness moves some."""


@dataclass(frozen=True)
class RiskField:
    """
    Expected reported incidents per km per hour on ``m`` streets.

    The rate of street ``s`` in hour-of-week ``h`` is
    ``profile[h] * sum(share[s] for share in shares.values())``, but that the share
    ``base`` is more or less in the dark where ``night`` says so; nothing of the size of
    streets times hours is ever made. Arrays are read-only.

    Attributes
    ----------
    graph_digest
        Digest of the graph it belongs to.
    shares
        Named parts of the rate of each street, each of shape ``(m,)``, not
        negative, in incidents per km per hour averaged over the week. Their sum is
        the rate, exactly.
    profile
        Factor of each hour of the week, shape ``(168,)``, mean 1.
    concern
        Darkness and concern from 0 (none) to 1, shape ``(m,)``: its own layer, no
        part of the rate.
    weights
        Every named weight that made it.
    synthetic
        Whether the incidents behind it were drawn by a simulator.
    time_zone
        IANA name of the zone whose local time the profile is in.
    num_incidents, num_outside
        Reported incidents that it was fitted to, and those left out because they
        lie beside no street.
    shape
        Shape of the gamma distribution in which the true rate of each street lies
        about the expected one (`bands`), above 0, shape ``(m,)``.
    night
        What darkness does to the share ``base``; None where nothing is known of it.
    reporting
        Part of what happens that is reported, by which the rate of each street was
        divided (`reporting`), shape ``(m,)``; None where it is not known.

    Raises
    ------
    RiskError
        If the values contradict each other or what is said above.
    """

    graph_digest: str
    shares: Mapping[str, NDArray[np.float64]]
    profile: NDArray[np.float64]
    concern: NDArray[np.float64]
    weights: Mapping[str, float]
    synthetic: bool
    time_zone: str
    shape: NDArray[np.float64]
    num_incidents: int = 0
    num_outside: int = 0
    night: Night | None = None
    reporting: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        check_field(self)
        zone_of(self.time_zone)
        for array in self._arrays:
            array.flags.writeable = False

    @property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        night = () if self.night is None else (self.night.dark, self.night.times)
        reporting = () if self.reporting is None else (self.reporting,)
        own = (self.profile, self.concern, self.shape)
        return (*self.shares.values(), *own, *night, *reporting)

    @property
    def num_edges(self) -> int:
        """Number of streets, ``m``."""
        return len(self.concern)

    @cached_property
    def rate_per_km_h(self) -> NDArray[np.float64]:
        """Incidents per km per hour, averaged over the week, shape ``(m,)``."""
        rate = reduce(np.add, self.shares.values(), np.zeros(self.num_edges))
        rate.flags.writeable = False
        return rate

    @cached_property
    def digest(self) -> str:
        """Name of this very field: SHA-256 of all it holds, 64 hex digits."""
        facts = [
            self.graph_digest,
            list(self.shares),
            sorted(self.weights.items()),
            self.synthetic,
            self.time_zone,
            self.num_incidents,
            self.num_outside,
        ]
        sha = hashlib.sha256(json.dumps(facts).encode())
        for array in self._arrays:
            sha.update(array.astype("<f8").tobytes())
        return sha.hexdigest()

    def hours_of_week(self, start: datetime, duration_s: float) -> NDArray[np.float64]:
        """
        Hours that a shift spends in each hour of the week, shape ``(168,)``.

        Raises
        ------
        RiskError
            If ``start`` has no time zone or the duration is negative.
        """
        return hours_of_week(start, duration_s, time_zone=self.time_zone)

    def factor_slots(
        self, start: datetime, duration_s: float
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """
        Cut a shift where the factor of the hour changes.

        Returns
        -------
        tuple
            Seconds after the start at which it changes, from 0 to the duration, and
            the factor in between, one less.

        Raises
        ------
        RiskError
            If ``start`` has no time zone or the duration is not above 0.
        """
        return factor_slots(start, duration_s, self.profile, time_zone=self.time_zone)

    def factor(self, hours: NDArray[np.float64]) -> float:
        """
        Mean of the profile over some hours; 1 is an average week.

        Parameters
        ----------
        hours
            Time spent in each hour of the week, shape ``(168,)``, as `hours_of_week`
            gives it.

        Raises
        ------
        RiskError
            If the shape is another, a time is negative, or all are 0.
        """
        times = np.asarray(hours, dtype=np.float64)
        if times.shape != (HOURS_OF_WEEK,) or not (times >= 0).all() or not times.any():
            raise RiskError(
                f"hours of shape {times.shape} that sum to {times.sum()}: expected "
                f"({HOURS_OF_WEEK},) hours, none negative and not all 0"
            )
        return float(np.average(self.profile, weights=times))

    def expected_per_h(
        self, graph: StreetGraph, hours: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """
        Incidents to expect per hour on each whole street during some hours.

        Parameters
        ----------
        graph
            The streets.
        hours
            Time spent in each hour of the week, shape ``(168,)``.

        Returns
        -------
        numpy.ndarray
            Shape ``(m,)``; times the duration in hours it is the number to expect.

        Raises
        ------
        RiskError
            If the graph is another one, or ``hours`` is not as it must be.
        """
        self.check_graph(graph)
        return self.rate_during(hours) * graph.edge_length_m / 1000

    def shares_during(
        self, hours: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """
        Give the named shares during some hours, shape ``(m,)`` each.

        Parameters
        ----------
        hours
            Time spent in each hour of the week, shape ``(168,)``.

        Raises
        ------
        RiskError
            If ``hours`` is not as it must be.
        """
        factor = self.factor(hours)
        found = {name: share * factor for name, share in self.shares.items()}
        if self.night is not None and BASE in found:
            times = self.night.base_factor(self.profile, hours)
            found[BASE] = self.shares[BASE] * times
        return found

    def rate_during(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of `shares_during`: incidents per km per hour, shape ``(m,)``."""
        return reduce(np.add, self.shares_during(hours).values())

    def band(self, share: float = 0.8) -> tuple[NDArray[np.float64], ...]:
        """
        Give the least and the most that the true rate of each street may well be.

        Parameters
        ----------
        share
            Chance that it lies between the two, as much off each end.

        Returns
        -------
        tuple
            Incidents per km per hour, averaged over the week, shape ``(m,)`` each.

        Raises
        ------
        RiskError
            If the share is not between 0 and 1.
        """
        return band(self.rate_per_km_h, self.shape, share=share)

    def chance_in_top(
        self, graph: StreetGraph, part: float = 0.05
    ) -> NDArray[np.float64]:
        """
        Give the chance that each street belongs to the riskiest part of the length.

        Parameters
        ----------
        graph
            The streets.
        part
            Part of the network's length, between 0 and 1.

        Returns
        -------
        numpy.ndarray
            Chance that the true rate is above the expected rate at which that part
            ends, shape ``(m,)``.

        Raises
        ------
        RiskError
            If the graph is another one.
        """
        self.check_graph(graph)
        order = np.argsort(-self.rate_per_km_h, kind="stable")
        above_m = np.cumsum(graph.edge_length_m[order])
        last = int(np.searchsorted(above_m, part * above_m[-1]))
        limit = float(self.rate_per_km_h[order[min(last, len(order) - 1)]])
        return chance_above(self.rate_per_km_h, self.shape, limit=limit)

    def explain(self, street: int) -> dict[str, float]:
        """
        Take the rate of one street apart.

        Returns
        -------
        dict
            Each named share in incidents per km per hour; added up in this order
            they are the street's rate, exactly.

        Raises
        ------
        RiskError
            If there is no such street.
        """
        if not 0 <= street < self.num_edges:
            raise RiskError(
                f"there is no street {street}: streets are numbered from 0 to "
                f"{self.num_edges - 1}"
            )
        return {name: float(share[street]) for name, share in self.shares.items()}

    def check_graph(self, graph: StreetGraph) -> None:
        """
        Make sure that this is the risk of a graph.

        Raises
        ------
        RiskError
            If it is the risk of another one.
        """
        if self.graph_digest != graph.digest:
            raise RiskError(
                f"the risk is of map {self.graph_digest[:12]}, not of map "
                f"{graph.digest[:12]}: fit it for this map with `patrol risk fit`, or "
                f"use the map it was made for"
            )
