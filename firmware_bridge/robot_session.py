"""
The robot's end of the protocol, sans I/O: bytes in, bytes out.

Each command is carried out at most once and in the order of its number; its result
is remembered, over restarts too where the robot has a memory, so that a repeated
command is answered and not repeated.
"""

from collections import deque
from dataclasses import replace

from firmware_bridge.framing import Frame, FrameDecoder, encode_frame
from firmware_bridge.greeting import PROTOCOL
from firmware_bridge.limits import LOOSEST
from firmware_bridge.messages import (
    Capability,
    Estop,
    EstopAck,
    Heartbeat,
    Hello,
    Message,
    Order,
    Report,
    Results,
    Setpoint,
    Welcome,
    frame_of,
    message_of,
)
from firmware_bridge.mission_messages import (
    Commit,
    Enclose,
    FenceNow,
    Limit,
    LimitsNow,
    Load,
    Part,
)
from firmware_bridge.robot_core import RobotCore
from firmware_bridge.robot_memory import Memory, RobotRecord, SessionLog
from firmware_bridge.serial_numbers import after, is_newer
from firmware_bridge.signing import Signer
from patrol.robot import Action, RobotState, Telemetry

_REMEMBERED_NONCES = 8
_ABILITIES = Capability.SENSORS | Capability.CHARGING | Capability.MISSIONS


