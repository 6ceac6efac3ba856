"""Settings of all tests."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher

# Machines are shared and slow at times: what a test does is tested, not how fast.
settings.register_profile("patrol", deadline=None)
settings.load_profile("patrol")

LONG = (
    "test_documentation.py",
    "test_demo.py",
    "test_hil.py",
    "test_fleet_file.py",
    "test_replan.py",
)
"""Files that take long: begun first, so that no worker is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; else the order stays."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session", autouse=True)
def each_loop_is_compiled_once() -> Iterator[None]:
    """Let a worker wait for what another one compiles: it is loaded in no time then."""
    at_work: set[str] = set()
    compile_it = Dispatcher.compile

    def compile_alone(loop: Any, signature: Any) -> Any:
        name = f"{loop.py_func.__module__}.{loop.py_func.__qualname__}"
        with global_compiler_lock:
            if name in at_work:
                return compile_it(loop, signature)
            at_work.add(name)
            try:
                with _locked(name):
                    return compile_it(loop, signature)
            finally:
                at_work.discard(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dispatcher, "compile", compile_alone)
        yield


@contextmanager
def _locked(name: str) -> Iterator[None]:
    folder = Path(tempfile.gettempdir()) / f"patrol-tests-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
