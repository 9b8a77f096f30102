"""Setting up: agents, teams, sites, products, components, roles; an admin's verb."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.places import is_zone
from supportdesk.rules.article import IDENTITY_MATTERS
from supportdesk.rules.phones import is_region
from supportdesk.rules.text import safe
from supportdesk.store.adopt import starter_id
from supportdesk.terms.codes import Employer
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid
from supportdesk.terms.verbs import SAYABLE

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

KEY = {"agent": "login", "team": "slug", "site": "slug", "product": "slug", "component": "slug", "role": "slug",
       "level": "slug", "calendar": "slug", "identity_method": "slug", "matrix": "slug"}
"""The natural key people type; plain indexes, doubles are doctor's business (DESIGN.md 3)."""


def save(desk: "Desk", entity: str, values: Mapping[str, Any], id: UUID | None = None, *,
         seen: Mapping[str, Any] | None = None) -> UUID:
    """Add a row of the desk's own set-up (its key must be free), or correct ``id``. Raises Changed, and Invalid, also
    when nobody could set the desk up any more or a retired agent leaves open tickets behind."""
    from supportdesk.store.staff import keep_in_order

    key = KEY[entity]
    _check(entity, values)
    with desk.journal.action("administer", desk.who) as act:
        if id is not None:
            act.set(entity, id, values, seen=seen)
            if entity in ("agent", "role"):
                keep_in_order(act.conn, act.written("agent"))
            return id
        wanted = str(values.get(key) or "").strip()
        if not wanted:
            raise Invalid(_("{field} is needed.").format(field=key), field=key)
        taken = act.conn.execute(
            f"SELECT 1 FROM {entity} WHERE {key} = ? AND retired_at IS NULL", (wanted,)
        ).fetchone()
        if taken:
            raise Invalid(_("{name} is there already; edit it instead.").format(name=wanted), field=key, code="exists")
        fixed = starter_id(entity, wanted) if entity == "agent" else None
        if fixed is not None and act.find(entity, fixed, key) is not None:
            fixed = None  # the login of somebody who left, or has another now
        return act.create(entity, {**values, key: wanted}, fixed)


def add_agent(desk: "Desk", login: str, values: Mapping[str, Any]) -> UUID:
    """Let a colleague in. What is not given is as it can only be: role agent, the desk's only team, the admin's own
    site. His id is that of his login: on two desks that meet he is one and the same. Raises Invalid."""
    own = desk.reader.execute("SELECT site_id FROM agent WHERE id = ?", (desk.agent.id.bytes,)).fetchone()[0]
    teams = desk.reader.execute("SELECT id FROM team WHERE retired_at IS NULL LIMIT 2").fetchall()
    given: dict[str, Any] = {"login": login, "name": login, "employer": "own", "roles": ("agent",)}
    if own is not None:
        given["site_id"] = UUID(bytes=own)
    if len(teams) == 1:
        given["teams"] = (UUID(bytes=teams[0][0]),)
    return save(desk, "agent", given | dict(values))


def _check(entity: str, values: Mapping[str, Any]) -> None:
    fields = ENTITIES[entity].by_name
    for name, value in values.items():
        if name not in fields:
            raise Invalid(_("There is no field {field}.").format(field=name), field=name)
        for text in value if isinstance(value, list | tuple) else (value,):
            if isinstance(text, str) and (len(text) > 500 or "\x00" in text):
                raise Invalid(_("{field} cannot be used as given.").format(field=name), field=name)
    if values.get("level") is not None and not 0 <= values["level"] <= 4:
        raise Invalid(_("A level is 0 to 4."), field="level")
    if values.get("zone") is not None and not is_zone(values["zone"]):
        raise Invalid(_("There is no zone {zone}. Name one as Europe/Zurich.").format(zone=safe(values["zone"])),
                      field="zone")
    if values.get("region") and not is_region(values["region"]):
        raise Invalid(_("There is no country {region} with telephone numbers. Name one as CH.").format(
            region=safe(values["region"])), field="region")
    for field, allowed in (("employer", tuple(Employer)), ("identity", IDENTITY_MATTERS), ("verbs", SAYABLE)):
        given = values.get(field) or ()
        for one in (given,) if isinstance(given, str) else given:
            if one not in allowed:
                raise Invalid(_("{field} is one of {allowed}.").format(
                    field=field, allowed=", ".join(code for code in allowed if code)), field=field)
