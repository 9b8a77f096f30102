"""Major incidents: what agents may say at an instant, when the next word is due, and when many callers with one symptom
raise the question whether there is one (field/practice.md 3: five callers or three sites within half an hour).

Instants are microseconds UTC. A site is whoever a caller works for: a customer's branch is an organisation of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

WINDOW_US = 30 * 60_000_000
"""How close together callers have to report one component to be taken for one symptom."""

CALLERS = 5
SITES = 3

FALLBACK = ("en", "fr", "de")
"""Languages a sentence is read in when it was not written in the one wanted; any other comes behind these."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be said. ``language`` is the one it is written in; ``translated``: it is the one that was wanted.

    ``expired``: it was valid until ``valid_until`` and must not be said any more as it is."""

    text: str
    language: str
    translated: bool
    expired: bool
    valid_until: int


def sentence(texts: Mapping[str, str], valid_until: int, language: str | None, now: int) -> Sentence | None:
    """The sentence in ``language``, else in the next best one there is; None when nothing was written. It is valid up
    to and with ``valid_until``."""
    written = {code: text for code, text in texts.items() if text}
    if not written:
        return None
    wanted = next((code for code in (language, *FALLBACK) if code in written), None) or min(written)
    return Sentence(written[wanted], wanted, wanted == language, now > valid_until, valid_until)


class Update(NamedTuple):
    """The next word that was promised about a major incident."""

    due: int
    overdue: bool


def next_update(next_update_at: int | None, ended_at: int | None, now: int) -> Update | None:
    """When the communicator owes the next word, and whether he is late; None once it is over. Due at an instant is
    kept in it."""
    if next_update_at is None or ended_at is not None:
        return None
    return Update(next_update_at, now > next_update_at)


class Report(NamedTuple):
    """One caller's report of a component. ``caller`` and ``site`` are whatever tells them apart; "" for unknown.

    ``hangs``: its ticket hangs on a major incident already."""

    caller: str
    site: str
    at: int
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Symptom:
    """So many report the same within half an hour that somebody has to say whether it is a major incident."""

    callers: int
    sites: int
    since: int
    latest: int

    @property
    def by_sites(self) -> bool:
        """Whether it is asked for the sites, not for the number of callers."""
        return self.callers < CALLERS


def symptom(reports: Iterable[Report], now: int) -> Symptom | None:
    """Whether the reports of one component raise the question now. One whose ticket hangs on a major incident has its
    answer; a caller counts once however often he calls, one nobody knows for himself."""
    recent = [each for each in reports if now - WINDOW_US <= each.at <= now and not each.hangs]
    unknown = sum(not each.caller for each in recent)
    callers = len({each.caller for each in recent if each.caller}) + unknown
    sites = len({each.site for each in recent if each.site})
    if callers < CALLERS and sites < SITES:
        return None
    times = [each.at for each in recent]
    return Symptom(callers, sites, min(times), max(times))
