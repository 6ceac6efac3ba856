"""Maps by the name of a place, through osmnx; the only module that uses the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import osmnx as ox

from maps.networkx_graphs import assemble_networkx
from maps.osm import LICENCE
from maps.store import save_map
from maps.street_map import StreetMap
from patrol.errors import MapError

_WAY_TAGS = (
    "highway", "name", "service", "surface", "access", "foot", "lit", "oneway",
    "width", "est_width", "incline", "junction",
)  # fmt: skip
_TIMEOUT_S = 60.0


def download_map(
    place: str, *, save: Path | None = None, cache: Path | None = None
) -> StreetMap:
    """
    Download the streets of a place from OpenStreetMap's public services.

    Lamps, cameras, kerbs and barriers are not asked for: an extract file has them.

    Parameters
    ----------
    place
        Name of a place with an area, such as ``"Gwanak-gu, Seoul"``.
    save
        Where to store the map; it is not stored if left out.
    cache
        Folder of answers of the services. An answer that is there is not asked for
        again, so that a download can be repeated without a network.

    Raises
    ------
    MapError
        If the services cannot be reached, do not know the place, or it has no street.
    """
    try:
        with _settings(cache):
            graph = ox.graph_from_place(place, network_type="all", retain_all=True)
    except (OSError, ValueError, TypeError) as error:  # osmnx's are among these
        refused = isinstance(error, OSError)
        cause = "OpenStreetMap's services cannot be reached" if refused else error
        raise MapError(
            f"cannot download {place!r}: {cause}; check the name and the network, or "
            f"work without them: get an extract (.osm.pbf) of the region on another "
            f"computer and give that file instead of the name"
        ) from error
    assembled = assemble_networkx(graph)
    street_map = StreetMap(
        graph=assembled.graph,
        source=f"{place}, downloaded {datetime.now(UTC):%Y-%m-%d}, {LICENCE}",
        notes=assembled.notes,
    )
    if save is not None:
        save_map(street_map, save)
    return street_map


@contextmanager
def _settings(cache: Path | None) -> Iterator[None]:
    """Set osmnx up for one download; its settings are global, so put them back."""
    ours = {
        "useful_tags_way": list(_WAY_TAGS),
        "requests_timeout": _TIMEOUT_S,
        "use_cache": cache is not None,
        "cache_folder": cache or ox.settings.cache_folder,
    }
    before = {name: getattr(ox.settings, name) for name in ours}
    for name, value in ours.items():
        setattr(ox.settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
