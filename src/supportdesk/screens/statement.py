"""Writing what agents may say of a major incident, a field for each language; declaring one begins with it.

What is typed is kept under the ticket of the incident until it is saved (DESIGN.md law 1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from textual import on
from textual.containers import Horizontal, Vertical

from supportdesk.actions import STATEMENT
from supportdesk.base_app import DeskScreen
from supportdesk.desk.clock_words import clock
from supportdesk.desk.major_guess import Guess
from supportdesk.i18n import LANGUAGES, N_, _
from supportdesk.rules.secrets import looks_like_secret
from supportdesk.rules.whenever import parse_when
from supportdesk.screens.intents import Intent, to
from supportdesk.screens.kept import KeptWords
from supportdesk.screens.major_lines import language_name
from supportdesk.store.types import micros
from supportdesk.store.views.major import Major
from supportdesk.terms.errors import DeskError, Invalid
from supportdesk.widgets.beside import beside
from supportdesk.widgets.fields import Field, Notes, TooLong
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule, StatusLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk

VALID, NEXT, TITLE = "valid", "next", "title"
TIMES = (VALID, NEXT)
_OTHER = re.compile("(?!fr$|en$|de$)[a-z]{2,3}")
"""A language the console does not speak, as the desk may write sentences in it (desk/major)."""

HOUR, HALF = "60", "30"
"""Minutes from when it is saved: what is typed into a field of times."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. Instants are aware."""

    texts: dict[str, str]
    valid_until: datetime
    next_update_at: datetime
    title: str = ""


class Saying:
    """A new sentence of an incident that runs, or of one that is over; it begins with the one before."""

    declares = False

    def __init__(self, major: Major) -> None:
        self.about = major.ticket_id or major.id
        self.heading = f"{major.title}  {major.number}"
        self.begin = dict(major.statement.texts) if major.statement else {}
        self._id = major.id

    def intent(self, written: Written) -> Intent:
        return to("major.say_statement", self._id, written.texts, written.valid_until, written.next_update_at)


class Declaring:
    """A ticket becomes a major incident, with what is known of it filled in."""

    declares = True

    def __init__(self, ticket_id: UUID, number: str, guess: Guess, cases: tuple[UUID, ...] = ()) -> None:
        self.about = ticket_id
        self.heading = _("Declare {number} a major incident").format(number=number)
        self.guess = guess
        self.begin = dict(guess.texts)
        self._cases = cases

    def intent(self, written: Written) -> Intent:
        return to("major.declare_major", self.about, title=written.title, texts=written.texts,
                  began_at=self.guess.began_at, valid_until=written.valid_until, next_update_at=written.next_update_at,
                  cases=self._cases)


class LanguageRow(Horizontal):
    """A language and what is to be said in it."""

    DEFAULT_CSS = """
    LanguageRow { height: 3; }
    LanguageRow > Panel { width: 18; height: 3; }
    LanguageRow > Notes { width: 1fr; height: 100%; }
    StatementScreen.-tall LanguageRow { height: 5; }
    """

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang

    def compose(self) -> ComposeResult:
        label = Panel()
        label.show([((f" {language_name(self._lang)}", "dim"),)])
        yield label
        yield Notes(id=f"text-{self._lang}")


class TimeRow(Horizontal):
    """A name, a field, and what is meant by what stands in it."""

    DEFAULT_CSS = """
    TimeRow { height: 1; }
    TimeRow > .name { width: 18; height: 1; }
    TimeRow > Field { width: 12; }
    TimeRow > .meant { width: 1fr; height: 1; }
    TimeRow > .wide { width: 1fr; }
    """

    def __init__(self, id: str, wide: bool = False) -> None:
        super().__init__(id=f"row-{id}")
        self.field = Field(id=f"field-{id}", classes="wide" if wide else "")
        self._wide = wide

    def compose(self) -> ComposeResult:
        yield Panel(classes="name")
        yield self.field
        if not self._wide:
            yield Panel(classes="meant")

    def name_it(self, name: str) -> None:
        self.query_one(".name", Panel).show([((f" {name}", "dim"),)])

    def say(self, text: str, style: str = "dim") -> None:
        self.query_one(".meant", Panel).show([((text, style),)])


