"""The clock of a promise on the very instants at which terms change, pauses begin and warnings fall, told whole."""

from __future__ import annotations

from datetime import date

import pytest

from supportdesk.rules.business_time import BusinessTime, Hours
from supportdesk.rules.clocks import FOR_EVER, Clock, ClockState, Terms, clock, share_used, warned
from supportdesk.rules.zones import zone_named
from tests.rules.test_business_time import MINUTE, us
from tests.rules.test_clocks import ALWAYS, MORNING, TIME, at

SECOND = MINUTE // 60


def terms(since: str, minutes: int | None, name: str = "", **more: object) -> Terms:
    amount = None if minutes is None else minutes * MINUTE
    return Terms(at(since), amount, TIME, name, **more)  # type: ignore[arg-type]


NOTHING_THEN_TWO_HOURS = (terms("09:00", None), terms("10:00", 120, "later"))


def test_a_change_of_terms_holds_from_its_very_instant_on() -> None:
    assert clock(MORNING, NOTHING_THEN_TWO_HOURS, (), None, at("10:00") - 1) == Clock(ClockState.NONE)
    assert clock(MORNING, NOTHING_THEN_TWO_HOURS, (), None, at("10:00")) == Clock(
        ClockState.RUNNING, at("11:00"), 60 * MINUTE, None, NOTHING_THEN_TWO_HOURS[1])


def test_what_is_done_when_terms_change_is_judged_by_the_new_ones() -> None:
    assert clock(MORNING, NOTHING_THEN_TWO_HOURS, (), at("10:00"), at("10:30")) == Clock(
        ClockState.MET, at("11:00"), 60 * MINUTE, at("10:00"), NOTHING_THEN_TWO_HOURS[1], at("10:00"))
    changed = (terms("09:00", 480, "old"), terms("10:00", 480, "new"))
    assert clock(MORNING, changed, (), at("10:00"), at("10:30")).terms == changed[1]
    assert clock(MORNING, changed, (), at("10:00") - 1, at("10:30")).terms == changed[0]


def test_a_promise_due_when_its_terms_end_is_not_missed_by_them() -> None:
    changed = (terms("09:00", 60, "old"), terms("10:00", 240, "new"))
    expected = Clock(ClockState.RUNNING, at("14:00"), 210 * MINUTE, None, changed[1])
    assert clock(MORNING, changed, (), None, at("09:30")) == expected
    assert clock(MORNING, changed, (), None, at("10:30")).due == at("14:00")


def test_a_pause_stops_the_clock_from_its_very_instant_on() -> None:
    pause = ((at("10:00"), FOR_EVER),)
    only = terms("09:00", 120)
    assert clock(MORNING, [only], pause, None, at("10:00")) == Clock(
        ClockState.PAUSED, None, 60 * MINUTE, None, only)
    ended = ((at("10:00"), at("10:30")),)
    assert clock(MORNING, [only], ended, None, at("10:30")) == Clock(
        ClockState.RUNNING, at("11:30"), 60 * MINUTE, None, only)


def test_terms_to_come_say_when_it_is_due_with_their_own_pauses() -> None:
    stop = (at("09:10"), at("09:20"))
    changed = (terms("09:00", 480, "old"), terms("10:00", 90, "new", pauses=(stop,)))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("10:40"), 70 * MINUTE, None, changed[1])


def test_terms_to_come_that_would_be_over_before_they_begin_say_nothing_yet() -> None:
    changed = (terms("09:00", 480, "old"), terms("11:00", 60, "new"))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, us("2026-03-09T09:00"), 450 * MINUTE, None, changed[0])


def test_of_three_terms_the_one_counts_within_whose_time_it_is_due() -> None:
    changed = (terms("09:00", 480, "first"), terms("10:00", 240, "second"), terms("11:00", 180, "third"))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("12:00"), 150 * MINUTE, None, changed[2])


@pytest.mark.parametrize(("seconds", "passed"), [(599, None), (600, 50), (899, 50), (900, 75), (1079, 75), (1080, 90),
                                                 (1200, 90)])
def test_warnings_fall_on_the_second(seconds: int, passed: int | None) -> None:
    told = Terms(MORNING, 1200 * SECOND, ALWAYS)
    assert warned(clock(MORNING, [told], (), None, MORNING + seconds * SECOND)) == passed


