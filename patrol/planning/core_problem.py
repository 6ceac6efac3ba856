"""
A patrol on the core of its streets: without the crossings that nobody need pass.

Docks, starts, ends and the ends of required streets stay, and so do one-way streets and
those that only some of the robots can drive; ways over other crossings become streets
of their own (`contraction`). The way between any two crossings that stay is as long as
before, so the best walks are, too: a city shrinks to what is required of it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maps import StreetGraph
from maps.compiled import compiled
from maps.graph import StreetTags
from maps.traverse import Exclusion, Traversal
from patrol.planning.contraction import Web, contract, web_of
from patrol.planning.network import NONE
from patrol.planning.problem import PatrolProblem
from patrol.planning.robots import PatrolRobot, by_traversal
from patrol.planning.rural_streets import whole_costs


@dataclass(frozen=True)
class CoreProblem:
    """
    A small problem with the same best walks as a large one.

    Attributes
    ----------
    problem
        The small one. Its required streets are those of the large one, in their
        order; its nodes and its other streets have numbers of their own.
    """

    problem: PatrolProblem
    _pieces: "_Pieces"
    _piece: NDArray[np.int64]
    _node: NDArray[np.int64]

    @classmethod
    def of(cls, problem: PatrolProblem) -> "CoreProblem":
        """Take out the crossings that no robot need pass."""
        number = np.flatnonzero(problem.drivable)
        web = _contracted(problem, number)
        pieces = _Pieces(number, *(a[: web.made[0]] for a in (web.ends, web.made_of)))
        piece = np.flatnonzero(web.alive)
        node = np.unique(np.append(web.ends[piece], _posts(problem)))
        length_m = np.repeat(problem.graph.edge_length_m[:, None], 2, axis=1)
        graph = _graph(
            problem.graph,
            node,
            np.searchsorted(node, web.ends[piece]),
            pieces.summed(length_m)[piece, 0],
        )
        small = PatrolProblem(
            graph=graph,
            required=np.searchsorted(
                number[piece[piece < len(number)]], problem.required
            ),
            risk_per_h=np.zeros(len(piece)),
            fleet=_fleet(problem, graph.digest, pieces, (piece, node)),
            shift=problem.shift,
            objective=problem.objective,
        )
        return cls(small, pieces, piece, node)

    def expanded(self, walk: NDArray[np.int64], *, start: int) -> NDArray[np.int64]:
        """
        Turn a walk on the small streets into the same walk on the large ones.

        Parameters
        ----------
        walk
            Streets of the small problem, in order, shape ``(k,)``.
        start
            Node of the small problem at which it begins.
        """
        pieces, at = self._pieces, int(self._node[start])
        found = _unfolded(self._piece[walk], at, pieces.ends, pieces.made_of)
        return np.asarray(pieces.number[found])


@dataclass(frozen=True)
class _Pieces:
    """
    Streets, and after them the short cuts that they make up, ``w`` in all.

    Attributes
    ----------
    number
        Street of each of the first ``m``, ascending, shape ``(m,)``.
    ends
        Both ends of each piece, shape ``(w, 2)``.
    made_of
        The two pieces that a short cut leads over, in its direction, shape ``(w, 2)``;
        `NONE` for a street.
    """

    number: NDArray[np.int64]
    ends: NDArray[np.int64]
    made_of: NDArray[np.int64]

    def summed(self, both: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up what each street of the map costs along and against, ``(w, 2)``."""
        cost = np.zeros((len(self.ends), 2))
        cost[: len(self.number)] = both[self.number]
        _add_up(cost, self.ends, self.made_of)
        return cost


def _contracted(problem: PatrolProblem, number: NDArray[np.int64]) -> Web:
    """Take out the crossings that no robot need pass."""
    graph = problem.graph
    kinds = [
        traversal.open_ways[number].all(axis=1)
        for traversal, _ in by_traversal(problem.fleet)
    ]
    shared = np.logical_and.reduce(kinds)
    kept = np.isin(number, problem.required) | ~shared
    kept |= np.isin(number, _streets_at_posts(problem))
    cost, _ = whole_costs(graph.edge_length_m[number])
    web = web_of(graph.num_nodes, graph.edge_nodes[number], cost)
    fixed = np.zeros(graph.num_nodes, bool)
    fixed[graph.edge_nodes[number[kept]]] = True
    fixed[_posts(problem)] = True
    # Whoever cannot drive a street, or only one way, finds no way round over it.
    web.alive[: len(number)] = shared
    contract(web, fixed, kept)
    web.alive[: len(number)][~shared] = True
    return web


