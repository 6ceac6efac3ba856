"""What happened on a link, in the words that an operator reads."""

import logging

from firmware_bridge.greeting import PROTOCOL, Result
from firmware_bridge.host_events import (
    Connected,
    GivenUp,
    HostEvent,
    Incompatible,
    MissionOver,
    OtherFence,
    Unsigned,
)
from firmware_bridge.mission_messages import LoadState
from firmware_bridge.outbox import Answered

_REFUSALS = {
    LoadState.TOO_LONG: "it is longer than its room of {room} bytes",
    LoadState.WRONG: "its bytes do not have its digest",
}


def event_in_words(event: HostEvent) -> tuple[int, str]:
    """Tell what came out of a session, and how much it matters to the log."""
    match event:
        case Connected(restarted=True):
            return logging.WARNING, "the robot has restarted, arm it anew"
        case GivenUp():
            return logging.WARNING, f"{event.action.name} lost in a restart"
        case Answered(result=Result.REFUSED):
            return logging.WARNING, f"the robot refused {event.action.name}"
        case Answered():
            return logging.INFO, f"{event.action.name} done"
        case OtherFence():
            return logging.WARNING, (
                "it keeps the fence that it was given before, and stops there: switch "
                "it off and on to give it another"
            )
    return logging.INFO, "connected"


def versions_in_words(event: Incompatible) -> str:
    """Say which versions of the protocol robot and program speak."""
    least, most = event.least_version, event.most_version
    speaks = f"{most}" if least == most else f"{least} to {most}"
    older = "its firmware" if most < PROTOCOL else "this program"
    return (
        f"speaks version {speaks} of the protocol, this program version {PROTOCOL}: "
        f"update {older}"
    )


def keys_in_words(event: Unsigned) -> str:
    """Say that robot and host do not have the same key."""
    if event.robot_signs:
        return "takes only frames signed with its key: give that key by --key"
    return "signs nothing: it has no key, or a wire between is not to be trusted"


def other_hosts_in_words(count: int) -> str:
    """Say that two programs drive one robot."""
    return (
        f"has another host, which took it over {count} times: two programs may not "
        f"drive one robot; stop the other and start again"
    )


def mission_in_words(
    over: MissionOver | None, points: int, room: int, timeout_s: float
) -> str:
    """Say why a mission was not loaded; ``over`` is None if no answer came in time."""
    if over is None:
        return (
            f"did not take a mission of {points} points in {timeout_s:g} s; it keeps "
            f"the one it had: check the line"
        )
    why = _REFUSALS[over.state].format(room=room)
    return f"refuses a mission of {points} points: {why}; it keeps the one it had"


def noise_in_words(bytes_read: int, frames: int) -> str:
    """
    Say what a line brought on which no robot answered, as an open question.

    Parameters
    ----------
    bytes_read, frames
        Bytes that came, and good frames among them.
    """
    if bytes_read == 0:
        return ": is it switched on, and is this its port?"
    if frames:
        return (
            f", yet {frames} of its frames came: it speaks, but does not hear. Is the "
            f"wire to it (TX) connected?"
        )
    return (
        f", only noise came: {bytes_read} bytes and no frame among them. Does it speak "
        f"at another baud rate, or is it another device?"
    )