class StatementScreen(DeskScreen[str | None]):
    """Returns what was done, in a sentence; None when it was left, then what is typed is kept."""

    where = STATEMENT
    app: SupportDesk

    DEFAULT_CSS = """
    StatementScreen #title { height: 1; }
    StatementScreen #form { height: 1fr; overflow-y: auto; scrollbar-size: 0 0; }
    StatementScreen TimeRow { margin: 0; }
    """

    def __init__(self, what: Saying | Declaring) -> None:
        super().__init__(name="statement")
        self._what = what
        self._languages = (*LANGUAGES, *sorted(lang for lang in what.begin if _OTHER.fullmatch(lang)))
        self.kept: KeptWords | None = None
        self._saving = False

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="title")
        with Vertical(id="form"):
            if self._what.declares:
                yield TimeRow(TITLE, wide=True)
            for lang in self._languages:
                yield LanguageRow(lang)
            yield TimeRow(VALID)
            yield TimeRow(NEXT)
        yield Rule()
        yield MessageLine()
        yield KeyLine(("save", "keys", "back"), ("save", "back"), self.app.keymap, N_("Tab next"))

    def row(self, id: str) -> TimeRow:
        return self.query_one(f"#row-{id}", TimeRow)

    def text(self, lang: str) -> Notes:
        return self.query_one(f"#text-{lang}", Notes)

    def on_mount(self) -> None:
        self.kept = KeptWords(self.app, self._what.about)
        self.query_one("#title", Panel).show([((f" {self._what.heading}", "strong"),)])
        self.row(VALID).name_it(_("Valid until"))
        self.row(NEXT).name_it(_("Next update"))
        begin = {f"text-{lang}": text for lang, text in self._what.begin.items()} | {
            f"field-{VALID}": HOUR, f"field-{NEXT}": HALF}
        if isinstance(self._what, Declaring):
            self.row(TITLE).name_it(_("Out of order"))
            begin[f"field-{TITLE}"] = self._what.guess.title
        self._fill({id: text for id, text in begin.items() if id in self._fields})
        first = self.app.desk.agent.language
        self.text(first if first in LANGUAGES else LANGUAGES[0]).focus()
        beside(self, self._recall, group="first", keys_wait=True)

    def on_screen_resume(self) -> None:
        self.app.show_status()

    @property
    def _fields(self) -> tuple[str, ...]:
        """The ids of all that is typed into."""
        of_ticket = (TITLE,) if self._what.declares else ()
        return (*(f"text-{lang}" for lang in self._languages), *(f"field-{id}" for id in (*TIMES, *of_ticket)))

    def _fill(self, texts: dict[str, str]) -> None:
        for id, text in texts.items():
            for notes in self.query(f"#{id}").results(Notes):
                with self.prevent(Notes.Changed):
                    notes.text = text
                    notes.move_cursor(notes.document.end)
            for field in self.query(f"#{id}").results(Field):
                with self.prevent(Field.Changed):
                    field.value = text
                    field.cursor_position = len(text)
        self._say_times()

    async def _recall(self) -> None:
        assert self.kept is not None
        kept = {name.removeprefix(KEPT): str(data.get("text", "")) for name, data in (await self.kept.recall()).items()
                if name.startswith(KEPT)}
        kept = {id: text for id, text in kept.items() if id in self._fields}
        if kept:
            self._fill(kept)
            self.app.say(_("This is what you began to write; it is not said yet."), stays=True)

    # -- typing

    @on(Notes.Changed)
    def text_typed(self, event: Notes.Changed) -> None:
        event.stop()
        notes = event.text_area
        self._keep(str(notes.id), notes.text)
        if looks_like_secret(notes.text):
            self.app.say(_("This looks like a password or a card number: do not keep it here."), "warn")

    @on(Field.Changed)
    def field_typed(self, event: Field.Changed) -> None:
        event.stop()
        self._keep(str(event.input.id), event.value)
        self._say_times()

    def _keep(self, id: str, text: str) -> None:
        if self.kept is not None:
            self.kept.put(KEPT + id, text)

    @on(Field.Submitted)
    def entered(self, event: Field.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(TooLong)
    def too_long(self, event: TooLong) -> None:
        event.stop()
        self.app.say(_("A sentence is read aloud: {count} characters were not taken.").format(count=len(event.beyond)),
                     "warn", stays=True)

    def _at(self, id: str) -> datetime | None:
        return parse_when(self.row(id).field.value, self.app.now(), self.app.zone)

    def _say_times(self) -> None:
        """What is meant by each time, as it would be saved now."""
        for id in TIMES:
            at = self._at(id)
            if at is None:
                self.row(id).say(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."), "warn")
            else:
                self.row(id).say(clock(micros(at), self.app.now_us, self.app.zone))

    def minute_passed(self) -> None:
        super().minute_passed()
        self._say_times()

    # -- saving

    def action_save(self) -> None:
        if not self._saving:
            self._saving = True
            beside(self, self._save, group="save", exclusive=False)

    async def _save(self) -> None:
        try:
            written = self._written()
            await self.app.write(self._what.intent(written))
        except DeskError as error:
            self.app.refused(error)
            return
        finally:
            self._saving = False
        assert self.kept is not None
        for id in self._fields:
            self.kept.drop(KEPT + id)
        until = clock(micros(written.valid_until), self.app.now_us, self.app.zone)
        said = _("Declared: every screen shows the sentence until {when}. u takes it back.") if (
            self._what.declares) else _("Every screen shows the sentence until {when}. u takes it back.")
        self.dismiss(said.format(when=until))

    def _written(self) -> Written:
        """What stands in the fields. Raises Invalid, with the cursor where it is wrong."""
        found = {id: self._at(id) for id in TIMES}
        for id, at in found.items():
            if at is None:
                self.row(id).field.focus()
                raise Invalid(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."))
        valid, following = found[VALID], found[NEXT]
        assert valid is not None
        assert following is not None
        texts = {lang: self.text(lang).text.strip() for lang in self._languages}
        title = self.row(TITLE).field.value if self._what.declares else ""
        return Written({lang: text for lang, text in texts.items() if text}, valid, following, title)


KEPT = "statement/"
"""Before the names of its texts, which lie beside those typed on the ticket's own screen."""
