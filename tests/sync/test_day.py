"""A short day: consoles that take calls and hear of each other live; the whole one is benchmarks/day.py."""

from pathlib import Path

from benchmarks.day import ENTRIES_PER_CALL, MEMORY, replayed


def test_after_a_short_day_all_consoles_hold_what_the_accepted_entries_say_without_an_error(tmp_path: Path) -> None:
    day = replayed(tmp_path, consoles=3, count=12, seconds=1, processes=1)
    assert day.entries >= 12 * ENTRIES_PER_CALL
    assert (day.errors, day.log, day.differing) == ([], [], [])
    assert day.memory < MEMORY
