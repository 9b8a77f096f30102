"""Small dialogues at the foot of a screen: ask, say the verb, take a refusal back to the question.

For screens that have a :class:`supportdesk.widgets.prompt.Prompt`. A flow runs beside the keys; when another one asks,
the question of the one before is left and its words are kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.choice import Choice
from supportdesk.desk.clock_words import clock
from supportdesk.desk.fields import field_name, value_name
from supportdesk.i18n import _
from supportdesk.rules.secrets import looks_like_secret
from supportdesk.screens.intents import Intent
from supportdesk.screens.kept import KeptWords
from supportdesk.store.types import micros
from supportdesk.terms.errors import Changed, DeskError, Invalid, NotFound
from supportdesk.widgets.beside import beside
from supportdesk.widgets.prompt import Answer, Prompt, Question, fixed

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk
    from supportdesk.screens.details import Detail

Seen = Mapping[str, Any]
"""Field -> the value the screen showed when the agent decided."""


class Flows:
    """Mixed into a screen. ``kept`` holds what was typed and not saved."""

    if TYPE_CHECKING:
        app: SupportDesk
        kept: KeptWords | None

    kept = None

    @property
    def prompt(self) -> Prompt:
        screen: Any = self
        found: Prompt = screen.query_one(Prompt)
        return found

    @property
    def now_us(self) -> int:
        return micros(self.app.now())

    def flow(self, steps: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> None:
        """Run a dialogue, ``steps(*args)``, beside the keys; a refusal is said."""
        screen: Any = self
        beside(screen, self._guarded, steps, *args, group="flow", exclusive=False)

    async def _guarded(self, steps: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> None:
        try:
            await steps(*args)
        except DeskError as error:
            self.app.say(error.message, "warn", stays=True)

    def action_back(self) -> None:
        """Out of the question, then back."""
        if self.prompt.question is not None:
            self.prompt.leave()
        else:
            screen: Any = super()
            screen.action_back()

    async def asked(self, question: Question, do: Callable[[Answer], Awaitable[Any]]) -> bool:
        """Ask until the answer is taken; whether it was. What is wrong with an answer stands under it."""
        while True:
            answer = await self.prompt.ask(question)
            if answer is None:
                return False
            try:
                await do(answer)
            except (Invalid, NotFound) as error:
                self.prompt.kept[question.id] = answer.text
                question = replace(question, problem=error.message)
                continue
            self.forget_words(question.id)
            return True

    async def chosen(self, question: Question) -> Choice | None:
        """Ask for one of the lines of the list; None when it was left."""
        answer = await self.prompt.ask(question)
        self.forget_words(question.id)
        return None if answer is None else answer.choice

    async def corrected(
        self, details: Sequence[Detail], verb: Callable[[dict[str, Any], Seen], Intent], which: Detail | None = None
    ) -> bool:
        """Ask which detail is wrong, unless it is said, and what is right; whether it was corrected."""
        if which is None:
            lines = [Choice(each.field, each.name, each.shown, each) for each in details]
            choice = await self.chosen(Question("field", _("Correct what?"), find=fixed(lines), choose=True))
            if choice is None:
                return False
            which = choice.data
        detail: Detail = which
        done = False

        async def do(answer: Answer) -> None:
            nonlocal done
            changes = detail.changes(answer)
            seen = {field: detail.seen[field] for field in changes if field in detail.seen}
            done = await self.written(lambda now: verb(changes, now), seen)

        guess = "" if detail.choices else detail.shown
        await self.asked(Question(f"edit-{detail.field}", detail.name, guess, find=detail.finder(self.app),
                                  choose=bool(detail.choices)), do)
        return done

    async def written(self, intent: Callable[[Seen], Intent], seen: Seen) -> bool:
        """Say a verb that knows what was seen. If somebody changed that meanwhile the agent chooses; whether it was
        written."""
        while True:
            try:
                await self.app.write(intent(seen))
            except Changed as change:
                if not await self._keep_mine(change):
                    self.app.say(_("Left as it stands now."))
                    return False
                seen = {**seen, str(change.field): change.theirs}
                continue
            return True

    async def _keep_mine(self, change: Changed) -> bool:
        """Who changed what, when; and whether mine shall stand."""
        name = str(change.field)
        theirs = "" if isinstance(change.theirs, UUID) else value_name(name, change.theirs)
        who = change.by or _("somebody")
        when = "" if change.at is None else clock(micros(change.at), self.now_us, self.app.zone)
        field = field_name(name.removesuffix("_id")) or name
        text = _("{who} changed it at {when}: {field} {value}").format(who=who, when=when, field=field, value=theirs)
        choice = await self.chosen(Question("changed", text.rstrip(), find=fixed((
            Choice("theirs", _("keep theirs"), sign="1"),
            Choice("mine", _("keep mine"), sign="2"),
        )), choose=True))
        return choice is not None and choice.key == "mine"

    def forget_words(self, name: str) -> None:
        """What was typed under this name is used up."""
        self.prompt.forget(name)
        if self.kept is not None:
            self.kept.drop(name)

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        event.stop()
        if event.question.choose or self.kept is None:
            return
        self.kept.put(event.question.id, event.text)
        if looks_like_secret(event.text):
            self.app.say(_("This looks like a password or a card number: do not keep it here."), "warn")
