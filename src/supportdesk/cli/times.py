"""Instants and codes as people type and read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.instants import micros
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

Code = TypeVar("Code", bound=StrEnum)


def now_us(desk: Desk) -> int:
    """The desk's clock in microseconds UTC."""
    return micros(desk.clock())


def zone_of(desk: Desk) -> tzinfo:
    """The agent's zone, in which clock times are said and shown."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(desk.agent.zone)


def clock_of(desk: Desk) -> Callable[[int | None], str]:
    """How instants of a history are written for the agent."""
    return _written(desk, "clock")


def near_of(desk: Desk) -> Callable[[int | None], str]:
    """How instants of a list are written for the agent: minutes when near."""
    return _written(desk, "at")


def _written(desk: Desk, form: str) -> Callable[[int | None], str]:
    """One of the forms of clock_words; zones are read when the first instant is written."""
    now = now_us(desk)

    @cache
    def zone() -> tzinfo:
        return zone_of(desk)

    def written(at_us: int | None) -> str:
        from supportdesk.desk import clock_words

        text: str = getattr(clock_words, form)(at_us, now, zone())
        return text

    return written


def instant_of(desk: Desk, text: str, field: str) -> datetime:
    """The future instant an agent typed. Raises Invalid with the forms that are understood."""
    from supportdesk.rules.whenever import parse_when

    return _understood(parse_when(text, desk.clock(), zone_of(desk)), text, field, _(
        "{text} is no time to come. Give minutes (30), a clock time (14:30), or a day and time "
        "(tomorrow 9:00, 2026-12-24 09:00)."))


def since_of(desk: Desk, text: str, field: str) -> datetime:
    """The past instant an agent typed. Raises Invalid with the forms that are understood."""
    from supportdesk.rules.whenever import parse_since

    return _understood(parse_since(text, desk.clock(), zone_of(desk)), text, field, _(
        "{text} is no time that has passed. Give minutes ago (20), a clock time (13:40), or a day and time "
        "(2026-12-24 09:00)."))


def following_of(desk: Desk, text: str, since: datetime, field: str) -> datetime:
    """The instant an agent typed as the end of something that began at ``since``. Raises Invalid."""
    from supportdesk.rules.whenever import parse_when

    return _understood(parse_when(text, since, zone_of(desk)), text, field, _(
        "{text} is no time after its beginning. Give a clock time (14:30) or a day and time (2026-12-24 09:00)."))


def _understood(at: datetime | None, text: str, field: str, otherwise: str) -> datetime:
    if at is None:
        raise Invalid(otherwise.format(text=safe(text)), field=field)
    return at


def priority_now(desk: Desk, ticket: UUID) -> str:
    """A ticket's priority as it is now, raised by the time its caller needs it by."""
    from supportdesk.store.views.listing import lines_of

    return lines_of(desk.reader, [ticket])[0].priority_at(now_us(desk))


def window_of(desk: Desk, needed_by: str, needed_for: str) -> dict[str, datetime | str]:
    """The time window an agent typed, as fields of a ticket. Raises Invalid."""
    if not needed_by:
        if needed_for:
            raise Invalid(_("{option} needs --needed-by: say when.").format(option="--needed-for"), field="needed_for")
        return {}
    window: dict[str, datetime | str] = {"needed_by": instant_of(desk, needed_by, "needed_by")}
    return window | ({"needed_for": needed_for} if needed_for else {})


def moment_of(desk: Desk, text: str, field: str) -> datetime:
    """An instant that may have passed; a clock time alone is the last time the clock said so. Raises Invalid."""
    from supportdesk.rules.whenever import parse_when

    at = parse_when(text, desk.clock(), zone_of(desk)) if "-" in text else None
    return at or since_of(desk, text, field)


def code_of(codes: type[Code], text: str, field: str) -> Code:
    """One of the trade's codes. Raises Invalid naming those there are."""
    try:
        return codes(text)
    except ValueError:
        raise Invalid(
            _("{field} is one of {allowed}.").format(field=field, allowed=", ".join(codes)), field=field
        ) from None
