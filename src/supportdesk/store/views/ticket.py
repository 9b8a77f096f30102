"""One ticket with everything its screen and ``ticket show`` tell."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from supportdesk.rules.order import NEVER, OrderReason, reason
from supportdesk.rules.shifts import Fact, Holding, holding, standing
from supportdesk.rules.urgency import NextPromise
from supportdesk.store.views.names import Name, names
from supportdesk.store.views.running import classes, derived_anew, next_promise, window
from supportdesk.store.views.shifts import facts, works
from supportdesk.terms.codes import Lane

if TYPE_CHECKING:
    from supportdesk.rules.window import Rise, Window

LINKS_AT_MOST = 100
"""More hang on a major incident, whose own screen has them all."""


class Step(NamedTuple):
    """Where the ticket stood from ``at_us`` on: a level and a team."""

    at_us: int
    level: int | None
    team: Name | None


class HandoffLine(NamedTuple):
    """An offer and what became of it. ``packet`` holds the parts that say something (rules/packet.PARTS)."""

    id: UUID
    state: str
    from_team: Name | None
    to_team: Name | None
    offered_by: Name | None
    answered_by: Name | None
    offered_us: int | None
    answered_us: int | None
    packet: dict[str, str]
    incomplete_reason: str | None
    reason: str | None


class LinkLine(NamedTuple):
    """A link seen from this ticket. ``outgoing``: this ticket is the duplicate, the child or the effect."""

    id: UUID
    kind: str
    outgoing: bool
    ticket_id: UUID
    number: str
    title: str
    status: str


class FileLine(NamedTuple):
    id: UUID
    name: str
    size: int
    digest: str | None  # None: erased with the person it was about
    type: str | None


class UseLine(NamedTuple):
    """An article used on the ticket; ``steps`` are the ones ticked, counted from 1."""

    id: UUID
    article_id: UUID | None
    slug: str
    lang: str
    title: str
    steps: tuple[int, ...]
    helped: bool | None
    agent: str | None
    at_us: int | None


class CheckLine(NamedTuple):
    """An identity check made for this ticket."""

    matter: str
    method: str | None
    result: str
    reason: str | None
    agent: str | None
    at_us: int


class Told(NamedTuple):
    """The last note for the caller that was not withdrawn."""

    text: str
    author: str
    at_us: int


class ToTell(NamedTuple):
    """What may be told a caller who asks: the last word for him, the next promise, who works on it."""

    last: Told | None
    callback_us: int | None
    callback_number: str | None
    callback_to: str | None
    working: str
    owner: str


class TicketView(NamedTuple):
    """A ticket with its names resolved. Instants are microseconds UTC; ``due_us`` None when nothing is due.

    ``unconfirmed``: it was taken or accepted here while the server could not be asked whether somebody was first.
    ``owner_said`` is what its owner said last of his shift, where a callback is promised."""

    pk: int
    id: UUID
    number: str
    type: str
    status: str
    status_reason: str | None
    priority: str
    priority_reason: str | None
    impact: int | None
    urgency: int | None
    wish: str | None
    title: str
    description: str
    solution: str | None
    language: str | None
    caller_id: UUID | None
    caller: str
    caller_number: str | None
    caller_vip: bool
    affected_id: UUID | None
    affected: str
    approver_id: UUID | None
    approver: str
    organisation_id: UUID | None
    organisation: str
    key_account: bool
    product: Name | None
    component_id: UUID | None
    component: str
    asset: Name | None
    level: int | None
    team: Name | None
    assignee: Name | None
    owner: Name | None
    callback_us: int | None
    callback_number: str | None
    callback_to: str | None
    wait_until_us: int | None
    chasers: int
    tags: tuple[str, ...]
    origin: str
    merged_into: Name | None
    created_us: int
    updated_us: int
    solved_us: int | None
    closed_us: int | None
    lane: Lane
    wake_us: int | None
    due_us: int | None
    contract: Name | None
    promised: NextPromise | None
    contacts: int
    path: tuple[Step, ...]
    handoffs: tuple[HandoffLine, ...]
    links: tuple[LinkLine, ...]
    attachments: tuple[FileLine, ...]
    articles: tuple[UseLine, ...]
    checks: tuple[CheckLine, ...]
    to_tell: ToTell
    unconfirmed: bool = False
    owner_said: tuple[Fact, ...] = ()
    owner_left: bool = False
    window: Window | None = None

    def holding(self, now_us: int) -> Holding | None:
        """To whom the callback belongs at ``now_us``, and why; None where none is promised."""
        if self.callback_us is None:
            return None
        how = None if self.owner is None and not self.owner_left else standing(
            self.owner_said, now_us, left=self.owner_left)
        return holding(self.callback_us, how, now_us, taken=how is not None and self.id in how.taken)

    @property
    def open_offer(self) -> HandoffLine | None:
        """The offer nobody has answered yet."""
        return next((h for h in self.handoffs if h.state == "offered"), None)

    def reason(self, now_us: int) -> OrderReason:
        """Why it stands in the queue where it stands at ``now_us``."""
        return reason(self.lane, self.wake_us, self.due_us, self.created_us, now_us, callback_us=self.callback_us,
                      closed_us=self.closed_us, promised=self.promised,
                      contract=None if self.contract is None else self.contract.shown,
                      needed_us=self.window and self.window.at,
                      alarm_us=self.window and self.window.alarm(self.priority, self.assignee is not None))

    def rank(self, now_us: int) -> Rise | None:
        """How urgent its caller's time window has made it; None where it is as urgent as it was set."""
        return self.window and self.window.raised(self.lane is not Lane.CLOSED, now_us)

    def priority_at(self, now_us: int) -> str:
        """Its priority, raised by its window."""
        rank = self.rank(now_us)
        return self.priority if rank is None else rank.priority


