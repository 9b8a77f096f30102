"""A file that people write, TOML or YAML, read table by table: everything that is wrong with it is told at once, with
its line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.rules.toml_lines import Path

MOST = 500
"""Signs of one text."""
YEARS = (1970, 2200)
SHOWN = 60
"""Signs of what was written that a sentence shows."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """What is wrong, and the cure. ``line`` counts from 1."""

    line: int
    sentence: str


class Unclear(ValueError):
    """A value that cannot be; ``key`` names it, its text is the sentence."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


class FileLines(Protocol):
    """Where everything stands in a file."""

    def line(self, *path: str | int) -> int: ...


class Problems:
    """What was found wrong so far."""

    def __init__(self, lines: FileLines) -> None:
        self._lines = lines
        self._found: set[Problem] = set()

    def add(self, path: Path, sentence: str) -> None:
        self._found.add(Problem(self._lines.line(*path), sentence))

    def listed(self) -> tuple[Problem, ...]:
        """All of them, by line."""
        return tuple(sorted(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)


def shown(value: object) -> str:
    """What was written, as a sentence may show it."""
    return safe(str(value))[:SHOWN] or '""'


class Table:
    """One table of the file. What is asked for and cannot be is a problem, and answered as if it were not there."""

    def __init__(self, problems: Problems, path: Path, values: Mapping[str, Any], known: Iterable[str]) -> None:
        self.problems = problems
        self.path = path
        self.values = values
        known = tuple(known)
        for key in values:
            if key not in known:
                self.wrong(key, _("There is no {field} here. Known are: {fields}.").format(
                    field=shown(key), fields=", ".join(known)))

    def wrong(self, key: str, sentence: str, *more: str | int) -> None:
        self.problems.add((*self.path, key, *more), sentence)

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, *, needed: bool = False, most: int = MOST) -> str | None:
        """Words on one line or several; None where there are none."""
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if needed:
                self.wrong(key, _("{field} is needed.").format(field=key))
            return None
        if not isinstance(value, str) or len(value) > most or "\x00" in value:
            self.wrong(key, _("{field} is a text of at most {most} signs.").format(field=key, most=most))
            return None
        return value

    def slug(self) -> str | None:
        """The short name of what the table describes."""
        value = self.text("slug", needed=True, most=100)
        return value.strip() if value else None

    def one_of(self, key: str, codes: Sequence[str]) -> str | None:
        value = self.values.get(key)
        if value is not None and value not in codes:
            self.wrong(key, _("{value} is no {field}. It is one of: {codes}.").format(
                field=key, value=shown(value), codes=", ".join(codes)))
            return None
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, _("{field} is true or false.").format(field=key))
            return False
        return value

    def whole(self, key: str, most: int) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            self.wrong(key, _("{field} is a whole number from 0 to {most}.").format(field=key, most=most))
            return None
        return value

    def texts(self, key: str, codes: Sequence[str] = ()) -> list[str] | None:
        """A list of texts, each once; of ``codes`` where there are some. None where it is not given."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self.wrong(key, _("{field} is a list of texts: [\"…\", \"…\"].").format(field=key))
            return None
        for each in value:
            if codes and each not in codes:
                self.wrong(key, _("{value} cannot stand in {field}. There are: {codes}.").format(
                    field=key, value=shown(each), codes=", ".join(codes)))
        return sorted({each for each in value if not codes or each in codes})

    def day(self, key: str) -> date | datetime | None:
        """A date, or an instant with its offset (a ``datetime`` with a zone), of a year in YEARS."""
        value: Any = self.values.get(key)
        if isinstance(value, str):
            with suppress(ValueError):
                value = date.fromisoformat(value) if len(value) == len("2026-01-01") else datetime.fromisoformat(value)
        if value is None:
            return None
        is_naive = isinstance(value, datetime) and value.tzinfo is None
        if isinstance(value, date) and not is_naive and YEARS[0] <= value.year <= YEARS[1]:
            return value
        self.wrong(key, _("{field} is no date: {value}. Write it as 2026-07-01.").format(
            field=key, value=shown(value)))
        return None

    def table(self, key: str, known: Iterable[str]) -> "Table | None":
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, _("{field} is a table of values: {example}.").format(field=key, example="{ … = … }"))
            return None
        return Table(self.problems, (*self.path, key), value, known)

    def tables(self, key: str, known: Iterable[str]) -> "list[Table]":
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(key, _("{field} is a list of tables. Write [[{header}]] before each.").format(
                field=key, header=".".join(str(part) for part in (*self.path, key) if isinstance(part, str))))
            return []
        known = tuple(known)
        return [Table(self.problems, (*self.path, key, place), each, known) for place, each in enumerate(value)]

    def clear(self, key: str, read: Callable[[], Any]) -> Any:
        """What ``read`` gives; None with a problem at the key (or the one it names) when it raises Unclear."""
        try:
            return read()
        except Unclear as unclear:
            self.wrong(unclear.key or key, str(unclear))
            return None
