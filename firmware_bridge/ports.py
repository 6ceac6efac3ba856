"""
Serial ports: found, opened for this program alone, read and written.

The only module that imports pyserial. An open port raises `PortGoneError` when the
device is gone and `PortStuckError` when it takes no more bytes, whatever pyserial and
the system call that.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import serial
from serial.tools import list_ports as serial_ports

from firmware_bridge.port_names import (
    PortInfo,
    find_again,
    find_usb,
    is_url,
    is_usb_name,
)
from firmware_bridge.port_users import (
    Program,
    busy_in_words,
    programs_using,
    refusal_in_words,
)
from patrol.errors import LinkError

BAUD = 115_200
"""Bits per second of the protocol."""

_WRITE_TIMEOUT_S = 0.5  # a peer that reads nothing blocks a write after some 20 kB
_BY_ID = Path("/dev/serial/by-id")


class PortGoneError(OSError):
    """The device has been unplugged, or its other end has hung up."""


class PortStuckError(OSError):
    """The device is there, but takes no more bytes; what waited is thrown away."""


class Port(Protocol):
    """What a `SerialLink` needs of a port; pyserial's ports have it."""

    timeout: float | None

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        ...

    def read(self, size: int = 1, /) -> bytes:
        """Wait up to ``timeout`` seconds for ``size`` bytes; return what came."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Write all of the bytes."""
        ...

    def close(self) -> None:
        """Close the port."""
        ...


class SerialPort:
    """
    An open port of pyserial, with the errors of this module.

    Pyserial wraps some errors of the system in its own, and lets others through, as
    in ``in_waiting``; a write that takes too long is one of its own as well.

    Parameters
    ----------
    device
        Open port; it is closed with this one.
    """

    def __init__(self, device: serial.Serial) -> None:
        self._device = device

    @property
    def timeout(self) -> float | None:
        """Longest wait of `read`, in seconds."""
        return self._device.timeout

    @timeout.setter
    def timeout(self, timeout_s: float | None) -> None:
        try:
            self._device.timeout = timeout_s
        except OSError as error:
            raise _gone(error) from error

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        try:
            return self._device.in_waiting
        except OSError as error:
            raise _gone(error) from error

    def read(self, size: int = 1, /) -> bytes:
        """See `Port.read`."""
        try:
            return self._device.read(size)
        except OSError as error:
            raise _gone(error) from error

    def write(self, data: bytes, /) -> int | None:
        """See `Port.write`."""
        try:
            return self._device.write(data)
        except serial.SerialTimeoutException as error:
            self._throw_away()
            raise PortStuckError(
                f"it took no byte for {self._device.write_timeout} s"
            ) from error
        except OSError as error:
            raise _gone(error) from error

    def close(self) -> None:
        """Close the port; closing twice does no harm."""
        with suppress(OSError):
            self._device.close()

    def _throw_away(self) -> None:
        """Let no setpoint that waited so long move the robot later."""
        with suppress(OSError, AttributeError, *_FLUSH_ERRORS):
            self._device.reset_output_buffer()


class Plug:
    """
    Where a port is, and where it will be after it was unplugged.

    Parameters
    ----------
    address
        As `open_port` takes it.
    baud
        Bits per second.
    listing
        Gives the ports of this computer.
    """

    def __init__(
        self,
        address: str,
        *,
        baud: int = BAUD,
        listing: Callable[[], list[PortInfo]] | None = None,
    ) -> None:
        self.address = address
        self._baud = baud
        self._list = listing or list_ports
        self._known: PortInfo | None = None

    def where(self) -> str | None:
        """Name under which the port can be opened now; None while it is not there."""
        try:
            return find_again(self.address, self._known, self._list())
        except LinkError:  # a USB device that is not there, or no longer the only one
            return None

    def open(self) -> SerialPort:
        """
        Open the port where it is now, and remember what device it is.

        Raises
        ------
        LinkError
            If it is not there or cannot be opened.
        """
        name = self._name_now()
        port = _open(name, baud=self._baud, told=self.address)
        self._known = self._known or self._usb_device(name)
        return port

    def _name_now(self) -> str:
        if self._known is not None:
            name = self.where()
            if name is None:
                raise _refused(self.address, "it is unplugged")
            return name
        if is_usb_name(self.address):
            return find_usb(self.address, self._list()).address
        return self.address

    def _usb_device(self, name: str) -> PortInfo | None:
        names = {name, os.path.realpath(name)}  # a COM port is no path
        found = [port for port in self._list() if port.address in names and port.usb]
        identified = [p for p in found if p.serial_number or p.location]
        return identified[0] if identified else None


