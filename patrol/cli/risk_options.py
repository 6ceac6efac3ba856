"""Options that the commands of ``patrol risk`` share, each written once."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from patrol.cli.options import Seed

if TYPE_CHECKING:
    from patrol.cli.risk_steps import RiskSource

TimeZone = Annotated[str, typer.Option(help="Zone of the city: Asia/Seoul.")]
Learned = Annotated[
    bool, typer.Option("--learned", help="Learn the parts' weights from the past.")
]
WeightsFile = Annotated[
    Path | None, typer.Option(metavar="TOML", help="Named weights of your own.")
]
WindowDays = Annotated[float, typer.Option(help="Days of a window.")]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log",
        help="Log of runs to add a line to; else runs.jsonl beside what is written.",
    ),
]


@dataclass(frozen=True)
class IncidentOptions:
    """
    The options that say where incidents come from.

    Attributes
    ----------
    incidents
        CSV file of incidents.
    column
        Its columns with other names, as ``lat=Y``.
    keep_repeats
        Whether rows that are the same in every column count each.
    synthetic
        Draw synthetic incidents.
    seed
        Seed of the drawing, and of whatever the command does.
    """

    incidents: Annotated[
        Path | None, typer.Option(help="CSV with a time, lon and lat in each row.")
    ] = None
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=HEADER",
            help="Column of time, end (of a span), lat, lon, kind or origin, if it has "
            "another name; time_format= too. May be given more than once.",
        ),
    ] = None
    keep_repeats: Annotated[
        bool,
        typer.Option("--keep-repeats", help="Count rows the same in every column."),
    ] = False
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Draw SYNTHETIC incidents by the seed.")
    ] = False
    seed: Seed = 0

    @property
    def given(self) -> bool:
        """Whether there are any incidents."""
        return self.incidents is not None or self.synthetic

    def source(self, time_zone: str, **more: Any) -> "RiskSource":
        """
        Make the source of a risk; ``more`` are fields of it.

        Raises
        ------
        RiskError
            If it is none or more than one source.
        """
        from patrol.cli.risk_steps import RiskSource

        return RiskSource(
            time_zone=time_zone,
            incidents=self.incidents,
            columns=tuple(self.column or ()),
            keep_repeats=self.keep_repeats,
            synthetic=self.synthetic,
            seed=self.seed,
            **more,
        )


def takes_incidents(command: Callable[..., None]) -> Callable[..., None]:
    """
    Let a command take `IncidentOptions` as ``record``, each as an option of its own.

    Typer reads the signature that this gives to the command.
    """
    options = inspect.signature(IncidentOptions).parameters
    hints = get_type_hints(IncidentOptions, include_extras=True)
    own = inspect.signature(command).parameters
    added = {
        name: one.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, one in options.items()
    }
    kept = {
        name: one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, one in own.items()
        if name != "record"
    }

    @wraps(command)
    def taking(**given: Any) -> None:
        record = IncidentOptions(**{name: given.pop(name) for name in added})
        command(record=record, **given)

    every = [*kept.values(), *added.values()]
    taking.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    taking.__annotations__ = {one.name: one.annotation for one in every}
    return taking
