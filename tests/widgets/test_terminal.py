"""What goes over the line, counted in a real pseudo-terminal (field/trust.md R68, R69; issue 2, section 7)."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable

import pytest
from tests.terminal import Terminal
from tests.tokenizer import foreign_sequences

Console = Callable[..., Terminal]


def test_down_costs_at_most_800_bytes_and_page_down_10_kilobytes(console: Console) -> None:
    terminal = console()
    assert max(terminal.cost("down", 0.08) for _ in range(6)) <= 800
    assert max(terminal.cost("up", 0.08) for _ in range(4)) <= 800
    assert max(terminal.cost("pagedown", 0.08) for _ in range(4)) <= 10_000


def test_down_by_half_a_window_costs_less_than_a_page(console: Console) -> None:
    terminal = console()
    costs = [terminal.cost("down", 0.04) for _ in range(40)]
    assert statistics.median(costs) <= 800
    assert max(costs) <= 10_000


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
def test_the_bytes_of_a_key_do_not_depend_on_the_number_of_rows(console: Console, rows: int) -> None:
    terminal = console({"DEMO_ROWS": str(rows)})
    terminal.keys("end")
    terminal.wait_for(f"214-{rows - 1:04}")
    assert terminal.cost("up") <= 800


def test_nothing_is_sent_while_nobody_does_anything(console: Console) -> None:
    terminal = console()
    terminal.rest(0.5)  # the first screen has come whole, however slowly
    assert terminal.settle(quiet=1.5) == 0


def test_a_first_screen_in_the_terminals_own_colours_takes_less_than_6_kilobytes(console: Console) -> None:
    assert len(console({"DEMO_THEME": "terminal"}).raw) <= 6_000


def test_hostile_rows_reach_the_terminal_without_their_sequences(console: Console) -> None:
    terminal = console({"DEMO_HOSTILE": "1"}, wait_for="1 min")
    for _ in range(16):
        terminal.keys("pagedown")
        terminal.rest(0.05)
    assert foreign_sequences(bytes(terminal.raw)) == []
    terminal.keys("home")
    terminal.wait_for("^│")


def test_an_action_answers_and_one_that_cannot_be_done_says_why(console: Console) -> None:
    terminal = console()
    terminal.keys("down,t")
    terminal.wait_for("taken 1")
    terminal.keys("a")
    terminal.wait_for("Nothing was offered here")


def test_escape_leaves_the_field_and_then_the_screen(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    terminal.wait_for("Enter next")
    terminal.keys("text:t,escape")
    terminal.wait_gone("Enter next")
    terminal.keys("escape")
    terminal.wait_for("214-0003-3")


def test_quit_works_while_typing(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    terminal.keys("text:qqq,ctrl+q")
    assert terminal.wait_end() == 0


@pytest.mark.parametrize(("cols", "rows"), [(80, 24), (80, 25), (100, 30), (132, 43), (200, 60), (60, 20)])
def test_every_usual_size_shows_where_i_am_the_list_and_the_way_to_all_keys(
    console: Console, cols: int, rows: int
) -> None:
    terminal = console(cols=cols, rows=rows)
    assert "Genève" in terminal.line(0)
    assert terminal.line(-1).endswith("? keys")
    assert f"214-{rows - 7:04}" in terminal.text()
    assert all(len(line) <= cols for line in terminal.text().splitlines())


def test_a_window_too_small_says_so_and_nothing_typed_is_lost(console: Console) -> None:
    terminal = console()
    terminal.keys("n")
    terminal.wait_for("who calls")
    terminal.resize(39, 12)
    terminal.wait_for("too small")
    terminal.keys("text:Perret")
    terminal.resize(1, 1)
    terminal.rest()
    terminal.resize(500, 200)
    terminal.wait_for("Perret")
    terminal.resize(80, 24)
    terminal.wait_until(lambda: terminal.line(-1).endswith("Esc back"), what="the keys on the last line")
    assert "Perret" in terminal.text()


def test_a_window_whose_new_size_is_told_late_is_filled_all_the_same(console: Console) -> None:
    """As Linux does now and then: the signal is there before the size."""
    terminal = console({"DEMO_LATE": "1"}, 80, 24)
    terminal.resize(120, 40)
    terminal.wait_until(lambda: terminal.line(-1).endswith("? keys"), what="the keys on the last line")


def test_a_storm_of_resizes_while_typing_loses_no_key(console: Console) -> None:
    terminal = console(cols=80, rows=24)
    terminal.keys("n")
    terminal.wait_for("who calls")
    rng = random.Random(7)
    typed = "".join(rng.choice("abcdefghij") for _ in range(60))
    for sign in typed:
        terminal.resize(rng.randint(1, 200), rng.randint(1, 60))
        terminal.type(sign)
        terminal.pump(0.005)
    terminal.resize(100, 30)
    terminal.wait_for(f"^{typed}$")
    terminal.rest()
    shown = terminal.text()
    terminal.resize(99, 30)
    terminal.resize(100, 30)
    terminal.rest()
    assert terminal.text() == shown, "what stands there is what a fresh painting shows"


def test_columns_and_lines_of_the_environment_do_not_outlive_a_resize(console: Console) -> None:
    terminal = console({"COLUMNS": "80", "LINES": "24"}, cols=120, rows=40)
    assert len(terminal.line(1)) == 120
    terminal.resize(100, 30)
    terminal.wait_until(lambda: len(terminal.line(1)) == 100, what="the rule is as wide as the window")


def test_the_palette_finds_an_action_by_a_word_and_does_it(console: Console) -> None:
    terminal = console()
    terminal.keys("down,ctrl+p")
    terminal.wait_for("Everything you can do here: Queue")
    terminal.keys("text:ta")
    terminal.wait_for(r"│ +t +take")
    terminal.keys("enter")
    terminal.wait_for("taken 1")


def test_question_mark_tells_where_i_am_and_the_keys_here_with_what_cannot_be_done_now(console: Console) -> None:
    terminal = console()
    terminal.keys("?")
    terminal.wait_for("Keys here: Queue")
    terminal.wait_for(r"n +new call")
    terminal.keys("text:accept")
    terminal.wait_for("Nothing was offered here")
    terminal.keys("escape*2")
    terminal.wait_for("214-0003-3")


def test_an_action_that_is_named_but_not_there_is_no_fault(console: Console) -> None:
    terminal = console()
    terminal.keys("k")
    terminal.wait_for("articles: not here")


def test_a_running_clock_costs_a_few_bytes_a_second(console: Console) -> None:
    terminal = console()
    terminal.keys("l")
    costs = []
    for second in range(1, 4):  # in one of them a message goes by itself
        terminal.wait_for(f"0:0{second} Perret")
        terminal.rest()
        before = len(terminal.raw)
        terminal.wait_for(f"0:0{second + 1} Perret")
        costs.append(len(terminal.raw) - before)
    assert sorted(costs)[1] <= 60
