"""``patrol ports``: what is said of a port, in both languages."""

import json
from pathlib import Path

import pytest

from firmware_bridge import ports
from firmware_bridge.port_names import PortInfo
from tests.cli.conftest import Run


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[PortInfo]:
    uno = str(tmp_path / "ttyACM0")
    Path(uno).touch()
    found = [
        PortInfo(uno, "Arduino Uno", "2341:0043", "955", "1-1:1.0", "/dev/by-id/uno"),
        PortInfo("/dev/ttyUSB7", "USB Serial", "1a86:7523", "", "1-2:1.0"),
        PortInfo("/dev/ttyS9", "n/a"),
    ]
    monkeypatch.setattr(ports, "list_ports", lambda: found)
    monkeypatch.setenv("COLUMNS", "250")
    return found


def test_port_is_told_with_its_numbers_and_the_name_it_keeps(
    patrol: Run, listed: list[PortInfo]
) -> None:
    code, out, _ = patrol("ports")
    assert code == 0
    assert "Arduino Uno, USB 2341:0043, serial number 955" in out
    assert "keeps the name usb:2341:0043:955" in out
    assert "keeps the name /dev/by-id/uno" in out
    assert "USB Serial, USB 1a86:7523, without a serial number" in out
    assert "n/a, no USB device" in out
    assert out.count("this user may not use it") == len(listed) - 1  # they are absent


def test_port_is_told_in_korean(patrol: Run, listed: list[PortInfo]) -> None:
    code, out, _ = patrol("ports", "--lang", "ko")
    assert (code, len(listed)) == (0, 3)
    assert "일련번호 955" in out
    assert "변하지 않는 이름 usb:2341:0043:955" in out


def test_user_of_a_port_is_named(patrol: Run, listed: list[PortInfo]) -> None:
    with Path(listed[0].address).open("rb"):
        _, out, _ = patrol("ports", "--json")
    first, second, _ = json.loads(out)["ports"]
    assert "(process " in first["used_by"][0]
    assert (first["lasting_name"], first["allowed"]) == ("usb:2341:0043:955", True)
    assert (second["used_by"], second["allowed"]) == ([], False)


def test_computer_without_a_port_says_so(
    patrol: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "list_ports", list)
    assert "no serial port found" in patrol("ports")[1]