def open_port(address: str, *, baud: int = BAUD) -> SerialPort:
    """
    Open a serial port for this program alone.

    DTR and RTS stand as the system sets them when it opens a port, and stay so when
    the port is closed: a change of DTR restarts most boards of the Arduino kind.

    Parameters
    ----------
    address
        Device name such as ``/dev/ttyUSB0`` or ``COM3``, a link to a device, a
        pyserial address such as ``socket://host:port``, or ``usb:VID:PID[:SERIAL]``.
    baud
        Bits per second.

    Raises
    ------
    LinkError
        If the port cannot be opened.
    """
    return Plug(address, baud=baud).open()


def list_ports() -> list[PortInfo]:
    """List the serial ports of this computer, by address."""
    lasting = _links(_BY_ID)
    found = [
        PortInfo(
            address=port.device,
            description=port.description,
            usb="" if port.vid is None else f"{port.vid:04x}:{port.pid or 0:04x}",
            serial_number=port.serial_number or "",
            location=port.location or "",
            by_id=lasting.get(os.path.realpath(port.device), ""),
        )
        for port in serial_ports.comports()
    ]
    return sorted(found, key=lambda port: port.address)


def _open(name: str, *, baud: int, told: str) -> SerialPort:
    try:
        device = serial.serial_for_url(
            name,
            baudrate=baud,
            timeout=0,
            write_timeout=_WRITE_TIMEOUT_S,
            exclusive=True,
            do_not_open=True,
        )
        device.dtr = device.rts = True
        device.open()
    except (OSError, ValueError) as error:  # pyserial's errors are OSErrors
        users = [] if is_url(name) else programs_using(name)
        raise _refused(told, refusal_in_words(error, name, users)) from error
    intruders = [] if is_url(name) else _intruders(name)
    if intruders:
        device.close()
        raise _refused(told, busy_in_words(intruders))
    _keep_to_itself(device, name)
    return SerialPort(device)


def _refused(address: str, reason: str) -> LinkError:
    return LinkError(
        f"cannot open serial port {address!r}: {reason}; `patrol ports` lists the "
        f"ports of this computer"
    )


def _intruders(name: str) -> list[Program]:
    """Other programs that have the device open and would take bytes from this one."""
    if _is_pseudo(name):  # the program behind it may have both ends open
        return []
    return [user for user in programs_using(name) if user.pid != os.getpid()]


def _is_pseudo(name: str) -> bool:
    return os.path.realpath(name).startswith(("/dev/pts/", "/dev/ttys"))


def _links(folder: Path) -> dict[str, str]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {os.path.realpath(link): str(link) for link in found}


def _gone(error: OSError) -> PortGoneError:
    return PortGoneError(
        error.errno, error.strerror or "unplugged, or its other end has hung up"
    )


if sys.platform == "win32":
    _FLUSH_ERRORS: tuple[type[Exception], ...] = ()

    def _keep_to_itself(device: serial.Serial, name: str) -> None:
        """Windows opens each port for one program, and keeps no lines after it."""

else:
    import fcntl
    import termios

    _FLUSH_ERRORS = (termios.error,)

    def _keep_to_itself(device: serial.Serial, name: str) -> None:
        """Refuse later openers that ask for no lock, and keep DTR when closed."""
        if is_url(name):
            return
        number = device.fileno()
        with suppress(OSError, termios.error):
            settings = termios.tcgetattr(number)
            settings[2] &= ~termios.HUPCL
            termios.tcsetattr(number, termios.TCSANOW, settings)
            if not _is_pseudo(name):  # there it would outlast a program that is killed
                fcntl.ioctl(number, termios.TIOCEXCL)
