"""Handing over: the packet a receiver needs to start, filled as far as the ticket tells (LOOK.md "Handoff")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from textual import on
from textual.containers import Horizontal, Vertical

from supportdesk.actions import HANDOFF
from supportdesk.base_app import DeskScreen
from supportdesk.desk import choices as offer
from supportdesk.desk.choice import Choice
from supportdesk.desk.handoff_page import HandoffPage, handoff_page
from supportdesk.desk.labels import PACKET, label
from supportdesk.desk.packets import SOURCES, Source, source_of
from supportdesk.i18n import N_, _
from supportdesk.rules.packet import PARTS, filled, missing
from supportdesk.rules.text import fit, safe, width
from supportdesk.screens.flows import Flows
from supportdesk.screens.intents import to
from supportdesk.screens.kept import KeptWords
from supportdesk.store.views.intake import TeamLine
from supportdesk.terms.errors import DeskError, Invalid
from supportdesk.widgets.beside import beside
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Field, Suggestions
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.prompt import Answer, Prompt, Question
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk

TEAM = "team"
KEPT = "handoff"
ROWS = 5
"""Teams listed under their field."""


class PartRow(Horizontal):
    """One part of the packet: a sign when it is lacking, its name, its text, where that comes from."""

    DEFAULT_CSS = """
    PartRow { height: 1; }
    PartRow > .name { width: 25; }
    PartRow > Field { width: 1fr; }
    PartRow > .source { width: 24; }
    HandoffScreen.-w60 PartRow > .source, HandoffScreen.-narrow PartRow > .source { display: none; }
    HandoffScreen.-w60 PartRow > .name, HandoffScreen.-narrow PartRow > .name { width: 25; }
    """

    def __init__(self, part: str, suggestions: Suggestions | None = None) -> None:
        super().__init__(id=f"row-{part}")
        self.part = part
        self.field = Field(suggestions=suggestions, id=f"part-{part}")

    def compose(self) -> ComposeResult:
        yield Panel(classes="name")
        yield self.field
        yield Panel(classes="source")

    def name_it(self, name: str, source: Source | None, words: str = "") -> None:
        """Its name with a sign when it is lacking, and where its text comes from."""
        lacking = source is Source.LACKING
        sign = ("!", "warn") if lacking else (" ", "")
        style = "warn" if lacking else "dim"
        self.query_one(".name", Panel).show([[(" ", ""), sign, (f" {fit(safe(name), 21)} ", style)]])
        said = words or (_(SOURCES[source]) if source else "")
        self.query_one(".source", Panel).show([[(f"  {said}", style)]])


class HandoffScreen(Flows, DeskScreen[str | None]):
    """Compose an offer. Returns what was done, in a sentence; None when it was left, then it is kept as a draft."""

    where = HANDOFF
    app: SupportDesk

    DEFAULT_CSS = """
    HandoffScreen #title { height: 1; }
    HandoffScreen #parts { height: auto; }
    HandoffScreen #teams { height: 5; display: none; }
    HandoffScreen #space { height: 1fr; }
    HandoffScreen.-low #parts { height: 1fr; overflow-y: auto; scrollbar-size: 0 0; }
    HandoffScreen.-low #space { display: none; }
    """

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(name="handoff")
        self.ticket_id = ticket_id
        self.kept: KeptWords | None = None
        self._prepared: HandoffPage | None = None
        self._team: TeamLine | None = None

    def compose(self) -> ComposeResult:
        teams = Suggestions(
            [
                Column("level", "", 2, lambda choice: (choice.sign, "accent")),
                Column("name", "", 20, lambda choice: (choice.text, ""), flexible=True),
                Column("detail", "", 24, lambda choice: (choice.detail, "dim"), flexible=True),
            ],
            id="teams",
        )
        yield StatusLine(now=self.app.now)
        yield Panel(id="title")
        yield Rule()
        with Vertical(id="parts"):
            yield PartRow(TEAM, teams)
            yield teams
            for part in PARTS:
                yield PartRow(part)
        yield Panel(id="space")
        yield Prompt()
        yield Rule()
        yield MessageLine()
        keys = ("offer", "with_reason", "back")
        yield KeyLine(("offer", "with_reason", "keys", "back"), keys, self.app.keymap, N_("Enter next"))

    def row(self, part: str) -> PartRow:
        return self.query_one(f"#row-{part}", PartRow)

    @property
    def teams(self) -> Suggestions:
        return self.query_one("#teams", Suggestions)

    def on_mount(self) -> None:
        self.kept = KeptWords(self.app, self.ticket_id)
        self.row(TEAM).field.focus()
        beside(self, self._prepare, group="prepare", keys_wait=True)

    def on_screen_resume(self) -> None:
        self.app.show_status()

    async def _prepare(self) -> None:
        self._prepared = await self.app.read(
            handoff_page, self.ticket_id, self.now_us, self.app.zone, self.app.region, self.app.desk.agent.site_name
        )
        if self._prepared is None or self.kept is None:
            self.app.say(_("This ticket is not in this desk (any more). Esc goes back."), "warn", stays=True)
            return
        kept = (await self.kept.recall()).get(KEPT)
        parts = {part: told.text for part, told in self._prepared.packet.items()}
        if kept is not None:
            parts |= {str(part): str(text) for part, text in dict(kept.get("parts", {})).items()}
            self.app.say(_("This is the offer you began; it is not sent yet."))
        for part in PARTS:
            self._put(part, parts.get(part, ""))
        team = str(kept.get("team", "")) if kept else ""
        if team:
            self._put(TEAM, team)
        best = await self._find_teams(team)
        if team:
            self._use_team(best)
        self.show_parts()

    def _put(self, part: str, text: str) -> None:
        field = self.row(part).field
        with self.prevent(Field.Changed):
            field.value = text
        field.cursor_position = len(text)

    # -- what is shown

    def packet(self) -> dict[str, str]:
        """What the rows say now; empty ones are left out."""
        texts = {part: self.row(part).field.value.strip() for part in PARTS}
        return {part: text for part, text in texts.items() if text}

    def show_parts(self) -> None:
        prepared = self._prepared
        if prepared is None:
            return
        packet = self.packet()
        self.row(TEAM).name_it(_("To"), None, self._team_words())
        for part in PARTS:
            source = source_of(part, self.row(part).field.value, prepared.packet)
            self.row(part).name_it(label(PACKET, part), source)
        title = _("Hand over {number}").format(number=prepared.view.number)
        count = _("{n} of {all}").format(n=filled(packet), all=len(PARTS))
        self.query_one("#title", Panel).show([
            [(f" {title}", "strong"), (f"  {count}", "accent"), (f"  {prepared.view.title}", "dim")],
        ])
        self._show_whole()

    def _show_whole(self) -> None:
        """What is longer than its line stands below as a whole while it is worked on."""
        field = self.focused
        text = field.value if isinstance(field, Field) and field.id != "prompt-field" else ""
        cells = self.size.width - 2
        fits = isinstance(field, Field) and width(safe(text)) < field.size.width
        lines = [] if fits else wrapped(text, max(10, cells))
        self.query_one("#space", Panel).show(["", *(((f" {line}", "dim"),) for line in lines)] if lines else [])

    def _team_words(self) -> str:
        return "" if self._team is None else offer.team_said(self._team)

    def on_resize(self) -> None:
        self.show_parts()

    # -- typing

    @on(Field.Changed)
    def typed(self, event: Field.Changed) -> None:
        if event.control.id == "prompt-field":
            return
        event.stop()
        self.keep()
        if event.control.id == f"part-{TEAM}":
            self._team = None
            beside(self, self._find_teams, event.value, group="teams")
        self.show_parts()

    def keep(self) -> None:
        """Hand what is typed to the draft file."""
        if self.kept is not None:
            self.kept.put(KEPT, "offer", team=self.row(TEAM).field.value, parts=self.packet())

    async def _find_teams(self, typed: str) -> Choice | None:
        """List the teams of that name; the first is the best guess."""
        prepared = self._prepared
        own = prepared.view.team.id if prepared and prepared.view.team else None
        guess = prepared.guess.data.id if prepared and prepared.guess else None
        found: Sequence[Choice] = await self.app.read(offer.teams, typed, own, self.app.desk.agent.site_name, guess)
        self.teams.styles.height = max(1, min(ROWS, len(found)))
        self.teams.renew(Rows(found, key=lambda each: each.key))
        self.teams.say(_("No team of that name."), "warn")
        return found[0] if found else None

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        self._show_whole()
        self.teams.display = self.focused is self.row(TEAM).field

    @on(Field.Submitted)
    def entered(self, event: Field.Submitted) -> None:
        """Enter goes on; the best guess of a team is taken."""
        if event.input.id == "prompt-field":
            return
        event.stop()
        part = (event.input.id or "").removeprefix("part-")
        if part == TEAM:
            beside(self, self._take_team, event.value, group="teams")
            return
        places = [TEAM, *PARTS]
        following = places[places.index(part) + 1 :]
        if following:
            self.row(following[0]).field.focus()
        else:
            self.action_offer()

    async def _take_team(self, typed: str) -> None:
        self._use_team(await self._find_teams(typed))

    @on(Suggestions.Chosen, "#teams")
    def team_chosen(self, event: Suggestions.Chosen) -> None:
        event.stop()
        self._use_team(self.teams.cursor_row)

    def _use_team(self, choice: Any) -> None:
        """The team is known: on to what is lacking."""
        if not isinstance(choice, Choice):
            self.app.say(_("No team of that name."), "warn")
            return
        self._team = choice.data
        self._put(TEAM, choice.text)
        self.teams.leave()
        self.keep()
        lacking = missing(self.packet())
        self.row(lacking[0] if lacking else PARTS[0]).field.focus()
        self.show_parts()

    # -- sending

    def action_offer(self) -> None:
        """F2: offer it, when nothing required is lacking."""
        if self.prompt.question is not None:
            self.prompt.submit()
        elif self._may_send():
            lacking = missing(self.packet())
            if lacking:
                self.row(lacking[0]).field.focus()
                self.app.say(
                    _("It lacks: {parts}. Fill it in, or F6 sends it incomplete with a reason.").format(
                        parts=", ".join(label(PACKET, part) for part in lacking)), "warn", stays=True)
            else:
                self.flow(self._offer, None)

    def action_with_reason(self) -> None:
        """F6: send it incomplete, and say why."""
        if not self._may_send():
            return
        if not missing(self.packet()):
            self.app.say(_("Nothing required is lacking: F2 offers it."))
            return
        self.flow(self._incomplete)

    def _may_send(self) -> bool:
        if self._team is not None:
            return True
        self.row(TEAM).field.focus()
        self.app.say(_("Choose the team first."), "warn")
        return False

    async def _incomplete(self) -> None:
        async def do(answer: Answer) -> None:
            if not answer.text.strip():
                raise Invalid(_("A reason is needed."))
            await self._offer(answer.text.strip())

        await self.asked(Question("why-incomplete", _("Incomplete, because"), hint=_("the receiver reads it")), do)

    async def _offer(self, reason: str | None) -> None:
        assert self.kept is not None
        assert self._team is not None
        try:
            await self.app.write(to("handoffs.offer", self.ticket_id, self._team.id, self.packet(), reason,
                                    self.kept.id(KEPT)))
        except DeskError as error:
            self.app.refused(error)
            return
        self.kept.drop(KEPT)
        self.forget_words("why-incomplete")
        self.dismiss(_("Offered to {team}; the ticket stays yours until they accept.").format(team=self._team.name))

    # -- leaving

    def resting_place(self) -> None:
        return None
