"""The map of a report: one drawing of few paths, and the data its script asks."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.traverse import Exclusion
from patrol.mission.record import Event, EventKind, Track
from patrol.planning.plan import Route
from patrol.report.canvas import UNITS_PER_M, Canvas
from patrol.report.event_texts import event_text
from patrol.report.markup import Markup, element
from patrol.report.night import Night, clock_at, deadhead_only, streets_to_serve
from patrol.report.risk_classes import PER_HOURS, RiskClasses, classify
from patrol.report.texts import SENTENCES, Language, say

ROBOT_COLOURS = 6
"""Colours of robots in the style sheet; further robots take them again."""

_MOST_SAMPLES = 24_000  # of all tracks together: 24,000 x 10 bytes are 0.25 MB
_CLOCK_STEP_S = 900
_ONE_PIN_S = 60.0  # events this close together are one story
_EVERYDAY = (EventKind.STREET_SERVED, EventKind.STARTED, EventKind.FINISHED)


@dataclass(frozen=True)
class MapView:
    """
    The map of one night in one language.

    Attributes
    ----------
    night, language
        What is shown, and in which words.
    canvas
        The box that is drawn.
    classes
        Risk classes of the drivable streets.
    """

    night: Night
    language: Language
    canvas: Canvas
    classes: RiskClasses

    @classmethod
    def of(cls, night: Night, language: Language) -> "MapView":
        """Lay out the map of a night."""
        graph = night.street_map.graph
        rate = np.where(night.traversal.drivable, night.rate_per_km_h, 0.0)
        weight = np.where(night.traversal.drivable, graph.edge_length_m, 1e-9)
        return cls(night, language, Canvas.around(graph), classify(rate, weight))

    def drawing(self) -> Markup:
        """Draw the map: an SVG of a few paths, whatever the number of streets."""
        size = self.canvas
        return element(
            "svg",
            *self._street_layers(),
            *self._route_layers(),
            element("g", id="layer-labels"),
            *self._pins(),
            element("g", element("path"), element("text"), id="scale"),
            id="map",
            viewBox=f"0 0 {size.width} {size.height}",
            tabindex="0",
            role="img",
            aria_label=say(self.language, "map_label"),
        )

    def data(self) -> dict[str, object]:
        """Give what the script needs besides the drawing, ready for JSON."""
        night, graph = self.night, self.night.street_map.graph
        names, name_of = np.unique(graph.tags.name.astype(str), return_inverse=True)
        return {
            "size": [self.canvas.width, self.canvas.height],
            "unitsPerM": UNITS_PER_M,
            "colours": ROBOT_COLOURS,
            "paths": {key: ids.tolist() for key, ids in self._groups().items()},
            "names": names.tolist(),
            "nameOf": name_of.tolist(),
            "shares": {
                share_name(self.language, name): _short(values)
                for name, values in night.risk.shares_during(night.hours).items()
            },
            "concern": np.rint(night.risk.concern * 100).astype(int).tolist(),
            "reason": night.traversal.exclusion.tolist(),
            "reasons": [reason_text(self.language, reason) for reason in Exclusion],
            "required": night.plan.required.tolist(),
            "routes": [_route_data(route) for route in night.plan.routes],
            "tracks": [_track_times(track, self._stride) for track in night.tracks],
            "trackRobot": [self._number_of(track.robot) for track in night.tracks],
            "duration": self._duration_s,
            "clock": list(self._clock()),
            "words": self._words(),
        }

    @property
    def _duration_s(self) -> float:
        ends = [
            *(float(r.arrive_s[-1]) for r in self.night.plan.routes if len(r.streets)),
            *(float(t.time_s[-1]) for t in self.night.tracks if len(t.time_s)),
        ]
        return float(np.ceil(max(ends, default=self.night.plan.shift.duration_s)))

    @property
    def _stride(self) -> int:
        samples = sum(len(track.time_s) for track in self.night.tracks)
        return -(-samples // _MOST_SAMPLES) or 1

    def _number_of(self, robot: str) -> int:
        return [route.robot for route in self.night.plan.routes].index(robot)

    def _groups(self) -> Mapping[str, NDArray[np.int64]]:
        drivable = self.night.traversal.drivable
        of_street = self.classes.of_street
        classes = {
            f"risk-{c}": np.flatnonzero(drivable & (of_street == c))
            for c in range(self.classes.count)
        }
        return {"out": np.flatnonzero(~drivable), **classes}

    def _street_layers(self) -> Iterator[Markup]:
        groups = {
            key: self._streets(ids, class_=key, data_streets=key)
            for key, ids in self._groups().items()
        }
        required = self._streets(self.night.plan.required, class_="required")
        yield element("g", groups.pop("out"), id="layer-out")
        for number, route in enumerate(self.night.plan.routes):
            kind = f"served r{colour(number)}"
            served = self._streets(streets_to_serve(route), class_=kind)
            yield element("g", served, id=f"layer-route-{number}")
        yield element("g", *groups.values(), id="layer-risk")
        yield element("g", required, id="layer-required", class_="off")

    def _route_layers(self) -> Iterator[Markup]:
        routes, tracks = self.night.plan.routes, self.night.tracks
        yield element(
            "g",
            *(
                self._streets(
                    deadhead_only(route), class_=f"deadhead r{colour(number)}"
                )
                for number, route in enumerate(routes)
            ),
            id="layer-deadhead",
        )
        driven = [
            _path(
                self.canvas.path([track.xy_m[_thinned(track, self._stride)]]),
                class_=f"track r{colour(self._number_of(track.robot))}",
            )
            for track in tracks
        ]
        yield element("g", *driven, id="layer-track")

    def _pins(self) -> Iterator[Markup]:
        events = [
            self._pin(_place_at(track, story[0].time_s), "event", self._story(story))
            for track in self.night.tracks
            if len(track.time_s)
            for story in stories(track)
        ]
        yield element("g", *events, id="layer-events")
        plan, at = self.night.plan, self.night.street_map.graph.node_xy_m
        for dock in plan.docks:
            yield self._pin(at[dock], "dock", say(self.language, "dock"))
        for number, robot in enumerate(plan.fleet):
            start = at[robot.start]
            yield self._pin(start, f"robot r{colour(number)}", str(number + 1))

    def _story(self, story: list[Event]) -> str:
        return "\n".join(
            f"{clock_at(self.night.plan.shift, event.time_s):%H:%M:%S} "
            f"{event_text(self.language, event)}"
            for event in story
        )

    def _pin(self, xy_m: NDArray[np.float64], kind: str, text: str) -> Markup:
        x, y = self.canvas.place(xy_m.reshape(1, 2))[0].tolist()
        scale = self.canvas.width / 900
        word = element("text", text if kind.startswith("robot") else _SIGNS[kind])
        return element(
            "g",
            element("circle", r=8 if kind == "event" else 10),
            word,
            element("title", text),
            class_=f"pin {kind}",
            data_x=x,
            data_y=y,
            transform=f"translate({x} {y}) scale({scale:.2f})",
        )

    def _streets(self, streets: NDArray[np.int64], **attributes: str) -> Markup:
        graph = self.night.street_map.graph
        lines = self.canvas.path(graph.shape_of(s) for s in streets.tolist())
        return _path(lines, **attributes)

    def _clock(self) -> Iterator[int]:
        for quarter in range(int(self._duration_s // _CLOCK_STEP_S) + 1):
            time = clock_at(self.night.plan.shift, quarter * _CLOCK_STEP_S)
            yield time.hour * 3600 + time.minute * 60 + time.second

    def _words(self) -> dict[str, object]:
        sentences = SENTENCES[self.language]
        wanted = [key for key in sentences if key.startswith("tip_")]
        words: dict[str, object] = {
            key: sentences[key] for key in [*wanted, "play", "pause"]
        }
        words["hours"] = f"{PER_HOURS:,}"
        words["robots"] = [route.robot for route in self.night.plan.routes]
        return words


_SIGNS = {"event": "!", "dock": "⌂"}


def colour(number: int) -> int:
    """Colour of a robot in the style sheet, by its number in the plan."""
    return number % ROBOT_COLOURS


def stories(track: Track) -> list[list[Event]]:
    """Events of a track worth a pin; those close together are one story."""
    found: list[list[Event]] = []
    for event in track.events:
        if event.kind in _EVERYDAY:
            continue
        if found and event.time_s - found[-1][-1].time_s <= _ONE_PIN_S:
            found[-1].append(event)
        else:
            found.append([event])
    return found


def reason_text(language: Language, reason: Exclusion) -> str:
    """Say why a street is left out; nothing where it is not."""
    return "" if reason == Exclusion.NONE else say(language, f"reason_{reason.name}")


def share_name(language: Language, name: str) -> str:
    """Name of a share of the risk, translated where it is a known one."""
    return SENTENCES[language].get(f"share_{name}", name)


def _path(line: str, **attributes: str) -> Markup:
    return element("path", d=line, **attributes)


def _short(rate_per_km_h: NDArray[np.float64]) -> list[float]:
    rates = (rate_per_km_h * PER_HOURS).tolist()
    return [float(f"{rate:.3g}") for rate in rates]


def _route_data(route: Route) -> dict[str, list[int]]:
    return {
        "streets": route.streets.tolist(),
        "forward": route.forward.astype(int).tolist(),
        "served": route.served.astype(int).tolist(),
        "depart": np.rint(route.depart_s).astype(int).tolist(),
        "arrive": np.rint(route.arrive_s).astype(int).tolist(),
    }


def _thinned(track: Track, stride: int) -> NDArray[np.int64]:
    count = len(track.time_s)
    last = np.arange(count)[-1:]
    return np.union1d(np.arange(0, count, stride), last)


def _track_times(track: Track, stride: int) -> list[int]:
    times = np.rint(track.time_s[_thinned(track, stride)]).astype(int).tolist()
    return [b - a for a, b in itertools.pairwise([0, *times])]


def _place_at(track: Track, time_s: float) -> NDArray[np.float64]:
    return np.array(
        [np.interp(time_s, track.time_s, track.xy_m[:, axis]) for axis in (0, 1)]
    )
