"""The morning storm in short; the long one, with its times, is benchmarks/storm.py."""

from pathlib import Path

from benchmarks.storm import blown


def test_s33_consoles_that_all_come_back_at_once_are_current_and_none_is_refused(tmp_path: Path) -> None:
    storm = blown(tmp_path, consoles=100, seconds=1)
    assert (storm.errors, storm.log) == ([], [])
    assert len(storm.pushes) == 100
