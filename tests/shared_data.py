"""Where tests and benchmarks find data that is not in the repository."""

import importlib.util
import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def shared_root() -> Path:
    """Folder of the larger data: ``$PATROL_SHARED``, else beside the checkout."""
    return Path(os.environ.get("PATROL_SHARED", _ROOT.parent / "shared"))


def shared_file(name: str) -> Path:
    """Path of a file of the larger data; skip the test, saying so, where absent."""
    path = shared_root() / name
    if not path.exists():
        # Unlike a tool, it cannot be installed: its absence is never a failure.
        pytest.skip(
            f"{name} is not under {shared_root()}; set PATROL_SHARED to its folder"
        )
    return path


def need(package: str) -> None:
    """Skip a test that lacks a package; see `missing`."""
    if importlib.util.find_spec(package) is None:
        missing(f"{package} is not installed")


def missing(reason: str) -> None:
    """Skip a test that lacks a tool; fail it where every tool has to be there."""
    if os.environ.get("PATROL_REQUIRE_ALL") == "1":
        pytest.fail(f"PATROL_REQUIRE_ALL=1, yet {reason}")
    pytest.skip(reason)
