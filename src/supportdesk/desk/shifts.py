"""Beginning and ending a shift: who goes home hands his callbacks on (DOMAIN.md; docs/promises-callbacks.md)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from supportdesk.desk.calls import contact_out
from supportdesk.desk.clock_words import clock
from supportdesk.desk.common import BULK, batch
from supportdesk.desk.shift_page import Decision, Ended, What
from supportdesk.i18n import _, ngettext
from supportdesk.models.inputs import NoteInput, checked
from supportdesk.rules.shifts import Presence, Standing
from supportdesk.rules.text import safe
from supportdesk.store.journal import Act
from supportdesk.store.types import micros
from supportdesk.store.views import shifts as view
from supportdesk.terms.codes import Audience, Outcome, ShiftKind
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

UNDECIDED = "undecided"
"""Code of the refusal to end a shift while promises are left without a word."""

NAMED = 5
"""Tickets a refusal names; of the others it tells how many."""


def start_shift(desk: "Desk") -> None:
    """Be there from now on. Raises Invalid when the shift runs already."""
    with desk.journal.action("start_shift", desk.who) as act:
        how = _standing(desk, act)
        if how.presence in (Presence.ON, Presence.BREAK):
            raise Invalid(_("Your shift runs already, since {when}.").format(when=_clock(desk, act, how.started_us)))
        _say(act, ShiftKind.START)


def take_break(desk: "Desk") -> None:
    """Be away for a while: what falls due meanwhile stands on the team's list. Raises Invalid."""
    with desk.journal.action("take_break", desk.who) as act:
        how = _standing(desk, act)
        if how.presence is Presence.BREAK:
            raise Invalid(_("You are on a break already, since {when}.").format(when=_clock(desk, act, how.since_us)))
        if how.presence is not Presence.ON:
            raise Invalid(_("No shift of yours runs. Start it first."))
        _say(act, ShiftKind.BREAK)


def end_break(desk: "Desk") -> None:
    """Be there again. Raises Invalid when there is no break."""
    with desk.journal.action("end_break", desk.who) as act:
        if _standing(desk, act).presence is not Presence.BREAK:
            raise Invalid(_("You are on no break."))
        _say(act, ShiftKind.BACK)


def end_shift(desk: "Desk", decisions: Mapping[UUID, Decision], rest: Decision | None = None) -> Ended:
    """End the shift, with what becomes of every callback promised: ``decisions`` by ticket, ``rest`` for those not
    named. Undone as one. Raises Invalid (code ``undecided``) when nothing is said about one of them; then nothing was
    written."""
    with desk.journal.bulk():
        owed = view.promises(desk.journal.conn, desk.agent.id)
        left = [line.number for line in owed if line.ticket_id not in decisions] if rest is None else []
        if left:
            raise undecided(left)
        pairs = [(line, decisions.get(line.ticket_id) or rest) for line in owed]
        with batch(desk, len(owed)):
            return _end(desk, [(line, decision) for line, decision in pairs if decision is not None])


def _end(desk: "Desk", said: Sequence[tuple[view.Promise, Decision]]) -> Ended:
    """In parts of what an action may hold; the last of them ends the shift."""
    done: list[What] = []
    taken: list[UUID] = []
    for start in range(0, max(1, len(said)), BULK):
        with desk.journal.action("end_shift", desk.who) as act:
            how = _standing(desk, act)
            if how.presence is Presence.OFF:
                raise Invalid(_("Your shift is over already, since {when}.").format(
                    when=_clock(desk, act, how.since_us)))
            for line, decision in said[start : start + BULK]:
                _settle(desk, act, line, decision)
                done.append(decision.what)
                if decision.what is What.TAKE_ALONG:
                    taken.append(line.ticket_id)
            if start + BULK >= len(said):
                _say(act, ShiftKind.END, taken)
    return Ended(done.count(What.PASS_ON), done.count(What.TAKE_ALONG), done.count(What.MOVE))


def undecided(numbers: Sequence[str]) -> Invalid:
    """The refusal that names the promises."""
    named = ", ".join(safe(number) for number in numbers[:NAMED])
    if len(numbers) > NAMED:
        named += " …"
    text = ngettext(
        "{n} callback is promised by you: {numbers}. Say whether it is passed on or taken along.",
        "{n} callbacks are promised by you: {numbers}. Say whether they are passed on or taken along.", len(numbers))
    return Invalid(text.format(n=len(numbers), numbers=named), code=UNDECIDED)


def _settle(desk: "Desk", act: Act, line: view.Promise, decision: Decision) -> None:
    """Write what was decided."""
    row = act.get("ticket", line.ticket_id)
    zone = ZoneInfo(desk.agent.zone)
    when = clock(micros(row["callback_at"]), micros(act.at), zone)
    match decision.what:
        case What.PASS_ON:
            text = _("Passed on at the end of a shift: call {person} back at {when}.").format(
                person=" ".join(part for part in (line.person or _("the caller"), line.phone) if part), when=when)
            _note(act, line.ticket_id, Audience.INTERNAL, f"{text} {decision.note.strip()}".rstrip())
            if decision.to is not None:
                act.get("agent", decision.to)
                act.set("ticket", line.ticket_id, {"owner_id": decision.to})
        case What.TAKE_ALONG:
            if decision.note.strip():
                _note(act, line.ticket_id, Audience.INTERNAL, decision.note.strip())
        case What.MOVE:
            if decision.at is None:
                raise Invalid(_("Say when the caller is called instead."), field="at")
            act.set("ticket", line.ticket_id, {"callback_at": decision.at})
            if decision.message.strip():
                _note(act, line.ticket_id, Audience.CALLER, decision.message.strip())
            if decision.told:
                contact_out(desk, act, row, Outcome.LATER)


def _note(act: Act, ticket: UUID, audience: Audience, text: str) -> None:
    act.create("note", {**checked(NoteInput, {"text": text}), "ticket_id": ticket, "audience": audience,
                        "agent_id": act.agent, "at": act.at})


def _say(act: Act, kind: ShiftKind, taken: Sequence[UUID] = ()) -> None:
    act.create("shift", {"agent_id": act.agent, "kind": kind, "at": act.at, "taken": tuple(taken)})


def _standing(desk: "Desk", act: Act) -> Standing:
    return view.standing_of(act.conn, desk.agent.id, micros(act.at))


def _clock(desk: "Desk", act: Act, at_us: int | None) -> str:
    return clock(at_us, micros(act.at), ZoneInfo(desk.agent.zone))
