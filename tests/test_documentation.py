"""What the documentation shows is run."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from patrol.cli.app import run

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "docs/tutorials/operator.md", "docs/tutorials/researcher.md",
         "docs/tutorials/tester.md", "docs/tutorials/robot.md",
         "docs/howto/own_fleet.md",
         "docs/howto/change_plan.md"]  # fmt: skip
FILES = re.compile(r"```toml\n# ([\w.]+):.*?\n(.*?)```", re.DOTALL)
DATA = re.compile(r"Save as `([\w.]+)`:\n\n```json\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
NEEDS_A_ROBOT = {"drive", "robot", "replay"}  # tests/cli/test_real_time.py runs them
NEEDS_A_DRIVE = {"bench/first.jsonl.gz"}
STANDS_IN = {"usb:2341:0043": "sim"}  # for a robot on the bench
RUN_ELSEWHERE = {"demo"}  # tests/cli/test_demo.py runs it


def commands(page: str) -> list[list[str]]:
    text = (ROOT / page).read_text("utf-8")
    lines = [
        line
        for block in BLOCK.findall(text)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_run_one_after_another(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "maps").symlink_to(ROOT / "maps")
    page_text = (ROOT / page).read_text("utf-8")
    for name, text in FILES.findall(page_text) + DATA.findall(page_text):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    tried = [c[1:] for c in commands(page) if c[0] == "patrol"]
    assert tried, f"{page} shows no command of patrol"
    for command in tried:
        missing = NEEDS_A_DRIVE.intersection(command)
        if command[0] not in NEEDS_A_ROBOT | RUN_ELSEWHERE and not missing:
            words = [STANDS_IN.get(word, word) for word in command]
            assert run(words) == 0, command


def test_python_of_a_page_prints_what_the_page_says() -> None:
    page = ROOT / "docs" / "howto" / "from_python.md"
    done = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize("page", PAGES)
def test_targets_that_a_page_names_are_in_the_makefile(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = re.findall(r"\bmake ([a-z]+)\b", (ROOT / page).read_text("utf-8"))
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(named) - {"it", "a", "the"} <= targets


@pytest.mark.parametrize("page", PAGES)
def test_other_programs_that_a_page_shows_are_few(page: str) -> None:
    assert {c[0] for c in commands(page) if c} <= {"patrol", "make", "git", "cd"}


def test_links_inside_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
