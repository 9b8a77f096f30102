"""The time window a caller gives raises urgency as the hours run out, and never lowers anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.calendars import ALWAYS
from supportdesk.rules.matrices import DEFAULT, Matrices, MatrixVersion, matrices, matrix, written
from supportdesk.rules.order import rank, wake_at
from supportdesk.rules.priority import DEFAULT_MATRIX, IMPACTS, URGENCIES
from supportdesk.rules.window import HOUR_US, Rise, Window, alarm_at, steps
from supportdesk.terms.codes import Lane, Priority, Status

MINUTE = 60_000_000
NEEDED = 1_772_640_000_000_000 // MINUTE * MINUTE
MORNING = NEEDED - 20 * HOUR_US

ranks = st.integers(1, 4)
priorities = st.sampled_from(Priority)
instants = st.integers(NEEDED - 30 * HOUR_US, NEEDED + 30 * HOUR_US)


def window(impact: int, urgency: int, priority: Priority | None = None, made: int = MORNING,
           by: Matrices = DEFAULT) -> Window:
    given_ = DEFAULT_MATRIX[impact, urgency] if priority is None else priority
    return Window(NEEDED, "payroll", steps(NEEDED, impact, urgency, given_, made, by))


def at(of: Window, hours: float) -> tuple[int, str] | None:
    """Urgency and priority with so many hours left."""
    rise = of.raised(True, NEEDED - round(hours * HOUR_US))
    return rise and (rise.urgency, rise.priority)


def test_payroll_at_five_is_raised_at_eight_hours_and_at_two_and_stays_so() -> None:
    """One site, inconvenient: P3; a stop looms: P2; only what is begun now comes in time: P1."""
    payroll = window(2, 3)
    assert [at(payroll, hours) for hours in (19, 8.1, 8, 2.1, 2, 0, -0.1, -500)] == [
        None, None, (2, "P2"), (2, "P2"), (1, "P1"), (1, "P1"), (1, "P1"), (1, "P1")]
    assert alarm_at(payroll.steps) == NEEDED - 2 * HOUR_US


def test_what_is_as_urgent_already_is_not_raised_and_what_is_closed_neither() -> None:
    assert window(2, 1).steps == ()
    assert [rise.urgency for rise in window(2, 2).steps] == [1]
    assert window(2, 3).raised(False, NEEDED) is None


def test_a_rank_that_is_none_counts_as_the_nearest_there_is() -> None:
    assert steps(NEEDED, 9, 9, Priority.P5, MORNING, DEFAULT) == steps(NEEDED, 4, 4, Priority.P5, MORNING, DEFAULT)
    assert steps(NEEDED, 0, 3, Priority.P5, MORNING, DEFAULT) == steps(NEEDED, 1, 3, Priority.P5, MORNING, DEFAULT)


def test_one_person_is_never_a_p1_by_his_window() -> None:
    assert at(window(4, 4), 1) == (1, "P3")
    assert alarm_at(window(4, 4).steps) is None


def test_hours_that_had_run_out_before_it_was_made_count_from_then_on() -> None:
    late = window(2, 3, made=NEEDED - HOUR_US + 42_000_000)
    assert [rise.at for rise in late.steps] == [NEEDED - HOUR_US] * 2
    assert late.raised(True, NEEDED - HOUR_US + 42_000_000) == (NEEDED - HOUR_US, 1, "P1")  # not a minute later


def test_a_priority_set_by_hand_is_kept_where_it_is_more_urgent() -> None:
    assert at(window(3, 4, Priority.P1), 3) == (2, "P1")
    assert at(window(2, 3, Priority.P5), 3) == (2, "P2")


def test_ranks_that_are_not_known_count_as_one_person_inconvenienced() -> None:
    assert steps(NEEDED, None, None, Priority.P4, MORNING, DEFAULT) == steps(NEEDED, 4, 3, Priority.P4, MORNING,
                                                                           DEFAULT)
    assert steps(NEEDED, 0, 9, Priority.P4, MORNING, DEFAULT) == steps(NEEDED, 1, 4, Priority.P4, MORNING, DEFAULT)


@given(ranks, ranks, priorities, instants, instants)
def test_a_window_never_lowers_and_never_goes_back(impact: int, urgency: int, priority: Priority, one: int,
                                                   other: int) -> None:
    of = window(impact, urgency, priority)
    first, then = (of.raised(True, now) or Rise(0, urgency, priority) for now in sorted((one, other)))
    assert (first.urgency, first.priority) >= (then.urgency, then.priority)
    assert then.urgency <= urgency
    assert then.priority <= priority


@given(ranks, ranks, priorities, st.booleans(), instants)
def test_the_alarm_begins_with_the_minute_in_which_it_is_p1_by_its_window(
    impact: int, urgency: int, priority: Priority, assigned: bool, now: int
) -> None:
    of = window(impact, urgency, priority)
    alarm, rise = of.alarm(priority, assigned), of.raised(True, now)
    lane = Lane.ALARM if priority is Priority.P1 and not assigned else Lane.RUNNING
    is_p1 = priority is Priority.P1 or (rise is not None and rise.priority is Priority.P1)
    assert (rank(lane, None, 0.5, 0, 0, now, alarm_us=alarm)[0] == 0) == (is_p1 and not assigned)


def test_a_ticket_that_waits_is_not_woken_by_its_window() -> None:
    assert wake_at(Status.IN_PROGRESS, 9, None, 5) == wake_at(Status.NEW, None, None, 5) == 5
    assert wake_at(Status.WAITING_CALLER, 9, None, 5) == 9
    assert wake_at(Status.SOLVED, 9, None, 5) is None


# -- the matrix by date

STRICT = [["P1"] * 4] * 4


def test_the_hours_run_out_by_the_matrix_in_force_then() -> None:
    change = NEEDED - 5 * HOUR_US
    by = matrices(None, [{"since": change, "zone": "Europe/Zurich", "cells": STRICT}])
    assert [rise.priority for rise in window(4, 4, by=by).steps] == ["P4", "P1"]
    assert by.at(change - 1) == DEFAULT_MATRIX
    assert by.version_at(change) == MatrixVersion(change, matrix(STRICT), "Europe/Zurich")


def test_of_two_versions_from_one_instant_the_later_written_holds_and_the_rest_is_in_their_order() -> None:
    by = matrices(STRICT, [{"since": 9, "cells": STRICT}, {"since": 5, "cells": STRICT}, {"since": 9, "cells": None}])
    assert [version.since for version in by.versions] == [ALWAYS, 5, 9]
    assert by.at(9) == DEFAULT_MATRIX
    assert by.at(4) == matrix(STRICT)
    assert matrices(STRICT, None).versions == (MatrixVersion(ALWAYS, matrix(STRICT)),)
    assert matrices(STRICT, [{"cells": None}]).versions == (MatrixVersion(ALWAYS, dict(DEFAULT_MATRIX)),)


@pytest.mark.parametrize("cells", [None, "P1", [], [["P0"] * 4] * 4, {"1": 2}, [[1]], 7])
def test_cells_that_say_nothing_known_are_those_of_the_default(cells: object) -> None:
    assert matrix(cells) == DEFAULT_MATRIX
    assert matrices(cells, "x").versions == matrices(cells, [7]).versions == (MatrixVersion(ALWAYS, matrix(cells)),)


@given(st.lists(st.lists(st.sampled_from(["P1", "P2", "P3", "P4", "P5"]), min_size=4, max_size=4), min_size=4,
                max_size=4))
def test_what_is_written_is_read_again(cells: list[list[str]]) -> None:
    assert written(matrix(cells)) == cells
    assert matrix(cells) == {(i, u): cells[i - 1][u - 1] for i in IMPACTS for u in URGENCIES}
