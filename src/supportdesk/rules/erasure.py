"""What goes when a person is erased (DESIGN.md 3, field/trust.md R49): the values of personal fields in the rows that
are about him, and his name, mail and numbers wherever else somebody wrote them.

Who did what, when, and in which field stays, and so do times, priorities, status, teams and counts. Everything here
works on values in wire form: the same for a console's rows, its journal, and the server's documents.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from supportdesk.rules.mentions import MARK, Phrase, Word, Words, called, kept, keyed, named, written
from supportdesk.rules.phones import national
from supportdesk.terms.codes import ConflictState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

PERSON, TICKET, CALL = "caller", "ticket", "contact"


class Tie(NamedTuple):
    """``by`` is the field that names a person, a ticket or a call of his (``id``: the row itself is one), ``fields``
    what of the row is then about him."""

    by: str
    kind: str
    fields: frozenset[str]


def _tie(by: str, kind: str, *fields: str) -> Tie:
    return Tie(by, kind, frozenset(fields))


TIES: dict[str, tuple[Tie, ...]] = {
    "caller": (_tie("id", PERSON, "name", "numbers", "mail", "employee_number", "remarks"),),
    "asset": (_tie("caller_id", PERSON, "caller_id"),),
    "contact": (
        _tie("caller_id", PERSON, "number_given", "number", "caller_name", "note"),
        _tie("behalf_id", PERSON, "behalf_name"),
        _tie("tickets", TICKET, "note"),
    ),
    "identity_check": (
        _tie("caller_id", PERSON, "reason"), _tie("contact_id", CALL, "reason"), _tie("ticket_id", TICKET, "reason"),
    ),
    "ticket": (
        _tie("caller_id", PERSON, "caller_name", "caller_number", "title", "description", "solution", "wish",
             "priority_reason", "status_reason", "callback_number", "callback_to", "coverage_reason", "needed_for"),
        _tie("affected_id", PERSON, "affected_name"),
        _tie("approver_id", PERSON, "approver_name"),
    ),
    "note": (_tie("ticket_id", TICKET, "text"),),
    "attachment": (_tie("ticket_id", TICKET, "name", "digest"),),
    "article_use": (_tie("ticket_id", TICKET, "reason"), _tie("contact_id", CALL, "reason")),
    "handoff": (_tie("ticket_id", TICKET, "packet", "reason", "incomplete_reason"),),
    "breach": (_tie("ticket_id", TICKET, "reason"),),
    "told": (_tie("ticket_id", TICKET, "who"),),
    "outage": (_tie("ticket_id", TICKET, "reason"),),
}
"""Which rows are about a person, and what of them. Conflicts follow the field they are about (:func:`settled`)."""

OTHERS: dict[str, frozenset[str]] = {
    "agent": frozenset({"login", "name"}),  # who did it stays
    "organisation": frozenset({"remarks"}),
    "note": frozenset({"author_text"}),  # who wrote it stays
    "conflict": frozenset({"kept", "offered"}),
}
"""Personal fields that are about somebody else: only words of the person go from them, from an agent's not even
these."""

READABLE = frozenset({("caller", "name"), ("ticket", "title"), ("note", "text"), ("attachment", "name")})
"""Where a screen needs something to show, the mark stands; elsewhere nothing."""

NAMELESS = frozenset({
    "agent", "level", "matrix", "calendar", "identity_method", "role", "site", "team", "product", "component",
})
"""Rows nobody writes about a person in: his words are not looked for there."""

_NAMES = {"organisation": {"name"}, "contract": {"name"}, "ticket": {"organisation_name"},
          "conflict": {"kept_by", "offered_by"}}
"""Names of others than persons, and who did it: they stay, even where they hold his."""

_TEXTS = frozenset({Form.TEXT, Form.JSON, Form.SET})

SPOKEN = {
    name: frozenset(f.name for f in entity.fields if f.form in _TEXTS and f.name not in _NAMES.get(name, ()))
    for name, entity in ENTITIES.items() if name not in NAMELESS
}
"""Entity -> fields in which somebody may have written about a person."""

ENDED = frozenset({ConflictState.OPEN.value, ConflictState.AUTO.value})


class Reach:
    """The persons being erased (ids as text), their tickets and their calls, and every row found to be about them:
    ``rows`` maps its id to the fields that go."""

    def __init__(self, persons: Iterable[str]) -> None:
        self.of: dict[str, set[str]] = {PERSON: set(persons), TICKET: set(), CALL: set()}
        self.rows: dict[str, frozenset[str]] = {}

    def meet(self, entity: str, id: str, values: Mapping[str, Any]) -> frozenset[str]:
        """What of a row goes. A ticket or call of theirs is remembered, with all that hangs on it later."""
        gone: frozenset[str] = frozenset()
        for tie in TIES.get(entity, ()):
            named = id if tie.by == "id" else values.get(tie.by)
            if named is None:
                continue
            known = self.of[tie.kind]
            if named in known if isinstance(named, str) else not known.isdisjoint(named):
                gone |= tie.fields
                if tie.by == "caller_id" and entity in (TICKET, CALL):
                    self.of[entity].add(id)
        if gone:
            self.rows[id] = self.rows.get(id, frozenset()) | gone
        return self.rows.get(id, gone)


def scrubbed(entity: str, values: Mapping[str, Any], gone: frozenset[str], words: Words) -> dict[str, Any]:
    """The values of a row, or one side of an entry's, as they may stay. Of a row that is about the person what this
    version does not know goes, too."""
    known = ENTITIES[entity].by_name if entity in ENTITIES else {}
    spoken = SPOKEN.get(entity, frozenset())
    found: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            found[name] = None
        elif name in gone:
            found[name] = MARK if (entity, name) in READABLE else None
        elif name not in known:
            found[name] = None if gone else words.mask_value(value)
        else:
            found[name] = words.mask_value(value) if name in spoken else value
    return found


def settled(values: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    """A conflict's values; where the field it is about is gone there is nothing left to choose."""
    if values.get("field") not in reach.rows.get(str(values.get("row_id")), frozenset()):
        return dict(values)
    state = values.get("state")
    return {**values, "kept": None, "offered": None, "state": ConflictState.KEPT.value if state in ENDED else state}


