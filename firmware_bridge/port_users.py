"""Which programs have a serial port open, and why the system refuses one, in words."""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_WINDOWS_WORDS = {"PermissionError": errno.EBUSY, "FileNotFoundError": errno.ENOENT}


@dataclass(frozen=True, order=True)
class Program:
    """A program that runs on this computer."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def programs_using(device: str, *, processes: Path = Path("/proc")) -> list[Program]:
    """
    List the programs that have a device open, as far as this user may know.

    Parameters
    ----------
    device
        Name of the device, or a link to it.
    processes
        Where the system tells of its processes. Only Linux does: elsewhere, the
        list is empty.
    """
    target = os.path.realpath(device)
    found = []
    for folder in processes.glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is none of this user's business
            if any(_leads_to(link, target) for link in (folder / "fd").iterdir()):
                name = (folder / "comm").read_text("utf-8", "replace").strip()
                found.append(Program(int(folder.name), name))
    return sorted(found)


def refusal_in_words(
    error: OSError | ValueError, device: str, users: Sequence[Program]
) -> str:
    """
    Say why a port cannot be opened, and what to do.

    Parameters
    ----------
    error
        What the system said.
    device
        Name of the device.
    users
        Programs that have it open.
    """
    match _number(error):
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return "there is no such port"
        case errno.EACCES | errno.EPERM:
            return f"this user may not use it; {_way_in(device)}"
        case errno.EAGAIN | errno.EBUSY:
            return busy_in_words(users)
        case _:
            return str(error)


def busy_in_words(users: Sequence[Program]) -> str:
    """Say who has a port open; this very program is told apart from others."""
    others = [str(user) for user in users if user.pid != os.getpid()]
    if others:
        return f"{' and '.join(others)} uses it: close that program first"
    if users:
        return "this program has it open already: give each robot a port of its own"
    return "another program uses it: close that program first"


def _leads_to(link: Path, target: str) -> bool:
    try:
        return str(link.readlink()) == target
    except OSError:
        return False


def _number(error: OSError | ValueError) -> int | None:
    number = error.errno if isinstance(error, OSError) else None
    if number is None:  # on Windows pyserial puts the system's error into the text
        named = [code for word, code in _WINDOWS_WORDS.items() if word in str(error)]
        return named[0] if named else None
    return number


def _way_in(device: str) -> str:
    group = _group_of(device) or "dialout"
    return (
        f"on Linux join the group that owns it (`sudo usermod -aG {group} $USER`) and "
        f"log in again"
    )


def _group_of(device: str) -> str:
    if sys.platform == "win32":
        return ""
    import grp

    with suppress(OSError, KeyError):
        return grp.getgrgid(Path(device).stat().st_gid).gr_name
    return ""
