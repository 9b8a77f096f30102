"""Small desks for tests: made once, copied for each test."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.desk.desk import Desk
from supportdesk.desk.setup import setup_who
from supportdesk.store import database
from supportdesk.store.adopt import adopt, starter_id
from supportdesk.store.journal import Journal, Who
from supportdesk.store.views.people import agent_line
from supportdesk.terms.verbs import STARTER_ROLES

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA, BEN = starter_id("agent", "ana"), starter_id("agent", "ben")
TEAM, NETWORK = starter_id("team", "hotline"), starter_id("team", "network")
SITE = starter_id("site", "geneva")


class Clock:
    """Goes on one second each time it is asked."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def who(agent: UUID = ANA) -> Who:
    return setup_who(agent, "ana" if agent == ANA else "ben")


def make(path: Path, **options: Any) -> Path:
    """A desk with two agents and two teams, no articles: quick to make and to copy."""
    database.create(path, prefix=214, now=NOW, **options)
    journal = Journal(path, clock=Clock())
    with journal.transaction() as conn:
        adopt(conn, [
            ("role", starter_id("role", slug), {"slug": slug, "name": slug, "verbs": verbs})
            for slug, verbs in STARTER_ROLES.items()
        ], NOW)
    with journal.action("administer", who()) as act:
        act.create("site", {"slug": "geneva", "name": "Genève", "zone": "Europe/Zurich", "region": "CH",
                            "language": "fr"}, SITE)
        act.create("team", {"slug": "hotline", "name": "Hotline", "level": 1, "employer": "own", "site_id": SITE}, TEAM)
        act.create("team", {"slug": "network", "name": "Réseau", "level": 2, "employer": "own", "site_id": SITE},
                   NETWORK)
        for id, login, team in ((ANA, "ana", TEAM), (BEN, "ben", NETWORK)):
            act.create("agent", {"login": login, "name": login.title(), "site_id": SITE, "teams": (team,),
                                 "roles": ("agent", "lead", "admin"), "languages": ("fr",)}, id)
    journal.close()
    return path


def copy(prepared: Path, target: Path) -> Path:
    """A copy of a closed desk, with its mode."""
    shutil.copy2(prepared, target)
    return target


def ticket(journal: Journal, title: str = "VPN", agent: UUID = ANA, **values: Any) -> UUID:
    """Open a ticket that breaks no rule of the trade; returns its id."""
    with journal.action("open_ticket", who(agent)) as act:
        return act.create("ticket", {
            "number": act.next_number(), "type": "incident", "title": title, "description": title, "impact": 3,
            "urgency": 2, "priority": "P3", "status": "new", "level": 1, "team_id": TEAM, "owner_id": agent,
            "created_at": act.at, "caller_name": "Monique Perret", **values,
        })


def content(path: Path | sqlite3.Connection, tables: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table (or of ``tables``), in order: two desks are equal when these are."""
    conn = path if isinstance(path, sqlite3.Connection) else sqlite3.connect(path)
    names = tables or tuple(
        name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        if "_fts" not in name and not name.startswith("sqlite_")
    )
    found = {name: sorted(conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}
    if isinstance(path, Path):
        conn.close()
    return found


def console(path: Path, login: str = "ana", clock: Callable[[], datetime] | None = None) -> Desk:
    """A console of ``login`` on the desk at ``path``, whoever runs the test."""
    desk = Desk(path, clock=clock or Clock())
    desk.__dict__["agent"] = agent_line(desk.reader, login)
    return desk
