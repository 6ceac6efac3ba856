"""What the conformance suite checks; each check is a sentence of PROTOCOL.md."""

import itertools
from zlib import crc32

from firmware_bridge.conformance import (
    Bench,
    Check,
    Measured,
    Needs,
    require,
)
from firmware_bridge.conformance_guards import GUARD_CHECKS
from firmware_bridge.conformance_missions import MISSION_CHECKS
from firmware_bridge.conformance_steps import (
    SLOW,
    fastest,
    restart,
    set_off,
)
from firmware_bridge.conformance_stops import STOP_CHECKS
from firmware_bridge.framing import Frame, encode_frame, stuff, unstuff
from firmware_bridge.messages import (
    Capability,
    Hello,
    Order,
    Result,
    Results,
    Welcome,
    frame_of,
)
from firmware_bridge.probe import PATIENCE_S, Probe, said
from firmware_bridge.serial_numbers import after
from patrol.robot import Action, RobotState

_ROUND_TRIP_S = 0.25
_FEW = 2  # reports: a gap lies between two


def _answers_hello(probe: Probe, _bench: Bench) -> Measured:
    return fastest(lambda: [probe.connect()[1] for _ in range(20)], _ROUND_TRIP_S)


def _takes_frames_cut_anywhere(probe: Probe, _bench: Bench) -> None:
    probe.nonce = after(probe.nonce, bits=32)
    wire = encode_frame(frame_of(Hello(probe.nonce)))
    for byte in wire[:-1]:
        probe.send_bytes(bytes([byte]))
        for _heard in probe.hear(0.004):
            pass
    probe.ask(wire[-1:], Welcome, fits=lambda got, _: got.nonce == probe.nonce)


def _drops_damaged_frames(probe: Probe, _bench: Bench) -> None:
    probe.nonce = after(probe.nonce, bits=32)
    wire = encode_frame(frame_of(Hello(probe.nonce)))
    flipped = wire[:-3] + bytes([wire[-3] ^ 0x40 or 1]) + wire[-2:]
    endless = bytes([0x55]) * 600 + b"\x00"
    for bad in (flipped, wire[1:], wire[:4] + wire[5:], endless, b"\xff" + wire):
        require(probe.silence_after(bad, Welcome), f"it answered {bad[:40].hex()}")
    probe.connect()


