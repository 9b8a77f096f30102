"""A mapping: how rows of another tool's export become tickets with their histories (docs/formats.md, Mappings)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from supportdesk.i18n import _
from supportdesk.rules.text import check_storable, safe
from supportdesk.store.foreign import FORMATS, Format
from supportdesk.store.types import dumps, iso
from supportdesk.terms.codes import Priority, Status, TicketType
from supportdesk.terms.errors import Invalid

LONGEST_MAPPING = 256 * 1024
ISO = "iso"
OF_THE_DESK = "desk"
REST = "*"
"""In a map: every other value; in ``keep``: every other column."""

_CODES: dict[str, frozenset[str]] = {
    "type": frozenset(TicketType), "status": frozenset(Status), "priority": frozenset(Priority),
}
_RANKS = {"impact": range(1, 5), "urgency": range(1, 5), "level": range(5)}
_INSTANTS = ("created_at", "wait_until", "callback_at")
_LINES = ("caller_name", "caller_number", "affected_name", "approver_name", "organisation_name", "component_name",
          "language", "title", "wish", "status_reason", "team", "assignee")
_TEXTS = ("description", "solution")
FIELDS = (*_CODES, *_RANKS, *_INSTANTS, *_LINES, *_TEXTS, "tags")
"""Fields of a ticket a mapping can fill; ``team`` is a slug, ``assignee`` a login."""

LONGEST_LINE = 500
LONGEST_TEXT = 50_000


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is made: a constant, or columns joined, then looked up in ``values`` if there are any."""

    columns: tuple[str, ...] = ()
    joined_with: str = " "
    values: Mapping[str, str] | None = None
    constant: str | None = None

    def texts(self, cells: Mapping[str, Any], unknown: frozenset[str]) -> list[str]:
        """The known cells of its columns, mapped. Raises ValueError for a value the map does not know."""
        if self.constant is not None:
            return [self.constant]
        return [mapped for c in self.columns if (mapped := self._mapped(c, _cell(cells.get(c), unknown)))]

    def _mapped(self, column: str, text: str | None) -> str | None:
        if text is None or self.values is None:
            return text
        found = self.values.get(text, self.values.get(REST))
        if found is None:
            raise ValueError(_("{column}: the mapping does not know {value}.").format(column=column, value=safe(text)))
        return found


@dataclass(frozen=True, slots=True)
class Event:
    """One row understood: of which ticket, when, by whom, its fields in wire form, and what is kept word for word."""

    key: str
    at: datetime
    author: str | None
    values: dict[str, Any]
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class TicketMapping:
    """A checked mapping. ``zone`` None: the desk's. ``keep`` None: every column that is not used or ignored."""

    name: str
    format: Format
    unknown: frozenset[str]
    zone: str | None
    instants: str
    key: str
    at: str
    author: str | None
    by_time: bool
    fields: Mapping[str, Rule]
    keep: tuple[str, ...] | None
    ignore: frozenset[str]

    def columns(self) -> set[str]:
        """Every column it names."""
        named = {self.key, self.at, *(c for rule in self.fields.values() for c in rule.columns), *(self.keep or ())}
        return named | ({self.author} if self.author else set())

    def event(self, cells: Mapping[str, Any], zone: tzinfo) -> Event:
        """Read one row; ``zone`` is that of instants written without one. Raises ValueError with the reason."""
        key = _cell(cells.get(self.key), self.unknown)
        if key is None:
            raise ValueError(_("{column} is empty: it tells which ticket the row belongs to.").format(column=self.key))
        when = _cell(cells.get(self.at), self.unknown)
        if when is None:
            raise ValueError(_("{column} is empty: it tells when this happened.").format(column=self.at))
        values = {
            field: value for field, rule in self.fields.items()
            if (value := self._value(field, rule, cells, zone)) is not None
        }
        event = Event(key, self._instant(self.at, when, zone),
                      _cell(cells.get(self.author), self.unknown) if self.author else None, values, self._kept(cells))
        try:
            check_storable(dumps([event.key, event.author, values, event.kept]))
        except ValueError:
            raise ValueError(_("it holds half a character that cannot be stored.")) from None
        return event

    def _kept(self, cells: Mapping[str, Any]) -> dict[str, str]:
        used = self.columns() if self.keep is None else set()
        names = [c for c in cells if c not in used and c not in self.ignore] if self.keep is None else self.keep
        return {c: text for c in names if (text := _cell(cells.get(c), self.unknown)) is not None}

    def _value(self, field: str, rule: Rule, cells: Mapping[str, Any], zone: tzinfo) -> Any:
        texts = rule.texts(cells, self.unknown)
        if not texts:
            return None
        if field == "tags":
            return sorted(set(texts))
        text = rule.joined_with.join(texts)
        if field in _CODES:
            if text not in _CODES[field]:
                raise ValueError(_("{field}: {value} is none of {codes}.").format(
                    field=field, value=safe(text), codes=", ".join(sorted(_CODES[field]))))
        elif field in _RANKS:
            if not text.isascii() or not text.isdigit() or int(text[:3]) not in _RANKS[field]:
                raise ValueError(_("{field}: {value} is not {first} to {last}.").format(
                    field=field, value=safe(text), first=_RANKS[field][0], last=_RANKS[field][-1]))
            return int(text)
        elif field in _INSTANTS:
            return iso(self._instant(field, text, zone))
        elif len(text) > (LONGEST_LINE if field in _LINES else LONGEST_TEXT):
            raise ValueError(_("{field}: the text is too long ({length} characters).").format(
                field=field, length=len(text)))
        return text

    def _instant(self, column: str, text: str, zone: tzinfo) -> datetime:
        try:
            at = datetime.fromisoformat(text) if self.instants == ISO else datetime.strptime(text, self.instants)  # noqa: DTZ007
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(_("{column}: {value} is no date of the form {form}.").format(
                column=column, value=safe(text[:40]), form=self.instants)) from None


