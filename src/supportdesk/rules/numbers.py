"""Ticket numbers: spoken on the telephone in three languages, given out while offline (DESIGN.md 9).

Digits only: prefix of the device, its counter, one check digit: ``214-0087-1``. The first digit
tells the prefix's length: 1-7 three digits, 8 and 9 five. The check digit is Damm's (H. M. Damm,
*Total anti-symmetrische Quasigruppen*, Marburg 2004): it notices every wrong digit and every swap
of neighbours, the two slips people make when they repeat a number.
"""

import re
from enum import StrEnum
from typing import NamedTuple

_QUASIGROUP = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_COUNTER_DIGITS = 4
_LONGEST = 20  # digits; a counter of fourteen is beyond any desk
_LONGEST_TYPED = 64  # characters, hyphens and spaces included
_SEPARATORS = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2212./]+")
_DIGITS = re.compile(r"[0-9]+")


class TypedKind(StrEnum):
    """What somebody typed where a ticket number is looked for."""

    NUMBER = "number"  # complete, the check digit fits
    TYPO = "typo"  # as long as a whole number, the check digit does not fit
    TAIL = "tail"  # last digits to search by
    OTHER = "other"  # no number at all: words


class Typed(NamedTuple):
    """Typed text read as a ticket number.

    ``digits`` is what to search by, at the end of a number (empty for ``OTHER``); ``number`` the
    canonical form of a ``NUMBER`` or a ``TYPO``. A ``TYPO`` may still be the tail of a longer
    number: search by ``digits`` before saying that it is mistyped.
    """

    kind: TypedKind
    digits: str = ""
    number: str | None = None


def check_digit(digits: str) -> int:
    """Damm's check digit over ``digits``; 0 when ``digits`` already ends in the right one."""
    interim = 0
    for digit in digits:
        interim = _QUASIGROUP[interim][ord(digit) - 48]
    return interim


def make_number(prefix: int, counter: int) -> str:
    """The number of a device's ``counter``-th ticket: ``make_number(214, 87) == "214-0087-1"``.

    Raises ValueError for a prefix outside 100-799 and 80000-99999, and for a counter below 1 or
    of more than fourteen digits.
    """
    if not (100 <= prefix <= 799 or 80_000 <= prefix <= 99_999):
        raise ValueError(f"{prefix} is no device prefix: 100-799 or 80000-99999")
    if not 1 <= counter <= 10**14 - 1:
        raise ValueError(f"{counter} is no ticket counter: 1 or more, fourteen digits at most")
    body = f"{prefix}{counter:0{_COUNTER_DIGITS}d}"
    return f"{prefix}-{counter:0{_COUNTER_DIGITS}d}-{check_digit(body)}"


def digits(number: str) -> str:
    """The digits of a number, nothing else: what is stored beside it for searching by its end."""
    return "".join(_DIGITS.findall(number))


def canonical(digits: str) -> str | None:
    """Digits of a whole number with the hyphens put back; None when they cannot be a whole number.

    Only the shape is judged (lengths, no needless leading zero in the counter), not the check digit.
    """
    if not _DIGITS.fullmatch(digits) or not digits.isascii() or digits[0] == "0" or len(digits) > _LONGEST:
        return None
    prefix = 3 if digits[0] <= "7" else 5
    counter = digits[prefix:-1]
    if len(counter) < _COUNTER_DIGITS or (len(counter) > _COUNTER_DIGITS and counter[0] == "0"):
        return None
    return f"{digits[:prefix]}-{counter}-{digits[-1]}"


def valid(number: str) -> bool:
    """Whether ``number``, with or without its hyphens, is whole and its check digit fits."""
    return parse(number).kind is TypedKind.NUMBER


def parse(typed: str) -> Typed:
    """Read what an agent typed; hyphens, spaces, dots and slashes are as good as none. Never raises."""
    if len(typed) > _LONGEST_TYPED:
        return Typed(TypedKind.OTHER)
    found = _SEPARATORS.sub("", typed)
    if not _DIGITS.fullmatch(found) or len(found) > _LONGEST:
        return Typed(TypedKind.OTHER)
    number = canonical(found)
    if number is None:
        return Typed(TypedKind.TAIL, found)
    kind = TypedKind.NUMBER if check_digit(found) == 0 else TypedKind.TYPO
    return Typed(kind, found, number)


def spoken(number: str, lang: str) -> str:
    """A number in groups for reading aloud, digits only: French in pairs, other languages digit by digit.

    French speakers say pairs (``214 - 00 87 - 1``); German turns a pair round ("siebenundachtzig")
    and is misheard, so German and English get single digits. ``lang`` is an ISO code, with or
    without a country. The parts keep the hyphen's place, where one breathes.
    """
    french = lang.lower().partition("-")[0].partition("_")[0] == "fr"
    return " - ".join(_pairs(part) if french else " ".join(part) for part in number.split("-"))


def _pairs(part: str) -> str:
    """Pairs, an odd length beginning with three: "214", "00 87", "123 45"."""
    first = 3 if len(part) % 2 else 2
    return " ".join([part[:first], *(part[at : at + 2] for at in range(first, len(part), 2))])
