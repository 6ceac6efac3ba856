"""
Time and memory of Chinese and rural postmen, from a thousand streets to half a million.

``python -m benchmarks.growth [DATA] --json FILE --plot FILE`` takes balls of New York
(``streets/NY.gr.xz`` in DATA) and grids. All streets are required, or a twentieth in
clusters; the work is limited by rounds. Half a million streets are a grid, as New York
has no more than 365,050.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import numpy as np
import typer
from matplotlib import pyplot as plt

from benchmarks.child import measure
from benchmarks.districts import clustered
from benchmarks.output import Row, publish
from benchmarks.street_files import cut, read_streets
from patrol.planning.network import Network
from patrol.planning.rural import rural_postman
from patrol.planning.rural_problem import RuralProblem
from patrol.planning.stop import StopWhen
from patrol.planning.warm_up import warm_up

_HERE = "benchmarks.growth:run_size"
_NEW_YORK = (1_000, 3_000, 10_000, 30_000, 100_000, 365_050)
_GRIDS = (1_000, 10_000, 100_000, 500_000)
_SHARE = 0.05
_LIGHT = StopWhen(rounds=3, tries=10)
_LONGEST_S = 900.0


def main(
    data: Annotated[Path | None, typer.Argument(help="Folder of instances.")] = None,
    *,
    json_path: Annotated[Path | None, typer.Option("--json")] = None,
    plot_path: Annotated[Path | None, typer.Option("--plot")] = None,
) -> None:
    """Measure each size in a process of its own, and draw the growth."""
    rows = []
    for path, streets in _networks(data):
        for problem in ("CPP", "RPP"):
            done = measure(_HERE, path, str(streets), problem, timeout_s=_LONGEST_S)
            figures = done.result or {"error": done.error}
            rows.append({**figures, "peak_mb": done.peak_mb})
    largest = [row for row in rows if row.get("streets") == _GRIDS[-1]]
    summary = {
        f"{row['problem']} {row['instance']}": f"{row['solve_cpu_s']:.1f} CPU-s, "
        f"{row['peak_mb']:.0f} MB"
        for row in largest
    }
    publish("growth", rows, summary, json_path=json_path)
    if plot_path is not None:
        draw(rows, plot_path)


def run_size(path: str, streets: str, problem: str) -> dict[str, object]:
    """Solve one size; what a child process runs."""
    network = _network(path, int(streets))
    warm_up()
    if problem == "CPP":
        part = network.parts(np.arange(network.num_edges))
        depot = int(network.edge_nodes[0, 0])
        mask = part[network.edge_nodes[:, 0]] == part[depot]
        rural = RuralProblem(network, mask, depot)
    else:
        rural = clustered(network, int(_SHARE * network.num_edges), seed=1)
    begun = time.process_time()
    tour = rural_postman(rural, seed=1, until=_LIGHT)
    return {
        "instance": f"{'New York' if path else 'grid'} {network.num_edges:,}",
        "problem": problem,
        "streets": network.num_edges,
        "cost": tour.cost,
        "bound": tour.bound,
        "bound_kind": str(tour.kind),
        "gap_bound": tour.cost / tour.bound - 1,
        "solve_cpu_s": time.process_time() - begun,
    }


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw time and memory over the number of streets, both axes logarithmic."""
    mpl.use("Agg")
    figure, (time_axes, memory_axes) = plt.subplots(1, 2, figsize=(9, 3.6))
    for problem, colour in (("CPP", "#1b6ca8"), ("RPP", "#c8553d")):
        for place, marker in (("New York", "o"), ("grid", "s")):
            own = [
                row
                for row in rows
                if row.get("problem") == problem
                and str(row["instance"]).startswith(place)
            ]
            style = {"color": colour, "marker": marker, "label": f"{problem}, {place}"}
            style["linestyle"] = "-" if place == "New York" else ":"
            streets = [row["streets"] for row in own]
            time_axes.loglog(streets, [row["solve_cpu_s"] for row in own], **style)
            memory_axes.loglog(streets, [row["peak_mb"] for row in own], **style)
    time_axes.set_ylabel("CPU seconds, compiled")
    memory_axes.set_ylabel("peak memory in MB, Python included")
    for axes in (time_axes, memory_axes):
        axes.set_xlabel("streets")
        axes.grid(visible=True, which="major", alpha=0.3)
    time_axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def grid(streets: int) -> Network:
    """Grid of about so many streets, with lengths of 50 to 150."""
    side = round((streets / 2) ** 0.5)
    at = np.arange(side * (side + 1)).reshape(side, side + 1)
    right = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
    down = np.column_stack([at[:-1].ravel(), at[1:].ravel()])
    ends = np.concatenate([right, down])
    cost = np.random.default_rng(0).integers(50, 151, len(ends))
    return Network(at.size, ends, cost)


def _networks(data: Path | None) -> list[tuple[str, int]]:
    path = data and data / "streets" / "NY.gr.xz"
    balls = [(str(path), size) for size in _NEW_YORK] if path and path.exists() else []
    return [*balls, *(("", size) for size in _GRIDS)]


def _network(path: str, streets: int) -> Network:
    if not path:
        return grid(streets)
    network = read_streets(Path(path), "hashed")
    return network if streets >= network.num_edges else cut(network, streets)


if __name__ == "__main__":
    typer.run(main)
