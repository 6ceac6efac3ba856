"""What a bad line does to bytes: drops, flips, inserts, swallows and delays them."""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

_EARLY_S = 1e-9


class Harm(Enum):
    """What can happen to a byte."""

    DROP = "drop"
    FLIP = "flip"
    """One of its bits is flipped."""
    INSERT = "insert"
    """Another byte is inserted before it."""


EVERY_HARM = tuple(Harm)
"""All that can happen to a byte, each as often."""


class Direction(Enum):
    """Which way bytes go."""

    TO_ROBOT = "to robot"
    FROM_ROBOT = "from robot"


BOTH_WAYS = tuple(Direction)
"""Either direction."""


@dataclass(frozen=True)
class Burst:
    """
    A time in which bytes are damaged.

    Attributes
    ----------
    start_s, duration_s
        When it begins on the clock of the simulation, and how long it lasts.
    rate
        Share of the bytes that is damaged, from 0 to 1.
    harms
        What happens to those, each as often.
    """

    start_s: float
    duration_s: float
    rate: float
    harms: tuple[Harm, ...] = EVERY_HARM

    def __post_init__(self) -> None:
        _check_window(self.start_s, self.duration_s)
        _check_rate(self.rate)


@dataclass(frozen=True)
class Silence:
    """
    A time in which no byte comes through.

    Attributes
    ----------
    start_s, duration_s
        When it begins on the clock of the simulation, and how long it lasts.
    directions
        Which bytes: a link that is dead one way only is half-open.
    """

    start_s: float
    duration_s: float
    directions: tuple[Direction, ...] = BOTH_WAYS

    def __post_init__(self) -> None:
        _check_window(self.start_s, self.duration_s)


@dataclass(frozen=True)
class Delay:
    """
    A time in which bytes arrive late, in their order.

    Attributes
    ----------
    start_s, duration_s
        When it begins on the clock of the simulation, and how long it lasts.
    delay_s, jitter_s
        How late each chunk is, and how much later at most, by chance.
    """

    start_s: float
    duration_s: float
    delay_s: float
    jitter_s: float = 0.0

    def __post_init__(self) -> None:
        _check_window(self.start_s, self.duration_s)


@dataclass(frozen=True)
class FaultPlan:
    """
    All that is wrong with a line during a run.

    Attributes
    ----------
    rate
        Share of the bytes that is damaged all the time; see `Burst`.
    bursts, silences, delays
        Times of worse.
    clock_ppm
        How much faster than the host's the robot's clock runs, in millionths.
    """

    rate: float = 0.0
    bursts: tuple[Burst, ...] = ()
    silences: tuple[Silence, ...] = ()
    delays: tuple[Delay, ...] = ()
    clock_ppm: float = 0.0

    def __post_init__(self) -> None:
        _check_rate(self.rate)

    def begun_by(self, end_s: float) -> "FaultPlan":
        """Give the plan without what had not begun when the run ended."""
        return replace(
            self,
            bursts=tuple(one for one in self.bursts if one.start_s < end_s),
            silences=tuple(one for one in self.silences if one.start_s < end_s),
            delays=tuple(one for one in self.delays if one.start_s < end_s),
        )

    def silent_at(self, now_s: float, direction: Direction) -> bool:
        """Tell whether no byte comes through in a direction."""
        return any(
            _within(one, now_s) and direction in one.directions for one in self.silences
        )

    def damage_at(self, now_s: float) -> tuple[float, tuple[Harm, ...]]:
        """Share of the bytes that is damaged, and how: the worst of all that holds."""
        rate, harms = self.rate, EVERY_HARM
        for one in self.bursts:
            if one.rate > rate and _within(one, now_s):
                rate, harms = one.rate, one.harms
        return rate, harms

    def delay_at(self, now_s: float) -> tuple[float, float]:
        """How late bytes are, and how much later at most: the worst that holds."""
        late = [(d.delay_s, d.jitter_s) for d in self.delays if _within(d, now_s)]
        return max(late, default=(0.0, 0.0))


