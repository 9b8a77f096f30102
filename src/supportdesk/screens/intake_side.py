"""What the intake says beside its fields: the caller at a glance, what may be told, the card to read aloud.

Pure: from frozen views to lines of text; drawing makes them safe.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from supportdesk.desk.calls_saved import SavedCall
from supportdesk.desk.clock_words import ago, at
from supportdesk.desk.draft import CallDraft
from supportdesk.desk.intake_items import BESIDE
from supportdesk.desk.labels import CHECK, IMPACT, MATTER, OUTCOME, STATUS, URGENCY, called, label
from supportdesk.desk.window_words import needed_words
from supportdesk.i18n import _, pgettext
from supportdesk.rules.priority import PriorityCode, PriorityReason
from supportdesk.rules.speech import Promised, PromiseKind, read_aloud
from supportdesk.rules.text import cut, safe, width
from supportdesk.rules.window import Rise
from supportdesk.store.types import micros
from supportdesk.store.views.callers import CallerGlance
from supportdesk.store.views.ticket import TicketView
from supportdesk.widgets.lines import Line, Span

LEAST_NAME = 8
"""Cells that a caller's name keeps in the narrowest window."""


def caller_words(draft: CallDraft, glance: CallerGlance | None, cells: int) -> Line:
    """Behind the caller's field, in so many cells: who it is, at a glance."""
    if glance is None:
        return ((_("new caller"), "dim"),) if draft.is_new_caller else ""
    line = glance.line
    signs: list[Span] = [(f", {line.language}", "")] if line.language else []
    if line.vip:
        signs.append((" " + _("VIP"), "accent"))
    behind: list[Span] = [(" " + _("power user"), "dim")] if line.power_user else []
    return who_words(line.name, line.organisation, line.key_account, cells, signs, behind)


def who_words(name: str, organisation: str, key_account: bool, cells: int, signs: Sequence[Span] = (),
              behind: Sequence[Span] = ()) -> Line:
    """A person and what must be seen of him in so many cells: the mark of a key account and ``signs`` are never cut.

    The mark is a word or, where that has no room, a short one; then the organisation is cut, and last the name."""
    rest: list[Span] = [(f", {organisation}", "")] if organisation else []
    rest += behind
    marks = [" ★ " + _("key account"), " ★ " + pgettext("key account", "key")] if key_account else [""]
    mark = marks[0] if _cells([(name + marks[0], ""), *signs, *rest]) <= cells else marks[-1]
    sure: list[Span] = [(mark, "accent"), *signs]
    return [(cut(safe(name), max(LEAST_NAME, cells - _cells(sure))), "strong"), *sure, *rest]


def _cells(spans: Sequence[Span]) -> int:
    return sum(width(safe(text)) for text, _style in spans)


def identity_words(draft: CallDraft, glance: CallerGlance | None, now_us: int, zone: tzinfo) -> Line:
    """Whether this call needs an identity check, what came of it, and that this caller's last one failed."""
    spans: list[Span] = []
    if glance is not None and glance.failed_check_us is not None:
        when = ago(glance.failed_check_us, now_us, zone)
        spans += [(_("! identity check failed {when}").format(when=when), "alarm"), ("  ", "")]
    return [*spans, *_identity_now(draft)]


def _identity_now(draft: CallDraft) -> Sequence[Span]:
    if draft.checks:
        last = draft.checks[-1]
        style = {"passed": "accent", "failed": "alarm"}.get(last.result, "warn")
        said, told = (label(MATTER, last.matter) or _("identity"), label(CHECK, last.result))
        before, _colon, _after = _("{what}: {text}").format(what=said, text="\n").partition("\n")
        return ((before, "dim"), (told, style))
    if draft.matter:
        return (
            (_("check needed before: {matter}").format(matter=label(MATTER, draft.matter)), "warn"),
            ("  F7", "accent"),
        )
    return ((_("not needed"), "dim"),)


def impact_words(draft: CallDraft) -> Line:
    return ((label(IMPACT, draft.impact), "dim"),)


def urgency_words(draft: CallDraft) -> Line:
    return ((label(URGENCY, draft.urgency), "dim"),)


def priority_words(draft: CallDraft, reason: PriorityReason, key: str, raised: Rise | None = None,
                   window: str = "") -> Line:
    """The priority and why: the matrix, the ``window`` its caller gave and how it has ``raised`` it, the wish, what may
    raise it, and the ``key`` for that ("" for none now)."""
    priority = reason.priority if raised is None else raised.priority
    spans = [(str(priority), "alarm" if priority == "P1" else "strong"), (" ", "")]
    if window:
        spans.append((window, "warn" if raised else "dim"))
    elif reason.code is PriorityCode.MATRIX:
        spans.append((_("by the matrix"), "dim"))
    else:
        spans.append((_("by you: {reason} (matrix {matrix})").format(reason=draft.priority_reason,
                                                                    matrix=reason.by_matrix), "warn"))
    if draft.wish:
        spans.append((_("; wish: {wish}").format(wish=draft.wish), "dim"))
    if reason.may_rise_to is not None:
        spans.append((_("; the key account may rise to {priority}").format(priority=reason.may_rise_to), "accent"))
        spans.append((f"  {key}", "accent"))
    return spans


