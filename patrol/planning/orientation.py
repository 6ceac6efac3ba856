"""Directions for passes that make an even network: the cheapest, exactly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from patrol.planning.windy_problem import WindyProblem


def orient(problem: WindyProblem, total: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """
    Choose the cheapest directions in which each node is left as often as entered.

    Half of what leaves a node in both directions is what has to leave it, so this
    is a flow of minimum cost, and whole numbers cost it nothing [1]_.

    Parameters
    ----------
    problem
        Windy rural postman problem on ``m`` edges.
    total
        Passes of each edge in both directions together, shape ``(m,)``.

    Returns
    -------
    NDArray or None
        Passes along and against each edge, shape ``(m, 2)``; None if some node has
        an odd number of passes, or forbidden directions leave no way.

    References
    ----------
    .. [1] Win (1989). On the windy postman problem on Eulerian graphs.
       *Mathematical Programming* 44, 97-112. doi:10.1007/BF01587080.
    """
    n, m = problem.num_nodes, problem.num_edges
    a, b = problem.edge_nodes.T
    degree = np.bincount(np.append(a, b), weights=np.append(total, total), minlength=n)
    if (degree % 2).any():
        return None
    edges = np.arange(m)
    signs = np.concatenate([np.ones(m), -np.ones(m)])
    places = (np.concatenate([a, b]), np.concatenate([edges, edges]))
    leaving: Any = csr_array((signs, places), shape=(n, m))  # no sparse A_eq in stubs
    low = np.where(problem.drivable[:, 1], 0, total)
    high = np.where(problem.drivable[:, 0], total, 0)
    gain = np.where(problem.drivable.all(axis=1), problem.cost @ [1, -1], 0)
    limits: Any = np.stack([low, high], axis=1).astype(np.float64)
    result: Any = linprog(
        gain.astype(np.float64),
        A_eq=leaving,
        b_eq=leaving @ total / 2,
        bounds=limits,
        method="highs-ds",
    )
    if result.x is None:
        return None
    along = np.rint(result.x).astype(np.int64)
    return np.stack([along, total - along], axis=1)