def _drops_what_is_no_message(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.seq = after(probe.seq)
    session, seq = probe.session, probe.seq
    for frame in (
        Frame(0x7F, b"", session, seq),
        Frame(Order.KIND, b"\x05\x00\x00\x00", session, seq),
        Frame(Order.KIND, b"\x03\x00\x00\x00\x00", session, seq),
        Frame(Order.KIND, b"\x0b\x00\x00\x00\x00", session, seq),
        frame_of(Results((Result.DONE,) * 4), session=session, seq=seq),
        Frame(Order.KIND, b"\x05\x00\x00\x00\x00\x00", session, seq),
    ):
        wire = encode_frame(frame)
        require(probe.silence_after(wire, Results), f"it answered {wire.hex()}")
    content = bytearray(unstuff(wire[:-1]) or b"")[:-4]
    content[0] = 2
    body = bytes(content) + crc32(content).to_bytes(4, "little")
    wire = stuff(body) + b"\x00"
    require(probe.silence_after(wire, Results), "it took a frame of format 2")


def _names_common_version(probe: Probe, _bench: Bench) -> None:
    probe.nonce = after(probe.nonce, bits=32)
    wire = encode_frame(frame_of(Hello(probe.nonce, 3, 9)))
    welcome, _, _ = probe.ask(
        wire, Welcome, fits=lambda got, _: got.nonce == probe.nonce
    )
    require(welcome.version == 0, f"it says version {welcome.version} to 3 to 9")


def _same_hello_same_session(probe: Probe, _bench: Bench) -> None:
    first, _ = probe.connect()
    session = probe.session
    again, _ = probe.connect(nonce=probe.nonce)
    require(probe.session == session, "the same HELLO began another session")
    require(again == first, "the same HELLO got another WELCOME")


def _old_hello_is_not_answered(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    old = encode_frame(frame_of(Hello(probe.nonce)))
    probe.connect()
    require(probe.silence_after(old, Welcome), "it answered a HELLO that was over")


def _other_session_is_not_heard(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    for session in (0, after(probe.session), probe.session ^ 0x8000):
        order = frame_of(
            Order(Action.SENSORS_ON), session=session, seq=after(probe.seq)
        )
        silent = probe.silence_after(encode_frame(order), Results)
        require(silent, f"it took a command of session {session}")


def _command_is_done_once(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.order(Action.SENSORS_ON)
    wire = probe.order_wire(Action.SENSORS_ON, probe.seq)
    results, _, _ = probe.order(Action.SENSORS_OFF)
    require(results.results[0] is Result.DONE, "SENSORS_OFF was not done")
    last = probe.seq
    probe.drain()
    for _again in range(3):
        _, frame, _ = probe.ask(wire, Results)
        require(frame.ack == last, f"repeated: last command {frame.ack}, not {last}")
    off = not probe.report().telemetry.sensors_on
    require(off, "a repeated command was carried out twice")


def _gap_is_not_answered(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    ahead = probe.order_wire(Action.SENSORS_ON, after(after(probe.seq)))
    require(probe.silence_after(ahead, Results), "it took a command out of order")
    probe.order(Action.SENSORS_OFF)


def _numbers_wrap(probe: Probe, _bench: Bench) -> None:
    high = (probe.nonce & 0xFFFF0000) + 0x10000 & 0xFFFFFFFF
    probe.connect(nonce=high | 0xFFFD)
    for number in range(6):
        action = (Action.SENSORS_ON, Action.SENSORS_OFF)[number % 2]
        _, frame, _ = probe.order(action)
        require(frame.ack == (0xFFFE + number) & 0xFFFF, f"it counts {frame.ack}")
    probe.nonce = after(high | 0xFFFF, bits=32)


def _many_commands_twice_each(probe: Probe, _bench: Bench) -> Measured:
    def trips_s() -> list[float]:
        probe.connect()
        trips_s = []
        for number in range(64):
            action = (Action.SENSORS_ON, Action.SENSORS_OFF)[number % 2]
            trips_s.append(probe.order(action)[2])
            probe.send_bytes(probe.order_wire(action, probe.seq))
        probe.drain()
        expected = (probe.nonce + 64) & 0xFFFF
        require(probe.seq == expected, f"it has done up to {probe.seq}, not {expected}")
        return trips_s

    return fastest(trips_s, _ROUND_TRIP_S)


def _results_outlive_session(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    session = probe.session
    probe.order(Action.SENSORS_ON)
    probe.order(Action.SENSORS_OFF)
    seq = probe.seq
    welcome, _ = probe.connect()
    told = (welcome.last_session, welcome.last_seq, welcome.last_results[:3])
    expected = (session, seq, (Result.DONE, Result.DONE, Result.NONE))
    require(told == expected, f"WELCOME tells {told}, not {expected}")


def _restart_keeps_commands(probe: Probe, bench: Bench) -> None:
    before, _ = probe.connect()
    if Capability.MEMORY not in before.capabilities:
        return  # it says that it forgets, and the host goes by that
    probe.order(Action.SENSORS_ON)
    session, seq = probe.session, probe.seq
    restart(probe, bench)
    welcome, _ = probe.connect()
    require(welcome.boot_id != before.boot_id, "its boot id did not change")
    told = (welcome.last_session, welcome.last_seq)
    require(told == (session, seq), f"it remembers {told}, not {(session, seq)}")


def _new_session_holds(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    probe.drive(SLOW, 0.4)
    probe.connect()
    state = probe.report().telemetry.state
    require(state is RobotState.HELD, f"it is {state.name} in a new session")
    probe.rest()


def _reports_come(probe: Probe, _bench: Bench) -> Measured:
    seen = probe.reports(1.2)
    seen += probe.reports(PATIENCE_S) if len(seen) < _FEW else []
    times_s = [report.telemetry.time_s for report in said(seen)]
    require(len(times_s) >= _FEW, "it does not report by itself")
    gaps_s = [b - a for a, b in itertools.pairwise(times_s)]
    return Measured(max(gaps_s), "s", 1.0)


CHECKS = (
    Check("framing", "a HELLO is answered, p99 of 20", _answers_hello),
    Check("framing", "a frame may be cut anywhere", _takes_frames_cut_anywhere),
    Check("framing", "damaged frames are dropped", _drops_damaged_frames),
    Check("framing", "what is no message is dropped", _drops_what_is_no_message),
    Check("framing", "no common version is said so", _names_common_version),
    Check("exactly once", "the same HELLO, the same session", _same_hello_same_session),
    Check("exactly once", "a HELLO that is over", _old_hello_is_not_answered),
    Check("exactly once", "commands of other sessions", _other_session_is_not_heard),
    Check("exactly once", "a repeated command is only answered", _command_is_done_once),
    Check("exactly once", "a command after a gap waits", _gap_is_not_answered),
    Check("exactly once", "numbers wrap", _numbers_wrap),
    Check("exactly once", "64 commands, twice each; p99", _many_commands_twice_each),
    *STOP_CHECKS,
    Check("reconnect", "results outlive a session", _results_outlive_session),
    Check("reconnect", "a new session holds", _new_session_holds, Needs.MOTION),
    Check("reconnect", "a restart keeps commands", _restart_keeps_commands,
          Needs.RESTART),
    *MISSION_CHECKS,
    Check("timing", "longest gap between reports", _reports_come),
    *GUARD_CHECKS,
)  # fmt: skip
"""All checks, in the order in which they are run."""