def context(glance: CallerGlance | None, now_us: int, zone: tzinfo) -> Sequence[Line]:
    """The panel beside the list: remarks, contract, devices, last contacts."""
    if glance is None:
        return []
    lines: list[Line] = [
        ((f"{t.priority_at(now_us)} ", "alarm" if t.priority_at(now_us) == "P1" else "strong"), (f"{t.number}  ", ""),
         (f"{label(STATUS, t.status)}  ", "dim"), (t.title, ""))
        for t in glance.open_tickets[:BESIDE]
    ]
    if lines:
        lines.insert(0, ((_("Open tickets"), "strong"),))
    for text in (glance.remarks, glance.organisation_remarks):
        if text:
            lines.append(((text, "warn"),))
    if glance.integrator:
        lines.append(((_("through {name}").format(name=glance.integrator), "dim"),))
    if glance.contract:
        lines.append(((called(glance.contract, glance.negotiated), "dim"),))
    if glance.numbers:
        lines.append((("  ".join(glance.numbers), "dim"),))
    if glance.assets:
        lines.append(((", ".join(glance.assets), "dim"),))
    if glance.contacts:
        lines.append(((_("Last contacts"), "strong"),))
        times = [ago(c.at_us, now_us, zone) for c in glance.contacts]
        room = max(map(len, times))
        for c, when in zip(glance.contacts, times, strict=True):
            words = label(OUTCOME, c.outcome)
            lines.append((
                (f" {when:<{room}}  ", "dim"),
                (f"{c.ticket_number}  " if c.ticket_number else "", ""),
                (c.title or words, ""),
                (f", {words}" if c.title else "", "dim"),
            ))
    else:
        lines.append(((_("First contact."), "dim"),))
    return lines


def about_lines(ticket: TicketView, now_us: int, zone: tzinfo) -> Sequence[Line]:
    """What may be told the caller who asks what became of his case."""
    told = ticket.to_tell
    lines: list[Line] = [
        ((f"{ticket.number}  ", "strong"), (ticket.priority_at(now_us), "strong"), (f"  {ticket.title}", "")),
        "",
        ((_("You may tell"), "accent"),),
    ]
    if told.callback_us is not None:
        when = at(told.callback_us, now_us, zone)
        overdue = told.callback_us < now_us
        lines.append((("  " + _("callback promised: {when}").format(when=when), "alarm" if overdue else "strong"),
                      (f"  {told.callback_to or ''} {told.callback_number or ''}".rstrip(), "")))
    else:
        lines.append((("  " + _("no callback promised yet"), "warn"),))
    if told.last is not None:
        lines.append(((f"  {ago(told.last.at_us, now_us, zone)}  ", "dim"), (told.last.text, "")))
    lines.append((("  " + _("working on it:") + " ", "dim"), (told.working or _("nobody yet"), "")))
    if told.owner:
        lines.append((("  " + _("answers for it:") + " ", "dim"), (told.owner, "")))
    if ticket.window is not None:
        lines.append((("  " + needed_words(ticket.window, now_us, zone), "warn" if ticket.rank(now_us) else ""),))
    lines += ["", ((_("F2 notes that the caller asked. What he adds goes into the note."), "dim"),)]
    return lines


def card(saved: SavedCall, now: datetime, zone: ZoneInfo) -> Sequence[Line]:
    """The card to read aloud, in the caller's language: number in groups, what was promised, when, by whom."""
    kind, by, at_us = PromiseKind.KEPT, None, None
    if saved.solved:
        kind = PromiseKind.SOLVED
    elif saved.handed_to:
        kind, by = PromiseKind.HANDED_OVER, saved.handed_to
    elif saved.noted:
        kind = PromiseKind.NOTED
    if saved.callback_at is not None:
        at_us = micros(saved.callback_at)
        if not saved.handed_to:
            kind, by = PromiseKind.CALLBACK, saved.callback_by
    promised = Promised(kind, at_us=at_us, by=by, phone=saved.callback_phone if kind is PromiseKind.CALLBACK else None)
    sentences = read_aloud(saved.language or "en", saved.number, promised, now_us=micros(now), zone=zone)
    return [
        "",
        (("  " + _("Read aloud"), "accent"), (f"  {saved.caller}" if saved.caller else "", "dim")),
        "",
        *(((f"    {sentence}", "strong"),) for sentence in sentences),
        "",
        ((f"  {saved.number}  {saved.priority}", "dim"),),
    ]