class RobotSession:
    """
    Speak for a `RobotCore`.

    Parameters
    ----------
    core
        Safety logic that carries out the commands.
    boot_id
        Number that differs from that of the last start, 32 bits. A robot whose memory
        holds a record counts on from there instead.
    memory
        Keeps what was dealt with over restarts; None for a robot that forgets.
    key
        Key of `firmware_bridge.signing`, if the robot takes only signed frames.

    Attributes
    ----------
    session
        Number of the session with the host; 0 before the first.
    malformed
        Frames with a good CRC whose payload was no message for a robot.
    """

    def __init__(
        self,
        core: RobotCore,
        *,
        boot_id: int,
        memory: Memory | None = None,
        key: bytes | None = None,
    ) -> None:
        self._core = core
        self._boot_id = boot_id
        self._decoder = FrameDecoder()
        self.session = 0
        self.malformed = 0
        self._nonces: deque[int] = deque(maxlen=_REMEMBERED_NONCES)
        self._setpoint_seq = 0
        self._report_seq = 0
        self._log = SessionLog()
        self._before = SessionLog()
        self._estop_session: int | None = None
        self._memory = memory
        self._signer = None if key is None else Signer(key)
        self._saves = 0
        self._restore()
        first = self._boot_id & 0xFFFF or 1
        last = self._log.session
        self._next_session = last % 0xFFFF + 1 if last else first
        self._save()

    @property
    def frames_dropped(self) -> int:
        """Frames thrown away: not well formed, or no message for a robot."""
        return self._decoder.dropped + self.malformed

    def receive(self, chunk: bytes, now_s: float) -> bytes:
        """Take in bytes of the host, cut anywhere; return the answers."""
        answers = [self._answer(f, now_s) for f in self._decoder.feed(chunk)]
        return b"".join(answers)

    def line_break(self, now_s: float) -> None:
        """Take in a UART BREAK, which is an e-stop; one that lasts is one."""
        if self._core.state is not RobotState.ESTOPPED:
            self._estop_session = None  # no ESTOP is a repetition of this one
            token = after(self._core.estop_token, bits=32) or 1
            self._core.carry_out(Action.ESTOP, token=token, now_s=now_s)
            self._save()

    def report(self, telemetry: Telemetry) -> bytes:
        """Give the bytes of a report, to be sent at the robot's own rate."""
        self._report_seq = after(self._report_seq)
        message = Report(telemetry, self._core.estop_token)
        return self._say(message, seq=self._report_seq)

    def _answer(self, frame: Frame, now_s: float) -> bytes:
        opened = frame if self._is_open(frame) else self._check(frame)
        message = None if opened is None else message_of(opened)
        match message:
            case Hello():
                return self._greet(message)
            case Estop():
                return self._stop(message, session=frame.session, now_s=now_s)
            case Heartbeat() | Setpoint() | Order():
                return self._serve(frame, message, now_s=now_s)
            case Load() | Part() | Commit() | Limit() | Enclose():
                return self._serve(frame, message, now_s=now_s)
            case _:
                self.malformed += 1
                return b""

    def _is_open(self, frame: Frame) -> bool:
        """Tell whether it needs no signature; whoever wants it to stop, may."""
        return self._signer is None or frame.kind in {Hello.KIND, Estop.KIND}

    def _check(self, frame: Frame) -> Frame | None:
        if self._signer is None or frame.session != self.session:
            return None
        return self._signer.check(frame, boot_id=self._boot_id)

    def _greet(self, hello: Hello) -> bytes:
        if not hello.least_version <= PROTOCOL <= hello.most_version:
            return self._welcome(hello.nonce, version=0)
        if hello.nonce not in self._nonces:
            self._begin(hello.nonce)
        elif hello.nonce != self._nonces[-1]:
            return b""  # late copy of a HELLO whose session is over
        else:
            self.session = self._log.session  # also when asked again after a restart
        return self._welcome(hello.nonce, version=PROTOCOL)

    def _begin(self, nonce: int) -> None:
        self._core.hold()
        self._before = self._log
        self._nonces.append(nonce)
        self.session = self._next_session
        self._next_session = self._next_session % 0xFFFF + 1
        self._setpoint_seq = nonce & 0xFFFF
        self._log = SessionLog(self.session, nonce & 0xFFFF)
        self._save()

    def _welcome(self, nonce: int, *, version: int) -> bytes:
        welcome = Welcome(
            nonce,
            self._boot_id,
            version,
            self._core.state,
            self._abilities,
            self._core.estop_token,
            self._before.session,
            self._before.seq,
            self._before.results,
            mission_room=self._core.missions.room,
            heard=0 if self._signer is None else self._signer.heard,
        )
        return self._say(welcome)

    @property
    def _abilities(self) -> Capability:
        memory = Capability(0) if self._memory is None else Capability.MEMORY
        signed = Capability(0) if self._signer is None else Capability.SIGNED
        return _ABILITIES | memory | signed

    def _stop(self, estop: Estop, *, session: int, now_s: float) -> bytes:
        if not self._is_repeated(estop, session=session):
            self._estop_session = session
            self._core.carry_out(Action.ESTOP, token=estop.token, now_s=now_s)
            self._save()
        return self._say(EstopAck(estop.token))

    def _is_repeated(self, estop: Estop, *, session: int) -> bool:
        # In doubt it is a new one: better to stop twice than not at all.
        if session != self._estop_session:
            return False
        last = self._core.estop_token
        newer = session == 0 or is_newer(estop.token, last, bits=32)
        return estop.token == last or not newer

    def _serve(self, frame: Frame, message: Message, *, now_s: float) -> bytes:
        if frame.session != self.session or self.session == 0:
            return b""
        self._core.heard_host(now_s)
        match message:
            case Setpoint() if is_newer(frame.seq, self._setpoint_seq):
                self._setpoint_seq = frame.seq
                self._core.take_setpoint(
                    message.drive, ttl_s=message.ttl_s, now_s=now_s
                )
            case Order():
                return self._obey(message, seq=frame.seq, now_s=now_s)
            case Load() | Part() | Commit():
                return self._say(self._core.take_in(message))
            case Limit():
                return self._say(LimitsNow(self._core.tighten(message.limits)))
            case Enclose():
                held = self._core.tighten(replace(LOOSEST, fence=message.fence))
                return self._say(FenceNow(held.fence.name if held.fence else 0))
        return b""

    def _obey(self, order: Order, *, seq: int, now_s: float) -> bytes:
        if seq == after(self._log.seq):
            result = self._core.carry_out(order.action, token=order.token, now_s=now_s)
            results = (result, *self._log.results[:-1])
            self._log = replace(self._log, seq=seq, results=results)
            self._save()
        elif is_newer(seq, self._log.seq):
            return b""  # one before it is missing, and will be sent again
        return self._say(Results(self._log.results))

    def _restore(self) -> None:
        record = RobotRecord.unpack(self._memory.load()) if self._memory else None
        if record is None:
            return
        self._saves = record.count
        self._boot_id = after(record.boot_id, bits=32)
        self._log, self._before = record.last, record.before
        if record.last.session:
            # Hosts count their nonces up, so those before it are over as well.
            before = range(_REMEMBERED_NONCES - 1, -1, -1)
            self._nonces.extend((record.nonce - n) & 0xFFFFFFFF for n in before)
        self._setpoint_seq = record.nonce & 0xFFFF
        self._estop_session = record.estop_session
        self._core.restore_estop(record.estop_token, latched=record.estopped)

    def _save(self) -> None:
        if self._memory is None:
            return
        self._saves = after(self._saves)
        record = RobotRecord(
            count=self._saves,
            boot_id=self._boot_id,
            nonce=self._nonces[-1] if self._nonces else 0,
            last=self._log,
            before=self._before,
            estop_token=self._core.estop_token,
            estop_session=self._estop_session,
            estopped=self._core.state is RobotState.ESTOPPED,
        )
        self._memory.save(record.pack())

    def _say(self, message: Message, *, seq: int = 0) -> bytes:
        frame = frame_of(message, session=self.session, seq=seq, ack=self._log.seq)
        if self._signer is not None:
            frame = self._signer.sign(frame, boot_id=self._boot_id)
        return encode_frame(frame)