class FaultyLine:
    """
    One direction of a line with faults.

    What it does to a byte depends on the seed, the plan, the time and the bytes
    before it, and not on how the stream is cut into chunks.

    Attributes
    ----------
    bytes_damaged, bytes_lost
        Bytes damaged so far; bytes that silence swallowed.
    """

    def __init__(
        self,
        plan: FaultPlan,
        *,
        seed: int,
        direction: Direction = Direction.TO_ROBOT,
    ) -> None:
        self._plan = plan
        self._clean = plan == FaultPlan(clock_ppm=plan.clock_ppm)
        self._direction = direction
        self._late: deque[tuple[float, bytes]] = deque()
        self._free_s = 0.0  # when the last byte on its way arrives
        self._generator = np.random.default_rng(seed)
        self.bytes_damaged = 0
        self.bytes_lost = 0

    def carry(self, data: bytes, now_s: float) -> bytes:
        """Give what arrives at ``now_s``: of the bytes sent then, and late ones."""
        if self._clean:
            return data
        arrived = self._harm(data, now_s) if data else b""
        if not self._plan.delays:
            return arrived
        if arrived:
            self._hold(arrived, now_s)
        due = b""
        while self._late and self._late[0][0] <= now_s + _EARLY_S:
            due += self._late.popleft()[1]
        return due

    def _harm(self, data: bytes, now_s: float) -> bytes:
        if self._plan.silent_at(now_s, self._direction):
            self.bytes_lost += len(data)
            return b""
        rate, harms = self._plan.damage_at(now_s)
        if rate == 0:
            return data
        arrived, damaged = damage(
            data, rate=rate, generator=self._generator, harms=harms
        )
        self.bytes_damaged += damaged
        return arrived

    def _hold(self, data: bytes, now_s: float) -> None:
        delay_s, jitter_s = self._plan.delay_at(now_s)
        if jitter_s:
            delay_s += jitter_s * self._generator.random()
        self._free_s = max(self._free_s, now_s + delay_s)  # none overtakes another
        self._late.append((self._free_s, data))


def damage(
    data: bytes,
    *,
    rate: float,
    generator: np.random.Generator,
    harms: tuple[Harm, ...] = EVERY_HARM,
) -> tuple[bytes, int]:
    """
    Drop, flip and insert bytes.

    Two numbers are drawn for each byte, so a stream may be cut anywhere.

    Parameters
    ----------
    data
        Bytes sent.
    rate
        Share of the bytes that is damaged, from 0 to 1.
    generator
        Source of the random numbers.
    harms
        What happens to the damaged bytes, each as often.

    Returns
    -------
    bytes
        What arrives.
    int
        How many bytes were damaged.
    """
    draws = generator.random((len(data), 2))
    arrived = bytearray()
    start = 0
    hits = np.flatnonzero(draws[:, 0] < rate).tolist()
    for hit in hits:
        arrived += data[start:hit]
        harm = harms[int(draws[hit, 0] / rate * len(harms))]
        what = draws[hit, 1]
        if harm is Harm.FLIP:
            arrived.append(data[hit] ^ 1 << int(what * 8))
        elif harm is Harm.INSERT:
            arrived += bytes([int(what * 256), data[hit]])
        start = hit + 1
    arrived += data[start:]
    return bytes(arrived), len(hits)


def _within(window: Burst | Silence | Delay, now_s: float) -> bool:
    return window.start_s <= now_s < window.start_s + window.duration_s


def _check_window(start_s: float, duration_s: float) -> None:
    if not (0 <= start_s < float("inf") and 0 < duration_s < float("inf")):
        raise ValueError(
            f"a fault from {start_s} s for {duration_s} s: it must start at 0 or later "
            f"and last longer than 0"
        )


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"a damage rate of {rate}: it must be from 0 to 1")
