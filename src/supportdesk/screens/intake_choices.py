"""The one list of the intake: it answers the field at hand; choosing a line does what the line says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from supportdesk.desk import intake_items as items
from supportdesk.desk.draft import CallDraft, DraftCheck, DraftUse
from supportdesk.i18n import _
from supportdesk.rules.phones import parse_phone, show_phone
from supportdesk.rules.text import safe, width
from supportdesk.screens import intake_side as side
from supportdesk.store.views import articles, callers, intake
from supportdesk.store.views.ticket import ticket
from supportdesk.terms.codes import CheckResult
from supportdesk.widgets.columns import Column
from supportdesk.widgets.frame import MessageLine, Panel
from supportdesk.widgets.listing import GUTTER
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from uuid import UUID

    from textual import events

    from supportdesk.desk.intake_items import Item, Offered
    from supportdesk.store.views.callers import CallerGlance
    from supportdesk.store.views.intake import ComponentLine
    from supportdesk.widgets.fields import Suggestions
    from supportdesk.widgets.listing import Listing


def columns_for(detail: int) -> tuple[Column, ...]:
    """The list's columns with ``detail`` cells for the second text, which has a shorter form where it does not fit."""
    text = (
        Column("sign", "", 2, lambda i: (i.sign, "accent")),
        Column("text", "", 16, lambda i: (i.text, i.style), flexible=True),
    )
    if not detail:
        return text
    return (*text, Column("detail", "", detail + 1, lambda i: (f" {_second(i, detail)}", "dim"), from_width=40))


def _second(item: Item, cells: int) -> str:
    return item.detail if item.brief is None or width(safe(item.detail)) <= cells else item.brief


def _wrapped(item: Item, cells: int) -> list[Item]:
    """An item in as many lines as its text takes; each of them does the same."""
    first, *more = wrapped(item.text, cells)
    return [
        replace(item, text=first),
        *(replace(item, key=f"{item.key}/{n}", sign="", text=line) for n, line in enumerate(more, 2)),
    ]


