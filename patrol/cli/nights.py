"""``patrol nights``: one plan in many nights, to see what chance does to it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from patrol.cli.options import Json, OtherMap, PlanFile, Seed
from patrol.cli.output import emit, progress_console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.fleet import Nights

_SHARES = (5, 50, 95)


def nights(
    plan_path: PlanFile,
    count: Annotated[
        int, typer.Option("--nights", help="How many nights.", min=1, max=10_000)
    ] = 200,
    people_per_h: Annotated[
        float,
        typer.Option(
            help="How often an hour somebody is in a robot's way, for 5 to 20 s.",
            min=0.0,
            max=360.0,
        ),
    ] = 6.0,
    other_map: OtherMap = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Drive PLAN in many nights at once, to see when the robots are back."""
    from patrol.cli.steps import load_planned
    from patrol.mission.path import PlannedPath
    from sim.fleet import Chances, many_nights

    plan, street_map = load_planned(plan_path, other_map)
    robots = []
    with progress_console(as_json=as_json).status("Driving") as status:
        for number, (robot, route) in enumerate(
            zip(plan.fleet, plan.routes, strict=True)
        ):
            status.update(f"Driving {robot.name}")
            driven = many_nights(
                PlannedPath.of(route, street_map.graph),
                robot.profile,
                nights=count,
                seed=seed * 1000 + number,
                chances=Chances(people_per_h=people_per_h, charge=robot.charge),
            )
            robots.append(
                {"robot": robot.name, **_figures(driven, plan.shift.duration_s)}
            )
    rows = [(str(one["robot"]), _told(one)) for one in robots]
    emit({"nights": count, "robots": robots}, rows, as_json=as_json)


def _told(one: "Mapping[str, Any]") -> str:
    if not one["end_min"]:
        return "never comes home"
    early, usual, late = one["end_min"]
    return (
        f"back after {usual:g} min ({early:g} to {late:g} in 9 of 10 nights), within "
        f"the shift in {one['in_shift']:.0%}, battery not under "
        f"{one['least_battery'][0]:.0%}"
    )


def _figures(driven: "Nights", shift_s: float) -> dict[str, object]:
    import numpy as np

    home = np.isfinite(driven.end_s)
    in_shift = home & (driven.end_s <= shift_s)
    end_s = np.percentile(driven.end_s[home], _SHARES) if home.any() else np.empty(0)
    return {
        "home": round(float(home.mean()), 4),
        "in_shift": round(float(in_shift.mean()), 4),
        "end_min": (end_s / 60).round(1).tolist(),
        "least_battery": np.percentile(driven.battery, _SHARES).round(4).tolist(),
    }
