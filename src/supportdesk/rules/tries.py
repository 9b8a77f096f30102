"""When somebody who was not reached is called again, and when one may give up (issue "Promises": next try, "not
reached").

A busy line is tried again after 10 minutes, one that nobody answers after an hour, a voicemail after four: the person
may ring first. Two tries a day are enough: the third is made on another day. All of it falls into the hours of the
person called. After three tries on two days the case may be closed as not reached.

Instants are microseconds UTC; days are those of the zone of the person called.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from supportdesk.rules.business_time import Hours, NeverOpen
from supportdesk.rules.calendars import Time
from supportdesk.terms.codes import Outcome

MINUTE_US = 60_000_000
WEEK_US = 7 * 24 * 60 * MINUTE_US

AGAIN_AFTER: Mapping[Outcome, int] = {
    Outcome.BUSY: 10 * MINUTE_US, Outcome.NO_ANSWER: 60 * MINUTE_US, Outcome.NOT_REACHED: 60 * MINUTE_US,
    Outcome.CUT_OFF: 5 * MINUTE_US, Outcome.VOICEMAIL_LEFT: 240 * MINUTE_US,
}
"""After which another try is worth it. A wrong number is not called again: somebody has to find the right one."""

TRIES = 3
ON_DAYS = 2
A_DAY = 2
"""Tries made on one day; whoever is called more often feels hunted."""

OFFICE = Hours(ZoneInfo("UTC"), (((8 * 3_600, 18 * 3_600),),) * 5 + ((), ()))
"""Hours of somebody about whom nothing is known and whose desk wrote no calendar: Monday to Friday, 8 to 18."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tried(NamedTuple):
    """How often and on how many days somebody was not reached."""

    times: int
    days: int

    @property
    def enough(self) -> bool:
        """Whether the case may be closed as not reached."""
        return self.times >= TRIES and self.days >= ON_DAYS


def tried(tries: Sequence[int], zone: ZoneInfo) -> Tried:
    """What ``tries``, the instants of the attempts since the person was last reached, come to."""
    return Tried(len(tries), len({_local(at, zone).date() for at in tries}))


def next_try(outcome: Outcome, tries: Sequence[int], hours: Time, zone: ZoneInfo, now_us: int) -> int | None:
    """When to call again after an attempt that ended so; ``tries`` hold it too. None after a wrong number."""
    after = AGAIN_AFTER.get(outcome)
    if after is None:
        return None
    at = now_us + after
    today = _local(now_us, zone).date()
    if sum(_local(one, zone).date() == today for one in tries) >= A_DAY:
        morning = datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC)
        at = max(at, (morning - _EPOCH) // timedelta(microseconds=1))
    try:
        return hours.next_open(at)
    except NeverOpen:
        return at


def always_open(hours: Time, now_us: int) -> bool:
    """Whether these hours never close: a contract around the clock does not say when the customer wants a call."""
    return hours.between(now_us, now_us + WEEK_US) == WEEK_US


def _local(at_us: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone)
