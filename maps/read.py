"""Any map file by its ending."""

from collections.abc import Callable
from pathlib import Path

from maps.street_map import StreetMap
from patrol.errors import MapError


def read_map(path: Path) -> StreetMap:
    """
    Read a map that Patrol built, or one of the formats it builds maps from.

    Raises
    ------
    MapError
        If the file is absent, its ending unknown, or its content not what the
        ending says.
    """
    for ending, reader in _READERS.items():
        if path.name.lower().endswith(ending):
            if not path.is_file():
                raise MapError(f"there is no map file {path}: check the path")
            return reader(path)
    raise MapError(
        f"the ending of {path.name!r} is not one of a map: Patrol reads "
        f"{', '.join(_READERS)}"
    )


def embedded_map_path() -> Path:
    """Path of the map that comes with Patrol: central Helsinki, see ``NOTICE.md``."""
    return Path(__file__).parent / "data" / "Helsinki.osm.pbf"


# Each reader pulls in its own heavy library, and only when it is needed.


def _store(path: Path) -> StreetMap:
    from maps.store import load_map

    return load_map(path)


def _osm(path: Path) -> StreetMap:
    from maps.osm import read_osm

    return read_osm(path)


def _graphml(path: Path) -> StreetMap:
    from maps.networkx_graphs import read_graphml

    return read_graphml(path)


def _geo(path: Path) -> StreetMap:
    from maps.geo_files import read_gpkg

    return read_gpkg(path)


def _links(path: Path) -> StreetMap:
    from maps.geo_files import read_wkt

    return read_wkt(path)


_READERS: dict[str, Callable[[Path], StreetMap]] = {
    ".parquet": _store,
    ".osm": _osm,
    ".osm.gz": _osm,
    ".osm.bz2": _osm,
    ".pbf": _osm,
    ".graphml": _graphml,
    ".gpkg": _geo,
    ".geojson": _geo,
    ".csv": _links,
}
