"""What can come out of a `HostSession`, and what it counts."""

from dataclasses import dataclass

from firmware_bridge.greeting import Welcome
from firmware_bridge.mission_messages import LoadState
from firmware_bridge.outbox import Answered
from patrol.robot import Action, Telemetry


@dataclass(frozen=True)
class Connected:
    """The robot has granted a session; ``restarted`` if it was switched off and on."""

    welcome: Welcome
    session: int
    restarted: bool


@dataclass(frozen=True)
class Incompatible:
    """
    The robot has answered, but speaks no common version of the protocol.

    Attributes
    ----------
    least_version, most_version
        Range of versions that the robot speaks.
    """

    least_version: int
    most_version: int


@dataclass(frozen=True)
class MissionOver:
    """The loading of a mission is over: the robot holds it, or has refused it."""

    digest: int
    state: LoadState


@dataclass(frozen=True)
class OtherFence:
    """The robot keeps the fence that it was given before, until it is restarted."""


@dataclass(frozen=True)
class OtherHost:
    """Another host has had a session with this robot since ours."""


@dataclass(frozen=True)
class Unsigned:
    """
    Robot and host do not have the same key.

    Attributes
    ----------
    robot_signs
        Whether the robot has one at all.
    """

    robot_signs: bool


@dataclass(frozen=True)
class GivenUp:
    """
    Nobody can know whether this command was carried out.

    The robot has restarted and has no memory, or has served another host in the
    meantime.
    """

    action: Action


HostEvent = (
    Connected | Incompatible | Unsigned | Answered | GivenUp | Telemetry | MissionOver
    | OtherHost | OtherFence
)  # fmt: skip
"""What can come out of a `HostSession`."""


@dataclass
class HostCounters:
    """
    What a host has sent and got so far.

    Attributes
    ----------
    commands_sent, commands_acknowledged, commands_refused, commands_given_up
        Commands handed over; answered; answered by a refusal; see `GivenUp`.
    retransmissions
        Frames of commands and e-stops that were sent again.
    setpoints_sent, heartbeats_sent, hellos_sent
        Frames of each kind.
    frames_received, frames_dropped
        Good frames; frames that were damaged or said nothing that a host knows.
    sessions
        Sessions that the robot has granted.
    missions_loaded, mission_parts_sent
        Missions that the robot has taken whole; their parts, repetitions included.
    frames_forged
        Good frames that were not signed as they must be, or were heard before.
    other_hosts
        How often another host had taken the robot over.
    """

    commands_sent: int = 0
    commands_acknowledged: int = 0
    commands_refused: int = 0
    commands_given_up: int = 0
    retransmissions: int = 0
    setpoints_sent: int = 0
    heartbeats_sent: int = 0
    hellos_sent: int = 0
    frames_received: int = 0
    frames_dropped: int = 0
    sessions: int = 0
    missions_loaded: int = 0
    mission_parts_sent: int = 0
    frames_forged: int = 0
    other_hosts: int = 0
