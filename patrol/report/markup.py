"""HTML made of escaped parts: text from outside can never become markup."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape

_VOID = frozenset({"img", "input", "link", "meta"})


class Markup(str):
    """Text that is markup already and is not escaped again."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: object) -> Markup:
    """
    Make one element.

    Parameters
    ----------
    name
        Name of the element.
    children
        `Markup` as it is, any other text escaped.
    attributes
        Values are escaped. ``class_`` stands for ``class`` and ``data_x`` for
        ``data-x``; ``True`` gives an attribute without a value, ``False`` and
        ``None`` give none.
    """
    words = "".join(_attribute(*item) for item in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{words}>")
    return Markup(f"<{name}{words}>{joined(children)}</{name}>")


def joined(parts: Sequence[str]) -> Markup:
    """Join parts: `Markup` as it is, any other text escaped."""
    return Markup(
        "".join(p if isinstance(p, Markup) else escape(p, quote=False) for p in parts)
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], **kind: str) -> Markup:
    """Make a table whose cells know their column, for narrow screens."""
    cells = [
        element(
            "tr",
            *(element("td", c, data_label=h) for h, c in zip(head, row, strict=True)),
        )
        for row in rows
    ]
    return element(
        "table",
        element("thead", element("tr", *(element("th", h, scope="col") for h in head))),
        element("tbody", *cells),
        **kind,
    )


def data_block(value: object, *, name: str) -> Markup:
    """Put data into the page for its script, safe against any text in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return element("script", Markup(text), type="application/json", id=name)


def digest_source(content: str) -> str:
    """Name inline content for a content security policy, as ``'sha256-...'``."""
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
