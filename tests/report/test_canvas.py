import re

import numpy as np
from hypothesis import given

from maps import StreetGraph
from patrol.report.canvas import UNITS_PER_M, Canvas
from tests.strategies import street_graphs


def read_path(path: str) -> list[np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    lines = []
    for text in path.split("M")[1:]:
        numbers = np.array([int(n) for n in re.findall(r"-?\d+", text)])
        lines.append(np.cumsum(numbers.reshape(-1, 2), axis=0))
    return lines


@given(graph=street_graphs())
def test_path_keeps_every_point_to_a_tenth_of_a_metre(graph: StreetGraph) -> None:
    canvas = Canvas.around(graph)
    shapes = [graph.shape_of(street) for street in range(graph.num_edges)]
    lines = read_path(canvas.path(shapes))
    for line, shape in zip(lines, shapes, strict=True):
        back = line / (UNITS_PER_M, -UNITS_PER_M) + (canvas.west_m, canvas.north_m)
        assert np.abs(back - shape).max() <= 0.5 / UNITS_PER_M + 1e-9


@given(graph=street_graphs())
def test_every_street_lies_on_the_canvas(graph: StreetGraph) -> None:
    canvas = Canvas.around(graph)
    places = canvas.place(graph.shape_xy_m)
    assert (places > 0).all()
    assert (places < (canvas.width, canvas.height)).all()


def test_line_of_one_point_is_left_out() -> None:
    canvas = Canvas(0.0, 0.0, 10, 10)
    assert canvas.path([np.zeros((1, 2)), np.zeros((0, 2))]) == ""
