"""What a row names: the references by which other rows ride with it, or hang on it (DESIGN.md 5)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form, Scope, View

CONFLICT = "conflict"
NUMBER = "number"
"""What a ticket is called by, in the place of a row it names: so that it is found by its number."""
_MOVES = (Scope.TICKET, Scope.RIDES)
"""Rows that are in some scopes and not in others."""


_LONGEST = 36


class Named(NamedTuple):
    """A row that another one names: its id and its entity."""

    id: str
    entity: str


REFERENCES: dict[str, dict[str, str]] = {
    name: {f.name: f.ref for f in e.fields if f.ref is not None} for name, e in ENTITIES.items()
}
"""Entity -> field -> entity it points to."""

MEMBERS: dict[str, frozenset[str]] = {
    name: frozenset(f.name for f in e.fields if f.form is Form.REFS) for name, e in ENTITIES.items()
}

_CARRYING: dict[str, tuple[tuple[str, str], ...]] = {
    name: tuple((f.name, f.ref) for f in e.fields
                if f.ref is not None and f.view is View.PART and ENTITIES[f.ref].scope in _MOVES)
    for name, e in ENTITIES.items()
}


def rides(entity: str) -> bool:
    """Whether rows of this entity are wherever a row is that names them."""
    return ENTITIES[entity].scope is Scope.RIDES


def moves(entity: str) -> bool:
    return ENTITIES[entity].scope in _MOVES


def ids_of(entity: str, field: str, value: Any) -> Iterator[str]:
    """The ids in a reference's value."""
    if value is None:
        return
    if field in MEMBERS[entity]:
        yield from value
    else:
        yield value


def named_by(entity: str, values: Mapping[str, Any]) -> set[Named]:
    """What a row names by fields that every company with a part in it sees."""
    found = {
        Named(id, ref) for field, ref in _CARRYING[entity] for id in ids_of(entity, field, values.get(field))
    }
    number = values.get("number")
    if entity == "ticket" and number and len(number) <= _LONGEST:
        found.add(Named(number, NUMBER))
    about = values.get("entity")
    if entity == CONFLICT and about in ENTITIES and moves(about) and values.get("row_id"):
        found.add(Named(values["row_id"], about))
    return found
