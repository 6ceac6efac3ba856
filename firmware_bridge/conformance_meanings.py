"""Why each check of the suite matters to somebody who stands beside the robot."""

from collections.abc import Mapping
from types import MappingProxyType

MEANINGS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("framing", "a HELLO is answered, p99 of 20"): (
            "The robot is there and answers soon: the time from a question to its "
            "answer, 99 of 100 are faster."
        ),
        ("framing", "a frame may be cut anywhere"): (
            "Cables and drivers deliver bytes in pieces; the robot must wait for the "
            "rest."
        ),
        ("framing", "damaged frames are dropped"): (
            "A frame with one flipped bit, a lost byte or no end must not do anything."
        ),
        ("framing", "what is no message is dropped"): (
            "Whole frames of an unknown kind, length or version must not do anything."
        ),
        ("framing", "no common version is said so"): (
            "An old robot and a new host find out before anything moves."
        ),
        ("exactly once", "the same HELLO, the same session"): (
            "A repeated request for a session must not begin another one."
        ),
        ("exactly once", "a HELLO that is over"): (
            "A late copy of an old request must not end the session that stands."
        ),
        ("exactly once", "commands of other sessions"): (
            "What another host or an earlier session has said is not obeyed."
        ),
        ("exactly once", "a repeated command is only answered"): (
            "When an answer is lost the host repeats the command; the robot must not "
            "do it again."
        ),
        ("exactly once", "a command after a gap waits"): (
            "When a command is lost, the next one must not overtake it."
        ),
        ("exactly once", "numbers wrap"): "Counting on from 65535 to 0 loses nothing.",
        ("exactly once", "64 commands, twice each; p99"): (
            "64 commands, each sent twice, are done 64 times; the time of an answer."
        ),
        ("e-stop", "it is latched; p99 of 20 to its ACK"): (
            "The time from an e-stop to its answer; the motors are cut before it. The "
            "robot then stays stopped."
        ),
        ("e-stop", "no ARM, and no clearing by another token"): (
            "A stopped robot cannot be armed, nor freed by somebody who does not know "
            "of this very stop."
        ),
        ("e-stop", "it outlives a session"): "A reconnect does not free the robot.",
        ("e-stop", "it needs no session"): (
            "Whoever is on the line may stop the robot, connected or not."
        ),
        ("e-stop", "it stops wheels that turn"): (
            "Wheels under way stop, and stay at rest after the stop is cleared until "
            "the robot is armed."
        ),
        ("e-stop", "a UART BREAK is one"): (
            "A line held low, by a button or by a broken cable, stops the robot."
        ),
        ("e-stop", "it outlives a restart"): (
            "Switching it off and on does not free the robot, if it says that it has a "
            "memory."
        ),
        ("watchdog", "disarmed wheels stand"): (
            "Setpoints alone move nothing: the robot has to be armed."
        ),
        ("watchdog", "armed wheels follow"): "An armed robot goes when it is told to.",
        ("watchdog", "a setpoint dies"): (
            "A host that lives but does not steer leaves a standing robot."
        ),
        ("watchdog", "silence to motors at zero"): (
            "The time from the host's last word to motors at zero, on the robot's own "
            "clock: what a pulled cable costs before braking begins."
        ),
        ("watchdog", "after silence only ARM"): (
            "A host that comes back does not make the robot go on by itself."
        ),
        ("reconnect", "results outlive a session"): (
            "After a reconnect the host learns what became of its last commands."
        ),
        ("reconnect", "a new session holds"): "A robot under way holds for a new host.",
        ("reconnect", "a restart keeps commands"): (
            "After a loss of power the robot knows what it had done, if it says that "
            "it has a memory."
        ),
        ("missions", "20 points are loaded"): (
            "The time to load a way of 20 points; the robot then names it."
        ),
        ("missions", "a damaged one is dropped"): (
            "Bytes that do not have the mission's digest are not driven."
        ),
        ("missions", "whole or not at all"): (
            "A mission with a part missing does not replace the one before it."
        ),
        ("missions", "one that is too long"): (
            "The robot refuses what it has no room for, before anything is lost."
        ),
        ("missions", "it needs ARM"): "A loaded mission does not start by itself.",
        ("missions", "it is driven"): "The robot drives the way that it was given.",
        ("missions", "silence stops it"): (
            "A robot that drives by itself stops, too, when its host is silent."
        ),
        ("guards", "LIMIT never loosens"): (
            "A host cannot make the robot's own limits looser."
        ),
        ("guards", "LIMIT tightens"): (
            "A host can make them tighter, and not take that back."
        ),
        ("guards", "speed"): "The robot keeps its greatest speed whatever it is told.",
        ("guards", "fence"): (
            "A robot outside of the fence that it was given is not armed, and keeps "
            "the first fence until it is restarted."
        ),
        ("timing", "longest gap between reports"): (
            "How long the operator may look at an old place of the robot."
        ),
    }
)
"""Meaning of each check, by its group and name."""
