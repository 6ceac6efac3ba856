"""Functions that Numba compiles when they are first called, once a machine."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile a function; the machine code is kept beside its file."""
    return cast(_Function, njit(cache=True)(function))
