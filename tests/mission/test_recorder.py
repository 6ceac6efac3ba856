import numpy as np
import pytest

from patrol.mission.recorder import Recorder
from patrol.robot import RobotState, Telemetry


def report(time_s: float, x_m: float, *, speed_mps: float) -> Telemetry:
    return Telemetry(time_s, x_m, 0.0, 0.0, speed_mps, 1.0, RobotState.ARMED)


def test_a_robot_at_rest_drives_no_distance_however_noisy_its_place() -> None:
    noise_m = np.random.default_rng(0).normal(0, 0.02, 500)
    recorder = Recorder("r1")
    for i, x_m in enumerate(noise_m.tolist()):
        recorder.hear(report(i * 0.2, x_m, speed_mps=0.0))
    assert recorder.driven_m == 0


def test_distance_is_counted_from_the_speed_and_over_gaps_from_the_places() -> None:
    recorder = Recorder("r1")
    recorder.hear(report(0.0, 0.0, speed_mps=1.0))
    recorder.hear(report(0.2, 0.2, speed_mps=1.0))
    assert recorder.driven_m == pytest.approx(0.2)
    recorder.hear(report(5.2, 3.2, speed_mps=0.0))
    assert recorder.driven_m == pytest.approx(3.2)
    recorder.hear(report(0.1, 99.0, speed_mps=1.0))  # its clock began anew
    assert recorder.driven_m == pytest.approx(3.2)


def test_there_is_no_sample_before_the_first_report_and_then_one_a_second() -> None:
    recorder = Recorder("r1")
    assert not recorder.wants_sample(0.0)
    recorder.hear(report(0.0, 0.0, speed_mps=1.0))
    recorder.sample(0.0)
    assert not recorder.wants_sample(0.8)
    assert recorder.wants_sample(1.0)
    assert recorder.track({}).samples == 1
