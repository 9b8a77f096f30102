"""The clock of a promise: examples in office hours, and laws for any history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.business_time import Span, business_time
from supportdesk.rules.clocks import FOR_EVER, Clock, ClockState, Terms, clock, share_used
from supportdesk.rules.hours import DAYS, hours_of
from tests.rules.test_business_time import MINUTE, OFFICE, instants, us

TIME = business_time(hours_of("Europe/Zurich", OFFICE))
ALWAYS = business_time(hours_of("UTC", {day: [["00:00", "24:00"]] for day in DAYS}))
MORNING = us("2026-03-06T09:00")


def at(wall: str) -> int:
    return us(f"2026-03-06T{wall}")


def told(minutes: int | None = 120, pauses: tuple[Span, ...] = (), done: int | None = None,
         now: int = MORNING) -> Clock:
    return clock(MORNING, [Terms(MORNING, None if minutes is None else minutes * MINUTE, TIME)], pauses, done, now)


def test_it_runs_until_it_is_due_on_the_second_and_then_it_is_missed() -> None:
    running = told(now=at("11:00"))
    assert (running.state, running.due, running.remaining) == (ClockState.RUNNING, at("11:00"), 0)
    missed = told(now=at("13:30"))
    assert (missed.state, missed.ended, missed.remaining) == (ClockState.MISSED, at("11:00"), -90 * MINUTE)
    assert share_used(missed) == 1.75


def test_what_is_done_on_the_second_is_met_and_a_second_later_missed() -> None:
    assert told(done=at("11:00"), now=at("11:30")).state is ClockState.MET
    late = told(done=at("11:00:01"), now=at("11:30"))
    assert (late.state, late.ended, late.remaining) == (ClockState.MISSED, at("11:00"), -1_000_000)


def test_a_pause_that_has_not_ended_has_no_due_time() -> None:
    paused = told(pauses=((at("10:00"), FOR_EVER),), now=at("16:00"))
    assert (paused.state, paused.due, paused.remaining) == (ClockState.PAUSED, None, 60 * MINUTE)
    again = told(pauses=((at("10:00"), at("10:30")),), now=at("10:40"))
    assert (again.state, again.due, again.remaining) == (ClockState.RUNNING, at("11:30"), 50 * MINUTE)
    assert told(pauses=((at("10:00"), FOR_EVER),), done=at("15:00"), now=at("16:00")).state is ClockState.MET


def test_a_pause_that_begins_when_it_is_due_comes_too_late() -> None:
    assert told(pauses=((at("11:00"), FOR_EVER),), now=at("11:10")).state is ClockState.MISSED


def test_without_a_promise_there_is_no_clock() -> None:
    assert told(None, now=at("11:00")).state is ClockState.NONE
    assert told(None, done=at("10:00"), now=at("11:00")).state is ClockState.NONE
    assert share_used(told(None)) is None
    assert clock(MORNING, [], (), None, at("11:00")).state is ClockState.NONE


def test_other_terms_are_read_from_the_same_start() -> None:
    terms = [Terms(MORNING, 240 * MINUTE, TIME, "P3"), Terms(at("10:00"), 90 * MINUTE, TIME, "P1")]
    urgent = clock(MORNING, terms, (), None, at("10:15"))
    assert (urgent.state, urgent.due, urgent.terms) == (ClockState.RUNNING, at("10:30"), terms[1])


def test_tighter_terms_that_are_over_already_are_missed_from_their_beginning_on() -> None:
    terms = [Terms(MORNING, 240 * MINUTE, TIME), Terms(at("11:00"), 60 * MINUTE, TIME)]
    missed = clock(MORNING, terms, (), None, at("11:01"))
    assert (missed.state, missed.due, missed.ended) == (ClockState.MISSED, at("10:00"), at("11:00"))


def test_what_was_missed_or_met_stays_so_by_the_terms_of_its_time() -> None:
    terms = [Terms(MORNING, 60 * MINUTE, TIME, "P1"), Terms(at("10:30"), 480 * MINUTE, TIME, "P4")]
    missed = clock(MORNING, terms, (), at("11:00"), at("12:00"))
    assert (missed.state, missed.ended, missed.terms) == (ClockState.MISSED, at("10:00"), terms[0])
    met = clock(MORNING, [terms[0], Terms(at("10:30"), 10 * MINUTE, TIME)], (), at("09:50"), at("12:00"))
    assert (met.state, met.terms) == (ClockState.MET, terms[0])
    promised_later = [Terms(MORNING, None, TIME), Terms(at("10:00"), 120 * MINUTE, TIME)]
    assert clock(MORNING, promised_later, (), None, at("10:30")).due == at("11:00")


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[Terms], list[Span], int | None]:
    start = draw(instants(MINUTE))
    steps = st.integers(1, 3_000).map(lambda minutes: minutes * MINUTE)
    amounts = st.one_of(st.none(), st.integers(1, 2_000).map(lambda minutes: minutes * MINUTE))
    terms, since = [], start
    for _ in range(draw(st.integers(1, 4))):
        terms.append(Terms(since, draw(amounts), draw(st.sampled_from([TIME, ALWAYS]))))
        since += draw(steps)
    pauses, since = [], start
    for _ in range(draw(st.integers(0, 4))):
        since += draw(steps)
        until = since + draw(steps)
        pauses.append((since, until))
        since = until + MINUTE
    return start, terms, pauses, draw(st.one_of(st.none(), steps.map(lambda step: start + step)))


def known(history: tuple[int, list[Terms], list[Span], int | None], now: int) -> Clock:
    """How it stood to whoever looked at ``now``: what came later he did not know."""
    start, terms, pauses, done = history
    return clock(
        start, [each for each in terms if each.since <= now],
        [(since, until if until <= now else FOR_EVER) for since, until in pauses if since <= now],
        done if done is not None and done <= now else None, now)


@given(histories(), st.integers(0, 9_000), st.integers(0, 9_000))
def test_what_was_met_or_missed_stays_so_whatever_comes_later(
    history: tuple[int, list[Terms], list[Span], int | None], one: int, two: int
) -> None:
    earlier = known(history, history[0] + min(one, two) * MINUTE)
    later = known(history, history[0] + max(one, two) * MINUTE)
    if earlier.state in (ClockState.MET, ClockState.MISSED):
        assert (later.state, later.due, later.ended, later.terms) == (
            earlier.state, earlier.due, earlier.ended, earlier.terms)


@given(histories(), st.integers(0, 9_000))
def test_what_remains_leads_to_the_due_time(
    history: tuple[int, list[Terms], list[Span], int | None], minutes: int
) -> None:
    now = history[0] + minutes * MINUTE
    stands = known(history, now)
    if stands.state is ClockState.RUNNING and stands.due is not None:
        assert stands.terms is not None
        assert stands.remaining is not None
        assert stands.remaining >= 0
        assert stands.terms.time.between(now, stands.due) == stands.remaining
    if stands.state is ClockState.MISSED:
        assert stands.due is not None
        assert stands.due < now
