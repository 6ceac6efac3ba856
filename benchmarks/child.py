"""Measure one call in a process of its own: its CPU time and its peak memory."""

import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_MEGABYTE = 1e6
_LONGEST_CAUSE = 160  # characters of an error in a table


@dataclass(frozen=True)
class Measured:
    """
    What a call gave and what it cost, start of Python and imports included.

    Attributes
    ----------
    result
        What the function returned; empty if it failed.
    cpu_s
        CPU time of the process, user and system; NaN if it failed.
    peak_mb
        Largest resident memory, in 1e6 bytes; NaN if it failed.
    error
        Why it failed, or empty.
    """

    result: Mapping[str, object] = field(default_factory=dict)
    cpu_s: float = float("nan")
    peak_mb: float = float("nan")
    error: str = ""


def measure(function: str, *arguments: str, timeout_s: float) -> Measured:
    """
    Call a function in a fresh process and measure it.

    Parameters
    ----------
    function
        ``module:name`` of a function that takes texts and returns a dict that JSON
        can hold.
    *arguments
        What it is called with.
    timeout_s
        Wall time after which the process is ended and counts as failed.
    """
    command = [sys.executable, "-m", "benchmarks.child", function, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        return Measured(error=f"no answer in {timeout_s:g} s")
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return Measured(error=last[0][:_LONGEST_CAUSE])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def peak_mb() -> float:
    """Largest resident memory of this process so far, in 1e6 bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Unlike getrusage, it does not count what the parent held before exec.
        lines = status.read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024 / _MEGABYTE
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used * (1 if sys.platform == "darwin" else 1024) / _MEGABYTE


def _main(function: str, *arguments: str) -> None:
    module, name = function.split(":")
    result = getattr(importlib.import_module(module), name)(*arguments)
    measured = {
        "result": result,
        "cpu_s": time.process_time(),
        "peak_mb": peak_mb(),
    }
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