_TICKET = """
SELECT t.pk, t.number, t.type, t.status, t.status_reason, t.priority, t.priority_reason, t.impact, t.urgency, t.wish,
       t.title, t.description, t.solution, t.language, t.caller_id, coalesce(t.caller_name, c.name), t.caller_number,
       c.vip, t.affected_id, coalesce(t.affected_name, f.name), t.approver_id, coalesce(t.approver_name, v.name),
       t.organisation_id, coalesce(o.name, t.organisation_name), o.key_account, t.product_id, t.component_id,
       coalesce(k.name, t.component_name), t.asset_id, t.level, t.team_id, t.assignee_id, t.owner_id, t.callback_at,
       t.callback_number, t.callback_to, t.wait_until, t.chasers, t.tags, t.origin, t.merged_into_id, t.created_at,
       t.updated_at, t.solved_at, t.closed_at, t.lane, t.wake_at, t.due_at, t.contract_id, t.promise,
       t.class_id, t.due_point, t.needed_by, t.needed_for,
       (SELECT count(*) FROM reference r WHERE r.target = t.id AND r.field = 'tickets'),
       t.assignee_id IS NOT NULL
       AND EXISTS (SELECT 1 FROM sync_state WHERE secret != '' AND (paused OR failure IS NOT NULL))
       AND EXISTS (SELECT 1 FROM entry e WHERE e.subject = t.id AND e.verb IN ('take', 'accept')
                   AND e.state IN ('local', 'pending') AND e.undoes IS NULL),
       EXISTS (SELECT 1 FROM unsettled u WHERE u.pk = t.pk)
FROM ticket t LEFT JOIN caller c ON c.id = t.caller_id LEFT JOIN caller f ON f.id = t.affected_id
     LEFT JOIN caller v ON v.id = t.approver_id LEFT JOIN organisation o ON o.id = t.organisation_id
     LEFT JOIN component k ON k.id = t.component_id
WHERE t.id = ?
"""


