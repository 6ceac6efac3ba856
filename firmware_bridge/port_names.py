"""
Names of serial ports: which port an address means, and where it is after a replug.

An address is a device (``/dev/ttyUSB0``, ``COM3``), a link to one below
``/dev/serial/by-id``, a pyserial address (``socket://host:port``), or
``usb:VID:PID`` or ``usb:VID:PID:SERIAL`` for whatever name the system has given to
that USB device. Nothing here opens a port.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from patrol.errors import LinkError

_USB = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?", re.IGNORECASE)


@dataclass(frozen=True)
class PortInfo:
    """
    A serial port of this computer.

    Attributes
    ----------
    address
        Name of the device, such as ``/dev/ttyUSB0`` or ``COM3``.
    description
        What the device says that it is.
    usb
        Vendor and product, such as ``0403:6001``; empty where it is no USB device.
    serial_number
        Of the USB device; empty where it has none, as many clones.
    location
        Socket of the USB device and its interface, such as ``1-1.2:1.0``.
    by_id
        Lasting link to the device; empty where the system makes none.
    """

    address: str
    description: str
    usb: str = ""
    serial_number: str = ""
    location: str = ""
    by_id: str = ""

    @property
    def lasting_name(self) -> str:
        """Address that means this device whatever its name is; empty if none does."""
        if not self.usb:
            return self.by_id
        serial = f":{self.serial_number}" if self.serial_number else ""
        return f"usb:{self.usb}{serial}"

    def is_same_device(self, other: Self) -> bool:
        """
        Tell whether this is that USB device, perhaps under another name.

        A device without a serial number is known only by the socket it is in: one of
        two equal clones must never be taken for the other.
        """
        if not self.usb or self.usb != other.usb:
            return False
        if self.serial_number or other.serial_number:
            same = self.serial_number == other.serial_number
            return same and _interface(self) == _interface(other)
        return self.location != "" and self.location == other.location


def is_url(address: str) -> bool:
    """Tell whether an address is one of pyserial's or a network's, not a device."""
    return "://" in address


def is_usb_name(address: str) -> bool:
    """Tell whether an address names a USB device by its numbers."""
    return address.lower().startswith("usb:")


def find_usb(name: str, listed: Sequence[PortInfo]) -> PortInfo:
    """
    Find the one port that a ``usb:VID:PID[:SERIAL]`` means.

    Parameters
    ----------
    name
        The address; its hexadecimal digits may be large or small.
    listed
        The ports of this computer.

    Raises
    ------
    LinkError
        If it is none, or several; or if the name is not of that form.
    """
    form = _USB.fullmatch(name)
    if form is None:
        raise LinkError(
            f"{name!r} names no USB device: write usb:VID:PID or usb:VID:PID:SERIAL, "
            f"each of VID and PID with four hexadecimal digits, as `patrol ports` does"
        )
    usb, serial = f"{form[1]}:{form[2]}".lower(), form[3]
    found = [
        port
        for port in listed
        if port.usb == usb and serial in (None, port.serial_number)
    ]
    if len(found) == 1:
        return found[0]
    raise LinkError(
        f"{len(found) or 'no'} serial ports of this computer are {name}"
        f"{_which(found)}: `patrol ports` lists what is there"
    )


def find_again(
    address: str, known: PortInfo | None, listed: Sequence[PortInfo]
) -> str | None:
    """
    Say under which name a port that was open before can be opened now.

    Parameters
    ----------
    address
        As the user gave it.
    known
        What was open, if it was a USB device.
    listed
        The ports that are there now.

    Returns
    -------
    str or None
        None while it is not there. A USB device that comes back under another name
        is found by its numbers, and another device under the old name is not taken
        for it. One without a serial number may change its socket only if the user
        has named it by its kind or by a lasting link.
    """
    if is_url(address):
        return address
    lasting = is_usb_name(address) or "/by-id/" in address
    if known is not None and (known.serial_number or not lasting):
        same = [port.address for port in listed if port.is_same_device(known)]
        return same[0] if same else None
    if is_usb_name(address):
        return find_usb(address, listed).address
    windows = address.upper().startswith("COM")  # not a file there
    listed_too = address in {port.address for port in listed}
    return address if listed_too or (not windows and Path(address).exists()) else None


def _interface(port: PortInfo) -> str:
    return port.location.partition(":")[2]


def _which(found: Sequence[PortInfo]) -> str:
    if not found:
        return ""
    serials = {port.serial_number for port in found}
    told = ", ".join(port.address for port in found)
    way_out = "by its device name or by-id link"
    if len(serials) == len(found) and "" not in serials:
        way_out = "by adding its serial number"
    return f" ({told}), name one {way_out}"
