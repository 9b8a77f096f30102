"""Errors a person may meet, one tree. Each carries a stable code; its sentence is made by the caller in his language.

``message`` is already translated text with the cure in it; ``code`` is for machines (``--json``)."""

from datetime import datetime

NEWER = "newer"
"""Code of the NotReady that only a newer program cures."""


class DeskError(Exception):
    """Refused or failed: nothing was changed. Exit code 1."""

    code = "refused"
    exit_code = 1

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class Invalid(DeskError):
    """A value that cannot be used; ``field`` names it."""

    code = "invalid"


class NotFound(DeskError):
    code = "not_found"


class Ambiguous(DeskError):
    """Several records fit; the person has to choose."""

    code = "ambiguous"


class NotPermitted(DeskError):
    """The agent's roles do not hold the verb."""

    code = "not_permitted"
    exit_code = 3


class NotReady(DeskError):
    """The database cannot be used as it is (missing, newer, read-only, network file system)."""

    code = "not_ready"
    exit_code = 3


class NotUndoable(DeskError):
    code = "not_undoable"


class Changed(DeskError):
    """A field no longer holds what its author had seen: nothing was written, he chooses.

    ``seen`` is what he saw, ``theirs`` what stands there now, set ``by`` (login or None) at
    instant ``at`` (UTC, aware)."""

    code = "changed"

    def __init__(self, field: str, seen: object, theirs: object, by: str | None, at: datetime | None) -> None:
        super().__init__(f"{field} was changed meanwhile", field=field)
        self.seen = seen
        self.theirs = theirs
        self.by = by
        self.at = at
