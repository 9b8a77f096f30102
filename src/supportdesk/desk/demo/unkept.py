"""Promises that were not kept: noted as a console notes them, and explained by who knows why."""

from datetime import timedelta
from uuid import UUID

from supportdesk.desk.breach_duty import LOOKED_BACK, note
from supportdesk.desk.breaches import explain_breach
from supportdesk.desk.demo.stage import TEACHES, Stage, Story
from supportdesk.rules.promises import broken
from supportdesk.store.types import micros
from supportdesk.store.views.agreements import book
from supportdesk.store.views.facts import cases
from supportdesk.store.views.unsettled import with_promises

BEFORE_NOW = timedelta(minutes=100)
"""When the last week is looked through: the young tickets of today are not late yet."""

_EXPLAINED = 0.85


def unkept(stage: Stage) -> Story:
    """What was missed in the last week is noted; for most of it somebody says why. What is open today waits for that.

    It is played last: copies of tickets (the bulk door) have no promises noted as missed."""
    lead, now = stage.setting.first, micros(stage.clock.now)
    agreed = book(stage.conn)
    recent = [id for id in with_promises(stage.conn, micros(stage.clock.now - LOOKED_BACK)) if id in stage.cases]
    for id, case in cases(stage.conn, recent, now).items():
        for promise in broken(case, agreed, now):
            note(lead, id, promise)
    for breach, ticket in stage.conn.execute("SELECT id, ticket_id FROM breach ORDER BY due_at, id").fetchall():
        told = stage.cases[UUID(bytes=ticket)]
        if told.id in stage.today or not stage.chance(_EXPLAINED):
            continue
        yield stage.soon(0.1, 0.6)
        agent = lead if told.agent.agent.login == TEACHES else told.agent
        explain_breach(agent, UUID(bytes=breach), stage.say(told, "unkept"))
