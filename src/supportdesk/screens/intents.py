"""What a screen wants done: a verb of the desk by its name, loaded in the writing thread (it needs SQLModel)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

Intent = Callable[["Desk"], Any]


def to(verb: str, *args: Any, **named: Any) -> Intent:
    """The intent to say a verb: ``to("tickets.take", [id])`` is ``supportdesk.desk.tickets.take(desk, [id])``."""
    module, _dot, name = verb.partition(".")

    def say(desk: Desk) -> Any:
        return getattr(import_module(f"supportdesk.desk.{module}"), name)(desk, *args, **named)

    return say