def _cell(value: Any, unknown: frozenset[str]) -> str | None:
    """A cell as text; None when nothing is known. Numbers, true and false of JSON as JSON writes them."""
    if value is None:
        return None
    text = value if isinstance(value, str) else dumps(value)
    return None if text in unknown or not text.strip() else text


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name. Raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(_("There is no time zone {name}.").format(name=safe(name)), field="zone") from None


def read_mapping(path: Path) -> TicketMapping:
    """Read and check a mapping file. Raises Invalid that names the key."""
    try:
        if path.stat().st_size > LONGEST_MAPPING:
            raise _wrong("", _("the file is too large"))
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(
            _("The mapping {path} cannot be read: {reason}.").format(path=safe(str(path)), reason=error.strerror),
            field="mapping",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong("", safe(str(error))) from None
    return _Reader(table, path.stem).mapping()


def _wrong(key: str, reason: str) -> Invalid:
    return Invalid(
        _("The mapping is wrong at {key}: {reason}.").format(key=key or _("the file"), reason=reason), field="mapping"
    )


@dataclass
class _Reader:
    """A mapping's tables, taken apart key by key; what is left over is a mistake."""

    table: dict[str, Any]
    name: str

    def mapping(self) -> TicketMapping:
        source, rows, keep = (self._table(name) for name in ("source", "rows", "keep"))
        ticket = self._table("ticket")
        kind = self._text(source, "source.format", "")
        if kind and kind not in FORMATS:
            raise _wrong("source.format", _("one of {choices}").format(choices=", ".join(FORMATS)))
        delimiter = self._text(source, "source.delimiter", ",")
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise _wrong("source.delimiter", _("one sign is expected"))
        zone = self._text(source, "source.zone", OF_THE_DESK)
        if zone != OF_THE_DESK:
            zone_of(zone)
        order = self._text(rows, "rows.order", "file")
        if order not in ("file", "at"):
            raise _wrong("rows.order", _("one of {choices}").format(choices="file, at"))
        fields = {field: self._rule(f"ticket.{field}", spec) for field, spec in ticket.items()}
        for field in fields:
            if field not in FIELDS:
                raise _wrong(f"ticket.{field}", _("there is no such field; known are {fields}").format(
                    fields=", ".join(FIELDS)))
        kept = self._list(keep, "keep.columns", [REST])
        found = TicketMapping(
            name=self._text(self.table, "name", self.name),
            format=Format(kind, self._text(source, "source.encoding", "utf-8"), delimiter),
            unknown=frozenset(self._list(source, "source.unknown", [""])),
            zone=None if zone == OF_THE_DESK else zone,
            instants=self._text(source, "source.instants", ISO),
            key=self._text(rows, "rows.key"), at=self._text(rows, "rows.at"),
            author=self._text(rows, "rows.author", "") or None, by_time=order == "at", fields=fields,
            keep=None if kept == [REST] else tuple(kept), ignore=frozenset(self._list(keep, "keep.ignore", [])),
        )
        for place, table in (("source.", source), ("rows.", rows), ("keep.", keep), ("", self.table)):
            for key in table:
                raise _wrong(f"{place}{key}", _("there is no such key"))
        return found

    def _table(self, name: str) -> dict[str, Any]:
        found = self.table.pop(name, {})
        if not isinstance(found, dict):
            raise _wrong(name, _("a table is expected"))
        return found

    def _text(self, table: dict[str, Any], key: str, default: str | None = None) -> str:
        found = table.pop(key.rpartition(".")[2], default)
        if not isinstance(found, str) or (default is None and not found):
            raise _wrong(key, _("a text is expected"))
        return found

    def _list(self, table: dict[str, Any], key: str, default: list[str]) -> list[str]:
        found = table.pop(key.rpartition(".")[2], default)
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise _wrong(key, _("a list of texts is expected"))
        return found

    def _rule(self, key: str, spec: Any) -> Rule:
        if isinstance(spec, str):
            return Rule((spec,))
        if not isinstance(spec, dict):
            raise _wrong(key, _("a column, or a table with column, columns or value is expected"))
        given = dict(spec)
        ways: Sequence[str] = [way for way in ("column", "columns", "value") if way in given]
        if len(ways) != 1:
            raise _wrong(key, _("one of column, columns or value is expected"))
        values = given.pop("map", None)
        if values is not None and not (
            isinstance(values, dict) and all(isinstance(value, str | int) for value in values.values())
        ):
            raise _wrong(f"{key}.map", _("a table of texts is expected"))
        columns: tuple[str, ...] = ()
        if ways[0] != "value":
            columns = ((self._text(given, f"{key}.column"),) if ways[0] == "column"
                       else tuple(self._list(given, f"{key}.columns", [])))
        rule = Rule(
            columns, self._text(given, f"{key}.joined_with", " "),
            None if values is None else {name: str(value) for name, value in values.items()},
            None if columns else str(given.pop("value", "")),
        )
        for left in given:
            raise _wrong(f"{key}.{left}", _("there is no such key"))
        return rule
