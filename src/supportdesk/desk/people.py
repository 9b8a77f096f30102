"""Whom the desk serves: callers, organisations, assets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk import erasing
from supportdesk.desk.calls import number
from supportdesk.desk.entitlement import chosen_anew
from supportdesk.i18n import _
from supportdesk.models.inputs import AssetInput, CallerInput, OrganisationInput, checked
from supportdesk.store.journal import MAX_ENTRIES, Act
from supportdesk.store.rows import Row
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def save_caller(desk: "Desk", values: Mapping[str, Any], id: UUID | None = None, *,
                seen: Mapping[str, Any] | None = None) -> UUID:
    """Add or correct a caller (fields of CallerInput; ``numbers`` as typed). Raises Invalid, Changed."""
    row = checked(CallerInput, values)
    if "numbers" in row:
        row["numbers"] = [number(desk, n) for n in row["numbers"] or () if n.strip()]
    return _save(desk, "edit_caller", "caller", row, id, seen)


def save_organisation(desk: "Desk", values: Mapping[str, Any], id: UUID | None = None, *,
                      seen: Mapping[str, Any] | None = None) -> UUID:
    """Add or correct an organisation (fields of OrganisationInput)."""
    row = checked(OrganisationInput, values)
    if id is None:
        row.setdefault("kind", "customer")
    return _save(desk, "edit_organisation", "organisation", row, id, seen)


def save_asset(desk: "Desk", values: Mapping[str, Any], id: UUID | None = None, *,
               seen: Mapping[str, Any] | None = None) -> UUID:
    """Add or correct an asset (fields of AssetInput); one of inventory, serial, host or name is needed."""
    row = checked(AssetInput, values)
    if id is None and not any(row.get(f) for f in ("inventory", "serial", "host", "name")):
        raise Invalid(_("Give the asset an inventory number, a serial number, a host or a name."), field="inventory")
    return _save(desk, "edit_asset", "asset", row, id, seen)


def _save(desk: "Desk", verb: str, entity: str, row: Row, id: UUID | None, seen: Mapping[str, Any] | None) -> UUID:
    if "name" in row and entity != "asset" and not (row["name"] or "").strip():
        raise Invalid(_("A name is needed."), field="name")
    if id is None and entity != "asset" and not row.get("name"):
        raise Invalid(_("A name is needed."), field="name")
    with desk.journal.action(verb, desk.who) as act:
        if id is not None and act.find(entity, id) is not None:
            act.set(entity, id, row, seen=seen)
            return id
        return act.create(entity, row, id)


_NAMED_BY = {  # contracts before the tickets that may come under them
    "caller": (("ticket", "caller_id"), ("ticket", "affected_id"), ("ticket", "approver_id"),
               ("contact", "caller_id"), ("contact", "behalf_id"), ("asset", "caller_id")),
    "organisation": (("contract", "organisation_id"), ("organisation", "integrator_id"), ("caller", "organisation_id"),
                     ("ticket", "organisation_id"), ("asset", "organisation_id")),
}


def merge_callers(desk: "Desk", double: UUID, stays: UUID) -> None:
    """Join two records of one person: what names ``double`` names ``stays`` from now on; an alias remains. A ticket
    whose organisation nobody knew has that of the one who stays, and its contract follows. A person who was erased is
    so in every record: ``double`` is erased, too. Raises as desk/erasing then."""
    if erasing.is_erased(desk, stays):
        erasing.erase_joined(desk, double, lambda: _join(desk, double, stays))
    else:
        _join(desk, double, stays)


def _join(desk: "Desk", double: UUID, stays: UUID) -> None:
    with desk.journal.action("merge_callers", desk.who) as act:
        gone, kept = _pair(act, "caller", double, stays)
        have = {n.get("e164") or n.get("text") for n in kept["numbers"] or ()}
        more = [n for n in gone["numbers"] or () if (n.get("e164") or n.get("text")) not in have]
        if more:
            act.set("caller", stays, {"numbers": [*(kept["numbers"] or ()), *more]})
        if gone["mail"] and not kept["mail"]:
            act.set("caller", stays, {"mail": gone["mail"]})
        _rename(act, "caller", double, kept)


def merge_organisations(desk: "Desk", double: UUID, stays: UUID) -> None:
    """Join two records of one organisation; the contracts of its tickets are chosen anew."""
    with desk.journal.action("merge_organisations", desk.who) as act:
        _gone, kept = _pair(act, "organisation", double, stays)
        _rename(act, "organisation", double, kept)


def _pair(act: Act, entity: str, double: UUID, stays: UUID) -> tuple[Row, Row]:
    if double == stays:
        raise Invalid(_("These are the same record."), field="into")
    gone, kept = act.get(entity, double), act.get(entity, stays)
    if gone["merged_into_id"] is not None or kept["merged_into_id"] is not None:
        raise Invalid(_("One of these records was joined already."), field="into")
    return gone, kept


def _rename(act: Act, entity: str, double: UUID, kept: Row) -> None:
    stays = kept["id"]
    named = [
        (other, field, UUID(bytes=raw))
        for other, field in _NAMED_BY[entity]
        for (raw,) in act.conn.execute(f"SELECT id FROM {other} WHERE {field} = ?", (double.bytes,)).fetchall()
    ]
    if len(named) > MAX_ENTRIES - 10:
        raise Invalid(
            _("{count} records name this one: join them the other way round, the smaller into the larger.").format(
                count=len(named)
            ),
            field="into",
        )
    for other, field, id in named:
        changes = {field: stays}
        if other == "ticket":
            ticket = act.get("ticket", id)
            if field == "caller_id" and not (ticket["organisation_id"] or ticket["organisation_name"]):
                changes["organisation_id"] = kept["organisation_id"]
            changes |= chosen_anew(act, ticket, changes)
        act.set(other, id, changes)
    act.set(entity, double, {"merged_into_id": stays, "retired_at": act.at})
