"""The JSON other tools rely on: fields are only ever added (issue 2 part 5; golden files in tests/cli/golden)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from supportdesk.store.instants import instant

if TYPE_CHECKING:
    from supportdesk.store.views.major import Part
    from supportdesk.store.views.names import Name
    from supportdesk.store.views.queue import QueueLine
    from supportdesk.store.views.ticket import HandoffLine, TicketView
    from supportdesk.store.views.timeline import TimelineItem

Shape = dict[str, Any]


def at(us: int | None) -> datetime | None:
    """Microseconds as an instant."""
    return None if us is None else instant(us)


def code(name: Name | None) -> str | None:
    """A name's code: slug, login or number."""
    return name.code if name else None


def ticket_line(line: QueueLine, now_us: int, promises: Sequence[Shape]) -> Shape:
    """One ticket of a list; ``promises`` as cli/promise_shapes has them."""
    reason = line.reason(now_us)
    return {
        "number": line.number, "id": line.id, "title": line.title, "status": line.status, "type": line.type,
        "priority": line.priority, "impact": line.impact, "urgency": line.urgency, "caller": line.caller or None,
        "caller_id": line.caller_id, "organisation": line.organisation or None, "key_account": line.key_account,
        "level": line.level, "team": line.team, "assignee": line.assignee, "contact_owner": line.owner,
        "chasers": line.chasers, "created_at": at(line.created_us), "updated_at": at(line.updated_us),
        "due_at": at(line.due_us), "callback_at": at(line.callback_us), "closed_at": at(line.closed_us),
        "order_reason": reason.code, "order_at": at(reason.at_us), "promises": promises,
        **_needed(line, now_us),
    }


def _needed(of: QueueLine | TicketView, now_us: int) -> Shape:
    """The caller's time window, and how urgent the ticket is by it."""
    window, raised = of.window, of.rank(now_us)
    return {
        "needed_by": window and at(window.at), "needed_for": (window and window.words) or None,
        "urgency_now": of.urgency if raised is None else raised.urgency, "priority_now": of.priority_at(now_us),
        "raises": [{"at": at(rise.at), "urgency": rise.urgency, "priority": rise.priority}
                   for rise in (window.steps if window else ())],
    }


def ticket(view: TicketView, history: list[TimelineItem], now_us: int, promises: Sequence[Shape],
           major: Part | None) -> Shape:
    """One ticket whole: what a list says of it, and the rest; ``major`` is the major incident it is or hangs on."""
    reason = view.reason(now_us)
    told = view.to_tell
    return {
        "number": view.number, "id": view.id, "title": view.title, "description": view.description,
        "status": view.status, "status_reason": view.status_reason, "type": view.type, "priority": view.priority,
        "priority_reason": view.priority_reason, "impact": view.impact, "urgency": view.urgency,
        "caller_priority": view.wish, "caller": view.caller or None, "caller_id": view.caller_id,
        "caller_number": view.caller_number, "affected": view.affected or None, "affected_id": view.affected_id,
        "approver": view.approver or None, "approver_id": view.approver_id,
        "organisation": view.organisation or None, "organisation_id": view.organisation_id,
        "key_account": view.key_account, "product": code(view.product), "component": view.component or None,
        "component_id": view.component_id, "asset": code(view.asset), "language": view.language, "level": view.level,
        "team": code(view.team), "assignee": code(view.assignee), "contact_owner": code(view.owner),
        "callback_at": at(view.callback_us), "callback_number": view.callback_number, "callback_to": view.callback_to,
        "callback_holder": _holder(view, now_us),
        "wait_until": at(view.wait_until_us), "solution": view.solution, "chasers": view.chasers,
        "contacts": view.contacts, "tags": view.tags, "origin": view.origin, "merged_into": code(view.merged_into),
        "created_at": at(view.created_us), "updated_at": at(view.updated_us), "solved_at": at(view.solved_us),
        "closed_at": at(view.closed_us), "due_at": at(view.due_us), "order_reason": reason.code,
        "order_at": at(reason.at_us), "promises": promises, **_needed(view, now_us),
        "major": major and {"number": major.number, "title": major.title, "is_major": major.is_major,
                            "ended_at": at(major.ended_us)},
        "to_tell": {
            "last": told.last and {"at": at(told.last.at_us), "author": told.last.author, "text": told.last.text},
            "callback_at": at(told.callback_us), "working": told.working or None, "contact_owner": told.owner or None,
        },
        "path": [{"at": at(step.at_us), "level": step.level, "team": code(step.team)} for step in view.path],
        "handoffs": [handoff(line) for line in view.handoffs],
        "links": [
            {"id": link.id, "kind": link.kind, "outgoing": link.outgoing, "number": link.number, "title": link.title,
             "status": link.status}
            for link in view.links
        ],
        "attachments": [
            {"id": file.id, "name": file.name, "size": file.size, "type": file.type, "digest": file.digest}
            for file in view.attachments
        ],
        "articles": [
            {"id": use.article_id, "slug": use.slug, "lang": use.lang, "title": use.title, "steps": use.steps,
             "helped": use.helped, "at": at(use.at_us), "agent": use.agent}
            for use in view.articles
        ],
        "identity_checks": [
            {"matter": check.matter, "method": check.method, "result": check.result, "reason": check.reason,
             "agent": check.agent, "at": at(check.at_us)}
            for check in view.checks
        ],
        "timeline": [event(item) for item in history],
    }


def _holder(view: TicketView, now_us: int) -> Shape | None:
    """To whom the callback belongs now, and why."""
    held = view.holding(now_us)
    return held and {"holder": held.holder, "because": held.because, "since": at(held.since_us)}


def event(item: TimelineItem) -> Shape:
    """One event of a history; ``changes`` maps a field to [from, to]."""
    shape: Shape = {
        "at": at(item.at_us), "author": item.author, "kind": item.kind, "text": item.text,
        "changes": {change.field: [change.before, change.after] for change in item.changes},
        "action": item.action, "undone": item.undone, "undoes": item.undoes, "imported": item.imported,
        "acting": item.acting, "recorded_at": at(item.at_us + item.late_us),
        "written_on": item.written_on,
    }
    if item.note is not None:
        shape |= {"note_id": item.note.id, "audience": item.note.audience, "withdrawn": item.note.withdrawn}
    if item.contact is not None:
        contact = item.contact
        shape["contact"] = {
            "id": contact.id, "direction": contact.direction, "channel": contact.channel, "outcome": contact.outcome,
            "caller": contact.caller or None, "number": contact.number or None, "started_at": at(contact.started_us),
            "ended_at": at(contact.ended_us),
        }
    if item.parts:
        shape["also"] = [
            {"what": part.entity, "id": part.id, "kind": part.kind,
             "changes": {change.field: [change.before, change.after] for change in part.changes}}
            for part in item.parts
        ]
    return shape


def handoff(line: HandoffLine) -> Shape:
    """One handoff with its packet."""
    return {
        "id": line.id, "state": line.state, "from_team": code(line.from_team), "to_team": code(line.to_team),
        "offered_by": code(line.offered_by), "offered_at": at(line.offered_us), "answered_by": code(line.answered_by),
        "answered_at": at(line.answered_us), "packet": line.packet, "incomplete_reason": line.incomplete_reason,
        "reason": line.reason,
    }
