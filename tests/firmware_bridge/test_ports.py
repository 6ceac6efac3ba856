"""Ports are opened for one program, and failures are told in words."""

import errno
import os
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from firmware_bridge import ports
from firmware_bridge.port_names import PortInfo
from firmware_bridge.port_users import (
    Program,
    busy_in_words,
    programs_using,
    refusal_in_words,
)
from firmware_bridge.ports import (
    Plug,
    PortGoneError,
    PortStuckError,
    list_ports,
    open_port,
)
from patrol.errors import LinkError
from sim.pty_port import open_pty

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs ptys")


@pytest.fixture
def ends() -> Iterator[tuple[int, str]]:
    """File number of a robot's end, and the name of the host's."""
    robot_end, host_end = open_pty()
    tty.setraw(host_end)
    yield robot_end, os.ttyname(host_end)
    for end in (robot_end, host_end):
        try:
            os.close(end)
        except OSError:
            assert end == robot_end  # the test has closed it


def test_port_that_does_not_exist_is_named_with_the_way_out() -> None:
    with pytest.raises(
        LinkError, match="'/dev/ttyNONE0': there is no such port"
    ) as info:
        open_port("/dev/ttyNONE0")
    assert "`patrol ports` lists" in str(info.value)
    assert info.value.exit_code == 4


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("carrier-pigeon://roof", "'carrier-pigeon://roof'"),
        ("usb:ffff:ffff", "no serial ports of this computer are usb:ffff:ffff"),
        ("socket://127.0.0.1:1", "cannot open serial port 'socket://127.0.0.1:1'"),
    ],
)
def test_address_that_leads_nowhere_is_refused(address: str, words: str) -> None:
    with pytest.raises(LinkError, match=words):
        open_port(address)


def test_file_that_is_no_port_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("no port")
    with pytest.raises(LinkError, match="cannot open serial port"):
        open_port(str(file))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "join the group that owns it"),
        (errno.EBUSY, "another program uses it"),
        (errno.ENXIO, "there is no such port"),
        (errno.EIO, "the system's own words"),
    ],
)
def test_reason_of_the_system_is_told_in_words(number: int, words: str) -> None:
    error = OSError(number, "the system's own words")
    assert words in refusal_in_words(error, "/dev/ttyNONE0", [])


def test_forbidden_port_names_the_group_that_owns_it(tmp_path: Path) -> None:
    import grp

    (tmp_path / "tty").touch()
    group = grp.getgrgid((tmp_path / "tty").stat().st_gid).gr_name
    error = PermissionError(errno.EACCES, "denied")
    words = refusal_in_words(error, str(tmp_path / "tty"), [])
    assert f"usermod -aG {group} $USER" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("could not open port 'COM3': PermissionError(13, 'Denied', None, 5)", "uses"),
        ("could not open port 'COM9': FileNotFoundError(2, 'No', None, 2)", "no such"),
    ],
)
def test_errors_of_windows_are_told_in_the_same_words(text: str, words: str) -> None:
    assert words in refusal_in_words(serial.SerialException(text), "COM3", [])


def test_second_opener_is_named(ends: tuple[int, str]) -> None:
    port = open_port(ends[1])
    with pytest.raises(LinkError, match="this program has it open already"):
        open_port(ends[1])
    port.close()
    open_port(ends[1]).close()
    others = [Program(4711, "minicom"), Program(1, "ModemManager")]
    told = "minicom (process 4711) and ModemManager (process 1) uses it"
    assert told in busy_in_words(others)
    assert "another program uses it" in busy_in_words([])


def test_opener_without_a_lock_is_found_before_it_steals_bytes(
    ends: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A pseudo-terminal is a port like others here, and this program is another one.
    monkeypatch.setattr(ports, "_is_pseudo", lambda _: False)
    monkeypatch.setattr(os, "getpid", lambda: 0)
    with pytest.raises(LinkError, match=r"\(process \d+\).*close that program first"):
        open_port(ends[1])


def test_programs_that_use_a_port_are_listed_as_far_as_one_may_know(
    ends: tuple[int, str], tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(ends[1])
    assert os.getpid() in {user.pid for user in programs_using(str(tmp_path / "link"))}
    assert programs_using("/dev/ttyNONE0") == []
    (tmp_path / "proc/7/fd").mkdir(parents=True)  # it ended while it was looked at
    (tmp_path / "proc/7/fd/3").symlink_to("/dev/ttyNONE0")
    assert programs_using("/dev/ttyNONE0", processes=tmp_path / "proc") == []
    (tmp_path / "proc/7/comm").write_text("screen\n")
    found = programs_using("/dev/ttyNONE0", processes=tmp_path / "proc")
    assert found == [Program(7, "screen")]


def test_closing_leaves_the_lines_that_would_restart_a_board(
    ends: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl
    import termios

    monkeypatch.setattr(ports, "_is_pseudo", lambda _: False)
    monkeypatch.setattr(ports, "_intruders", lambda _: [])
    port = open_port(ends[1])
    device = port._device
    assert (device.dtr, device.rts, device.exclusive) == (True, True, True)
    assert device.write_timeout is not None
    assert not termios.tcgetattr(device.fileno())[2] & termios.HUPCL
    if sys.platform == "linux":
        exclusive = fcntl.ioctl(device.fileno(), 0x80045440, bytes(4))  # TIOCGEXCL
        assert any(exclusive)
    fcntl.ioctl(device.fileno(), termios.TIOCNXCL)
    port.close()
    port.close()


def test_unplugged_port_is_gone_for_each_call(ends: tuple[int, str]) -> None:
    robot_end, name = ends
    port = open_port(name)
    os.write(robot_end, b"abc")
    port.timeout = 10.0
    assert port.read(3) == b"abc"
    os.close(robot_end)
    with pytest.raises(PortGoneError):
        port.read(1)
    with pytest.raises(PortGoneError):
        port.write(b"x" * 10)
    with pytest.raises(PortGoneError):
        _ = port.in_waiting
    with pytest.raises(PortGoneError):
        port.timeout = 1.0
    port.close()


def test_port_that_takes_no_more_bytes_is_stuck_and_forgets_them(
    ends: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_WRITE_TIMEOUT_S", 0.01)
    port = open_port(ends[1])
    with pytest.raises(PortStuckError, match=r"it took no byte for 0\.01 s"):
        port.write(bytes(100_000))
    port.close()


def test_ports_are_listed_by_address() -> None:
    addresses = [port.address for port in list_ports()]
    assert addresses == sorted(addresses)


def test_usb_device_is_opened_by_its_numbers_and_remembered(
    ends: tuple[int, str],
) -> None:
    listed = [PortInfo(ends[1], "Uno", "2341:0043", "955", "1-1:1.0")]
    plug = Plug("usb:2341:0043", listing=lambda: listed)
    plug.open().close()
    listed[:] = [PortInfo(ends[1], "Uno", "2341:0043", "777", "1-1:1.0")]
    assert plug.where() is None  # another Uno is not this robot
    with pytest.raises(LinkError, match="it is unplugged"):
        plug.open()
    with pytest.raises(LinkError, match="no serial ports"):
        Plug("usb:0403:6001", listing=lambda: listed).open()
    assert Plug("usb:0403:6001", listing=lambda: listed).where() is None


def test_baud_rate_is_that_of_the_user(ends: tuple[int, str]) -> None:
    port = open_port(ends[1], baud=57_600)
    assert port._device.baudrate == 57_600
    port.close()