def row_scrubbed(entity: str, id: str, values: Mapping[str, Any], reach: Reach, words: Words) -> dict[str, Any]:
    """A row as it may stay. Tickets and calls are to be met before what hangs on them, conflicts last."""
    gone = reach.meet(entity, id, values)
    found = scrubbed(entity, values, gone, words)
    return settled(found, reach) if entity == "conflict" else found


def pairs_scrubbed(entity: str, id: str, pairs: Mapping[str, list[Any]], reach: Reach, words: Words, *,
                   there: bool) -> dict[str, list[Any]]:
    """The fields of an entry, [from, to] each, as they may stay. ``there``: its row was met before and decides, so that
    entries and row agree; else the entry says itself whom it is about."""
    after = {name: pair[1] for name, pair in pairs.items()}
    gone = reach.rows.get(id, frozenset()) if there else reach.meet(entity, id, after)
    before = scrubbed(entity, {name: pair[0] for name, pair in pairs.items()}, gone, words)
    after = scrubbed(entity, after, gone, words)
    return {name: [before[name], after[name]] for name in pairs}


def reason_scrubbed(id: str, reason: str | None, reach: Reach, words: Words) -> str | None:
    """An entry's reason: gone with the row it is about."""
    return None if reason is None or id in reach.rows else words.mask(reason)


@dataclass(frozen=True, slots=True)
class Order:
    """One erasure, as it is kept and told: ids, digests and the instant (ISO 8601 with Z), nothing a person said.
    ``id`` is that of the entry it came with and salts the digests, ``persons`` the record that was named and those
    joined with it, ``number`` the server's count (0: no server has it yet)."""

    id: str
    persons: tuple[str, ...]
    words: tuple[Word, ...]
    done_at: str
    number: int = 0

    def told(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {"id": self.id, "number": self.number, "persons": list(self.persons),
                "words": [list(word) for word in self.words], "done_at": self.done_at}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Order":
        return cls(told["id"], tuple(told["persons"]), tuple(Word(*word) for word in told["words"]), told["done_at"],
                   told["number"])

    def holds(self, other: "Order") -> bool:
        """Whether this one, of the same id, takes out all that the other does."""
        return set(other.persons) <= set(self.persons) and set(other.words) <= set(self.words)


def words_of(orders: Iterable[Order]) -> Words:
    """The words of some erasures together."""
    return Words({order.id.encode(): order.words for order in orders})


def ordered(id: str, persons: Iterable[str], person: str, phrases: Iterable[Phrase], done_at: str) -> Order:
    """The erasure of ``person``, with the records joined with his, at an instant (ISO 8601 with Z)."""
    return Order(id, (person, *sorted(set(persons) - {person})), kept(phrases, id.encode()), done_at)


def phrases_of(values: Mapping[str, Any]) -> set[Phrase]:
    """What of a caller's row names him: full name, mail, numbers, employee number."""
    found = named(values.get("name")) | written(values.get("mail")) | keyed(values.get("employee_number"))
    for number in values.get("numbers") or ():
        found |= called(national(number.get("e164") or number.get("text") or ""))
    return found


def phrases_in(pairs: Mapping[str, list[Any]]) -> set[Phrase]:
    """The same of an entry on a caller's row: what he was called before counts, too."""
    return set().union(*(phrases_of({name: pair[side] for name, pair in pairs.items()}) for side in (0, 1)))


def family(merged_into: Mapping[str, str | None], person: str) -> set[str]:
    """A person's row and every row that was joined with it (``merged_into``: row -> the row it became part of)."""
    found = {person}
    while more := {id for id, into in merged_into.items() if into in found} - found:
        found |= more
    return found
