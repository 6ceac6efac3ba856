"""
Build the reference firmware, and run it behind a pseudo-terminal.

Its sources are in the folder ``firmware``, with a Makefile. Nothing is written there:
what is built goes to a folder that the caller names.
"""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from patrol.errors import LinkError

SOURCES = Path(__file__).parent / "firmware"
"""Folder of the sources, their Makefile and the template for other boards."""

_BUILD_S = 120.0
_FAREWELL_S = 5.0
_NEEDS = {
    "posix": (("make", "cc"), "make and a C compiler"),
    "check": (("make", "cc"), "make and a C compiler with sanitizers"),
    "fuzz": (("make", "cc"), "make and a C compiler with sanitizers"),
    "avr": (("make", "avr-gcc"), "make, gcc-avr and avr-libc"),
    "size": (("make", "avr-gcc"), "make, gcc-avr and avr-libc"),
    "simavr": (
        ("make", "cc", "avr-gcc"),
        "make, a C compiler, gcc-avr, avr-libc, libsimavr-dev and libelf-dev",
    ),
}


@dataclass(frozen=True)
class RunningFirmware:
    """
    A firmware that runs behind a pseudo-terminal.

    Attributes
    ----------
    address
        Name of the pseudo-terminal.
    cut_power
        Makes it start anew, with only its memory as before.
    send_break
        Makes a BREAK of its line.
    messages
        File of what it says besides: a line whenever its motors are cut, with the
        microseconds of its own time since the last byte it got.
    """

    address: str
    cut_power: Callable[[], None]
    send_break: Callable[[], None]
    messages: Path


def build_firmware(target: str, folder: Path, *, key: Path | None = None) -> None:
    """
    Build a target of the firmware's Makefile.

    Parameters
    ----------
    target
        ``posix`` (``firmware_posix`` and ``verdicts``), ``check`` (``firmware_checked``
        and ``verdicts_checked``, with sanitizers), ``fuzz`` (``fuzz``, the same with
        sanitizers as ``fuzz_checked``, and ``damage``), ``avr``
        (``firmware_avr.elf``), ``simavr`` (that and ``run_simavr``) or ``size``
        (``core.elf`` and ``core_signing.elf``, the core alone on that chip).
    folder
        Where it goes.
    key
        File of the key of a chip that takes only signed frames.

    Raises
    ------
    LinkError
        If a tool is not installed, or does not build it.
    """
    tools, words = _NEEDS[target]
    found = [shutil.which(tool) for tool in tools]
    if None in found:
        absent = tools[found.index(None)]
        raise LinkError(
            f"cannot build the firmware ({target}): there is no {absent!r} on this "
            f"computer; install {words}"
        )
    command = [str(found[0]), "-s", "-C", str(SOURCES), f"BUILD={folder}", target]
    command += [] if key is None else [f"KEY={key}"]
    try:
        subprocess.run(  # noqa: S603 - our own Makefile, no shell
            command, check=True, capture_output=True, text=True, timeout=_BUILD_S
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no message"]
        raise LinkError(
            f"cannot build the firmware ({target}): {lines[0]}; it needs {words}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise LinkError(
            f"building the firmware ({target}) took over {_BUILD_S:g} s"
        ) from error


@contextmanager
def run_posix(
    folder: Path, *, seconds: float = 1e9, key: Path | None = None
) -> Iterator[RunningFirmware]:
    """
    Run ``firmware_posix`` of a folder, with its memory in the same folder.

    Parameters
    ----------
    folder
        Where `build_firmware` put it.
    seconds
        Longest that it runs.
    key
        File of its key, if it takes only signed frames.

    Raises
    ------
    LinkError
        If it does not start.
    """
    program, memory = folder / "firmware_posix", folder / "memory.bin"
    memory.unlink(missing_ok=True)
    words = ["--memory", str(memory), "--seconds", str(seconds)]
    words += [] if key is None else ["--key", str(key)]
    messages = folder / "messages.txt"
    with _run([str(program), *words], messages) as (process, address):
        yield RunningFirmware(address, *_hands(process), messages)


@contextmanager
def run_simavr(folder: Path) -> Iterator[RunningFirmware]:
    """
    Run ``firmware_avr.elf`` of a folder in simavr, at the speed of the chip.

    Raises
    ------
    LinkError
        If it does not start.
    """
    words = [str(folder / "run_simavr"), str(folder / "firmware_avr.elf")]
    messages = folder / "messages.txt"
    with _run(words, messages) as (process, address):
        yield RunningFirmware(address, *_hands(process), messages)


def _hands(
    process: "subprocess.Popen[str]",
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Give what cuts the power, and what breaks the line."""
    return (
        lambda: process.send_signal(signal.SIGUSR1),
        lambda: process.send_signal(signal.SIGUSR2),
    )


@contextmanager
def _run(
    command: Sequence[str], messages: Path
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    try:
        with messages.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - what we have just built
                command, stdout=subprocess.PIPE, stderr=file, text=True
            )
    except OSError as error:
        raise LinkError(f"cannot run {command[0]}: {error.strerror}") from error
    with process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            if not address:
                raise LinkError(f"{command[0]} ended before it named its port")
            yield process, address
        finally:
            process.terminate()
            process.wait(_FAREWELL_S)
