"""What the console of another company may write: on rows its scopes hold, by the fields they show, naming nothing
that is not there for it. Every refusal of what is not its own is the one for what does not exist (field/trust.md
R25-R32): the desk's own sites are not checked here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from supportdesk.i18n import N_
from supportdesk.server import tables
from supportdesk.server.access import PAST, SIGNED, Denied
from supportdesk.server.naming import REFERENCES, ids_of
from supportdesk.server.parts import MASTER
from supportdesk.server.reading import Pairs, Read
from supportdesk.server.shapes import Device, EntryIn
from supportdesk.server.showing import SEEN, Sight
from supportdesk.server.statements import among
from supportdesk.terms.codes import Audience
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form, Scope, View

NOT_THERE = N_("That record is not there (any more).")
KEPT_BY_OWN = N_("Only the desk's own sites change this.")
NOT_OFFERED = N_("This handoff was offered to another team.")
TEAM_GIVEN = N_("The server's admin says for whom this agent works; the rest was taken.")

_WRITABLE = MASTER & {"article"}
_OF_PEOPLE = ("caller", "organisation", "asset")
_ANSWERS = frozenset({"accept", "return"})

Row = Mapping[str, Any]
Find = Callable[[str], Row | None]


class Guard:
    """The bounds of one push of a console that holds the scopes of ``teams`` only. ``find(id)`` gives an agent's row
    as it is by now, or None."""

    def __init__(self, conn: Connection, device: Device, scopes: frozenset[str], teams: frozenset[str], find: Find,
                 reads: Sequence[Read]) -> None:
        self._conn = conn
        self._device = device
        self._teams = sorted(teams)
        self._find = find
        self._sight = Sight(conn, scopes)
        self._made: set[str] = set()
        self.people: list[str] = []
        self._load(reads)

    def _load(self, reads: Sequence[Read]) -> None:
        ids: set[str] = set(self._teams)
        announced: set[str] = set()
        for read in reads:
            entry = read.entry
            if entry is None or read.pairs is None:
                continue
            ids.add(entry.entity_id)
            if entry.kind == "create":
                announced.add(entry.entity_id)
            for name in REFERENCES[entry.entity].keys() & read.pairs.keys():
                for value in read.pairs[name]:
                    ids.update(ids_of(entry.entity, name, value))
        self._sight.learn(ids)
        d = tables.doc
        self._teams_known: dict[str, dict[str, Any]] = {}
        self._there = {row.id: row.entity for row in among(self._conn, select(d.c.id, d.c.entity), d.c.id, ids)}
        for row in self._conn.execute(select(d.c.id, d.c.doc).where(d.c.id.in_(self._teams))):
            self._teams_known[row.id] = msgspec.json.decode(row.doc)
        self._announced = announced - self._there.keys()

    def sees(self, id: str) -> bool:
        """Whether a row is there for this console."""
        return id in self._made or self._sight.view(id) is not None or self._there.get(id) in MASTER

    def colleague(self, agent: str) -> Row | None:
        """An agent's row, of those who work for this company; anybody else is not there."""
        row = self._find(agent) or self._stored(agent)
        if row is not None and agent not in self._device.agents and (
                set(self._teams).isdisjoint(row.get("teams") or ())):
            return None
        return row

    def _stored(self, agent: str) -> Row | None:
        d = tables.doc
        found = self._conn.execute(select(d.c.doc).where(d.c.id == agent, d.c.entity == "agent")).scalar_one_or_none()
        return None if found is None else msgspec.json.decode(found, type=dict[str, Any])

    def judge(self, entry: EntryIn, pairs: Pairs, row: Row | None) -> tuple[Pairs, str | None]:
        """The fields as they may be taken on ``row`` (None: there is none), and why not all are. Raises Denied."""
        if not self._teams or (row is not None and not self.sees(entry.entity_id)):
            raise Denied(NOT_THERE)
        if entry.entity == "agent" and entry.kind == "create" and self._is_past(entry):
            return self._newcomer(pairs)
        kept = entry.entity in MASTER and entry.entity not in _WRITABLE
        if (kept and not self._ends_with_its_ticket(entry, pairs, row)) or entry.entity in ("agent", "contract"):
            raise Denied(KEPT_BY_OWN)
        pairs = self._of_own_team(entry.entity, pairs)
        signer = (pairs.get(SIGNED.get(entry.entity, "")) or (None, None))[1]
        if signer is not None and not self._works_here(signer):
            raise Denied(NOT_THERE)
        self._fields(entry, pairs, row)
        self._references(entry.entity, pairs)
        if row is None and not self._belongs(entry.entity, {name: pair[1] for name, pair in pairs.items()}):
            raise Denied(NOT_THERE)
        if row is not None and entry.entity == "handoff" and entry.verb in _ANSWERS and (
                row.get("to_team_id") not in self._teams):
            raise Denied(NOT_OFFERED)
        return pairs, None

    def took(self, entry: EntryIn, *, new: bool) -> None:
        """The entry was taken: what it made is there now."""
        if new:
            self._made.add(entry.entity_id)
            if entry.entity in _OF_PEOPLE:
                self.people.append(entry.entity_id)

    def _is_past(self, entry: EntryIn) -> bool:
        return entry.n < self._device.enrolled_n and entry.verb in PAST and entry.entity_id in self._device.agents

    def _newcomer(self, pairs: Pairs) -> tuple[Pairs, str | None]:
        """Somebody the desk brings: he works for the company whose console it is."""
        home = self._teams_known.get(self._teams[0] if self._teams else "", {})
        kept = {name: pair for name, pair in pairs.items() if name in ("login", "name", "languages", "skills", "roles")}
        return kept | {"teams": [None, self._teams], "employer": [None, home.get("employer")]}, TEAM_GIVEN

    def _of_own_team(self, entity: str, pairs: Pairs) -> Pairs:
        """A team that only this console's own file knows stands for the company's team."""
        if not self._teams:
            return pairs
        home, found = self._teams[0], dict(pairs)
        for name, ref in REFERENCES[entity].items():
            if ref == "team" and name in pairs and ENTITIES[entity].by_name[name].form is Form.REF:
                found[name] = [home if id is not None and self._there.get(id) != "team" else id for id in pairs[name]]
        return found

    def _ends_with_its_ticket(self, entry: EntryIn, pairs: Pairs, row: Row | None) -> bool:
        """Whether a major incident is over, or goes on, because its ticket does, which this company works on."""
        return (entry.entity == "major_incident" and entry.kind == "set" and pairs.keys() == {"ended_at"}
                and row is not None and row.get("ticket_id") is not None and self.sees(row["ticket_id"]))

    def _fields(self, entry: EntryIn, pairs: Pairs, row: Row | None) -> None:
        if row is None or entry.entity_id in self._made:  # one's own words about what is new
            return
        if pairs.keys() - SEEN[entry.entity][self._sight.view(entry.entity_id) or View.PART]:
            raise Denied(NOT_THERE)

    def _references(self, entity: str, pairs: Pairs) -> None:
        for name, ref in REFERENCES[entity].items():
            for id in ids_of(entity, name, pairs[name][1]) if name in pairs else ():
                if id in self._announced or (ref == "agent" and id in self._device.agents):
                    continue
                if not self.sees(id) or self._there.get(id, ref) != ref:
                    raise Denied(NOT_THERE)

    def _works_here(self, agent: Any) -> bool:
        row = None if agent is None else self.colleague(agent)
        return row is not None and not set(self._teams).isdisjoint(row.get("teams") or ())

    def _belongs(self, entity: str, values: Row) -> bool:
        """Whether a new row will be in this console's scopes (server/parts has the rule)."""
        here = self._works_here
        match entity:
            case "ticket":
                return values.get("team_id") in self._teams or here(values.get("owner_id")) or (
                    here(values.get("assignee_id")))
            case "contact":
                return bool(values.get("tickets")) or here(values.get("agent_id"))
            case "note":
                return bool(values.get("ticket_id")) and (
                    values.get("audience") == Audience.CALLER or here(values.get("agent_id")))
            case "identity_check" | "article_use":
                return bool(values.get("ticket_id") or values.get("contact_id")) or here(values.get("agent_id"))
            case "handoff":
                between = {values.get("from_team_id"), values.get("to_team_id")}
                return bool(values.get("ticket_id")) and not between.isdisjoint(self._teams)
            case "link":
                return bool(values.get("from_id") and values.get("to_id"))
            case "attachment" | "told" | "outage":
                return bool(values.get("ticket_id"))
            case "saved_view" | "shift":
                return here(values.get("agent_id"))
            case _:
                return ENTITIES[entity].scope in (Scope.RIDES, Scope.ALL)
