"""Which contract covers a call, and why that one (docs/formats.md, "Calendars and contracts").

Several contracts may touch one caller: his organisation's, and those of the integrator in between. Of those that hold
and cover what is asked, one is chosen, in this order: it names the product, before one for all products; his own
organisation's before the integrator's; the higher weight; the shorter solution; the younger; the id. What is not known
yet (product, channel, language) excludes nothing.

Instants are microseconds UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from supportdesk.rules.agreements import Terms, in_force
from supportdesk.terms.codes import Priority, PromiseKind

_NEVER = 2**62


class Why(StrEnum):
    """What made the choice between the contract chosen and the next one."""

    ONLY = "only"  # no other covers it
    PRODUCT = "product"
    OWN = "own"
    WEIGHT = "weight"
    SOLUTION = "solution"
    YOUNGER = "younger"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contract that touches a caller; ``own``: his organisation's, not that of the integrator in between."""

    id: UUID
    own: bool
    valid_from: int | None
    valid_until: int | None
    versions: tuple[Terms, ...]


class Asked(NamedTuple):
    """What is called about, when; None for what is not known."""

    at: int
    product: UUID | None = None
    channel: str | None = None
    language: str | None = None
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """By this contract, for this reason; ``others`` cover it as well, the next best first."""

    contract: UUID
    why: Why
    others: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Default:
    """By no contract: what everybody is promised."""


@dataclass(frozen=True, slots=True)
class NotEntitled:
    """By nothing. ``ended`` is the contract that covered it last, if there was one, and ``at`` when it ended."""

    ended: UUID | None = None
    at: int | None = None


def covering(candidates: Sequence[Candidate], asked: Asked, *, everybody: bool) -> Covered | Default | NotEntitled:
    """Which contract covers a call; ``everybody``: without one there is a promise too."""
    found = sorted((_rank(each, terms, asked), each.id) for each in candidates
                   if (terms := _in_force(each, asked.at)) is not None and _covers(terms, asked))
    if found:
        why = Why.ONLY if len(found) == 1 else _ORDER[_first_difference(found[0][0], found[1][0])]
        return Covered(found[0][1], why, tuple(id for _rank, id in found[1:]))
    if everybody:
        return Default()
    ended = [(each.valid_until, each.id) for each in candidates
             if each.valid_until is not None and each.valid_until <= asked.at
             and (terms := in_force(each.versions, each.valid_until - 1)) is not None and _covers(terms, asked)]
    if not ended:
        return NotEntitled()
    at, last = max(ended)
    return NotEntitled(last, at)


_ORDER = (Why.PRODUCT, Why.OWN, Why.WEIGHT, Why.SOLUTION, Why.YOUNGER, Why.ID)

_Rank = tuple[int, bool, int, int, int]


def _rank(each: Candidate, terms: Terms, asked: Asked) -> _Rank:
    """Smaller is better, in the order of _ORDER."""
    named = 1 if not terms.products else 0 if asked.product is not None else 2
    begun = each.versions[0].since if each.valid_from is None else each.valid_from
    return named, not each.own, -terms.weight, _solution(terms, asked.priority), -begun


def _solution(terms: Terms, priority: Priority | None) -> int:
    """Seconds of the solution promised: for this priority, else the shortest."""
    targets = terms.targets.values() if priority is None else [terms.targets[priority]] if (
        priority in terms.targets) else []
    return min((target.seconds.get(PromiseKind.SOLUTION, _NEVER) for target in targets), default=_NEVER)


def _in_force(each: Candidate, at: int) -> Terms | None:
    if (each.valid_from is not None and at < each.valid_from) or (each.valid_until is not None
                                                                 and at >= each.valid_until):
        return None
    return in_force(each.versions, at)


def _covers(terms: Terms, asked: Asked) -> bool:
    return all(not allowed or given is None or str(given) in allowed for allowed, given in (
        (terms.products, asked.product), (terms.channels, asked.channel), (terms.languages, asked.language)))


def _first_difference(one: _Rank, other: _Rank) -> int:
    return next((place for place, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs),
                len(one))
