import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.image import imread

from patrol.planning.plan import Route
from patrol.report.picture import write_map_png
from tests.report.example_night import grid_night, helsinki_night


def test_picture_is_a_png_of_1600_pixels_with_many_colours(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    write_map_png(helsinki_night(), path)
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    pixels = imread(path)
    assert pixels.shape[1] == 1600
    colours = np.unique((pixels[..., :3] * 255).astype(int).reshape(-1, 3), axis=0)
    assert len(colours) > 1000
    assert list(tmp_path.iterdir()) == [path]


def test_served_streets_stand_out_from_deadhead_and_from_no_route(
    tmp_path: Path,
) -> None:
    night = grid_night(driven=False)
    routes = night.plan.routes
    never = tuple(replace(r, served=np.zeros(len(r.streets), bool)) for r in routes)
    idle = tuple(emptied(route) for route in routes)
    plans = {"idle": idle, "deadhead": never, "served": routes}
    seen = []
    for name, shown in plans.items():
        path = tmp_path / f"{name}.png"
        write_map_png(replace(night, plan=replace(night.plan, routes=shown)), path)
        seen.append(bluish(path))
    assert seen[1] > seen[0] + 300
    assert seen[2] > 1.5 * seen[1]


def emptied(route: Route) -> Route:
    arrays = ("streets", "forward", "served", "depart_s", "arrive_s", "trip")
    return replace(route, **{name: getattr(route, name)[:0] for name in arrays})


def bluish(path: Path) -> int:
    red, _, blue = imread(path)[..., :3].transpose(2, 0, 1)
    return int((blue > red + 0.3).sum())


def test_korean_name_is_left_out_rather_than_drawn_as_boxes(tmp_path: Path) -> None:
    night = replace(grid_night(), place="관악구")
    write_map_png(night, tmp_path / "map.png")
    assert (tmp_path / "map.png").exists()


def test_picture_leaves_pyplot_alone(tmp_path: Path) -> None:
    before = "matplotlib.pyplot" in sys.modules
    write_map_png(grid_night(), tmp_path / "map.png")
    assert ("matplotlib.pyplot" in sys.modules) == before
