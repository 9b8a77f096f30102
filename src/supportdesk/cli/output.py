"""What the shell prints: data on stdout, narration and refusals on stderr, nothing that acts on a terminal.

Text is made safe here and only here (:mod:`supportdesk.rules.text`); ``--json`` keeps every string exactly, as
JSON escapes where the sign could act on a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, Generic, NamedTuple, TextIO, TypeVar
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.rules.text import ascii_twin, cut, fit, safe, safe_block, width
from supportdesk.streams import AnswerLost, answer, narrate
from supportdesk.terms.errors import DeskError

Row = TypeVar("Row")

_GAP = "  "


class Column(NamedTuple, Generic[Row]):
    """One column of a listing. ``title`` is translated, ``text`` gives a row's text, unsafe as it is stored.

    ``most`` cells are shown at most (0: all); ``right`` sets numbers under each other.
    """

    title: str
    text: Callable[[Row], str]
    most: int = 0
    right: bool = False


class Out:
    """The two streams of one command and the form the caller asked for."""

    def __init__(self, *, json: bool = False, plain: bool = False) -> None:
        self.json = json
        self.plain = plain
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")

    def rows(
        self,
        rows: Iterable[Row],
        columns: Sequence[Column[Row]],
        as_json: Callable[[Row], object] | None = None,
        empty: str = "",
    ) -> None:
        """A listing: a bare JSON array (``as_json`` makes a row's object; the row itself by default), else columns.

        ``empty`` is narrated when there is no row: why, and what to do.
        """
        if self.json:
            self.array(as_json(row) if as_json else row for row in rows)
            return
        listed = list(rows)
        if not listed:
            self.say(empty)
        elif self.plain:
            for number, row in enumerate(listed):
                if number:
                    self._line("")
                for column in columns:
                    self._line(f"{column.title}: {safe(column.text(row))}")
        else:
            self._columns(listed, columns)

    def record(self, shown: Sequence[tuple[str, str]], as_json: object) -> None:
        """One thing: a JSON object, else its facts, one a line under each other."""
        if self.json:
            self._line(to_json(as_json, indent=2, ascii_only=not self._utf8()))
            return
        widest = 0 if self.plain else max((width(title) for title, _text in shown), default=0)
        for title, text in shown:
            if self.plain or not text:
                self._line(f"{title}: {safe(text)}" if text else f"{title}:")
            else:
                self._line(f"{fit(title, widest)}{_GAP}{safe(text)}")

    def text(self, block: str) -> None:
        """Lines of data for people, as an article; foreign text may be in it."""
        self._line(safe_block(block))

    def raw(self, script: str) -> None:
        """Lines of our own that a program reads, as a completion script."""
        self._line(script)

    def say(self, sentence: str) -> None:
        """Narration: what was done, what comes next. Silent with ``--json``, whose readers want nothing but data."""
        if sentence and not self.json:
            narrate(self._encodable(safe_block(sentence), sys.stderr))

    def refusal(self, error: DeskError) -> None:
        """Why nothing was done, on stderr: an object with ``--json``, else one sentence."""
        self.error(error.code, error.message, error.field)

    def error(self, code: str, message: str, field: str | None = None) -> None:
        if self.json:
            told = {"code": code, **({"field": field} if field else {}), "message": message}
            narrate(to_json({"error": told}, ascii_only=not self._utf8(sys.stderr)))
        else:
            narrate(self._encodable(safe_block(message), sys.stderr))

    def unanswered(self, lost: AnswerLost) -> int:
        """stdout did not take the answer: whoever reads this must not do the same again. Returns the exit code."""
        self.error(
            "answer_lost",
            _("The answer could not be written ({reason}); what was asked was done.").format(reason=lost.reason),
        )
        return 1

    def unforeseen(self, error: BaseException) -> int:
        """An error nobody foresaw: its reference on stderr, its place in the log. Returns the exit code."""
        from supportdesk.incident_log import log_file, record

        reference = record(error)
        self.error(
            "internal",
            _(
                "Something went wrong that should not. Nothing more was done. Reference {reference}, details in {file}."
            ).format(reference=reference, file=log_file()),
        )
        return 1

    def _columns(self, rows: Sequence[Row], columns: Sequence[Column[Row]]) -> None:
        cells = [[safe(column.text(row)) for column in columns] for row in rows]
        widths = [
            max(width(column.title), *(min(width(line[at]), column.most or 10_000) for line in cells))
            for at, column in enumerate(columns)
        ]
        self._aligned([column.title for column in columns], widths, columns)
        for line in cells:
            self._aligned(line, widths, columns)

    def _aligned(self, texts: Sequence[str], widths: Sequence[int], columns: Sequence[Column[Any]]) -> None:
        parts = []
        for text, cells, column in zip(texts, widths, columns, strict=True):
            shown = cut(text, cells)
            parts.append(" " * (cells - width(shown)) + shown if column.right else fit(shown, cells))
        self._line(_GAP.join(parts).rstrip())

    def array(self, objects: Iterable[object]) -> None:
        """One object a line: whole in the eyes of a JSON reader, and still a list to ``grep`` and ``diff``.

        Written as the objects come, however many there are.
        """
        ascii_only = not self._utf8()
        before = "["
        for each in objects:
            answer(before + to_json(each, ascii_only=ascii_only), end="")
            before = ",\n "
        answer("[]" if before == "[" else "]")

    def object(self, told: object) -> None:
        """One object on a line of its own: JSON lines, for readers who want each as soon as it is there."""
        answer(to_json(told, ascii_only=not self._utf8()))

    def _line(self, text: str) -> None:
        answer(self._encodable(text, sys.stdout))

    @staticmethod
    def _utf8(stream: TextIO | None = None) -> bool:
        return (getattr(stream or sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"

    def _encodable(self, text: str, stream: TextIO) -> str:
        return text if self._utf8(stream) else ascii_twin(text)


def instant(moment: datetime) -> str:
    """An instant as other tools read it: ISO 8601, UTC, ``Z``. A naive one is a defect of ours."""
    if moment.tzinfo is None:
        raise ValueError("an instant without a zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_json(value: object, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """JSON of dataclasses, instants, UUIDs, enums and the usual containers; strings come back exactly when read.

    What holds a sign that could act on a terminal or hide in it is written in ASCII, with JSON's escapes.
    """
    import json

    plain = _plain(value)
    text = json.dumps(plain, ensure_ascii=ascii_only, indent=indent)
    return text if safe_block(text) == text else json.dumps(plain, indent=indent)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | PurePath):
        return str(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    from dataclasses import fields, is_dataclass  # here, because columns for people need neither

    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, set | frozenset):
        return sorted((_plain(each) for each in value), key=str)
    if isinstance(value, Iterable):
        return [_plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")
