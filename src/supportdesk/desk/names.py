"""What codes and fields are called in the language of the console: one place for screens and shell."""

from collections.abc import Mapping

from supportdesk.i18n import N_, _
from supportdesk.terms.codes import (
    Audience,
    Channel,
    CheckResult,
    Direction,
    Employer,
    HandoffState,
    LinkKind,
    Outcome,
    Status,
    TicketType,
)
from supportdesk.terms.verbs import VERBS

STATUS: Mapping[str, str] = {
    Status.NEW: N_("new"),
    Status.IN_PROGRESS: N_("in progress"),
    Status.WAITING_CALLER: N_("waits for the caller"),
    Status.WAITING_VENDOR: N_("waits for a vendor"),
    Status.WAITING_UNTIL: N_("waits until a day"),
    Status.SOLVED: N_("solved"),
    Status.CLOSED: N_("closed"),
    Status.CANCELLED: N_("cancelled"),
}
TYPE: Mapping[str, str] = {
    TicketType.INCIDENT: N_("incident"),
    TicketType.REQUEST: N_("request"),
    TicketType.QUESTION: N_("question"),
    TicketType.PROBLEM: N_("problem"),
}
CHANNEL: Mapping[str, str] = {
    Channel.PHONE: N_("telephone"),
    Channel.MAIL: N_("mail"),
    Channel.CHAT: N_("chat"),
    Channel.WEB: N_("web"),
    Channel.WALK_IN: N_("at the counter"),
    Channel.VOICEMAIL: N_("voicemail"),
    Channel.MONITORING: N_("monitoring"),
}
DIRECTION: Mapping[str, str] = {Direction.IN: N_("incoming"), Direction.OUT: N_("outgoing")}
OUTCOME: Mapping[str, str] = {
    Outcome.SOLVED: N_("solved"),
    Outcome.NEW_TICKET: N_("new ticket"),
    Outcome.EXISTING_TICKET: N_("about an open ticket"),
    Outcome.HANDED_OVER: N_("handed over"),
    Outcome.CALLBACK_PROMISED: N_("callback promised"),
    Outcome.INFORMATION: N_("answered at once"),
    Outcome.WRONG_NUMBER: N_("wrong number"),
    Outcome.SPAM: N_("spam"),
    Outcome.CUT_OFF: N_("cut off"),
    Outcome.NOT_REACHED: N_("not reached"),
    Outcome.VOICEMAIL_LEFT: N_("message left on voicemail"),
}
AUDIENCE: Mapping[str, str] = {Audience.INTERNAL: N_("internal"), Audience.CALLER: N_("for the caller")}
LINK: Mapping[str, str] = {
    LinkKind.DUPLICATE: N_("duplicate of"),
    LinkKind.CHILD: N_("part of"),
    LinkKind.CAUSED_BY: N_("caused by"),
}
LINK_BACK: Mapping[str, str] = {
    LinkKind.DUPLICATE: N_("has the duplicate"),
    LinkKind.CHILD: N_("has the part"),
    LinkKind.CAUSED_BY: N_("is the cause of"),
}
HANDOFF: Mapping[str, str] = {
    HandoffState.OFFERED: N_("offered"),
    HandoffState.ACCEPTED: N_("accepted"),
    HandoffState.RETURNED: N_("returned"),
    HandoffState.WITHDRAWN: N_("withdrawn"),
}
CHECK: Mapping[str, str] = {
    CheckResult.PASSED: N_("passed"),
    CheckResult.FAILED: N_("failed"),
    CheckResult.SKIPPED: N_("skipped"),
}
EMPLOYER: Mapping[str, str] = {
    Employer.OWN: N_("own team"),
    Employer.OUTSOURCER: N_("outsourcer"),
    Employer.VENDOR: N_("vendor"),
}
PACKET: Mapping[str, str] = {
    "request": N_("Request"),
    "tried": N_("Tried already"),
    "reproduce": N_("How to reproduce"),
    "environment": N_("Environment"),
    "impact": N_("Impact"),
    "since": N_("Since when"),
    "availability": N_("Caller reachable"),
    "promised": N_("Promised"),
    "evidence": N_("Evidence"),
}
"""Parts of a handoff's packet (rules/packet.PARTS)."""

REASON: Mapping[str, str] = {
    "tell_caller": N_("solution found, the caller is to be told"),
    "returned": N_("handoff returned"),
}
"""Reasons of a status that the desk's own verbs set; any other is text as somebody wrote it."""

FIELD: Mapping[str, str] = {
    "affected": N_("person affected"),
    "affected_name": N_("person affected"),
    "approver": N_("approver"),
    "approver_name": N_("approver"),
    "asset": N_("asset"),
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
    "description": N_("description"),
    "impact": N_("impact"),
    "language": N_("language"),
    "level": N_("level"),
    "merged_into": N_("merged into"),
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

_OF_FIELD: Mapping[str, Mapping[str, str]] = {"status": STATUS, "type": TYPE, "status_reason": REASON}


def named(table: Mapping[str, str], code: str | None) -> str:
    """The name of a code; one this program does not know is shown as it is."""
    return _(table[code]) if code is not None and code in table else code or ""


def field_name(field: str) -> str:
    """What a ticket's field is called; "" for one that is not told."""
    return named(FIELD, field) if field in FIELD else ""


def value_name(field: str, value: object) -> str:
    """A ticket's value as text: a code by its name, the rest as it is."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return named(_OF_FIELD.get(field, {}), str(value))


def verb_name(verb: str) -> str:
    """What a verb did, as in "note written"."""
    return _(VERBS[verb].label) if verb in VERBS else verb
