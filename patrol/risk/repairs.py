"""What was done to make an input usable: counted, and said in a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Repair:
    """
    One kind of repair of an input.

    Attributes
    ----------
    name
        Its name for scripts, such as ``full_hours_spread``.
    count
        Rows or incidents that it concerns.
    sentence
        What was found and done, for people.
    """

    name: str
    count: int
    sentence: str
