"""A port over UDP: the first who speaks is the vehicle."""

import socket

import pytest

from firmware_bridge.udp_port import UdpPort
from patrol.errors import LinkError


def peer(port: UdpPort) -> socket.socket:
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("127.0.0.1", 0))
    own.settimeout(10)
    host, number = port.address.removeprefix("udp://").split(":")
    own.connect((host, int(number)))
    return own


def test_first_who_speaks_is_answered_and_others_are_left_out() -> None:
    port = UdpPort("udp://127.0.0.1:0")
    port.timeout = 10.0
    vehicle, stranger = peer(port), peer(port)
    assert port.write(b"too early") == 9
    vehicle.send(b"hello")
    assert port.read(2) + port.read(port.in_waiting) == b"hello"
    stranger.send(b"it is me")
    assert port.read(1) == b""
    assert port.strangers == 1
    port.write(b"go")
    assert vehicle.recv(10) == b"go"
    for end in (vehicle, stranger, port):
        end.close()


def test_vehicle_that_is_gone_does_no_harm() -> None:
    port = UdpPort("udp://127.0.0.1:0")
    port.timeout = 10.0
    vehicle = peer(port)
    vehicle.send(b"hello")
    port.read(5)
    vehicle.close()
    port.timeout = 0.01
    for _ in range(3):
        port.write(b"are you there")
        assert port.read(1) == b""
    port.close()
    with pytest.raises((OSError, ValueError)):
        port.read(1)


@pytest.mark.parametrize(
    "address", ["udp://14550", "udp://127.0.0.1:x", "udp://h:70000", "udp://:1"]
)
def test_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(LinkError, match="write udp://HOST:PORT"):
        UdpPort(address)


def test_taken_address_is_refused() -> None:
    port = UdpPort("udp://127.0.0.1:0")
    with pytest.raises(LinkError, match="another ground station"):
        UdpPort(port.address)
    port.close()
