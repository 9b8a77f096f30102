"""Shifts at several sites: each console derives the same, and another company sees the shifts of its own people."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from supportdesk.desk import shifts, tickets
from supportdesk.desk.shift_page import Decision, What
from supportdesk.rules.shifts import Presence
from supportdesk.store.types import micros
from supportdesk.store.views import queue
from supportdesk.store.views import shifts as view
from supportdesk.store.views.queue import View
from tests.journal import desks
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.test_scopes import _outsourced
from tests.sync.work import call, settled

SOON = desks.NOW + timedelta(hours=3)


def _said(conn: sqlite3.Connection) -> list[str]:
    return [kind for (kind,) in conn.execute("SELECT kind FROM shift WHERE retired_at IS NULL ORDER BY at")]


def test_who_goes_at_one_site_leaves_the_callback_to_his_team_at_the_other(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    id = call(geneva, "vpn")
    shifts.start_shift(geneva.desk)
    tickets.promise_callback(geneva.desk, id, SOON, "021 555 01 00", "Perret")
    settled(geneva, lausanne)
    now = micros(geneva.clock())
    me = geneva.desk.agent.id
    shifts.end_shift(geneva.desk, {}, Decision(What.PASS_ON))
    assert view.standing_of(lausanne.desk.reader, me, now).presence is Presence.ON
    settled(geneva, lausanne)
    now = micros(geneva.clock())
    for site in (geneva, lausanne):
        assert view.standing_of(site.desk.reader, me, now).presence is Presence.OFF
        assert _said(site.desk.reader) == ["start", "end"]
    mate = geneva.desk.agent._replace(id=lausanne.desk.agent.id)
    for site in (geneva, lausanne):
        lines = queue.first_page(site.desk.reader, View.CALLBACKS, mate, now)
        assert [line.id for line in lines] == [id]


def test_another_company_holds_the_shifts_of_its_own_people_only(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne, _team, _own = _outsourced(server, sites)
    shifts.start_shift(geneva.desk)
    shifts.start_shift(lausanne.desk)
    shifts.take_break(lausanne.desk)
    settled(geneva, lausanne)
    assert _said(lausanne.desk.reader) == ["start", "break"]
    assert sorted(_said(geneva.desk.reader)) == ["break", "start", "start"]
