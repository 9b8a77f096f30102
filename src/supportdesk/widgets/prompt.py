"""A question in one line at the foot of a screen: a label, a field, what it may be. Nothing modal.

A flow asks with :meth:`Prompt.ask` and goes on with the answer; Esc gives None and keeps what was typed for the next
time (LOOK.md "Forms flow"): Enter goes on, the best guess stands there already, an error stands under its field.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message

from supportdesk.desk.choice import Choice
from supportdesk.i18n import _
from supportdesk.rules.text import safe, width
from supportdesk.widgets.beside import beside
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Field, Suggestions
from supportdesk.widgets.frame import Panel
from supportdesk.widgets.sources import Rows

if TYPE_CHECKING:
    from textual.app import ComposeResult

ROWS = 6
"""Lines of the list under the field."""

SIGN_CELLS = 3


Finder = Callable[[str], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        id: What is typed is kept under this name until it is answered.
        label: Translated; stands before the field.
        guess: What stands in the field already.
        hint: Stands in an empty field.
        find: Gives the lines of the list for what is typed.
        choose: Only a line of the list is an answer; Enter takes the first one.
        problem: What was wrong with the last answer, in a sentence.
        at_once: The sign of a line, typed alone, is the answer without Enter.
        rows: Lines of the list at most.
    """

    id: str
    label: str
    guess: str = ""
    hint: str = ""
    find: Finder | None = None
    choose: bool = False
    problem: str = ""
    at_once: bool = False
    rows: int = ROWS


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the text, and the line of the list if one was taken."""

    text: str
    choice: Choice | None = None


def fixed(choices: Sequence[Choice]) -> Finder:
    """The same few lines whatever is typed, less those that do not begin so."""

    async def find(typed: str) -> Sequence[Choice]:
        word = typed.strip().casefold()
        if not word:
            return choices
        by_sign = [choice for choice in choices if choice.sign.casefold() == word]
        return by_sign or [choice for choice in choices if word in choice.text.casefold()]

    return find


class Prompt(Vertical):
    """The place of the questions of one screen. Hidden while nothing is asked."""

    DEFAULT_CSS = """
    Prompt { height: auto; display: none; }
    Prompt > Horizontal { height: 1; }
    Prompt #prompt-label { width: auto; height: 1; }
    Prompt #prompt-field { width: 1fr; }
    Prompt #prompt-problem { height: 1; display: none; }
    Prompt #prompt-found { display: none; }
    """

    class Typed(Message):
        """The answer being typed has changed."""

        def __init__(self, question: Question, text: str) -> None:
            super().__init__()
            self.question = question
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.kept: dict[str, str] = {}
        self._question: Question | None = None
        self._answer: asyncio.Future[Answer | None] | None = None

    def compose(self) -> ComposeResult:
        found = Suggestions(
            [
                Column("sign", "", SIGN_CELLS, lambda choice: (choice.sign, "accent")),
                Column("text", "", 20, lambda choice: (choice.text, ""), flexible=True),
                Column("detail", "", 20, lambda choice: (choice.detail, "dim"), flexible=True, from_width=60),
            ],
            id="prompt-found",
        )
        with Horizontal():
            yield Panel(id="prompt-label")
            yield Field(suggestions=found, id="prompt-field")
        yield Panel(id="prompt-problem")
        yield found

    @property
    def question(self) -> Question | None:
        """What is asked now."""
        return self._question

    @property
    def field(self) -> Field:
        return self.query_one("#prompt-field", Field)

    @property
    def _found(self) -> Suggestions:
        return self.query_one("#prompt-found", Suggestions)

    async def ask(self, question: Question) -> Answer | None:
        """Ask, and wait for the answer; None when it was left with Esc or another question came."""
        self._settle(None)
        self._question = question
        self._answer = asyncio.get_running_loop().create_future()
        answer = self._answer
        self._show(question)
        try:
            return await answer
        finally:
            if self._answer is answer and self.is_attached:
                self._hide()

    def leave(self) -> None:
        """As Esc: what was typed is kept for the next time the same is asked."""
        self._settle(None)

    def submit(self) -> None:
        """As Enter."""
        self._enter()

    def forget(self, id: str) -> None:
        """What was typed under this name has been used."""
        self.kept.pop(id, None)

    def _show(self, question: Question) -> None:
        label = f" {question.label}  "
        panel = self.query_one("#prompt-label", Panel)
        panel.styles.width = width(safe(label))
        panel.show([((label, "accent"),)])
        self._say_problem(question.problem)
        field = self.field
        field.placeholder = question.hint
        text = self.kept.get(question.id, question.guess)
        with self.prevent(Field.Changed):
            field.value = text
        field.cursor_position = len(text)
        self._found.leave()
        self._found.show(Rows((), key=hash))
        self._found.display = False
        self.display = True
        field.focus()
        self._look_up(text)

    def _say_problem(self, text: str) -> None:
        problem = self.query_one("#prompt-problem", Panel)
        problem.display = bool(text)
        problem.show([((f" ! {text}", "warn"),)])

    def _hide(self) -> None:
        self._question = self._answer = None
        self.display = False
        self.screen.set_focus(self._resting_place())

    def _resting_place(self) -> Any:
        place = getattr(self.screen, "resting_place", None)
        return place() if place is not None else None

    def _settle(self, answer: Answer | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    # -- typing

    @on(Field.Changed, "#prompt-field")
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        if self._question is None:
            return
        self.kept[self._question.id] = event.value
        self._say_problem("")
        self.post_message(self.Typed(self._question, event.value))
        self._look_up(event.value)

    def _look_up(self, text: str) -> None:
        if self._question is not None and self._question.find is not None:
            beside(self, self._find, self._question, text, group="prompt")

    async def _find(self, question: Question, text: str) -> None:
        assert question.find is not None
        choices = await question.find(text)
        if self._question is question:
            if question.at_once and len(choices) == 1 and choices[0].sign == text.strip():
                self._settle(Answer(text, choices[0]))
                return
            self._found.styles.height = max(1, min(question.rows, len(choices)))
            self._found.display = bool(choices)
            self._found.renew(Rows(choices, key=lambda choice: choice.key))

    @on(Field.Submitted, "#prompt-field")
    def _submitted(self, event: Field.Submitted) -> None:
        event.stop()
        self._enter()

    @on(Suggestions.Chosen, "#prompt-found")
    def _chosen(self, event: Suggestions.Chosen) -> None:
        event.stop()
        choice = self._found.cursor_row
        if isinstance(choice, Choice):
            self._settle(Answer(self.field.value, choice))

    def _enter(self) -> None:
        question, text = self._question, self.field.value
        if question is None:
            return
        if question.find is None:
            self._settle(Answer(text))
        elif self._found.active:
            self._found.choose()
        else:
            beside(self, self._take_best, question, text, group="prompt-enter")

    async def _take_best(self, question: Question, text: str) -> None:
        """Enter in the field: the first line for exactly what is typed, however fast it was typed."""
        assert question.find is not None
        choices = await question.find(text)
        if self._question is not question:
            return
        if choices and (question.choose or (text.strip() and choices[0].sign == text.strip())):
            self._settle(Answer(text, choices[0]))
        elif not question.choose:
            self._settle(Answer(text))
        else:
            self._say_problem(_("Nothing fits what is typed."))
