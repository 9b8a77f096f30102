"""A strict reader of what a program wrote to its terminal (field/trust.md R1).

Every byte is accounted for: text a person sees, or a sequence a Textual program has reason to write, or foreign.
Cursor moves and colours written by foreign text cannot be told from the program's own; a test that hunts
for them plants sequences of another kind beside them (:mod:`tests.hostile` has all kinds).
"""

import re
import unicodedata
from collections.abc import Iterator

MODES = {
    7,  # wrap at the right edge
    25,  # cursor shown
    1000,  # mouse: presses
    1003,  # mouse: moves
    1004,  # focus in and out
    1006,  # mouse: numbers as text
    1015,  # mouse: urxvt's numbers
    1016,  # mouse: in pixels
    1049,  # alternate screen
    2004,  # bracketed paste
    2026,  # synchronised output
    2048,  # sizes told in band
}
"""DEC private modes that Textual 8 sets and resets."""

MARKS = 8
"""Combining marks on one sign that are still somebody's language (supportdesk.rules.text)."""

_TOKEN = re.compile(
    rb"(?P<sequence>"
    rb"\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI, ended or not
    rb"|\x1b[\]PX^_k][^\x07\x1b\x18\x1a]*(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC, screen's title
    rb"|\x1b[ -/]*[0-~]?"  # every other escape
    rb")"
    rb"|(?P<text>[^\x1b]+)",
    re.S,
)
_MOVE_OR_ERASE = re.compile(rb"\x1b\[(?:\d{0,4}(?:;\d{0,4})?H|\d{0,4}[ABCDG]|[0-2]?[JK])")
_MODE = re.compile(rb"\x1b\[\?(\d+)(?:[hl]|\$p)")
_KEYBOARD = re.compile(rb"\x1b\[(?:>\d{1,2}|<1?)u")
_POINTER = re.compile(rb"\x1b\]22;[a-z-]{1,20}\x07")
_COLOURS = re.compile(rb"\x1b\[([0-9;]*)m")
_PLAIN_ATTRIBUTES = {0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29, *range(30, 38), 39, *range(40, 48), 49}
_PLAIN_ATTRIBUTES |= {*range(90, 98), *range(100, 108)}
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)


def foreign_sequences(raw: bytes) -> list[bytes]:
    """Everything in ``raw`` that is neither visible text nor a sequence of Textual's own, in order.

    Reported: OSC, DCS, APC, PM, SOS, unfinished and unknown sequences, unknown modes, blinking and concealed
    text, C0 but CR LF TAB BS, DEL, C1, bytes that are no UTF-8, bidirectional, invisible, private and
    unassigned signs, towers of combining marks. A recording cut within a sequence reports its stump.
    """
    found: list[bytes] = []
    for token in _TOKEN.finditer(raw):
        if token.lastgroup == "text":
            found += _foreign_text(token[0])
        elif not _is_textuals(token[0]):
            found.append(token[0])
    return found


def _is_textuals(sequence: bytes) -> bool:
    if mode := _MODE.fullmatch(sequence):
        return int(mode[1]) in MODES
    if colours := _COLOURS.fullmatch(sequence):
        return _plain_colours([int(number or 0) for number in colours[1].split(b";")])
    return any(pattern.fullmatch(sequence) for pattern in (_MOVE_OR_ERASE, _KEYBOARD, _POINTER))


def _plain_colours(numbers: list[int]) -> bool:
    """Whether an SGR holds colours and attributes that neither blink nor hide."""
    rest = iter(numbers)
    for number in rest:
        if number in (38, 48):
            parts = {2: 3, 5: 1}.get(next(rest, -1))
            if parts is None or any(not 0 <= next(rest, -1) <= 255 for _ in range(parts)):
                return False
        elif number not in _PLAIN_ATTRIBUTES:
            return False
    return True


def _foreign_text(raw: bytes) -> Iterator[bytes]:
    marks = 0
    for sign in raw.decode("utf-8", "surrogateescape"):
        category = unicodedata.category(sign)
        marks = marks + 1 if category[0] == "M" else 0
        acts = category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and sign not in "\r\n\t\b"
        if acts or marks == MARKS + 1 or _INVISIBLE.match(sign):
            yield sign.encode("utf-8", "surrogateescape")
