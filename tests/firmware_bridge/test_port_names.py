"""Which port an address means, before and after a replug."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.port_names import PortInfo, find_again, find_usb
from patrol.errors import LinkError

UNO = PortInfo(
    "/dev/ttyACM0", "Arduino Uno", "2341:0043", "95530343", "1-1:1.0", "/dev/serial/u"
)
CLONE = PortInfo("/dev/ttyUSB0", "USB Serial", "1a86:7523", "", "1-2:1.0")
TWIN = replace(CLONE, address="/dev/ttyUSB1", location="1-3:1.0")
PLAIN = PortInfo("/dev/ttyS0", "n/a")


def test_usb_device_is_found_by_its_numbers_in_large_or_small_letters() -> None:
    listed = [PLAIN, UNO, CLONE]
    assert find_usb("usb:2341:0043", listed) is UNO
    assert find_usb("usb:2341:0043:95530343", listed) is UNO
    assert find_usb("USB:1A86:7523", listed) is CLONE


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("usb:2341", "names no USB device: write usb:VID:PID"),
        ("usb:0x2341:43", "four hexadecimal digits"),
        ("usb:2341:0043:other", "no serial ports of this computer are usb:2341:0043:o"),
        ("usb:1a86:7523", r"2 serial ports .* \(/dev/ttyUSB0, /dev/ttyUSB1\), name one "
         "by its device name or by-id link"),
    ],
)  # fmt: skip
def test_name_that_means_no_port_or_two_is_refused(name: str, words: str) -> None:
    with pytest.raises(LinkError, match=words):
        find_usb(name, [UNO, CLONE, TWIN])


def test_two_of_a_kind_with_serial_numbers_are_told_apart_by_them() -> None:
    second = replace(UNO, address="/dev/ttyACM1", serial_number="777")
    with pytest.raises(LinkError, match="by adding its serial number"):
        find_usb("usb:2341:0043", [UNO, second])
    assert find_usb("usb:2341:0043:777", [UNO, second]) is second


def test_lasting_name_leads_back_to_the_port() -> None:
    for port in (UNO, CLONE):
        assert find_usb(port.lasting_name, [PLAIN, UNO, CLONE]) is port
    assert PLAIN.lasting_name == ""


def test_replugged_device_is_found_under_its_new_name() -> None:
    moved = replace(UNO, address="/dev/ttyACM7", location="1-4:1.0")
    assert find_again("/dev/ttyACM0", UNO, [CLONE, moved]) == "/dev/ttyACM7"
    assert find_again("/dev/ttyACM0", UNO, [CLONE]) is None


def test_another_device_under_the_old_name_is_not_taken_for_it() -> None:
    other = replace(UNO, serial_number="777")
    assert find_again("/dev/ttyACM0", UNO, [other]) is None


def test_clone_without_a_serial_number_is_known_by_its_socket_only() -> None:
    back = replace(CLONE, address="/dev/ttyUSB4")
    assert find_again("/dev/ttyUSB0", CLONE, [TWIN]) is None
    assert find_again("/dev/ttyUSB0", CLONE, [TWIN, back]) == "/dev/ttyUSB4"


def test_clone_may_change_its_socket_if_its_kind_or_its_link_was_named(
    tmp_path: Path,
) -> None:
    assert find_again("usb:1a86:7523", CLONE, [TWIN]) == "/dev/ttyUSB1"
    link = tmp_path / "by-id" / "usb-1a86_USB_Serial-if00"
    link.parent.mkdir()
    link.touch()
    assert find_again(str(link), CLONE, [TWIN]) == str(link)
    assert find_again("usb:2341:0043", UNO, [replace(UNO, serial_number="7")]) is None


def test_second_interface_of_a_device_is_another_port() -> None:
    second = replace(UNO, address="/dev/ttyACM1", location="1-1:1.2")
    assert not UNO.is_same_device(second)


def test_link_is_there_when_it_leads_somewhere(tmp_path: Path) -> None:
    link, device = tmp_path / "by-id", tmp_path / "tty"
    link.symlink_to(device)
    assert find_again(str(link), None, []) is None
    device.touch()
    assert find_again(str(link), None, []) == str(link)


def test_address_of_pyserial_is_always_there_and_a_windows_name_when_listed() -> None:
    assert find_again("socket://localhost:1", None, []) == "socket://localhost:1"
    assert find_again("COM3", None, []) is None
    assert find_again("COM3", None, [PortInfo("COM3", "x")]) == "COM3"


serials = st.sampled_from(["", "1", "2"])
ports = st.builds(
    PortInfo,
    st.sampled_from(["/dev/a", "/dev/b", "/dev/c"]),
    st.just("d"),
    st.sampled_from(["", "0403:6001", "1a86:7523"]),
    serials,
    st.sampled_from(["", "1-1:1.0", "1-2:1.0", "1-2:1.1"]),
)


@given(known=ports, listed=st.lists(ports, max_size=5))
def test_what_is_found_again_is_the_same_kind_with_the_same_number(
    known: PortInfo, listed: list[PortInfo]
) -> None:
    found = find_again("/dev/a", known, listed)
    if found is not None:
        kinds = {(p.usb, p.serial_number) for p in listed if p.address == found}
        assert (known.usb, known.serial_number) in kinds
