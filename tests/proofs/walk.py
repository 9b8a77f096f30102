"""A walk through every screen of the console, by keys."""

from __future__ import annotations

from collections.abc import Iterator

from tests.terminal import Terminal

STOPS: tuple[tuple[str, str, str], ...] = (
    ("queue", "", r"\? keys"),
    ("queue, why", "x", ""),
    ("queue, filtered", "/,text:v", r"(^|│) / v"),
    ("palette", "escape,escape,ctrl+p", "Everything you can do here"),
    ("keys", "escape,?", "Keys here"),
    ("ticket", "escape,enter", r"Esc back"),
    ("ticket, its beginning", "home", ""),
    ("ticket, why", "x", "^ Order"),
    ("ticket, a note", "escape,r,text:noted", "F2 save"),
    ("handing over", "escape,e", "Hand over"),
    ("card", "escape,escape,g", "^ Caller|^ Organisation"),
    ("articles", "escape,k", "^ Articles about"),
    ("article", "enter", "tick step"),
    ("handoffs", "escape,escape,escape,h", "a accept"),
    ("shift", "escape,q", ""),
    ("promises", "escape,escape,.", "up to tonight"),
    ("the sentence", "escape,escape,i", r"\[fran"),
    ("major incident", "enter", r"not told yet|everybody was told"),
    ("the sentence being written", "r", "^ Valid until"),
    ("call", "escape,escape,escape,escape,n,text:ra", r"^ Caller"),
    ("call, its symptom", "enter,text:vpn printer drucker", r"^ Symptom"),
    ("call, an article in use", "down,enter", "1-9 tick"),
    ("call, without a ticket", "ctrl+n", "No ticket: what was it"),
    ("call, its identity", "f7", "How was the identity checked"),
    ("call, handed over", "f4", "Hand over to"),
    ("call, called back", "escape,f5", "Callback"),
    ("card read aloud", "escape,f2", r"^ Saved"),
)
"""Name, the keys that lead there from the stop before, and what shows that it is reached ("" for nothing new)."""


def walk(terminal: Terminal, quiet: float = 0.12) -> Iterator[str]:
    """Go from screen to screen; gives the name of each when it stands."""
    for name, keys, shown in STOPS:
        for key in keys.split(","):
            terminal.keys(key)
            if key.startswith("escape"):
                terminal.rest(quiet)
        if shown:
            terminal.wait_for(shown)
        terminal.rest(quiet)
        yield name
