"""A trained agent at a real terminal: reads the screen, presses the fewest keys that he can see to press.

Every key is counted by :class:`tests.terminal.Terminal`; only the caller's sentence about the matter is free (issue 2
section 4, "Key budgets").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.terminal import Terminal

FEW = 4
"""Letters of a word before the next word narrows more than a further letter."""

BOTH = 3
"""Letters of a surname before the first name, where both together find a person."""

BRIEF = 5
"""Keys that name a caller when arrows and letters are weighed."""

WHO = "Who is calling|who is calling|Several people"
"""Headings of the list that answers who calls."""

TAIL = 3
"""Digits of a ticket's number, from its end, that an agent types."""


@dataclass(frozen=True)
class Count:
    """Keys that one task took."""

    task: str
    keys: int
    what: str


class Hands:
    """Does the tasks; the counts gather in :attr:`counts`."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.counts: list[Count] = []

    @contextmanager
    def counted(self, task: str, what: str = "") -> Iterator[None]:
        """The keys pressed meanwhile are those of the task."""
        before = self.terminal.keys_sent
        yield
        self.counts.append(Count(task, self.terminal.keys_sent - before, what))

    # -- reading the screen

    def list_below(self, heading: str) -> Sequence[tuple[str, str]]:
        """Sign and text of each line of the list under its heading, as far as they are shown."""
        lines = self.terminal.text().splitlines()
        at = next((y for y, line in enumerate(lines) if re.search(heading, line)), None)
        if at is None:
            return ()
        found = []
        for line in lines[at + 1 :]:
            own = line[1:].partition("│")[0]
            if line.startswith("──") or not own.strip():
                break
            found.append((own[1:3].strip(), own[4:].split("  ")[0].strip()))
        return found

    def place(self, heading: str, words: str, sign: str | None = None) -> int | None:
        """Where a line with these words stands in the list, from 0; of a cut line what is shown counts."""
        wanted = _plain(words)
        for index, (its_sign, text) in enumerate(self.list_below(heading)):
            shown = _plain(text.removesuffix("…").rstrip())
            fits = wanted.startswith(shown) if text.endswith("…") else shown == wanted
            if shown and fits and sign in (None, its_sign):
                return index
        return None

    def choose(self, place: int, words: str, *, best_guess: bool) -> None:
        """Take a line of the list: the best guess by Enter alone, another by Down, when the cursor is seen on it."""
        if not (best_guess and place == 0):
            for _ in range(place + 1):
                self.terminal.keys("down")
            self.terminal.wait_for(r"^│")
            for _ in range(6):
                self.terminal.rest()
                away = self._away(words)
                if away == 0:
                    break
                if away is not None:
                    self.terminal.keys("down" if away > 0 else "up")
            else:
                raise AssertionError(f"{words} is not under the cursor:\n{self.terminal.text()}")
        self.terminal.keys("enter")

    def _away(self, words: str) -> int | None:
        """How far below the cursor the line stands; None while it is not on the screen."""
        lines = self.terminal.text().splitlines()
        cursor = next((y for y, line in enumerate(lines) if line.startswith("│")), None)
        wanted = _plain(words)
        for y, line in enumerate(lines):
            text = line[1:].partition("│")[0][4:].split("  ")[0].strip()
            shown = _plain(text.removesuffix("…").rstrip())
            if shown and cursor is not None and (wanted.startswith(shown) if text.endswith("…") else shown == wanted):
                return y - cursor
        return None

    # -- the intake

    def new_call(self) -> None:
        self.terminal.keys("n")
        self.terminal.wait_for(r"^ Caller")

    def name_caller(self, name: str) -> None:
        """Type until the caller is the first of the list: the surname's beginning, then the first name's."""
        for typed in self._typing(name):
            self.terminal.wait_for(rf"^ Caller +{re.escape(typed.strip())}")
            self.terminal.rest()
            if self.place(WHO, name) == 0:
                break
        place = self.place(WHO, name)
        assert place is not None, f"{name} is not found:\n{self.terminal.text()}"
        self.choose(place, name, best_guess=True)
        self.terminal.wait_for(rf"^ Caller .* {re.escape(name)}")

    def _typing(self, name: str, few: int = FEW) -> Iterator[str]:
        """Letter by letter what is typed of a name; gives what stands in the field."""
        *first, last = name.split()
        typed = ""
        for sign in last[:few]:
            yield (typed := self._letter(typed, sign))
        if first:
            yield (typed := self._letter(typed, " "))
            for sign in first[0]:
                yield (typed := self._letter(typed, sign))
        for sign in last[few:]:
            yield (typed := self._letter(typed, sign))

    def _letter(self, typed: str, sign: str) -> str:
        sign = sign.lower()
        self.terminal.type(sign)
        return typed + sign

    def say(self, sentence: str) -> None:
        """The caller's own words: they are free."""
        self.terminal.type(sentence, counted=False)
        self.terminal.wait_for(re.escape(sentence.split()[-1]))
        self.terminal.rest()

    def use_article(self, title: str, more: Sequence[str] = ()) -> None:
        """Take the article from the list; if it is not there the caller says more."""
        heading = "What is known|Nothing known"
        rest = list(more)
        while (place := self.place(heading, title, "")) is None:
            assert rest, f"{title} is not offered:\n{self.terminal.text()}"
            self.say(f". {rest.pop(0)}")
        self.choose(place, title, best_guess=False)
        self.terminal.wait_for(r"^│ 1[x ] ")

    def solve(self) -> None:
        """F3, and the identity by one digit where the desk asks for it."""
        self.terminal.keys("f3")
        shown = self.terminal.wait_for(r"^ Solution|How was the identity checked")
        if "identity" in shown[0]:
            self.terminal.keys("1")
            self.terminal.wait_for(r"^ Identity .*passed")
            self.terminal.keys("f3")
            self.terminal.wait_for("^ Solution")
        self.terminal.keys("enter")

    def saved(self) -> str:
        """Wait until the screen says so; the ticket's number."""
        return self.terminal.wait_for(r"^ Saved: ([\d-]+)\.")[1]

    def leave_card(self) -> None:
        self.terminal.keys("enter")
        self.terminal.wait_for(r"t take")

    def new_caller(self, name: str, number: str, organisation: str) -> None:
        """Somebody the desk does not know: name, number, organisation."""
        terminal = self.terminal
        terminal.type(name)
        terminal.wait_for(rf"somebody new: {re.escape(name)}")
        terminal.rest()
        place = self.place(WHO, f"somebody new: {name}", "+")
        assert place is not None
        self.choose(place, f"somebody new: {name}", best_guess=True)
        terminal.wait_for("^ Number")
        terminal.type(number)
        terminal.keys("enter")
        terminal.rest()
        typed = ""
        while self.place("Which organisation", organisation) != 0 and len(typed) < len(organisation):
            typed += organisation[len(typed)]
            terminal.type(typed[-1])
            terminal.rest()
        self.choose(0, organisation, best_guess=len(typed) == len(organisation))
        terminal.wait_for(re.escape(organisation))

    def hand_to(self, team: str) -> None:
        """Choose the team: by the arrows where it is in sight, else by its first letters."""
        terminal = self.terminal
        terminal.wait_for("To which team")
        terminal.rest()
        place = self.place("To which team", team)
        if place is None or place > FEW:
            for letter in team[:3]:
                terminal.type(letter.lower())
            terminal.rest()
            place = self.place("To which team", team)
        assert place is not None, f"{team} is not offered:\n{terminal.text()}"
        self.choose(place, team, best_guess=True)
        terminal.wait_for("^ Request")

    def name_ticket(self, number: str, sign: str) -> None:
        """The last digits of a ticket's number, as many as are its own among those that are open, mostly."""
        terminal = self.terminal
        terminal.type(number.replace("-", "")[-TAIL:])
        terminal.rest()
        place = self.place(WHO, number, sign)
        assert place is not None, f"{number} is not offered:\n{terminal.text()}"
        self.choose(place, number, best_guess=True)
        told = terminal.wait_for(f"{number}  P[1-5](?: |$)|choose with the arrows")
        if "choose" in told[0]:  # the arrow stands on the first of them already
            terminal.keys("enter")
            terminal.wait_for(f"{number}  P[1-5](?: |$)")

    def join(self, name: str, number: str, sentence: str) -> str:
        """Type of the caller's name, the beginnings of both, until he is the first of the list, or so near that the
        arrows reach him with :data:`BRIEF` keys in all: one is a key as a letter is, and he is in sight. Then the
        sentence of the major incident by its key, read, and he joins. His ticket's number."""
        terminal, down = self.terminal, 0
        for typed in self._typing(name, BOTH):
            terminal.wait_for(rf"^ Caller +{re.escape(typed.strip())}")
            terminal.rest()
            place = self.place(WHO, name)
            down = place + 1 if place else 0
            if place is not None and (place == 0 or len(typed) + down <= BRIEF):
                break
        if down:
            terminal.keys(f"down*{down}")
            terminal.wait_for(r"^│")
            terminal.rest()
            assert self._away(name) == 0, terminal.text()
        terminal.keys("f12")
        terminal.wait_for("Enter join")
        shown = " ".join(terminal.text().split())
        assert sentence in shown, shown
        terminal.keys("enter")
        terminal.wait_for(rf"a case of {number}")
        return terminal.wait_for(r"^  (\d+-\d+-\d)  P\d")[1]

    # -- the queue

    def show_view(self, name: str) -> None:
        """Go to a view by the arrows; not counted."""
        before = self.terminal.keys_sent
        for _ in range(12):
            if self._shown_view().startswith(name):
                break
            self.terminal.keys("right")
            self.terminal.rest()
        assert self._shown_view().startswith(name), self.terminal.text()
        self.terminal.keys_sent = before

    def _shown_view(self) -> str:
        """The view whose name is marked, with its count."""
        above = 3 if self.terminal.line(1).startswith(" !") else 2  # line 2: a major incident runs
        found = re.search(r"^.*│((?:\S+ ?)+?)  ", self.terminal.line(above) + "  ")
        return found[1] if found else ""

    def rows_of_view(self) -> int:
        """The count of the view shown."""
        return int(self._shown_view().split()[-1])

    def number_here(self) -> str:
        """The number of the ticket under the cursor."""
        found = re.search(r"^│.{0,20} (\d+-\d+-\d) ", self.terminal.text(), re.M)
        assert found, self.terminal.text()
        return found[1]

    def filter_for(self, name: str, word: str, number: str) -> None:
        """Type of a name and of a word until the ticket stands under the cursor, or two lines below at most: an arrow
        is a key as a letter is, and what it reaches is in sight."""
        self.terminal.keys("/")
        self.terminal.wait_for(r"^ /")
        letters = [*name.split()[-1][:FEW].lower(), " ", *word.lower()]
        for count, sign in enumerate(letters, 1):
            self.terminal.type(sign)
            self.terminal.rest()
            below = self._lines_below_cursor(number)
            if below == 0 or (below is not None and (count == len(letters) or (below <= 2 and count > FEW + 1))):
                for _ in range(below):
                    self.terminal.keys("down")
                return
        raise AssertionError(f"{number} is not found by {name} and {word}:\n{self.terminal.text()}")

    def _lines_below_cursor(self, number: str) -> int | None:
        """How far below the cursor a ticket stands; None if it is not on the screen."""
        lines = self.terminal.text().splitlines()[3:]
        cursor = next((y for y, line in enumerate(lines) if line.startswith("│")), 0)
        return next((y - cursor for y, line in enumerate(lines) if f" {number} " in line), None)


def _plain(text: str) -> str:
    """Letters without case and accents, one kind of space and apostrophe."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("\xa0", " ")).casefold()
    return "".join(sign for sign in text if not unicodedata.combining(sign))
