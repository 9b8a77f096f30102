"""The packet of a handoff, filled in as far as the ticket tells: the sender adds only what nobody wrote down yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from supportdesk.desk import clock_words
from supportdesk.desk.labels import IMPACT, URGENCY, label
from supportdesk.i18n import N_, _
from supportdesk.rules.packet import PARTS, REQUIRED
from supportdesk.rules.phones import show_phone
from supportdesk.store.views.ticket import FileLine, TicketView, UseLine
from supportdesk.store.views.timeline import TimelineItem
from supportdesk.terms.codes import Audience

NOTES_AT_MOST = 3
NOTE_CELLS = 200
"""Characters of one note that go into "already tried"; the rest stands in the ticket."""

KILO = 1000


class Source(StrEnum):
    """Where a part comes from; says beside it how far it can be trusted."""

    TICKET = "ticket"
    NOTES = "notes"
    ARTICLES = "articles"
    OWN = "own"  # typed by the sender
    LACKING = "lacking"  # empty, and required


SOURCES: Mapping[Source, str] = {
    Source.TICKET: N_("from the ticket"),
    Source.NOTES: N_("from the notes"),
    Source.ARTICLES: N_("from the articles used"),
    Source.OWN: N_("yours"),
    Source.LACKING: N_("required"),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """One part as the ticket tells it."""

    text: str
    source: Source


def prefill(
    view: TicketView, history: Sequence[TimelineItem], now_us: int, zone: tzinfo, region: str
) -> dict[str, Filled]:
    """What the ticket tells for each part, in the order of rules/packet.PARTS; parts it is silent about are left out.

    ``history`` is its timeline; times are written in ``zone``, telephone numbers as said in ``region`` (ISO 3166).
    """
    found = {
        "tried": _tried(view.articles, history),
        "environment": _one(Source.TICKET, view.product and view.product.shown, view.component,
                            view.asset and view.asset.shown),
        "impact": _one(Source.TICKET, label(IMPACT, view.impact), label(URGENCY, view.urgency)),
        "availability": _one(Source.TICKET, view.affected or view.caller,
                             view.caller_number and show_phone(view.caller_number, region), view.language),
        "promised": _promised(view, now_us, zone),
        "evidence": _one(Source.TICKET, *map(_file, view.attachments)),
    }
    return {part: filled for part in PARTS if (filled := found.get(part)) is not None}


def source_of(part: str, text: str, prefilled: Mapping[str, Filled]) -> Source | None:
    """Where a part comes from as it stands now; None for an empty one that is not required."""
    given = prefilled.get(part)
    if not text.strip():
        return Source.LACKING if part in REQUIRED else None
    return given.source if given is not None and given.text == text else Source.OWN


def steps_said(steps: Sequence[int]) -> str:
    """``step 2``, ``steps 1 to 3``, ``steps 1, 3``; "" for none."""
    if not steps:
        return ""
    ordered = sorted(set(steps))
    if len(ordered) == 1:
        return _("step {n}").format(n=ordered[0])
    if ordered[-1] - ordered[0] + 1 == len(ordered) > 2:
        return _("steps {first} to {last}").format(first=ordered[0], last=ordered[-1])
    return _("steps {list}").format(list=", ".join(map(str, ordered)))


def size_said(size: int) -> str:
    """A file's size: ``18 kB``, ``3.2 MB``."""
    if size < KILO * KILO:
        return _("{n} kB").format(n=max(1, round(size / KILO)))
    return _("{n} MB").format(n=f"{size / KILO / KILO:.1f}")


def _one(source: Source, *parts: str | None) -> Filled | None:
    said = [part for part in parts if part]
    return Filled(", ".join(dict.fromkeys(said)), source) if said else None


def _tried(used: Sequence[UseLine], history: Sequence[TimelineItem]) -> Filled | None:
    articles = [said for use in used if (said := _use(use))]
    notes = [
        " ".join(item.text.split())[:NOTE_CELLS]
        for item in history
        if item.note is not None and not item.note.withdrawn and item.note.audience == Audience.INTERNAL
        and not item.undone and item.text.strip()
    ][-NOTES_AT_MOST:]
    if not articles and not notes:
        return None
    return Filled("; ".join((*articles, *notes)), Source.ARTICLES if articles else Source.NOTES)


def _use(use: UseLine) -> str:
    if use.helped:
        return ""
    if use.steps:
        return _("{steps} of “{title}” without effect").format(steps=steps_said(use.steps), title=use.title)
    return _("article “{title}” without effect").format(title=use.title)


def _promised(view: TicketView, now_us: int, zone: tzinfo) -> Filled | None:
    if view.callback_us is None:
        return None
    owner = view.owner.shown if view.owner else ""
    text = _("callback by {agent} at {when}") if owner else _("callback at {when}")
    return Filled(text.format(agent=owner, when=clock_words.clock(view.callback_us, now_us, zone)), Source.TICKET)


def _file(file: FileLine) -> str:
    return f"{file.name} ({size_said(file.size)})"
