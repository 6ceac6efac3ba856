"""Rows of the bridge's benchmark: a figure, its target, and whether it holds."""

from collections.abc import Mapping

Row = Mapping[str, object]


def at_least(figure: str, value: float, unit: str, target: float | None) -> Row:
    """Give a row whose value should not be less than its target."""
    return row(figure, value, unit, target) | {
        "holds": target is None or value >= target
    }


def at_most(figure: str, value: float, unit: str, target: float | None) -> Row:
    """Give a row whose value should not be more than its target."""
    slack = 1e-6  # simulated times are sums of floats
    return row(figure, value, unit, target) | {
        "holds": target is None or value <= target + slack
    }


def row(
    figure: str, value: float, unit: str, target: float | None
) -> dict[str, object]:
    """Give a row without its verdict."""
    return {"figure": figure, "value": value, "unit": unit, "target": target}
