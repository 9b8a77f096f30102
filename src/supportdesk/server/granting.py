"""Which scopes a console is granted: an admin says so, never the console (DESIGN.md 5, field/sync.md 2.6)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, literal, select

from supportdesk.i18n import N_, _
from supportdesk.server import tables
from supportdesk.server.membership import begin_scope
from supportdesk.terms.codes import Employer
from supportdesk.terms.errors import Invalid, NotFound

NO_DEVICE = N_("There is no such console.")
NO_TEAM = N_("There is no team of another company by that name. 'own' stands for the desk's own sites.")
NO_WINDOW = N_("A window is for consoles of the desk's own sites.")
MIXED = N_("A console holds either everything of the desk's own sites or the part of other companies' teams.")

_SCOPES = select(tables.device_scope.c.scope).where(tables.device_scope.c.device == bindparam("device"))


def scopes_of(conn: Connection, device: str) -> frozenset[str]:
    """What a console may see now; nothing when an admin took everything."""
    return frozenset(conn.execute(_SCOPES, {"device": device}).scalars())


def is_whole(scopes: frozenset[str]) -> bool:
    """Whether a console that holds them has every row there is, and whole."""
    return tables.OWN in scopes


def is_own(scopes: frozenset[str]) -> bool:
    """Whether this is a console of the desk's own sites, whatever of it a window shows."""
    return any(scope == tables.OWN or scope.startswith(tables.WINDOW) for scope in scopes)


def teams_of(scopes: frozenset[str]) -> frozenset[str]:
    """The ids of the teams whose scopes these are."""
    return frozenset(scope.removeprefix(tables.TEAM) for scope in scopes if scope.startswith(tables.TEAM))


def named_scope(conn: Connection, name: str) -> str:
    """The scope an admin names: ``own``, or the slug or id of a team of another company. Raises NotFound."""
    if name == tables.OWN:
        return tables.OWN
    d = tables.doc
    for row in conn.execute(select(d.c.id, d.c.doc).where(d.c.entity == "team")):
        values = msgspec.json.decode(row.doc)
        if name in (values.get("slug"), row.id) and values.get("retired_at") is None and (
                values.get("employer") in (Employer.OUTSOURCER, Employer.VENDOR)):
            return f"{tables.TEAM}{row.id}"
    raise NotFound(_(NO_TEAM))


def slugs(conn: Connection, scopes: frozenset[str]) -> list[str]:
    """How an admin names scopes: the slugs of their teams."""
    return sorted(_slugs(conn, scopes).values())


def slugs_of_all(conn: Connection) -> dict[str, tuple[str, ...]]:
    """Device -> how an admin names what it holds."""
    t = tables.device_scope
    held = conn.execute(select(t.c.device, t.c.scope)).all()
    named = _slugs(conn, frozenset(row.scope for row in held))
    found: dict[str, list[str]] = {}
    for row in held:
        found.setdefault(row.device, []).append(named[row.scope])
    return {device: tuple(sorted(names)) for device, names in found.items()}


def _slugs(conn: Connection, scopes: frozenset[str]) -> dict[str, str]:
    d = tables.doc
    found = {
        f"{tables.TEAM}{row.id}": str(msgspec.json.decode(row.doc).get("slug") or row.id)
        for row in conn.execute(select(d.c.id, d.c.doc).where(d.c.id.in_(teams_of(scopes))))
    }
    return {scope: found.get(scope, scope) for scope in scopes}


def grant(conn: Connection, device: str, given: Sequence[str], taken: Sequence[str], window: int | None,
          now: datetime) -> frozenset[str]:
    """Grant and revoke scopes by name, set the window in days (0: none); what the console may see then. Raises
    NotFound, Invalid."""
    if conn.execute(select(tables.device.c.id).where(tables.device.c.id == device).with_for_update()).first() is None:
        raise NotFound(_(NO_DEVICE))
    scopes = scopes_of(conn, device)
    if not (given or taken or window is not None):
        return scopes
    for name in taken:
        scope = named_scope(conn, name)
        scopes = frozenset(each for each in scopes if each != scope
                           and not (scope == tables.OWN and each.startswith(tables.WINDOW)))
    scopes |= {named_scope(conn, name) for name in given}
    if window is not None:
        if not is_own(scopes):
            raise Invalid(_(NO_WINDOW), field="window")
        scopes = frozenset((f"{tables.WINDOW}{window}" if window else tables.OWN,))
    keep(conn, device, scopes, now)
    return scopes


def keep(conn: Connection, device: str, scopes: frozenset[str], now: datetime) -> None:
    """Make ``scopes`` all that a console may see; a team's first console makes its scope. Raises Invalid."""
    check(scopes)
    t = tables.device_scope
    conn.execute(t.delete().where(t.c.device == device))
    for scope in sorted(scopes):
        if scope != tables.OWN:
            begin_scope(conn, scope, now)
        conn.execute(t.insert().values(device=device, scope=scope))


def copy(conn: Connection, device: str, other: str) -> None:
    """A console that is a copy of another may see what that one may."""
    t = tables.device_scope
    conn.execute(t.insert().from_select(
        ["device", "scope"], select(literal(other), t.c.scope).where(t.c.device == device)))


def check(scopes: frozenset[str]) -> None:
    """Raise Invalid for scopes no console holds together."""
    if is_own(scopes) and len(scopes) > 1:
        raise Invalid(_(MIXED), field="grant")


def keep_code(conn: Connection, digest: str, names: Sequence[str]) -> None:
    """What the console that a code lets in will be granted. Raises NotFound, Invalid."""
    scopes = frozenset(named_scope(conn, name) for name in names) or frozenset((tables.OWN,))
    check(scopes)
    conn.execute(tables.code_scope.insert(), [{"digest": digest, "scope": scope} for scope in sorted(scopes)])


def of_code(conn: Connection, digest: str) -> frozenset[str]:
    """What a code grants; one of an older server lets in an own console."""
    t = tables.code_scope
    return frozenset(conn.execute(select(t.c.scope).where(t.c.digest == digest)).scalars()) or frozenset((tables.OWN,))
