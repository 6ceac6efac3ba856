"""The parts of a report around its map: banners, figures and tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from patrol.mission.record import EventKind
from patrol.report.event_texts import event_text
from patrol.report.figures import Limit, NightFigures, RobotFigures
from patrol.report.map_view import reason_text
from patrol.report.markup import Markup, element, joined, table
from patrol.report.night import Night, clock_at
from patrol.report.texts import Language, say
from patrol.robot import KPH, RobotProfile

_EXACT_KM = 0.0005  # half of the last digit that is shown


@dataclass(frozen=True)
class Sections:
    """
    The parts of one report in one language.

    Attributes
    ----------
    night, figures
        What is told, and its figures.
    language
        In which words.
    """

    night: Night
    figures: NightFigures
    language: Language

    def say(self, key: str, **gaps: object) -> str:
        """Give one sentence in the language of the report."""
        return say(self.language, key, **gaps)

    def header(self) -> Markup:
        """Say where, when and by whom."""
        plan = self.night.plan
        start = plan.shift.start
        shift = self.say(
            "shift",
            date=f"{start:%Y-%m-%d}",
            start=f"{start:%H:%M}",
            end=f"{clock_at(plan.shift, plan.shift.duration_s):%H:%M}",
            zone=str(start.tzinfo),
        )
        names = ", ".join(route.robot for route in plan.routes)
        return element(
            "header",
            element("p", self.say("kicker"), class_="kicker"),
            element("h1", self.place),
            element("p", f"{shift} · {self.say('robots_named', names=names)}"),
        )

    @property
    def place(self) -> str:
        """Name of the place for headlines."""
        return self.night.place or self.night.street_map.source or "Patrol"

    def banners(self) -> Markup:
        """Say what must be known before any figure is believed."""
        return joined(list(self._banners()))

    def _banners(self) -> Iterator[Markup]:
        record, violations = self.night.record, self.figures.violations
        if violations:
            head = self.say("banner_violations", count=len(violations))
            items = [element("li", violation) for violation in violations]
            yield element("div", head, element("ul", *items), class_="banner bad")
        if record and not record.complete:
            yield element("p", self.say("banner_incomplete"), class_="banner bad")
        if self.night.risk.synthetic or self.night.plan.synthetic_risk:
            yield element("p", self.say("banner_synthetic"), class_="banner")
        if record is None:
            yield element("p", self.say("banner_not_driven"), class_="banner")
        elif record.simulated:
            yield element("p", self.say("banner_simulated"), class_="banner quiet")
        if not violations:
            yield element("p", self.say("checked"), class_="banner good")

    def lead(self) -> Markup:
        """Say the night in one sentence."""
        figures = self.figures
        driven = figures.driven_km is not None
        sentence = self.say(
            "lead_driven" if driven else "lead_plan",
            robots=len(figures.robots),
            required=km(figures.required_km),
            driven=km(figures.driven_km),
            coverage=percent(figures.coverage_driven if driven else figures.coverage),
        )
        return element("p", sentence, class_="lead")

    def tiles(self) -> Markup:
        """Show the key figures."""
        return element("section", *self._tiles(), class_="tiles")

    def _tiles(self) -> Iterator[Markup]:
        figures, total = self.figures, self.figures.total
        driven = figures.driven_km is not None
        yield self._coverage_tile()
        yield self._tile(
            "length",
            f"{km(figures.length_km)} km",
            deadhead=km(figures.deadhead_km),
            share=percent(_share(figures.deadhead_km, figures.length_km)),
        )
        yield self._tile(
            "gap",
            percent(total.gap),
            bound=km(total.bound_km),
            kind=self.say(f"kind_{total.kind}"),
        )
        yield self._tile(
            "required",
            f"{km(figures.required_km)} km",
            streets=f"{figures.required_streets:,}",
            drivable=km(figures.drivable_km),
        )
        if driven:
            yield from self._driven_tiles()

    def _coverage_tile(self) -> Markup:
        figures = self.figures
        planned = percent(figures.coverage)
        if figures.coverage_driven is None:
            return _tile("coverage", planned, self.say("tile_coverage"), "")
        note = self.say("note_coverage", planned=planned)
        value = percent(figures.coverage_driven)
        return _tile("coverage", value, self.say("tile_coverage_driven"), note)

    def _driven_tiles(self) -> Iterator[Markup]:
        figures = self.figures
        cross = figures.cross_track_p95_m
        yield self._tile("driven", f"{km(figures.driven_km)} km", cross=metres(cross))
        planned = [r.planned_finish for r in figures.robots if r.planned_finish]
        yield self._tile(
            "finish",
            clock(figures.finish),
            planned=clock(max(planned, default=None)),
        )
        yield self._tile(
            "commands",
            count(figures.commands_lost),
            duplicated=count(figures.commands_duplicated),
            sent=count(figures.commands_sent),
        )
        yield self._tile(
            "faults",
            count(figures.faults),
            silences=count(figures.silences),
            rearms=count(figures.rearms),
        )

    def _tile(self, key: str, value: str, **gaps: object) -> Markup:
        return _tile(
            key, value, self.say(f"tile_{key}"), self.say(f"note_{key}", **gaps)
        )

    def robots(self) -> Markup:
        """Set planned against driven, a row a robot."""
        columns = ["robot", "planned", "deadhead", "streets", "finish"]
        if self.night.record:
            columns += ["driven", "finish_driven", "cross", "battery", "link"]
        head = [self.say(f"col_{column}") for column in columns]
        rows = [self._robot_row(robot)[: len(head)] for robot in self.figures.robots]
        return self._section("robots", table(head, rows, class_="figures"))

    def _robot_row(self, robot: RobotFigures) -> list[str]:
        done, streets = robot.served_done, f"{robot.served_streets:,}"
        if done is not None:
            streets = self.say("of", done=f"{done:,}", all=streets)
        link = (robot.commands_sent, robot.commands_lost, robot.commands_duplicated)
        return [
            robot.robot,
            km(robot.planned_km),
            km(robot.deadhead_km),
            streets,
            clock(robot.planned_finish),
            km(robot.driven_km),
            clock(robot.actual_finish),
            f"{metres(robot.cross_track_p95_m)} m",
            percent(robot.battery_end),
            " / ".join(map(count, link)),
        ]

    def bound(self) -> Markup:
        """Say how far the plan is from the best there can be."""
        return self._section(
            "bound",
            self._limit("bound_total", "explain", self.figures.total),
            self._limit("bound_longest", "longest", self.figures.longest),
        )

    def _limit(self, title: str, what: str, limit: Limit) -> Markup:
        first = self.say(f"{what}_{limit.kind}", bound=km(limit.bound_km))
        gaps = {
            "length": km(limit.length_km),
            "gap": percent(limit.gap),
            "slack": km(limit.slack_km),
        }
        key = "none" if limit.slack_km < _EXACT_KM else "gap"
        second = self.say(f"explain_{key}", **gaps)
        if limit.gap is None:
            first, second = self.say("explain_unknown"), ""
        return element(
            "div",
            element("h3", self.say(title)),
            self._bar("bound_limit", limit.bound_km, limit),
            self._bar("bound_plan", limit.length_km, limit),
            element("p", f"{first} {second}".strip()),
            class_="limit",
        )

    def _bar(self, key: str, value_km: float, limit: Limit) -> Markup:
        longest = max(limit.length_km, limit.bound_km) or 1.0
        width = f"{100 * value_km / longest:.1f}%"
        bar = element("rect", width=width, height="100%", class_=key)
        return element(
            "div",
            element("span", self.say(key)),
            element("svg", bar, aria_hidden="true"),
            element("span", f"{km(value_km)} km", class_="number"),
            class_="bar",
        )

    def left_out(self) -> Markup:
        """Say which streets cannot be driven, and why."""
        figures = self.figures
        intro = self.say(
            "left_out_intro",
            streets=f"{figures.streets:,}",
            km=km(figures.street_km),
            drivable=f"{figures.drivable_streets:,}",
            drivable_km=km(figures.drivable_km),
        )
        if not figures.left_out:
            nothing = element("p", self.say("left_out_nothing"))
            return self._section("left_out", element("p", intro), nothing)
        head = [self.say(f"col_{column}") for column in ("reason", "count", "km")]
        rows = [
            [
                reason_text(self.language, item.reason),
                f"{item.streets:,}",
                km(item.length_km),
            ]
            for item in figures.left_out
        ]
        return self._section(
            "left_out", element("p", intro), table(head, rows, class_="figures")
        )

    def events(self) -> Markup:
        """List what happened besides streets served."""
        told = [
            [
                f"{clock_at(self.night.plan.shift, event.time_s):%H:%M:%S}",
                robot,
                event_text(self.language, event),
            ]
            for robot, event in self.night.events
            if event.kind != EventKind.STREET_SERVED
        ]
        if not told:
            return self._section("events", element("p", self.say("events_none")))
        head = [self.say(f"col_{column}") for column in ("time", "robot", "event")]
        return self._section("events", table(head, told))

    def source(self, files: Sequence[Path], version: str) -> Markup:
        """Say where the figures come from, so that they can be made again."""
        facts = [
            element(
                "div", element("dt", self.say(f"source_{key}")), element("dd", value)
            )
            for key, value in self._facts(files, version).items()
            if value
        ]
        notes = self.night.street_map.notes
        noted = [
            element("h3", self.say("notes")),
            element("ul", *(element("li", note) for note in notes)),
        ]
        return self._section(
            "source",
            element("p", self.say("reproduce")),
            element("dl", *facts),
            *(noted if notes else []),
        )

    def _facts(self, files: Sequence[Path], version: str) -> dict[str, str]:
        plan = self.night.plan
        weights = dict(self.night.risk.weights) | dict(plan.weights)
        return {
            "map": self.night.street_map.source,
            "map_digest": plan.graph_digest,
            "risk_digest": plan.risk_digest,
            "plan_digest": plan.digest,
            "seed": str(plan.seed),
            "weights": ", ".join(f"{k} = {v:g}" for k, v in sorted(weights.items())),
            "robot": "; ".join(map(self._kind, plan.profiles)),
            "files": ", ".join(path.name for path in files),
            "version": version,
        }

    def _kind(self, profile: RobotProfile) -> str:
        return self.say(
            "robot_kind",
            name=profile.name,
            width=f"{profile.width_m:g}",
            mass=f"{profile.mass_kg:g}",
            speed=f"{profile.speed_mps / KPH:.3g}",
            hours=f"{profile.battery_s / 3600:.3g}",
        )

    def _section(self, key: str, *children: str) -> Markup:
        title = element("h2", self.say(key), id=f"title-{key}")
        return element("section", title, *children, aria_labelledby=f"title-{key}")


def km(value: float | None) -> str:
    """Write kilometres to 10 m, below 1 km to the metre."""
    if value is None:
        return "-"
    return f"{value:,.3f}" if 0 < value < 1 else f"{value:,.2f}"


def metres(value: float | None) -> str:
    """Write metres to the centimetre."""
    return "-" if value is None else f"{value:.2f}"


def percent(share: float | None) -> str:
    """Write a share as per cent with one decimal; no gap at which a line may break."""
    return "-" if share is None else f"{100 * share:.1f}%"


def count(value: int | None) -> str:
    """Write a number of things."""
    return "-" if value is None else f"{value:,}"


def clock(time: datetime | None) -> str:
    """Write a local time of day."""
    return "-" if time is None else f"{time:%H:%M}"


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _tile(key: str, value: str, title: str, note: str) -> Markup:
    return element(
        "div",
        element("strong", value),
        element("span", title),
        element("small", note),
        class_="tile",
        data_key=key,
    )


def _fact(name: str, value: str) -> Markup:
    return element("div", element("dt", name), element("dd", value))
