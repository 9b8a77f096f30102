"""Nothing that a caller, an import or another site wrote acts on the agent's terminal (field/trust.md R1-R4, R9, R12).

One desk holds the whole corpus in every kind of record, by the desk's verbs and past them; every screen is opened on it
in the real program, and every byte it writes to the terminal is accounted for. What is typed and pasted: R13, R14.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import supportdesk
from supportdesk.widgets.fields import NOTES_LIMIT
from tests.hostile import CORPUS
from tests.hostile_desk import past_the_desk
from tests.proofs.conftest import copied
from tests.proofs.console import Opener, one
from tests.terminal import Terminal
from tests.tokenizer import foreign_sequences

SIZE = (160, 50)
"""Wide enough for every column, the preview and the facts beside a ticket."""


@pytest.fixture(scope="session")
def desks(hostile_desk: Path) -> dict[str, Path]:
    """The hostile desk as the verbs wrote it, and with the texts put into the file past them."""
    file = copied(hostile_desk, hostile_desk.with_name("file.db"))
    past_the_desk(file)
    return {"verbs": hostile_desk, "file": file}


def press(terminal: Terminal, *keys: str, quiet: float = 0.04) -> None:
    """Press each of the keys and let what it shows be written."""
    for key in keys:
        terminal.keys(key)
        terminal.settle(quiet)


def all_tickets(terminal: Terminal) -> None:
    """To the view of all tickets, its first line."""
    for _ in range(20):
        if re.search(r"^│All ", terminal.text(), re.M):
            break
        press(terminal, "right")
    press(terminal, "home")


def queue(terminal: Terminal, far: int) -> None:
    """Every view, pages of all tickets with their previews, why, marks, filters, the palette and the keys."""
    press(terminal, "x", "m", "m", "escape", *["left"] * 20, quiet=0.02)
    all_tickets(terminal)
    press(terminal, *["pagedown"] * 3 * far, quiet=0.16)
    press(terminal, "home", "/", "text:imprimante", "pagedown", "down", "backspace", "text:[", quiet=0.08)
    press(terminal, "escape", "escape", "ctrl+p", "text:a", "escape", "?", "pagedown", "escape")


def ticket(terminal: Terminal, far: int) -> None:
    """Tickets with their histories, what is asked at their foot, and shelves of notes; cards and what they lead to."""
    press(terminal, "enter", "home", *["pagedown"] * 3, "x", "escape")
    press(terminal, "r", "text:noted", "f2", "c", "escape", "s", "escape", "g", "pagedown", "end", quiet=0.08)
    press(terminal, "down", "enter", "pagedown", "escape", "escape", "escape", "escape", quiet=0.08)
    all_tickets(terminal)
    for _ in range(2 * far):
        press(terminal, *["down"] * 7, "enter", "end", "escape")
    press(terminal, "/", "text:notes", quiet=0.2)
    for _ in range(1 + 2 * far):
        press(terminal, "enter", "home", *["pagedown"] * 4, "escape", "down")
    press(terminal, "escape", "escape")


def intake(terminal: Terminal, far: int) -> None:
    """Suggestions for callers, symptoms, components, teams; an article in use; the card read aloud."""
    press(terminal, "n", "text:a", *["down"] * 9, "enter", quiet=0.08)
    press(terminal, "text:imprimante hostile", *["down"] * 9, "up", "enter", "1", quiet=0.08)
    press(terminal, "tab", "text:a", *["down"] * 6, "enter", "f7", "1", "f4", "text:a", *["down"] * 6, quiet=0.08)
    press(terminal, "escape", "f3", "enter", quiet=0.15)
    press(terminal, "enter", "n", "text:0006", "down", "enter", "f2", "enter", quiet=0.1)
    for sign in "+[a�d"[:far]:
        press(terminal, "n", f"text:{sign}", *["down"] * 9, "enter", "f8", "escape", "escape", "l", "escape", "escape")


def articles(terminal: Terminal, far: int) -> None:
    """Articles found, paged through, and some opened."""
    press(terminal, "k", "text:hostile", *["pagedown"] * 3, quiet=0.1)
    for _ in range(3 * far):
        press(terminal, "down", "enter", "pagedown", "end", "1", "escape")
    press(terminal, "escape", "escape", "escape")


def handoffs(terminal: Terminal, far: int) -> None:
    """The inbox with its packets, and an offer being written."""
    press(terminal, "h", *["pagedown"] * far, "home", *["down"] * 2 * far, "x", "enter", "escape", quiet=0.08)
    press(terminal, "escape", "down", "enter", "e", *["tab"] * 4, "escape", "escape", "escape", quiet=0.08)


def shift(terminal: Terminal, far: int) -> None:
    """What was promised, whom it goes to, another time with its message, what came of a callback."""
    press(terminal, "q", "q", *["down"] * 2 * far, "1", "text:a", *["down"] * 3, "escape", quiet=0.08)
    press(terminal, "3", "text:30", "enter", "1", "enter", "m", "2", "c", "n", "escape", "q", "escape", quiet=0.1)
    press(terminal, "escape", "escape")


def promises(terminal: Terminal, far: int) -> None:
    """What was promised today, each line told; accounts of tickets with their contracts, and contracts to read."""
    press(terminal, ".", *["down"] * 4 * far, "/", "text:a", "escape", "escape", "home", quiet=0.08)
    press(terminal, "x", *["pagedown"] * 4, "end", "x", "enter", "x", "end", "escape", "escape", "escape", quiet=0.12)
    all_tickets(terminal)
    for _ in range(far):
        press(terminal, "down", "enter", "x", *["pagedown"] * 6, "end", "escape", "g", quiet=0.12)
        press(terminal, "/", "text:organis", "enter", "enter", quiet=0.12)
        press(terminal, "/", "text:contract", "enter", "enter", *["pagedown"] * 3, *["escape"] * 6, quiet=0.12)


def majors(terminal: Terminal, far: int) -> None:
    """The sentence of every incident that runs in every language, over the queue and over a call; the screen of each
    with its cases, a sentence being written, what is asked at its foot."""
    for at in range(min(4, 2 * far)):
        press(terminal, "i", *["down"] * at, *["right"] * 4, "enter", *["down"] * 3, quiet=0.08)
        press(terminal, "r", "text:a", "tab", "escape", "escape", "c", "escape", "e", "text:a", "escape", quiet=0.08)
        press(terminal, "1", "2", "home", "s", "text:done", "escape", "escape", "escape", quiet=0.08)
    press(terminal, "n", "text:a", "enter", "f12", "right", "enter", quiet=0.15)
    press(terminal, "enter", "escape", "escape", "escape")
    for _ in range(far):
        press(terminal, "down", "enter", "i", "enter", "escape", "escape", quiet=0.1)


SCREENS: dict[str, Callable[[Terminal, int], None]] = {
    "queue": queue, "ticket": ticket, "intake": intake, "articles": articles, "handoffs": handoffs,
    "shift": shift, "promises": promises, "majors": majors,
}  # fmt: skip
FAR = 5
"""How much further the long forms go."""


def unharmed(console: Opener, db: Path, home: Path, name: str, far: int) -> None:
    """A screen is walked through; nothing but Textual's own sequences and visible text was written, logs included."""
    terminal = console(db, *SIZE)
    SCREENS[name](terminal, far)
    press(terminal, "ctrl+q")
    assert terminal.wait_end() == 0, terminal.text()
    assert foreign_sequences(bytes(terminal.raw)) == []
    for file in filter(Path.is_file, home.rglob("*")):
        assert foreign_sequences(file.read_bytes()) == [], file


