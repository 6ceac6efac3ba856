"""A cable that is pulled out and put in again, under the same or another name."""

import itertools
import os
import select
from pathlib import Path

import pytest

from firmware_bridge.lasting_port import LastingPort
from firmware_bridge.ports import Plug, Port, PortGoneError, PortStuckError
from firmware_bridge.serial_link import SerialLink
from patrol.errors import LinkError
from patrol.robot import Action, Drive, RobotState
from sim.clock import VirtualClock
from sim.firmware import SimFirmware
from sim.pty_port import PtyPort, open_pty
from sim.robot import Pose, SimRobot

USABLE_S = 1.0
ARRIVAL_S = 20.0  # of the kernel, in real time


class Bench:
    """A socket with a robot in it, in virtual time; a hand pulls the cable."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.there = True
        self.refuses_until_s = 0.0
        self.opened_s: list[float] = []
        self.tried_s: list[float] = []
        self.port = Cable(self)

    def where(self) -> str | None:
        return "/dev/ttyUSB1" if self.there else None

    def open(self) -> Port:
        self.tried_s.append(self.clock())
        if not self.there or self.clock() < self.refuses_until_s:
            raise LinkError("cannot open it: this user may not use it")
        self.opened_s.append(self.clock())
        return self.port

    def lasting(self) -> LastingPort:
        return LastingPort(self, name="robot-1", clock=self.clock, wait=self.wait)

    def wait(self, time_s: float) -> None:
        assert time_s > 0
        self.clock.advance_to(self.clock() + time_s)


class Cable:
    """A port that says nothing, and fails as the bench says."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.timeout: float | None = 0.0
        self.stuck = False
        self.written = b""

    @property
    def in_waiting(self) -> int:
        self._check()
        return 0

    def read(self, _: int = 1, /) -> bytes:
        self._check()
        self.bench.wait(self.timeout or 1e-6)
        return b""

    def write(self, data: bytes, /) -> int:
        self._check()
        if self.stuck:
            raise PortStuckError("it took no byte for 0.5 s")
        self.written += data
        return len(data)

    def close(self) -> None:
        return None

    def _check(self) -> None:
        if not self.bench.there:
            raise PortGoneError(5, "Input/output error")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_port_that_cannot_be_opened_at_first_is_an_error(bench: Bench) -> None:
    bench.there = False
    with pytest.raises(LinkError, match="may not use it"):
        bench.lasting()


@pytest.mark.parametrize("away_s", [0.05, 1.0, 59.0, 3600.0])
def test_replugged_port_is_usable_within_a_second(bench: Bench, away_s: float) -> None:
    port = bench.lasting()
    bench.there = False
    port.timeout = away_s
    assert port.read() == b""  # finds that it is lost
    assert port.read() == b""
    assert bench.clock() == pytest.approx(away_s)
    bench.there = True
    bench.refuses_until_s = away_s + 0.3  # the system gives rights a little later
    port.timeout = 5.0
    port.read()
    assert bench.opened_s[-1] - away_s <= USABLE_S
    assert (port.losses, port.returns) == (1, 1)


def test_attempts_back_off_from_50_ms_to_2_s(bench: Bench) -> None:
    port = bench.lasting()
    bench.there = False
    port.read()
    bench.there, bench.refuses_until_s = True, 1e9
    port.timeout = 60.0
    port.read()
    tries = bench.tried_s[1:]
    gaps = [b - a for a, b in itertools.pairwise(tries)]
    assert gaps[:6] == [pytest.approx(0.05 * 2**k, abs=0.051) for k in range(6)]
    assert gaps[6:] == [pytest.approx(2.0, abs=0.051)] * len(gaps[6:])
    assert 60 / 2 <= len(tries) <= 40


def test_port_that_stays_forbidden_is_told_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    port = bench.lasting()
    bench.there = False
    port.read()
    bench.there, bench.refuses_until_s = True, 1e9
    port.timeout = 60.0
    port.read()
    assert caplog.text.count("may not use it") == 1
    assert "robot-1: the port is lost (Input/output error)" in caplog.text


def test_what_is_written_to_a_lost_port_never_reaches_the_robot(bench: Bench) -> None:
    port = bench.lasting()
    bench.there = False
    assert port.write(b"forward") is None
    assert port.write(b"forward") is None
    bench.there = True
    port.timeout = 1.0
    port.read()
    assert port.write(b"stop") == 4
    assert bench.port.written == b"stop"
    assert port.counters == {
        "port_losses": 1,
        "port_returns": 1,
        "port_stalls": 0,
        "port_bytes_dropped": 14,
    }


