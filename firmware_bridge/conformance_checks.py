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
    clear,
    is_held,
    require_still,
    restart,
    set_off,
    settle,
)
from firmware_bridge.framing import Frame, encode_frame, stuff, unstuff
from firmware_bridge.messages import (
    Capability,
    EstopAck,
    Heartbeat,
    Hello,
    Order,
    Report,
    Result,
    Results,
    Welcome,
    frame_of,
)
from firmware_bridge.probe import Probe, is_still, pairs, percentile, said
from firmware_bridge.robot_core import HOST_SILENCE_S
from firmware_bridge.serial_numbers import after
from patrol.robot import Action, RobotState

_MOST_LOOP_S = 0.02
_LINE_S = 0.01  # at 115,200 baud a heartbeat takes 1.3 ms, a report 3.4; a loop waits
_ROUND_TRIP_S = 0.25
_TRIES = 5
_MOVES_MPS = 0.1  # of the 0.3 m/s that it is told, within 0.8 s


def _answers_hello(probe: Probe, _bench: Bench) -> Measured:
    trips_s = [probe.connect()[1] for _ in range(20)]
    return Measured(percentile(trips_s, 0.99), "s", _ROUND_TRIP_S)


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
    probe.connect()
    trips_s = []
    for number in range(64):
        action = (Action.SENSORS_ON, Action.SENSORS_OFF)[number % 2]
        trips_s.append(probe.order(action)[2])
        probe.send_bytes(probe.order_wire(action, probe.seq))
    probe.drain()
    expected = (probe.nonce + 64) & 0xFFFF
    require(probe.seq == expected, f"it has done up to {probe.seq}, not {expected}")
    return Measured(percentile(trips_s, 0.99), "s", _ROUND_TRIP_S)


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


def _estop_is_latched(probe: Probe, _bench: Bench) -> Measured:
    probe.connect()
    trips_s = [probe.estop(probe.token(number)) for number in range(20)]
    state = probe.report().telemetry.state
    require(state is RobotState.ESTOPPED, f"it is {state.name} after an e-stop")
    return Measured(percentile(trips_s, 0.99), "s", _ROUND_TRIP_S)


