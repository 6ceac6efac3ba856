"""Windy, mixed and directed instances, for one vehicle and for several."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.districts import effort_of
from benchmarks.rpp_files import best_known
from benchmarks.windy_files import WindyFile, is_windy, read_windy
from patrol.errors import PlanError
from patrol.planning.stop import StopWhen
from patrol.planning.windy import windy_postman
from patrol.planning.windy_fleet import windy_fleet
from patrol.planning.windy_problem import WindyProblem

UNDIRECTED = ("RPP", "CPP")
"""Kinds of files that the undirected rural postman solves."""

TARGETS = {"WRPP": 0.02, "MM-k-WRPP": 0.03, "MCPP": 0.01, "DRPP": 0.01}
"""Mean gaps to the own bound that are to be reached, by problem."""

_BOUND_SHARE = 0.6
"""Share of the time that the bound may take; where it is done early the rest is for
the tour."""

_ENDLESS = 1_000_000

_QUICK = StopWhen(rounds=20, tries=40)
"""Limits of a run without a limit of time."""

_FLEET = "MM-k-"
_ONE = "1"


def arc_files(data: Path | None) -> Iterator[tuple[Path, WindyFile | None]]:
    """Find the files of both formats in a folder and below; None for a bad one."""
    if data is None:
        return
    for path in sorted(data.rglob("*")):
        if path.is_file() and is_windy(path):
            try:
                yield path, read_windy(path)
            except PlanError:
                yield path, None


def jobs(files: Iterable[tuple[Path, WindyFile | None]]) -> Iterator[tuple[str, str]]:
    """Path and number of vehicles of each run; a bad file runs to tell why."""
    for path, raw in files:
        if raw is None:
            yield str(path), _ONE
        elif raw.kind not in UNDIRECTED:
            for vehicles in raw.vehicles or (1,):
                yield str(path), str(vehicles)


def run_windy(path: str, vehicles: str, seconds: str) -> dict[str, object]:
    """Solve one instance; what a child process runs."""
    raw = read_windy(Path(path))
    _warm_up()
    until = bound_effort = _QUICK
    if seconds:
        until = replace(effort_of(seconds), rounds=_ENDLESS)
        bound_effort = until.part(_BOUND_SHARE)
    if vehicles == _ONE:
        return _one(Path(path), raw, until, bound_effort)
    return _several(Path(path), raw, int(vehicles), (until, bound_effort))


def summary(rows: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Mean and largest gap to the bound of each problem, and if the target holds."""
    gaps: dict[str, list[float]] = {}
    for row in rows:
        gap = row.get("gap_bound")
        if isinstance(gap, float) and _is_windy(problem := str(row.get("problem"))):
            gaps.setdefault(problem, []).append(gap)
    told: dict[str, object] = {}
    for problem, found in sorted(gaps.items()):
        mean = statistics.mean(found)
        text = f"{mean:.3%}, largest {max(found):.3%}, {len(found)} instances"
        if target := TARGETS.get(problem):
            verdict = "holds" if mean <= target else "fails"
            text += f" (target {target:.1%}: {verdict})"
        told[f"{problem} mean gap to the bound"] = text
    return told


def _is_windy(problem: str) -> bool:
    kind = problem.removeprefix(_FLEET)
    return kind[:1] in {"W", "M", "D"} and kind[1:] in UNDIRECTED


def _one(
    path: Path, raw: WindyFile, until: StopWhen, bound_effort: StopWhen
) -> dict[str, object]:
    tour = windy_postman(raw.problem, seed=1, until=until, bound_effort=bound_effort)
    if not raw.problem.is_tour(tour.passes):
        raise AssertionError(f"the tour of {path} is not closed, or not whole")
    best = best_known(path)
    return {
        "instance": f"{path.parent.name}/{path.name}",
        "problem": raw.kind,
        "cost": tour.cost,
        "bound": tour.bound,
        "bound_kind": str(tour.kind),
        "best_known": best,
        "gap_best_known": None if best is None else tour.cost / best - 1,
        "gap_bound": _gap(tour.cost, tour.bound),
    }


def _several(
    path: Path, raw: WindyFile, vehicles: int, efforts: tuple[StopWhen, StopWhen]
) -> dict[str, object]:
    until, bound_effort = efforts
    fleet = windy_fleet(
        raw.problem, vehicles, seed=1, until=until, bound_effort=bound_effort
    )
    passes = [walk.passes(raw.problem.num_edges) for walk in fleet.walks]
    if not raw.problem.is_tour(np.sum(passes, axis=0)) or not all(
        map(_closed(raw.problem), passes)
    ):
        raise AssertionError(f"the walks of {path} are not closed, or not whole")
    return {
        "instance": f"{path.parent.name}/{path.name}, k = {vehicles}",
        "problem": f"{_FLEET}{raw.kind}",
        "cost": fleet.longest,
        "bound": fleet.bound,
        "bound_kind": str(fleet.kind),
        "best_known": None,
        "gap_best_known": None,
        "gap_bound": _gap(fleet.longest, fleet.bound),
        "vehicles": vehicles,
        "total": sum(walk.cost(raw.problem) for walk in fleet.walks),
    }


def _closed(problem: WindyProblem) -> Callable[[NDArray[np.int64]], bool]:
    """Tell of passes whether they make one closed walk, whatever they serve."""
    free = replace(problem, required=np.zeros(problem.num_edges, bool))
    return free.is_tour


def _gap(cost: int, bound: int) -> float:
    return 0.0 if cost == bound else cost / bound - 1


def _warm_up() -> None:
    """Load or make the compiled code, which does not count."""
    square = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    cost = np.array([[1, 2], [2, 1], [1, 2], [2, 1]])
    required = np.array([True, False, True, False])
    problem = WindyProblem(4, square, cost, required, 0)
    windy_fleet(problem, 2, seed=1, until=StopWhen(rounds=1, tries=1))
