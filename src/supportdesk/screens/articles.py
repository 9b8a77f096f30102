"""The articles: found while the caller still speaks, read, ticked step by step, judged.

Opened freely, from a call (which takes the article that is chosen) or from a ticket (which keeps what was tried).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from textual import on
from textual.containers import Horizontal

from supportdesk.actions import ARTICLES
from supportdesk.base_app import DeskScreen
from supportdesk.i18n import N_, _, ngettext
from supportdesk.screens.article import ArticleScreen
from supportdesk.store.views import articles
from supportdesk.store.views.articles import ArticleLine
from supportdesk.widgets.beside import beside
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Field, Suggestions
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.markdown import blocks, lines
from supportdesk.widgets.reading import Reading
from supportdesk.widgets.sources import Rows

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk

SHOWN = 20
"""Articles listed; what is not among them wants another word."""

Picked = Callable[[tuple[UUID, str] | None], object]


def helped_said(helped: int, votes: int) -> str:
    """``helped 92 % (37 votes)``; "" while nobody has judged it. A rate always shows its count."""
    if not votes:
        return ""
    text = ngettext("helped {percent} % ({n} vote)", "helped {percent} % ({n} votes)", votes)
    return text.format(percent=round(100 * helped / votes), n=votes)


class ArticlesScreen(DeskScreen[None]):
    """Search as you type; Enter reads the article."""

    where = ARTICLES
    app: SupportDesk

    KEYS = ("open", "filter", "new_call", "handoffs", "keys", "back")

    DEFAULT_CSS = """
    ArticlesScreen #ask { height: 1; }
    ArticlesScreen #ask-label { width: 16; }
    ArticlesScreen #ask-field { width: 1fr; }
    ArticlesScreen #heading { height: 1; }
    ArticlesScreen #body { height: 1fr; }
    ArticlesScreen #found { width: 1fr; height: 1fr; }
    ArticlesScreen #beside { display: none; width: 60; height: 1fr; }
    ArticlesScreen.-w120 #beside, ArticlesScreen.-w160 #beside { display: block; }
    ArticlesScreen.-w160 #beside { width: 80; }
    """

    def __init__(
        self, text: str = "", language: str | None = None, picked: Picked | None = None, *,
        ticket_id: UUID | None = None,
    ) -> None:
        """
        Args:
            text: What the caller said.
            language: Of the contact; articles in it come first. By default the agent's own.
            picked: Called with the article's id and title when it is to be used in a call.
            ticket_id: The ticket that keeps what was tried.
        """
        super().__init__(name="articles")
        self._text = text
        self._language = language
        self._picked = picked
        self._ticket_id = ticket_id
        self._previewed: UUID | None = None

    def compose(self) -> ComposeResult:
        found = Suggestions(
            [
                Column("title", "", 20, lambda line: (line.title, ""), flexible=True),
                Column("lang", "", 7, self._other_language, from_width=50),
                Column("helped", "", 24, lambda line: (helped_said(line.helped, line.votes), "dim"), from_width=70),
            ],
            id="found",
        )
        yield StatusLine(now=self.app.now)
        yield Rule()
        with Horizontal(id="ask"):
            yield Panel([[(" " + _("Articles about"), "accent")]], id="ask-label")
            yield Field(self._text, placeholder=_("what the caller says"), suggestions=found, id="ask-field")
        yield Panel(id="heading")
        with Horizontal(id="body"):
            yield found
            with Horizontal(id="beside"):
                yield Divider()
                yield Reading(id="preview")
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, ("back",), self.app.keymap, N_("Enter open  Arrows choose"))

    @property
    def found(self) -> Suggestions:
        return self.query_one("#found", Suggestions)

    @property
    def field(self) -> Field:
        return self.query_one("#ask-field", Field)

    @property
    def language(self) -> str:
        return self._language or self.app.desk.agent.language

    def on_mount(self) -> None:
        self.query_one("#preview", Reading).can_focus = False
        self.field.focus()
        self.field.cursor_position = len(self._text)
        self.found.active = True
        beside(self, self._search, self._text, group="search")

    def on_screen_resume(self) -> None:
        self.app.show_status()

    def desk_changed(self) -> None:
        """Somebody wrote or judged an article."""
        beside(self, self._search, self.field.value, group="search")

    def _other_language(self, line: ArticleLine) -> tuple[str, str]:
        """Another language than the contact's is named."""
        other = line.lang != self.language
        return (_("in {language}").format(language=line.lang), "warn") if other else ("", "")

    # -- searching

    @on(Field.Changed, "#ask-field")
    def typed(self, event: Field.Changed) -> None:
        event.stop()
        beside(self, self._search, event.value, group="search")

    async def _search(self, text: str) -> None:
        found = await self.app.find(articles.search, text, self.language, SHOWN)
        if found is None:
            return
        if text.strip():
            heading = ngettext("{n} article", "{n} articles", len(found)).format(n=len(found))
            self.found.say(_("No article speaks of this. Say it with other words, or log the call without one."))
        else:
            heading = ""
            self.found.say(_("Type what the caller says: the article that fits best comes first."))
        self.query_one("#heading", Panel).show([[(f" {heading}", "dim")]])
        self.found.renew(Rows(found, key=lambda line: line.id))

    # -- the list

    @on(Suggestions.Rested, "#found")
    async def preview(self, event: Suggestions.Rested) -> None:
        """The article under the cursor stands beside the list where there is room."""
        event.stop()
        preview = self.query_one("#preview", Reading)
        line = self.found.cursor_row
        if not self.query_one("#beside").display:
            return
        if line is None:
            self._previewed = None
            preview.show(lambda _cells: ())
        elif line.id != self._previewed:
            self._previewed = line.id
            view = await self.app.read(articles.article, line.id)
            if view is not None:
                shown = blocks(view.body)
                preview.show(lambda cells: [[(view.title, "strong")], "", *lines(shown, cells)])

    @on(Suggestions.Chosen, "#found")
    def chosen(self, event: Suggestions.Chosen) -> None:
        event.stop()
        self.action_open()

    @on(Field.Submitted, "#ask-field")
    def entered(self, event: Field.Submitted) -> None:
        event.stop()
        beside(self, self._open_best, event.value, group="open")

    async def _open_best(self, text: str) -> None:
        """Enter faster than the search: the best article for exactly what is typed."""
        found = await self.app.read(articles.search, text, self.language, 1)
        if found:
            self._read_article(found[0].id)

    def action_open(self) -> None:
        line = self.found.cursor_row
        if line is not None:
            self._read_article(line.id)

    def _read_article(self, id: UUID) -> None:
        self.app.push_screen(
            ArticleScreen(id, ticket_id=self._ticket_id, for_call=self._picked is not None), self._article_closed
        )

    def _article_closed(self, used: tuple[UUID, str] | None) -> None:
        if used is not None and self._picked is not None:
            self.dismiss()
            self._picked(used)

    # -- keys outside the field

    def on_key(self, event: events.Key) -> None:
        if self.in_field or not self.found.source.total:
            return
        if event.key in ("down", "up"):
            self.found.step(1 if event.key == "down" else -1)
        elif event.key in ("pagedown", "pageup"):
            self.found.move_to(self.found.index + (1 if event.key == "pagedown" else -1) * self.found.page)
        else:
            return
        event.stop()
        event.prevent_default()

    def action_filter(self) -> None:
        self.field.focus()
