"""A place by its name, from recorded answers; and no network."""

from pathlib import Path

import pytest

from maps import read_map
from maps.download import download_map
from patrol.errors import MapError

RECORDED = Path(__file__).parent / "recorded"


def test_a_place_becomes_a_stored_map(tmp_path: Path) -> None:
    import osmnx as ox

    before = ox.settings.cache_folder, list(ox.settings.useful_tags_way)
    target = tmp_path / "kluuvi.parquet"

    street_map = download_map("Kluuvi, Helsinki", save=target, cache=RECORDED)

    assert street_map.graph.num_edges == 13
    assert street_map.graph.length_m == pytest.approx(278.2, abs=0.1)
    assert "asphalt" in street_map.graph.tags.surface.tolist()
    assert street_map.source.startswith("Kluuvi, Helsinki, downloaded ")
    assert "ODbL" in street_map.source
    assert read_map(target).graph.digest == street_map.graph.digest
    assert before == (ox.settings.cache_folder, ox.settings.useful_tags_way)


def test_a_refused_network_names_the_place_and_the_way_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(MapError, match=r"'Nowhere'.*cannot be reached.*\.osm\.pbf"):
        download_map("Nowhere", save=tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
