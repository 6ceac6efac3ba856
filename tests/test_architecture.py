"""The house stands as drawn: layers, size of functions and files, honest repository."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("maps", "patrol", "firmware_bridge", "sim")
SOURCES = sorted(
    path for room in (*ROOMS, "benchmarks") for path in (ROOT / room).rglob("*.py")
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, FUNCTIONS):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_imports_go_downwards_only() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = run(str(lint), "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 kept, 0 broken" in done.stdout


def test_no_function_is_longer_than_fifty_lines() -> None:
    def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        first = node.body[0]
        documented = ast.get_docstring(node) is not None
        start = first.end_lineno if documented else first.lineno - 1
        return (node.end_lineno or 0) - (start or 0)

    assert {name: lines(node) for name, node in functions() if lines(node) > 50} == {}


def test_no_function_takes_more_than_five_arguments() -> None:
    def count(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        return len([a for a in arguments if a.arg not in {"self", "cls"}])

    # A command's options are its arguments, and typer reads them from the signature.
    named = {
        name: count(node)
        for name, node in functions()
        if count(node) > 5 and not name.startswith("patrol/cli/")
    }
    assert named == {}


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py")]
    counts = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in files}
    assert {name: n for name, n in counts.items() if n > 400} == {}


def test_help_does_not_load_the_heavy_libraries() -> None:
    heavy = {"numpy", "scipy", "networkx", "osmnx", "geopandas", "matplotlib", "osmium"}
    code = (
        "import sys, contextlib, io\n"
        "from patrol.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        main(['--help'])\n"
        f"print(sorted(set(sys.modules) & {heavy}))"
    )
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_repository_holds_no_machine_path_or_registry_address() -> None:
    listed = run("git", "ls-files", "-z")
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    words = (b"/wor" + b"k/", b"files.python" + b"hosted", b"pypi" + b".org")
    names = [name for name in listed.stdout.split("\0") if name]
    bad = [
        (name, word)
        for name in names
        for word in words
        if word in (ROOT / name).read_bytes()
    ]
    assert bad == []
