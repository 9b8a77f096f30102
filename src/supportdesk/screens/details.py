"""One detail that can be corrected in place: how it is asked for, and what the answer changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportdesk.desk import choices as offer
from supportdesk.desk.choice import Choice
from supportdesk.desk.fields import field_name
from supportdesk.i18n import _
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.prompt import Answer, Finder, fixed

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail.

    Attributes:
        field: Its stable name.
        name: What it is called, translated.
        shown: Its value as people read it, "" for none.
        seen: The stored fields behind it as the screen showed them.
        changes: The stored fields that an answer changes. Raises Invalid.
        find: Gives what is offered while it is typed.
        choices: The only answers, when there are few.
    """

    field: str
    name: str
    shown: str
    seen: Mapping[str, Any]
    changes: Callable[[Answer], dict[str, Any]]
    find: Callable[[SupportDesk, str], Any] | None = None
    choices: Sequence[Choice] = ()

    def finder(self, app: SupportDesk) -> Finder | None:
        """What is offered while it is typed; None for nothing."""
        if self.choices:
            return fixed(self.choices)
        if self.find is None:
            return None
        ask = self.find

        async def find(typed: str) -> Sequence[Choice]:
            found: Sequence[Choice] = await ask(app, typed)
            return found

        return find


def text(name: str, value: str | None, needed: bool = False, called: str = "") -> Detail:
    """A text; empty is none, unless it is ``needed``."""

    def changes(answer: Answer) -> dict[str, Any]:
        said = answer.text.strip()
        if needed and not said:
            raise Invalid(_("It cannot be empty."))
        return {name: said or None}

    return Detail(name, called or field_name(name), value or "", {name: value}, changes)


def yes_or_no(name: str, value: bool, called: str) -> Detail:
    """A fact that is so or not."""
    choices = (Choice("yes", _("yes"), "", True, "1"), Choice("no", _("no"), "", False, "2"))

    def changes(answer: Answer) -> dict[str, Any]:
        return {name: answer.choice.data} if answer.choice is not None else {}

    return Detail(name, called, _("yes") if value else "", {}, changes, choices=choices)


async def find_person(app: SupportDesk, typed: str) -> Sequence[Choice]:
    """Callers as typed."""
    return await app.read(offer.people, typed, app.region)


async def find_organisation(app: SupportDesk, typed: str) -> Sequence[Choice]:
    """Organisations as typed."""
    return await app.read(offer.organisations, typed)
