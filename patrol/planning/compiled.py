"""Functions that Numba compiles when they are first called, once a machine."""

from maps.compiled import compiled as compiled
