"""The note being written, at the foot of the ticket: internal, or for the caller; kept as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from supportdesk.desk.labels import AUDIENCE, label
from supportdesk.i18n import _
from supportdesk.terms.codes import Audience
from supportdesk.widgets.fields import Notes
from supportdesk.widgets.frame import Panel

if TYPE_CHECKING:
    from textual.app import ComposeResult


class NoteEditor(Vertical):
    """Hidden until a note is written. The text stays when it is left."""

    DEFAULT_CSS = """
    NoteEditor { height: 6; display: none; }
    NoteEditor Panel { height: 1; }
    NoteEditor Notes { height: 1fr; margin: 0 1; }
    """

    audience = Audience.INTERNAL

    def compose(self) -> ComposeResult:
        yield Panel(id="note-head")
        yield Notes(id="note-text")

    @property
    def notes(self) -> Notes:
        return self.query_one("#note-text", Notes)

    @property
    def text(self) -> str:
        return self.notes.text

    def put(self, text: str, audience: Audience) -> None:
        """Show a note as it was left."""
        with self.prevent(Notes.Changed):
            self.notes.text = text
        self.audience = audience

    def open(self) -> None:
        """Go on writing."""
        self.display = True
        self.name_audience()
        self.notes.focus()
        self.notes.move_cursor(self.notes.document.end)

    def leave(self) -> None:
        self.display = False

    def turn(self) -> None:
        """The other audience."""
        self.audience = Audience.CALLER if self.audience is Audience.INTERNAL else Audience.INTERNAL
        self.name_audience()

    def name_audience(self) -> None:
        style = "warn" if self.audience is Audience.CALLER else "accent"
        self.query_one("#note-head", Panel).show([
            ((" " + _("Note") + " ", "dim"), (label(AUDIENCE, self.audience), style),
             ("   " + _("Ctrl+T: for whom"), "dim")),
        ])
