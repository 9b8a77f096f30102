"""Contracts of a file put beside those that stand: what would be written, and what cannot be.

A contract that follows standard terms holds them whole; so a change of the standard is a change of every contract that
follows it, and is made with it."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from supportdesk.desk.agreement_dates import begin_us, end_us, today
from supportdesk.desk.agreement_file import ContractDraft, VersionDraft, begin_once
from supportdesk.desk.written import Problems, shown
from supportdesk.i18n import _
from supportdesk.rules.agreed import Dated, before, begins, compact, dated, flat, followed, kept, own_terms
from supportdesk.rules.toml_lines import Path
from supportdesk.store.instants import instant
from supportdesk.store.views import lookup
from supportdesk.store.views.agreed import KeptCalendar, KeptContract, kept_contracts
from supportdesk.terms.codes import ContractKind


@dataclass(frozen=True, slots=True)
class ContractPlan:
    """A contract as it would be."""

    id: UUID
    slug: str
    name: str
    is_new: bool


Planned = tuple[ContractPlan, dict[str, Any]]
"""A contract with the fields that would change."""


class ContractPlanner:
    """Plans all contracts of one file. ``calendars`` are all there will be, by slug; ``used`` the contracts that
    something was promised by, whose past stays."""

    def __init__(self, conn: sqlite3.Connection, calendars: Mapping[str, KeptCalendar], used: set[UUID], now: datetime,
                 problems: Problems, new_id: Callable[[str, str], UUID]) -> None:
        self._conn = conn
        self._calendars = calendars
        self._zones = {str(calendar.id): calendar.zone for calendar in calendars.values()}
        self._used = used
        self._now = now
        self._problems = problems
        self._new_id = new_id
        self._stand = {contract.slug: contract for contract in kept_contracts(conn)}
        self._by_id = {contract.id: contract for contract in self._stand.values()}
        self._versions = {contract.id: contract.versions for contract in self._stand.values()}
        self._read_in: dict[UUID, str] = {}  # the zone the dates of a contract of the file are in
        self._standards = {slug: contract.id for slug, contract in self._stand.items()
                           if contract.kind is ContractKind.STANDARD}

    def plan(self, drafts: Sequence[ContractDraft]) -> Iterator[Planned]:
        """The contracts of the file, standard terms first; then those that follow a standard which changed."""
        ordered = sorted(drafts, key=lambda draft: draft.kind is not ContractKind.STANDARD)
        changed = {}
        for draft in ordered:
            found, values = self._contract(draft)
            if draft.kind is ContractKind.STANDARD:
                self._standards[draft.slug] = found.id
                changed[found.id] = draft
            yield found, values
        named = {draft.slug for draft in drafts}
        for contract in self._stand.values():
            if contract.standard_id in changed and contract.slug not in named:
                yield from self._follower(contract, changed[contract.standard_id])

    def _contract(self, draft: ContractDraft) -> Planned:
        stands = self._stand.get(draft.slug)
        id = stands.id if stands else self._new_id("contract", draft.slug)
        standard = self._standard(draft)
        terms = self._terms(draft)
        zone = self._zone([*map(flat, self._versions[standard])] if standard in self._versions else
                          [said for _version, said in terms])
        self._read_in[id] = zone
        begin_once(self._problems, draft.versions, lambda _version: zone)
        versions = self._whole(draft, terms, zone, standard, stands)
        self._needs_calendar(draft, versions)
        if stands and id in self._used:
            zones = {zone} if standard is None else {zone, self._read_in.get(standard, zone)}
            self._past_stays(draft.path, stands, versions, zones, [
                (begins(begin_us(version.since, zone)), version.path) for version in draft.versions])
        self._versions[id] = tuple(versions)
        name = draft.name or (stands.name if stands else "") or draft.slug
        values: dict[str, Any] = {
            "slug": draft.slug if not stands or stands.slug != str(stands.id) else None,
            "name": name, "kind": draft.kind.value,
            "organisation_id": self._organisation(draft), "team_id": self._team(draft), "standard_id": standard,
            "valid_from": self._instant(begin_us(draft.starts, zone)),
            "valid_until": self._instant(end_us(draft.ends, zone)),
            "terms": draft.text, "versions": versions or None,
        }
        found = ContractPlan(id, draft.slug, name, stands is None)
        return found, values if stands is None else self._differing(stands, values)

    def _differing(self, stands: KeptContract, values: dict[str, Any]) -> dict[str, Any]:
        there = {
            "slug": stands.slug if stands.slug != str(stands.id) else None, "name": stands.name,
            "kind": stands.kind.value, "organisation_id": stands.organisation_id, "team_id": stands.team_id,
            "standard_id": stands.standard_id, "valid_from": self._instant(stands.valid_from),
            "valid_until": self._instant(stands.valid_until), "terms": stands.text or None,
            "versions": list(stands.versions) or None,
        }
        return {name: value for name, value in values.items() if value != there[name]}

    def _follower(self, contract: KeptContract, draft: ContractDraft) -> Iterator[Planned]:
        """A contract that stands and follows a standard of the file."""
        assert contract.standard_id is not None
        standard = self._versions[contract.standard_id]
        versions = followed(dated(standard), own_terms(contract.versions))
        if versions == list(contract.versions):
            return
        if contract.id in self._used:
            zone = self._read_in[contract.standard_id]
            self._past_stays(draft.path, contract, versions, {zone}, [
                (begins(begin_us(version.since, zone)), version.path) for version in draft.versions])
        yield ContractPlan(contract.id, contract.slug, contract.name, False), {"versions": versions}

    # -- what a version says

    def _terms(self, draft: ContractDraft) -> list[tuple[VersionDraft, dict[str, Any]]]:
        """The versions of a draft with ids for slugs."""
        return [(version, {name: self._with_ids(version.path, name, value) for name, value in version.said.items()})
                for version in draft.versions]

    def _with_ids(self, path: Path, name: str, value: Any) -> Any:
        if value and name.endswith("calendar"):
            return self._calendar((*path, *name.split(".")), value)
        if value and name == "products":
            return sorted(id for each in value if (id := self._product((*path, name), each)))
        return value

    def _calendar(self, path: Path, slug: str) -> str | None:
        found = self._calendars.get(slug)
        if found is None:
            self._problems.add(path, _(
                "There is no calendar {slug}, here or on the desk. 'supportdesk calendar list' shows which there are."
            ).format(slug=shown(slug)))
            return None
        return str(found.id)

    def _product(self, path: Path, slug: str) -> str | None:
        found = lookup.keyed(self._conn, "product", slug) or lookup.keyed(self._conn, "product", slug, retired=True)
        if len(found) != 1:
            self._problems.add(path, _(
                "There is no product {slug}. 'supportdesk product list' shows which there are.").format(
                    slug=shown(slug)))
            return None
        return str(found[0].id)

    def _whole(self, draft: ContractDraft, terms: Sequence[tuple[VersionDraft, dict[str, Any]]], zone: str,
               standard: UUID | None, stands: KeptContract | None) -> list[dict[str, Any]]:
        """All versions: those of the file, and what stands from before the first of them."""
        said: list[Dated] = [(begin_us(version.since, zone), values) for version, values in terms]
        if not said and standard is not None:
            said = [(None, {})]
        first = min((begins(since) for since, _said in said), default=None)
        stay: list[Mapping[str, Any]] = []
        if stands is not None and first is not None:
            stay = before(stands.versions, first)
        if standard is not None:
            if stands is not None and stands.standard_id == standard:
                return followed(dated(self._versions.get(standard, ())), [*own_terms(stay), *said])
            return compact([*stay, *followed(dated(self._versions.get(standard, ())), said)])
        return compact([*stay, *(kept(since, values) for since, values in said)])

    def _needs_calendar(self, draft: ContractDraft, versions: Sequence[Mapping[str, Any]]) -> None:
        for version in versions:
            if version.get("targets") and not version.get("calendar") and not all(
                    target.get("calendar") for target in version["targets"].values()):
                self._problems.add(draft.versions[0].path if draft.versions else draft.path, _(
                    "{slug} promises times, but in no calendar. Name one: calendar = \"always\".").format(
                        slug=shown(draft.slug)))
                return

    # -- whom it is with

    def _standard(self, draft: ContractDraft) -> UUID | None:
        if not draft.follows:
            return None
        found = self._standards.get(draft.follows)
        if found is None:
            self._problems.add((*draft.path, "follows"), _(
                "There are no standard terms {slug}, here or on the desk. Write them as a [[contract]] of the kind "
                "standard.").format(slug=shown(draft.follows)))
        return found

    def _organisation(self, draft: ContractDraft) -> UUID | None:
        if not draft.organisation:
            return None
        found = lookup.organisations(self._conn, draft.organisation)
        if len(found) == 1:
            return found[0].id
        if found:
            sentence = _("Several organisations are called {name}. Write the id of the one that is meant.")
        else:
            sentence = _("There is no organisation {name}. Add it with 'supportdesk organisation add'.")
        self._problems.add((*draft.path, "organisation"), sentence.format(name=shown(draft.organisation)))
        return None

    def _team(self, draft: ContractDraft) -> UUID | None:
        found = lookup.keyed(self._conn, "team", draft.team) if draft.team else []
        if draft.team and len(found) != 1:
            self._problems.add((*draft.path, "team"), _(
                "There is no team {slug}. 'supportdesk team list' shows which there are.").format(
                    slug=shown(draft.team)))
        return found[0].id if len(found) == 1 else None

    # -- when

    def _zone(self, terms: Sequence[Mapping[str, Any]]) -> str:
        """The zone dates of a contract are read in: that of the first calendar it names."""
        named = next((each["calendar"] for each in terms if each.get("calendar")), None)
        return self._zones.get(named, "UTC") if named else "UTC"

    @staticmethod
    def _instant(us: int | None) -> datetime | None:
        return None if us is None else instant(us)

    def _past_stays(self, path: Path, stands: KeptContract, versions: Sequence[Mapping[str, Any]],
                    zones: Set[str], places: Sequence[tuple[int, Path]]) -> None:
        """Refuse other versions of before today. What changes may be dated in any of ``zones``: what one of them calls
        today is none of the past, and the date named is today or later in each."""
        days = {zone: today(self._now, zone) for zone in zones}
        at = min(begins(begin_us(on, zone)) for zone, on in days.items())
        if [*before(stands.versions, at)] == [*before(versions, at)]:
            return
        past = [place for since, place in places if since < at]
        self._problems.add(past[-1] if past else path, _(
            "Contract {slug} is in force, and what is past stays as it was. Leave what holds before today as it "
            "stands, and write the change as a [[contract.version]] of its own with from = {today} or later.").format(
                slug=shown(stands.slug), today=max(days.values())))

