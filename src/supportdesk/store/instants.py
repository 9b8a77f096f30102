"""Instants as the database holds them: microseconds UTC since 1970. Apart, because every reading command needs it."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Microseconds UTC of an aware datetime; a naive one is refused (law 5)."""
    if instant.tzinfo is None:
        raise ValueError("naive datetime: an instant needs a zone")
    return (instant - EPOCH) // _MICRO


def instant(us: int) -> datetime:
    """Aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)
