"""Old tickets that an admin's window keeps from this desk: brought from the server when somebody asks for one."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from supportdesk.rules.numbers import TypedKind, parse
from supportdesk.store.views.sync import is_windowed

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def brought(desk: Desk, typed: str) -> bool:
    """Whether the ticket of a whole number was brought; it stays from then on. Raises DeskError when the server was
    not reached."""
    if not is_windowed(desk.reader):
        return False
    from supportdesk.sync.client import Client

    read = parse(typed)
    number = read.number if read.kind is TypedKind.NUMBER and read.number else typed.strip()
    with closing(Client(desk.path, clock=desk.clock)) as client:
        return client.ask_ticket(number)
