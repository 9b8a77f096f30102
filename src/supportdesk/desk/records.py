"""Records of one kind from a table: callers, organisations and assets from a spreadsheet, and whatever our own
export wrote. Same road as every import: checked whole, one batch, undone as one.

A row that names a record of ours (by ``id``, else by what people know it by) corrects it; another one makes it.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.imports import ImportReport, Progress, add_step, run
from supportdesk.i18n import _
from supportdesk.rules.article import parse_article
from supportdesk.rules.phones import parse_phone
from supportdesk.rules.text import check_storable, safe
from supportdesk.store import rows
from supportdesk.store.foreign import Format, rows_of
from supportdesk.store.instants import micros
from supportdesk.store.staging import Staging
from supportdesk.store.types import dumps, from_iso, from_wire, to_wire, uuid7
from supportdesk.terms.codes import Channel, Direction, Outcome, Priority, Status, TicketType
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid
from supportdesk.terms.tables import Field, Form

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

KINDS = ("ticket", "contact", "caller", "organisation", "asset", "article", "note")
SHOWN = {
    "ticket": ("caller", "organisation", "team", "assignee", "contact_owner", "component", "product", "asset"),
    "contact": ("caller", "agent"),
    "caller": ("organisation",),
    "asset": ("organisation", "caller", "product", "component"),
    "note": ("ticket", "agent"),
}
"""Columns our export adds for readers; coming back they are passed over where the id stands beside them."""

BY_NAME = ("name", "organisation_id")
KNOWN_BY: dict[str, tuple[tuple[str, ...], ...]] = {
    "organisation": (("name",),),
    "caller": (("employee_number",), ("mail",), BY_NAME),
    "asset": (("inventory",), ("serial",)),
    "article": (("slug", "lang"),),
    "ticket": (("number",),),
}
NEEDED = {"organisation": ("name",), "caller": ("name",), "article": ("slug", "lang", "title"), "ticket": ("number",)}
_CODES: dict[tuple[str, str], frozenset[str]] = {
    ("ticket", "status"): frozenset(Status), ("ticket", "type"): frozenset(TicketType),
    ("ticket", "priority"): frozenset(Priority), ("contact", "outcome"): frozenset(Outcome),
    ("contact", "channel"): frozenset(Channel), ("contact", "direction"): frozenset(Direction),
}
_TRUE, _FALSE = frozenset({"1", "true", "yes", "x"}), frozenset({"0", "false", "no", ""})
LONGEST = 250_000
"""Characters of one value."""


def import_records(desk: "Desk", kind: str, file: Path, *, columns: Mapping[str, str] | None = None,
                   form: Format | None = None, keep_good: bool = False, dry_run: bool = False,
                   progress: Progress | None = None) -> ImportReport:
    """Bring in records of ``kind`` from CSV or JSON. Columns are named as our fields (``organisation`` for its name,
    ``numbers`` parted by ``;``); ``columns`` maps other names to them.

    With refused rows nothing is let in unless ``keep_good``. Raises Invalid, NotPermitted, NotReady."""
    if kind not in KINDS:
        raise Invalid(_("{kind} cannot be imported; {kinds} can.").format(kind=safe(kind), kinds=", ".join(KINDS)))
    form = form or Format(guarded=file.suffix != ".json")
    reader = _Rows(desk, kind, dict(columns or {}))

    def stage(staging: Staging, report: ImportReport) -> None:
        for row in rows_of(file, form):
            report.rows += 1
            try:
                if row.problem is not None:
                    raise ValueError(row.problem)
                for step in reader.steps(row.cells):
                    report.records += step["entity"] == kind
                    add_step(staging, report, row.line, step)
            except ValueError as error:
                report.refuse(row.line, str(error))

    return run(desk, file, (kind, sorted((columns or {}).items())), stage, keep_good=keep_good, dry_run=dry_run,
               progress=progress)


def import_articles(desk: "Desk", source: Path, *, keep_good: bool = False, dry_run: bool = False,
                    progress: Progress | None = None) -> ImportReport:
    """Bring in articles: a folder of Markdown files, one such file, or JSON as our export writes it.

    The "line" of a refused row is that of the file named in its reason. Raises as :func:`import_records`."""
    if source.is_file() and source.suffix.lower() not in (".md", ".markdown"):
        return import_records(desk, "article", source, keep_good=keep_good, dry_run=dry_run, progress=progress)
    files = sorted(source.rglob("*.md")) if source.is_dir() else [source]
    if not files or not all(file.is_file() for file in files):
        raise Invalid(_("There are no articles (*.md) at {path}.").format(path=safe(str(source))), field="file")
    reader = _Rows(desk, "article", {})

    def stage(staging: Staging, report: ImportReport) -> None:
        for file in files:
            report.rows += 1
            try:
                for step in reader.steps(_article(file)):
                    report.records += 1
                    add_step(staging, report, 1, step)
            except (ValueError, OSError) as error:
                report.refuse(_line_of(error), f"{safe(file.name)}: {error}")

    return run(desk, source, ("articles",), stage, keep_good=keep_good, dry_run=dry_run, progress=progress)


def _article(file: Path) -> dict[str, Any]:
    if file.stat().st_size > LONGEST:
        raise ValueError(_("the file is too large"))
    found = parse_article(file.read_text(encoding="utf-8"))
    return {
        "slug": found.slug, "lang": found.lang, "title": found.title, "issue": found.issue, "body": found.body,
        "keywords": list(found.keywords), "products": list(found.products), "components": list(found.components),
        "audience": found.audience, "identity": found.identity or None, "state": "published",
    }


def _line_of(error: Exception) -> int:
    head = str(error).partition(":")[0].removeprefix("line ").strip()
    return int(head) if head.isascii() and head.isdigit() else 1


class _Rows:
    """Makes the steps of rows of one kind; remembers what the file itself has made."""

    def __init__(self, desk: "Desk", kind: str, columns: dict[str, str]) -> None:
        self._desk = desk
        self._kind = kind
        self._columns = columns
        self._fields = ENTITIES[kind].by_name
        self._now = micros(desk.clock())
        self._by = desk.agent.acting or desk.agent.login
        self._made: dict[tuple[str, ...], UUID] = {}
        self._met: set[bytes] = set()

    def steps(self, cells: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """What a row asks for, nothing if all is so already. Raises ValueError with the reason."""
        named = {self._columns.get(name, name): value for name, value in cells.items()}
        id, values = self._values(named)
        try:
            check_storable(dumps(values))
        except ValueError:
            raise ValueError(_("it holds half a character that cannot be stored.")) from None
        if self._kind in ("caller", "asset") and values.get("organisation_id") is None and named.get("organisation"):
            organisation, new = self._organisation(str(named["organisation"]).strip())
            if new is not None:
                yield new
            values["organisation_id"] = str(organisation)
        row = self._there(id, values)
        if row is None:
            self._require(values)
            id = id or uuid7()
            self._remember(id, values)
            yield self._step(self._kind, id, True, {n: v for n, v in values.items() if v is not None})
            return
        there = {n: to_wire(self._fields[n].form, row[n]) for n in values}
        changed = {n: v for n, v in values.items() if v != there[n]}
        if changed:
            yield self._step(self._kind, row["id"], False, changed) | {"was": {n: there[n] for n in changed}}

    def _step(self, entity: str, id: UUID, make: bool, values: dict[str, Any]) -> dict[str, Any]:
        return {"at": self._now, "by": self._by, "entity": entity, "id": str(id), "make": make, "values": values}

    def _values(self, named: Mapping[str, Any]) -> tuple[UUID | None, dict[str, Any]]:
        """The id if there is one, and the fields in wire form."""
        id = None
        values: dict[str, Any] = {}
        for name, value in named.items():
            if name == "id":
                id = _uuid(name, value)
            elif name in self._fields:
                values[name] = self._wire(self._fields[name], value)
            elif self._kind == "caller" and name in ("number", "phone"):
                values["numbers"] = self._wire(self._fields["numbers"], value)
            elif name not in SHOWN.get(self._kind, ()) and name != "timeline":
                raise ValueError(_("there is no field {name}; known are {fields}.").format(
                    name=safe(name), fields=", ".join(self._fields)))
        return id, values

    def _wire(self, field: Field, value: Any) -> Any:
        if value is None or value == "":
            return None
        if field.name == "numbers" and isinstance(value, str) and not value.lstrip().startswith("["):
            return [self._number(part) for part in value.split(";") if part.strip()] or None
        try:
            found = _read(field.form, value)
            codes = _CODES.get((self._kind, field.name))
            if codes and found not in codes:
                raise ValueError
            from_wire(field.form, found)
            if len(dumps(found)) > LONGEST:
                raise ValueError
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise _unusable(field.name, value) from None
        return found

    def _number(self, text: str) -> dict[str, str | None]:
        phone = parse_phone(text.strip(), self._desk.agent.region)
        return {"text": phone.as_given, "e164": phone.e164}

    def _organisation(self, name: str) -> tuple[UUID, dict[str, Any] | None]:
        """An organisation by its exact name; made when nobody is called so."""
        known = self._made.get(("organisation", name))
        if known is None:
            row = self._desk.reader.execute(
                "SELECT id FROM organisation WHERE name = ? AND retired_at IS NULL ORDER BY pk LIMIT 1", (name,)
            ).fetchone()
            known = UUID(bytes=row[0]) if row else None
        if known is not None:
            return known, None
        id = self._made["organisation", name] = uuid7()
        return id, self._step("organisation", id, True, {"name": name, "kind": "customer"})

    def _there(self, id: UUID | None, values: Mapping[str, Any]) -> rows.Row | None:
        """The record of ours the row is about; one of several that fit would be a guess. Two people of one name
        in one organisation are two people."""
        if id is not None:
            return rows.read(self._desk.reader, self._kind, id)
        for key in KNOWN_BY.get(self._kind, ()):
            if all(values.get(part) for part in key):
                if (self._kind, *(str(values[part]) for part in key)) in self._made and key != BY_NAME:
                    raise ValueError(_("it stands in the file twice ({key}).").format(key=", ".join(key)))
                stored = [UUID(values[p]).bytes if p.endswith("_id") else values[p] for p in key]
                found = self._desk.reader.execute(
                    f"SELECT id FROM {self._kind} WHERE {' AND '.join(f'{part} = ?' for part in key)} "
                    "AND retired_at IS NULL LIMIT 2", stored,
                ).fetchall()
                if len(found) == 1 and found[0][0] not in self._met:
                    self._met.add(found[0][0])
                    return rows.read(self._desk.reader, self._kind, UUID(bytes=found[0][0]))
        return None

    def _remember(self, id: UUID, values: Mapping[str, Any]) -> None:
        for key in KNOWN_BY.get(self._kind, ()):
            if all(values.get(part) for part in key):
                self._made[(self._kind, *(str(values[part]) for part in key))] = id

    def _require(self, values: Mapping[str, Any]) -> None:
        for field in NEEDED.get(self._kind, ()):
            if not values.get(field):
                raise ValueError(_("{field} is needed.").format(field=field))
        if self._kind == "asset" and not any(values.get(f) for f in ("inventory", "serial", "host", "name")):
            raise ValueError(_("an inventory number, a serial number, a host or a name is needed."))


def _uuid(name: str, value: Any) -> UUID | None:
    if value in (None, ""):
        return None
    try:
        return UUID(str(value))
    except ValueError:
        raise _unusable(name, value) from None


def _unusable(field: str, value: Any) -> ValueError:
    return ValueError(_("{field}: {value} cannot be used.").format(field=field, value=safe(str(value)[:60])))


def _read(form: Form, value: Any) -> Any:
    """A cell (text of CSV, or a JSON value) in wire form. Raises ValueError, TypeError."""
    match form:
        case Form.TEXT:
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                raise TypeError
            return str(value)
        case Form.INT:
            return int(value)
        case Form.BOOL:
            text = str(value).strip().lower()
            if text not in _TRUE | _FALSE:
                raise ValueError
            return text in _TRUE
        case Form.REF:
            return str(UUID(value))
        case Form.INSTANT:
            from_iso(value)
            return value
        case Form.JSON:
            found = json.loads(value) if isinstance(value, str) else value
            if not isinstance(found, list | dict):
                raise TypeError
            return found or None
        case _:
            parts = _list(value)
            return sorted({str(UUID(p)) for p in parts} if form is Form.REFS else {str(p) for p in parts}) or None


def _list(value: Any) -> list[Any]:
    """A list of JSON, the same as text, or parts between ``;``."""
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return _list(json.loads(value))
        return [part.strip() for part in value.split(";") if part.strip()]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError
    return value
