"""Who may write what: the verb table, the roles on the server's own rows, the agents of the device (DESIGN.md 5).

A crafted push can do nothing that a screen cannot. Refusals never say whether somebody else's record exists.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from supportdesk.i18n import N_
from supportdesk.server.forms import SETS, is_computed
from supportdesk.server.reading import NOT_AN_ENTRY, Pairs
from supportdesk.server.shapes import Device, EntryIn
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.verbs import DUTIES, VERBS, granted, may_settle

NOT_YOURS = N_("This agent does not work at this console.")
NO_AUTHOR = N_("Only an import has no author.")
NO_RIGHT = N_("Your roles do not include this. Ask an admin for it.")
NOT_BY_THIS = N_("This kind of work does not change that.")
OTHER_AUTHOR = N_("It is signed by somebody else.")
JOINED = N_("The server has this record already; it stays as it is there.")
SITE_LEFT = N_("The server knows this agent already; the site stays as it is there.")
ROLES_LEFT = N_("Roles are given by an admin of the server; the rest was taken.")
BY_CLOCK = N_("Only the server's own duties do this.")
PASSED = N_("Somebody was first.")

PAST = frozenset({"administer", "import_records"})
"""What a desk did to itself before it knew the server: taken with its past, rights left out."""

ADMIN = "admin"
SITE = "site_id"
NEWCOMER = ["agent"]
_EVERY = frozenset(VERBS)
_NONE: frozenset[str] = frozenset()
_RIGHTS = {"agent": "roles", "role": "verbs"}
SIGNED = {
    "note": "agent_id", "contact": "agent_id", "identity_check": "agent_id", "article_use": "agent_id",
    "saved_view": "agent_id", "shift": "agent_id", "handoff": "offered_by_id",
}
"""Who did it, on rows that say so themselves: set when they are made, by nobody but the author."""

Row = Mapping[str, Any]


class Denied(Exception):
    """The entry is refused; ``reason`` is a message id, ``field`` what it is about."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Access:
    """The rights of one device's agents during one push. ``find(id)`` gives the server's agent or None, ``roles()``
    all its roles; :meth:`changed` is told when one of them was written meanwhile."""

    def __init__(self, device: Device, find: Callable[[str], Row | None], roles: Callable[[], Iterable[Row]]) -> None:
        self._device = device
        self._find = find
        self._roles = roles
        self._verbs: dict[str, frozenset[str]] = {}

    def changed(self) -> None:
        """An agent or a role was written: what is known of rights is read again."""
        self._verbs.clear()

    def verbs(self, agent: str) -> frozenset[str]:
        """What an agent may do by the server's rows."""
        known = self._verbs.get(agent)
        if known is None:
            known = self._verbs[agent] = self._read(agent)
        return known

    def _read(self, agent: str) -> frozenset[str]:
        row = self._find(agent)
        if row is None:
            return _EVERY if agent in self._device.admins else _NONE
        if row.get("retired_at") is not None:
            return _NONE
        own = set(row.get("roles") or ())
        return granted(frozenset(
            verb for role in self._roles() if role.get("slug") in own and role.get("retired_at") is None
            for verb in role.get("verbs") or ()
        ))

    def check(self, entry: EntryIn, pairs: Pairs) -> None:
        """Raise Denied unless the author may write these fields by this verb."""
        past = entry.n < self._device.enrolled_n and entry.verb in PAST
        self._author(entry, past)
        self._written(entry, pairs)
        if entry.verb == "resolve_conflict" and entry.agent is not None:
            verbs = self.verbs(entry.agent)
            if entry.kind == "create" or not all(
                entry.entity == "conflict" or may_settle(verbs, entry.entity, name) for name in pairs
            ):
                raise Denied(NO_RIGHT)
        signed = SIGNED.get(entry.entity)
        if signed is not None and signed in pairs and entry.verb != "import_records":
            signer = pairs[signed][1]
            if entry.kind != "create" or (signer is not None and signer != entry.agent):
                raise Denied(OTHER_AUTHOR, signed)

    def _author(self, entry: EntryIn, past: bool) -> None:
        agent = entry.agent
        if entry.verb in DUTIES:
            alone = entry.n < self._device.enrolled_n  # before it knew the server, the desk did them itself
            if agent is not None or not (self._device.duty or alone):
                raise Denied(BY_CLOCK)
            return
        if is_computed(entry.id):
            raise Denied(NOT_AN_ENTRY)
        if agent is None:
            if entry.verb != "import_records" and not past:
                raise Denied(NO_AUTHOR)
            if not past and not any(entry.verb in self.verbs(own) for own in self._device.agents):
                raise Denied(NO_RIGHT)
            return
        if agent not in self._device.agents and not (self._device.shared_host and self._find(agent) is not None):
            raise Denied(NOT_YOURS)
        if not past and entry.verb not in self.verbs(agent):
            raise Denied(NO_RIGHT)

    def by_admin(self, entry: EntryIn) -> bool:
        """Whether an admin of the server stands behind it. A desk makes itself without an author: then behind the code
        that let it in."""
        if entry.agent is None:
            return entry.verb == "administer" and bool(self._device.admins)
        return "administer" in self.verbs(entry.agent)

    @staticmethod
    def _written(entry: EntryIn, pairs: Pairs) -> None:
        writes = VERBS[entry.verb].writes
        if entry.entity not in writes:
            raise Denied(NOT_BY_THIS)
        allowed = writes[entry.entity]
        if entry.entity == "caller" and "erased_at" in pairs and entry.verb != "erase":
            raise Denied(NOT_BY_THIS, "erased_at")
        if not allowed:
            return
        if entry.kind == "create":
            raise Denied(NOT_BY_THIS)
        for name in pairs:
            if name not in allowed and name in ENTITIES[entry.entity].by_name:  # another comes with a newer version
                raise Denied(NOT_BY_THIS, name)

    def check_seen(self, entry: EntryIn, row: Row, pairs: Pairs) -> None:
        """Raise Denied unless what a duty changes still holds what it saw: a person's work goes before it."""
        if self._device.duty and entry.kind == "set" and any(row.get(name) != old for name, (old, _) in pairs.items()):
            raise Denied(PASSED)

    @staticmethod
    def check_row(entry: EntryIn, row: Row, pairs: Pairs) -> None:
        """Raise Denied unless the author may change this row: a note is its author's to withdraw, nobody's to edit."""
        if entry.entity == "note" and entry.kind != "create" and entry.verb != "import_records":
            if "text" in pairs:
                raise Denied(NOT_BY_THIS, "text")
            if "withdrawn_at" in pairs and row.get("agent_id") != entry.agent:
                raise Denied(OTHER_AUTHOR, "withdrawn_at")

    def effective(self, entry: EntryIn, pairs: Pairs, row: Row | None, *, others: bool) -> tuple[Pairs, str | None]:
        """The fields that take effect on ``row`` (None: there is none yet), and why not all do: roles and what a role
        may are given by admins only; the past of a desk adds rows, but changes none that ``others`` wrote; and a
        colleague let in at two desks stays at the site of the first: each desk names its own, unasked. Raises
        Denied."""
        new = row is None
        if others and entry.verb in PAST and (entry.agent is None or entry.verb not in self.verbs(entry.agent)):
            if entry.kind != "create":
                raise Denied(NO_RIGHT)
            return {}, JOINED
        name = _RIGHTS.get(entry.entity)
        if name is None:
            return pairs, None
        if self.by_admin(entry):
            stands = row.get(SITE) if row is not None and entry.entity == "agent" and entry.kind == "create" else None
            if stands is not None and pairs.get(SITE, [None, stands])[1] != stands:
                return {field: pair for field, pair in pairs.items() if field != SITE}, SITE_LEFT
            if new and entry.entity_id in self._device.admins and entry.entity == "agent":
                roles = {*((pairs.get(name) or [None, None])[1] or ()), ADMIN}
                return {**pairs, name: [None, sorted(roles)]}, None
            return pairs, None
        rest = {field: pair for field, pair in pairs.items() if field != name}
        if new and entry.entity == "agent":
            reason = None if pairs.get(name, [None, NEWCOMER])[1] == NEWCOMER else ROLES_LEFT
            return {**rest, name: [None, NEWCOMER]}, reason
        return rest, ROLES_LEFT if name in pairs else None


assert all(field in SETS[entity] for entity, field in _RIGHTS.items())
