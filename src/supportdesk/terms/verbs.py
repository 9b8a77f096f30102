"""The table of verbs: what each may write, and whether it can be undone."""

from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Verb


def N_(text: str) -> str:
    """Mark a message id for the catalogues (terms imports nothing, so not i18n's own)."""
    return text


ALL: tuple[str, ...] = ()
LEFT = N_("Another team has answered this offer; talk to them, or offer it again.")

ERASED = N_("What was erased is gone everywhere; nobody can bring it back.")
ACCEPTED = N_("An acceptance cannot be undone: hand over or return (b).")

TAKE = ("assignee_id", "team_id", "level", "status", "status_reason", "owner_id", "wait_until")
CLOSE = ("status", "status_reason", "solution", "solved_at", "closed_at", "callback_at", "callback_number",
         "callback_to", "wait_until", "assignee_id", "owner_id")
DESK = ("level", "matrix", "calendar", "identity_method", "role", "site", "team", "agent", "product", "component",
        "contract")
ANSWER = ("state", "answered_at")
CALLBACK = ("callback_at", "callback_number", "callback_to", "owner_id")
CHOSEN = ("contract_id", "coverage")
CALL = {"contact": ALL, "ticket": ALL, "note": ALL, "caller": ALL, "organisation": ALL, "identity_check": ALL,
        "article_use": ALL, "handoff": ALL, "attachment": ALL, "link": ALL, "told": ALL}

OUTAGE = ("product_id", "component_id", "began_at", "ended_at")
THE_END = {"major_incident": ("ended_at",), "outage": ("ended_at",)}
TOLD_OF_THE_END = {**THE_END, "told": ALL}

DECIDE = ("state", "decided_by_id", "decided_at")

VERBS: dict[str, Verb] = {
    v.name: v
    for v in (
        # calls
        Verb("take_call", CALL, N_("call logged")),
        Verb("log_contact", {"contact": ALL, "ticket": ("chasers", *CALLBACK), "note": ALL}, N_("contact logged")),
        Verb("check_identity", {"identity_check": ALL}, N_("identity checked")),
        # tickets
        Verb("open_ticket", {**CALL}, N_("ticket opened")),
        Verb("note", {"note": ALL, "attachment": ALL}, N_("note written")),
        Verb("withdraw_note", {"note": ("withdrawn_at",)}, N_("note withdrawn")),
        Verb("move_note", {"note": ("ticket_id",)}, N_("note moved")),
        Verb("take", {"ticket": TAKE}, N_("taken")),
        Verb("assign", {"ticket": TAKE}, N_("assigned")),
        Verb("edit_ticket", {"ticket": ("type", "caller_id", "caller_name", "caller_number", "affected_id",
                                        "affected_name", "approver_id", "approver_name", "organisation_id",
                                        "organisation_name", "product_id", "component_id", "component_name",
                                        "asset_id", "asset_name", "language", "title", "description", "tags",
                                        "wish", *CHOSEN)},
             N_("details corrected")),
        Verb("prioritise", {"ticket": ("impact", "urgency", "priority", "priority_reason", "wish", "needed_by",
                                       "needed_for")},
             N_("priority changed")),
        Verb("wait", {"ticket": ("status", "status_reason", "wait_until")}, N_("put to wait")),
        Verb("resume", {"ticket": ("status", "status_reason", "wait_until")}, N_("work goes on")),
        Verb("solve", {"ticket": CLOSE, "article_use": ALL, "handoff": ANSWER, **TOLD_OF_THE_END}, N_("solved")),
        Verb("close", {"ticket": CLOSE, "handoff": ANSWER, "note": ALL}, N_("closed")),
        Verb("cancel", {"ticket": CLOSE, "handoff": ANSWER, **THE_END}, N_("cancelled")),
        Verb("reopen", {"ticket": CLOSE, **THE_END}, N_("reopened")),
        Verb("promise_callback", {"ticket": CALLBACK}, N_("callback promised")),
        Verb("settle_callback", {"ticket": CALLBACK, "contact": ALL, "note": ALL}, N_("callback settled")),
        Verb("link", {"link": ALL}, N_("linked")),
        Verb("unlink", {"link": ("retired_at",)}, N_("link removed")),
        Verb("merge_tickets", {"ticket": ("merged_into_id", "chasers", *CLOSE), "note": ("ticket_id",),
                               "contact": ("tickets",), "attachment": ("ticket_id",), "link": ALL,
                               "article_use": ("ticket_id",)},
             N_("merged")),
        Verb("split_ticket", {"ticket": ALL, "note": ("ticket_id",), "link": ALL}, N_("split off")),
        Verb("attach", {"attachment": ALL}, N_("file attached")),
        # articles
        Verb("use_article", {"article_use": ALL}, N_("article used")),
        Verb("vote", {"article_use": ALL}, N_("article judged")),
        Verb("write_article", {"article": ALL}, N_("article written")),
        # handoffs
        Verb("offer", {"handoff": ALL}, N_("handed over")),
        Verb("withdraw_offer", {"handoff": ("state", "answered_at")}, N_("offer withdrawn")),
        Verb("accept", {"handoff": ("state", "answered_at", "answered_by_id"), "ticket": TAKE},
             N_("handoff accepted"), undoable=False, why_not=ACCEPTED),
        Verb("return", {"handoff": ("state", "answered_at", "answered_by_id", "reason"), "ticket": TAKE},
             N_("handoff returned"), undoable=False, why_not=LEFT),
        Verb("remind_handoff", {"note": ALL}, N_("handoff not answered"), duty=True),
        Verb("bring_back", {"handoff": ANSWER, "ticket": ("status_reason",)}, N_("handoff came back unanswered"),
             duty=True),
        # promises
        Verb("choose_contract", {"ticket": ("contract_id", "coverage", "coverage_reason")}, N_("contract chosen")),
        Verb("breach", {"breach": ALL}, N_("promise not kept"), duty=True),
        Verb("explain_breach", {"breach": ("reason", "agent_id")}, N_("breach explained")),
        # major incidents
        Verb("declare_major", {"ticket": ("type", "impact", "urgency", "priority", "priority_reason"),
                               "major_incident": ALL, "statement": ALL, "outage": ALL, "link": ALL},
             N_("major incident declared")),
        Verb("steer_major", {"major_incident": ("title", "product_id", "component_id", "communicator_id", "began_at",
                                                "next_update_at", "ended_at"), "outage": OUTAGE},
             N_("major incident steered")),
        Verb("say_statement", {"statement": ALL, "major_incident": ("next_update_at",)}, N_("sentence to say written")),
        Verb("hang_on", {"link": ALL, "told": ALL}, N_("hung on the major incident")),
        Verb("tell", {"told": ALL}, N_("told")),
        Verb("note_outage", {"outage": ALL}, N_("outage noted")),
        # shifts
        Verb("start_shift", {"shift": ALL}, N_("shift started")),
        Verb("take_break", {"shift": ALL}, N_("break begun")),
        Verb("end_break", {"shift": ALL}, N_("back from the break")),
        Verb("end_shift", {"shift": ALL, "ticket": ("owner_id", "callback_at"), "note": ALL, "contact": ALL},
             N_("shift ended")),
        # people and things
        Verb("edit_caller", {"caller": ALL}, N_("caller edited")),
        Verb("edit_organisation", {"organisation": ALL}, N_("organisation edited")),
        Verb("edit_asset", {"asset": ALL}, N_("asset edited")),
        Verb("merge_callers", {"caller": ("merged_into_id", "retired_at", "numbers", "mail"),
                               "ticket": ("caller_id", "affected_id", "approver_id", "organisation_id", *CHOSEN),
                               "contact": ("caller_id", "behalf_id"), "asset": ("caller_id",)},
             N_("callers joined")),
        Verb("erase", {"caller": ("erased_at", "retired_at")}, N_("person erased"), undoable=False, why_not=ERASED),
        Verb("merge_organisations", {"organisation": ("merged_into_id", "retired_at", "integrator_id"),
                                     "caller": ("organisation_id",), "ticket": ("organisation_id", *CHOSEN),
                                     "asset": ("organisation_id",), "contract": ("organisation_id",)},
             N_("organisations joined")),
        Verb("save_view", {"saved_view": ALL}, N_("view saved")),
        # what two sites changed at once
        Verb("resolve_conflict", {**{name: ALL for name in ENTITIES if name != "conflict"}, "conflict": DECIDE},
             N_("conflict settled")),
        # the desk itself
        Verb("administer", dict.fromkeys(DESK, ALL),
             N_("desk set up")),
        Verb("import_records", dict.fromkeys(ENTITIES, ALL), N_("imported"), batch=True),
    )
}

