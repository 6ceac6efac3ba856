"""Compiling of hot loops, in one typed place."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile a function at its first call and keep the code on disk (numba)."""
    return cast("_Function", njit(cache=True)(function))
