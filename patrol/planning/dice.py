"""Random numbers inside compiled functions, the same on every machine."""

import numpy as np
from numpy.typing import NDArray

from maps.compiled import compiled


def new_dice(seed: int) -> NDArray[np.uint64]:
    """Scatter a seed over 64 bits; never 0, at which the dice would stand still."""
    return np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64)


@compiled
def uniform(dice: NDArray[np.uint64]) -> float:
    """Draw a number from 0 to below 1 (xorshift64*)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 2.0**53
