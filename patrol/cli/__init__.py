"""The command line: the only place that knows everybody."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``patrol`` and end the process with its exit code."""
    from patrol.cli.app import run  # loads typer, which `import patrol.cli` need not

    raise SystemExit(run(arguments))
