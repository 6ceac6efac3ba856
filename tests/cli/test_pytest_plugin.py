"""The conformance suite in somebody's own pytest run."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree as ET

import pytest

from patrol.cli import pytest_plugin

ROOT = Path(__file__).parents[2]


def pytest_run(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_own.py").write_text("def test_own():\n    pass\n")
    words = ["-p", "patrol.cli.pytest_plugin", "-p", "no:cacheprovider", "-q", "-rs"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words, *options, str(folder)],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_checks_of_a_robot_are_tests_beside_ones_own(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    words = ("--robot-address", "sim", "-k", "e-stop or own")
    done = pytest_run(tmp_path, *words, f"--junitxml={junit}")
    assert done.returncode == 0, done.stdout
    cases = ET.parse(junit).findall(".//testcase")
    names = [case.get("name") for case in cases]
    assert "test_own" in names
    assert "e-stop: it is latched; p99 of 20 to its ACK" in names
    figures = ET.parse(junit).findall(".//property[@name='measured']")
    assert any("(limit 250)" in str(figure.get("value")) for figure in figures)


def test_robot_that_cannot_be_opened_fails_in_words_and_one_can_choose(
    tmp_path: Path,
) -> None:
    words = ("--robot-address", "/dev/ttyNONE0", "-k", "numbers or own")
    done = pytest_run(tmp_path, *words)
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "there is no such port" in done.stdout
    assert "Counting on from 65535 to 0 loses nothing." in done.stdout
    assert "Traceback" not in done.stdout


def test_without_an_address_the_plugin_adds_nothing(
    request: pytest.FixtureRequest,
) -> None:
    items: list[pytest.Item] = []
    config = cast("pytest.Config", SimpleNamespace(getoption=lambda _: None))
    pytest_plugin.pytest_collection_modifyitems(request.session, config, items)
    assert items == []
