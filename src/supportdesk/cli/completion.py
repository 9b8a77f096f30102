"""What Tab offers: numbers of tickets, slugs and codes; nothing at all where the desk cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from supportdesk.cli.shell import shell
from supportdesk.terms.errors import DeskError

Offered = list[tuple[str, str]]
"""What to type and what it is."""

AT_MOST = 30


def numbers(incomplete: str) -> Offered:
    """Tickets whose number begins so; of nothing yet, those of my teams in the desk's order."""
    from supportdesk.cli.times import now_us
    from supportdesk.rules.text import safe
    from supportdesk.store.views.listing import listed
    from supportdesk.store.views.numbers import beginning_with

    try:
        desk = shell().desk
        if incomplete:
            found = [(match.number, match.title) for match in beginning_with(desk.reader, incomplete, AT_MOST)]
        else:
            lines = listed(desk.reader, "team", desk.agent, now_us(desk), AT_MOST)
            found = [(line.number, line.title) for line in lines]
    except DeskError:
        return []
    return [(number, safe(title)) for number, title in found]


def keys(entity: str) -> Callable[[str], Offered]:
    """Slugs or logins of an entity of the desk's set-up, or slugs of articles."""

    def offer(incomplete: str) -> Offered:
        from supportdesk.rules.text import is_clean, safe
        from supportdesk.store.views.lookup import keys_beginning_with

        try:
            found = keys_beginning_with(shell().desk.reader, entity, incomplete, AT_MOST)
        except DeskError:
            return []
        return [(key, safe(name)) for key, name in found if is_clean(key)]

    return offer


def codes(of: Iterable[str]) -> Callable[[str], list[str]]:
    """The codes of a fixed list."""
    every = [str(code) for code in of]
    return lambda incomplete: [code for code in every if code.startswith(incomplete)]
