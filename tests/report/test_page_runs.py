import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from patrol.report.html import write_report
from patrol.report.night import Night
from patrol.report.texts import Language
from tests.report.example_night import grid_night, helsinki_night
from tests.shared_data import missing


@pytest.fixture(scope="module")
def browser() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing("there is no Chromium on this computer")
    assert found is not None
    return found


def run(browser: str, page: Path, profile: Path) -> tuple[str, list[str]]:
    """DOM after the scripts ran, and what was written to the console."""
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-background-networking", "--virtual-time-budget=3000",
            "--enable-logging=stderr", "--v=0", f"--user-data-dir={profile}",
            "--dump-dom", page.as_uri(),
        ],
        capture_output=True, check=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("case", ["driven", "planned", "nobody"])
def test_page_runs_without_a_word_on_the_console(
    browser: str, tmp_path: Path, case: str
) -> None:
    language = Language.KO if case == "driven" else Language.EN
    write_report(nights()[case], tmp_path / "report.html", language=language)
    dom, console = run(browser, tmp_path / "report.html", tmp_path / "profile")
    assert console == []
    assert 'data-ready="1"' in dom[:200]
    assert "data-error" not in dom[:200]
    scale = re.search(r'<g id="scale">.*?</g>', dom)
    assert scale is not None
    assert re.search(r">\d+ k?m</text>", scale[0])


def nights() -> dict[str, Night]:
    planned = grid_night(driven=False)
    nobody = replace(
        planned, plan=replace(planned.plan, fleet=(), routes=(), length_m=0.0)
    )
    return {"driven": helsinki_night(), "planned": planned, "nobody": nobody}


def test_broken_page_is_told_apart(browser: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    write_report(grid_night(), page)
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace('"unitsPerM":10', '"unitsPerM":x'), encoding="utf-8")
    dom, console = run(browser, page, tmp_path / "profile")
    assert 'data-ready="1"' not in dom[:200]
    assert "data-error" in dom[:300]
    assert console != []
