"""MAVSDK as a vehicle, over a pseudo-terminal and a relay that damages bytes."""

import json
import os
import select
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_bridge import ports
from firmware_bridge.mavlink_link import MavlinkLink
from firmware_bridge.mavlink_mission import items_of
from firmware_bridge.mavlink_modes import PX4
from maps.project import LocalProjection
from patrol.robot import Action, RobotMission, RobotState, Telemetry
from sim.faults import damage
from sim.pty_port import open_pty
from tests.shared_data import need

PLANE = LocalProjection(126.95, 37.48)
PATIENCE_S = 60.0  # a busy machine is slow; nothing here asks how fast


class Relay:
    """Carry bytes between two pseudo-terminals, with damage, until it is cut."""

    def __init__(self) -> None:
        self.rate = 0.0
        self.cut = False
        pairs = [open_pty(), open_pty()]
        for _, far_end in pairs:
            tty.setraw(far_end)
        self.names = [os.ttyname(far_end) for _, far_end in pairs]
        self._ends = [near_end for near_end, _ in pairs]
        self._held = [far_end for _, far_end in pairs]
        self._over, self._wake = os.pipe()
        self._dice = np.random.default_rng(5)
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def close(self) -> None:
        os.write(self._wake, b"x")
        self._thread.join()
        for number in (*self._ends, *self._held, self._over, self._wake):
            os.close(number)

    def _carry(self) -> None:
        first, second = self._ends
        other = {first: second, second: first}
        while True:
            ready, _, _ = select.select([first, second, self._over], [], [])
            if self._over in ready:
                return
            for end in ready:
                data = os.read(end, 4096)
                data, _ = damage(data, rate=self.rate, generator=self._dice)
                if not self.cut:
                    os.write(other[end], data)


class Vehicle:
    """The vehicle's process, and what it has told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def wait_for(self, *, after: int = 0, **words: object) -> None:
        def has_come() -> bool:
            return any(words.items() <= event.items() for event in self.told[after:])

        with self._news:
            assert self._news.wait_for(has_come, PATIENCE_S), (words, self.told)

    def all_of(self, name: str) -> list[Any]:
        return [event[name] for event in self.told if name in event]

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self._thread.join()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            with self._news:
                self.told.append(json.loads(line))
                self._news.notify_all()


@contextmanager
def vehicle_on(relay: Relay) -> Iterator[Vehicle]:
    script = Path(__file__).with_name("mavsdk_vehicle.py")
    with subprocess.Popen(
        [sys.executable, str(script), relay.names[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        vehicle = Vehicle(process)
        try:
            vehicle.wait_for(ready=True)
            yield vehicle
        finally:
            vehicle.end()


def zigzag(points: int = 12) -> RobotMission:
    xy_mm = np.array([(5000 * i, 3000 * (i % 2)) for i in range(points)], np.int32)
    return RobotMission(xy_mm, np.array([900] * points, np.uint16))


def given(mission: RobotMission) -> list[list[Any]]:
    items = items_of(mission, PX4, PLANE.to_lon_lat_deg).items
    return [[i.command, i.lat, i.lon, i.speed_mps] for i in items]


def state_of(link: MavlinkLink, wanted: RobotState) -> Telemetry:
    """Poll until the vehicle is in a state."""
    for _ in range(round(PATIENCE_S / 0.5)):
        for report in link.poll(0.5):
            if report.state is wanted:
                return report
    raise AssertionError(f"it never became {wanted.name}")


def test_mavsdk_takes_an_equal_mission_runs_commands_once_and_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "_WRITE_TIMEOUT_S", PATIENCE_S)
    for package in ("pymavlink", "mavsdk"):
        need(package)
    relay = Relay()
    try:
        with vehicle_on(relay) as vehicle:
            port = ports.open_port(relay.names[1])
            link = MavlinkLink(port, name="mavsdk", projection=PLANE)
            assert link.connect(PATIENCE_S) == []
            relay.rate = 5e-3
            link.load_mission(zigzag(), from_m=0.0, timeout_s=PATIENCE_S)
            vehicle.wait_for(mission=given(zigzag()))
            link.send(Action.ARM)
            link.send(Action.ARM)
            state_of(link, RobotState.ARMED)
            relay.rate = 0.0
            link.send(Action.DISARM)
            state_of(link, RobotState.DISARMED)
            link.send(Action.ARM)
            link.send(Action.START_MISSION)
            vehicle.wait_for(mode="MISSION")
            state_of(link, RobotState.ARMED)
            assert vehicle.all_of("armed") == [True, False, True]
            before = len(vehicle.told)
            relay.cut = True
            vehicle.wait_for(failsafe=True, after=before)
            relay.cut = False
            report = state_of(link, RobotState.HELD)
            assert report.mission == zigzag().digest
            link.close()
    finally:
        relay.close()