class Choosing:
    """The list of :class:`supportdesk.screens.intake.IntakeScreen`."""

    draft: CallDraft
    glance: CallerGlance | None
    offered: Offered
    showing: str
    component_team: UUID | None
    _last_key = ""
    _requested = ""

    if TYPE_CHECKING:

        @property
        def found(self) -> Suggestions: ...

        def __getattr__(self, name: str) -> Any: ...

    @property
    def asked(self) -> str:
        """Which field the list answers now."""
        id = getattr(self.focused, "id", None) or ""
        return id if id in ("caller", "organisation", "behalf", "component", "team") else "symptom"

    def look_up(self, id: str) -> None:
        """Ask what is known; the newest question wins."""
        self.work(partial(self._look_up, id), group="lookup", exclusive=True)

    async def _look_up(self, id: str) -> None:
        draft = self.draft
        if id == "symptom" and draft.used and self.showing == "steps":
            return
        offered = await self._answer(id)
        if id != "caller" or (draft.caller_id is None and not draft.is_new_caller):
            self.show_offered(id, offered)

    async def _answer(self, id: str) -> Offered:
        """What the desk knows for what stands in a field now."""
        draft, read, region = self.draft, self.app.read, self.app.region
        offered: Offered
        match id:
            case "caller":
                offered = await read(items.for_caller, draft.caller_text, region, self.now_us)
            case "organisation":
                offered = await read(items.for_organisation, draft.organisation_text)
            case "behalf":
                offered = await read(items.for_behalf, draft.behalf_text, region)
            case "component":
                offered = await read(items.for_component, draft.component_text, draft.caller_id)
            case "team":
                offered = await read(items.for_team, self.value("team"), self.app.desk.agent, self.guessed_team())
            case _:
                offered = self._with_majors(await read(
                    items.for_symptom, draft, self.language, self.glance, self.now_us))
        return offered

    def _with_majors(self, offered: Offered) -> Offered:
        """A ticket found by what the caller says that is a major incident says so, and choosing it shows what to say;
        to the caller who reported it first it is his ticket, as to whoever names its number."""
        running = {major.ticket_id: major for major in self.app.majors}
        if not running:
            return offered
        own = {ticket.id for ticket in self.glance.open_tickets} if self.glance else set()
        return replace(offered, items=[
            replace(item, kind="major", detail=_("major incident"), brief=None, style="alarm",
                    data=running[item.data.id])
            if item.kind == "ticket" and item.data.id in running.keys() - own else item for item in offered.items
        ])

    async def take_guess(self, id: str) -> None:
        """Enter in a field: the best guess of the newest answer, even if Enter was faster than the list."""
        offered = await self._answer(id)
        if offered.guess and offered.items:
            self.choose(offered.items[0])
        elif id != "caller":
            self.go_on(id)
        elif not offered.guess:
            self.show_offered(id, offered)
            self.found.step(1)
            self.request(offered.ask)

    def request(self, text: str, stays: bool = False) -> None:
        """Say what is still to be said or chosen; the line goes when that is done."""
        self._requested = text
        self.app.say(text, "warn", stays=stays)

    def answered(self) -> None:
        """What was requested is there."""
        line = self.query_one(MessageLine)
        if self._requested and line.text == self._requested:
            line.clear()
        self._requested = ""

    def show_offered(self, id: str, offered: Offered) -> None:
        """Fill the list. While a row is chosen by the arrows it stays chosen and nothing moves under the finger."""
        chosen = self.showing == id and self.found.active
        self.showing, self.offered = id, offered
        source = Rows(offered.items, key=lambda item: item.key)
        if chosen:
            self.found.renew(source)
        else:
            self.found.leave()
            self.found.show(source)
        self.query_one("#heading", Panel).show([((f" {offered.heading}", "accent"),)])
        self.stand(id)
        self._make_room()

    def stand(self, showing: str) -> None:
        """On a narrow screen the list has the whole width while steps are read, or nothing stands beside it."""
        alone = showing == "steps" or (self.glance is None and self.draft.about is None)
        self.query_one("#below").set_class(alone, "alone")  # not on the screen: all of it would be styled anew

    @property
    def _list_cells(self) -> int:
        """How wide the list is or is about to be: beside it stands the context, on a narrow screen below or not."""
        whole = int(self.size.width)
        beside = whole >= 120 or (whole >= 80 and not self.query_one("#below").has_class("alone"))
        return whole - whole * 44 // 100 - 1 if beside else whole

    def _make_room(self) -> None:
        """The second column is as wide as what stands in it, at most a third of the list, for people half of it."""
        most = max(12, self._list_cells // (2 if self.showing == "caller" else 3))
        cells = min(most, max((width(safe(_second(i, most))) for i in self.offered.items), default=0))
        columns = columns_for(cells)
        if columns[-1].width != self.found.columns[-1].width or len(columns) != len(self.found.columns):
            self.found.columns = columns
            self.found.forget_drawn()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        event.stop()
        item = next((i for i in self.offered.items if i.key == event.key), None)
        if item is not None:
            self.choose(item)

    def choose(self, item: Item) -> None:
        """Do what the item says."""
        self.answered()
        getattr(self, f"_choose_{item.kind}")(item)

    def _choose_caller(self, item: Item) -> None:
        line, draft = item.data, self.draft
        typed = draft.caller_text
        draft.caller_id, draft.caller_name = line.id, line.name
        draft.organisation_id, draft.language = line.organisation_id, line.language
        draft.number = typed if callers.looks_like_number(typed) else line.number
        draft.is_new_caller = False
        self.put("caller", show_phone(draft.number, self.app.region) or line.name)
        draft.caller_text = self.value("caller")
        self.show_rows()
        self.keep()
        self.work(partial(self._recall, draft), group="glance", exclusive=True)
        self.go_on("caller")

    def _choose_new(self, item: Item) -> None:
        draft, typed = self.draft, item.data
        draft.is_new_caller = True
        if callers.looks_like_number(typed):
            draft.number = parse_phone(typed, self.app.region).as_given
            self.put("number", draft.number)
        else:
            draft.caller_name = typed
            self.put("name", typed)
        self.show_rows()
        self.show_words()
        self.keep()
        self.set_focus(self.field("name" if draft.number else "number"))

    def _choose_organisation(self, item: Item) -> None:
        self.draft.organisation_id, self.draft.organisation_text = item.data
        self.put("organisation", item.data[1])
        self.keep()
        self.go_on("organisation")

    def _choose_behalf(self, item: Item) -> None:
        self.draft.behalf_id, self.draft.behalf_text = item.data.id, item.data.name
        self.put("behalf", item.data.name)
        self.keep()
        self.go_on("behalf")

    def _choose_component(self, item: Item) -> None:
        self.use_component(item.data)
        self.go_on("component")

    def use_component(self, line: ComponentLine) -> None:
        draft = self.draft
        draft.component_id, draft.product_id, draft.asset_id = line.id, line.product_id, line.asset_id
        draft.component_text = ", ".join(part for part in (line.path, line.asset) if part)
        draft.matter = line.identity or draft.matter
        self.put("component", draft.component_text)
        self.component_team = line.team_id
        self.show_words()
        self.keep()

    def _choose_ticket(self, item: Item) -> None:
        self.draft.about, self.draft.about_number = item.data.id, item.data.number
        if not self.draft.caller_text:
            self.draft.caller_text = item.data.number
        if self.draft.symptom and not self.draft.note:
            self.draft.note = self.draft.symptom
            self.put("note", self.draft.note)
        self.show_rows()
        self.keep()
        self.work(partial(self._show_about, item.data.id), group="glance", exclusive=True)
        self.set_focus(self.field("note"))

    def _choose_major(self, item: Item) -> None:
        self.app.show_sentence(item.data)

    async def _show_about(self, id: UUID) -> None:
        """What may be told; the ticket says who calls and in which language, unless the call has said so."""
        about = await self.app.read(ticket, id)
        if about is None:
            return
        draft = self.draft
        draft.language = draft.language or about.language
        if draft.caller_id is None and not draft.caller_name:
            draft.caller_id, draft.caller_name = about.caller_id, about.caller
            draft.organisation_id = about.organisation_id
            self.keep()
        self.row("caller").say(side.who_words(about.caller, about.organisation, about.key_account, self.caller_cells))
        self.show_offered("about", items.Offered(_("About ticket {number}").format(number=about.number), ()))
        self.query_one("#context", Panel).show(side.about_lines(about, self.now_us, self.app.zone))

    def _choose_article(self, item: Item) -> None:
        self.work(partial(self._use_article, item.data.id, item.data.title), group="choose")

    async def _use_article(self, id: UUID, title: str) -> None:
        """The article is used on this call: its steps to tick, its component as the best guess."""
        draft = self.draft
        known = next((u for u in draft.used if u.article_id == id), None)
        if known is not None:
            draft.used.remove(known)
        draft.used.append(known or DraftUse(id, title))
        if not (draft.component_id or draft.component_text):
            line = await self.app.read(intake.component_of_article, id)
            if line is not None:
                self.use_component(line)
        view = await self.app.read(articles.article, id)
        if view is not None and view.identity:
            draft.matter = draft.matter or view.identity
        self.show_words()
        self.keep()
        await self._show_steps()
        self.set_focus(None)

    async def _show_steps(self) -> None:
        offered = await self.app.read(items.for_steps, self.draft)
        first = self.showing != "steps"
        self.stand("steps")
        cells = self._list_cells - GUTTER - 3
        self.show_offered("steps", replace(offered, items=[i for step in offered.items for i in _wrapped(step, cells)]))
        if first:
            self.found.step(1)
        else:
            self.found.renew_now()

    def _choose_step(self, item: Item) -> None:
        self._tick(item.data)

    def _tick(self, number: int) -> None:
        steps = self.draft.used[-1].steps
        if number in steps:
            steps.remove(number)
        elif any(i.kind == "step" and i.data == number for i in self.offered.items):
            steps.append(number)
            steps.sort()
        self.keep()
        self.work(self._show_steps, group="lookup", exclusive=True)

    def _choose_team(self, item: Item) -> None:
        self.work(partial(self.team_chosen, item.data), group="ending")

    def _choose_check(self, item: Item) -> None:
        method, result = item.data
        if result is CheckResult.SKIPPED:
            self.ask_reason("skip")
            return
        self.draft.checks.append(DraftCheck(self.draft.matter, method, result))
        self._checked()

    def _checked(self) -> None:
        self.query_one(MessageLine).clear()
        self.show_words()
        self.keep()
        back = "steps" if self.draft.used else self.asked
        if back == "steps":
            self.work(self._show_steps, group="lookup", exclusive=True)
        else:
            self.set_focus(self.field("symptom"))
            self.look_up("symptom")

    def _choose_outcome(self, item: Item) -> None:
        self.work(partial(self.save_without_ticket, item.data), group="save")

    # -- keys outside fields

    def on_key(self, event: events.Key) -> None:
        self._last_key = event.key
        if self.is_saved and event.key in ("enter", "escape"):
            event.stop()
            event.prevent_default()
            self.leave()
            return
        if self.in_field or not self.found.source.total:
            return
        number = event.character if event.character and event.character.isdigit() else None
        if self.showing == "identity" and event.is_printable and not number:
            # Typed ahead of the question: no command, and no Enter after it may say that the check was passed.
            self.found.leave()
            event.stop()
            event.prevent_default()
            return
        if number and self.showing in ("identity", "outcome"):
            position = int(number) - 1
            if 0 <= position < len(self.offered.items):
                self.choose(self.offered.items[position])
        elif event.key in ("down", "up"):
            self.found.step(1 if event.key == "down" else -1)
        elif event.key == "enter":
            if self.found.active:
                self.found.choose()
            elif self.showing == "identity":
                self.found.step(1)
            elif self.offered.items:
                self.choose(self.offered.items[0])
        else:
            return
        event.stop()
        event.prevent_default()

    def action_tick_step(self) -> None:
        if self.showing == "steps" and self._last_key.isdigit():
            self._tick(int(self._last_key))

    def action_helped(self) -> None:
        self._judge(True)

    def action_did_not_help(self) -> None:
        self._judge(False)

    def _judge(self, helped: bool) -> None:
        if not self.draft.used:
            self.app.say(_("No article is in use on this call."), "warn")
            return
        use = self.draft.used[-1]
        use.helped = helped
        if not helped and self.draft.solution == use.title:
            self.draft.solution = ""
            self.put("solution", "")
        said = _("Noted: it helped ({title}).") if helped else _("Noted: it did not help ({title}).")
        self.app.say(said.format(title=use.title))
        self.keep()
        self.work(self._show_steps, group="lookup", exclusive=True)

    def action_identity(self) -> None:
        self.work(self._ask_identity, group="choose")

    async def _ask_identity(self) -> None:
        self.set_focus(None)
        self.show_offered("identity", await self.app.read(items.for_identity))
        self.found.step(1)

    def action_no_ticket(self) -> None:
        self.set_focus(None)
        self.show_offered("outcome", items.without_ticket())
        self.found.step(1)

    def action_articles(self) -> None:
        self.app.open_articles(self.draft.symptom, self.language, self._article_picked)

    def _article_picked(self, chosen: tuple[UUID, str] | None) -> None:
        if chosen is not None:
            self.work(partial(self._use_article, *chosen), group="choose")
