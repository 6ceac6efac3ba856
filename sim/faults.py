"""What a bad line does to bytes: drops, flipped bits, inserted bytes, silence."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Burst:
    """
    A time in which bytes are damaged.

    Attributes
    ----------
    start_s, duration_s
        When it begins on the clock of the simulation, and how long it lasts.
    rate
        Share of the bytes that is damaged, from 0 to 1: dropped, one bit flipped, or
        a byte inserted before it, a third each.
    """

    start_s: float
    duration_s: float
    rate: float

    def __post_init__(self) -> None:
        _check_window(self.start_s, self.duration_s)
        _check_rate(self.rate)


@dataclass(frozen=True)
class Silence:
    """A time in which no byte comes through, in either direction."""

    start_s: float
    duration_s: float

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
    bursts, silences
        Times of worse.
    """

    rate: float = 0.0
    bursts: tuple[Burst, ...] = ()
    silences: tuple[Silence, ...] = ()

    def __post_init__(self) -> None:
        _check_rate(self.rate)

    @property
    def injected(self) -> int:
        """Number of bursts and silences."""
        return len(self.bursts) + len(self.silences)

    def begun_by(self, end_s: float) -> "FaultPlan":
        """Give the plan without what had not begun when the run ended."""
        return replace(
            self,
            bursts=tuple(one for one in self.bursts if one.start_s < end_s),
            silences=tuple(one for one in self.silences if one.start_s < end_s),
        )

    def silent_at(self, now_s: float) -> bool:
        """Tell whether no byte comes through."""
        return any(_within(one, now_s) for one in self.silences)

    def rate_at(self, now_s: float) -> float:
        """Share of the bytes that is damaged: the worst of all that holds."""
        rates = [one.rate for one in self.bursts if _within(one, now_s)]
        return max(rates, default=0.0) if self.rate == 0 else max([self.rate, *rates])


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

    def __init__(self, plan: FaultPlan, *, seed: int) -> None:
        self._plan = plan
        self._clean = plan == FaultPlan()
        self._generator = np.random.default_rng(seed)
        self.bytes_damaged = 0
        self.bytes_lost = 0

    def carry(self, data: bytes, now_s: float) -> bytes:
        """Give what arrives of the bytes sent at ``now_s``."""
        if self._clean or not data:
            return data
        if self._plan.silent_at(now_s):
            self.bytes_lost += len(data)
            return b""
        rate = self._plan.rate_at(now_s)
        if rate == 0:
            return data
        arrived, damaged = damage(data, rate=rate, generator=self._generator)
        self.bytes_damaged += damaged
        return arrived


def damage(
    data: bytes, *, rate: float, generator: np.random.Generator
) -> tuple[bytes, int]:
    """
    Drop, flip and insert bytes, each for a third of the damaged ones.

    Two numbers are drawn for each byte, so a stream may be cut anywhere.

    Parameters
    ----------
    data
        Bytes sent.
    rate
        Share of the bytes that is damaged, from 0 to 1.
    generator
        Source of the random numbers.

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
        kind, what = int(draws[hit, 0] / rate * 3), draws[hit, 1]
        if kind == 1:
            arrived.append(data[hit] ^ 1 << int(what * 8))
        elif kind == 2:
            arrived += bytes([int(what * 256), data[hit]])
        start = hit + 1
    arrived += data[start:]
    return bytes(arrived), len(hits)


def _within(window: Burst | Silence, now_s: float) -> bool:
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
