"""``patrol replay`` and the logs it reads."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.firmware_bridge.test_replay import KEY, night


def test_frames_are_listed_and_the_session_is_run_again(
    patrol: Run, tmp_path: Path
) -> None:
    night(tmp_path / "log")
    code, out, _ = patrol("replay", tmp_path / "log")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["seconds", "from", "seq", "what"]
    assert "host" in lines[1]
    assert "Hello(nonce=7" in lines[1]
    assert lines[-1].split() == ["same", "True"]


def test_replay_speaks_to_scripts(patrol: Run, tmp_path: Path) -> None:
    night(tmp_path / "log")
    code, out, _ = patrol("replay", tmp_path / "log", "--json")
    figures = json.loads(out)
    assert (code, figures["same"], figures["session"]) == (0, True, True)
    assert figures["damaged"] > 0
    assert {frame["from"] for frame in figures["frames"]} == {"host", "robot"}
    assert any("Connected(" in event["text"] for event in figures["events"])


def test_session_that_differs_ends_with_four(patrol: Run, tmp_path: Path) -> None:
    night(tmp_path / "log")
    text = (tmp_path / "log").read_text()
    (tmp_path / "log").write_text(text.replace('"nonce": 7', '"nonce": 8'))
    code, out, error = patrol("replay", tmp_path / "log")
    assert code == 4
    assert "same" in out
    assert "sends other bytes than the log has" in error


def test_signed_session_needs_its_key_and_its_frames_do_not(
    patrol: Run, tmp_path: Path
) -> None:
    night(tmp_path / "log", key=KEY)
    (tmp_path / "key").write_text(KEY.hex())
    (tmp_path / "key").chmod(0o600)
    code, out, _ = patrol("replay", tmp_path / "log", "--json")
    assert (code, json.loads(out)["session"], json.loads(out)["same"]) == (
        0,
        False,
        None,
    )
    words = ("replay", tmp_path / "log", "--key", tmp_path / "key", "--json")
    code, out, _ = patrol(*words)
    assert (code, json.loads(out)["same"]) == (0, True)