def _posts(problem: PatrolProblem) -> list[int]:
    return sorted({node for robot in problem.fleet for _, node in robot.nodes})


def _streets_at_posts(problem: PatrolProblem) -> list[int]:
    """Find a street that each robot can drive at each of its posts."""
    ends = problem.graph.edge_nodes
    return [
        int(((ends == node).any(axis=1) & traversal.drivable).argmax())
        for traversal, robots in by_traversal(problem.fleet)
        for node in sorted({node for robot in robots for _, node in robot.nodes})
    ]


def _graph(
    large: StreetGraph,
    node: NDArray[np.int64],
    edge_nodes: NDArray[np.int64],
    length_m: NDArray[np.float64],
) -> StreetGraph:
    """Draw the small streets as straight lines."""
    q = len(edge_nodes)
    xy_m = large.node_xy_m[node]
    return StreetGraph(
        projection=large.projection,
        node_xy_m=xy_m,
        node_osm_id=large.node_osm_id[node],
        edge_nodes=edge_nodes,
        edge_length_m=length_m,
        edge_osm_id=np.zeros(q, np.int64),
        shape_xy_m=xy_m[edge_nodes.ravel()],
        shape_start=np.arange(0, 2 * q + 1, 2),
        tags=StreetTags.empty(q),
    )


def _fleet(
    problem: PatrolProblem,
    digest: str,
    pieces: _Pieces,
    kept: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[PatrolRobot, ...]:
    """Put the robots on the small streets."""
    piece, node = kept
    traversals = {}
    for traversal, _ in by_traversal(problem.fleet):
        exclusion = np.full(len(pieces.ends), Exclusion.NONE, np.int8)
        exclusion[: len(pieces.number)] = traversal.exclusion[pieces.number]
        travel_s = pieces.summed(traversal.travel_s)[piece]
        traversals[id(traversal)] = Traversal(digest, travel_s, exclusion[piece])

    def at(place: int) -> int:
        return int(np.searchsorted(node, place))

    return tuple(
        replace(
            robot,
            dock=at(robot.dock),
            start=at(robot.start),
            end=None if robot.end is None else at(robot.end),
            traversal=traversals[id(robot.traversal)],
        )
        for robot in problem.fleet
    )


@compiled
def _add_up(
    cost: NDArray[np.float64], ends: NDArray[np.int64], made_of: NDArray[np.int64]
) -> None:
    """Work out the costs of short cuts from those of their parts, first made first."""
    for e in range(len(ends)):
        if made_of[e, 0] == NONE:
            continue
        x, y = made_of[e]
        turned_x = int(ends[x, 0] != ends[e, 0])
        turned_y = int(ends[y, 1] != ends[e, 1])
        for way in range(2):
            cost[e, way] = cost[x, way ^ turned_x] + cost[y, way ^ turned_y]


@compiled
def _unfolded(
    walk: NDArray[np.int64],
    at: int,
    ends: NDArray[np.int64],
    made_of: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Replace the short cuts of a walk by the streets that they lead over."""
    streets = [np.int64(0)]
    streets.clear()
    for piece in walk:
        turned = ends[piece, 0] != at
        at = ends[piece, 0] if turned else ends[piece, 1]
        stack = [(np.int64(piece), turned)]
        while len(stack) > 0:
            e, back = stack.pop()
            x, y = made_of[e]
            if x == NONE:
                streets.append(e)
                continue
            back_x = back != (ends[x, 0] != ends[e, 0])
            back_y = back != (ends[y, 1] != ends[e, 1])
            if back:
                x, y, back_x, back_y = y, x, back_y, back_x
            stack.append((np.int64(y), back_y))
            stack.append((np.int64(x), back_x))
    return np.array(streets)