DUTIES = frozenset(verb.name for verb in VERBS.values() if verb.duty)
"""What follows from time alone and is said by no person (DESIGN.md 3)."""

SAYABLE = tuple(name for name in VERBS if name not in DUTIES)
"""What a role may include."""

SHIFTS = ("start_shift", "take_break", "end_break", "end_shift")
JOINS = ("hang_on", "tell")
MAJOR = ("declare_major", "steer_major", "say_statement", "note_outage")

_WORK = (
    "take_call", "log_contact", "check_identity", "open_ticket", "note", "withdraw_note", "move_note", "take",
    "assign", "edit_ticket", "prioritise", "wait", "resume", "solve", "close", "cancel", "reopen",
    "promise_callback", "settle_callback", "link", "unlink", "merge_tickets", "split_ticket", "attach",
    "use_article", "vote", "offer", "withdraw_offer", "accept", "return", "edit_caller", "edit_organisation",
    "edit_asset", "resolve_conflict", "save_view", "choose_contract", "explain_breach",
    *JOINS, *MAJOR, *SHIFTS,
)
_LEAD = (*_WORK, "merge_callers", "merge_organisations", "write_article")

STARTER_ROLES: dict[str, tuple[str, ...]] = {
    "agent": _WORK,
    "specialist": _WORK,
    "piquet": _WORK,
    "lead": _LEAD,
    "admin": SAYABLE,
    "planner": ("save_view",),
    "editor": ("write_article", "vote", "save_view"),
    "trainee": ("take_call", "log_contact", "check_identity", "open_ticket", "note", "withdraw_note", "take",
                "use_article", "vote", "promise_callback", "save_view", *JOINS, *SHIFTS),
    "auditor": ("save_view",),
}


def granted(verbs: frozenset[str]) -> frozenset[str]:
    """What roles of these verbs allow. Who sets the desk up may also erase, who promises callbacks may end his shift,
    who opens tickets may hang them on a major incident, and who sets priorities may declare one: roles made before
    there were these verbs do not name them."""
    also = {"administer": ("erase",), "promise_callback": SHIFTS, "open_ticket": JOINS, "prioritise": MAJOR}
    return verbs.union(*(given for verb, given in also.items() if verb in verbs))


def may_settle(verbs: frozenset[str], entity: str, field: str) -> bool:
    """Whether one who may say ``verbs`` may choose between two values of a field: who could have written it.

    ``resolve_conflict`` writes whatever a conflict names, and gives nobody a right he has not."""
    return any(
        entity in VERBS[name].writes and (not VERBS[name].writes[entity] or field in VERBS[name].writes[entity])
        for name in verbs & VERBS.keys() - {"resolve_conflict"}
    )
