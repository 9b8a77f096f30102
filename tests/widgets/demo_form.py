"""A screen with fields, for the tests of what is typed and pasted."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from supportdesk import actions
from supportdesk.base_app import DeskScreen
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Field, FieldFull, Notes, PastedLines, Suggestions, TooLong
from supportdesk.widgets.frame import KeyLine, MessageLine, Status, StatusLine
from supportdesk.widgets.sources import Rows

NAMES = ("Perret Monique", "Perrin Luc", "Perrot Anne", "Meier Hans", "Meyer Eva")


class Form(DeskScreen[None]):
    where = actions.INTAKE

    def compose(self) -> ComposeResult:
        yield StatusLine(Status("Call"))
        suggestions = Suggestions([Column("name", "", 20, lambda name: (name, ""), flexible=True)], id="names")
        yield Field(placeholder="who calls", suggestions=suggestions, id="caller")
        yield suggestions
        yield Field(placeholder="symptom", id="symptom", max_length=60)
        yield Notes(placeholder="notes", id="notes")
        yield MessageLine()
        yield KeyLine(
            ["save", "back"], ["save", "solve", "hand_over", "callback", "set_aside", "back"], hint="Enter next"
        )

    def on_mount(self) -> None:
        self.query_one("#caller").focus()

    @on(Field.Changed, "#caller")
    def find(self, event: Field.Changed) -> None:
        found = [name for name in NAMES if event.value and name.lower().startswith(event.value.lower())]
        self.query_one(Suggestions).renew(Rows(found, key=str))

    @on(Suggestions.Chosen)
    def use(self, event: Suggestions.Chosen) -> None:
        self.app.say(f"chosen {event.key}")

    @on(PastedLines)
    def offer(self, event: PastedLines) -> None:
        self.app.say(f"took {len(event.first)}, left {len(event.rest)}: F6 puts it into the notes")

    @on(FieldFull)
    def full(self) -> None:
        self.app.say("the field is full")

    @on(TooLong)
    def too_long(self, event: TooLong) -> None:
        self.app.say(f"{len(event.beyond)} signs are kept beside")

    def action_save(self) -> None:
        notes = self.query_one(Notes).text
        self.app.say(f"saved {self.query_one('#caller', Field).value!r} {len(notes)}")