def _estopped_refuses_arm(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.estop(probe.token(1))
    results, _, _ = probe.order(Action.ARM)
    require(results.results[0] is Result.REFUSED, "it was armed while e-stopped")
    results, _, _ = probe.order(Action.CLEAR_ESTOP, probe.token(2))
    require(results.results[0] is Result.REFUSED, "another token cleared the e-stop")


def _estop_outlives_session(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    token = probe.token(1)
    probe.estop(token)
    welcome, _ = probe.connect()
    told = (welcome.state, welcome.estop_token)
    require(told == (RobotState.ESTOPPED, token), f"WELCOME tells {told}")
    clear(probe)
    state = probe.report().telemetry.state
    require(state is RobotState.DISARMED, f"it is {state.name} after CLEAR_ESTOP")


def _estop_without_session(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.estop(probe.token(1), session=0)
    state = probe.report().telemetry.state
    require(state is RobotState.ESTOPPED, f"it is {state.name} after an e-stop")
    clear(probe)
    nothing = encode_frame(Frame(0x05, bytes(4), probe.session))
    require(probe.silence_after(nothing, EstopAck), "it took an e-stop of token 0")


def _break_is_an_estop(probe: Probe, bench: Bench) -> None:
    before, _ = probe.connect()
    if bench.send_break is not None:
        bench.send_break()
    for _try in range(_TRIES):
        report = probe.report()
        if report.telemetry.state is RobotState.ESTOPPED:
            break
    state, token = report.telemetry.state, report.estop_token
    require(state is RobotState.ESTOPPED, f"it is {state.name} after a BREAK")
    require(token not in {0, before.estop_token}, "its e-stop has no name of its own")
    clear(probe)
    state = probe.report().telemetry.state
    require(state is RobotState.DISARMED, f"it is {state.name} after CLEAR_ESTOP")


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


def _restart_keeps_estop(probe: Probe, bench: Bench) -> None:
    before, _ = probe.connect()
    token = probe.token(1)
    probe.estop(token)
    restart(probe, bench)
    welcome, _ = probe.connect()
    stopped = (welcome.state, welcome.estop_token) == (RobotState.ESTOPPED, token)
    forgets = Capability.MEMORY not in before.capabilities
    require(stopped or forgets, f"it is {welcome.state.name} after a restart")
    clear(probe)


def _disarmed_stands(probe: Probe, _bench: Bench) -> None:
    probe.connect()
    probe.order(Action.DISARM)
    require_still(probe.drive(SLOW, 0.6), "it moved without being armed")


def _follows_setpoints(probe: Probe, _bench: Bench) -> None:
    for _try in range(_TRIES):  # a computer that is busy for 300 ms lets it hold
        set_off(probe)
        seen = probe.drive(SLOW, 0.8, until=_is_moving)
        probe.rest()
        speeds = [0.0, *(report.telemetry.speed_mps for report in said(seen))]
        if max(speeds) > _MOVES_MPS:
            return
    require(False, f"it did not move: at most {max(speeds)} m/s")


def _is_moving(report: Report) -> bool:
    return report.telemetry.speed_mps > _MOVES_MPS


def _setpoint_dies(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    settle(probe)
    report = probe.report()
    require(is_still(report), f"it drives on at {report.telemetry.speed_mps} m/s")
    probe.rest()


def _silence_stops(probe: Probe, _bench: Bench) -> Measured:
    # A busy computer can only make a trip look later: the least is true.
    limit_s = HOST_SILENCE_S + _MOST_LOOP_S + _LINE_S
    times_s: list[float] = []
    for _try in range(_TRIES):
        held_s = _time_to_hold(probe)
        if held_s > HOST_SILENCE_S - _LINE_S:  # else it was held before, see above
            times_s.append(held_s)
        if held_s <= limit_s and times_s:
            break
    require(bool(times_s), f"it held after {held_s} s, before its time")
    return Measured(min(times_s), "s", limit_s)


def _time_to_hold(probe: Probe) -> float:
    """Time on the robot's clock from the last frame it was sent to its report HELD."""
    set_off(probe)
    seen = pairs(probe.drive(SLOW, 0.7))
    require(bool(seen), "it does not report by itself")
    offset_s = min(one.at_s - report.telemetry.time_s for one, report in seen)
    sent_s = probe.clock()
    probe.send(Heartbeat())
    held = said(probe.reports(1.2, until=_has_held))
    require(bool(held) and _has_held(held[-1]), "silence did not stop it")
    probe.rest()
    return held[-1].telemetry.time_s - (sent_s - offset_s)


def _has_held(report: Report) -> bool:
    return report.telemetry.state is RobotState.HELD


def _held_needs_arm(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    probe.drive(SLOW, 0.4)
    probe.reports(0.9, until=is_held)
    seen = probe.drive(SLOW, 0.5)
    states = {report.telemetry.state for report in said(seen)}
    require(states == {RobotState.HELD}, f"it is {[s.name for s in states]}")
    require_still(seen, "it went on by itself after silence")
    set_off(probe)
    probe.rest()


def _new_session_holds(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    probe.drive(SLOW, 0.4)
    probe.connect()
    state = probe.report().telemetry.state
    require(state is RobotState.HELD, f"it is {state.name} in a new session")
    probe.rest()


def _estop_stops(probe: Probe, _bench: Bench) -> None:
    set_off(probe)
    probe.drive(SLOW, 0.6, until=_is_moving)
    probe.estop(probe.token(1))
    seen = probe.drive(SLOW, 1.0, until=is_still)
    require_still(seen[-1:], "it drives on after an e-stop")
    clear(probe)
    require_still(probe.drive(SLOW, 0.5), "it moved after CLEAR_ESTOP without ARM")


def _reports_come(probe: Probe, _bench: Bench) -> Measured:
    seen = probe.reports(1.2)
    times_s = [report.telemetry.time_s for report in said(seen)]
    require(len(times_s) >= 2, "it does not report by itself")
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
    Check("e-stop", "it is latched; p99 of 20 to its ACK", _estop_is_latched),
    Check("e-stop", "no ARM, and no clearing by another token", _estopped_refuses_arm,
          Needs.MOTION),
    Check("e-stop", "it outlives a session", _estop_outlives_session),
    Check("e-stop", "it needs no session", _estop_without_session),
    Check("e-stop", "it stops wheels that turn", _estop_stops, Needs.MOTION),
    Check("e-stop", "it outlives a restart", _restart_keeps_estop, Needs.RESTART),
    Check("e-stop", "a UART BREAK is one", _break_is_an_estop, Needs.BREAK),
    Check("watchdog", "disarmed wheels stand", _disarmed_stands, Needs.MOTION),
    Check("watchdog", "armed wheels follow", _follows_setpoints, Needs.MOTION),
    Check("watchdog", "a setpoint dies", _setpoint_dies, Needs.MOTION),
    Check("watchdog", "silence to motors at zero", _silence_stops, Needs.MOTION),
    Check("watchdog", "after silence only ARM", _held_needs_arm, Needs.MOTION),
    Check("reconnect", "results outlive a session", _results_outlive_session),
    Check("reconnect", "a new session holds", _new_session_holds, Needs.MOTION),
    Check("reconnect", "a restart keeps commands", _restart_keeps_commands,
          Needs.RESTART),
    *MISSION_CHECKS,
    Check("timing", "longest gap between reports", _reports_come),
    *GUARD_CHECKS,
)  # fmt: skip
"""All checks, in the order in which they are run."""
