"""
The heat kernel on streets: it spreads mass along them and loses none.

A place's mass spreads as heat would in a net of thin wires: past crossings it is
divided over the streets that meet there, at dead ends it turns back [1]_. The heat
equation is solved by implicit steps on pieces of street, so that one very short
street does not dictate the step, and the factor of the matrix serves any number of
masses.

.. [1] McSwiggan, Baddeley and Nair (2017). Kernel Density Estimation on a Linear
   Network. *Scandinavian Journal of Statistics* 44(2), 324-345.
   doi:10.1111/sjos.12255.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from patrol.errors import RiskError

DEFAULT_STEPS = 8
"""Implicit steps: enough for a forecast (r = .998 with the exact kernel)."""

Step = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Takes the mass of each body, ``(v,)``, to what it is one implicit step later."""


class HeatMedium(Protocol):
    """What heat spreads in: ``v`` bodies that hold mass."""

    @property
    def num_bodies(self) -> int:
        """Number of bodies, ``v``."""
        ...

    def step(self, step_m2: float) -> Step:
        """Factor an implicit step of this length (diffusivity times time)."""
        ...


@dataclass(frozen=True)
class HeatKernel:
    """
    A heat kernel in a medium, factored once.

    Attributes
    ----------
    medium
        What it spreads in.
    steps
        Implicit steps it takes.
    """

    medium: HeatMedium
    steps: int
    _step: Step

    @classmethod
    def of(
        cls, medium: HeatMedium, *, sd_m: float, steps: int = DEFAULT_STEPS
    ) -> "HeatKernel":
        """
        Factor the matrix of one step.

        Parameters
        ----------
        medium
            What it spreads in.
        sd_m
            Standard deviation of the spread on an endless street.
        steps
            Implicit steps; more come nearer to the exact kernel.

        Raises
        ------
        RiskError
            If ``sd_m`` is not above 0 or there is no step.
        """
        if not 0 < sd_m < np.inf or steps < 1:
            raise RiskError(
                f"a heat kernel of {sd_m} m in {steps} steps: its spread must be above "
                f"0 m and it must take at least 1 step"
            )
        # Heat of diffusivity 1 has a variance of 2 t.
        return cls(medium, steps, medium.step(sd_m**2 / 2 / steps))

    def spread(self, mass: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Spread the mass of each body, shape ``(v,)``.

        The sum stays, and none becomes negative where none was.
        """
        held = np.asarray(mass, dtype=np.float64)
        for _ in range(self.steps):
            held = self._step(held)
        return held
