"""The documents of one push while its entries are merged into them, field by field (rules/merge.py).

Nothing here reads or writes a database. A place in the server's order is not known yet: fields written now are marked
with the ordinal of their entry within the push (0, 1, ...) and get their seq when all is decided.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec

from supportdesk.rules.merge import (
    FRESH,
    Former,
    Merged,
    Stamp,
    Verdict,
    merge,
    merge_members,
    merge_set,
    overtaken,
    standing,
)
from supportdesk.rules.schema import row_now
from supportdesk.server.forms import SETS
from supportdesk.server.reading import Pairs
from supportdesk.server.shapes import EntryIn
from supportdesk.terms.codes import ConflictState, EntryKind, Merge
from supportdesk.terms.entities import ENTITIES

CONFLICT = "conflict"
MADE = "*"
"""In a document's field revisions: its making, for every field that held a value then and was not written since."""

_CONFLICTS = UUID("0d6f3f0c-9d0d-5d0c-8a39-7f3cf7c2b6d4")
_CLASS = {name: {f.name: f.merge for f in e.fields} for name, e in ENTITIES.items()}
_MOVES = frozenset({EntryKind.ADD.value, EntryKind.REMOVE.value})
_encode = msgspec.json.Encoder(order="sorted").encode
_decode_values = msgspec.json.Decoder(dict[str, Any]).decode
_decode_stamps = msgspec.json.Decoder(dict[str, list[Any]]).decode


class Doc:
    """A shared row at the server. ``values`` holds no empty ones. ``ordinal`` is that of the last entry of this push
    that changed it (None: none did), ``made`` that of its making here, ``written`` those of its fields."""

    __slots__ = ("_stamps", "_values", "entity", "former", "id", "made", "ordinal", "rev", "stored", "written")

    def __init__(self, id: str, entity: str, rev: int = 0, stored: tuple[str, str] | None = None) -> None:
        self.id = id
        self.entity = entity
        self.rev = rev
        self.stored = stored  # frev and doc as they are in the table; None for a row that is new
        self.ordinal: int | None = None
        self.made: int | None = None
        self.written: dict[str, int] = {}
        self.former: dict[str, int] = {}  # numbers that writings of this push had in an order that was lost
        self._stamps: dict[str, list[Any]] | None = None if stored else {}
        self._values: dict[str, Any] | None = None if stored else {}

    @property
    def exists(self) -> bool:
        return self.stored is not None or self.made is not None

    @property
    def values(self) -> dict[str, Any]:
        if self._values is None:
            assert self.stored is not None
            self._values = row_now(self.entity, _decode_values(self.stored[1]))
        return self._values

    @property
    def stamps(self) -> dict[str, list[Any]]:
        if self._stamps is None:
            assert self.stored is not None
            self._stamps = row_now(self.entity, _decode_stamps(self.stored[0]))
        return self._stamps

    def stamp(self, name: str) -> Stamp | None:
        """Who wrote a field last before this push; None if nobody did, or this push."""
        if name in self.written or self.made is not None:
            return None
        found = self.stamps.get(name)
        if found is None and name in self.values:
            found = self.stamps.get(MADE)
        return None if found is None else Stamp(*found)

    def written_by_others(self, device: str) -> bool:
        """Whether any of it was written at another console."""
        return self.rev > 0 and any(stamp[1] != device for stamp in self.stamps.values())

    def make(self, values: dict[str, Any], ordinal: int, former: int = 0) -> None:
        self._values = values
        self.made = self.ordinal = ordinal
        if former:
            self.former[MADE] = former

    def write(self, name: str, value: Any, ordinal: int, former: int = 0) -> None:
        if value is None or value == []:
            self.values.pop(name, None)
        else:
            self.values[name] = value
        self.written[name] = self.ordinal = ordinal
        if former:
            self.former[name] = former

    def scrub(self, values: dict[str, Any], ordinal: int) -> None:
        """Leave ``values`` only. Nobody wrote them, so no field has a new author and nobody is overtaken."""
        self._values = values
        self.ordinal = ordinal if self.ordinal is None else max(ordinal, self.ordinal)

    def text(self) -> str:
        """Its values as they are stored and sent: the same bytes for the same values."""
        return _encode(self.values).decode()

    def frev(self, first: int, device: str) -> str:
        """The field revisions, when the entry of ordinal 0 has become seq ``first``."""
        if self.made is not None and not self.written and not self.former:
            return f'{{"{MADE}":[{first + self.made},"{device}"]}}'
        stamps = self.stamps | {name: [first + ordinal, device] for name, ordinal in self.written.items()}
        if self.made is not None:
            stamps[MADE] = [first + self.made, device]
        for name, number in self.former.items():
            stamps[name].append(number)
        return _encode(stamps).decode()


