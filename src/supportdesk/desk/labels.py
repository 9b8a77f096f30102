"""What codes are called: one place for screens, shell and timeline (message ids, translated when shown)."""

from collections.abc import Mapping

from supportdesk.i18n import N_, _, ngettext

STATUS: Mapping[str, str] = {
    "new": N_("new"), "in_progress": N_("in progress"), "waiting_caller": N_("waiting for the caller"),
    "waiting_vendor": N_("waiting for a vendor"), "waiting_until": N_("waiting for a date"), "solved": N_("solved"),
    "closed": N_("closed"), "cancelled": N_("cancelled"),
}
STATUS_SHORT: Mapping[str, str] = {
    **STATUS, "waiting_caller": N_("waiting"), "waiting_vendor": N_("waiting"), "waiting_until": N_("waiting"),
}
"""The same in one or two words, for a narrow list."""

TYPE: Mapping[str, str] = {
    "incident": N_("incident"), "request": N_("request"), "question": N_("question"), "problem": N_("problem"),
}
IMPACT: Mapping[int, str] = {
    1: N_("many sites, safety, key account down"), 2: N_("a whole site or service team"), 3: N_("several people"),
    4: N_("one person"),
}
URGENCY: Mapping[int, str] = {
    1: N_("work stopped, no way round"), 2: N_("hampered, or a stop looms"), 3: N_("inconvenient"), 4: N_("a wish"),
}
CHANNEL: Mapping[str, str] = {
    "phone": N_("telephone"), "mail": N_("mail"), "chat": N_("chat"), "web": N_("web"), "walk_in": N_("in person"),
    "voicemail": N_("voicemail"), "monitoring": N_("monitoring"),
}
OUTCOME: Mapping[str, str] = {
    "solved": N_("solved in the call"), "new_ticket": N_("new ticket"), "existing_ticket": N_("about an open ticket"),
    "handed_over": N_("handed over in the call"), "callback_promised": N_("callback promised"),
    "information": N_("information only"), "wrong_number": N_("wrong number"), "spam": N_("spam"),
    "cut_off": N_("cut off"), "not_reached": N_("not reached"), "voicemail_left": N_("voicemail left"),
    "no_answer": N_("no answer"), "busy": N_("busy"), "later": N_("reached, asked to be called later"),
}
AUDIENCE: Mapping[str, str] = {"internal": N_("internal"), "caller": N_("for the caller")}
HANDOFF: Mapping[str, str] = {
    "offered": N_("offered"), "accepted": N_("accepted"), "returned": N_("returned"), "withdrawn": N_("withdrawn"),
}
LINK: Mapping[str, str] = {
    "duplicate": N_("duplicate of"), "child": N_("part of"), "caused_by": N_("caused by"),
    "hangs_on": N_("hangs on"),
}
LINK_BACK: Mapping[str, str] = {
    "duplicate": N_("has the duplicate"), "child": N_("has the part"), "caused_by": N_("is the cause of"),
    "hangs_on": N_("has the case"),
}
"""The same link seen from its other end."""

OUTAGE: Mapping[str, str] = {"outage": N_("outage"), "maintenance": N_("maintenance")}

PACKET: Mapping[str, str] = {
    "request": N_("Request"), "tried": N_("Already tried"), "reproduce": N_("To reproduce"),
    "environment": N_("Environment"), "impact": N_("Impact"), "since": N_("Since when"),
    "availability": N_("Caller can be reached"), "promised": N_("Promised"), "evidence": N_("Evidence"),
}
MATTER: Mapping[str, str] = {
    "password": N_("password"), "mfa": N_("MFA"), "bank_data": N_("bank data"), "disclosure": N_("disclosure"),
}
CHECK: Mapping[str, str] = {
    "passed": N_("passed"), "failed": N_("failed"), "skipped": N_("skipped, with a reason"),
}
CONFLICT: Mapping[str, str] = {
    "open": N_("to be settled"), "auto": N_("settled by rule"), "kept": N_("kept as it stood"),
    "offered": N_("other value taken"), "edited": N_("another value written"),
}
CONTRACT: Mapping[str, str] = {
    "customer": N_("contract of a customer"), "standard": N_("standard terms"), "team": N_("agreement between teams"),
    "vendor": N_("contract with a vendor"),
}
COVERAGE: Mapping[str, str] = {
    "contract": N_("under a contract"), "default": N_("what everybody is promised"), "not_entitled": N_("not entitled"),
    "goodwill": N_("goodwill"),
}
PROMISE: Mapping[str, str] = {
    "answer": N_("answer"), "update": N_("update"), "solution": N_("solution"), "on_site": N_("on site"),
    "callback": N_("callback"),
}
EMPLOYER: Mapping[str, str] = {"own": N_("own"), "outsourcer": N_("outsourcer"), "vendor": N_("vendor")}


def label(table: Mapping[str, str] | Mapping[int, str], code: str | int | None) -> str:
    """The word for a code in the language of the console; an unknown code shows as it is, None as nothing."""
    if code is None:
        return ""
    found = table.get(code)  # type: ignore[arg-type]
    return _(found) if found else str(code)


def called(name: str, negotiated: int) -> str:
    """A contract by its name, with the mark of what was negotiated."""
    if not negotiated:
        return name
    return ngettext("{name} ({count} point negotiated)", "{name} ({count} points negotiated)", negotiated).format(
        name=name, count=negotiated)
