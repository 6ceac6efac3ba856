"""
A multiplier of the risk, learned from where the named parts were wrong.

Small symmetric trees [1]_ sort the units into groups by what is known of them. In each
group, what was found is held against what was expected, with a few incidents' worth
of doubt added to both (the mean of a gamma posterior), and a part of that ratio goes
into the multiplier. A group with little evidence so keeps a factor near 1.

.. [1] Prokhorenkova and others (2018). CatBoost: unbiased boosting with categorical
   features. *NeurIPS* 31. arXiv:1706.09516.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Split = tuple[int, int]
"""Feature, and the last of its classes that stays on the lower side."""


@dataclass(frozen=True)
class MultiplierOptions:
    """
    How carefully a multiplier is learned.

    Attributes
    ----------
    trees
        Number of trees.
    depth
        Splits of each tree: ``2 ** depth`` groups.
    rate
        Part of the logarithm of a group's ratio that is taken over.
    doubt
        Incidents added to what a group found and to what it expected.
    classes
        Number of classes that a feature is cut into, by its quantiles.
    """

    trees: int = 60
    depth: int = 3
    rate: float = 0.1
    doubt: float = 15.0
    classes: int = 32


@dataclass(frozen=True)
class Multiplier:
    """
    A learned multiplier.

    Attributes
    ----------
    cuts
        Ascending limits between the classes of each of ``f`` features.
    trees
        Splits of each tree, and the logarithm of the factor of each of its groups.
    """

    cuts: tuple[NDArray[np.float64], ...]
    trees: tuple[tuple[tuple[Split, ...], NDArray[np.float64]], ...]

    def factor(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the factor of each unit, ``(m,)``, from its features, ``(m, f)``."""
        classes = _classes(features, self.cuts)
        log_factor = np.zeros(len(features))
        for splits, by_group in self.trees:
            log_factor += by_group[_groups(classes, splits)]
        return np.exp(log_factor)


def learn_multiplier(
    features: NDArray[np.float64],
    expected: NDArray[np.float64],
    found: NDArray[np.float64],
    *,
    options: MultiplierOptions,
) -> Multiplier:
    """
    Learn where more or less was found than expected.

    Parameters
    ----------
    features
        What is known of each unit and window, shape ``(r, f)``.
    expected, found
        Incidents, shape ``(r,)``.
    options
        How carefully.
    """
    quantiles = np.linspace(0, 1, options.classes + 1)[1:-1]
    cuts = tuple(np.unique(np.quantile(column, quantiles)) for column in features.T)
    classes = _classes(features, cuts)
    so_far = expected.copy()
    trees = []
    for _ in range(options.trees):
        splits: tuple[Split, ...] = ()
        for _ in range(options.depth):
            groups = _groups(classes, splits)
            splits = (*splits, _best_split(classes, groups, (so_far, found), options))
        groups = _groups(classes, splits)
        size = 2**options.depth
        ratio = (np.bincount(groups, found, size) + options.doubt) / (
            np.bincount(groups, so_far, size) + options.doubt
        )
        by_group = options.rate * np.log(ratio)
        so_far *= np.exp(by_group)[groups]
        trees.append((splits, by_group))
    return Multiplier(cuts, tuple(trees))


def _best_split(
    classes: NDArray[np.int64],
    groups: NDArray[np.int64],
    pair: tuple[NDArray[np.float64], NDArray[np.float64]],
    options: MultiplierOptions,
) -> Split:
    """Split every group alike where that gains the most likelihood."""
    shape = (int(groups.max()) + 1, options.classes)
    best, best_gain = (0, 0), -np.inf
    for feature, column in enumerate(classes):
        key = groups * options.classes + column
        expected, found = (
            np.bincount(key, one, shape[0] * shape[1]).reshape(shape).cumsum(axis=1)
            for one in pair
        )
        gain = _gain(expected, found, options.doubt) + _gain(
            expected[:, -1:] - expected, found[:, -1:] - found, options.doubt
        )
        at = int(gain.sum(axis=0)[:-1].argmax())
        if gain.sum(axis=0)[at] > best_gain:
            best, best_gain = (feature, at), float(gain.sum(axis=0)[at])
    return best


def _gain(
    expected: NDArray[np.float64], found: NDArray[np.float64], doubt: float
) -> NDArray[np.float64]:
    more = np.maximum(found, 0) + doubt
    less = np.maximum(expected, 0) + doubt
    return np.asarray(more * np.log(more / less) - (more - less))


def _classes(
    features: NDArray[np.float64], cuts: tuple[NDArray[np.float64], ...]
) -> NDArray[np.int64]:
    """Class of each unit in each feature, shape ``(f, r)``."""
    return np.array(
        [
            np.searchsorted(limits, column, side="right")
            for limits, column in zip(cuts, features.T, strict=True)
        ]
    )


def _groups(classes: NDArray[np.int64], splits: tuple[Split, ...]) -> NDArray[np.int64]:
    groups = np.zeros(classes.shape[1], dtype=np.int64)
    for feature, last in splits:
        groups = groups * 2 + (classes[feature] > last)
    return groups
