"""Uncertainty of a place on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.messages import Report
from firmware_bridge.place_codes import code_of_sigma, sigma_of_code
from patrol.robot import RobotState, Telemetry


@given(st.floats(0, 50))
def test_robot_never_seems_surer_than_it_is_nor_much_less(sigma_m: float) -> None:
    told = sigma_of_code(code_of_sigma(sigma_m))
    assert told is not None
    assert sigma_m <= told * (1 + 1e-6)
    assert told <= max(sigma_m * 1.15, 0.01) * (1 + 1e-6)


@pytest.mark.parametrize("code", range(64))
def test_each_code_stays_itself(code: int) -> None:
    assert code_of_sigma(sigma_of_code(code)) == code


def test_lost_robot_has_the_greatest_code_and_a_silent_one_none() -> None:
    assert code_of_sigma(1e9) == 63
    assert sigma_of_code(code_of_sigma(None)) is None


@given(sigma_m=st.none() | st.floats(0, 50), on=st.booleans(), charging=st.booleans())
def test_report_carries_it_beside_the_switches(
    sigma_m: float | None, on: bool, charging: bool
) -> None:
    sent = Telemetry(
        1.0, 2.0, 3.0, 0.5, 1.0, 0.5, RobotState.ARMED, on, charging, sigma_m=sigma_m
    )
    got = Report.unpack(Report(sent).pack())
    assert got is not None
    assert got.telemetry.sigma_m == sigma_of_code(code_of_sigma(sigma_m))
    assert (got.telemetry.sensors_on, got.telemetry.charging) == (on, charging)