@pytest.mark.parametrize(("name", "where"), [(name, "verbs" if name == "queue" else "file") for name in SCREENS])
def test_no_screen_lets_a_text_act_on_the_terminal(
    console: Opener, desks: dict[str, Path], tmp_path: Path, desk_home: Path, name: str, where: str
) -> None:
    unharmed(console, copied(desks[where], tmp_path / "hostile.db"), desk_home, name, 1)


@pytest.mark.long
@pytest.mark.parametrize("where", ["verbs", "file"])
@pytest.mark.parametrize("name", SCREENS)
def test_no_screen_lets_any_text_act_on_the_terminal(
    console: Opener, desks: dict[str, Path], tmp_path: Path, desk_home: Path, name: str, where: str
) -> None:
    unharmed(console, copied(desks[where], tmp_path / "hostile.db"), desk_home, name, FAR)


UNFILTERED = """
import sys
from supportdesk.rules import text
text.safe = text.safe_block = lambda text, *more, **named: text
from supportdesk.entry import main
sys.argv[0] = "supportdesk"
main()
"""


def open_without_filter(console: Opener, db: Path) -> Terminal:
    terminal = console(db, *SIZE, program=("-c", UNFILTERED), wait_for="")
    terminal.rest(1.0)
    return terminal


def test_without_the_filter_the_same_screen_fails(console: Opener, desks: dict[str, Path], tmp_path: Path) -> None:
    terminal = open_without_filter(console, copied(desks["verbs"], tmp_path / "hostile.db"))
    press(terminal, *["pagedown"] * 3)
    assert len(foreign_sequences(bytes(terminal.raw))) > 20


@pytest.mark.long
@pytest.mark.parametrize("name", SCREENS)
def test_without_the_filter_every_screen_fails(
    console: Opener, desks: dict[str, Path], tmp_path: Path, name: str
) -> None:
    terminal = open_without_filter(console, copied(desks["file"], tmp_path / "hostile.db"))
    before = len(terminal.raw)
    SCREENS[name](terminal, 1)
    assert len(foreign_sequences(bytes(terminal.raw[before:]))) > 20


# -- what is pasted and typed


PASTED = [each.text for each in CORPUS if each.storable and len(each.text) <= 2_000 and "\x1b[201~" not in each.text]
"""What a terminal can paste in one piece."""

TOGETHER = 12
"""Texts of one paste, each between marks of its own: the console looks up what it knows after every paste."""


def as_kept(text: str) -> str:
    """Line ends arrive as carriage returns and are kept as line feeds."""
    return re.sub(r"\r\n|\r", "\n", text)


