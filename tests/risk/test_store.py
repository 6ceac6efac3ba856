"""A field comes back from its file bit for bit, or not at all."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import StreetGraph
from patrol.errors import RiskError
from patrol.risk.field import RiskField
from patrol.risk.store import load_risk, save_risk
from tests.risk.makers import field_of
from tests.strategies import line_graph, street_graphs

GRAPH = line_graph(3)


def example() -> RiskField:
    profile = np.linspace(0.1, 1.9, 168)
    return field_of(
        GRAPH, history=[0.1, 1 / 3, 0], concern=[0, 0.7, 1], profile=profile
    )


@settings(deadline=None)  # the first file imports pyarrow
@given(graph=street_graphs(), rate=st.floats(0, 1e9), dark=st.floats(0, 1))
def test_every_field_goes_round(
    tmp_path_factory: pytest.TempPathFactory,
    graph: StreetGraph,
    rate: float,
    dark: float,
) -> None:
    path = tmp_path_factory.mktemp("risk") / "risk.parquet"
    field = field_of(graph, history=rate, concern=dark)
    save_risk(field, path)
    assert load_risk(path, graph).digest == field.digest


def test_what_comes_back_is_the_same_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "risk.parquet"
    save_risk(example(), path)
    found = load_risk(path, GRAPH)
    assert found.digest == example().digest
    assert found.explain(1) == example().explain(1)
    assert np.array_equal(found.profile, example().profile)
    assert found.weights == example().weights
    assert [p.name for p in path.parent.iterdir()] == ["risk.parquet"]
    with pytest.raises(ValueError, match="read-only"):
        found.concern[0] = 1


def test_the_risk_of_another_map_is_refused(tmp_path: Path) -> None:
    save_risk(example(), tmp_path / "risk.parquet")
    other = line_graph(3, spacing_m=99)
    with pytest.raises(
        RiskError, match=f"map {GRAPH.digest[:12]}, not of map {other.digest[:12]}: fit"
    ):
        load_risk(tmp_path / "risk.parquet", other)


def test_a_file_that_is_no_risk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "risk.parquet"
    with pytest.raises(RiskError, match=r"risk.parquet is not a risk file"):
        load_risk(path, GRAPH)
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(RiskError, match=r"is not a risk file .*`patrol risk fit`"):
        load_risk(path, GRAPH)
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(RiskError, match="is not a risk file"):
        load_risk(path, GRAPH)
    save_risk(example(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RiskError, match="is not a risk file"):
        load_risk(path, GRAPH)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 1}, "of version 1, this Patrol reads version 2"),
        ({"synthetic": True}, "is damaged: it says it holds risk"),
        ({"time_zone": "Asia/Soul"}, "is damaged .*no time zone"),
        ({"profile": [1.0]}, "is damaged .*168 hours"),
    ],
)
def test_an_edited_file_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = tmp_path / "risk.parquet"
    save_risk(example(), path)
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"patrol_risk"]) | change
    metadata = {b"patrol_risk": json.dumps(about).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(RiskError, match=message):
        load_risk(path, GRAPH)


def test_a_file_of_lost_columns_or_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "risk.parquet"
    save_risk(example(), path)
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["concern"]), path)
    with pytest.raises(RiskError, match=r"is damaged .*concern"):
        load_risk(path, GRAPH)
    pq.write_table(table.slice(0, 2), path)
    with pytest.raises(RiskError, match="is damaged"):
        load_risk(path, GRAPH)