def ticket(conn: sqlite3.Connection, id: UUID) -> TicketView | None:
    """The ticket, or None if there is none. Its history is :func:`supportdesk.store.views.timeline.timeline`."""
    row = conn.execute(_TICKET, (id.bytes,)).fetchone()
    if row is None:
        return None
    (pk, number, type, status, status_reason, priority, priority_reason, impact, urgency, wish, title, description,
     solution, language, caller_id, caller, caller_number, vip, affected_id, affected, approver_id, approver,
     organisation_id, organisation, key_account, product_id, component_id, component, asset_id, level, team_id,
     assignee_id, owner_id, callback, callback_number, callback_to, wait_until, chasers, tags, origin, merged_id,
     created, updated, solved, closed, lane, wake, due, contract_id, promise, class_id, due_point, needed,
     needed_for, contacts, unconfirmed, has_changed) = row
    product, asset, team, assignee, owner, merged, contract = (
        uuid_of(raw) for raw in (product_id, asset_id, team_id, assignee_id, owner_id, merged_id, contract_id)
    )
    known = names(conn, [("product", product), ("asset", asset), ("team", team), ("agent", assignee),
                         ("agent", owner), ("ticket", merged), ("contract", contract)])
    due = None if due == NEVER else due
    promised = next_promise(classes(conn, (class_id,)), promise, class_id, due_point)
    if has_changed and (anew := derived_anew(conn, [id]).get(id)) is not None:
        promised, due = anew.promised, anew.due_us
    return TicketView(
        pk=pk, id=id, number=number or "", type=type or "", status=status or "", status_reason=status_reason,
        priority=priority or "", priority_reason=priority_reason, impact=impact, urgency=urgency, wish=wish,
        title=title or "", description=description or "", solution=solution, language=language,
        caller_id=uuid_of(caller_id), caller=caller or "", caller_number=caller_number, caller_vip=bool(vip),
        affected_id=uuid_of(affected_id), affected=affected or "", approver_id=uuid_of(approver_id),
        approver=approver or "", organisation_id=uuid_of(organisation_id), organisation=organisation or "",
        key_account=bool(key_account), product=known.get(product), component_id=uuid_of(component_id),
        component=component or "", asset=known.get(asset), level=level, team=known.get(team),
        assignee=known.get(assignee), owner=known.get(owner), callback_us=callback, callback_number=callback_number,
        callback_to=callback_to, wait_until_us=wait_until, chasers=chasers or 0, tags=tuple(json.loads(tags or "[]")),
        origin=origin or "", merged_into=known.get(merged), created_us=created or 0, updated_us=updated or 0,
        solved_us=solved, closed_us=closed, lane=Lane(lane or 0), wake_us=wake, due_us=due,
        contract=known.get(contract), promised=promised,
        contacts=contacts, path=_path(conn, id), handoffs=handoffs_of(conn, id), links=_links(conn, id),
        attachments=attachments_of(conn, id), articles=_articles(conn, id), checks=_checks(conn, id),
        to_tell=ToTell(_last_told(conn, id), callback, callback_number, callback_to,
                       _shown(known.get(assignee)) or _shown(known.get(team)), _shown(known.get(owner))),
        unconfirmed=bool(unconfirmed),
        owner_said=tuple(facts(conn, owner, NEVER)) if callback is not None and owner is not None else (),
        owner_left=callback is not None and owner is not None and not works(conn, owner),
        window=window(conn, needed, needed_for, impact, urgency, priority, created),
    )


def uuid_of(raw: bytes | None) -> UUID | None:
    """A reference as Python has it."""
    return None if raw is None else UUID(bytes=raw)


def _shown(name: Name | None) -> str:
    return name.shown if name else ""


def _path(conn: sqlite3.Connection, id: UUID) -> tuple[Step, ...]:
    """Levels and teams by the entries that set them; what was undone does not count."""
    rows = conn.execute(
        "SELECT e.at, json_extract(e.fields, '$.level'), json_extract(e.fields, '$.team_id') FROM entry e "
        "WHERE e.subject = ? AND e.entity = 'ticket' AND e.undoes IS NULL "
        "AND (json_extract(e.fields, '$.level') IS NOT NULL OR json_extract(e.fields, '$.team_id') IS NOT NULL) "
        "AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action) ORDER BY e.at, e.pk",
        (id.bytes,),
    ).fetchall()
    places: list[tuple[int, int | None, UUID | None]] = []
    level: int | None = None
    team: UUID | None = None
    for at, levels, teams in rows:
        level = json.loads(levels)[1] if levels else level
        team = (UUID(text) if (text := json.loads(teams)[1]) else None) if teams else team
        if not places or places[-1][1:] != (level, team):
            places.append((at, level, team))
    known = names(conn, (("team", place[2]) for place in places))
    return tuple(Step(at, level, known.get(team)) for at, level, team in places)


def handoffs_of(conn: sqlite3.Connection, ticket: UUID) -> tuple[HandoffLine, ...]:
    """A ticket's handoffs, newest first."""
    return handoff_lines(conn, conn.execute(
        f"SELECT {HANDOFF} FROM handoff h WHERE h.ticket_id = ? AND h.retired_at IS NULL "
        "ORDER BY h.offered_at DESC, h.pk DESC", (ticket.bytes,)
    ).fetchall())


HANDOFF = ("h.id, h.state, h.from_team_id, h.to_team_id, h.offered_by_id, h.answered_by_id, h.offered_at, "
           "h.answered_at, h.packet, h.incomplete_reason, h.reason")
"""The columns :func:`handoff_lines` reads."""


