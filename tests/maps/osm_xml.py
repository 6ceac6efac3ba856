"""Small OpenStreetMap files for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

Tags = Mapping[str, str]
Place = tuple[float, float]


def node_xml(number: int, place: Place, tags: Tags | None = None) -> str:
    lon, lat = place
    return f'<node id="{number}" lon="{lon:.7f}" lat="{lat:.7f}">{_tags(tags)}</node>'


def way_xml(number: int, refs: Sequence[int], tags: Tags | None = None) -> str:
    inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    tags = {"highway": "residential"} if tags is None else tags
    return f'<way id="{number}">{inner}{_tags(tags)}</way>'


def write_osm(path: Path, *entries: str) -> Path:
    body = "\n".join(entries)
    path.write_text(f'<osm version="0.6">\n{body}\n</osm>\n', encoding="utf-8")
    return path


def _tags(tags: Tags | None) -> str:
    pairs = (tags or {}).items()
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in pairs)
