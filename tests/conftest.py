"""Settings of all tests."""

import pytest
from hypothesis import settings

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
