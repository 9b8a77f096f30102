"""The one registry of actions: what a person can do, with which key, on which screen.

Key bindings, the line of keys, ``?``, the palette, the key sheet in docs and the tests all come from :data:`ACTIONS`.
Same key, same meaning (DESIGN.md 8): letters act outside text fields, F- and Ctrl-keys everywhere.
How keys are remapped and shown is in :mod:`supportdesk.keymap`. Imports no Textual.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from supportdesk.i18n import N_

EVERYWHERE = "*"
QUEUE = "queue"
INTAKE = "intake"
TICKET = "ticket"
CARD = "card"
ARTICLES = "articles"
ARTICLE = "article"
HANDOFFS = "handoffs"
HANDOFF = "handoff"
CONFLICTS = "conflicts"
SHIFT = "shift"
WHY = "why"
PROMISES = "promises"
CONTRACT = "contract"
SENTENCE = "sentence"
MAJOR = "major"
STATEMENT = "statement"
QUESTION = "question"

SCREENS: dict[str, str] = {
    EVERYWHERE: N_("Everywhere"),
    QUEUE: N_("Queue"),
    INTAKE: N_("Call"),
    TICKET: N_("Ticket"),
    CARD: N_("Card of a caller, an organisation or a device"),
    ARTICLES: N_("Articles"),
    ARTICLE: N_("Article"),
    HANDOFFS: N_("Handoffs"),
    HANDOFF: N_("Handing over"),
    CONFLICTS: N_("Conflicts with other sites"),
    SHIFT: N_("Shift"),
    WHY: N_("Why a ticket is due when it is due"),
    PROMISES: N_("What was promised"),
    CONTRACT: N_("Contract"),
    SENTENCE: N_("The sentence to say"),
    MAJOR: N_("Major incident"),
    STATEMENT: N_("Writing the sentence to say"),
    QUESTION: N_("Major incident?"),
}
"""Every screen that has actions of its own, with the heading it has in the key sheet."""

_CASES = (QUEUE, TICKET)
_LISTS = (QUEUE, ARTICLES, HANDOFFS, CARD, PROMISES)
_LETTERS = (QUEUE, TICKET, CARD, ARTICLES, ARTICLE, HANDOFFS, CONFLICTS, SHIFT, PROMISES, WHY, CONTRACT, MAJOR)


class Action(NamedTuple):
    """One thing a person can do.

    Attributes:
        id: Stable name, used in keymap files; the screen's method is ``action_<id>``.
        keys: Textual's names of the keys, the one to show first; empty if only the palette offers it.
        name: Message id of one or two words, for the line of keys and the palette.
        help: Message id of one sentence, for ``?`` and the palette.
        where: Screens it works on, or :data:`EVERYWHERE`; empty for a key that is kept free for what comes.
        palette: Whether the palette offers it (moving in a list is not worth a line there).
        verb: The verb of the trade it leads to (:data:`supportdesk.terms.verbs.VERBS`), if it writes.
        fixed: The key means the same in every terminal program and cannot be remapped.
    """

    id: str
    keys: tuple[str, ...]
    name: str
    help: str
    where: frozenset[str]
    palette: bool = True
    verb: str | None = None
    fixed: bool = False

    @property
    def in_field(self) -> bool:
        """Whether it acts while a text field has the focus: one of its keys is no character."""
        return any(works_in_field(key) for key in self.keys)

    def works_on(self, screen: str) -> bool:
        return screen in self.where or EVERYWHERE in self.where

    def shares_a_screen(self, other: Action) -> bool:
        """Whether both can be asked for at the same moment, so that they may not have the same key.

        A key kept free for later clashes everywhere: muscle memory survives a release.
        """
        if not self.where or not other.where:
            return True
        return EVERYWHERE in self.where | other.where or bool(self.where & other.where)


def works_in_field(key: str) -> bool:
    """Whether a key reaches the screen while a text field has the focus: it types no character."""
    return len(key) > 1 and key not in CHARACTERS


CHARACTERS: dict[str, str] = {
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "space": " ",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "semicolon": ";",
    "exclamation_mark": "!",
    "number_sign": "#",
    "equals_sign": "=",
    "asterisk": "*",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "underscore": "_",
}
"""Keys that type a character, by Textual's name; letters and digits are their own name."""


