"""A conflict, or what was refused, in lines of text: both values with who wrote them and when, then what may be done.

Pure: from frozen views to lines; drawing makes them safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from supportdesk.desk.clock_words import clock
from supportdesk.desk.conflict_page import Clash, Refusal, Side
from supportdesk.desk.fields import any_field_name, value_name, verb_name
from supportdesk.desk.sentences import sentence
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.types import from_iso, micros
from supportdesk.store.views.names import public_name
from supportdesk.terms.codes import ConflictState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form
from supportdesk.widgets.lines import Line
from supportdesk.widgets.wrap import wrapped

MINUTE_US = 60_000_000
NOTHING = "–"
VALUE_LINES = 6
"""Lines of one value; the rest is read by copying it, or on the record."""

Item = Clash | Refusal


@dataclass(frozen=True, slots=True)
class Eyes:
    """The instant a screen shows (microseconds UTC), in which zone."""

    now_us: int
    zone: tzinfo

    def when(self, us: int | None) -> str:
        return clock(us, self.now_us, self.zone)


def kind(item: Item) -> tuple[str, str]:
    """The kind of a line in a word, and its style."""
    if isinstance(item, Refusal):
        return _("refused"), "warn"
    if item.claim:
        return _("claimed twice"), "alarm"
    return (_("conflict"), "warn") if item.is_open else (_("by rule"), "dim")


def about(item: Item) -> str:
    """Which field, or what was refused; of which record."""
    if isinstance(item, Refusal):
        return ", ".join(part for part in (verb_name(item.line.verb), item.line.title) if part)
    if item.claim:
        return item.line.title
    name = any_field_name(item.line.field)
    return ", ".join(part for part in (name, item.line.title or item.line.row) if part)


def happened(item: Item) -> int | None:
    """When it came to this (microseconds UTC)."""
    return item.line.at_us if isinstance(item, Refusal) else item.offered.at_us


def value(entity: str, field: str, stored: Any, shown: str, eyes: Eyes) -> str:
    """A value in wire form as people read it."""
    if stored is None:
        return NOTHING
    definition = ENTITIES[entity].by_name.get(field) if entity in ENTITIES else None
    form = Form.TEXT if definition is None else definition.form
    if form is Form.REF or isinstance(stored, dict):
        return shown
    if form is Form.INSTANT:
        return eyes.when(micros(from_iso(stored)))
    if form is Form.BOOL:
        return _("yes") if stored else _("no")
    return value_name(public_name(field), stored) or NOTHING


def lines(item: Item, eyes: Eyes, cells: int) -> list[Line]:
    """All that is to be known, ``cells`` wide."""
    return list(_refusal(item, eyes, cells) if isinstance(item, Refusal) else _clash(item, eyes, cells))


def _clash(item: Clash, eyes: Eyes, cells: int) -> Iterator[Line]:
    line = item.line
    sides = [(item.kept, line.kept, line.kept_name), (item.offered, line.offered, line.offered_name)]
    if item.mine_stands:
        sides.reverse()
    if item.claim:
        yield ((f" {line.ticket or line.row}", "strong"), (f"  {line.title}", "dim"))
        yield from _text(_claim(item, eyes), cells, "warn" if item.offered.mine else "")
        for number, (side, _stored, shown) in enumerate(sides, 1):
            words = _("it stays with {who}") if side.stands else _("{who} takes it over")
            yield ((f" {number}", "accent"), ("  " + words.format(who=shown or side.by), "strong"))
        for event in item.since:
            yield from _event(eyes.when(event.at_us), event.author_name,
                              sentence(event, line.ticket or "", eyes.when), cells)
        return
    yield ((f" {line.ticket or line.row}  {any_field_name(line.field)}", "strong"), (f"  {line.title}", "dim"))
    for number, (side, stored, shown) in enumerate(sides, 1):
        yield from _side(str(number), side, value(line.entity, line.field, stored, shown, eyes), eyes, cells)
    if line.state == ConflictState.AUTO:
        yield ((" " + _("A rule has chosen; choose otherwise if it is wrong."), "dim"),)


def _claim(item: Clash, eyes: Eyes) -> str:
    """Who had it first, and for how long the other worked without knowing."""
    first, late = item.kept, item.offered
    if late.mine:
        text = _("{who} took it at {when}, you at {then} without seeing that.")
    elif first.mine:
        text = _("You took it at {when}, {other} at {then} without seeing that.")
    else:
        text = _("{who} took it at {when}, {other} at {then} without seeing that.")
    text = text.format(who=first.by, when=eyes.when(first.at_us), other=late.by, then=eyes.when(late.at_us))
    if item.worked_us >= MINUTE_US:
        text += " " + _("You worked {n} min on it meanwhile.").format(n=item.worked_us // MINUTE_US)
    return text


def _side(number: str, side: Side, text: str, eyes: Eyes, cells: int) -> Iterator[Line]:
    who = _("you") if side.mine else side.by or _("somebody")
    stands = "  " + _("stands") if side.stands else ""
    yield ((f" {number}", "accent"), (f"  {who}", "strong"), (f", {eyes.when(side.at_us)}", "dim"), (stands, "accent"))
    rows = [row for part in text.splitlines() or [NOTHING] for row in wrapped(part, max(10, cells - 5))]
    for n, row in enumerate(rows[:VALUE_LINES]):
        more = " …" if n == VALUE_LINES - 1 and len(rows) > VALUE_LINES else ""
        yield ((f"    {row}{more}", ""),)


def _refusal(item: Refusal, eyes: Eyes, cells: int) -> Iterator[Line]:
    line = item.line
    yield ((f" {line.ticket or ''}  ", "strong"), (verb_name(line.verb), "strong"), (f"  {line.title}", "dim"))
    yield from _text(_("Refused at {when}: {reason}").format(when=eyes.when(line.at_us), reason=_(line.reason)), cells,
                     "warn")
    for part in line.values:
        text = value(part.entity, part.field, part.value, part.shown, eyes)
        name = any_field_name(part.field)
        yield from _text(_("{what}: {text}").format(what=name, text=text), cells, "", VALUE_LINES)


def _event(when: str, who: str, what: str, cells: int) -> Iterator[Line]:
    room = 9
    told = _("{what}: {text}").format(what=who, text=what)
    for n, row in enumerate(wrapped(told, max(10, cells - room - 1))[:VALUE_LINES]):
        yield ((f" {when if n == 0 else '':<{room - 1}}", "dim"), (row, ""))


def _text(text: str, cells: int, style: str, most: int = VALUE_LINES) -> Iterator[Line]:
    rows = [row for part in text.splitlines() for row in wrapped(part, max(10, cells - 2))]
    for row in rows[:most]:
        yield ((f" {row}", style),)


def copied(item: Item, eyes: Eyes) -> str:
    """What was written and is not what stands: the text worth copying."""
    if isinstance(item, Refusal):
        return "\n".join(safe_value(value(part.entity, part.field, part.value, part.shown, eyes))
                         for part in item.line.values)
    line = item.line
    return safe_value(value(line.entity, line.field, line.offered, line.offered_name, eyes))


def safe_value(text: str) -> str:
    """Line by line: what is pasted elsewhere must do nothing there."""
    return "\n".join(safe(part) for part in text.splitlines())


def waiting(items: Sequence[Item]) -> tuple[int, int]:
    """How many wait for a choice, how many were refused."""
    return sum(isinstance(item, Clash) and item.is_open for item in items), sum(
        isinstance(item, Refusal) for item in items)
