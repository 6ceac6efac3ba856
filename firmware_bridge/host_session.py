"""
The host's end of the protocol, sans I/O: bytes and times in, bytes and events out.

It asks for a session, numbers the commands, repeats those that are not answered,
repeats an e-stop until it is acknowledged, and keeps the robot's watchdog content
while there is nothing else to say. Who owns it writes what `due` gives at
`next_deadline_s`, and feeds it what was read.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from firmware_bridge.framing import Frame, FrameDecoder, encode_frame
from firmware_bridge.greeting import PROTOCOL
from firmware_bridge.host_events import Connected as Connected
from firmware_bridge.host_events import GivenUp as GivenUp
from firmware_bridge.host_events import HostCounters
from firmware_bridge.host_events import HostEvent as HostEvent
from firmware_bridge.host_events import Incompatible as Incompatible
from firmware_bridge.host_events import MissionOver as MissionOver
from firmware_bridge.host_events import OtherFence as OtherFence
from firmware_bridge.host_events import OtherHost as OtherHost
from firmware_bridge.host_events import Unsigned as Unsigned
from firmware_bridge.host_guards import HostGuards
from firmware_bridge.limits import Limits
from firmware_bridge.messages import (
    Capability,
    EstopAck,
    Heartbeat,
    Hello,
    Message,
    Report,
    Result,
    Results,
    Setpoint,
    Welcome,
    frame_of,
    message_of,
)
from firmware_bridge.mission_messages import (
    Commit,
    FenceNow,
    LimitsNow,
    Load,
    Loaded,
    LoadState,
    Part,
)
from firmware_bridge.mission_upload import MissionUpload
from firmware_bridge.outbox import Answered, Outbox
from firmware_bridge.robot_core import SETPOINT_TTL_S
from firmware_bridge.serial_numbers import after, is_newer
from firmware_bridge.signing import SIGNED, Signer, without_tag
from patrol.robot import Action, Command, Drive, RobotMission

HEARTBEAT_S = 0.1
"""Longest silence of a host that has a session: a third of the robot's patience."""

HELLO_EVERY_S = 0.1
"""Time between two requests for a session."""

_SOON_S = 1e-6  # a deadline this near has come: clocks are sums of floats
_STRANGERS = 2  # frames of another session in a row that mean a restarted robot


_FromRobot = Report | Results | Loaded | LimitsNow | FenceNow


