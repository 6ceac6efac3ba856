"""
Commands on their way to the robot: numbered, repeated, answered.

A sliding window with go-back-N [1]_: at most `WINDOW` commands are unanswered on
the line, and all of them are sent again when the oldest stays unanswered too long.
How long is too long follows the measured round trips, as in RFC 6298, and only
commands that were sent once are measured (Karn's rule).

.. [1] Kurose and Ross. *Computer Networking: A Top-Down Approach*, section 3.4.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.framing import Frame, encode_frame
from firmware_bridge.messages import WINDOW, Estop, Order, Result, frame_of
from firmware_bridge.round_trip import LEAST_RTO_S, RoundTrip
from firmware_bridge.serial_numbers import after, ahead
from patrol.robot import Action

MOST_WAITING = 256
"""Commands that may wait for their answers; a robot's night has fewer."""

_NEVER = float("inf")


@dataclass(frozen=True)
class Answered:
    """The robot has dealt with a command, once."""

    action: Action
    result: Result


@dataclass
class _OnTheWay:
    order: Order
    seq: int
    frame: Frame
    sent_s: float
    repeated: bool = False


class Outbox:
    """
    Hold the commands that the robot has not answered.

    Parameters
    ----------
    token
        Where the names of this host's e-stops start, 32 bits.
    seal
        Makes the bytes of a command's frame, anew for each sending.

    Attributes
    ----------
    retransmissions
        Frames sent again so far.
    deadline_s
        When `due` will next have something to send.
    """

    def __init__(
        self, *, token: int, seal: Callable[[Frame], bytes] = encode_frame
    ) -> None:
        self._seal = seal
        self.retransmissions = 0
        self.deadline_s = _NEVER
        self._token = token
        self._to_clear = 0
        self._seq: int | None = None  # of the last command sent; None without session
        self._waiting: deque[Order] = deque()
        self._flying: deque[_OnTheWay] = deque()
        self._estop: int | None = None
        self._estop_wire = b""
        self._resend_s = _NEVER
        self._estop_s = _NEVER
        self._timer = RoundTrip()

    @property
    def unanswered(self) -> int:
        """Commands whose answer has not come, e-stops included."""
        return len(self._waiting) + len(self._flying) + (self._estop is not None)

    @property
    def token_to_clear(self) -> int:
        """Name of the last e-stop, whoever asked for it; 0 if there was none."""
        return self._to_clear

    @token_to_clear.setter
    def token_to_clear(self, token: int) -> None:
        if self._estop is None:  # a report from before our e-stop is out of date
            self._to_clear = token

    def put(self, action: Action, now_s: float) -> bool:
        """
        Take in a command; tell whether it is a new one.

        An e-stop while another is unacknowledged is the same e-stop.

        Raises
        ------
        OverflowError
            If `MOST_WAITING` commands are waiting; an e-stop always finds room.
        """
        if action is Action.ESTOP:
            return self._put_estop(now_s)
        if self.unanswered >= MOST_WAITING:
            raise OverflowError(
                f"{self.unanswered} commands wait for an answer, {MOST_WAITING} may"
            )
        token = self._to_clear if action is Action.CLEAR_ESTOP else 0
        self._waiting.append(Order(action, token))
        self._look_ahead(now_s)
        return True

    def due(self, now_s: float, *, session: int) -> bytes:
        """Return the bytes to be written now, and set `deadline_s` anew."""
        if now_s < self.deadline_s:
            return b""
        wire = [self._repeat_estop(now_s, session=session)]
        if now_s >= self._resend_s:
            wire += self._repeat(now_s)
        while self._may_send():
            wire.append(self._launch(now_s, session=session))
        self._look_ahead(now_s)
        return b"".join(wire)

    def answered(
        self, seq: int, results: tuple[Result, ...], *, now_s: float | None = None
    ) -> list[Answered]:
        """
        Take in that all commands up to ``seq`` were dealt with.

        Parameters
        ----------
        seq
            Number of the last command that the robot dealt with.
        results
            Results of that command and those before it, newest first.
        now_s
            Time, to measure the round trip; None if this is no direct answer.
        """
        known = ahead(seq, self._flying[0].seq) + 1 if self._flying else 0
        if not 0 < known <= len(self._flying):
            return []  # an old answer: none of these commands is in it
        done = [self._flying.popleft() for _ in range(known)]
        if now_s is not None:
            trips = [now_s - one.sent_s for one in done if not one.repeated]
            self._timer.measure(*trips)
        self._restart_timer(now_s)
        oldest_first = results[known - 1 :: -1]
        return [
            Answered(one.order.action, result)
            for one, result in zip(done, oldest_first, strict=True)
        ]

    def estop_known(self, token: int) -> list[Answered]:
        """Take in that the robot has latched the e-stop of this name."""
        if self._estop != token:
            return []
        self._estop, self._estop_s = None, _NEVER
        self._look_ahead(0.0)
        return [Answered(Action.ESTOP, Result.DONE)]

    def renumber(self, seq: int) -> None:
        """Start a session: what is unanswered gets numbers from after ``seq`` on."""
        self._waiting.extendleft(flying.order for flying in reversed(self._flying))
        self._flying.clear()
        self._seq = seq
        self._resend_s = _NEVER
        self.deadline_s = 0.0

    def pause(self) -> None:
        """Send no commands until there is a session; an e-stop goes on."""
        self._seq = None
        self._resend_s = _NEVER
        self.deadline_s = self._estop_s

    def give_up(self) -> list[Action]:
        """Forget all commands but the e-stop; return what was forgotten."""
        flying = [one.order.action for one in self._flying]
        lost = flying + [order.action for order in self._waiting]
        self._flying.clear()
        self._waiting.clear()
        return lost

    def _put_estop(self, now_s: float) -> bool:
        if self._estop is not None:
            return False
        self._token = after(self._token, bits=32) or 1
        self._estop = self._to_clear = self._token
        self._estop_wire = b""
        self.deadline_s = self._estop_s = now_s
        return True

    def _repeat_estop(self, now_s: float, *, session: int) -> bytes:
        if self._estop is None or now_s < self._estop_s:
            return b""
        self._estop_s = now_s + LEAST_RTO_S
        if self._estop_wire:
            self.retransmissions += 1
        else:  # repeated as it is, so that the robot knows it again in any session
            frame = frame_of(Estop(self._estop), session=session)
            self._estop_wire = encode_frame(frame)
        return self._estop_wire

    def _repeat(self, now_s: float) -> list[bytes]:
        for one in self._flying:
            one.repeated = True
        self.retransmissions += len(self._flying)
        self._timer.back_off()
        self._restart_timer(now_s)
        return [self._seal(one.frame) for one in self._flying]

    def _may_send(self) -> bool:
        # Behind an e-stop everything waits, or a CLEAR_ESTOP could overtake it.
        ready = self._seq is not None and self._estop is None
        return ready and bool(self._waiting) and len(self._flying) < WINDOW

    def _launch(self, now_s: float, *, session: int) -> bytes:
        order = self._waiting.popleft()
        self._seq = after(self._seq or 0)
        frame = frame_of(order, session=session, seq=self._seq)
        self._flying.append(_OnTheWay(order, self._seq, frame, now_s))
        if len(self._flying) == 1:
            self._restart_timer(now_s)
        return self._seal(frame)

    def _restart_timer(self, now_s: float | None) -> None:
        running = self._flying and now_s is not None
        self._resend_s = (now_s or 0.0) + self._timer.rto_s if running else _NEVER
        self._look_ahead(now_s or 0.0)

    def _look_ahead(self, now_s: float) -> None:
        soon = now_s if self._may_send() else _NEVER
        self.deadline_s = min(soon, self._resend_s, self._estop_s)
