"""The intake: one flow for a call, nothing modal, no field that the next person does not need.

Caller -> what he says, which is the search -> component, impact, urgency -> solved, kept, handed over or
called back (issue 2 part 4; field/practice.md 4). Every keystroke goes to the draft; saving twice
saves once. Typing, the list and the endings are in files of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, TextArea

from supportdesk.actions import INTAKE
from supportdesk.base_app import DeskScreen
from supportdesk.desk import intake_items as items
from supportdesk.desk.draft import CallDraft
from supportdesk.desk.labels import TYPE, label
from supportdesk.i18n import N_, _
from supportdesk.screens import intake_side as side
from supportdesk.screens.intake_choices import Choosing, columns_for
from supportdesk.screens.intake_covering import BEHALF_CELLS, Covering
from supportdesk.screens.intake_endings import Endings
from supportdesk.screens.intake_maintenance import Maintained
from supportdesk.screens.intake_ranks import Ranks
from supportdesk.screens.intake_rows import BEHIND, LABEL_CELLS, FormRow, PairRow, Saying, SayingRow
from supportdesk.screens.intake_typing import ENDING_ROWS, FLOW, NEW_CALLER, PACKET_ROWS, TYPES, Typing
from supportdesk.store.types import micros
from supportdesk.store.views import callers
from supportdesk.store.views.callers import CallerGlance
from supportdesk.terms.errors import DeskError
from supportdesk.widgets.fields import Field, Suggestions
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Panel, Rule, StatusLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.desk.intake_items import Offered

TALL = 30
"""Lines from which on a note has three of them and an ending leaves the other rows in view."""

CALLER_CELLS = 26
"""Of the field of who is calling: an international number, or the beginning of a name."""


class IntakeScreen(Typing, Choosing, Covering, Maintained, Ranks, Endings, DeskScreen[None]):
    """The call at hand of this console (``app.calls.current``)."""

    where = INTAKE
    if TYPE_CHECKING:
        app: SupportDesk
        run_worker: Callable[..., Any]

    KEYS_IN_FIELD: ClassVar[tuple[str, ...]] = (
        "save", "solve", "hand_over", "callback", "set_aside", "with_reason", "no_ticket", "back",
    )  # fmt: skip
    KEYS: ClassVar[tuple[str, ...]] = (
        "save", "solve", "hand_over", "callback", "set_aside", "identity", "end_call", "articles", "keys",
    )  # fmt: skip

    DEFAULT_CSS = """
    IntakeScreen #form { height: auto; }
    IntakeScreen #heading { height: 1; }
    IntakeScreen #below { height: 1fr; min-height: 3; }
    IntakeScreen #found { height: 1fr; width: 1fr; }
    IntakeScreen #context { width: 44%; height: 1fr; }
    IntakeScreen.-w60 #below, IntakeScreen.-narrow #below { layout: vertical; }
    IntakeScreen.-w60 Divider, IntakeScreen.-narrow Divider { display: none; }
    IntakeScreen.-w60 #context, IntakeScreen.-narrow #context { width: 1fr; height: auto; max-height: 4; }
    IntakeScreen.-w80 #below.alone #context, IntakeScreen.-w80 #below.alone Divider,
    IntakeScreen.-w60 #below.alone #context, IntakeScreen.-narrow #below.alone #context { display: none; }
    IntakeScreen.-plain #below { layout: vertical; }
    IntakeScreen.-plain #context { width: 1fr; height: auto; max-height: 50%; }
    IntakeScreen #card { height: 1fr; display: none; }
    IntakeScreen #row-note { height: 1; }
    IntakeScreen.tall #row-note, IntakeScreen #row-note.lines { height: 3; }
    IntakeScreen.-low #form { max-height: 60%; overflow-y: auto; scrollbar-size: 0 0; }
    IntakeScreen.-low.-told #form { max-height: 50%; }
    IntakeScreen.-low #below { min-height: 1; }
    IntakeScreen.-low #context { display: none; }
    """

    def __init__(self, draft: CallDraft) -> None:
        super().__init__(name="intake")
        self.set_class(self.app.size.height >= TALL, "tall", update=False)
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
            yield FormRow("caller", CALLER_CELLS, found)
            yield FormRow("name", 34)
            yield FormRow("number", 26)
            yield FormRow("organisation", 34, found)
            yield FormRow("behalf", BEHALF_CELLS, found)
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
            yield Panel(wrap=True, id="context")
        yield Panel(id="card")
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, self.KEYS_IN_FIELD, self.app.keymap, N_("Enter next  Arrows choose"))

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
        self.work(self.read_matrix, group="matrix", exclusive=True)

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
        if id == "note":
            self.show_note_lines(text)

    def load(self, draft: CallDraft) -> None:
        """Show a call: a new one, or one that was set aside, as it was left."""
        self.draft = draft
        self.glance = None
        self.coverage = self._covered = None
        self.ending = ""
        self._done = None
        self.show_saved(False)
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
        self.showing, self.offered = "caller", items.NOTHING
        self.found.leave()  # a row chosen in the call before is none of this one's
        self.stand(self.showing)
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
            self.show_rows()
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
        if self.glance is not None and self.glance.failed_check_us is not None:
            shown.add("identity")
        for id in (*FLOW, "identity", "priority", "type", "wish", *ENDING_ROWS):
            self.row(id).display = id in shown  # a class would have it styled anew each time
        self.row("ranks").display = "impact" in shown
        self.row("pair").display = "type" in shown

    @property
    def now_us(self) -> int:
        return micros(self.app.now())

    @property
    def language(self) -> str | None:
        return self.draft.language or self.app.desk.agent.language

    @property
    def caller_cells(self) -> int:
        """Room behind the caller's field."""
        return int(self.size.width) - LABEL_CELLS - CALLER_CELLS - BEHIND

    def show_words(self) -> None:
        """Repaint what stands behind the fields."""
        draft, zone = self.draft, self.app.zone
        self.row("caller").say(side.caller_words(draft, self.glance, self.caller_cells))
        self.look_at_maintenance()
        self.look_at_coverage()
        self.show_coverage()
        self.row("identity").say(side.identity_words(draft, self.glance, self.now_us, zone))
        self.row("impact").say(side.impact_words(draft))
        self.row("urgency").say(side.urgency_words(draft))
        self.row("type").say(((label(TYPE, draft.type), "dim"),))
        self.show_priority()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= TALL, "tall")
        if self.glance is not None:
            self.show_words()
        if self.showing == "steps":
            self.work(self._show_steps, group="lookup", exclusive=True)

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show_words()

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        if not self.is_mounted or self.is_saved:
            return
        if self.showing in ("steps", "identity", "outcome") and not self.in_field:
            return
        self.look_up(self.asked)

    def resting_place(self) -> Any:
        return None

    def action_why(self) -> None:
        self.show_words()
        reason = self.priority_reason()
        why = _("Impact {impact} and urgency {urgency} give {priority} by the desk's matrix.").format(
            impact=reason.impact, urgency=reason.urgency, priority=reason.by_matrix)
        self.app.say(" ".join([why, *(self.coverage.reasons if self.coverage else ())]))

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
        self._lay_away(before)
        self.load(self.draft)

    def _lay_away(self, draft: CallDraft) -> None:
        """Another call takes the screen: this one stays in the draft file, unless it is saved or empty."""
        if draft.is_empty or self.is_saved:
            self.app.forget_draft(draft.id)
        else:
            self.app.keep_draft(draft)

    def action_call_back_up(self) -> None:
        """The call set aside last comes back as it was left; this one changes places with it."""
        before = self.draft
        draft = self.app.calls.back(self.app.now())
        if draft is None:
            self.app.say(_("No call is set aside."))
            return
        self._lay_away(before)
        self.load(draft)