class HostSession:
    """
    Talk to one robot.

    Parameters
    ----------
    nonce
        Number, 32 bits, that no earlier host has used with this robot: draw it.

    Attributes
    ----------
    connected
        Whether a session stands. Commands wait for it; setpoints do not.
    sent_by_action
        How often each action was handed over.
    mission_room
        Most bytes of a mission that the robot holds; 0 before it has answered.
    next_deadline_s
        When `due` will next have something to say.
    """

    def __init__(self, *, nonce: int) -> None:
        self.connected = False
        self.sent_by_action: Counter[Action] = Counter()
        self._counters = HostCounters()
        self._decoder = FrameDecoder()
        self._signer: Signer | None = None
        self._outbox = Outbox(token=nonce, seal=self._seal)
        self._nonce = nonce
        self._session = 0
        self._boot_id: int | None = None
        self._setpoint_seq = 0
        self._report_seq: int | None = None
        self._strangers = 0
        self._speak_by_s = 0.0
        self.mission_room = 0
        self._upload: MissionUpload | None = None
        self._guards = HostGuards()
        self._unsaid = b""  # parts of a mission that an answer has called for

    @property
    def next_deadline_s(self) -> float:
        """Time by which `due` wants to be called again."""
        deadlines_s = [self._speak_by_s, self._outbox.deadline_s]
        if self.connected:
            deadlines_s.append(self._guards.deadline_s)
            if self._upload is not None:
                soon_s = float("-inf") if self._unsaid else self._upload.deadline_s
                deadlines_s.append(soon_s)
        return min(deadlines_s)

    @property
    def counters(self) -> dict[str, int]:
        """Figures so far by name; see `HostCounters`."""
        counts = self._counters
        counts.retransmissions = self._outbox.retransmissions
        counts.frames_dropped += self._decoder.dropped
        self._decoder.dropped = 0
        return asdict(counts)

    @property
    def unanswered(self) -> int:
        """Commands handed over whose answer has not come."""
        return self._outbox.unanswered

    def send(self, command: Command, now_s: float) -> bytes:
        """
        Take over a command; return what is to be written at once.

        Raises
        ------
        ValueError
            If a setpoint does not fit the wire.
        OverflowError
            If too many commands are waiting for their answers.
        """
        if isinstance(command, Drive):
            return self._drive(command, now_s)
        if self._outbox.put(command, now_s):
            self._counters.commands_sent += 1
            self.sent_by_action[command] += 1
        return self.due(now_s)

    def due(self, now_s: float) -> bytes:
        """Return what is to be written now: repetitions, heartbeat, request."""
        wire = self._outbox.due(now_s + _SOON_S, session=self._session)
        if self.connected:
            wire += b"".join([self._say(one) for one in self._guards.due(now_s)])
            wire += self._load_on(now_s)
        if self.connected and wire:
            self._speak_by_s = now_s + HEARTBEAT_S
        elif now_s + _SOON_S >= self._speak_by_s:
            wire += self._beat(now_s) if self.connected else self._ask(now_s)
        return wire

    def load(self, mission: RobotMission, *, from_mm: int, now_s: float) -> bytes:
        """
        Begin to load a mission; `MissionOver` tells how it ended.

        One that is being loaded is dropped.

        Raises
        ------
        ValueError
            If two points in a row are equal.
        """
        self._upload, self._unsaid = MissionUpload(mission, from_mm=from_mm), b""
        return self.due(now_s)

    def sign_with(self, key: bytes) -> None:
        """Sign all frames, and believe only signed ones; say so before any is sent."""
        self._signer = Signer(key)

    def drop_load(self) -> None:
        """Load no further; the robot keeps the mission that it holds."""
        self._upload, self._unsaid = None, b""

    def tighten(self, limits: Limits, now_s: float) -> bytes:
        """Have the robot keep these limits besides its own, over restarts too."""
        self._guards.tighten(limits, now_s)
        return self.due(now_s)

    def reconnect(self) -> None:
        """Ask for a new session, as after the port was opened anew."""
        if self.connected:
            self._nonce = after(self._nonce, bits=32)
        self.connected = False
        self._strangers = 0
        self._speak_by_s = float("-inf")
        self._outbox.pause()

    def receive(self, chunk: bytes, now_s: float) -> list[HostEvent]:
        """Take in bytes of the robot, cut anywhere; return what happened."""
        events: list[HostEvent] = []
        for wired in self._decoder.feed(chunk):
            frame = self._believed(wired)
            if frame is None:
                events += self._doubt(wired)
                continue
            message = message_of(frame)
            if isinstance(message, Welcome):
                events += self._enter(message, session=frame.session, now_s=now_s)
            elif isinstance(message, EstopAck):
                events += self._count(self._outbox.estop_known(message.token))
            elif isinstance(message, _FromRobot):
                events += self._hear(frame, message, now_s)
            else:
                self._counters.frames_dropped += 1
                continue
            self._counters.frames_received += 1
        return events

    def _drive(self, drive: Drive, now_s: float) -> bytes:
        setpoint = Setpoint(drive, SETPOINT_TTL_S)
        self._setpoint_seq = after(self._setpoint_seq)
        wire = self._say(setpoint, seq=self._setpoint_seq)
        if not self.connected:
            return b""
        self._counters.setpoints_sent += 1
        self._speak_by_s = now_s + HEARTBEAT_S
        return wire

    def _beat(self, now_s: float) -> bytes:
        self._counters.heartbeats_sent += 1
        self._speak_by_s = now_s + HEARTBEAT_S
        return self._say(Heartbeat())

    def _ask(self, now_s: float) -> bytes:
        self._counters.hellos_sent += 1
        self._speak_by_s = now_s + HELLO_EVERY_S
        # The zero byte ends whatever the line held before, such as a boot message.
        hello = frame_of(Hello(self._nonce), session=self._session)
        return b"\x00" + encode_frame(hello)

    def _enter(
        self, welcome: Welcome, *, session: int, now_s: float
    ) -> list[HostEvent]:
        if welcome.nonce != self._nonce:
            return []
        if self.connected:
            if welcome.boot_id != self._boot_id:
                self.reconnect()  # it has restarted and been asked by a late HELLO
            return []
        if refusal := self._refusal(welcome):
            return [refusal]
        restarted = self._boot_id not in (None, welcome.boot_id)
        events = self._settle(welcome, restarted=restarted)
        self.connected = True
        self._session, self._boot_id = session, welcome.boot_id
        if self._signer is not None:
            self._signer.sent = max(self._signer.sent * (not restarted), welcome.heard)
        self._setpoint_seq = welcome.nonce & 0xFFFF
        self._report_seq = None
        self._outbox.renumber(self._setpoint_seq)
        self._counters.sessions += 1
        self._speak_by_s = now_s
        self.mission_room = welcome.mission_room
        if self._upload is not None:
            self._upload.begin_again()
        self._guards.begin(now_s)
        return [Connected(welcome, session, restarted), *events]

    def _refusal(self, welcome: Welcome) -> HostEvent | None:
        if Capability.SIGNED in welcome.capabilities and self._signer is None:
            return Unsigned(robot_signs=True)
        if welcome.version != PROTOCOL:
            return Incompatible(welcome.least_version, welcome.most_version)
        return None

    def _settle(self, welcome: Welcome, *, restarted: bool) -> list[HostEvent]:
        """Find out what became of the commands that the last session left open."""
        events: list[HostEvent] = []
        if self._boot_id is not None:
            forgetful = restarted and Capability.MEMORY not in welcome.capabilities
            stranger = welcome.last_session != self._session
            if stranger and not restarted:
                self._counters.other_hosts += 1
                events.append(OtherHost())
            if forgetful or stranger:
                lost = self._outbox.give_up()
                self._counters.commands_given_up += len(lost)
                events += map(GivenUp, lost)
            seq, results = welcome.last_seq, welcome.last_results
            events += self._count(self._outbox.answered(seq, results))
        if welcome.estop_token:
            events += self._count(self._outbox.estop_known(welcome.estop_token))
            self._outbox.token_to_clear = welcome.estop_token
        return events

    def _hear(self, frame: Frame, message: _FromRobot, now_s: float) -> list[HostEvent]:
        if not self.connected:
            return []
        if frame.session != self._session:
            self._suspect()
            return []
        self._strangers = 0
        match message:
            case Results():
                answers = self._outbox.answered(frame.ack, message.results, now_s=now_s)
                return self._count(answers)
            case Loaded():
                return self._loaded(message, now_s)
            case LimitsNow() | FenceNow():
                return [OtherFence()] if self._guards.heard(message) else []
        return self._take_report(frame.seq, message)

    def _take_report(self, seq: int, report: Report) -> list[HostEvent]:
        if self._report_seq is not None and not is_newer(seq, self._report_seq):
            return []
        self._report_seq = seq
        self._outbox.token_to_clear = report.estop_token
        return [report.telemetry]

    def _loaded(self, loaded: Loaded, now_s: float) -> list[HostEvent]:
        upload = self._upload
        if upload is None:
            return []
        self._unsaid += self._say_all(upload.heard(loaded, now_s))
        if upload.outcome is None:
            return []
        self._upload = None
        self._counters.missions_loaded += upload.outcome is LoadState.HELD
        return [MissionOver(upload.load.digest, upload.outcome)]

    def _load_on(self, now_s: float) -> bytes:
        if self._upload is None:
            return b""
        said, self._unsaid = self._unsaid, b""
        return said + self._say_all(self._upload.due(now_s + _SOON_S))

    def _say_all(self, messages: Sequence[Load | Part | Commit]) -> bytes:
        parts = sum(isinstance(one, Part) for one in messages)
        self._counters.mission_parts_sent += parts
        return b"".join([self._say(one) for one in messages])

    def _suspect(self) -> None:
        self._strangers += 1
        if self._strangers >= _STRANGERS:
            self.reconnect()

    def _count(self, answers: list[Answered]) -> list[HostEvent]:
        self._counters.commands_acknowledged += len(answers)
        refused = sum(answer.result is Result.REFUSED for answer in answers)
        self._counters.commands_refused += refused
        return [*answers]

    def _say(self, message: Message, *, seq: int = 0) -> bytes:
        return self._seal(frame_of(message, session=self._session, seq=seq))

    def _seal(self, frame: Frame) -> bytes:
        if self._signer is not None and self._boot_id is not None:
            frame = self._signer.sign(frame, boot_id=self._boot_id)
        return encode_frame(frame)

    def _believed(self, frame: Frame) -> Frame | None:
        """Give a frame without its signature; None if it must have one and has not."""
        if self._signer is None:
            return without_tag(frame)
        if frame.kind == Welcome.KIND:
            return self._believed_welcome(frame, self._signer)
        if self._boot_id is None:
            return None
        return self._signer.check(frame, boot_id=self._boot_id)

    def _believed_welcome(self, frame: Frame, signer: Signer) -> Frame | None:
        boot_id, heard = Welcome.boot_id_in(frame.payload), signer.heard
        if boot_id != self._boot_id:
            signer.heard = 0  # it counts anew after a restart
        believed = signer.check(frame, boot_id=boot_id)
        if believed is None:
            signer.heard = heard
        return believed

    def _doubt(self, frame: Frame) -> list[HostEvent]:
        self._counters.frames_forged += 1
        if frame.kind == Welcome.KIND and not self.connected:
            return [Unsigned(bool(frame.flags & SIGNED))]
        return []
