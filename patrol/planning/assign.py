"""Cluster first: which dock's robots are to serve which street."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.planning.problem import Objective, PatrolProblem
from patrol.planning.robots import PatrolRobot
from patrol.planning.schedule import Scheduler, pace_s_per_m

_ROUNDS = 60
"""Rounds in which the prices of the docks are settled."""

_EVEN = 1.02
"""Load over the average from which a dock becomes dearer."""


@dataclass(frozen=True)
class Team:
    """
    Robots of one kind at one dock.

    Attributes
    ----------
    robots
        Their numbers in the fleet.
    leader
        One of them: its dock, profile and traversal are those of all.
    """

    robots: tuple[int, ...]
    leader: PatrolRobot


def teams_of(fleet: Sequence[PatrolRobot]) -> list[Team]:
    """Group the robots that are of one kind and recharge at one dock, in order."""
    groups: dict[object, list[int]] = {}
    for number, robot in enumerate(fleet):
        key = (robot.dock, robot.profile, id(robot.traversal))
        groups.setdefault(key, []).append(number)
    return [Team(tuple(group), fleet[group[0]]) for group in groups.values()]


def assign(
    problem: PatrolProblem, teams: Sequence[Team], scheduler: Scheduler
) -> NDArray[np.int64]:
    """
    Give each required street to a team, a near one.

    Where the longest route is to be short, every team gets work in proportion to the
    number and the speed of its robots: teams with too much become dearer, round by
    round, until the loads are even. Teams at one dock share it by the angle at which
    the streets lie around it [1]_.

    Parameters
    ----------
    problem
        What is asked, with ``k`` required streets.
    teams
        All robots, grouped.
    scheduler
        Knows how long it takes to each street.

    Returns
    -------
    NDArray
        Number of the team of each required street, shape ``(k,)``.

    References
    ----------
    .. [1] Gillett and Miller (1974). A heuristic algorithm for the vehicle-dispatch
       problem. *Operations Research* 22(2), 340-349. doi:10.1287/opre.22.2.340.
    """
    away_s = np.array([_away_s(team, problem, scheduler) for team in teams])
    power = np.array([len(t.robots) / pace_s_per_m(problem, t.leader) for t in teams])
    docks = sorted({team.leader.dock for team in teams})
    dock_of = np.array([docks.index(team.leader.dock) for team in teams])
    near_s = np.array([away_s[dock_of == d].min(axis=0) for d in range(len(docks))])
    shared = np.bincount(dock_of, weights=power).astype(np.float64)
    work = problem.graph.edge_length_m[problem.required]
    if problem.objective is Objective.LONGEST:
        dock = _even(near_s, work, shared)
    else:
        dock = np.asarray(near_s.argmin(axis=0))
    team = np.zeros(len(work), np.int64)
    for number, node in enumerate(docks):
        own = np.flatnonzero(dock == number)
        crews = np.flatnonzero(dock_of == number)
        turn = own[np.argsort(_angle(problem, own, node), kind="stable")]
        team[turn] = _sectors(away_s[crews][:, turn], work[turn], power[crews], crews)
    return team


def _away_s(
    team: Team, problem: PatrolProblem, scheduler: Scheduler
) -> NDArray[np.float64]:
    """Shortest trip of any of the team that serves each street alone; or never."""
    alone_s = np.full(len(problem.required), np.inf)
    for number in team.robots:
        robot = problem.fleet[number]
        alone_s = np.minimum(alone_s, scheduler.alone_s(robot))
    return alone_s


def _even(
    near_s: NDArray[np.float64], work: NDArray[np.float64], power: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Nearest dock of each street at prices that make the loads even."""
    price = np.zeros(len(power))
    scale = float(np.median(near_s[np.isfinite(near_s)])) if near_s.size else 0.0
    best: NDArray[np.int64] = near_s.argmin(axis=0)
    least = np.inf
    for turn in range(_ROUNDS):
        dock = (near_s + price[:, None]).argmin(axis=0)
        load = np.bincount(dock, weights=work, minlength=len(power)) / power
        mean = work.sum() / power.sum()
        worst = float(load.max())
        if worst < least:
            best, least = dock, worst
        if worst <= _EVEN * mean:
            break
        price += scale / (2 + turn) * (load / mean - 1)
    return best


def _angle(
    problem: PatrolProblem, own: NDArray[np.int64], dock: int
) -> NDArray[np.float64]:
    at = problem.graph.node_xy_m
    ends = problem.graph.edge_nodes[problem.required[own]]
    x, y = (at[ends].mean(axis=1) - at[dock]).T
    return np.asarray(np.arctan2(y, x))


def _sectors(
    away_s: NDArray[np.float64],
    work: NDArray[np.float64],
    power: NDArray[np.float64],
    crews: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Cut a round of streets among the teams of one dock, each as it is able to."""
    if len(crews) == 1:
        return np.full(len(work), crews[0])
    middle = np.cumsum(work) - work / 2
    share = np.cumsum(power) / power.sum() * work.sum()
    place = np.minimum(np.searchsorted(share, middle), len(crews) - 1)
    columns = np.arange(len(work))
    unable = ~np.isfinite(away_s[place, columns])
    place[unable] = away_s[:, unable].argmin(axis=0)
    return np.asarray(crews[place])