class Clash(NamedTuple):
    """Two values of one field. ``stamp`` tells who wrote the one that stood, ``won`` that the new one stands now."""

    doc: Doc
    field: str
    stood: Any
    wanted: Any
    stamp: Stamp
    won: bool
    state: ConflictState

    def id(self, device: str) -> str:
        """The same for all that one device says against one writing of a field: its last word counts."""
        return str(uuid5(_CONFLICTS, f"{self.doc.id}/{self.field}/{device}/{self.stamp.seq}"))


def apply(doc: Doc, entry: EntryIn, pairs: Pairs, ordinal: int, device: str, former: Former = FRESH,
          seen: Callable[[Stamp], bool] = lambda _stamp: False) -> list[Clash]:
    """Merge one entry into its document; what could not simply be taken comes back. ``seen(stamp)``: another device
    wrote it, and yet this one is right that wrote something else."""
    create = entry.kind == "create"
    if create and not doc.exists:
        doc.make({name: pair[1] for name, pair in pairs.items() if pair[1] is not None}, ordinal, former.number)
        return []
    clashes = []
    base = 0 if create else entry.base
    classes, sets, moves = _CLASS[doc.entity], SETS[doc.entity], entry.kind in _MOVES
    for name, (old, new) in pairs.items():
        stands = doc.values.get(name)
        if moves or name in sets:
            members = _members(entry.kind, stands, old, new)
            if members != (stands or []):
                doc.write(name, members, ordinal, former.number)
            continue
        stamp = doc.stamp(name)
        later = standing(stamp, former)
        if later:
            continue
        late = later is None and overtaken(stamp, base, device)
        late = late and stamp is not None and not seen(stamp)
        merged = merge(classes.get(name, Merge.OFFER), name, stands, new, overtaken=late)
        if merged.value != stands:
            doc.write(name, merged.value, ordinal, former.number)
        if stamp is not None and merged.verdict in (Verdict.OFFERED, Verdict.DECIDED):
            clashes.append(_clash(doc, name, stands, new, stamp, merged, classes.get(name, Merge.OFFER)))
    return clashes


def _members(kind: str, stands: Any, old: Any, new: Any) -> list[Any]:
    match kind:
        case "set":
            return merge_set(stands, old, new)
        case "remove":
            return merge_members(stands, old, EntryKind.REMOVE)
        case _:
            return merge_members(stands, new or (), EntryKind.ADD)


def _clash(doc: Doc, name: str, stands: Any, wanted: Any, stamp: Stamp, merged: Merged, merge_class: Merge) -> Clash:
    by_rule = merged.verdict is Verdict.DECIDED and merge_class is not Merge.FIRST_HOLDS
    state = ConflictState.AUTO if by_rule else ConflictState.OPEN
    return Clash(doc, name, stands, wanted, stamp, merged.value == wanted, state)


class Author(NamedTuple):
    """Who wrote a value, by the entry: the agent's login (or an import's author), and when it happened."""

    by: str | None
    at: str | None


def conflict_values(clash: Clash, entry: EntryIn, theirs: Author, mine: Author) -> dict[str, Any]:
    """The values of a conflict row."""
    kept, offered = (clash.wanted, clash.stood) if clash.won else (clash.stood, clash.wanted)
    kept_by, offered_by = (mine, theirs) if clash.won else (theirs, mine)
    values = {
        "entity": clash.doc.entity, "row_id": clash.doc.id, "ticket_id": ticket_of(clash.doc), "field": clash.field,
        "kept": kept, "kept_by": kept_by.by, "kept_at": kept_by.at, "offered": offered, "offered_by": offered_by.by,
        "offered_at": offered_by.at, "entry_id": entry.id, "state": clash.state.value,
    }
    return {name: value for name, value in values.items() if value is not None}


def ticket_of(doc: Doc) -> str | None:
    """The ticket a row belongs to, if it belongs to one."""
    if doc.entity == "ticket":
        return doc.id
    values = doc.values
    found = values.get("ticket_id") or values.get("from_id") or next(iter(values.get("tickets") or ()), None)
    return None if found is None else str(found)
