"""The tokenizer finds what must not reach a terminal, and leaves a bare Textual program in peace."""

import sys
from collections.abc import Callable

import pytest

from supportdesk.rules.text import safe, safe_block
from tests.hostile import CORPUS
from tests.terminal import Terminal
from tests.tokenizer import foreign_sequences

APP = """
from textual.app import App
from textual.content import Content
from textual.widgets import DataTable, Footer, Input, Label

class Bare(App):
    BINDINGS = [("f2", "quit", "Quit")]
    def compose(self):
        yield Input()
        yield Label(Content({text!r}))
        yield DataTable(cursor_type="row")
        yield Footer()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("Numéro", "Objet")
        for row in range(50):
            table.add_row(f"214-{{row:04d}}", "Imprimante en panne")
        table.focus()

Bare().run()
"""


def recorded(text: str) -> bytes:
    """Everything a small Textual program writes from its start to its end, ``text`` on its screen."""
    with Terminal([sys.executable, "-c", APP.format(text=text)]) as terminal:
        terminal.wait_for("214-0003")
        terminal.keys("down*3,pagedown")
        terminal.wait_for("214-0022")
        terminal.keys("f2")
        assert terminal.wait_end() == 0
        return bytes(terminal.raw)


def test_a_bare_textual_program_writes_nothing_foreign() -> None:
    raw = recorded("Réseau lent à Genève")
    assert b"\x1b[?1049h" in raw
    assert b"\x1b[?1049l" in raw
    assert foreign_sequences(raw) == []


def test_hostile_text_on_a_bare_textual_program_is_found() -> None:
    found = foreign_sequences(recorded("a\x1b]52;c;eA==\x1b\\b\u202ec\x9b2J"))
    assert {b"\x1b]52;c;eA==\x1b\\", "\u202e".encode(), "\x9b".encode()} <= set(found)


@pytest.mark.parametrize(
    "own",
    [
        b"\x1b[?1049h\x1b[?25l\x1b[?1004h\x1b[?2004h\x1b[?2026$p\x1b[?2048$p\x1b[>25u",
        b"\x1b[<u\x1b[?1000l\x1b]22;default\x07",
        b"\x1b[?2026h\x1b[2;1H\x1b[0;1;38;2;224;224;224;48;2;18;18;18mabc\x1b[0m\x1b[K\x1b[?2026l",
        b"\x1b[m\x1b[H\x1b[2J\x1b[38;5;12;4m\x1b[12C\x1b[97;100m",
        "│ ● ★ Größe\r\n\tcafe\u0301\b".encode(),
    ],
)
def test_a_programs_own_sequences_pass(own: bytes) -> None:
    assert foreign_sequences(own) == []


@pytest.mark.parametrize(
    "bad",
    [
        b"\x1b]0;title\x07",
        b"\x1b]52;c;eA==\x1b\\",
        b"\x1b]8;;https://example.org\x1b\\",
        b"\x1b]2;never ended",
        b"\x1b]22;/etc/passwd\x07",
        b"\x1bPq#0\x1b\\",
        b"\x1b_Gx\x1b\\",
        b"\x1b^x\x1b\\",
        b"\x1bXx\x1b\\",
        b"\x1bkscreen\x1b\\",
        b"\x1bc",
        b"\x1b(0",
        b"\x1b7",
        b"\x1b[6n",
        b"\x1b[21t",
        b"\x1b[3J",
        b"\x1b[8m",
        b"\x1b[0;5m",
        b"\x1b[38;2;1;2m",
        b"\x1b[38;9;1m",
        b"\x1b[>4;2m",
        b"\x1b[?3h",
        b"\x1b[?25;3h",
        b"\x1b[20L",
        b"\x1b[99999C",
        b"\x1b[38;5",
        b"\x1b",
        b"\x07",
        b"\x00",
        b"\x0b",
        b"\x7f",
        b"\x9b",
        b"\xc2\x9b",
        b"\xff",
        "\u200b".encode(),
        "\u202e".encode(),
        "\ufeff".encode(),
        "\ufe0f".encode(),
        "\u2028".encode(),
        "\ue0b0".encode(),
    ],
)
def test_every_kind_of_foreign_sequence_is_found_whole_and_alone(bad: bytes) -> None:
    assert foreign_sequences(bad) == [bad]
    if bad.startswith(b"\x1b") and bad[-1:] in b"\x07\\":
        assert foreign_sequences(b"before\x1b[1m" + bad + b"\x1b[0mafter") == [bad]


LIKE_OUR_OWN = {
    "csi-clear",
    "csi-home",
    "csi-up",
    "csi-move",
    "csi-erase-line",
    "csi-alternate-screen",
    "csi-main-screen",
    "csi-hide-cursor",
    "csi-mouse",
    "csi-bracketed-paste-off",
    "csi-black-on-black",
    "csi-many-parameters",
    "csi-kitty-keys",
    "c0-08",
    "c0-09",
    "c0-0a",
    "c0-0d",
}
"""Entries whose sequences a Textual program writes itself."""

NOT_FOR_THE_TERMINAL = ("command-", "markup-", "query-", "sign-", "line-", "split-", "empty")
"""Entries made to trouble something else, or only sometimes the terminal."""


STORABLE = [entry for entry in CORPUS if entry.storable]


def test_each_hostile_string_is_found_raw() -> None:
    meant = [
        entry for entry in STORABLE
        if entry.name not in LIKE_OUR_OWN and not entry.name.startswith(NOT_FOR_THE_TERMINAL)
    ]
    assert len(meant) > 200
    assert [entry.name for entry in meant if not foreign_sequences(entry.text.encode())] == []


@pytest.mark.parametrize("made_safe", [safe, safe_block])
def test_nothing_of_a_hostile_string_is_found_once_it_is_made_safe(made_safe: Callable[[str], str]) -> None:
    assert [entry.name for entry in STORABLE if foreign_sequences(made_safe(entry.text).encode())] == []
