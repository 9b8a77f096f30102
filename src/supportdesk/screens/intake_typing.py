"""Typing into the intake: every keystroke goes to the draft, Enter goes on, what does not fit goes into the note."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from supportdesk.desk.labels import TYPE, label
from supportdesk.i18n import _
from supportdesk.rules.secrets import looks_like_secret
from supportdesk.terms.codes import TicketType
from supportdesk.widgets.frame import Panel

if TYPE_CHECKING:
    from textual.widgets import Input, TextArea

    from supportdesk.desk.draft import CallDraft
    from supportdesk.screens.intake_rows import Saying
    from supportdesk.store.views.callers import CallerGlance
    from supportdesk.widgets.fields import PastedLines, TooLong

FLOW = ("caller", "name", "number", "organisation", "behalf", "symptom", "component", "impact", "urgency", "note")
TYPES = tuple(TicketType)
NEW_CALLER = ("name", "number", "organisation")
PACKET_ROWS = ("request", "tried", "impact_said", "since")
ENDING_ROWS = ("team", *PACKET_ROWS, "solution", "callback", "reason")


class Typing:
    """The fields of :class:`supportdesk.screens.intake.IntakeScreen`."""

    draft: CallDraft
    glance: CallerGlance | None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.typed(event.input.id or "")

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.typed(event.text_area.id or "")

    def on_saying_said(self, event: Saying.Said) -> None:
        event.stop()
        self.go_on(event.saying.id or "")

    def typed(self, id: str) -> None:
        """Every keystroke goes to the draft, and asks the list what it knows."""
        text = self.value(id)
        draft = self.draft
        match id:
            case "caller":
                draft.caller_text = text
                if draft.caller_id is not None or draft.is_new_caller or draft.about:
                    self._forget_caller()
            case "name":
                draft.caller_name = text
            case "number":
                draft.number = text
            case "organisation":
                draft.organisation_text, draft.organisation_id = text, None
            case "behalf":
                draft.behalf_text, draft.behalf_id = text, None
            case "symptom":
                draft.symptom = text
            case "component":
                draft.component_text, draft.component_id, draft.asset_id = text, None, None
            case "note":
                draft.note = text
                self.show_note_lines(text)
            case "impact" | "urgency" | "type":
                self._rank(id, text)
            case "wish":
                draft.wish = text
                self.show_words()
            case "solution":
                draft.solution = text
            case "callback":
                draft.callback_text = text
        if id in ("symptom", "note", "solution") and looks_like_secret(text):
            self.app.say(_("This looks like a password or a card number: do not keep it here."), "warn")
        self.keep()
        if id in ("caller", "symptom"):
            self.answered()
        if id in ("caller", "organisation", "behalf", "symptom", "component", "team"):
            self.look_up(id)

    def show_note_lines(self, note: str) -> None:
        """A note of several lines gets the room to show that it has them."""
        self.row("note").set_class("\n" in note, "lines")

    def keep(self) -> None:
        """Hand the draft to the draft file; what covers the call may have changed with it."""
        self.app.keep_draft(self.draft)
        self.app.show_status()
        self.look_at_coverage()
        self.look_at_maintenance()

    def _forget_caller(self) -> None:
        draft = self.draft
        draft.caller_id, draft.caller_name, draft.is_new_caller = None, "", False
        draft.organisation_id, draft.number, draft.about, draft.about_number = None, "", None, ""
        self.glance = None
        self.query_one("#context", Panel).show([])
        self.show_rows()
        self.show_words()

    def _rank(self, id: str, text: str) -> None:
        """One digit says it and goes on."""
        if not text:
            return
        digit, draft = text[-1], self.draft
        if digit in "1234":
            if id == "type":
                draft.type = TYPES[int(digit) - 1]
            else:
                setattr(draft, id, int(digit))
                draft.priority, draft.priority_reason = None, ""
        self.put(id, str(TYPES.index(draft.type) + 1 if id == "type" else getattr(draft, id)))
        self.show_words()
        if digit in "1234":
            self.go_on(id)
        elif id == "type":
            self.app.say(", ".join(f"{n} {label(TYPE, code)}" for n, code in enumerate(TYPES, 1)), "warn")
        else:
            self.app.say(_("1 to 4: 1 is the gravest."), "warn")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on; the best guess is taken when there is one."""
        event.stop()
        id = event.input.id or ""
        if id in ENDING_ROWS:
            self.work(partial(self.ending_entered, id), group="ending")
            return
        if self._may_guess(id):
            self.work(partial(self.take_guess, id), group="choose")
        else:
            self.go_on(id)

    def _may_guess(self, id: str) -> bool:
        """Whether something stands in the field that nothing was chosen for yet."""
        draft = self.draft
        match id:
            case "caller":
                return bool(draft.caller_text) and draft.caller_id is None and draft.about is None
            case "organisation":
                return bool(self.value(id)) and draft.organisation_id is None
            case "behalf":
                return bool(self.value(id)) and draft.behalf_id is None
            case "component":
                return bool(self.value(id)) and draft.component_id is None and draft.asset_id is None
        return False

    def go_on(self, id: str) -> None:
        """To the next row that is shown; who calls leads straight to what he says."""
        if id == "type":
            self.set_focus(self.field("wish"))
            return
        if id == "wish":
            id = "urgency"
        order = [f for f in FLOW if self.row(f).display]
        if id == "caller":
            order = [f for f in order if f != "behalf"]
        after = order[order.index(id) + 1 :] if id in order else []
        if id in NEW_CALLER:
            after = [f for f in after if f != "behalf"]
        if after:
            self.set_focus(self.field(after[0]))
        else:
            self.set_focus(None)

    # -- what does not fit

    def on_pasted_lines(self, event: PastedLines) -> None:
        """The lines a one-line field cannot hold go into the note, and that is said."""
        event.stop()
        if not event.rest:
            self.app.say(_("This line is full; write the rest into the note."), "warn")
            return
        note = self.draft.note + ("\n" if self.draft.note else "") + event.rest
        self.draft.note = note
        self.put("note", note)
        self.keep()
        self.app.say(_("The further lines you pasted are in the note."), stays=True)

    def on_too_long(self, event: TooLong) -> None:
        self.app.say(
            _("The text is longer than a note holds: {count} characters were not taken. Attach it as a file.").format(
                count=len(event.beyond)
            ),
            "warn", stays=True,
        )
