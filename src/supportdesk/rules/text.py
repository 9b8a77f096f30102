"""Foreign text made fit to be shown, measured, cut and compared (DESIGN.md 7, laws 3 and 4).

Whatever a caller, an import or another site wrote is data. Textual and the terminal would act on it:
escape sequences, C1 bytes and bidirectional controls reach the terminal from every widget
(field/terminal.md "Hostile text", field/trust.md R1-R8). :func:`safe` and :func:`safe_block` are
the only way to a screen or to stdout; what is stored stays as it was written.

What a reader sees: ``�`` stands for a sign that would act, hide or is unknown (C0, DEL, C1, bidi,
zero-width and other invisible signs, lone surrogates, private and unassigned ones, U+2028/2029),
``¶`` for a line break in one line; odd spaces are spaces; flags are their country's letters; joiners,
tones and selectors of emoji are dropped, because terminals disagree on their width. Square brackets
pass: markup is kept out by the widgets (``Content(text)``, ``markup=False``), never by escaping.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

HIDDEN = "\ufffd"
"""Stands for one sign that must not reach a terminal."""

LINE_BREAK = "¶"
"""Stands for a line break where there is room for one line only."""

ELLIPSIS = "…"
"""Ends a text that was cut."""

MARKS_KEPT = 8
"""Combining marks kept on one sign; living languages need fewer, "Zalgo" text climbs over its neighbours."""

_TAB = 8

# Signs that are what they seem, in every terminal, by the thousand: a text of these alone is passed
# on as it is. The ranges hold no unassigned, invisible or combining sign (tests/rules/test_text.py).
_NARROW = (
    r"\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
    r"\u05d0-\u05ea\u0621-\u064a\u0660-\u0669\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u218b"
    r"\u2190-\u2199\u2500-\u25fc"
)
_WIDE = r"\u3001-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9ffc\uac00-\ud7a3\uff01-\uff60\U0001f400-\U0001f43e"
_is_western = re.compile("[\x20-\x7e\xa0-\xac\xae-\xff]*").fullmatch
"""A look that is cheap to prepare: a command that meets no other text does without the tables below."""


@cache
def _odd_in_line() -> re.Pattern[str]:
    return re.compile(f"[^{_NARROW}{_WIDE}]+")


@cache
def _odd_in_block() -> re.Pattern[str]:
    return re.compile(f"[^\n{_NARROW}{_WIDE}]+")


@cache
def _not_narrow() -> re.Pattern[str]:
    return re.compile(f"[^{_NARROW}]")


_DROPPED_AFTER_SYMBOL = frozenset("\u200d\ufe0e\ufe0f") | frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_INVISIBLE = frozenset(
    # printable to Python, nothing to the eye: fillers, joiners, selectors, the empty braille cell
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x1F3FB, 0x1F400))))
_NO_BREAK_SPACES = frozenset("\u2007\u202f")
_COMBINES = ""  # what the table says of a mark: shown on the sign before it


class _Shown(dict[str, str]):
    """Odd sign -> what is shown for it, filled as signs turn up; :data:`_COMBINES` for marks."""

    def __missing__(self, sign: str) -> str:
        shown = self[sign] = _shown(sign)
        return shown


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Zs":
        return "\xa0" if sign in _NO_BREAK_SPACES else sign if sign in "\xa0\u3000" else " "
    if sign in _INVISIBLE or not sign.isprintable():
        return HIDDEN
    if "\U0001f1e6" <= sign <= "\U0001f1ff":
        return chr(ord(sign) - 0x1F1E6 + ord("A"))
    if category[0] == "M" or "\u1161" <= sign <= "\u11ff" or "\ud7b0" <= sign <= "\ud7fb":  # Korean vowels and finals
        return _COMBINES
    return sign


_in_line = _Shown({"\n": LINE_BREAK, "\t": " "})
_in_block = _Shown({"\n": "\n", "\t": "\t"})


def _show_run(table: _Shown) -> Callable[[re.Match[str]], str]:
    def show(run: re.Match[str]) -> str:
        at = run.start()
        before = run.string[at - 1] if at and run.string[at - 1] != "\n" else ""
        marks = 0 if before else MARKS_KEPT  # no sign to stand on: it would climb onto ours
        out: list[str] = []
        for sign in run.group():
            if sign in _DROPPED_AFTER_SYMBOL and before and unicodedata.category(before) == "So":
                continue
            shown = table[sign]
            if shown is _COMBINES:
                marks += 1
                if marks <= MARKS_KEPT + 1:
                    out.append(sign if marks <= MARKS_KEPT else HIDDEN)
            else:
                marks = 0
                out.append(shown)
            before = sign
        return "".join(out)

    return show


_show_in_line = _show_run(_in_line)
_show_in_block = _show_run(_in_block)


def safe(text: str) -> str:
    """``text`` on one line, fit for any terminal. Clean text costs a look and comes back as it is."""
    if _is_western(text) or not _odd_in_line().search(text):
        return text
    return _odd_in_line().sub(_show_in_line, _line_feeds(text))


def safe_block(text: str) -> str:
    """As :func:`safe`, keeping lines: CR LF and CR become LF, tabs become spaces."""
    if _is_western(text) or not _odd_in_block().search(text):
        return text
    shown = _odd_in_block().sub(_show_in_block, _line_feeds(text))
    return shown.expandtabs(_TAB) if "\t" in shown else shown


def is_clean(text: str) -> bool:
    """Whether :func:`safe` shows ``text`` exactly as it is."""
    return safe(text) == text


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def width(text: str) -> int:
    """Cells that *safe* text takes in a terminal, as Rich and Textual count them."""
    if _is_western(text) or not _not_narrow().search(text):
        return len(text)
    from rich.cells import get_character_cell_size  # everyday Western text never needs the tables

    return sum(map(get_character_cell_size, text))


def cut(text: str, cells: int, ellipsis: str = ELLIPSIS) -> str:
    """Safe text cut at the end to at most ``cells``, ``ellipsis`` (its ASCII twin: ``...``) telling so."""
    room = cells - len(ellipsis)
    if room < 0:
        ellipsis, room = ellipsis[: max(0, cells)], 0
    if _is_western(text) or not _not_narrow().search(text, 0, cells + 1):
        return text if len(text) <= cells else text[:room] + ellipsis
    from rich.cells import get_character_cell_size

    used = kept = 0
    for at, sign in enumerate(text, 1):
        used += get_character_cell_size(sign)
        if used > cells:
            return text[:kept] + ellipsis
        if used <= room:
            kept = at
    return text


def fit(text: str, cells: int, ellipsis: str = ELLIPSIS) -> str:
    """:func:`cut`, then filled with spaces to exactly ``cells``: one column of a list."""
    shown = cut(text, cells, ellipsis)
    return shown + " " * (cells - width(shown))


_FOLDED_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "’": "'", "‘": "'", "ʼ": "'"}
)


def fold(text: str) -> str:
    """Text for searching and comparing: no case, no accents, no invisible signs, ß as ss, œ as oe, ’ as '.

    Folding twice changes nothing more. ``fold("Où est l’Œuvre ?") == "ou est l'oeuvre ?"``.
    """
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join([sign for sign in bare if unicodedata.category(sign) not in ("Mn", "Cf")])
    return kept.translate(_FOLDED_LETTERS)


def check_storable(text: str) -> None:
    """Raise ValueError naming the first lone surrogate: SQLite and UTF-8 cannot hold one.

    Everything else, NUL included, is stored as given (DESIGN.md 3, "Storage forms").
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"lone surrogate U+{ord(text[error.start]):04X} at position {error.start}") from None


_ASCII_TWINS = str.maketrans(
    {
        "●": "*",
        "○": "o",
        "★": "#",
        "│": "|",
        "─": "-",
        ELLIPSIS: "...",
        LINE_BREAK: "/",
        HIDDEN: "?",
        "·": "-",
        "–": "-",
        "—": "-",
        **dict.fromkeys("‘’‚‹›", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("┌┐└┘├┤┬┴┼", "+"),
    }
)


def ascii_twin(text: str) -> str:
    """Our own signs by their ASCII twins, for terminals that are not UTF-8 (LOOK.md "Signs")."""
    return text if text.isascii() else text.translate(_ASCII_TWINS)