def _action(
    id: str, keys: str, name: str, help: str, where: Iterable[str] = (EVERYWHERE,), *, palette: bool = True,
    verb: str | None = None, fixed: bool = False,
) -> Action:  # fmt: skip
    return Action(id, tuple(keys.split()), name, help, frozenset(where), palette, verb, fixed)


ACTIONS: tuple[Action, ...] = (
    # calls
    _action("new_call", "n", N_("new call"), N_("Log a call that is coming in."), _LETTERS, verb="take_call"),
    _action("set_aside", "f8 n", N_("set aside"),
            N_("Set this call aside, nothing is lost, and begin a new one."), (INTAKE,)),
    _action("call_back_up", "f9 l", N_("back to call"), N_("Go back to the call that was set aside.")),
    _action("end_call", "f10 z", N_("call over"), N_("The caller has hung up; the time for the wrap-up runs on."),
            (INTAKE,)),
    _action("no_ticket", "ctrl+n", N_("no ticket"),
            N_("End a call that needs no ticket: wrong number, a word was enough, spam."), (INTAKE,),
            verb="log_contact"),
    _action("save", "f2 ctrl+s", N_("save"), N_("Save what is on this screen."),
            (INTAKE, TICKET, CARD, ARTICLE, CONFLICTS, STATEMENT)),
    _action("offer", "f2 ctrl+s", N_("offer"), N_("Offer the ticket to the team with what is written here."),
            (HANDOFF,), verb="offer"),
    _action("with_reason", "f6 v", N_("with a reason"), N_("Go on although something is missing, and say why."),
            (INTAKE, HANDOFF, TICKET)),
    _action("identity", "f7 d", N_("identity"), N_("Note how the caller's identity was checked."), (INTAKE, TICKET),
            verb="check_identity"),
    _action("chaser", "p", N_("they ask"), N_("The caller asks what became of this ticket: attach the call to it."),
            _CASES, verb="log_contact"),
    # tickets
    _action("open", "enter", N_("open"), N_("Open what the cursor is on."),
            (*_LISTS, CONFLICTS, SHIFT, MAJOR), palette=False, fixed=True),
    _action("take", "t", N_("take"),
            N_("Take the ticket: you work on it. A solved one on its screen: open it again."), _CASES, verb="take"),
    _action("note", "r", N_("note"), N_("Write a note, internal or for the caller."), _CASES, verb="note"),
    _action("audience", "ctrl+t", N_("for whom"), N_("The note is internal, or for the caller: change that."),
            (TICKET,)),
    _action("solve", "s f3", N_("solve"), N_("Solve the ticket and say how."), (*_CASES, INTAKE, MAJOR), verb="solve"),
    _action("hand_over", "e f4", N_("hand over"), N_("Offer the ticket to another team."), (*_CASES, INTAKE),
            verb="offer"),
    _action("callback", "c f5", N_("callback"), N_("Promise the caller to ring back, and when."),
            (*_CASES, INTAKE, HANDOFFS, SHIFT, PROMISES), verb="promise_callback"),
    _action("accept", "a", N_("accept"), N_("Accept what was offered to your team, or acknowledge an alarm."),
            (*_CASES, HANDOFFS), verb="accept"),
    _action("send_back", "b", N_("return"), N_("Return an offer, with the reason."), (*_CASES, HANDOFFS),
            verb="return"),
    _action("why", "x", N_("why"), N_("Say why it is so: the order, the priority, the time, the team."),
            (*_CASES, INTAKE, HANDOFFS, PROMISES, WHY)),
    _action("undo", "u", N_("undo"), N_("Take back your last action."), _LETTERS),
    _action("mark", "m", N_("mark"), N_("Mark or unmark this line, to act on several at once."),
            (QUEUE, HANDOFFS, SHIFT, MAJOR)),
    _action("wait", "", N_("let wait"), N_("Let the ticket wait: for the caller, a vendor, or until a day."), _CASES,
            verb="wait"),
    _action("resume", "", N_("go on"), N_("Go on with a ticket that waits."), _CASES, verb="resume"),
    _action("assign", "", N_("assign"), N_("Give the ticket to a colleague or a team of the desk."), _CASES,
            verb="assign"),
    _action("prioritise", "", N_("priority"), N_("Change impact, urgency or priority, with the reason."), _CASES,
            verb="prioritise"),
    _action("edit", "", N_("correct"), N_("Correct the details of what is shown."), (TICKET, CARD),
            verb="edit_ticket"),
    _action("close", "", N_("close"), N_("Close a solved ticket."), _CASES, verb="close"),
    _action("reopen", "", N_("reopen"), N_("Open a solved or closed ticket again."), _CASES, verb="reopen"),
    _action("cancel", "", N_("cancel ticket"), N_("Cancel a ticket that should never have been; its number stays."),
            _CASES, verb="cancel"),
    _action("link", "", N_("link"), N_("Link this ticket with another one."), (TICKET,), verb="link"),
    _action("linked", "j", N_("linked ticket"), N_("Open a ticket that this one is linked with or was merged into."),
            (TICKET, MAJOR)),
    _action("merge", "", N_("merge"), N_("Merge tickets that are about the same thing."), _CASES,
            verb="merge_tickets"),
    _action("split", "", N_("split"), N_("Split one matter off into a ticket of its own."), (TICKET,),
            verb="split_ticket"),
    _action("move_note", "", N_("move note"), N_("Move a note that was written in the wrong ticket."), (TICKET,),
            verb="move_note"),
    _action("withdraw_note", "", N_("withdraw note"), N_("Withdraw a note; it stays, struck through."), (TICKET,),
            verb="withdraw_note"),
    _action("card", "g", N_("card"), N_("Show the card of the caller: who it is, open tickets, last contacts."),
            (TICKET,)),
    _action("attach", "", N_("attach file"), N_("Attach a file to the ticket."), (TICKET,), verb="attach"),
    _action("sentence", "i f12", N_("the sentence"),
            N_("Show the sentence to say about the major incident that runs; from there a caller joins it.")),
    _action("major", "", N_("major incident"),
            N_("Show the major incident: its sentence, the tickets that hang on it, who was told.")),
    _action("declare", "", N_("declare major incident"),
            N_("Declare this ticket a major incident that others hang on."), (TICKET,), verb="declare_major"),
    _action("hang_on", "", N_("hang on"), N_("Hang a ticket on the major incident that runs."), (TICKET, MAJOR),
            verb="hang_on"),
    _action("join", "enter f2 ctrl+s", N_("join"),
            N_("Save this call, or hang this ticket, on the major incident whose sentence is shown."), (SENTENCE,),
            verb="hang_on", fixed=True),
    _action("yes_major", "enter f2 ctrl+s", N_("declare"),
            N_("Declare it a major incident, with what is known filled in."), (QUESTION,), verb="declare_major",
            fixed=True),
    _action("not_major", "minus", N_("no, it is none"),
            N_("Say that these calls are no major incident; the next report asks again."), (QUESTION,)),
    _action("next_language", "right", N_("next language"), N_("Show the sentence in the next language."), (SENTENCE,),
            palette=False, fixed=True),
    _action("previous_language", "left", N_("language before"), N_("Show the sentence in the language before."),
            (SENTENCE,), palette=False, fixed=True),
    _action("say_statement", "r", N_("sentence"), N_("Write the sentence that agents may say now."), (MAJOR,),
            verb="say_statement"),
    _action("next_update", "c f5", N_("next update"), N_("Say when the next update is due."), (MAJOR,),
            verb="steer_major"),
    _action("communicator", "e f4", N_("communicator"), N_("Say who speaks for the major incident."), (MAJOR,),
            verb="steer_major"),
    _action("told_by_phone", "1", N_("told by phone"), N_("The caller was told on the telephone."), (MAJOR,),
            verb="tell"),
    _action("told_by_mail", "2", N_("by mail"), N_("The caller was told by mail."), (MAJOR,), verb="tell"),
    _action("told_by_chat", "3", N_("by chat"), N_("The caller was told by chat."), (MAJOR,), verb="tell"),
    _action("told_in_person", "4", N_("in person"), N_("The caller was told in person."), (MAJOR,), verb="tell"),
    _action("works_again", "plus", N_("works again"),
            N_("It works again for this caller: his case is solved with the major incident's solution."), (MAJOR,),
            verb="solve"),
    _action("still_broken", "minus", N_("still broken"),
            N_("It is still broken for this caller: his case is a ticket of its own again."), (MAJOR,), verb="tell"),
    # articles
    _action("articles", "k", N_("articles"), N_("Search the articles."), (*_LETTERS, INTAKE)),
    _action("tick_step", "1 2 3 4 5 6 7 8 9", N_("tick step"), N_("Tick a step of the article as tried."),
            (ARTICLE, INTAKE), palette=False, fixed=True),
    _action("helped", "plus", N_("helped"), N_("This article helped."), (ARTICLE, INTAKE), verb="vote"),
    _action("did_not_help", "minus", N_("did not help"), N_("This article did not help."), (ARTICLE, INTAKE),
            verb="vote"),
    # finding and moving
    _action("filter", "slash", N_("filter"), N_("Show only the lines that hold these words."), _LISTS),
    _action("next_view", "right", N_("next view"), N_("Show the next view."), (QUEUE,), palette=False, fixed=True),
    _action("previous_view", "left", N_("previous view"), N_("Show the view before."), (QUEUE,), palette=False,
            fixed=True),
    _action("save_view", "", N_("save view"), N_("Keep this filter as a view of your own."), (QUEUE,),
            verb="save_view"),
    _action("handoffs", "h", N_("handoffs"), N_("Show what was offered to your team and by it."), _LETTERS),
    _action("promises", "full_stop", N_("promises"),
            N_("Show what you and your teams promised today: missed and at risk first."), _LETTERS),
    _action("conflicts", "f", N_("conflicts"),
            N_("Show what two sites changed at once, and what the server refused."), _LETTERS),
    _action("keep_theirs", "1", N_("theirs"), N_("The other's value stands; yours stays in the history."),
            (CONFLICTS,), verb="resolve_conflict"),
    _action("keep_mine", "2", N_("mine"), N_("Your value stands; the other's stays in the history."),
            (CONFLICTS,), verb="resolve_conflict"),
    _action("other_value", "3", N_("another value"), N_("Neither: write what shall stand."), (CONFLICTS,),
            verb="resolve_conflict"),
    _action("send_again", "4", N_("send again"), N_("Do once more what the server refused, now and in your name."),
            (CONFLICTS,)),
    _action("put_away", "5", N_("put away"), N_("Let what was refused be; undoing brings it back."), (CONFLICTS,)),
    _action("copy", "y", N_("copy"), N_("Copy the number, and show it to copy by hand."),
            (*_CASES, CARD, CONFLICTS, WHY, CONTRACT)),
    _action("retry", "ctrl+r", N_("try again"), N_("Read again from the database what is shown.")),
    _action("shift", "q", N_("shift"), N_("Your shift: start it, take a break, end it and pass on what you promised."),
            (screen for screen in _LETTERS if screen != SHIFT)),
    _action("end_shift", "q f2 ctrl+s", N_("end shift"),
            N_("End your shift with what is decided here; when none runs, start one."), (SHIFT,), verb="end_shift"),
    _action("start_shift", "", N_("start shift"),
            N_("Start your shift: what you promise belongs to you while it runs."), (SHIFT,), verb="start_shift"),
    _action("pass_on", "1", N_("pass on"), N_("When you go, this callback goes to the team or to a colleague."),
            (SHIFT,), verb="end_shift"),
    _action("take_along", "2", N_("take along"), N_("When you go, this callback stays yours."), (SHIFT,),
            verb="end_shift"),
    _action("other_time", "3", N_("another time"), N_("Call at another time, and tell the caller."), (SHIFT,),
            verb="end_shift"),
    _action("shift_break", "4", N_("break"),
            N_("Begin a break, or be back: what falls due meanwhile stands on the team's list."), (SHIFT,),
            verb="take_break"),
    _action("end_break", "", N_("be back"), N_("Be back from the break."), (SHIFT,), verb="end_break"),
    _action("oncall", "o", N_("on call"), N_("Show who is on call."), ()),
    _action("wallboard", "w", N_("wallboard"), N_("Show the wallboard."), ()),
    # everywhere
    _action("back", "escape", N_("back"), N_("Leave the field; a second time, leave the screen."), palette=False,
            fixed=True),
    _action("keys", "question_mark f1", N_("keys"), N_("Show where you are and every key that works here.")),
    _action("palette", "ctrl+p", N_("everything"), N_("Find an action by its name."), palette=False),
    _action("theme", "", N_("colours"), N_("Change the colours: light, dark, monochrome, the terminal's own.")),
    _action("quit", "ctrl+q", N_("quit"), N_("Close the console; what is typed stays as a draft.")),
)  # fmt: skip

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def actions_on(screen: str) -> tuple[Action, ...]:
    """What can be done on a screen: its own actions first, then those that work everywhere."""
    own = [action for action in ACTIONS if screen in action.where]
    return (*own, *(action for action in ACTIONS if EVERYWHERE in action.where))
