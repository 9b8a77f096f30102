"""What the fields of a ticket are called, and their values: one place for screens, shell and histories."""

import sqlite3
from collections.abc import Mapping
from uuid import UUID

from supportdesk.desk.labels import COVERAGE, STATUS, TYPE, label
from supportdesk.i18n import N_, _
from supportdesk.rules.text import safe
from supportdesk.store.views.names import names, public_name
from supportdesk.terms.errors import Changed
from supportdesk.terms.verbs import VERBS

REASON: Mapping[str, str] = {
    "tell_caller": N_("solution found, the caller is to be told"),
    "returned": N_("handoff returned"),
    "not_reached": N_("the caller was not reached"),
}
"""Reasons of a status that the desk's own verbs set; any other is text as somebody wrote it."""

FIELD: Mapping[str, str] = {
    "affected": N_("person affected"),
    "affected_name": N_("person affected"),
    "approver": N_("approver"),
    "approver_name": N_("approver"),
    "asset": N_("asset"),
    "asset_name": N_("asset"),
    "assignee": N_("agent"),
    "callback_at": N_("callback"),
    "callback_number": N_("callback number"),
    "callback_to": N_("callback to"),
    "caller": N_("caller"),
    "caller_name": N_("caller"),
    "caller_number": N_("number"),
    "chasers": N_("chasers"),
    "component": N_("component"),
    "component_name": N_("component"),
    "contact_owner": N_("contact owner"),
    "contract": N_("contract"),
    "coverage": N_("coverage"),
    "coverage_reason": N_("reason of the goodwill"),
    "description": N_("description"),
    "impact": N_("impact"),
    "language": N_("language"),
    "level": N_("level"),
    "merged_into": N_("merged into"),
    "needed_by": N_("needed by"),
    "needed_for": N_("needed for"),
    "organisation": N_("organisation"),
    "organisation_name": N_("organisation"),
    "priority": N_("priority"),
    "priority_reason": N_("reason of the priority"),
    "product": N_("product"),
    "solution": N_("solution"),
    "status": N_("status"),
    "status_reason": N_("reason"),
    "tags": N_("tags"),
    "team": N_("team"),
    "title": N_("title"),
    "type": N_("type"),
    "urgency": N_("urgency"),
    "wait_until": N_("waits until"),
    "wish": N_("the caller's wish"),
}
"""Fields of a ticket as histories name them; those left out (instants of the clock) are not told."""

RECORD: Mapping[str, str] = {
    "answered_by": N_("answered by"),
    "body": N_("text"),
    "calendar": N_("calendar"),
    "employee_number": N_("employee number"),
    "host": N_("host"),
    "inventory": N_("inventory number"),
    "issue": N_("problem"),
    "key_account": N_("key account"),
    "kind": N_("kind"),
    "mail": N_("mail"),
    "name": N_("name"),
    "note": N_("note"),
    "numbers": N_("numbers"),
    "packet": N_("packet"),
    "power_user": N_("power user"),
    "reason": N_("reason"),
    "remarks": N_("remarks"),
    "room": N_("room"),
    "serial": N_("serial number"),
    "site": N_("site"),
    "slug": N_("short name"),
    "state": N_("state"),
    "terms": N_("terms"),
    "text": N_("text"),
    "standard": N_("standard terms"),
    "valid_from": N_("valid from"),
    "valid_until": N_("valid until"),
    "versions": N_("versions by date"),
    "vip": N_("VIP"),
    "weekly": N_("weekly hours"),
    "withdrawn_at": N_("withdrawn"),
}
"""Fields of other records, where two of their values stand side by side; any other shows its stored name."""

_OF_FIELD: Mapping[str, Mapping[str, str]] = {
    "status": STATUS, "type": TYPE, "status_reason": REASON, "coverage": COVERAGE,
}


def field_name(field: str) -> str:
    """What a ticket's field is called; "" for one that is not told."""
    return label(FIELD, field) if field in FIELD else ""


def any_field_name(field: str) -> str:
    """What a field of any record is called, as stored or as public; its stored name where it has no other."""
    public = public_name(field)
    return field_name(public) or label(RECORD, public)


def value_name(field: str, value: object) -> str:
    """A ticket's value as text: a code by its name, the rest as it is."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return label(_OF_FIELD.get(field, {}), str(value))


def verb_name(verb: str) -> str:
    """What a verb did, as in "note written"."""
    return _(VERBS[verb].label) if verb in VERBS else verb


def changed_words(conn: sqlite3.Connection, error: Changed, when: str) -> str:
    """That nothing was saved, because who changed what at ``when``, and what stands there now."""
    value = error.theirs
    if isinstance(value, UUID):
        known = names(conn, ((kind, value) for kind in ("agent", "team", "caller", "organisation", "ticket")))
        value = known[value].shown if value in known else ""
    public = public_name(str(error.field))
    return _("Nothing was saved: {who} changed it {when} ({field}: {value}). Look at it again, then decide.").format(
        who=safe(error.by or _("somebody")), when=when, field=field_name(public) or public,
        value=safe(value_name(public, value)) or "–",
    )
