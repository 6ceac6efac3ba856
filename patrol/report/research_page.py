"""A page of figures, tables and pictures for the bench: one file, no script."""

from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files as package_files
from pathlib import Path

from patrol.files import write_atomically
from patrol.report.markup import Markup, digest_source, element


def write_page(path: Path, *parts: Markup, title: str, kicker: str) -> None:
    """
    Write a page, whole or not at all; it opens offline and runs nothing.

    Parameters
    ----------
    path
        HTML file to write.
    parts
        Sections, in order.
    title, kicker
        Headline, and the words above it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    # Written by us: the only text that goes into the page as it is.
    style = Markup(
        package_files("patrol.report").joinpath("report.css").read_text("utf-8")
    )
    policy = f"default-src 'none'; style-src {digest_source(style)}; img-src data:"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", style),
    )
    header = element(
        "header", element("p", kicker, class_="kicker"), element("h1", title)
    )
    body = element("body", element("main", header, *parts))
    page = element("html", head, body, lang="en")
    write_atomically(path, f"<!doctype html>\n{page}\n".encode())


def section(title: str, *children: Markup) -> Markup:
    """Make a section with a headline."""
    return element("section", element("h2", title), *children)


def banners(warnings: Sequence[str]) -> Markup:
    """Say what must be known before any figure is believed."""
    return element("div", *(element("p", text, class_="banner") for text in warnings))


def picture(png: bytes, words: str) -> Markup:
    """Put a picture into the page itself; the words say what it shows."""
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    return element("p", element("img", src=source, alt=words, class_="picture"))
