"""Major incidents as other tools read them, and the questions that may become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supportdesk.cli.shapes import at
from supportdesk.rules.major import next_update

if TYPE_CHECKING:
    from supportdesk.store.views.major import Case, Major, Statement, ToldLine
    from supportdesk.store.views.symptoms import Suspicion

Shape = dict[str, Any]


def major_line(of: Major, now_us: int) -> Shape:
    """One major incident of a list."""
    due = next_update(of.next_update_us, of.ended_us, now_us)
    return {
        "number": of.number, "id": of.id, "ticket_id": of.ticket_id, "title": of.title, "status": of.status,
        "component": of.component or None, "component_id": of.component_id, "product_id": of.product_id,
        "communicator": of.communicator or None, "technician": of.technician or None,
        "declared_by": of.declared_by or None, "began_at": at(of.began_us), "declared_at": at(of.declared_us),
        "next_update_at": at(due.due) if due else None, "update_overdue": bool(due and due.overdue),
        "ended_at": at(of.ended_us), "case_count": of.cases,
        "statement": None if of.statement is None else _statement(of.statement, now_us),
    }


def major_whole(of: Major, cases: tuple[Case, ...], told: tuple[ToldLine, ...], now_us: int) -> Shape:
    """One with its cases and who was told."""
    return major_line(of, now_us) | {"cases": [_case(case) for case in cases], "told": [_told(line) for line in told]}


def question(of: Suspicion) -> Shape:
    """Many reports of one component."""
    return {
        "component": of.component, "component_id": of.component_id, "slug": of.slug or None,
        "callers": of.symptom.callers, "organisation_count": of.symptom.sites, "organisations": list(of.organisations),
        "since": at(of.symptom.since), "latest": at(of.symptom.latest),
        "tickets": [number for _id, number in of.tickets],
    }


def _statement(of: Statement, now_us: int) -> Shape:
    return {"texts": dict(of.texts), "author": of.author or None, "at": at(of.at_us),
            "valid_until": at(of.valid_until_us), "expired": now_us > of.valid_until_us}


def _case(of: Case) -> Shape:
    return {"number": of.number, "id": of.ticket_id, "status": of.status, "title": of.title,
            "caller": of.caller or None, "caller_number": of.phone or None, "organisation": of.organisation or None,
            "language": of.language or None, "is_told": of.is_told,
            "told": None if of.told is None else _told(of.told)}


def _told(of: ToldLine) -> Shape:
    return {"ticket": of.number or None, "who": of.who or None, "how": of.how, "still_broken": of.still_broken,
            "by": of.by or None, "at": at(of.at_us)}
