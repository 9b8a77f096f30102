"""Calendars, contracts and the matrix written out as the file they are brought in from: bringing it in again changes
nothing."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import tomli_w

from supportdesk.desk.agreement_dates import begin_of, end_of
from supportdesk.desk.agreement_file import Form
from supportdesk.desk.contract_terms import AVAILABILITY, JOINT, NONE, RESPONSIBILITY, SUPPLIER, UNLIMITED
from supportdesk.rules.agreed import begins, flat, own_terms
from supportdesk.rules.amounts import amount
from supportdesk.rules.hours import DAYS
from supportdesk.rules.matrices import matrix, written
from supportdesk.store.views import lookup
from supportdesk.store.views.agreed import KeptCalendar, KeptContract, kept_calendars, kept_contracts, kept_matrix
from supportdesk.store.views.names import names
from supportdesk.terms.codes import ContractKind

LINE = 110
"""Signs of a list that stands on one line."""

_OF_HOURS = ("country", "subdivision", "language", "years", "without")
_LISTS = ("stops", "products", "channels", "languages", "availability", "responsibilities")
_ORDERS = {"joint": JOINT, "supplier": SUPPLIER}
_EMPTY: dict[str, Any] = {**{key: [] for key in _LISTS}, "attempts": False, "key_account": False, "weight": 0,
                          "incidents": UNLIMITED, "joint": {}, "supplier": {}, "calendar": ""}
"""How a contract that follows says that it has nothing of what the standard has."""


def written_out(conn: sqlite3.Connection, *, contracts: bool = True, with_matrix: bool = False, form: Form = Form.TOML
                ) -> str:
    """The text of the file: all calendars, all contracts, the matrix."""
    calendars = kept_calendars(conn)
    whole = {"calendar": [_calendar(each) for each in calendars]}
    if contracts and (listed := kept_contracts(conn)):
        writer = _Contracts(conn, calendars, listed)
        whole["contract"] = [writer.written(each) for each in listed]
    if with_matrix and (found := kept_matrix(conn)) is not None and found.versions:
        whole["matrix"] = [{"slug": found.slug, "version": [_cells(each) for each in found.versions]}]
    if form is Form.YAML:
        from supportdesk.desk.yaml_file import written_yaml

        return written_yaml({header: tables for header, tables in whole.items() if tables})
    return "\n".join(block for header, tables in whole.items() for each in tables for block in _blocks(header, each))


def _cells(version: Mapping[str, Any]) -> dict[str, Any]:
    since, zone = version.get("since"), version.get("zone")
    said: dict[str, Any] = {} if since is None else {"from": begin_of(since, zone or "UTC")}
    return said | ({"zone": zone} if zone else {}) | {"cells": written(matrix(version.get("cells")))}


def _blocks(header: str, values: Mapping[str, Any]) -> Iterator[str]:
    """A table of the file, and after it the tables in its lists."""
    lines = [f"[[{header}]]\n"]
    for name, value in values.items():
        if isinstance(value, dict) and value:
            lines += [f"{name}.{_line(key, each)}" for key, each in value.items()]
        elif not _are_tables(value):
            lines.append(_line(name, value))
    yield "".join(lines)
    for name, value in values.items():
        if _are_tables(value):
            for each in value:
                yield from _blocks(f"{header}.{name}", each)


def _line(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(tomli_w.dumps({key: each}).strip() for key, each in value.items())
        return tomli_w.dumps({name: 0}).replace("0\n", f"{{ {inside} }}\n" if inside else "{}\n")
    lines = tomli_w.dumps({name: value}).rstrip("\n").split("\n")
    joined = _joined(lines)
    if len(joined) > LINE and isinstance(value, list) and all(isinstance(each, list) for each in value):
        rows = [_line(name, each).removeprefix(f"{name} = ").rstrip("\n") for each in value]
        lines = [f"{name} = [", *(f"    {row}," for row in rows), "]"]
    return "\n".join([joined] if len(joined) <= LINE else lines) + "\n"


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _joined(lines: Sequence[str]) -> str:
    """A list on one line, which the writer puts on one for each member."""
    joined = ""
    for part in (line.strip() for line in lines):
        if part.startswith("]"):
            joined = joined.removesuffix(",") + part
        else:
            joined += part if not joined or joined.endswith("[") else f" {part}"
    return joined


def _calendar(calendar: KeptCalendar) -> dict[str, Any]:
    return {"slug": calendar.slug, "name": calendar.name, "version": [_hours(each) for each in calendar.versions]}


def _hours(version: Mapping[str, Any]) -> dict[str, Any]:
    since = version.get("since")
    said: dict[str, Any] = {} if since is None else {"from": begin_of(since, version["zone"])}
    said["zone"] = version["zone"]
    said |= {name: version[name] for name in _OF_HOURS if version.get(name)}
    public = bool(version.get("country"))
    own = [day for day in version.get("holidays") or () if day.get("own") or not public]
    if own:
        said["holidays"] = [{"on": day["on"], "name": day["name"]} if day.get("name") else day["on"] for day in own]
    if version.get("weekly"):
        said["weekly"] = _ordered(version["weekly"], DAYS)
    return said | {name: _ordered(version[name], sorted(version[name])) for name in ("breaks", "extra")
                   if version.get(name)}


def _ordered(values: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """The same in an order that does not depend on how it came here."""
    return {key: values[key] for key in keys if key in values}


class _Contracts:
    def __init__(self, conn: sqlite3.Connection, calendars: Sequence[KeptCalendar],
                 contracts: Sequence[KeptContract]) -> None:
        self._conn = conn
        self._slugs = {str(calendar.id): calendar.slug for calendar in calendars}
        self._zones = {str(calendar.id): calendar.zone for calendar in calendars}
        self._known = {contract.id: contract for contract in contracts}
        self._products = {str(UUID(bytes=id)): slug or str(UUID(bytes=id))
                          for id, slug in conn.execute("SELECT id, slug FROM product").fetchall()}

    def written(self, contract: KeptContract) -> dict[str, Any]:
        standard = self._known.get(contract.standard_id) if contract.standard_id else None
        zone = self._zone(standard or contract)
        said: dict[str, Any] = {"slug": contract.slug, "name": contract.name, "kind": contract.kind.value}
        if contract.kind in (ContractKind.CUSTOMER, ContractKind.VENDOR):
            said["organisation"] = self._organisation(contract.organisation_id)
        if contract.kind is ContractKind.TEAM:
            said["team"] = self._team(contract.team_id)
        if standard is not None:
            said["follows"] = standard.slug
        valid = {} if contract.valid_from is None else {"from": begin_of(contract.valid_from, zone)}
        if contract.valid_until is not None:
            valid["until"] = end_of(contract.valid_until, zone)
        if valid:
            said["valid"] = valid
        if contract.text:
            said["text"] = contract.text
        if standard is not None:
            versions = own_terms(contract.versions)
        else:
            versions = [(version.get("since"), flat(version)) for version in contract.versions]
        if versions and (standard is None or versions != [(None, {})]):
            said["version"] = [self._version(since, terms, zone) for since, terms in versions]
        return said

    def _zone(self, contract: KeptContract) -> str:
        named = next((version["calendar"] for version in contract.versions if version.get("calendar")), "")
        return self._zones.get(named, "UTC")

    def _version(self, since: int | None, terms: Mapping[str, Any], zone: str) -> dict[str, Any]:
        said: dict[str, Any] = {} if since is None else {"from": begin_of(begins(since), zone)}
        targets: dict[str, dict[str, Any]] = {}
        for name, value in terms.items():
            if name.startswith("targets."):
                _targets, priority, kind = name.split(".")
                targets.setdefault(priority, {})[kind] = self._target(kind, value)
            else:
                said[name] = _EMPTY[name] if value is None else self._value(name, value)
        return said | ({"targets": targets} if targets else {})

    def _target(self, kind: str, value: Any) -> str:
        if kind == "calendar":
            return self._slugs.get(value, value) if value else ""
        return NONE if value is None else amount(value)

    def _value(self, name: str, value: Any) -> Any:
        if name == "calendar":
            return self._slugs.get(value, value)
        if name == "products":
            return sorted(self._products.get(id, id) for id in value)
        if name == "availability":
            return [_ordered(each | {"longest_outage": amount(each["longest_outage"])} if "longest_outage" in each
                             else each, AVAILABILITY) for each in value]
        if name == "responsibilities":
            return [_ordered(each, RESPONSIBILITY) for each in value]
        if name in _ORDERS:
            return _ordered(value, _ORDERS[name])
        return value

    def _organisation(self, id: UUID | None) -> str:
        found = names(self._conn, [("organisation", id)] if id else [])
        name = found[id].shown if id in found else ""
        alone = name and [each.id for each in lookup.organisations(self._conn, name)] == [id]
        return name if alone else str(id or "")

    def _team(self, id: UUID | None) -> str:
        found = names(self._conn, [("team", id)] if id else [])
        return found[id].code or str(id) if id in found else str(id or "")
