"""Setting up: agents, teams, sites, products, components, roles; an admin's verb."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid
from supportdesk.terms.tables import Form
from supportdesk.terms.verbs import VERBS

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

KEY = {"agent": "login", "team": "slug", "site": "slug", "product": "slug", "component": "slug", "role": "slug",
       "level": "slug", "calendar": "slug", "identity_method": "slug", "matrix": "slug"}
"""The natural key people type; plain indexes, doubles are doctor's business (DESIGN.md 3)."""


def save(desk: "Desk", entity: str, values: Mapping[str, Any], id: UUID | None = None, *,
         seen: Mapping[str, Any] | None = None) -> UUID:
    """Add a row of the desk's own set-up (its key must be free), or correct ``id``. Raises Invalid, Changed."""
    key = KEY[entity]
    fields = ENTITIES[entity].by_name
    for name, value in values.items():
        if name not in fields:
            raise Invalid(_("There is no field {field}.").format(field=name), field=name)
        if isinstance(value, str) and (len(value) > 500 or "\x00" in value):
            raise Invalid(_("{field} cannot be used as given.").format(field=name), field=name)
        if fields[name].form is Form.INT and isinstance(value, int) and name == "level" and not 0 <= value <= 4:
            raise Invalid(_("A level is 0 to 4."), field=name)
    if entity == "role":
        unknown = set(values.get("verbs") or ()) - set(VERBS)
        if unknown:
            raise Invalid(_("There is no verb {verb}.").format(verb=sorted(unknown)[0]), field="verbs")
    with desk.journal.action("administer", desk.who) as act:
        if id is not None:
            act.set(entity, id, values, seen=seen)
            return id
        wanted = str(values.get(key) or "").strip()
        if not wanted:
            raise Invalid(_("{field} is needed.").format(field=key), field=key)
        taken = act.conn.execute(
            f"SELECT 1 FROM {entity} WHERE {key} = ? AND retired_at IS NULL", (wanted,)
        ).fetchone()
        if taken:
            raise Invalid(_("{name} is there already; edit it instead.").format(name=wanted), field=key, code="exists")
        return act.create(entity, {**values, key: wanted})
