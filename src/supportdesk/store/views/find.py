"""The filter of the queue: lines that hold what is typed, while it is typed.

Open tickets answer first, from an index of their own that knows beginnings of one letter: those of the shown view in
its order, then the other open ones in theirs. From the second letter of the last word on the whole store is asked
for closed ones: of the newest those whose number, title or people hold the words, then those that only speak of
them. They are never ranked: ranking a common word over a million tickets takes a second (field/feasibility.md 4).
Digits are also looked for at the end of the numbers; ``P1`` to ``P5`` mean the priority.
"""

import re
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from supportdesk.rules.numbers import TypedKind, parse
from supportdesk.rules.words import beginnings_match, search_words
from supportdesk.store.views.queue import one_moment

CLOSED_AT_MOST = 50
ELSEWHERE_AT_MOST = 500
NUMBERS_AT_MOST = 50
OPEN_ENOUGH = 200
"""Open tickets that hold the words, above which nobody reads on to closed ones: the next letter is typed first."""

LETTERS_FOR_ALL = 2
"""Letters of the last word from which on the whole store is asked, and digits for the ends of numbers."""

_PRIORITY = re.compile(r"\b[pP][1-5]\b")
_NUMBER = re.compile(r"(?<!\S)(?:[1-7][0-9]{2}|[89][0-9]{4})-[0-9]{1,14}(?:-[0-9]?)?(?!\S)")
"""A ticket's number, or how it begins, with its hyphens."""


class Found(NamedTuple):
    """What a text is found in: of the shown view, of the other open tickets, of the closed ones. ``more``: there are
    tickets that are not given here; more letters will tell."""

    text: str
    here: "array[int]"
    elsewhere: "array[int]"
    closed: "array[int]"
    more: bool


def find(conn: sqlite3.Connection, text: str, view: Sequence[int], every_open: Sequence[int]) -> Found:
    """Tickets in which every word of ``text`` begins some word, or whose number ends with it.

    ``view`` are the open tickets of the shown view in its order, ``every_open`` all open ones in the desk's order.
    """
    with one_moment(conn):
        numbered = _by_number(conn, text)
        rest, priorities = _without_priorities(text)
        words = _beginnings(rest)
        hits = _open_ones(conn, words, priorities)
        crowd = len(hits) > OPEN_ENOUGH
        hits.update(numbered)
        here = array("q", [pk for pk in view if pk in hits])
        open_ones = set(here)
        others = (pk for pk in every_open if pk in hits and pk not in open_ones)
        elsewhere = array("q", islice(others, ELSEWHERE_AT_MOST) if len(hits) > len(here) else ())
        open_ones.update(elsewhere)
        closed = [pk for pk in numbered if pk not in open_ones]
        more = crowd
        if words and not (crowd or priorities) and len(search_words(text)[-1]) >= LETTERS_FOR_ALL:
            known = open_ones.union(closed)
            newest = [pk for pk in _newest(conn, words, len(known) + CLOSED_AT_MOST + 1) if pk not in known]
            more = len(newest) > CLOSED_AT_MOST
            closed += newest[:CLOSED_AT_MOST]
    return Found(text, here, elsewhere, array("q", closed), more)


def count_open(conn: sqlite3.Connection, text: str, view: Iterable[int]) -> int:
    """How many of these open tickets hold the words: the count beside a view of one's own."""
    rest, priorities = _without_priorities(text)
    words = _beginnings(rest)
    if not words and not priorities:
        return sum(1 for _ in view)
    return len(_open_ones(conn, words, priorities).intersection(view))


def _beginnings(text: str) -> str:
    """As :func:`beginnings_match`; how a ticket's number begins is also looked for as it is kept, without hyphens."""
    words, joined = beginnings_match(text), _NUMBER.sub(lambda found: found[0].replace("-", ""), text)
    return words if joined == text else f"({words}) OR ({beginnings_match(joined)})"


def _without_priorities(text: str) -> tuple[str, tuple[str, ...]]:
    """The text less the words ``P1`` to ``P5``, and those: open tickets of these priorities are meant."""
    return _PRIORITY.sub(" ", text), tuple(word.upper() for word in _PRIORITY.findall(text))


def _open_ones(conn: sqlite3.Connection, words: str, priorities: Sequence[str]) -> set[int]:
    """Open tickets that hold the words and have one of the priorities, where any are asked for."""
    hits: set[int] | None = None
    if words:
        hits = set(_packed(conn, "SELECT group_concat(rowid) FROM open_fts WHERE open_fts MATCH ?", (words,)))
    if priorities:
        marks = ", ".join("?" * len(priorities))
        of_these = set(_packed(conn, "SELECT group_concat(pk) FROM ticket INDEXED BY ticket_open "
                                     f"WHERE lane < 3 AND priority IN ({marks})", tuple(priorities)))
        hits = of_these if hits is None else hits & of_these
    return hits or set()


def _by_number(conn: sqlite3.Connection, text: str) -> list[int]:
    typed = parse(text)
    if typed.kind is TypedKind.OTHER or len(typed.digits) < LETTERS_FOR_ALL:
        return []
    tail = typed.digits[::-1]
    return [pk for (pk,) in conn.execute(
        "SELECT pk FROM ticket INDEXED BY ticket_number_tail WHERE number_tail >= ? AND number_tail < ? "
        "ORDER BY pk DESC LIMIT ?",
        (tail, f"{tail}:", NUMBERS_AT_MOST),
    ).fetchall()]


def _newest(conn: sqlite3.Connection, words: str, limit: int) -> list[int]:
    """The newest tickets that hold the words, those first that show them in their line."""
    newest = list(_packed(conn, "SELECT group_concat(rowid) FROM (SELECT rowid FROM ticket_fts "
                                "WHERE ticket_fts MATCH ? ORDER BY rowid DESC LIMIT ?)", (words, limit)))
    if len(newest) < 2:
        return newest
    meant = set(_packed(conn, "SELECT group_concat(rowid) FROM ticket_fts WHERE ticket_fts MATCH ? "
                              "AND rowid BETWEEN ? AND ?",
                        (f"{{digits title people}} : ({words})", newest[-1], newest[0])))
    return sorted(newest, key=lambda pk: pk not in meant)


def _packed(conn: sqlite3.Connection, sql: str, params: tuple[object, ...]) -> Iterable[int]:
    """Ids in one step, see :mod:`supportdesk.store.views.queue`."""
    text = conn.execute(sql, params).fetchone()[0]
    return map(int, text.split(",")) if text else ()
