"""Who is on shift, and to whom a promised callback belongs at an instant (DOMAIN.md: "A promise belongs to somebody at
every moment"; docs/promises-callbacks.md has the rules with examples).

What agents say of their day are facts; presence is derived from them and stored nowhere. The latest fact counts.
Who never said anything is there: a desk without shifts works as it did. A shift nobody ended is over 16 hours after
its start. A callback belongs to whoever promised it while he is there; to his team's list when he is gone, when it
falls due in his break, and when it is five minutes late.

Instants are microseconds UTC.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from supportdesk.terms.codes import ShiftKind

LONGEST_US = 16 * 3_600_000_000
"""A shift that was never ended is over then: two shifts back to back, and nobody works longer by mistake."""

LATE_US = 5 * 60_000_000
"""From here on a callback is the team's, whoever is there (issue "Promises")."""


class Presence(StrEnum):
    UNUSED = "unused"  # never said anything: counts as there
    ON = "on"
    BREAK = "break"
    OFF = "off"


class Fact(NamedTuple):
    """One thing an agent said; ``taken`` are the tickets whose callbacks he took along when he ended."""

    kind: str
    at_us: int
    taken: tuple[UUID, ...] = ()


class Standing(NamedTuple):
    """How an agent stands: since when (None: never said), when his shift began, what he took along. ``left`` is he who
    works here no more."""

    presence: Presence
    since_us: int | None = None
    started_us: int | None = None
    taken: frozenset[UUID] = frozenset()
    forgotten: bool = False  # nobody ended the shift; it was too long
    left: bool = False


class Holder(StrEnum):
    PERSON = "person"
    TEAM = "team"


class Because(StrEnum):
    """Why a callback belongs to whom it belongs."""

    THERE = "there"
    TAKEN_ALONG = "taken_along"
    LATE = "late"
    BREAK = "break"
    SHIFT_OVER = "shift_over"
    LEFT = "left"
    NOBODYS = "nobodys"


class Holding(NamedTuple):
    """To whom a callback belongs, and why; ``since_us`` is when the agent went, or when it was late."""

    holder: Holder
    because: Because
    since_us: int | None = None


def standing(facts: Iterable[Fact], at_us: int, *, left: bool = False) -> Standing:
    """How an agent stands at an instant, by what he said up to it, in the order of time. The latest fact and the
    latest start are enough."""
    if left:
        return Standing(Presence.OFF, left=True)
    said = [fact for fact in facts if fact.at_us <= at_us]
    if not said:
        return Standing(Presence.UNUSED)
    last = said[-1]
    started = next((fact.at_us for fact in reversed(said) if fact.kind == ShiftKind.START), None)
    if last.kind == ShiftKind.END:
        return Standing(Presence.OFF, last.at_us, started, frozenset(last.taken))
    if started is None:  # its start was taken back
        return Standing(Presence.UNUSED)
    if at_us >= started + LONGEST_US:
        return Standing(Presence.OFF, started + LONGEST_US, started, forgotten=True)
    presence = Presence.BREAK if last.kind == ShiftKind.BREAK else Presence.ON
    return Standing(presence, last.at_us, started)


def is_there(who: Standing) -> bool:
    """Whether he works: on shift and in no break, or at a desk without shifts."""
    return who.presence in (Presence.ON, Presence.UNUSED)


def holding(callback_us: int, owner: Standing | None, now_us: int, *, taken: bool = False) -> Holding:
    """To whom a callback promised for ``callback_us`` belongs now. ``owner`` is how its owner stands, None when nobody
    owns it; ``taken``: he took it along when he ended his shift."""
    if owner is None:
        return Holding(Holder.TEAM, Because.NOBODYS)
    if owner.left:
        return Holding(Holder.TEAM, Because.LEFT)
    if owner.presence is Presence.OFF and not taken:
        return Holding(Holder.TEAM, Because.SHIFT_OVER, owner.since_us)
    if now_us >= callback_us + LATE_US:
        return Holding(Holder.TEAM, Because.LATE, callback_us + LATE_US)
    if owner.presence is Presence.BREAK and now_us >= callback_us:
        return Holding(Holder.TEAM, Because.BREAK, owner.since_us)
    if owner.presence is Presence.OFF:
        return Holding(Holder.PERSON, Because.TAKEN_ALONG, owner.since_us)
    return Holding(Holder.PERSON, Because.THERE)


def team_from(owner: Standing) -> int:
    """How much later than promised (microseconds) the callbacks of an owner who is not gone are his team's."""
    return 0 if owner.presence is Presence.BREAK else LATE_US


def colleagues(me: UUID, my_teams: Sequence[UUID], teams_of: Iterable[tuple[UUID, Sequence[UUID]]]) -> set[UUID]:
    """Those whose team's list is mine too, and I."""
    mine = set(my_teams)
    return {me} | {agent for agent, teams in teams_of if not mine.isdisjoint(teams)}
