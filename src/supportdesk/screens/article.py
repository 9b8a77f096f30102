"""One article to read: its steps are ticked by number keys, and it is judged by + and -."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.actions import ARTICLE, Action
from supportdesk.base_app import DeskScreen
from supportdesk.desk.article_page import ArticlePage, article_page
from supportdesk.desk.labels import MATTER, label
from supportdesk.i18n import _, ngettext
from supportdesk.screens.intents import to
from supportdesk.screens.kept import KeptWords
from supportdesk.store.types import uuid7
from supportdesk.store.views.articles import article, by_slug
from supportdesk.terms.errors import DeskError
from supportdesk.widgets.beside import beside
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.lines import plain
from supportdesk.widgets.markdown import Block, blocks, lines
from supportdesk.widgets.reading import Reading

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.widgets.lines import Line, Span

WIDEST = 100
"""Cells of a line of text: the eye loses its way back over longer ones."""


class ArticleScreen(DeskScreen[tuple[UUID, str] | None]):
    """Returns the article's id and title when a call takes it."""

    where = ARTICLE
    app: SupportDesk

    DEFAULT_CSS = """
    ArticleScreen #about { height: auto; }
    """

    def __init__(self, article_id: UUID, *, ticket_id: UUID | None = None, for_call: bool = False) -> None:
        super().__init__(name="article")
        self._article_id = article_id
        self._ticket_id = ticket_id
        self._for_call = for_call
        self._page: ArticlePage | None = None
        self._blocks: Sequence[Block] = ()
        self._use_id = uuid7()
        self._steps: set[int] = set()
        self._helped: bool | None = None
        self._kept: KeptWords | None = None
        self._last_key = ""

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="about")
        yield Rule()
        yield Reading(id="text")
        yield Rule()
        yield MessageLine()
        keys = ("save",) if self._for_call else ("tick_step",) if self._ticket_id else ()
        yield KeyLine((*keys, "helped", "did_not_help", "keys", "back"), (), self.app.keymap)

    @property
    def text(self) -> Reading:
        return self.query_one("#text", Reading)

    def on_mount(self) -> None:
        self.text.focus()
        if self._ticket_id is not None:
            self._kept = KeptWords(self.app, self._ticket_id)
        beside(self, self._load, self._article_id, group="load", keys_wait=True)

    def on_screen_resume(self) -> None:
        self.app.show_status()

    async def _load(self, id: UUID) -> None:
        page = await self.app.read(article_page, id, self._ticket_id, self.app.desk.agent.login)
        if page is None:
            self.query_one("#about", Panel).show([[(" " + _("This article is gone. Esc goes back."), "warn")]])
            return
        self._blocks = await asyncio.to_thread(blocks, page.view.body)
        self._article_id, self._page = id, page
        self._use_id = page.use_id or uuid7()
        self._steps, self._helped = set(page.steps), page.helped
        await self._recall()
        self._show(keep=False)
        self._go_to_steps()

    async def _recall(self) -> None:
        """Steps ticked before the console died."""
        if self._kept is None:
            return
        data = (await self._kept.recall()).get(self._kept_name)
        if data is not None:
            self._steps = set(json.loads(str(data.get("text", "[]"))))

    @property
    def _kept_name(self) -> str:
        return f"steps/{self._article_id}"

    # -- what is shown

    def _show(self, keep: bool = True) -> None:
        page = self._page
        if page is None:
            return
        self.query_one("#about", Panel).show(self._about(page))
        self.text.show(lambda cells: lines(self._blocks, min(cells, WIDEST), self._steps), keep)

    def _go_to_steps(self) -> None:
        """What is done comes first when not all fits: begin at the steps, their heading on the second line."""
        boxes = [n for n, line in enumerate(self.text.shown) if "] 1. " in plain(line)]
        if boxes and len(self.text.shown) > self.text.size.height:
            self.text.move(boxes[0] - 3)

    def _about(self, page: ArticlePage) -> list[Line]:
        view = page.view
        from supportdesk.screens.articles import helped_said

        made: list[Line] = [[(" " + view.title, "strong")]]
        facts: list[Span] = [(f" {view.lang}", "dim")]
        others = [lang for lang in view.languages if lang != view.lang]
        if others:
            facts.append((", " + _("also in {languages} (left, right)").format(languages=", ".join(others)), "dim"))
        judged = helped_said(view.helped, view.votes)
        facts.append((f"  {judged}" if judged else "  " + _("not judged yet"), "dim"))
        if self._helped is not None:
            facts.append(("  " + (_("you: it helped") if self._helped else _("you: it did not help")), "accent"))
        if page.number:
            count = len(self._steps)
            text = ngettext("{n} step ticked for {number}", "{n} steps ticked for {number}", count)
            facts.append(("  " + text.format(n=count, number=page.number), "accent"))
        made.append(facts)
        if view.identity:
            text = _("! Check the identity first: {matter}").format(matter=label(MATTER, view.identity))
            made.append([(f" {text}", "warn")])
        if view.issue:
            made.append([(f" {view.issue}", "dim")])
        return made

    def on_resize(self) -> None:
        self._show()

    # -- steps

    def on_key(self, event: events.Key) -> None:
        self._last_key = event.key
        if event.key in ("left", "right"):
            self._turn(1 if event.key == "right" else -1)
        elif event.key == "enter" and self._for_call:
            self.action_save()
        else:
            return
        event.stop()
        event.prevent_default()

    def action_tick_step(self) -> None:
        page, number = self._page, int(self._last_key) if self._last_key.isdigit() else 0
        if page is None or not 1 <= number <= len(page.view.steps):
            self.app.say(_("This article has no step {n}.").format(n=number), "warn")
            return
        self._steps ^= {number}
        if self._kept is not None:
            self._kept.put(self._kept_name, json.dumps(sorted(self._steps)))
        self._show()

    def _turn(self, by: int) -> None:
        """The same article in another language."""
        page = self._page
        if page is None or len(page.view.languages) < 2:
            return
        every = page.view.languages
        lang = every[(every.index(page.view.lang) + by) % len(every)] if page.view.lang in every else every[0]
        beside(self, self._open_language, page.view.slug, lang, group="load", keys_wait=True)

    async def _open_language(self, slug: str, lang: str) -> None:
        other = await self.app.read(by_slug, slug, lang)
        if other is not None:
            await self._note()
            await self._load(other.id)

    # -- judging and leaving

    def disabled_reason(self, action: Action) -> str | None:
        if action.id == "save" and not self._for_call:
            return _("Nothing is to be saved here: ticks are kept by themselves.")
        return None

    def action_helped(self) -> None:
        self.app.go(self._judge, True)

    def action_did_not_help(self) -> None:
        self.app.go(self._judge, False)

    async def _judge(self, helped: bool) -> None:
        self._helped = helped
        if self._ticket_id is None:
            await self.app.write(to("articles.vote", self._article_id, helped))
        else:
            await self._note()
        view = await self.app.read(article, self._article_id)
        if view is not None and self._page is not None:
            self._page = replace(self._page, view=view, use_id=self._use_id, steps=tuple(self._steps), helped=helped)
        self._show()
        self.app.say(_("Noted: it helped.") if helped else _("Noted: it did not help."))

    async def _note(self) -> None:
        """Put what was ticked and judged on the ticket, once for all of it."""
        page = self._page
        if page is None or self._ticket_id is None:
            return
        if (tuple(sorted(self._steps)), self._helped) != (tuple(sorted(page.steps)), page.helped):
            await self.app.write(to(
                "articles.use", self._article_id, ticket_id=self._ticket_id, steps=tuple(sorted(self._steps)),
                helped=self._helped, id=self._use_id,
            ))
        if self._kept is not None:
            self._kept.drop(self._kept_name)

    def action_save(self) -> None:
        """The call takes this article."""
        page = self._page
        if page is not None and self._for_call:
            self.dismiss((page.view.id, page.view.title))

    def action_back(self) -> None:
        beside(self, self._leave, group="leave")

    async def _leave(self) -> None:
        try:
            await self._note()
        except DeskError as error:
            self.app.refused(error)
            return
        self.dismiss(None)
