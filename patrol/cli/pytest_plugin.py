"""
The conformance suite as tests in anybody's own pytest run.

``pytest --robot-address /dev/ttyUSB0`` adds one test for each check; nothing moves
unless ``--allow-motion`` is given, too. Without an address the plugin does nothing.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from patrol.errors import LinkError

if TYPE_CHECKING:
    from firmware_bridge.conformance import Bench, Check
    from firmware_bridge.probe import Probe


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the bench."""
    group = parser.getgroup("patrol", "a robot on the bench (patrol hil)")
    group.addoption(
        "--robot-address",
        metavar="ADDRESS",
        help="add a test for each check of the robot at this address: a serial port, "
        "usb:VID:PID:SERIAL, sim, firmware or simavr",
    )
    group.addoption(
        "--allow-motion",
        action="store_true",
        help="let the robot move: jack it up first",
    )
    group.addoption(
        "--robot-baud", type=int, default=115_200, help="bits per second of its port"
    )


@pytest.hookimpl(tryfirst=True)  # so that -k and -m choose among the checks, too
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the checks after all other tests."""
    address = config.getoption("--robot-address")
    if address:
        suite = RobotSuite.from_parent(session, name=f"robot {address}")
        items += list(suite.collect())


class RobotSuite(pytest.Collector):
    """The robot, opened for the first of its checks and closed after the last."""

    def __init__(self, *arguments: Any, **words: Any) -> None:
        super().__init__(*arguments, **words)
        self._stack = ExitStack()
        self._opened: tuple[Probe, Bench] | None = None

    def collect(self) -> Iterator["RobotCheck"]:
        """Give one item for each check."""
        from firmware_bridge.conformance_checks import CHECKS

        for check in CHECKS:
            name = f"{check.group}: {check.name}"
            yield RobotCheck.from_parent(self, name=name, check=check)

    def robot(self) -> tuple["Probe", "Bench"]:
        """Open the robot, once."""
        from firmware_bridge.probe import Probe
        from patrol.cli.bench import open_bench

        if self._opened is None:
            option = self.config.getoption
            context = open_bench(
                option("--robot-address"),
                allow_motion=option("--allow-motion"),
                baud=option("--robot-baud"),
            )
            bench = self._stack.enter_context(context)
            self._opened = Probe(bench.port, bench.clock, bench.nonce), bench
        return self._opened

    def teardown(self) -> None:
        """Close the robot."""
        self._stack.close()
        self._opened = None


class RobotCheck(pytest.Item):
    """One check of the suite."""

    def __init__(self, *arguments: Any, check: "Check", **words: Any) -> None:
        super().__init__(*arguments, **words)
        self._check = check

    def runtest(self) -> None:
        """
        Run the check; what it measured is a property of the test.

        Raises
        ------
        LinkError
            If the robot does not do what the protocol says.
        """
        from firmware_bridge.conformance import Outcome, run_check
        from firmware_bridge.conformance_report import figure_in_words

        assert isinstance(self.parent, RobotSuite)  # noqa: S101 - for mypy
        row = run_check(self._check, *self.parent.robot())
        if row.measured is not None:
            self.user_properties.append(("measured", figure_in_words(row.measured)))
        if row.outcome is Outcome.SKIPPED:
            pytest.skip(row.detail)
        if row.outcome is Outcome.FAILED:
            raise LinkError(row.detail)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *_: object
    ) -> str:
        """Say what is wrong with the robot, without a trace of our code."""
        from firmware_bridge.conformance_meanings import MEANINGS

        meaning = MEANINGS.get((self._check.group, self._check.name), "")
        return f"{excinfo.value}\n{meaning}"

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Name the check where pytest names a test."""
        return "robot", None, self.name
