"""A port over UDP, as autopilots and their simulators offer it to ground stations."""

import select
import socket
from contextlib import suppress

from patrol.errors import LinkError

_MOST = 65_536


class UdpPort:
    """
    Listen on a UDP port, and answer the first who speaks to it.

    Parameters
    ----------
    address
        ``udp://HOST:PORT`` of this computer; ``udp://127.0.0.1:14550`` hears
        simulators on it, ``udp://0.0.0.0:14550`` everybody: UDP knows no password.

    Attributes
    ----------
    timeout
        Longest wait of `read`, in seconds; None waits for ever.
    strangers
        Datagrams of others, which were left out.

    Raises
    ------
    LinkError
        If the address is of another form, or cannot be listened on.
    """

    def __init__(self, address: str) -> None:
        host, port = _host_and_port(address)
        self.timeout: float | None = 0.0
        self.strangers = 0
        self._came = b""
        self._peer: tuple[str, int] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise LinkError(
                f"cannot listen on {address!r}: {error.strerror or error}; is another "
                f"ground station open?"
            ) from error

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()
        return f"udp://{host}:{port}"

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        return len(self._came)

    def read(self, size: int = 1, /) -> bytes:
        """Wait up to ``timeout`` seconds; return up to ``size`` bytes."""
        if not self._came:
            ready, _, _ = select.select([self._socket], [], [], self.timeout)
            if ready:
                self._take()
        found, self._came = self._came[:size], self._came[size:]
        return found

    def write(self, data: bytes, /) -> int:
        """Send a datagram; nothing before somebody has spoken."""
        if self._peer is not None:
            with suppress(ConnectionError):  # it is gone, and may come back
                self._socket.sendto(data, self._peer)
        return len(data)

    def close(self) -> None:
        """Close the port."""
        self._socket.close()

    def _take(self) -> None:
        try:
            data, sender = self._socket.recvfrom(_MOST)
        except ConnectionError:  # an answer to what was sent: nobody is there
            return
        self._peer = self._peer or sender
        if sender == self._peer:
            self._came = data
        else:
            self.strangers += 1


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.removeprefix("udp://").rpartition(":")
    if not host or not port.isdecimal() or int(port) >= 1 << 16:
        raise LinkError(
            f"{address!r} is no UDP address: write udp://HOST:PORT, such as "
            f"udp://127.0.0.1:14550"
        )
    return host, int(port)
