"""Imports a kill left in the middle are brought to their end by whoever opens the desk next, beside his work."""

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from supportdesk.store import batches
from supportdesk.terms.errors import DeskError

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def end_interrupted(desk: "Desk") -> int:
    """Go on with interrupted imports and withdrawals, in the calling thread; returns how many were ended.

    Loads the writing side only if there are any. What fails is left for the next time: doctor tells of it."""
    ended = 0
    with suppress(DeskError, sqlite3.Error, OSError):
        if batches.unfinished(desk.reader):
            from supportdesk.desk.imports import resume_batches

            ended = resume_batches(desk)
    desk.close_reader()
    return ended
