"""When a program has had cuts enough."""

from patrol.planning.solver import is_stuck


def test_program_that_still_falls_is_not_stuck() -> None:
    assert not is_stuck([100.0 - step for step in range(20)])


def test_program_that_hardly_falls_is_stuck_only_after_some_rounds() -> None:
    still = [100.0 - 0.01 * step for step in range(20)]
    assert not is_stuck(still[:10])
    assert is_stuck(still)


def test_sign_of_what_is_made_small_does_not_matter() -> None:
    assert is_stuck([-100.0 + 0.01 * step for step in range(20)])
