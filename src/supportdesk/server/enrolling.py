"""Consoles are let in by a code, prove themselves by a secret, and are shut out by an admin."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from supportdesk.i18n import N_
from supportdesk.server import codes, forms, granting, tables
from supportdesk.server.pushing import REVOKED
from supportdesk.server.shapes import Device, DeviceLine, EnrollAsk, ForkAsk, Refused
from supportdesk.store.types import from_iso, iso, uuid7
from supportdesk.sync import wire

CODE = N_("This code is not known, was used, or is older than a day. Ask an admin for a new one.")
SECRET = N_("This console is not enrolled here. Enrol it with a code.")
UNFIT = N_("This console cannot be enrolled as it is.")
AGENT = N_("An agent of this console works at the server already: the code has to name his login.")
TOO_MANY_COPIES = N_("This desk was copied too often. Ask an admin.")
COPIES = 8
"""Copies of one console that have not sent anything yet; more are nobody's copies."""
FULL = N_("The server has no number prefix left.")

PREFIXES: tuple[int, ...] = (*range(100, 800), *range(80_000, 90_000))
"""Ticket number prefixes a server gives: three digits first (DESIGN.md 9)."""

_NO_TOKEN = codes.token_digest("")
_DEVICE = select(tables.device).where(tables.device.c.id == bindparam("device"))
_AGENTS = select(tables.device_agent).where(tables.device_agent.c.device == bindparam("device"))


def make_code(conn: Connection, agents: Sequence[str], shared_host: bool, admin: bool, now: datetime,
              scopes: Sequence[str] = ()) -> str:
    code = codes.new_code()
    granting.keep_code(conn, codes.code_digest(code), scopes)
    conn.execute(tables.code.insert().values(
        digest=codes.code_digest(code), agents=msgspec.json.encode(list(agents)).decode(), shared_host=shared_host,
        admin=admin, made_at=iso(now), used_at=None,
    ))
    return code


def authenticate(conn: Connection, bearer: str | None) -> Device:
    """The device of a secret. Raises Refused 401 (unknown, wrong: one answer, one time) or 403 (revoked)."""
    row = proved(conn, bearer)
    if row.revoked_at is not None:
        raise Refused(403, "revoked", REVOKED, **_order(conn, row, bearer or ""))
    return device_of(conn, row)


def _order(conn: Connection, row: Any, bearer: str) -> dict[str, str]:
    """The order to wipe, if there is one: it can only be made by who knows the secret this console has."""
    if not row.wipe:
        return {}
    server = conn.execute(select(tables.head.c.server)).scalar_one()
    return {"wipe": wire.wipe_order(bearer.removeprefix("Bearer ").strip(), server)}


def proved(conn: Connection, bearer: str | None) -> Any:
    """The row of the device whose secret this is, revoked or not. Raises Refused 401."""
    id, _, token = (bearer or "").removeprefix("Bearer ").strip().partition(".")
    row = conn.execute(_DEVICE, {"device": id}).one_or_none() if forms.is_id(id) else None
    right = codes.same(codes.token_digest(token), _NO_TOKEN if row is None else row.secret)
    if row is None or not right:
        raise Refused(401, "secret", SECRET)
    return row


def device_of(conn: Connection, row: Any) -> Device:
    """A device by its row, with its agents."""
    agents = conn.execute(_AGENTS, {"device": row.id}).all()
    return Device(
        row.id, row.name, row.prefix, row.last_n, row.enrolled_n, row.shared_host,
        {agent.agent: agent.login for agent in agents}, frozenset(agent.agent for agent in agents if agent.admin),
        duty=row.duty,
    )


def enroll(conn: Connection, ask: EnrollAsk, now: datetime, *, duty: bool = False) -> dict[str, Any]:
    """Let a console in: under its own id, or, where another file goes by that one, under a new one. Raises Refused; the
    code is good once more then."""
    c = tables.code
    found = conn.execute(select(c).where(c.c.digest == codes.code_digest(ask.code)).with_for_update()).one_or_none()
    if found is None or found.used_at is not None or not codes.fresh(from_iso(found.made_at), now):
        raise Refused(403, "code", CODE)
    name = _checked(ask)
    named = set(msgspec.json.decode(found.agents, type=list[str]))
    if not found.admin:
        _refuse_others_agents(conn, ask, named)
    d, a = tables.device, tables.device_agent
    known = conn.execute(select(d).where(d.c.id == ask.device).with_for_update()).one_or_none()
    if known is not None and not found.admin:
        before = set(conn.execute(select(a.c.login).where(a.c.device == ask.device)).scalars())
        if before and not before & named:
            raise Refused(403, "agent", AGENT)
    token, lease = codes.new_token(), secrets.token_hex(16)
    values = {
        "name": name, "secret": codes.token_digest(token), "lease": lease, "lease_prev": None, "schema": ask.schema,
        "shared_host": found.shared_host, "last_seen": iso(now), "revoked_at": None, "wipe": False,
        "duty": duty,
    }
    copied = known is not None and _is_copy(conn, known, ask)
    origin = _family(conn, known) if copied else None
    head = conn.execute(select(tables.head).with_for_update()).one()
    values |= {"epoch": head.epoch, "shared_seq": None, "proved_seq": None}
    id = str(uuid7()) if copied else ask.device
    if known is None or copied:
        prefix, past = _prefix(conn), ask.next_n if known is None else min(ask.next_n, known.enrolled_n)
        conn.execute(d.insert().values(id=id, prefix=prefix, last_n=0, enrolled_n=past, origin=origin, **values))
    else:
        prefix = known.prefix
        conn.execute(d.update().where(d.c.id == id).values(**values))
    scopes = granting.of_code(conn, found.digest)
    granting.keep(conn, id, scopes, now)
    conn.execute(a.delete().where(a.c.device == id))
    agents = {agent.id: agent.login for agent in ask.agents}
    if agents:
        conn.execute(a.insert(), [
            {"device": id, "agent": agent, "login": login, "admin": found.admin} for agent, login in agents.items()
        ])
    conn.execute(c.update().where(c.c.digest == found.digest).values(used_at=iso(now)))
    return {
        "server": head.server, "epoch": head.epoch, "device": id, "secret": f"{id}.{token}", "lease": lease,
        "prefix": prefix, "scopes": sorted(scopes),
    }


