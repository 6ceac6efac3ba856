from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maps.compiled import borrowed, compiled


class Pair(NamedTuple):
    rows: NDArray[np.float64]
    share: tuple[NDArray[np.int64], float]


@compiled
def _double(pair: Pair) -> float:
    lent = borrowed(pair)
    lent.rows[1] *= 2
    return float(lent.rows[1, 0] + lent.share[0][-1] + lent.share[1])


def test_borrowed_arrays_are_the_same_arrays_and_outlive_the_loan() -> None:
    rows, numbers = np.ones((4, 2))[::2], np.arange(3)
    assert _double(Pair(rows, (numbers, 0.5))) == 4.5
    assert rows.tolist() == [[1.0, 1.0], [2.0, 2.0]]
    del numbers
    assert rows.base is not None
