"""The history of a ticket in sentences: made here once, shown by screens and shell.

Data stands in the sentences as it was written: show them through :mod:`supportdesk.rules.text`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from supportdesk.desk.fields import field_name, value_name, verb_name
from supportdesk.desk.labels import AUDIENCE, CHANNEL, CHECK, LINK, LINK_BACK, MATTER, OUTCOME, PROMISE, label
from supportdesk.desk.major_sentences import hung_words, major_details, told_words
from supportdesk.i18n import _, ngettext
from supportdesk.store.types import from_iso, micros
from supportdesk.store.views.timeline import Change, Part, TimelineItem

When = Callable[[int], str]
"""How the face writes an instant (microseconds UTC)."""

_INSTANTS = frozenset({"callback_at", "wait_until", "needed_by"})
_NOTHING = "–"
_ENDED = frozenset({"status", "status_reason", "solution", "assignee", "wait_until", "callback_at", "callback_number",
                    "callback_to"})
_TOLD_BY_VERB = {
    "take": frozenset({"assignee", "status"}),
    "solve": _ENDED,
    "close": _ENDED,
    "cancel": _ENDED,
    "reopen": frozenset({"status", "status_reason"}),
    "resume": frozenset({"status", "status_reason", "wait_until"}),
    "wait": frozenset({"status", "status_reason", "wait_until"}),
    "promise_callback": frozenset({"callback_at", "callback_number", "callback_to"}),
    "settle_callback": frozenset({"callback_at", "callback_number", "callback_to"}),
    "contact": frozenset({"callback_at", "callback_number", "callback_to"}),
    "merge_tickets": frozenset({"status", "merged_into", "chasers"}),
    "accept": frozenset({"team", "level", "assignee", "status", "status_reason"}),
    "return": frozenset({"team", "level", "assignee", "status", "status_reason"}),
    "bring_back": frozenset({"status_reason"}),
}
"""Changes a verb's own sentence tells already."""


def sentence(item: TimelineItem, number: str, when: When) -> str:
    """One event of ticket ``number`` in one sentence, without its author and time, which stand beside it."""
    text = _told(item, number, when)
    if item.undone:
        text = _("{what} (undone)").format(what=text)
    if item.written_on is not None:
        text = _("{what} (written on {number})").format(what=text, number=item.written_on)
    if item.late_us:
        text = _("{what} (written down {when})").format(what=text, when=when(item.at_us + item.late_us))
    return text


def _told(item: TimelineItem, number: str, when: When) -> str:
    if item.note is not None:
        return _note(item)
    if item.kind == "undo":
        return _joined(_("undone: {what}").format(what=verb_name(item.undoes or "")), _changes(item, (), when))
    if item.contact is not None and item.kind in ("contact", "take_call", "settle_callback"):
        return _joined(_contact(item, when), [*_details(item, number, when), *_changes(item, _call_fields(item), when)])
    head = _head(item, number, when)
    told = _TOLD_BY_VERB.get(item.kind, frozenset()) | (_new_fields(item) if item.kind in _OPENING else frozenset())
    return _joined(head, [*_details(item, number, when), *_changes(item, told, when)])


_SAID = frozenset({("tell", "told"), ("declare_major", "outage")})
"""What a verb's own sentence says of what it wrote beside the ticket."""

_OPENING = frozenset({"take_call", "open_ticket", "split_ticket", "import_records"})


def _new_fields(item: TimelineItem) -> frozenset[str]:
    """Of a ticket just opened only who works on it and how urgent it is are worth a word."""
    if not any(c.field == "status" and c.before is None for c in item.changes):
        return frozenset()
    return frozenset(c.field for c in item.changes) - {"priority", "team"}


def _call_fields(item: TimelineItem) -> frozenset[str]:
    return _new_fields(item) | {"chasers"} | _TOLD_BY_VERB.get(item.kind, frozenset())


def _note(item: TimelineItem) -> str:
    assert item.note is not None
    audience = label(AUDIENCE, item.note.audience)
    form = _("{audience}, withdrawn: {text}") if item.note.withdrawn else _("{audience}: {text}")
    return form.format(audience=audience, text=item.text)


def _contact(item: TimelineItem, when: When) -> str:
    contact = item.contact
    assert contact is not None
    person = contact.caller or contact.number
    if contact.direction == "out":
        head = _("called {person}: {outcome}") if person else _("outgoing call: {outcome}")
    elif contact.channel == "phone":
        head = _("call from {person}: {outcome}") if person else _("call: {outcome}")
    else:
        head = _("{channel} from {person}: {outcome}") if person else _("{channel}: {outcome}")
    text = head.format(person=person, channel=label(CHANNEL, contact.channel), outcome=label(OUTCOME, contact.outcome))
    callback = item.change("callback_at")
    if callback is not None and callback.after and contact.direction == "out":
        text = _joined(text, [_("again {when}").format(when=when(_us(callback.after)))])
    elif callback is not None and not callback.after:
        text = _joined(text, [_("the callback promised is settled")])
    chasers = item.change("chasers")
    if chasers is not None:
        text = _joined(text, [_("asked what became of it, time {count}").format(count=chasers.after)])
    return _joined(text, [item.text] if item.text else [])


