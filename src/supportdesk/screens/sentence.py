"""The sentence to say about a major incident, large, in the caller's language; from there the caller joins it (T6).

Opened over whatever is in front by one key, also while a call is typed. What joining means there the screen below
says (:class:`Joining`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events

from supportdesk.actions import SENTENCE, Action
from supportdesk.base_app import DeskScreen
from supportdesk.i18n import LANGUAGES, _
from supportdesk.rules.major import Sentence
from supportdesk.screens import major_lines as words
from supportdesk.store.views import major as majors
from supportdesk.store.views.major import Major, ToldLine
from supportdesk.widgets.beside import beside
from supportdesk.widgets.frame import KeyLine, MessageLine, Named, Panel, Rule, StatusLine
from supportdesk.widgets.reading import Reading

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.widgets.lines import Line


@dataclass(frozen=True, slots=True)
class Joining:
    """What a screen does with the incident whose sentence is read.

    Attributes:
        called: The id of the action whose name says what joining does there.
        language: The caller's, None if nobody knows it.
        join: Does it, with the sentence that was on the screen (None: there was none to say).
        refused: Why it cannot be done, in a sentence; "" if it can.
    """

    called: str
    language: str | None
    join: Callable[[Major, Sentence | None], None]
    refused: str = ""


WIDEST = 76
"""Cells of a line of the sentence: it is read aloud."""


class SentenceScreen(DeskScreen[None]):
    """One incident at a time; the arrows lead to other languages and other incidents."""

    where = SENTENCE
    app: SupportDesk

    DEFAULT_CSS = """
    SentenceScreen #title, SentenceScreen #languages { height: 1; }
    """

    def __init__(self, running: Sequence[Major], of: Major, joining: Joining | None) -> None:
        super().__init__(name="sentence")
        self._majors = tuple(running)
        self._joining = joining
        self._at = next((n for n, each in enumerate(running) if each.id == of.id), 0)
        self._told: tuple[ToldLine, ...] = ()
        self._language = (joining.language if joining else None) or self.app.desk.agent.language

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="title")
        yield Panel(id="languages")
        yield Rule()
        yield Reading(id="text")
        yield Rule()
        yield MessageLine()
        yield KeyLine(self._keys, (), self.app.keymap)

    @property
    def _keys(self) -> tuple[Named, ...]:
        joins: Named = ("join", self._joining.called if self._joining else "major")
        return (joins, "next_language", "major", "keys", "back") if self._joining else (
            joins, "next_language", "keys", "back")

    @property
    def text(self) -> Reading:
        return self.query_one("#text", Reading)

    @property
    def shown(self) -> Major:
        return self._majors[self._at]

    def on_mount(self) -> None:
        self.show_sentence()
        beside(self, self.renew, group="renew")

    def on_screen_resume(self) -> None:
        self.app.show_status()

    def desk_changed(self) -> None:
        beside(self, self.renew, group="renew")

    async def renew(self) -> None:
        """What runs now; the incident that is read stays, also when it has just ended."""
        found = await self.app.read(majors.spoken, self.shown.id)
        if found.of is None:
            self.dismiss()
            return
        self._majors, self._at, self._told = found.running, found.running.index(found.of), found.told
        self.show_sentence()

    def show_sentence(self) -> None:
        """The sentence in the language chosen, at this minute."""
        major = self.shown
        title: list[tuple[str, str]] = [(f" {major.title}", "strong"), (f"  {major.number}", "dim")]
        if len(self._majors) > 1:
            title.append(("  " + _("{n} of {all}, arrows show the others").format(
                n=self._at + 1, all=len(self._majors)), "warn"))
        self.query_one("#title", Panel).show([title])
        offered = words.offered_languages(major, LANGUAGES)
        if self._language not in offered:
            offered.append(self._language)
        self.query_one("#languages", Panel).show([
            ((" ", ""), *words.languages_line(major, self._language, offered))])
        self.text.show(lambda cells: list(self._lines(min(cells, WIDEST))), keep=True)
        self.query_one(KeyLine).show(self._keys)

    def _lines(self, cells: int) -> Iterator[Line]:
        major, now_us, zone = self.shown, self.app.now_us, self.app.zone
        yield from words.sentence_lines(major, self._language, now_us, zone, cells)
        yield ""
        yield from words.state_lines(major, now_us, zone)
        yield from words.told_lines(self._told, now_us, zone, cells)

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show_sentence()

    # -- keys

    def disabled_reason(self, action: Action) -> str | None:
        if action.id == "join" and self._joining is not None:
            if self.shown.ended_us is not None:
                return _("This major incident is over.")
            return self._joining.refused or None
        return None

    def action_join(self) -> None:
        """The caller joins it, or where nobody calls: show it whole."""
        joining, major = self._joining, self.shown
        if joining is None:
            self.app.pop_screen()
            self.app.open_major(major.id)
            return
        said = words.spoken(major, self._language, self.app.now_us)
        self.dismiss()
        joining.join(major, None if said is None or said.expired else said)

    def action_major(self) -> None:
        self.app.open_major(self.shown.id)

    def action_next_language(self) -> None:
        self._turn(1)

    def action_previous_language(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        offered = words.offered_languages(self.shown, LANGUAGES)
        at = offered.index(self._language) if self._language in offered else 0 if by < 0 else -1
        self._language = offered[(at + by) % len(offered)]
        self.show_sentence()

    def on_key(self, event: events.Key) -> None:
        """Up and down lead to the other incidents when more than one runs, else they scroll."""
        if event.key in ("up", "down") and len(self._majors) > 1:
            event.stop()
            self._at = (self._at + (1 if event.key == "down" else -1)) % len(self._majors)
            self._told = ()
            self.show_sentence()
            beside(self, self.renew, group="renew")
        else:
            self.text.on_key(event)

    def action_sentence(self) -> None:
        """The key that opened it leads to what else is asked, or closes it."""
        if not self.app.suspicions:
            self.dismiss()
            return
        from supportdesk.screens.major_question import QuestionScreen

        self.app.switch_screen(QuestionScreen(self.app.suspicions[0]))
