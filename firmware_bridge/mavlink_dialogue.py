"""What is talked over with a vehicle before it drives: failsafes and missions."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.mavlink_mission import (
    Clearing,
    Download,
    ItemList,
    Pointing,
    Transfer,
    Upload,
)
from firmware_bridge.mavlink_modes import Failsafe, Mode
from firmware_bridge.mavlink_session import MavSession, Wish
from firmware_bridge.mavlink_wire import Address

_log = logging.getLogger(__name__)

_EARLY_S = 1e-6
_PATIENCE_S = 3.0  # a vehicle that says nothing in a transfer for so long is asked anew
_PAUSE_S = 1.0  # after a refusal: ArduPilot has no room for a mission while it starts
_ASK_FAILSAFES_S = 3.0
_ACCEPTED = 0  # MAV_MISSION_ACCEPTED


@dataclass
class Dialogue:
    """
    Talk with a vehicle until something is settled or the time is over.

    Attributes
    ----------
    session
        The host's end.
    name
        Of the vehicle, for messages.
    clock
        Monotonic clock in seconds.
    exchange
        Writes what is due and takes in what comes, until this time at most.
    """

    session: MavSession
    name: str
    clock: Callable[[], float]
    exchange: Callable[[float], None]

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something holds; tell whether it does."""
        end_s = self.clock() + timeout_s
        while not until():
            if self.clock() >= end_s - _EARLY_S:
                return False
            self.exchange(end_s)
        return True

    def check_failsafes(self) -> list[str]:
        """Ask for the parameters of the failsafes; say what is wrong with them."""
        checks = self.session.view.autopilot.failsafes
        told = self.session.parameters
        self.session.ask_for(*(check.name for check in checks))
        self.wait(lambda: all(c.name in told for c in checks), _ASK_FAILSAFES_S)
        self.session.ask_for()
        wrong = [text for check in checks if (text := self._judge(check))]
        for text in wrong:
            _log.warning("%s: %s", self.name, text)
        return wrong

    def stop_mission(self, timeout_s: float) -> bool:
        """Let a vehicle that drives a mission stand, guided; tell whether it does."""
        view = self.session.view
        if not view.armed or view.mode is not Mode.AUTO:
            return True
        self.session.want(Wish(Mode.GUIDED, None), self.clock())
        return self.wait(lambda: view.mode is not Mode.AUTO, timeout_s)

    def give(self, items: ItemList, end_s: float) -> bool:
        """Upload a mission until what is read back is what was given."""
        while self.clock() < end_s:
            upload = Upload(self._target, items.items)
            self._run(upload, end_s)
            if upload.result not in (None, _ACCEPTED):
                _log.info("%s: mission refused (%s)", self.name, upload.result)
                self.wait(lambda: False, min(_PAUSE_S, end_s - self.clock()))
                continue
            held = Download(self._target)
            self._run(held, end_s)
            if held.done and items.is_same(held.items):
                return True
        return False

    def point_at(self, item: int, end_s: float) -> bool:
        """Make an item the next to be driven to; tell whether the vehicle says so."""
        pointing = Pointing(self._target, item)
        self._run(pointing, end_s + _PATIENCE_S)
        return pointing.done

    def forget(self) -> str:
        """Clear the vehicle's mission; say what it holds now."""
        end_s = self.clock() + _PATIENCE_S
        self._run(Clearing(self._target), end_s)
        held = Download(self._target)
        self._run(held, end_s + _PATIENCE_S)
        home = self.session.view.autopilot.first_item
        if held.done and len(held.items) <= home:
            return "it holds none now"
        return "what it holds is not known: do not start it"

    def _judge(self, check: Failsafe) -> str:
        value = self.session.parameters.get(check.name)
        if value is None:
            return f"it does not tell {check.name}: if that is wrong, {check.otherwise}"
        if check.is_safe(value):
            return ""
        return f"{check.name} is {value:g}: {check.otherwise}"

    def _run(self, transfer: Transfer, end_s: float) -> None:
        self.session.transfer = transfer
        transfer.heard_s = self.clock()
        while not transfer.done and self.clock() < min(
            end_s, transfer.heard_s + _PATIENCE_S
        ):
            self.exchange(end_s)
        self.session.transfer = None

    @property
    def _target(self) -> Address:
        return self.session.view.address or Address(0, 0)
