"""What the shell prints acts on no terminal, and JSON gives every string exactly (field/trust.md R2, R72)."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.cli import output
from supportdesk.cli.output import Column, Out, instant, to_json
from supportdesk.terms.codes import Priority
from supportdesk.terms.errors import Invalid
from tests.hostile import CORPUS
from tests.tokenizer import foreign_sequences

Caller = dict[str, str]
COLUMNS = [
    Column[Caller]("Name", lambda row: row["name"]),
    Column[Caller]("Matter", lambda row: row["matter"], most=30),
]
ROWS = [{"name": each.text, "matter": f"x{each.text}y"} for each in CORPUS]


SHORT = [row for row in ROWS if len(row["name"]) < 1000]


def _print_everything(out: Out) -> None:
    out.rows(SHORT, COLUMNS)
    for row in SHORT:
        out.record(list(row.items()), row)
        out.text(row["matter"])
        out.say(row["matter"])
        out.refusal(Invalid(row["matter"], field="name"))


def _only_text(raw: str) -> bool:
    return not re.search(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]", raw) and not foreign_sequences(raw.encode())


@pytest.mark.parametrize("form", [{}, {"plain": True}, {"json": True}], ids=["columns", "plain", "json"])
def test_no_hostile_string_reaches_the_terminal(form: dict[str, bool], capsys: pytest.CaptureFixture[str]) -> None:
    _print_everything(Out(**form))
    told = capsys.readouterr()
    assert len(told.out) > 10_000
    assert _only_text(told.out)
    assert _only_text(told.err)


def test_without_the_filter_the_same_check_finds_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "safe", lambda text: text)
    _print_everything(Out())
    assert not _only_text(capsys.readouterr().out)


def test_json_gives_every_string_back_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    Out(json=True).rows(ROWS, COLUMNS)
    assert json.loads(capsys.readouterr().out) == ROWS


def test_a_listing_in_json_is_a_bare_array_with_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    out = Out(json=True)
    out.rows([{"n": 1}, {"n": 2}], [])
    out.rows([], [], empty="Nothing waits.")
    told = capsys.readouterr()
    assert told.out == '[{"n": 1},\n {"n": 2}]\n[]\n'
    assert told.err == ""


def test_an_empty_listing_says_why_where_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    Out().rows([], COLUMNS, empty="Nothing waits.")
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "Nothing waits.\n"


def test_columns_stay_aligned_whatever_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.cells import cell_len

    rows = [
        {"name": name, "matter": "|"}
        for name in ("Ana", "Monique Perret", "東京支社", "Zoë 🙂", "e\u0301te\u0301", "\x1b[2J")
    ]
    Out().rows(rows, COLUMNS)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert len({cell_len(line.partition("|")[0]) for line in lines}) == 1


def test_a_long_text_is_cut_and_a_number_stands_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [Column[str]("n", lambda row: str(len(row)), right=True), Column[str]("Text", lambda row: row, most=6)]
    Out().rows(["short", "much too long"], columns)
    assert capsys.readouterr().out == " n  Text\n 5  short\n13  much …\n"


def test_plain_output_is_one_fact_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Out(plain=True).rows([{"name": "Ana", "matter": "VPN"}, {"name": "Bea", "matter": ""}], COLUMNS)
    assert capsys.readouterr().out == "Name: Ana\nMatter: VPN\n\nName: Bea\nMatter: \n"


@dataclass
class _Row:
    at: datetime
    id: UUID
    priority: Priority
    file: Path
    tags: frozenset[str]


def test_values_of_the_trade_have_one_form_in_json() -> None:
    row = _Row(
        datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2))),
        UUID("0190b6a0-0000-7000-8000-000000000001"),
        Priority.P1,
        Path("/tmp/x"),
        frozenset({"b", "a"}),
    )
    assert json.loads(to_json(row)) == {
        "at": "2026-03-29T01:30:00Z",
        "id": "0190b6a0-0000-7000-8000-000000000001",
        "priority": "P1",
        "file": "/tmp/x",
        "tags": ["a", "b"],
    }


def test_an_instant_without_a_zone_is_a_defect() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001 - the defect itself
    assert instant(datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=UTC)) == "2026-01-01T12:00:00.000005Z"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii", "cp1252"])
@pytest.mark.parametrize("as_json", [False, True])
def test_no_encoding_of_the_terminal_ends_a_command(
    encoding: str, as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding))
    _print_everything(Out(json=as_json))
    sys.stdout.flush()
    written = raw.getvalue().decode(encoding)
    assert _only_text(written)
    if as_json:
        assert json.loads(written[: written.index("]\n{") + 1]) == SHORT


def test_a_reader_that_goes_away_ends_the_command_in_peace() -> None:
    script = "from supportdesk.cli.main import run; import sys; sys.exit(run(['--help']))"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == 1
