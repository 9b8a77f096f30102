"""The desk's order: P1 without owner, overdue callbacks, due, age; waiting after running; closed last."""

from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from supportdesk.rules.order import OrderCode, lane, rank, reason, wake_at
from supportdesk.rules.urgency import EPOCH, NextPromise, PromiseClass
from supportdesk.terms.codes import Lane, Priority, Status

NOW = 1_700_000_000_000_000
MINUTE = 60_000_000

instants = st.integers(NOW - 10**12, NOW + 10**12)
maybe = st.none() | instants
shares = st.floats(-100, 1) | st.just(inf)
lanes = st.sampled_from(Lane)


@pytest.mark.parametrize(
    ("status", "priority", "taken", "expected"),
    [
        ("new", "P1", False, Lane.ALARM),
        ("in_progress", "P1", False, Lane.ALARM),
        ("new", "P1", True, Lane.RUNNING),
        ("new", "P2", False, Lane.RUNNING),
        ("waiting_caller", "P1", False, Lane.WAITING),
        ("waiting_vendor", "P3", True, Lane.WAITING),
        ("waiting_until", "P3", True, Lane.WAITING),
        ("solved", "P1", False, Lane.CLOSED),
        ("closed", "P4", True, Lane.CLOSED),
        ("cancelled", "P1", False, Lane.CLOSED),
    ],
)
def test_the_lane_follows_from_the_ticket_alone(status: str, priority: str, taken: bool, expected: Lane) -> None:
    assert lane(Status(status), Priority(priority), taken) is expected


def test_a_ticket_wakes_at_the_earlier_of_callback_and_end_of_wait() -> None:
    assert wake_at(Status.WAITING_UNTIL, 7, 5) == 5
    assert wake_at(Status.WAITING_UNTIL, 3, 5) == 3
    assert wake_at(Status.WAITING_UNTIL, None, 5) == 5
    assert wake_at(Status.WAITING_CALLER, None, 5) is None
    assert wake_at(Status.IN_PROGRESS, 7, 5) == 7


@given(st.sampled_from([status for status in Status if not status.is_open]), maybe, maybe)
def test_nothing_wakes_a_ticket_that_is_not_open(status: Status, callback: int | None, until: int | None) -> None:
    assert wake_at(status, callback, until) is None


def test_the_order_of_the_desk_on_one_screen() -> None:
    def at(
        place: Lane, *, wake: int | None = None, left: float = inf, weight: int = 0, born: int = -100, closed: int = 0
    ) -> tuple[float, ...]:
        def instant(minutes: int | None) -> int | None:
            return None if minutes is None else NOW + minutes * MINUTE

        return rank(place, instant(wake), left, weight, NOW + born * MINUTE, NOW, closed_us=instant(closed))

    expected = [
        at(Lane.ALARM, left=-0.1),
        at(Lane.ALARM, left=0.9),
        at(Lane.WAITING, wake=-30),
        at(Lane.RUNNING, wake=-12, left=0.5),
        at(Lane.RUNNING, wake=0, left=-4.0),
        at(Lane.RUNNING, left=-0.5),
        at(Lane.RUNNING, left=0.3, weight=20, born=-30),
        at(Lane.RUNNING, left=0.3, weight=10, born=-50),
        at(Lane.RUNNING, left=0.3, weight=10, born=-40),
        at(Lane.RUNNING, wake=1, left=0.6),
        at(Lane.RUNNING, born=-900),
        at(Lane.RUNNING, born=-800),
        at(Lane.WAITING, wake=10, left=0.1),
        at(Lane.WAITING, wake=11, left=-2.0),
        at(Lane.WAITING, left=-0.6),
        at(Lane.WAITING, left=0.2),
        at(Lane.WAITING),
        at(Lane.CLOSED, closed=-1),
        at(Lane.CLOSED, closed=-2),
    ]
    assert expected == sorted(expected)
    assert len(set(expected)) == len(expected)


@given(lanes, maybe, shares, instants, lanes, maybe, shares, instants)
def test_p1_without_owner_first_waiting_after_running_closed_last(
    lane1: Lane,
    wake1: int | None,
    left1: float,
    born1: int,
    lane2: Lane,
    wake2: int | None,
    left2: float,
    born2: int,
) -> None:
    first, second = rank(lane1, wake1, left1, 0, born1, NOW), rank(lane2, wake2, left2, 0, born2, NOW)
    overdue = wake2 is not None and wake2 <= NOW and lane2 is not Lane.CLOSED
    assume(lane1 < lane2)
    assert first < second or (overdue and lane1 is not Lane.ALARM)


@given(lanes, maybe, shares, instants, st.integers(0, 59_999_999))
def test_the_order_is_the_same_all_through_a_minute(
    place: Lane, wake: int | None, left: float, born: int, passed: int
) -> None:
    whole = NOW - NOW % MINUTE
    assert rank(place, wake, left, 0, born, whole) == rank(place, wake, left, 0, born, whole + passed)
    promised = NextPromise("solution", PromiseClass(1, None, 7 * MINUTE), born - EPOCH)
    assert promised.share_left(whole) == promised.share_left(whole + passed) == (born - whole) / (7 * MINUTE)


@given(lanes, maybe, maybe, instants, maybe)
def test_the_reason_belongs_to_the_rank(
    place: Lane, wake: int | None, due: int | None, born: int, callback: int | None
) -> None:
    groups = {
        OrderCode.P1_UNOWNED: 0,
        OrderCode.CALLBACK_OVERDUE: 1,
        OrderCode.WAIT_OVER: 1,
        OrderCode.DUE: 2,
        OrderCode.AGE: 2,
        OrderCode.WAITING: 3,
        OrderCode.CLOSED: 4,
    }
    why = reason(place, wake, due, born, NOW, callback_us=callback)
    assert groups[why.code] == rank(place, wake, 0.5, 0, born, NOW)[0]
    assert (why.wake_us, why.due_us, why.created_us) == (wake, due, born)


def test_an_overdue_callback_is_told_from_a_wait_that_is_over() -> None:
    past = NOW - MINUTE
    assert reason(Lane.WAITING, past, None, 0, NOW, callback_us=past).code is OrderCode.CALLBACK_OVERDUE
    assert reason(Lane.WAITING, past, None, 0, NOW, callback_us=NOW + MINUTE).code is OrderCode.WAIT_OVER


def test_the_deciding_instant_comes_with_the_reason() -> None:
    assert reason(Lane.RUNNING, None, 5, 1, NOW).at_us == 5
    assert reason(Lane.RUNNING, None, None, 1, NOW).at_us == 1
    assert reason(Lane.CLOSED, None, 5, 1, NOW, closed_us=9).at_us == 9


def test_classes_are_the_same_by_their_calendar_and_target_whatever_they_remember() -> None:
    one, other = PromiseClass(1, None, 60), PromiseClass(1, None, 60)
    assert one == other
    assert one != PromiseClass(1, None, 61)
    assert one != PromiseClass(2, None, 60)
    assert one != (1, None, 60)
