"""Every number of the risk model that a person may want to turn, by name."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from patrol.errors import RiskError


def _weight(default: float, *, least: float, most: float) -> float:
    return field(default=default, metadata={"least": least, "most": most})


def _beta(mean: float, *, sd: float) -> float:
    """Effect of a factor: the mean and the spread of what studies say of it."""
    return field(default=mean, metadata={"least": -2.0, "most": 2.0, "sd": sd})


@dataclass(frozen=True)
class RiskWeights:
    """
    Named weights of the risk model; each has a default and a range.

    In files, plans and messages a weight is called by section and name, such as
    ``history.half_life_days``. The parts of the rate share it between them:
    ``base.weight`` is what history, spill and near leave.

    Attributes
    ----------
    history_half_life_days
        Time after which a past incident counts half. The default, a decay over two
        years, forecast Chicago's assaults of 2018-19 best.
    history_weight
        Share of the rate that lies where incidents were. An expectation-maximisation
        fit to Toronto's incidents of 2018 gave 0.81; a little less is prudent for a
        shorter record.
    history_node_reach_m
        An incident whose nearest street ends within this distance happened at the
        crossing as far as anyone knows: police publish points moved to crossings.
    spill_weight, spill_sd_m
        Share of the rate that lies along the streets beside past incidents, and the
        standard deviation of its spread. Given a year of incidents, less is better;
        a shorter record needs it.
    near_weight, near_distance_m, near_days
        Share that lies near the last incidents: within this distance and time of them
        (Johnson and others 2007). Toronto's burglaries repeat so, 20 to 40 % more often
        than chance; it hardly moves a forecast of two weeks.
    profile_smooth_h
        Standard deviation of the smoothing of the weekly profile.
    profile_prior_incidents
        Number of incidents at which the profile is as much evidence as prior (flat).
    concern_weight
        Share of the concern layer in the choice of streets; never part of the rate.
    concern_unlit
        Concern where the map says that there is no light.
    concern_few_lamps
        Concern where neither tag nor lamps speak of light, in a map that has lamps.
    concern_lit_unset
        The same in a map without lamps, where silence says less.
    concern_alley
        Concern of an alley or a path without traffic.
    concern_watched
        What a camera or an emergency bell within reach takes off.
    concern_reports
        Concern of a street that enough residents have reported.
    concern_enough_devices
        Devices of residents that are enough; see `patrol.risk.resident_reports`.
    concern_lamp_reach_m, concern_watch_reach_m
        Farthest distance of a lamp from the street it lights; of a camera or bell.
    concern_lamps_per_100m
        Lamps on 100 m of a street that is fully lit.

    beta_unlit, beta_cctv, beta_bars, beta_cul_de_sac, beta_major_road
        Effect of each of the `factors` on the base rate: the logarithm of what it
        multiplies the rate by. The defaults are what studies of other cities suggest
        (`docs/reference/risk.md`), and the middle of the prior where they are fitted.
    beta_narrow, beta_bell, beta_police
        The same for factors of which no study gives a size at street level: 0.

    pinned
        Public names of the weights that were given by name: a fit leaves them alone.

    Notes
    -----
    No study gives the size of the concern weights: they were chosen, not fitted, so
    that an unlit alley comes to 1 and a lit street to 0.

    Raises
    ------
    RiskError
        If a weight is outside its range.
    """

    history_half_life_days: float = _weight(500.0, least=1, most=36_500)
    history_weight: float = _weight(0.75, least=0, most=1)
    history_node_reach_m: float = _weight(20.0, least=0, most=100)
    spill_weight: float = _weight(0.05, least=0, most=1)
    spill_sd_m: float = _weight(50.0, least=5, most=500)
    near_weight: float = _weight(0.03, least=0, most=1)
    near_distance_m: float = _weight(200.0, least=10, most=1000)
    near_days: float = _weight(14.0, least=1, most=90)
    profile_smooth_h: float = _weight(1.0, least=0.1, most=12)
    profile_prior_incidents: float = _weight(500.0, least=1, most=1e6)
    concern_weight: float = _weight(0.2, least=0, most=1)
    concern_unlit: float = _weight(0.6, least=0, most=1)
    concern_few_lamps: float = _weight(0.5, least=0, most=1)
    concern_lit_unset: float = _weight(0.35, least=0, most=1)
    concern_alley: float = _weight(0.4, least=0, most=1)
    concern_watched: float = _weight(0.1, least=0, most=1)
    concern_reports: float = _weight(0.3, least=0, most=1)
    concern_enough_devices: float = _weight(10.0, least=3, most=1000)
    concern_lamp_reach_m: float = _weight(20.0, least=1, most=100)
    concern_watch_reach_m: float = _weight(50.0, least=1, most=200)
    concern_lamps_per_100m: float = _weight(3.0, least=0.1, most=20)

    beta_unlit: float = _beta(0.15, sd=0.25)
    beta_cctv: float = _beta(-0.12, sd=0.15)
    beta_bars: float = _beta(0.2, sd=0.2)
    beta_cul_de_sac: float = _beta(-0.2, sd=0.2)
    beta_major_road: float = _beta(0.2, sd=0.2)
    beta_narrow: float = _beta(0.0, sd=0.2)
    beta_bell: float = _beta(0.0, sd=0.2)
    beta_police: float = _beta(0.0, sd=0.2)
    pinned: frozenset[str] = field(default=frozenset(), compare=False)

    def __post_init__(self) -> None:
        for weight in _KNOWN:
            value = getattr(self, weight.name)
            least, most = weight.metadata["least"], weight.metadata["most"]
            if not _is_number(value) or not least <= value <= most:
                raise RiskError(
                    f"weight {_public(weight.name)} is {value!r}: it must be a number "
                    f"from {least} to {most}, the default is {weight.default}"
                )
            object.__setattr__(self, weight.name, float(value))

    @property
    def parts(self) -> dict[str, float]:
        """
        Share of each part in the rate by its name; they sum to 1.

        Where history, spill and near ask for more than 1 together, each has its share
        of that, and nothing is left for base.
        """
        asked = {
            "history": self.history_weight,
            "spill": self.spill_weight,
            "near": self.near_weight,
        }
        whole = max(1.0, sum(asked.values()))
        given = {name: weight / whole for name, weight in asked.items()}
        return given | {"base": max(0.0, 1.0 - sum(given.values()))}

    @property
    def base_weight(self) -> float:
        """Share of the rate that is spread over all streets by length."""
        return self.parts["base"]

    def as_mapping(self) -> dict[str, float]:
        """Give every weight by its public name, ``base.weight`` included, sorted."""
        own = {_public(weight.name): getattr(self, weight.name) for weight in _KNOWN}
        return dict(sorted((own | {"base.weight": self.base_weight}).items()))

    @property
    def betas(self) -> dict[str, float]:
        """Give the effect of each factor by the factor's name."""
        return {name: getattr(self, f"beta_{name}") for name in BETA_PRIORS}

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "RiskWeights":
        """
        Make weights from public names; what is not named keeps its default.

        Raises
        ------
        RiskError
            If a name is unknown or a value is outside its range.
        """
        known = {_public(weight.name): weight.name for weight in _KNOWN}
        for name in values:
            if name not in known:
                raise RiskError(
                    f"there is no weight {name!r}: the weights are "
                    f"{', '.join(sorted(known))} (base.weight is what history, "
                    f"spill and near leave of 1)"
                )
        # A value that is no number is refused by name when the weights are made.
        chosen: dict[str, Any] = {known[name]: value for name, value in values.items()}
        return cls(**chosen, pinned=frozenset(values))


_KNOWN = tuple(one for one in fields(RiskWeights) if "least" in one.metadata)

BETA_PRIORS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        weight.name.removeprefix("beta_"): (
            float(str(weight.default)),
            weight.metadata["sd"],
        )
        for weight in _KNOWN
        if "sd" in weight.metadata
    }
)
"""Mean and standard deviation of the prior of each factor's effect."""


def load_weights(path: Path) -> RiskWeights:
    """
    Read a ``weights.toml``, with a table for each section.

    Raises
    ------
    RiskError
        If the file cannot be read, is no TOML, names something unknown, or gives a
        value outside its range.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise RiskError(f"cannot read weights {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RiskError(f"weights {path} are no TOML: {error}") from error
    try:
        return RiskWeights.from_mapping(_flat(tables))
    except RiskError as error:
        raise RiskError(f"weights {path}: {error}") from error


def _flat(tables: Mapping[str, Any]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for section, content in tables.items():
        if isinstance(content, Mapping):
            flat |= {f"{section}.{name}": value for name, value in content.items()}
        else:
            flat[section] = content
    return flat


def _public(attribute: str) -> str:
    return attribute.replace("_", ".", 1)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)