def test_robot_that_takes_no_bytes_is_no_lost_port(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    port = bench.lasting()
    bench.port.stuck = True
    assert port.write(b"forward") is None
    assert (port.stalls, port.losses) == (1, 0)
    assert "robot-1: it took no byte for 0.5 s" in caplog.text


def test_looking_at_a_lost_port_finds_nothing_and_closing_ends_it(bench: Bench) -> None:
    port = bench.lasting()
    bench.there = False
    assert port.in_waiting == 0
    assert port.in_waiting == 0
    assert port.losses == 1
    port.close()
    bench.there = True
    port.timeout = 3.0
    port.read()
    assert port.returns == 0


class Cables:
    """
    The same robot on one pseudo-terminal after another, behind one link.

    The kernel delivers late on a busy machine, so each end waits for what was sent.
    """

    def __init__(self, folder: Path) -> None:
        self.link = folder / "usb-Arduino_Uno_955-if00"
        self.firmware = SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0)))
        self.clock = VirtualClock()
        self.robot_end = -1
        self.to_robot = self.to_host = 0
        self.plug_in()

    def plug_in(self) -> None:
        self.robot_end, host_end = open_pty()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(host_end))
        self.host_end = host_end
        self.to_robot = self.to_host = 0

    def pull_out(self) -> None:
        os.close(self.host_end)
        os.close(self.robot_end)
        self.robot_end = -1

    def wait(self, time_s: float) -> None:
        """Let the robot live on, with or without a cable."""
        end_s = self.clock() + time_s
        while self.clock() < end_s:
            if self.robot_end >= 0:
                said = self.firmware.receive(self._heard()) + self.firmware.step()
                self.to_host += os.write(self.robot_end, said)
            else:
                self.firmware.step()
            self.clock.advance_to(min(end_s, self.clock() + 0.02))

    def let_host_hear(self, port: Port) -> None:
        while self.robot_end >= 0 and port.in_waiting < self.to_host:
            assert select.select([self.host_end], [], [], ARRIVAL_S)[0]

    def _heard(self) -> bytes:
        heard = b""
        while len(heard) < self.to_robot:
            assert select.select([self.robot_end], [], [], ARRIVAL_S)[0]
            heard += os.read(self.robot_end, 4096)
        self.to_robot = 0
        return heard


class VirtualPort:
    """A port of the kernel whose timeouts are in virtual time."""

    def __init__(self, port: Port, cables: Cables) -> None:
        self.timeout: float | None = 0.0
        self._port, self._cables = port, cables
        cables.to_host = 0  # what came before it was opened is thrown away

    @property
    def in_waiting(self) -> int:
        return self._port.in_waiting

    def read(self, _: int = 1, /) -> bytes:
        self._cables.wait(min(self.timeout or 0.001, 0.02))
        self._cables.let_host_hear(self._port)
        found = self._port.read(self._port.in_waiting)
        self._cables.to_host = max(0, self._cables.to_host - len(found))
        return found

    def write(self, data: bytes, /) -> int | None:
        written = self._port.write(data)
        self._cables.to_robot += len(data)
        return written

    def close(self) -> None:
        self._port.close()


class VirtualPlug(Plug):
    """A plug whose ports run in virtual time."""

    def __init__(self, cables: Cables) -> None:
        super().__init__(str(cables.link))
        self.cables = cables

    def open(self) -> VirtualPort:  # type: ignore[override]
        return VirtualPort(super().open(), self.cables)


def test_robot_goes_on_after_a_replug_under_another_name(tmp_path: Path) -> None:
    cables = Cables(tmp_path)
    port = LastingPort(
        VirtualPlug(cables), name="r", clock=cables.clock, wait=cables.wait
    )
    link = SerialLink(port, name="r", clock=cables.clock, nonce=1)
    link.connect()
    link.send(Action.ARM)
    assert link.flush(2.0)
    link.send(Drive(0.5, 0.0))
    link.poll(0.3)
    assert cables.firmware.machine.robot.speed_mps > 0

    cables.pull_out()
    for _ in range(20):
        link.send(Drive(0.5, 0.0))
        assert link.poll(0.2) == []
    assert cables.firmware.machine.core.state is RobotState.HELD
    assert cables.firmware.machine.robot.speed_mps == 0

    cables.plug_in()
    back_s = cables.clock()
    reports = link.poll(USABLE_S)
    assert cables.clock() - back_s <= USABLE_S
    assert reports[-1].state is RobotState.HELD
    link.send(Action.ARM)
    assert link.flush(1.0)
    assert cables.firmware.executed == [Action.ARM, Action.ARM]
    assert link.counters["port_returns"] == 1
    link.close()
    cables.pull_out()


def test_plain_port_that_is_lost_says_so(tmp_path: Path) -> None:
    port = PtyPort(SimFirmware(SimRobot(Pose(0.0, 0.0, 0.0))))
    link = SerialLink(port, name=str(tmp_path), clock=port.clock, nonce=1)
    port.unplug()
    with pytest.raises(LinkError, match="lost the robot"):
        link.poll(0.1)
    assert "port_losses" not in link.counters