def test_what_is_settled_or_promises_nothing_warns_of_nothing() -> None:
    told = Terms(MORNING, 1200 * SECOND, ALWAYS)
    assert warned(clock(MORNING, [told], (), MORNING + 1100 * SECOND, MORNING + 1150 * SECOND)) is None
    assert warned(Clock(ClockState.NONE)) is None
    assert share_used(Clock(ClockState.RUNNING, MORNING, 0, None, Terms(MORNING, 0, ALWAYS))) is None
    assert share_used(Clock(ClockState.RUNNING, MORNING, None, None, told)) is None


def test_terms_hold_from_the_second_they_begin_on() -> None:
    changed = (terms("09:00", 480, "old"), terms("10:00", 120, "new"))
    assert clock(MORNING, changed, (), None, at("10:00")) == Clock(
        ClockState.RUNNING, at("11:00"), 60 * MINUTE, None, changed[1])
    nothing = (terms("09:00", 480, "old"), terms("10:00", None, "nothing"))
    assert clock(MORNING, nothing, (), None, at("10:00") - 1).state is ClockState.RUNNING
    assert clock(MORNING, nothing, (), None, at("10:00")) == Clock(ClockState.NONE)
    later = (terms("09:00", 120, "old"), terms("12:00", 240, "new"))
    assert clock(MORNING, later, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("11:00"), 90 * MINUTE, None, later[0]), "it is due before the others begin"


def test_what_keeps_it_by_its_terms_alone_keeps_it() -> None:
    tried = terms("09:00", 60, done=at("09:40"))
    kept = Clock(ClockState.MET, at("10:00"), 20 * MINUTE, at("09:40"), tried, at("09:40"))
    assert clock(MORNING, [tried], (), None, at("11:00")) == kept
    assert clock(MORNING, [tried], (), at("09:50"), at("11:00")) == kept, "whichever was first"


def test_what_was_done_too_late_is_told_with_it() -> None:
    only = terms("09:00", 60)
    assert clock(MORNING, [only], (), at("10:30"), at("11:00")) == Clock(
        ClockState.MISSED, at("10:00"), -30 * MINUTE, at("10:00"), only, at("10:30"))


def test_hours_that_do_not_come_leave_it_running_without_a_due_time() -> None:
    over = BusinessTime(Hours(zone_named("UTC"), ((),) * 7, extra=((date(2026, 3, 6), ((36_000, 39_600),)),)))
    promised = Terms(MORNING, 90 * MINUTE, over)
    assert clock(MORNING, [promised], (), None, at("12:30")) == Clock(
        ClockState.RUNNING, None, 30 * MINUTE, None, promised)


def test_terms_to_come_that_promise_nothing_leave_the_due_time_as_it_is() -> None:
    changed = (terms("09:00", 240, "old"), terms("10:00", None, "nothing"), terms("11:00", 300, "new"))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("14:00"), 210 * MINUTE, None, changed[0])


def test_of_three_terms_the_second_counts_while_it_is_due_within_its_time() -> None:
    changed = (terms("09:00", 480, "first"), terms("10:00", 90, "second"), terms("11:00", 300, "third"))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("10:30"), 60 * MINUTE, None, changed[1])


def test_terms_to_come_may_make_it_due_when_they_begin_and_not_when_they_end() -> None:
    changed = (terms("09:00", 480, "first"), terms("10:00", 60, "second"))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("10:00"), 30 * MINUTE, None, changed[1])
    followed = (terms("09:00", 480, "first"), terms("10:00", 120, "second"), terms("11:00", 180, "third"))
    assert clock(MORNING, followed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, at("12:00"), 150 * MINUTE, None, followed[2])


def test_a_due_time_that_terms_to_come_do_not_move_is_told_with_its_own_pauses() -> None:
    stop = (at("09:10"), at("09:20"))
    changed = (terms("09:00", 480, "old", pauses=(stop,)), terms("11:00", 60, "new"))
    assert clock(MORNING, changed, (), None, at("09:30")) == Clock(
        ClockState.RUNNING, us("2026-03-09T09:10"), 460 * MINUTE, None, changed[0])
