"""What becomes of a field that two sites changed without knowing of each other (DESIGN.md 3; field/sync.md 2.5).

Pure: the server asks for every field of every entry it takes, in its own order; nothing here looks at a clock.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from supportdesk.terms.codes import EntryKind, Merge, Status

ENDED = frozenset({Status.SOLVED.value, Status.CLOSED.value, Status.CANCELLED.value})


class Verdict(StrEnum):
    """What the person who wrote the field is told."""

    TAKEN = "taken"
    SAME = "same"  # it held that already
    OFFERED = "offered"  # the other value stands, this one is kept beside it: somebody has to choose
    DECIDED = "decided"  # the rule chose between the two; both are kept for reading


class Stamp(NamedTuple):
    """Who wrote a field last: the server's number of that entry, and the device. ``former`` is the number it had in
    an order that was lost with a server's disk, 0 if it never had one."""

    seq: int
    device: str
    former: int = 0


class Merged(NamedTuple):
    """The value that stands, and why."""

    value: Any
    verdict: Verdict


def overtaken(stamp: Stamp | None, base: int, device: str) -> bool:
    """Whether somebody else wrote the field after what the author saw (``base``: the revision of the row then)."""
    return stamp is not None and stamp.seq > base and stamp.device != device


class Former(NamedTuple):
    """An entry that comes again to a restored server: its number in the order that was lost (0: it had none), and up
    to where that order was this server's."""

    number: int
    shared: int


FRESH = Former(0, 0)
"""An entry that comes for the first time."""


def standing(stamp: Stamp | None, former: Former) -> bool | None:
    """Which of two writings of a field was the later one in the order that was lost: True the one that stands here
    now. None when that order says nothing: one of the two is no part of it."""
    if stamp is None or not former.number or stamp.seq <= former.shared or not stamp.former:
        return None
    return stamp.former > former.number


def merge(merge_class: Merge, name: str, stands: Any, wanted: Any, *, overtaken: bool) -> Merged:
    """One field that is set. ``stands`` and ``wanted`` in wire form; ``overtaken`` as :func:`overtaken` says."""
    if wanted == stands:
        return Merged(stands, Verdict.SAME)
    if not overtaken:
        return Merged(wanted, Verdict.TAKEN)
    if name == "status" and (stands in ENDED) != (wanted in ENDED):
        return Merged(wanted if stands in ENDED else stands, Verdict.DECIDED)  # who still works on it is right
    match merge_class:
        case Merge.MORE_URGENT:
            return Merged(_more_urgent(stands, wanted), Verdict.DECIDED)
        case Merge.FIRST_HOLDS:
            return Merged(stands, Verdict.DECIDED)
        case Merge.APPEND | Merge.SET:
            return Merged(wanted, Verdict.TAKEN)
        case _:
            return Merged(stands, Verdict.OFFERED)


def merge_members(stands: Iterable[Any] | None, members: Iterable[Any], kind: EntryKind) -> list[Any]:
    """A set after members were added or removed: never a conflict, whoever did what in between."""
    have, moved = set(stands or ()), set(members)
    return sorted(have - moved if kind is EntryKind.REMOVE else have | moved)


def merge_set(stands: Iterable[Any] | None, seen: Iterable[Any] | None, wanted: Iterable[Any] | None) -> list[Any]:
    """A set that was written whole: what its author put in and took out of the one he had ``seen``, by member."""
    have, before, after = set(stands or ()), set(seen or ()), set(wanted or ())
    return sorted((have - (before - after)) | (after - before))


def _more_urgent(one: Any, other: Any) -> Any:
    """The smaller code (P1 before P2, 1 before 4); a value that is there before none."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
