"""The file in which calendars, contracts and the matrix are written (docs/formats.md), TOML or YAML: what it says, as
far as that can be known without the desk. :mod:`supportdesk.desk.agreeing` puts it beside what stands."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any

from supportdesk.desk.agreement_dates import begin_us
from supportdesk.desk.contract_terms import VERSION, terms_of
from supportdesk.desk.hours_written import HOURS, hours_of_version
from supportdesk.desk.written import FileLines, Problems, Table, shown
from supportdesk.i18n import _
from supportdesk.rules.priority import IMPACTS, URGENCIES
from supportdesk.rules.text import safe
from supportdesk.rules.toml_lines import Path, TomlLines
from supportdesk.rules.zones import zone_named
from supportdesk.terms.codes import ContractKind, Priority
from supportdesk.terms.errors import Invalid

LONGEST = 4_000_000
"""Bytes of a file."""

LONGEST_TEXT = 20_000

Since = date | datetime | None
"""A date (its midnight, in the zone it is read in), an instant, or from ever."""

MATRIX = "default"
"""The one matrix of a desk."""

_CALENDAR = ("slug", "name", "version")
_CONTRACT = ("slug", "name", "kind", "organisation", "team", "follows", "valid", "text", "version")


class Form(StrEnum):
    """How a file is written."""

    TOML = "toml"
    YAML = "yaml"

    @classmethod
    def of(cls, path: FilePath) -> "Form":
        """By the suffix of its name."""
        return cls.YAML if path.suffix.lower() in (".yaml", ".yml") else cls.TOML


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """One version as written: hours as a calendar keeps them, the terms of a contract, one value a name, or the cells
    of a matrix with the zone of its date."""

    path: Path
    since: Since
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CalendarDraft:
    path: Path
    slug: str
    name: str | None
    versions: list[VersionDraft]


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """``ends`` is the last day it is valid, or the instant it ends."""

    path: Path
    slug: str
    name: str | None
    kind: ContractKind
    organisation: str | None
    team: str | None
    follows: str | None
    text: str | None
    starts: Since
    ends: Since
    versions: list[VersionDraft]


@dataclass(frozen=True, slots=True)
class MatrixDraft:
    path: Path
    slug: str
    versions: list[VersionDraft]


@dataclass(slots=True)
class AgreementFile:
    """What a file says, and what is wrong with it."""

    problems: Problems
    calendars: list[CalendarDraft] = field(default_factory=list)
    contracts: list[ContractDraft] = field(default_factory=list)
    matrices: list[MatrixDraft] = field(default_factory=list)


def text_of(path: FilePath) -> str:
    """The text of a file. Raises Invalid when it cannot be read."""
    try:
        with path.open("rb") as file:
            held = file.read(LONGEST + 1)
        if len(held) > LONGEST:
            raise Invalid(_("The file is too large: {most} MB at most.").format(most=LONGEST // 1_000_000),
                          field="file")
        return held.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Invalid(_("{file} is not text in UTF-8.").format(file=safe(str(path))), field="file") from None
    except (OSError, ValueError) as error:
        raise Invalid(_("{file} cannot be read: {reason}.").format(
            file=safe(str(path)), reason=getattr(error, "strerror", None) or error), field="file") from None


def read(text: str, form: Form = Form.TOML) -> AgreementFile:
    """A file by its text. Raises Invalid for what is no such file."""
    whole, lines = _read_yaml(text) if form is Form.YAML else _read_toml(text)
    found = AgreementFile(Problems(lines))
    top = Table(found.problems, (), whole, ("calendar", "contract", "matrix"))
    calendars = [_calendar(table) for table in top.tables("calendar", _CALENDAR)]
    contracts = [_contract(table) for table in top.tables("contract", _CONTRACT)]
    found.calendars = [each for each in calendars if each is not None]
    found.contracts = [each for each in contracts if each is not None]
    _each_once(found.problems, found.calendars)
    found.matrices = [_matrix(table) for table in top.tables("matrix", ("slug", "version"))]
    _each_once(found.problems, found.contracts)
    _each_once(found.problems, found.matrices)
    if not found.problems and not found.calendars and not found.contracts and not found.matrices:
        raise Invalid(_("There is no calendar, no contract and no matrix in this file."), field="file")
    return found


def _read_toml(text: str) -> tuple[dict[str, Any], FileLines]:
    try:
        return tomllib.loads(text), TomlLines(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(_("The file is not TOML: {reason}.").format(reason=shown(error)), field="file") from None


def _read_yaml(text: str) -> tuple[dict[str, Any], FileLines]:
    from supportdesk.desk.yaml_file import read_yaml

    return read_yaml(text)


def _calendar(table: Table) -> CalendarDraft | None:
    slug, name = table.slug(), table.text("name")
    versions = []
    for each in table.tables("version", ("from", *HOURS)):
        since, said = each.day("from"), hours_of_version(each)
        if said is not None:
            versions.append(VersionDraft(each.path, since, said))
    if not table.values.get("version"):
        table.wrong("version", _("A calendar needs a [[calendar.version]] with zone and weekly."))
    return CalendarDraft(table.path, slug, name, versions) if slug else None


def _contract(table: Table) -> ContractDraft | None:
    slug, name = table.slug(), table.text("name")
    kind = ContractKind(table.one_of("kind", tuple(ContractKind)) or ContractKind.CUSTOMER)
    organisation, team, follows = table.text("organisation"), table.text("team"), table.text("follows")
    for key, given, of in (("organisation", organisation, (ContractKind.CUSTOMER, ContractKind.VENDOR)),
                           ("team", team, (ContractKind.TEAM,))):
        if kind in of and not given and not table.has(key):
            table.wrong(key, _("A contract of the kind {kind} needs {field}.").format(kind=kind, field=key))
        if kind not in of and given:
            table.wrong(key, _("A contract of the kind {kind} has no {field}.").format(kind=kind, field=key))
    if follows and kind is not ContractKind.CUSTOMER:
        table.wrong("follows", _("Only a contract of a customer follows standard terms."))
    valid = table.table("valid", ("from", "until"))
    starts, ends = (valid.day("from"), valid.day("until")) if valid else (None, None)
    if valid and type(starts) is type(ends) and starts is not None and ends is not None and ends < starts:
        valid.wrong("until", _("It ends before it begins. Put the earlier date into from."))
    versions = [VersionDraft(each.path, each.day("from"), terms_of(each, follows is not None))
                for each in table.tables("version", ("from", *VERSION))]
    if not table.values.get("version") and not follows:
        table.wrong("version", _("A contract needs a [[contract.version]], or standard terms it follows."))
    text = table.text("text", most=LONGEST_TEXT)
    if not slug:
        return None
    return ContractDraft(table.path, slug, name, kind, organisation, team, follows, text, starts, ends, versions)


def _matrix(table: Table) -> MatrixDraft:
    slug = table.text("slug") or MATRIX
    if slug != MATRIX:
        table.wrong("slug", _("A desk has one matrix, and its slug is {slug}. Leave the slug out.").format(slug=MATRIX))
    versions = []
    for each in table.tables("version", ("from", "zone", "cells")):
        since, zone, cells = each.day("from"), each.text("zone"), _cells(each)
        if zone is not None and not _is_zone(zone):
            each.wrong("zone", _("There is no time zone {what}. Write it as Europe/Zurich.").format(what=shown(zone)))
        elif cells is not None:
            versions.append(VersionDraft(each.path, since, {"cells": cells, **({"zone": zone} if zone else {})}))
    if not table.values.get("version"):
        table.wrong("version", _("A matrix needs a [[matrix.version]] with cells."))
    return MatrixDraft(table.path, slug, versions)


def _is_zone(name: str) -> bool:
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


def _cells(table: Table) -> list[list[str]] | None:
    """Four rows, one for each impact, of four priorities, one for each urgency."""
    cells: Any = table.values.get("cells")
    rows = cells if isinstance(cells, list) else []
    if len(rows) == len(IMPACTS) and all(
            isinstance(row, list) and len(row) == len(URGENCIES) and all(
                isinstance(cell, str) and cell in _PRIORITIES for cell in row) for row in rows):
        return [list(row) for row in rows]
    table.wrong("cells", _(
        "cells are four rows, one for each impact from 1 to 4, and in each four priorities from P1 to P5, one for each "
        "urgency: {example}.").format(example='[["P1", "P1", "P2", "P3"], …]'))
    return None


_PRIORITIES = frozenset(Priority)


def _each_once(problems: Problems, drafts: Iterable[CalendarDraft | ContractDraft | MatrixDraft]) -> None:
    known = set()
    for draft in drafts:
        if draft.slug in known:
            problems.add((*draft.path, "slug"), _("{slug} stands here twice. Give each its own slug.").format(
                slug=shown(draft.slug)))
        known.add(draft.slug)


def begin_once(problems: Problems, versions: Sequence[VersionDraft], zone: Callable[[VersionDraft], str]) -> bool:
    """Whether no two versions begin at the same instant, dates read in the zone of each; else it is a problem."""
    known: set[int | None] = set()
    for version in versions:
        begin = begin_us(version.since, zone(version))
        if begin in known:
            problems.add((*version.path, "from"), _(
                "Two versions begin at the same time. Give each its own from; only one may do without."))
            return False
        known.add(begin)
    return True