def _is_copy(conn: Connection, known: Any, ask: EnrollAsk) -> bool:
    """Whether another file goes by that id here: it has a newer lease. To a server that was put back the first one to
    come goes on."""
    epoch = conn.execute(select(tables.head.c.epoch)).scalar_one()
    return ask.lease is not None and known.epoch == epoch and ask.lease not in (known.lease, known.lease_prev)


def _family(conn: Connection, row: Any) -> str:
    """The desk of which all its copies come; it is known to have some from now on."""
    d = tables.device
    origin: str = row.origin or row.id
    conn.execute(d.update().where(d.c.id == origin).values(origin=origin))
    return origin


def fork(conn: Connection, device: Device, ask: ForkAsk, now: datetime) -> dict[str, Any]:
    """Make a copied console a device of its own, with the same agents. Raises Refused."""
    try:
        name = forms.text(ask.name, 200)
    except forms.Unfit:
        raise Refused(400, "invalid", UNFIT) from None
    d, a = tables.device, tables.device_agent
    row = conn.execute(select(d).where(d.c.id == device.id).with_for_update()).one()
    origin = _family(conn, row)
    unused = select(func.count()).select_from(d).where(d.c.origin == origin, d.c.last_n == 0)
    if conn.execute(unused).scalar_one() >= COPIES:
        raise Refused(429, "too_many", TOO_MANY_COPIES, retry_after=3600)
    head = conn.execute(select(tables.head).with_for_update()).one()
    id, token, lease = str(uuid7()), codes.new_token(), secrets.token_hex(16)
    past = min(ask.past, row.enrolled_n - 1)
    conn.execute(d.insert().values(
        id=id, name=name or row.name, secret=codes.token_digest(token), prefix=_prefix(conn),
        last_n=0, enrolled_n=past + 1, lease=lease, lease_prev=None, last_seen=iso(now), schema=ask.schema,
        shared_host=row.shared_host, epoch=head.epoch, origin=origin,
    ))
    agents = conn.execute(select(a).where(a.c.device == device.id)).all()
    if agents:
        conn.execute(a.insert(), [{**agent._mapping, "device": id} for agent in agents])
    granting.copy(conn, device.id, id)
    prefix = conn.execute(select(d.c.prefix).where(d.c.id == id)).scalar_one()
    return {"device": id, "server": head.server, "epoch": head.epoch, "secret": f"{id}.{token}", "lease": lease,
            "prefix": prefix}


def _checked(ask: EnrollAsk) -> str:
    try:
        for id in (ask.device, *(agent.id for agent in ask.agents)):
            forms.ref(id)
        logins = [forms.text(agent.login, 500) for agent in ask.agents]
        if not all(logins) or len(ask.agents) > 1000 or forms.whole(ask.next_n) < 1 or forms.whole(ask.schema) < 1:
            raise forms.Unfit
        return forms.text(ask.name, 200) or ask.device
    except forms.Unfit:
        raise Refused(400, "invalid", UNFIT) from None


def _refuse_others_agents(conn: Connection, ask: EnrollAsk, named: set[str]) -> None:
    """A code that names nobody lets newcomers in, not somebody in the name of an agent the server has."""
    d = tables.doc
    asked = {agent.id: agent.login for agent in ask.agents}
    for row in conn.execute(select(d.c.id, d.c.doc).where(tables.FEW, d.c.entity == "agent")):
        login = msgspec.json.decode(row.doc).get("login")
        if (row.id in asked and (login not in named)) or (login in asked.values() and login not in named):
            raise Refused(403, "agent", AGENT)


def _prefix(conn: Connection) -> int:
    used = set(conn.execute(select(tables.device.c.prefix)).scalars())
    free = [prefix for prefix in PREFIXES if prefix not in used]
    if not free:
        raise Refused(503, "full", FULL)
    if conn.execute(select(func.count()).select_from(tables.epoch)).scalar_one() == 1:
        return free[0]
    # a restored server does not know whom it let in since: the numbers it gave them are not given a second time
    return secrets.choice([prefix for prefix in free if prefix < 1000] or free)


def devices(conn: Connection) -> list[DeviceLine]:
    a, d = tables.device_agent, tables.device
    logins: dict[str, list[str]] = {}
    for row in conn.execute(select(a).order_by(a.c.login)):
        logins.setdefault(row.device, []).append(row.login)
    scopes = granting.slugs_of_all(conn)
    return [
        DeviceLine(
            row.id, row.name, row.prefix, row.last_n, row.schema, tuple(logins.get(row.id, ())), row.shared_host,
            row.last_seen and from_iso(row.last_seen), row.revoked_at and from_iso(row.revoked_at),
            scopes.get(row.id, ()),
        )
        for row in conn.execute(select(d).where(~d.c.duty).order_by(d.c.prefix))
    ]


def open_conflicts(conn: Connection) -> int:
    """How many conflicts somebody has to settle."""
    d = tables.doc
    state = d.c.doc.like('%"state":"open"%')
    query = select(func.count()).select_from(d).where(tables.FEW, d.c.entity == "conflict", state)
    return int(conn.execute(query).scalar_one())