def _head(item: TimelineItem, number: str, when: When) -> str:
    """The verb's own sentence, with its reason."""
    handoff, link = item.part("handoff"), item.part("link")
    callback = item.change("callback_at")
    match item.kind:
        case "offer" if handoff is not None:
            text = _("handed over to {team}").format(team=handoff.shown("to_team"))
        case "accept":
            team = item.change("team")
            text = _("{team} accepted").format(team=team.after_shown) if team else verb_name("accept")
        case "promise_callback" if callback is not None and callback.after:
            text = _("callback promised: {when}").format(when=when(_us(callback.after)))
        case "promise_callback":
            text = _("callback taken back")
        case "wait":
            status, until = item.change("status"), item.change("wait_until")
            text = value_name("status", status.after) if status else verb_name("wait")
            if until is not None and until.after:
                text = _("waits until {when}").format(when=when(_us(until.after)))
        case "solve":
            reason, solution = item.change("status_reason"), item.change("solution")
            to_tell = reason is not None and reason.after
            text = value_name("status_reason", reason.after) if reason and to_tell else verb_name("solve")
            if solution is not None and solution.after:
                text = _("{what}: {solution}").format(what=text, solution=solution.after)
        case "merge_tickets" if link is not None:
            here = link.value("from") == number
            other = str(link.value("to" if here else "from"))
            text = (_("merged into {number}") if here else _("{number} merged into this ticket")).format(number=other)
        case "hang_on" if link is not None:
            text = hung_words(link, number)
        case "tell" if (told := item.part("told")) is not None:
            text = told_words(told)
        case "import_records":
            return item.text
        case "use_article" | "link" | "attach" | "check_identity" if item.parts:
            return item.text
        case _:
            text = verb_name(item.kind)
    return _joined(text, [item.text] if item.text else [])


def _details(item: TimelineItem, number: str, when: When) -> Iterator[str]:
    """What the action wrote beside the ticket."""
    for part in item.parts:
        match part.entity, part.kind:
            case "article_use", _:
                yield _article(part)
            case "attachment", "create":
                yield _("file {name}").format(name=part.shown("name"))
            case "identity_check", "create":
                yield _("identity ({matter}): {result}").format(
                    matter=label(MATTER, part.value("matter")), result=label(CHECK, part.value("result"))
                )
            case "link", "create" if item.kind not in ("merge_tickets", "hang_on"):
                here = part.value("from") == number
                kind = label(LINK if here else LINK_BACK, str(part.value("kind") or ""))
                yield f"{kind} {part.value('to' if here else 'from')}"
            case "handoff", "create" if item.kind != "offer":
                yield _("handed over to {team}").format(team=part.shown("to_team"))
            case "breach", "create":
                due = part.value("due_at")
                promise = label(PROMISE, part.value("kind"))
                yield _("{promise}, due {when}").format(promise=promise, when=when(_us(due))) if due else promise
            case "breach", "set":
                yield str(part.value("reason") or "")
            case "note", "set" if item.kind == "move_note":
                yield _("from {number}").format(number=next((c.before for c in part.changes), ""))
            case "major_incident" | "statement" | "told" | "outage", _ if (item.kind, part.entity) not in _SAID:
                yield from major_details(part, when)


def _article(part: Part) -> str:
    steps = part.value("steps") or []
    title = part.shown("article")
    text = _("article {title}").format(title=title) if title else _("the same article")
    if steps:
        text = _joined(text, [ngettext("step {steps}", "steps {steps}", len(steps)).format(
            steps=", ".join(str(step) for step in steps))])
    helped = part.value("helped")
    return text if helped is None else _joined(text, [_("helped") if helped else _("did not help")])


def _changes(item: TimelineItem, told: frozenset[str] | tuple[str, ...], when: When) -> Iterator[str]:
    for change in item.changes:
        name = field_name(change.field)
        if not name or change.field in told:
            continue
        if change.field in ("description", "solution"):
            yield _("{field}: {value}").format(field=name, value=_value(change, change.after, "", when))
        elif change.before is None:
            yield _("{field}: {value}").format(field=name, value=_value(change, change.after, change.after_shown, when))
        else:
            yield _("{field}: {before} > {after}").format(
                field=name, before=_value(change, change.before, change.before_shown, when),
                after=_value(change, change.after, change.after_shown, when),
            )


def _value(change: Change, value: object, shown: str, when: When) -> str:
    if value is None:
        return _NOTHING
    if change.field in _INSTANTS:
        return when(_us(str(value)))
    return shown or value_name(change.field, value)


def _us(text: str) -> int:
    at: datetime = from_iso(text)
    return micros(at)


def _joined(head: str, rest: Iterator[str] | list[str]) -> str:
    return ", ".join(part for part in (head, *rest) if part)
