"""The intake: one flow for a call, nothing modal, no field that the next person does not need.

Caller -> what he says, which is the search -> component, impact, urgency -> solved, kept, handed over or
called back (issue 2 part 4; field/practice.md 4). Every keystroke goes to the draft; saving twice
saves once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, TextArea

from supportdesk.actions import INTAKE
from supportdesk.base_app import DeskScreen
from supportdesk.desk import intake_items as items
from supportdesk.desk.draft import CallDraft, DraftCheck, DraftUse
from supportdesk.desk.labels import TYPE, label
from supportdesk.i18n import N_, _
from supportdesk.rules.phones import parse_phone, show_phone
from supportdesk.rules.priority import DEFAULT_MATRIX, explain
from supportdesk.rules.secrets import looks_like_secret
from supportdesk.rules.text import safe, width
from supportdesk.screens import intake_side as side
from supportdesk.screens.intake_endings import Endings
from supportdesk.screens.intake_rows import FormRow, PairRow, Saying, SayingRow
from supportdesk.store.types import micros
from supportdesk.store.views import articles, callers, intake
from supportdesk.store.views.callers import CallerGlance
from supportdesk.store.views.ticket import ticket
from supportdesk.terms.codes import CheckResult, Priority, TicketType
from supportdesk.terms.errors import DeskError
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Field, PastedLines, Suggestions, TooLong
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.sources import Rows

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.desk.intake_items import Item, Offered
    from supportdesk.store.views.intake import ComponentLine

FLOW = ("caller", "name", "number", "organisation", "behalf", "symptom", "component", "impact", "urgency", "note")
TYPES = tuple(TicketType)
NEW_CALLER = ("name", "number", "organisation")
PACKET_ROWS = ("request", "tried", "impact_said", "since")
ENDING_ROWS = ("team", *PACKET_ROWS, "solution", "callback", "reason")


def columns_for(detail: int) -> tuple[Column, ...]:
    """The list's columns with ``detail`` cells for the second text."""
    text = (
        Column("sign", "", 2, lambda i: (i.sign, "accent")),
        Column("text", "", 16, lambda i: (i.text, i.style), flexible=True),
    )
    return (*text, Column("detail", "", detail, lambda i: (i.detail, "dim"), from_width=44)) if detail else text


