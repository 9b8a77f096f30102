"""Who is who: agents, callers and organisations as screens and listings need them."""

import sqlite3
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.terms.verbs import granted


class AgentLine(NamedTuple):
    """Who is working, as every screen needs him. ``acting`` is the real login when ``--as`` was used."""

    id: UUID
    login: str
    name: str
    teams: tuple[UUID, ...]
    team: UUID | None
    team_slug: str | None
    team_name: str
    level: int
    site_name: str
    language: str
    zone: str
    region: str
    verbs: frozenset[str]
    acting: str | None = None


def demo_login(conn: sqlite3.Connection) -> str:
    """The login a person plays in the demo: its first agent."""
    return str(conn.execute("SELECT login FROM agent ORDER BY pk LIMIT 1").fetchone()[0])


def agent_line(conn: sqlite3.Connection, login: str, acting: str | None = None) -> AgentLine | None:
    """The agent of a login with his first team, site and the verbs of his roles; None if there is none."""
    found = conn.execute(
        "SELECT a.id, a.login, a.name, a.teams, a.roles, s.name, s.language, s.zone, s.region FROM agent a "
        "LEFT JOIN site s ON s.id = a.site_id WHERE a.login = ? AND a.retired_at IS NULL ORDER BY a.pk LIMIT 1",
        (login,),
    ).fetchone()
    if found is None:
        return None
    teams = tuple(UUID(text) for (text,) in conn.execute("SELECT value FROM json_each(?)", (found[3] or "[]",)))
    team: tuple[Any, ...] = (None, None, "", 1)
    if teams:
        marks = ",".join("?" * len(teams))
        team = (
            conn.execute(
                f"SELECT id, slug, name, level FROM team WHERE id IN ({marks}) ORDER BY level, slug LIMIT 1",
                [t.bytes for t in teams],
            ).fetchone()
            or team
        )
    verbs = conn.execute(
        "SELECT verb.value FROM role, json_each(role.verbs) verb "
        "WHERE role.slug IN (SELECT value FROM json_each(?)) AND role.retired_at IS NULL",
        (found[4] or "[]",),
    )
    return AgentLine(
        id=UUID(bytes=found[0]), login=found[1], name=found[2] or found[1], teams=teams,
        team=UUID(bytes=team[0]) if team[0] else None, team_slug=team[1], team_name=team[2] or "", level=team[3] or 1,
        site_name=found[5] or "", language=found[6] or "en", zone=found[7] or "UTC", region=found[8] or "",
        verbs=granted(frozenset(verb for (verb,) in verbs)), acting=acting,
    )
