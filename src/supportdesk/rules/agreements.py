"""What a contract promises, as it is kept: versions by date, each whole (docs/formats.md, Contracts).

A contract that follows standard terms holds them whole as well, with the list of what was negotiated otherwise: whoever
holds the contract needs nothing else to judge a promise by it. What a newer program wrote and this one does not know is
passed over.

Amounts are seconds of the calendar's business time, instants microseconds UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from supportdesk.rules.calendars import ALWAYS
from supportdesk.terms.codes import Priority, PromiseKind, Status

LONGEST = 366 * 86_400
"""Seconds: the longest target anybody means."""

STOPPING = (Status.WAITING_CALLER, Status.WAITING_UNTIL)
"""What may stop a customer's clock. Waiting for a vendor never does: the customer has no part in it."""

STOPPED_BY_DEFAULT = frozenset({Status.WAITING_CALLER})

IN_CONTRACTS = (PromiseKind.ANSWER, PromiseKind.UPDATE, PromiseKind.SOLUTION, PromiseKind.ON_SITE)
"""Promises a contract makes; a callback is promised by a person."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised for one priority: seconds by kind; ``calendar`` (an id as text) where it is another than the
    contract's."""

    seconds: Mapping[PromiseKind, int] = field(default_factory=lambda: MappingProxyType({}))
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a contract, from ``since`` on (:data:`supportdesk.rules.calendars.ALWAYS`: from its beginning).

    ``stops`` are the states of a ticket that stop its clocks; ``attempts`` whether a call that did not reach the
    caller keeps an answer promised. ``products`` are ids as text, empty for all; ``incidents`` how many are included.
    ``own`` names what differs from the standard terms the contract follows, as "targets.P1.solution".
    ``joint``, ``supplier``, ``availability`` and ``responsibilities`` are as written, for people."""

    since: int
    calendar: str | None = None
    targets: Mapping[Priority, Target] = field(default_factory=lambda: MappingProxyType({}))
    stops: frozenset[Status] = STOPPED_BY_DEFAULT
    attempts: bool = False
    products: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    key_account: bool = False
    incidents: int | None = None
    weight: int = 0
    joint: Mapping[str, Any] | None = None
    supplier: Mapping[str, Any] | None = None
    availability: tuple[Mapping[str, Any], ...] = ()
    responsibilities: tuple[Mapping[str, Any], ...] = ()
    own: frozenset[str] = frozenset()


def versions(written: object) -> tuple[Terms, ...]:
    """The versions of a contract as kept (JSON), the oldest first; of two from the same instant the later one written
    counts. What cannot be read is left out."""
    found: dict[int, Terms] = {}
    for version in written if isinstance(written, Sequence) and not isinstance(written, str) else ():
        if isinstance(version, Mapping):
            terms = _terms(version)
            found[terms.since] = terms
    return tuple(found[since] for since in sorted(found))


def in_force(of: Sequence[Terms], at: int) -> Terms | None:
    """The version in force at an instant; None before the first."""
    return next((terms for terms in reversed(of) if terms.since <= at), None)


def _terms(version: Mapping[str, Any]) -> Terms:
    targets = version.get("targets")
    stops = version.get("stops")
    since = version.get("since")
    return Terms(
        since=since if isinstance(since, int) else ALWAYS,
        calendar=_text(version.get("calendar")),
        targets=MappingProxyType({
            priority: _target(target) for code, target in (targets if isinstance(targets, Mapping) else {}).items()
            if (priority := Priority.read(code)) is not None and isinstance(target, Mapping)
        }),
        stops=STOPPED_BY_DEFAULT if stops is None else frozenset(s for s in STOPPING if s in stops),
        attempts=version.get("attempts") is True,
        products=_texts(version.get("products")),
        channels=_texts(version.get("channels")),
        languages=_texts(version.get("languages")),
        key_account=version.get("key_account") is True,
        incidents=_whole(version.get("incidents")),
        weight=_whole(version.get("weight")) or 0,
        joint=_object(version.get("joint")),
        supplier=_object(version.get("supplier")),
        availability=_objects(version.get("availability")),
        responsibilities=_objects(version.get("responsibilities")),
        own=frozenset(_texts(version.get("own"))),
    )


def _target(target: Mapping[str, Any]) -> Target:
    seconds = {kind: amount for kind in IN_CONTRACTS if (amount := _whole(target.get(kind))) is not None and amount > 0}
    return Target(MappingProxyType(seconds), _text(target.get("calendar")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list | tuple) else ()


def _object(value: object) -> Mapping[str, Any] | None:
    return MappingProxyType(dict(value)) if isinstance(value, Mapping) else None


def _objects(value: object) -> tuple[Mapping[str, Any], ...]:
    return tuple(dict(each) for each in value if isinstance(each, Mapping)) if isinstance(value, list | tuple) else ()
