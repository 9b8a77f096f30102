"""The file in which calendars and contracts are written (docs/formats.md): what it says, as far as that can be known
without the desk. :mod:`supportdesk.desk.agreeing` puts it beside what stands."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any

from supportdesk.desk.agreement_dates import begin_us
from supportdesk.desk.contract_terms import VERSION, terms_of
from supportdesk.desk.hours_written import HOURS, hours_of_version
from supportdesk.desk.written import Problems, Table, shown
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.rules.toml_lines import Path
from supportdesk.terms.codes import ContractKind
from supportdesk.terms.errors import Invalid

LONGEST = 4_000_000
"""Bytes of a file."""

LONGEST_TEXT = 20_000

Since = date | datetime | None
"""A date (its midnight, in the zone it is read in), an instant, or from ever."""

_CALENDAR = ("slug", "name", "version")
_CONTRACT = ("slug", "name", "kind", "organisation", "team", "follows", "valid", "text", "version")


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """One version as written: hours as a calendar keeps them, or the terms of a contract, one value a name."""

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


@dataclass(slots=True)
class AgreementFile:
    """What a file says, and what is wrong with it."""

    problems: Problems
    calendars: list[CalendarDraft] = field(default_factory=list)
    contracts: list[ContractDraft] = field(default_factory=list)


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


def read(text: str) -> AgreementFile:
    """A file by its text."""
    found = AgreementFile(Problems(text))
    try:
        whole = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(_("The file is not TOML: {reason}.").format(reason=shown(error)), field="file") from None
    top = Table(found.problems, (), whole, ("calendar", "contract"))
    calendars = [_calendar(table) for table in top.tables("calendar", _CALENDAR)]
    contracts = [_contract(table) for table in top.tables("contract", _CONTRACT)]
    found.calendars = [each for each in calendars if each is not None]
    found.contracts = [each for each in contracts if each is not None]
    _each_once(found.problems, found.calendars)
    _each_once(found.problems, found.contracts)
    if not found.problems and not found.calendars and not found.contracts:
        raise Invalid(_("There is no [[calendar]] and no [[contract]] in this file."), field="file")
    return found


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


def _each_once(problems: Problems, drafts: Iterable[CalendarDraft | ContractDraft]) -> None:
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
