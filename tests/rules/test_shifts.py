"""Who is on shift, and to whom a promised callback belongs: at every moment to somebody."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.shifts import (
    LATE_US,
    LONGEST_US,
    Because,
    Fact,
    Holder,
    Presence,
    Standing,
    colleagues,
    holding,
    is_there,
    standing,
    team_from,
)
from supportdesk.terms.codes import ShiftKind

MINUTE, HOUR = 60_000_000, 3_600_000_000
START = 1_000 * HOUR
TICKET = UUID(int=7)


def day(*said: tuple[ShiftKind, int]) -> list[Fact]:
    """Facts, each so many minutes after the start."""
    return [Fact(kind, START + minutes * MINUTE) for kind, minutes in said]


WHOLE = day((ShiftKind.START, 0), (ShiftKind.BREAK, 240), (ShiftKind.BACK, 285), (ShiftKind.END, 540))


@pytest.mark.parametrize(("minutes", "presence"), [
    (-1, Presence.UNUSED), (0, Presence.ON), (239, Presence.ON), (240, Presence.BREAK), (284, Presence.BREAK),
    (285, Presence.ON), (539, Presence.ON), (540, Presence.OFF), (10_000, Presence.OFF),
])
def test_the_latest_word_of_an_agent_counts(minutes: int, presence: Presence) -> None:
    assert standing(WHOLE, START + minutes * MINUTE).presence is presence


def test_who_never_started_a_shift_counts_as_there() -> None:
    assert standing((), START) == Standing(Presence.UNUSED)
    assert is_there(standing((), START))
    assert is_there(standing(WHOLE, START))
    assert not is_there(standing(WHOLE, START + 250 * MINUTE))


def test_a_shift_nobody_ended_is_over_after_sixteen_hours_whatever_was_said_in_it() -> None:
    facts = day((ShiftKind.START, 0), (ShiftKind.BREAK, 950), (ShiftKind.BACK, 959))
    assert standing(facts, START + LONGEST_US - 1).presence is Presence.ON
    over = standing(facts, START + LONGEST_US)
    assert (over.presence, over.since_us, over.forgotten) == (Presence.OFF, START + 16 * HOUR, True)
    again = [*facts, Fact(ShiftKind.START, START + 24 * HOUR)]
    assert standing(again, START + 24 * HOUR).presence is Presence.ON


def test_a_break_whose_start_was_taken_back_is_no_absence() -> None:
    assert standing(day((ShiftKind.BREAK, 5)), START + HOUR).presence is Presence.UNUSED


def test_one_may_end_without_ever_having_started() -> None:
    assert standing(day((ShiftKind.END, 5)), START + HOUR).presence is Presence.OFF


ON, BREAK, OFF = Standing(Presence.ON), Standing(Presence.BREAK, 5), Standing(Presence.OFF, 5)


@pytest.mark.parametrize(("owner", "late", "taken", "holder", "because"), [
    (ON, -1, False, Holder.PERSON, Because.THERE),
    (ON, LATE_US - 1, False, Holder.PERSON, Because.THERE),
    (ON, LATE_US, False, Holder.TEAM, Because.LATE),
    (Standing(Presence.UNUSED), 0, False, Holder.PERSON, Because.THERE),
    (Standing(Presence.UNUSED), LATE_US, False, Holder.TEAM, Because.LATE),
    (BREAK, -1, False, Holder.PERSON, Because.THERE),
    (BREAK, 0, False, Holder.TEAM, Because.BREAK),
    (BREAK, LATE_US, False, Holder.TEAM, Because.LATE),
    (OFF, -HOUR, False, Holder.TEAM, Because.SHIFT_OVER),
    (OFF, -HOUR, True, Holder.PERSON, Because.TAKEN_ALONG),
    (OFF, LATE_US, True, Holder.TEAM, Because.LATE),
    (Standing(Presence.OFF, left=True), -HOUR, True, Holder.TEAM, Because.LEFT),
    (None, -HOUR, False, Holder.TEAM, Because.NOBODYS),
])
def test_a_callback_is_its_persons_while_he_is_there_and_the_teams_otherwise(
    owner: Standing | None, late: int, taken: bool, holder: Holder, because: Because
) -> None:
    held = holding(START, owner, START + late, taken=taken)
    assert (held.holder, held.because) == (holder, because)


@given(st.sampled_from((ON, BREAK, OFF, Standing(Presence.UNUSED))), st.integers(-HOUR, HOUR), st.booleans())
def test_what_lists_ask_of_an_owner_is_what_the_rule_says_of_each_callback(
    owner: Standing, late: int, taken: bool
) -> None:
    of_team = holding(START, owner, START + late, taken=taken).holder is Holder.TEAM
    if owner.presence is Presence.OFF:
        assert of_team == (not taken or late >= LATE_US)
    else:
        assert of_team == (late >= team_from(owner))


@given(st.lists(st.tuples(st.sampled_from(ShiftKind), st.integers(0, 2_000)), max_size=12), st.integers(-100, 4_000))
def test_the_latest_start_and_the_latest_word_tell_the_whole_day(
    said: list[tuple[ShiftKind, int]], minutes: int
) -> None:
    facts = day(*sorted(said, key=lambda fact: fact[1]))
    now = START + minutes * MINUTE
    past = [fact for fact in facts if fact.at_us <= now]
    two = [*[fact for fact in past if fact.kind == ShiftKind.START][-1:], *past[-1:]]
    assert standing(two, now) == standing(facts, now)


def test_colleagues_are_those_of_my_teams() -> None:
    me, ben, eva, red, blue = (UUID(int=n) for n in range(1, 6))
    assert colleagues(me, [red], [(ben, [blue, red]), (eva, [blue])]) == {me, ben}