class IntakeScreen(Endings, DeskScreen[None]):
    """The call at hand of this console (``app.calls.current``)."""

    where = INTAKE
    if TYPE_CHECKING:
        app: SupportDesk
        run_worker: Callable[..., Any]

    KEYS_IN_FIELD: ClassVar[tuple[str, ...]] = (
        "save", "solve", "hand_over", "callback", "with_reason", "set_aside", "no_ticket", "back",
    )  # fmt: skip
    KEYS: ClassVar[tuple[str, ...]] = (
        "save", "solve", "hand_over", "callback", "identity", "set_aside", "end_call", "articles", "keys",
    )  # fmt: skip

    DEFAULT_CSS = """
    IntakeScreen #form { height: auto; }
    IntakeScreen .hidden { display: none; }
    IntakeScreen #heading { height: 1; }
    IntakeScreen #below { height: 1fr; min-height: 3; }
    IntakeScreen #found { height: 1fr; width: 1fr; }
    IntakeScreen #context { width: 44%; height: 1fr; }
    IntakeScreen.-w60 #below, IntakeScreen.-narrow #below { layout: vertical; }
    IntakeScreen.-w60 Divider, IntakeScreen.-narrow Divider { display: none; }
    IntakeScreen.-w60 #context, IntakeScreen.-narrow #context { width: 1fr; height: auto; max-height: 4; }
    IntakeScreen #card { height: 1fr; display: none; }
    IntakeScreen.saved #form, IntakeScreen.saved #heading, IntakeScreen.saved #below { display: none; }
    IntakeScreen.saved #card { display: block; }
    IntakeScreen #row-note { height: 1; }
    IntakeScreen.tall #row-note { height: 3; }
    """

    def __init__(self, draft: CallDraft) -> None:
        super().__init__(name="intake")
        self.draft = draft
        self.glance: CallerGlance | None = None
        self.offered: Offered = items.NOTHING
        self.showing = "caller"  # what the list answers: a field, "steps", "identity", "outcome"
        self._loading = False
        self._last_key = ""
        self._done: Callable[[], Any] | None = None

    def work(self, what: Callable[[], Awaitable[None]], group: str, exclusive: bool = False) -> None:
        """Read or write beside the keys; what could not be done is said, and the call goes on."""
        self.run_worker(partial(self._told, what), group=group, exclusive=exclusive)

    async def _told(self, what: Callable[[], Awaitable[None]]) -> None:
        try:
            await what()
        except DeskError as error:
            self.app.refused(error)

    # -- the screen

    def compose(self) -> ComposeResult:
        found = Suggestions(columns_for(0), id="found")
        yield StatusLine(now=self.app.now)
        yield Rule()
        with Vertical(id="form"):
            yield FormRow("caller", 26, found)
            yield FormRow("name", 34)
            yield FormRow("number", 26)
            yield FormRow("organisation", 34, found)
            yield FormRow("behalf", 26, found)
            yield FormRow("identity", None)
            yield SayingRow("symptom", found)
            yield FormRow("component", 34, found)
            yield PairRow("ranks", FormRow("impact", 2, digit=True), FormRow("urgency", 2, digit=True))
            yield FormRow("priority", None)
            yield PairRow("pair", FormRow("type", 2, digit=True), FormRow("wish", 0))
            yield SayingRow("note")
            yield FormRow("team", 34, found)
            for row in (*PACKET_ROWS, "solution", "callback", "reason"):
                yield FormRow(row, 0 if row != "callback" else 20)
        yield Panel(id="heading")
        with Horizontal(id="below"):
            yield found
            yield Divider()
            yield Panel(id="context")
        yield Panel(id="card")
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, self.KEYS_IN_FIELD, self.app.keymap, N_("Enter next  Down choose"))

    def on_mount(self) -> None:
        names = {
            "caller": _("Caller"), "name": _("Name"), "number": _("Number"), "organisation": _("Organisation"),
            "behalf": _("For"), "identity": _("Identity"), "symptom": _("Symptom"), "component": _("Component"),
            "impact": _("Impact"), "urgency": _("Urgency"), "priority": _("Priority"), "note": _("Note"),
            "type": _("Kind"), "wish": _("Wish"),
            "team": _("Hand over to"), "request": _("Request"), "tried": _("Already tried"),
            "impact_said": _("Impact"), "since": _("Since when"), "solution": _("Solution"),
            "callback": _("Callback"), "reason": _("Reason"),
        }  # fmt: skip
        for id, name in names.items():
            self.row(id).name_it(name)
        self.row("callback").say(((_("30 = in 30 minutes, 14:30, or a day and a time"), "dim"),))
        self.load(self.draft)

    def row(self, id: str) -> Any:
        return self.query_one(f"#row-{id}")

    @property
    def found(self) -> Suggestions:
        return self.query_one("#found", Suggestions)

    def field(self, id: str) -> Field | Saying:
        field: Field | Saying = self.row(id).field
        return field

    def value(self, id: str) -> str:
        field = self.field(id)
        return field.text if isinstance(field, TextArea) else field.value

    def put(self, id: str, text: str) -> None:
        """Fill a field without taking it for typing."""
        field = self.field(id)
        with self.prevent(Input.Changed, TextArea.Changed):
            if isinstance(field, TextArea):
                field.text = text
            else:
                field.value = text
                field.cursor_position = len(text)

    def load(self, draft: CallDraft) -> None:
        """Show a call: a new one, or one that was set aside, as it was left."""
        self.draft = draft
        self.glance = None
        self.ending = ""
        self._done = None
        self.remove_class("saved")
        self.query_one(MessageLine).clear()
        self.query_one(KeyLine).show(self.KEYS)
        self.put("caller", draft.caller_text)
        self.put("name", draft.caller_name if draft.is_new_caller else "")
        self.put("number", draft.number if draft.is_new_caller else "")
        self.put("organisation", draft.organisation_text)
        self.put("behalf", draft.behalf_text)
        self.put("symptom", draft.symptom)
        self.put("component", draft.component_text)
        self.put("impact", str(draft.impact))
        self.put("urgency", str(draft.urgency))
        self.put("type", str(TYPES.index(draft.type) + 1))
        self.put("wish", draft.wish)
        self.put("note", draft.note)
        for id in ENDING_ROWS:
            self.put(id, draft.solution if id == "solution" else draft.callback_text if id == "callback" else "")
        self.show_rows()
        self.show_words()
        first = "caller" if not (draft.caller_id or draft.caller_name) else "note" if draft.about else "symptom"
        self.set_focus(self.field(first))
        self.work(partial(self._recall, draft), group="glance", exclusive=True)
        self.app.show_status()

    async def _recall(self, draft: CallDraft) -> None:
        """What the desk knows about the caller and the ticket of a call taken up again."""
        if draft.caller_id is not None:
            self.glance = await self.app.read(callers.glance, draft.caller_id, self.app.region)
        if draft.about is not None:
            await self._show_about(draft.about)
        else:
            self.query_one("#context", Panel).show(side.context(self.glance, self.now_us, self.app.zone))
        self.show_words()
        self.look_up(self.asked)

    def show_rows(self) -> None:
        """Which rows are there: new callers have names, endings their questions, a call about a ticket a note only."""
        about = self.draft.about is not None
        shown = {"caller", "note"} if about else {"caller", "behalf", "identity", "symptom", "component", "impact",
                                                  "urgency", "priority", "note", "type", "wish"}
        if self.draft.is_new_caller and not about:
            shown |= set(NEW_CALLER)
            by_name = not callers.looks_like_number(self.draft.caller_text)
            shown -= {"name"} if self.draft.caller_text and by_name else {"number"}
        shown |= self.ending_rows()
        if self.ending and not self.has_class("tall"):
            shown -= {"behalf", "identity", "component", "impact", "urgency", "note", "type", "wish"}
        for id in (*FLOW, "identity", "priority", "type", "wish", *ENDING_ROWS):
            self.row(id).set_class(id not in shown, "hidden")
        self.row("ranks").set_class("impact" not in shown, "hidden")
        self.row("pair").set_class("type" not in shown, "hidden")

    @property
    def now_us(self) -> int:
        return micros(self.app.now())

    @property
    def language(self) -> str | None:
        return self.draft.language or self.app.desk.agent.language

    def show_words(self) -> None:
        """Repaint what stands behind the fields."""
        draft, zone = self.draft, self.app.zone
        self.row("caller").say(side.caller_words(draft, self.glance, self.now_us, zone))
        self.row("behalf").say(((_("for themselves"), "dim"),) if not draft.behalf_text else "")
        self.row("identity").say(side.identity_words(draft))
        self.row("impact").say(side.impact_words(draft))
        self.row("urgency").say(side.urgency_words(draft))
        self.row("type").say(((label(TYPE, draft.type), "dim"),))
        reason = explain(
            draft.impact, draft.urgency, DEFAULT_MATRIX, given=Priority(draft.priority) if draft.priority else None,
            wish=draft.wish or None, key_account=bool(self.glance and self.glance.line.key_account),
        )
        self.row("priority").say(side.priority_words(draft, reason))

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= 30, "tall")

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show_words()

    # -- typing

    @on(Input.Changed)
    @on(TextArea.Changed)
    def typed(self, event: Input.Changed | TextArea.Changed) -> None:
        """Every keystroke goes to the draft, and asks the list what it knows."""
        event.stop()
        if isinstance(event, Saying.Said):
            self.go_on(event.text_area.id or "")
            return
        widget = event.control
        id = widget.id or ""
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
        if id in ("caller", "organisation", "behalf", "symptom", "component", "team"):
            self.look_up(id)

    def keep(self) -> None:
        """Hand the draft to the draft file."""
        self.app.keep_draft(self.draft)
        self.app.show_status()

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

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Enter goes on; the best guess is taken when there is one."""
        event.stop()
        id = event.input.id or ""
        if id in ENDING_ROWS:
            self.work(partial(self.ending_entered, id), group="ending")
            return
        offered = self.offered if self.showing == id else items.NOTHING
        if id == "caller" and self.draft.caller_text and self.draft.caller_id is None and self.draft.about is None:
            if not offered.guess:
                self.found.step(1)
                self.app.say(_("Several people have this number: choose with the arrows, then Enter."), "warn")
                return
            self.work(self._take_caller, group="choose")
            return
        if id in ("organisation", "behalf", "component") and self.value(id) and offered.items and offered.guess:
            chosen = getattr(self.draft, f"{id}_id") or (self.draft.asset_id if id == "component" else None)
            if chosen is None:
                self.choose(offered.items[0])
                return
        self.go_on(id)

    async def _take_caller(self) -> None:
        """The newest answer to what was typed, even if Enter was faster than the list."""
        offered = await self.app.read(items.for_caller, self.draft.caller_text, self.app.region)
        if not offered.guess:
            self.show_offered("caller", offered)
            self.found.step(1)
            self.app.say(_("Several people have this number: choose with the arrows, then Enter."), "warn")
        elif offered.items:
            self.choose(offered.items[0])

    def go_on(self, id: str) -> None:
        """To the next row that is shown; who calls leads straight to what he says."""
        if id == "type":
            self.set_focus(self.field("wish"))
            return
        if id == "wish":
            id = "urgency"
        order = [f for f in FLOW if not self.row(f).has_class("hidden")]
        if id == "caller":
            order = [f for f in order if f != "behalf"]
        after = order[order.index(id) + 1 :] if id in order else []
        if id in NEW_CALLER:
            after = [f for f in after if f != "behalf"]
        if after:
            self.set_focus(self.field(after[0]))
        else:
            self.set_focus(None)

    def resting_place(self) -> Any:
        return None

    # -- the list

    @property
    def asked(self) -> str:
        """Which field the list answers now."""
        id = getattr(self.focused, "id", None) or ""
        return id if id in ("caller", "organisation", "behalf", "component", "team") else "symptom"

    def look_up(self, id: str) -> None:
        """Ask what is known; the newest question wins."""
        self.work(partial(self._look_up, id), group="lookup", exclusive=True)

    async def _look_up(self, id: str) -> None:
        draft, read, region = self.draft, self.app.read, self.app.region
        match id:
            case "caller":
                offered = await read(items.for_caller, draft.caller_text, region)
                if draft.caller_id is not None or draft.is_new_caller:
                    return
            case "organisation":
                offered = await read(items.for_organisation, draft.organisation_text)
            case "behalf":
                offered = await read(items.for_behalf, draft.behalf_text, region)
            case "component":
                offered = await read(items.for_component, draft.component_text, draft.caller_id)
            case "team":
                offered = await read(items.for_team, self.value("team"), self.app.desk.agent, self.guessed_team())
            case _:
                if draft.used and self.showing == "steps":
                    return
                offered = await read(items.for_symptom, draft, self.language, self.glance)
        self.show_offered(id, offered)

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
        self._make_room(max((width(safe(i.detail)) for i in offered.items), default=0))

    def _make_room(self, cells: int) -> None:
        """The second column is as wide as what stands in it, at most a third of the list."""
        cells = min(cells, max(12, self.found.size.width // 3))
        columns = columns_for(cells)
        if columns[-1].width != self.found.columns[-1].width or len(columns) != len(self.found.columns):
            self.found.columns = columns
            self.found.forget_drawn()

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        if not self.is_mounted or self.has_class("saved"):
            return
        if self.showing in ("steps", "identity", "outcome") and not self.in_field:
            return
        self.look_up(self.asked)

    @on(Listing.Chosen)
    def chosen(self, event: Listing.Chosen) -> None:
        event.stop()
        item = next((i for i in self.offered.items if i.key == event.key), None)
        if item is not None:
            self.choose(item)

    def choose(self, item: Item) -> None:
        """Do what the item says."""
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
        self.row("caller").say(((about.caller, "strong"), (f"  {about.organisation}", "")))
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
        self.show_offered("steps", offered)
        self.found.step(1)

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
        if self.has_class("saved") and event.key in ("enter", "escape"):
            event.stop()
            event.prevent_default()
            self.leave()
            return
        if self.in_field or not self.found.source.total:
            return
        number = event.character if event.character and event.character.isdigit() else None
        if number and self.showing in ("identity", "outcome"):
            position = int(number) - 1
            if 0 <= position < len(self.offered.items):
                self.choose(self.offered.items[position])
        elif event.key in ("down", "up"):
            self.found.step(1 if event.key == "down" else -1)
        elif event.key == "enter":
            if self.found.active:
                self.found.choose()
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
        self.draft.used[-1].helped = helped
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

    def action_why(self) -> None:
        self.show_words()
        reason = explain(self.draft.impact, self.draft.urgency)
        self.app.say(
            _("Impact {impact} and urgency {urgency} give {priority} by the desk's matrix.").format(
                impact=reason.impact, urgency=reason.urgency, priority=reason.by_matrix
            )
        )

    def action_end_call(self) -> None:
        """The caller has hung up: the wrap-up clock runs until the call is saved."""
        if self.draft.ended_at is None:
            self.draft.ended_at = self.app.now()
            self.keep()

    # -- leaving

    def action_back(self) -> None:
        """Out of the ending, out of the field, then aside: nothing is lost."""
        if self.ending:
            self.drop_ending()
        elif self.in_field:
            self.set_focus(None)
        elif self.showing in ("steps", "identity", "outcome"):
            self.showing = ""
            self.set_focus(self.field("note" if self.draft.about else "symptom" if self.draft.title else "caller"))
        else:
            self.leave()

    def leave(self) -> None:
        """Back to where the call came in; a call that is not saved is set aside."""
        aside = self.app.calls.put_aside(self.app.now())
        if aside is not None:
            self.app.keep_draft(aside)
        else:
            self.app.forget_draft(self.draft.id)
        self.dismiss()
        self.app.show_status()
        if aside is not None:
            self.app.say(_("The call is set aside; {key} takes it up again.").format(key="F9"))

    def action_set_aside(self) -> None:
        """Another call rings: this one is set aside, a new one is open at once."""
        before = self.draft
        self.draft = self.app.calls.begin(self.app.now())
        if before.is_empty:
            self.app.forget_draft(before.id)
        else:
            self.app.keep_draft(before)
        self.load(self.draft)

    def action_call_back_up(self) -> None:
        """The call set aside last comes back as it was left; this one changes places with it."""
        before = self.draft
        draft = self.app.calls.back(self.app.now())
        if draft is None:
            self.app.say(_("No call is set aside."))
            return
        if before.is_empty:
            self.app.forget_draft(before.id)
        else:
            self.app.keep_draft(before)
        self.load(draft)

    # -- what does not fit

    @on(PastedLines)
    def pasted(self, event: PastedLines) -> None:
        """The lines a one-line field cannot hold go into the note, and that is said."""
        if not event.rest:
            self.app.say(_("This line is full; write the rest into the note."), "warn")
            return
        note = self.draft.note + ("\n" if self.draft.note else "") + event.rest
        self.draft.note = note
        self.put("note", note)
        self.keep()
        self.app.say(_("The further lines you pasted are in the note."), stays=True)

    @on(TooLong)
    def too_long(self, event: TooLong) -> None:
        self.app.say(
            _("The text is longer than a note holds: {count} characters were not taken. Attach it as a file.").format(
                count=len(event.beyond)
            ),
            "warn", stays=True,
        )


