"""The report of a night as one file that opens anywhere and asks nobody anything."""

from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files as package_files
from pathlib import Path

from patrol.files import write_atomically
from patrol.report.audit_section import audit_section
from patrol.report.figures import NightFigures
from patrol.report.map_view import MapView, colour
from patrol.report.markup import Markup, data_block, digest_source, element
from patrol.report.night import Night
from patrol.report.risk_classes import PER_HOURS
from patrol.report.sections import Sections
from patrol.report.texts import Language, say

_SCRIPTS = ("report_map.js", "report_street.js", "report_night.js")


def write_report(
    night: Night,
    path: Path,
    *,
    language: Language = Language.EN,
    files: Sequence[Path] = (),
) -> None:
    """
    Write the report of a night, whole or not at all.

    Parameters
    ----------
    night
        What is told.
    path
        HTML file to write.
    language
        Language of the report.
    files
        Files that belong to the report; their names are listed in it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_atomically(path, report_html(night, language=language, files=files).encode())


def report_html(
    night: Night, *, language: Language = Language.EN, files: Sequence[Path] = ()
) -> str:
    """
    Make the report of a night: HTML with everything in it.

    Same night, same text: there is no clock in it. Style and script are named by
    their digests in the page's security policy, so that nothing else runs, and
    nothing is ever asked from a network.
    """
    sections = Sections(night, NightFigures.of(night), language)
    view = MapView.of(night, language)
    style, script = _asset("report.css"), _asset(*_SCRIPTS)
    head = [
        element("meta", charset="utf-8"),
        element(
            "meta", http_equiv="Content-Security-Policy", content=_policy(style, script)
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", f"{sections.place} - {sections.say('kicker')}"),
        element("style", style),
    ]
    page = element(
        "html",
        element("head", *head),
        element(
            "body", _body(sections, view, files), _data(view), element("script", script)
        ),
        lang=str(language),
    )
    return f"<!doctype html>\n{page}\n"


def _body(sections: Sections, view: MapView, files: Sequence[Path]) -> Markup:
    return element(
        "main",
        sections.header(),
        sections.banners(),
        sections.lead(),
        sections.tiles(),
        _map_section(view),
        sections.robots(),
        sections.bound(),
        audit_section(sections.night, sections.language),
        sections.events(),
        sections.left_out(),
        sections.source(files, _version()),
        element("footer", sections.say("attribution")),
    )


def _map_section(view: MapView) -> Markup:
    language = view.language
    return element(
        "section",
        element("h2", say(language, "map"), id="title-map"),
        element(
            "div",
            element("div", *_stage(view), class_="stage"),
            element("div", *_side(view), class_="side"),
            class_="map",
        ),
        element("noscript", element("p", say(language, "no_script"))),
        aria_labelledby="title-map",
    )


def _stage(view: MapView) -> Iterator[Markup]:
    language = view.language
    yield view.drawing()
    yield element("div", id="tip", role="status", hidden=True)
    buttons = [("zoom_in", "+"), ("zoom_out", "-"), ("zoom_all", "⤢")]
    yield element(
        "div",
        *(
            element(
                "button",
                sign,
                type="button",
                id=key.replace("_", "-"),
                title=say(language, key),
                aria_label=say(language, key),
            )
            for key, sign in buttons
        ),
        class_="zoom",
    )
    yield element("div", "▲", element("span", say(language, "north")), class_="north")
    yield element("div", say(language, "attribution"), class_="credit")


def _side(view: MapView) -> Iterator[Markup]:
    language = view.language
    yield element(
        "div",
        element("button", say(language, "play"), type="button", id="play"),
        element("output", "", id="clock"),
        element(
            "input",
            type="range",
            id="time",
            min="0",
            step="1",
            aria_label=say(language, "time"),
        ),
        class_="time",
    )
    yield element("ul", id="status", class_="status")
    yield _legend(view)
    yield _layers(view)
    yield element("p", say(language, "map_help"), class_="help")


def _legend(view: MapView) -> Markup:
    language = view.language
    swatches = [
        element("li", element("i", class_=f"swatch risk-{number}"), label)
        for number, label in enumerate(view.classes.labels)
    ]
    title = say(language, "legend", hours=f"{PER_HOURS:,}")
    synthetic = view.night.risk.synthetic
    note = [element("strong", say(language, "legend_synthetic"))] if synthetic else []
    return element(
        "div",
        element("h3", title),
        *note,
        element("ul", *reversed(swatches)),
        class_="legend",
    )


def _layers(view: MapView) -> Markup:
    boxes = [
        _layer(view, "risk"),
        *(_route_layer(view, n) for n in range(len(view.night.plan.routes))),
    ]
    boxes += [
        _layer(view, key)
        for key in ("deadhead", "track", "required", "events", "labels", "out")
    ]
    legend = element("legend", say(view.language, "layers"))
    return element("fieldset", legend, *boxes, class_="layers")


def _layer(view: MapView, key: str) -> Markup:
    return _box(
        key, say(view.language, f"layer_{key}"), f"key {key}", key != "required"
    )


def _route_layer(view: MapView, number: int) -> Markup:
    robot = view.night.plan.routes[number].robot
    text = say(view.language, "layer_route", robot=robot)
    return _box(f"route-{number}", text, f"key served r{colour(number)}", True)


def _box(key: str, text: str, kind: str, checked: bool) -> Markup:
    box = element("input", type="checkbox", data_layer=f"layer-{key}", checked=checked)
    return element("label", box, element("i", class_=kind), text)


def _data(view: MapView) -> Markup:
    return data_block(view.data(), name="night")


def _policy(style: str, script: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src {digest_source(style)}",
            f"script-src {digest_source(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _asset(*names: str) -> Markup:
    # Written by us: the only text that goes into the page as it is.
    folder = package_files("patrol.report")
    return Markup(
        "".join(folder.joinpath(n).read_text(encoding="utf-8") for n in names)
    )


def _version() -> str:
    try:
        return version("patrol-robot")
    except PackageNotFoundError:
        return ""
