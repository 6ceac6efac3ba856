"""
What ArduPilot and PX4 call the same things: modes, first mission item, failsafes.

Numbers are of ArduPilot Rover 4.x (``Rover/mode.h``) and PX4 1.14 and later
(``px4_custom_mode.h``).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

GUIDED_DIES_S = {"ArduPilot": 3.0, "PX4": 0.5}
"""Time after which each drops a setpoint by itself; neither can be relied on alone."""

_ARDUPILOT = 3  # MAV_AUTOPILOT_ARDUPILOTMEGA
_INT32 = 6  # MAV_PARAM_TYPE_INT32
_CUSTOM_MODE = 1  # MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
_ARDUPILOT_HOST = 255.0


class Mode(Enum):
    """What a vehicle's mode means to us."""

    GUIDED = "guided"
    """It follows setpoints."""
    AUTO = "auto"
    """It drives its mission."""
    HOLD = "hold"
    """It stands."""
    OTHER = "other"


@dataclass(frozen=True)
class Failsafe:
    """
    A parameter of the vehicle without which a dead link does not stop it.

    Attributes
    ----------
    name
        Of the parameter.
    is_safe
        Whether a value stops a vehicle whose host is silent.
    otherwise
        What happens if not, and what to set.
    """

    name: str
    is_safe: Callable[[float], bool]
    otherwise: str


@dataclass(frozen=True)
class Autopilot:
    """
    The dialect of one autopilot.

    Attributes
    ----------
    name
        For messages.
    numbers
        Main and sub mode of each mode, as MAV_CMD_DO_SET_MODE takes them.
    custom_modes
        The same as the heartbeat tells them.
    first_item
        Number of the first item of a mission that is a waypoint: ArduPilot keeps its
        home in item 0.
    failsafes
        Parameters to be looked at.
    """

    name: str
    numbers: dict[Mode, tuple[int, int]]
    custom_modes: dict[int, Mode]
    first_item: int
    failsafes: tuple[Failsafe, ...]

    def mode_of(self, base_mode: int, custom_mode: int) -> Mode:
        """Read the mode of a heartbeat."""
        if not base_mode & _CUSTOM_MODE:
            return Mode.OTHER
        return self.custom_modes.get(custom_mode, Mode.OTHER)

    def value_of(self, value: float, kind: int) -> float:
        """Read a parameter: PX4 sends the bits of an integer, ArduPilot its value."""
        if self.first_item == 0 and kind == _INT32:
            return float(struct.unpack("<i", struct.pack("<f", value))[0])
        return value


ARDUPILOT = Autopilot(
    "ArduPilot",
    numbers={Mode.GUIDED: (15, 0), Mode.AUTO: (10, 0), Mode.HOLD: (4, 0)},
    custom_modes={15: Mode.GUIDED, 10: Mode.AUTO, 4: Mode.HOLD},
    first_item=1,
    failsafes=(
        Failsafe(
            "FS_GCS_ENABLE",
            lambda v: v >= 1,
            "it drives on when the link dies; set it to 1",
        ),
        Failsafe(
            "FS_ACTION",
            lambda v: v in (2, 5),
            "a dead link does not make it hold; set it to 2",
        ),
        Failsafe(
            "FS_GCS_TIMEOUT",
            lambda v: v <= 2,
            "it drives on that many seconds before it notices; set it to 2",
        ),
        Failsafe(
            "FS_TIMEOUT",
            lambda v: v <= 1,
            "it drives on that many seconds more; set it to 1",
        ),
        Failsafe(
            "MIS_RESTART",
            lambda v: v == 0,
            "a mission that is paused begins anew; set it to 0",
        ),
        Failsafe(
            "SYSID_MYGCS",
            lambda v: v == _ARDUPILOT_HOST,
            "it does not watch this host; set it to 255",
        ),
    ),
)
"""ArduPilot Rover."""

_PX4_NUMBERS = {Mode.GUIDED: (6, 0), Mode.AUTO: (4, 4), Mode.HOLD: (4, 3)}

PX4 = Autopilot(
    "PX4",
    numbers=_PX4_NUMBERS,
    custom_modes={
        main << 16 | sub << 24: mode for mode, (main, sub) in _PX4_NUMBERS.items()
    },
    first_item=0,
    failsafes=(
        Failsafe(
            "NAV_DLL_ACT",
            lambda v: v in (1, 5, 6),
            "it drives on when the link dies; set it to 1 (hold)",
        ),
        Failsafe(
            "COM_DL_LOSS_T",
            lambda v: v <= 5,
            "it drives on that many seconds before it notices; set it to 5",
        ),
        Failsafe(
            "COM_OBL_RC_ACT",
            lambda v: v in (5, 6, 7),
            "when setpoints stay away it does not hold; set it to 5 (hold)",
        ),
    ),
)
"""PX4 rovers, and vehicles that do not say what they are."""


def autopilot_of(number: int) -> Autopilot:
    """Give the dialect of a MAV_AUTOPILOT number."""
    return ARDUPILOT if number == _ARDUPILOT else PX4
