"""The one clock of the program; tests and the demo bring their own."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)