def handoff_lines(conn: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> tuple[HandoffLine, ...]:
    """Rows of :data:`HANDOFF` with their names."""
    ids = [tuple(uuid_of(raw) for raw in row[2:6]) for row in rows]
    known = names(conn, (pair for four in ids for pair in zip(("team", "team", "agent", "agent"), four, strict=True)))
    return tuple(
        HandoffLine(
            id=UUID(bytes=row[0]), state=row[1] or "", from_team=known.get(four[0]), to_team=known.get(four[1]),
            offered_by=known.get(four[2]), answered_by=known.get(four[3]), offered_us=row[6], answered_us=row[7],
            packet=json.loads(row[8] or "{}"), incomplete_reason=row[9], reason=row[10],
        )
        for row, four in zip(rows, ids, strict=True)
    )


def _links(conn: sqlite3.Connection, id: UUID) -> tuple[LinkLine, ...]:
    return tuple(
        LinkLine(UUID(bytes=row[0]), row[1] or "", bool(row[2]), UUID(bytes=row[3]), row[4] or "", row[5] or "",
                 row[6] or "")
        for row in conn.execute(
            "SELECT l.id, l.kind, l.from_id = ?1, t.id, t.number, t.title, t.status FROM link l "
            "JOIN ticket t ON t.id = CASE WHEN l.from_id = ?1 THEN l.to_id ELSE l.from_id END "
            "WHERE (l.from_id = ?1 OR l.to_id = ?1) AND l.retired_at IS NULL ORDER BY l.pk LIMIT ?2",
            (id.bytes, LINKS_AT_MOST),
        )
    )


def attachments_of(conn: sqlite3.Connection, ticket: UUID) -> tuple[FileLine, ...]:
    """A ticket's files, oldest first."""
    return tuple(
        FileLine(UUID(bytes=row[0]), row[1] or "", row[2] or 0, row[3] or "", row[4])
        for row in conn.execute(
            "SELECT id, name, size, digest, type FROM attachment WHERE ticket_id = ? AND retired_at IS NULL "
            "ORDER BY pk", (ticket.bytes,)
        )
    )


def _articles(conn: sqlite3.Connection, id: UUID) -> tuple[UseLine, ...]:
    return tuple(
        UseLine(UUID(bytes=row[0]), uuid_of(row[1]), row[2] or "", row[3] or "", row[4] or "",
                tuple(json.loads(row[5] or "[]")), None if row[6] is None else bool(row[6]), row[7], row[8])
        for row in conn.execute(
            "SELECT u.id, u.article_id, a.slug, a.lang, a.title, u.steps, u.helped, g.login, u.at "
            "FROM article_use u LEFT JOIN article a ON a.id = u.article_id LEFT JOIN agent g ON g.id = u.agent_id "
            "WHERE u.ticket_id = ? AND u.retired_at IS NULL ORDER BY u.at, u.pk", (id.bytes,)
        )
    )


def _checks(conn: sqlite3.Connection, id: UUID) -> tuple[CheckLine, ...]:
    """Identity checks, found by the entries of the ticket that wrote them."""
    return tuple(
        CheckLine(row[0] or "", row[1], row[2] or "", row[3], row[4], row[5] or 0)
        for row in conn.execute(
            "SELECT i.matter, i.method, i.result, i.reason, g.login, i.at FROM entry e "
            "CROSS JOIN identity_check i ON i.id = e.entity_id LEFT JOIN agent g ON g.id = i.agent_id "
            "WHERE e.subject = ? AND e.entity = 'identity_check' AND e.kind = 'create' AND i.retired_at IS NULL "
            "ORDER BY i.at", (id.bytes,)
        )
    )


def _last_told(conn: sqlite3.Connection, id: UUID) -> Told | None:
    row = conn.execute(
        "SELECT n.text, coalesce(a.name, a.login, n.author_text), n.at FROM note n "
        "LEFT JOIN agent a ON a.id = n.agent_id WHERE n.ticket_id = ? AND n.audience = 'caller' "
        "AND n.withdrawn_at IS NULL AND n.retired_at IS NULL ORDER BY n.at DESC, n.pk DESC LIMIT 1", (id.bytes,)
    ).fetchone()
    return None if row is None else Told(row[0] or "", row[1] or "", row[2] or 0)


def link_between(conn: sqlite3.Connection, from_id: UUID, to_id: UUID, kind: str) -> UUID | None:
    """The link of this kind from one ticket to another, None if there is none."""
    row = conn.execute(
        "SELECT id FROM link WHERE from_id = ? AND to_id = ? AND kind = ? AND retired_at IS NULL",
        (from_id.bytes, to_id.bytes, kind),
    ).fetchone()
    return None if row is None else UUID(bytes=row[0])
