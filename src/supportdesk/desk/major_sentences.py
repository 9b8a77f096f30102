"""What a history tells of a major incident: what was said, who was told, what was corrected (desk/sentences)."""

from collections.abc import Callable, Iterator, Mapping

from supportdesk.desk.labels import CHANNEL, OUTAGE, label
from supportdesk.i18n import N_, _, language, pgettext
from supportdesk.rules.major import sentence
from supportdesk.store.types import from_iso, micros
from supportdesk.store.views.timeline import Part

When = Callable[[int], str]
"""How the face writes an instant (microseconds UTC)."""

_FIELD: Mapping[str, str] = {
    "title": N_("title"), "product": N_("product"), "component": N_("component"), "communicator": N_("communicator"),
    "began_at": N_("since when"), "next_update_at": N_("next update"),
}
_INSTANTS = frozenset({"began_at", "next_update_at"})


def hung_words(link: Part, number: str) -> str:
    """A case that was hung on a major incident, as the history of ticket ``number``, one of the two, tells it."""
    if link.value("from") == number:
        return _("hangs on the major incident {number}").format(number=link.value("to"))
    return _("{number} hangs on this major incident").format(number=link.value("from"))


def told_words(told: Part) -> str:
    """Who was told and how, and what he said of his case."""
    who, how = told.value("who"), label(CHANNEL, str(told.value("how") or ""))
    said = [(_("{who} was told ({how})") if who else _("the caller was told ({how})")).format(who=who, how=how)]
    if (broken := told.value("still_broken")) is not None:
        said.append(_("still broken") if broken else _("works again"))
    return ", ".join(said)


def major_details(part: Part, when: When) -> Iterator[str]:
    """What an action wrote of a major incident beside its ticket."""
    match part.entity, part.kind:
        case "major_incident", "create":
            yield pgettext("outage", "since {when}").format(when=_when(part.value("began_at"), when))
            yield _("{person} speaks for it").format(person=part.shown("communicator"))
            if part.value("next_update_at"):
                yield _("next update {when}").format(when=_when(part.value("next_update_at"), when))
        case "major_incident", "set":
            yield from _corrected(part, when)
        case "statement", "create":
            yield _statement(part, when)
        case "told", "create":
            yield told_words(part)
        case "outage", "create":
            yield _outage(part, when)


def _corrected(part: Part, when: When) -> Iterator[str]:
    for change in part.changes:
        if change.field == "ended_at":
            yield _("the major incident goes on") if change.after is None else _("the major incident is over")
        elif change.field in _FIELD:
            value = _when(change.after, when) if change.field in _INSTANTS else change.after_shown or change.after
            yield _("{field}: {value}").format(field=label(_FIELD, change.field), value=value or "–")


def _statement(part: Part, when: When) -> str:
    """The sentence in the reader's language, with those it was written in."""
    stored = part.value("texts")
    texts = {str(code): str(text) for code, text in stored.items()} if isinstance(stored, dict) else {}
    said = sentence(texts, 0, language(), 0)
    return _("“{text}” ({languages}), valid until {when}").format(
        text=said.text if said else "", languages=", ".join(sorted(texts)),
        when=_when(part.value("valid_until"), when))


def _outage(part: Part, when: When) -> str:
    kind = label(OUTAGE, str(part.value("kind") or ""))
    began, ended = part.value("began_at"), part.value("ended_at")
    if ended:
        return _("{what} from {begin} to {end}").format(what=kind, begin=_when(began, when), end=_when(ended, when))
    return _("{what} since {when}").format(what=kind, when=_when(began, when))


def _when(stored: object, when: When) -> str:
    return when(micros(from_iso(str(stored)))) if stored else ""