def draft(db: Path) -> dict[str, str]:
    """The call being typed as it stands in the draft file."""
    read: dict[str, str] = json.loads(one(Path(f"{db}.drafts"), "SELECT data FROM draft WHERE kind = 'call'"))
    return read


def test_everything_pasted_is_kept_whole_or_offered_to_the_note(console: Opener, demo: Path) -> None:
    """Into a text of several lines, and into a field of one line."""
    terminal = console(demo)
    terminal.keys("n,text:Yerly,enter,text:0795550000,enter,enter")
    terminal.wait_for(r"Yerly +new caller")
    said, noted, component = "", "", ""
    for at in range(0, len(PASTED), TOGETHER):
        whole = "".join(f"<{text}>" for text in PASTED[at : at + TOGETHER])
        terminal.paste(whole)
        said += as_kept(whole.replace("\n", "\r"))
    terminal.rest()
    terminal.keys("enter")
    for text in [each for each in PASTED[:90] if len(each) < 16]:  # one line holds 2,000 signs
        whole = f"<{text}>"
        terminal.paste(whole)
        first, *rest = re.split(r"\r\n|\r|\n", whole, maxsplit=1)
        component += first
        if rest and rest[0].strip():
            noted += ("\n" if noted else "") + as_kept(rest[0].replace("\n", "\r")).lstrip("\n")
    terminal.wait_for("are in the note")
    terminal.rest()
    terminal.kill()
    assert terminal.wait_end() == 143
    kept = draft(demo)
    assert kept["symptom"] == said
    assert kept["component_text"] == component
    assert kept["note"] == noted
    assert foreign_sequences(bytes(terminal.raw)) == []


FIXED = 16 << 20
"""Bytes that the first text in a note costs, however short: its widgets and the writing side are loaded."""


def pasted(console: Opener, db: Path, signs: int) -> None:
    """A huge paste into a note: announced what it did not take, answered at once, memory within five times its size."""
    terminal = console(db)
    terminal.keys("enter,r")
    terminal.wait_for(r"Ctrl\+T")
    terminal.rest(1.0)  # the writing side comes in a moment after the first key, sooner or later on a busy machine
    before = memory_of(terminal)
    text = ("imprimante " * (signs // 11 + 1))[:signs]
    terminal.paste(text)
    terminal.wait_for("longer than a note holds")
    kept = text[: NOTES_LIMIT - 1] + "Z"
    terminal.keys("backspace,text:Z")
    terminal.wait_for(rf"{kept[-3:]}$")
    assert memory_of(terminal) - before <= 5 * signs + FIXED
    terminal.keys("f2")
    terminal.wait_for("Saved: an internal note")
    assert one(db, "SELECT text FROM note ORDER BY pk DESC LIMIT 1") == kept


def memory_of(terminal: Terminal) -> int:
    """Resident bytes of the program."""
    status = Path(f"/proc/{terminal.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS:"))


def test_a_megabyte_pasted_into_a_note_is_answered(console: Opener, demo: Path) -> None:
    pasted(console, demo, 1 << 20)


@pytest.mark.long
def test_ten_megabytes_pasted_into_a_note_are_answered(console: Opener, demo: Path) -> None:
    pasted(console, demo, 10 << 20)


# -- the source

SOURCE = Path(supportdesk.__file__).parent
MARKED_UP = {"Static", "Label", "Button", "Markdown", "MarkdownViewer", "RichLog", "Log", "OptionList", "DataTable",
             "Tree", "Select", "Header", "Footer", "Checkbox", "ListItem", "Collapsible", "Tooltip"}  # fmt: skip
"""Textual's widgets that read markup, or pass on what they are given."""

SAYS = {
    "base_app.py": "where the log of a fault is, by its reference",
    "cli/demo.py": "how far a demo is built",
    "cli/imported.py": "how far an import is",
    "cli/tree.py": "the help of a command",
    "entry.py": "the version; that a terminal is needed",
    "keymap.py": "the key sheet for docs",
}
"""The only places beside the safe-print helper that write to a terminal themselves, and what; nothing stored."""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(SOURCE.rglob("*.py")):
        yield file.relative_to(SOURCE).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def test_no_widget_is_built_that_reads_markup() -> None:
    for name, tree in modules():
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
            and node.module.startswith("textual.widgets") for alias in node.names
        }
        assert not imported & MARKED_UP, name
        for called, call in calls(tree):
            assert not called.endswith(("from_markup", "Content.from_rich_text", "render_markup")), (name, called)
            for keyword in call.keywords:
                assert keyword.arg != "markup" or ast.unparse(keyword.value) == "False", (name, called)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                assert node.attr not in ("border_title", "border_subtitle", "tooltip", "sub_title"), (name, node.attr)


def test_only_the_safe_helper_prints() -> None:
    printers = re.compile(
        r"print|(streams\.)?(answer|narrate)|(typer|click)\.echo|rich\.print|sys\.std(out|err)\.write"
    )
    printing = {name for name, tree in modules() for called, _call in calls(tree) if printers.fullmatch(called)}
    assert printing == {"cli/output.py", "streams.py", *SAYS}
    assert len(SAYS) <= 6
