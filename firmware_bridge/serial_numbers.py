"""
Numbers that count up and start again at 0, compared as in RFC 1982.

One number is newer than another if it is less than half the circle ahead of it.
"""


def after(number: int, *, bits: int = 16) -> int:
    """Give the number that follows on a circle of ``2 ** bits``."""
    return (number + 1) & ((1 << bits) - 1)


def ahead(number: int, other: int, *, bits: int = 16) -> int:
    """Count the steps from ``other`` on to ``number``, from 0 to ``2 ** bits - 1``."""
    return (number - other) & ((1 << bits) - 1)


def is_newer(number: int, other: int, *, bits: int = 16) -> bool:
    """Tell whether ``number`` was given out after ``other``."""
    return 0 < ahead(number, other, bits=bits) < 1 << (bits - 1)
