"""Impact x urgency as the company sees it (field/practice.md 3)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.priority import (
    DEFAULT_MATRIX,
    IMPACTS,
    TARGETS,
    URGENCIES,
    PriorityCode,
    due_at,
    explain,
    priority_of,
    raised,
)
from supportdesk.terms.codes import Priority

HOUR = 3_600_000_000  # microseconds
steps = st.integers(1, 4)


def test_the_matrix_is_the_one_of_the_trade() -> None:
    rows = [" ".join(priority_of(impact, urgency) for urgency in URGENCIES) for impact in IMPACTS]
    assert rows == ["P1 P1 P2 P3", "P1 P2 P3 P4", "P2 P3 P4 P5", "P3 P4 P4 P5"]


@given(steps, steps)
def test_more_impact_or_urgency_never_lowers_the_priority(impact: int, urgency: int) -> None:
    here = priority_of(impact, urgency)
    if impact > 1:
        assert priority_of(impact - 1, urgency) <= here
    if urgency > 1:
        assert priority_of(impact, urgency - 1) <= here


@pytest.mark.parametrize(("impact", "urgency"), [(0, 1), (5, 1), (1, 0), (1, 5), (-1, 2)])
def test_values_outside_one_to_four_are_refused(impact: int, urgency: int) -> None:
    with pytest.raises(ValueError, match="is 1 to 4"):
        priority_of(impact, urgency)


def test_a_desk_may_bring_its_own_matrix() -> None:
    strict = dict.fromkeys(DEFAULT_MATRIX, Priority.P1)
    assert priority_of(4, 4, strict) is Priority.P1


def test_one_step_up_stops_at_p1() -> None:
    assert [raised(priority) for priority in Priority] == ["P1", "P1", "P2", "P3", "P4"]


def test_the_explanation_tells_matrix_wish_and_the_step_a_key_account_allows() -> None:
    why = explain(3, 2, wish="urgent", key_account=True)
    assert (why.code, why.impact, why.urgency) == (PriorityCode.MATRIX, 3, 2)
    assert (why.by_matrix, why.priority, why.wish, why.may_rise_to) == ("P3", "P3", "urgent", "P2")


@given(steps, steps, st.sampled_from(Priority), st.booleans())
def test_the_explanation_says_whether_a_hand_raised_or_lowered_it(
    impact: int, urgency: int, given_: Priority, key_account: bool
) -> None:
    why = explain(impact, urgency, given=given_, key_account=key_account)
    assert why.priority is given_
    assert why.by_matrix is priority_of(impact, urgency)
    assert (why.code is PriorityCode.MATRIX) is (given_ == why.by_matrix)
    assert (why.code is PriorityCode.RAISED) is (given_ < why.by_matrix)
    if why.may_rise_to is not None:
        assert key_account
        assert why.may_rise_to == raised(why.by_matrix) < given_


@pytest.mark.parametrize(
    ("priority", "answer", "restore"),
    [
        ("P1", timedelta(minutes=15), timedelta(hours=4)),
        ("P2", timedelta(minutes=30), timedelta(hours=8)),
        ("P3", timedelta(hours=2), timedelta(days=2)),
        ("P4", timedelta(hours=4), timedelta(days=5)),
        ("P5", timedelta(days=1), None),
    ],
)
def test_the_default_targets_are_those_of_the_trade(
    priority: str, answer: timedelta, restore: timedelta | None
) -> None:
    target = TARGETS[Priority(priority)]
    assert (target.answer, target.restore) == (answer, restore)


def test_a_call_is_due_by_its_restoring_target_and_a_mail_by_its_answer_first() -> None:
    born = 1_700_000_000_000_000
    assert due_at(born, Priority.P2) == born + 8 * HOUR
    assert due_at(born, Priority.P2, answered=False) == born + HOUR // 2
    assert due_at(born, Priority.P5) is None
    assert due_at(born, Priority.P5, answered=False) == born + 24 * HOUR
