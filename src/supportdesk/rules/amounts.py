"""Amounts of time as contracts write them: "30 s", "15 min", "4 h".

A day is no amount: how many hours it has is the calendar's to say, so "2 days of 9 h" is written "18 h".
"""

import re

UNITS = {"s": 1, "min": 60, "h": 3_600}
"""Seconds."""

_AMOUNT = re.compile(r"(\d{1,9}) *(s|min|h)", re.ASCII)


def seconds_of(text: object) -> int:
    """The seconds of an amount. Raises ValueError for what is none."""
    read = _AMOUNT.fullmatch(text.strip()) if isinstance(text, str) else None
    if read is None:
        raise ValueError
    return int(read[1]) * UNITS[read[2]]


def amount(seconds: int) -> str:
    """Seconds in the largest unit that leaves no rest."""
    unit = next(name for name in ("h", "min", "s") if seconds % UNITS[name] == 0)
    return f"{seconds // UNITS[unit]} {unit}"
