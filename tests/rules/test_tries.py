"""When somebody who was not reached is called again, and when one may give up."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.business_time import Hours, business_time
from supportdesk.rules.phones import zone_of
from supportdesk.rules.tries import AGAIN_AFTER, OFFICE, always_open, next_try, tried
from supportdesk.store.types import micros
from supportdesk.terms.codes import Outcome

ZURICH, NEW_YORK = ZoneInfo("Europe/Zurich"), ZoneInfo("America/New_York")
DAY = ((8 * 3_600, 12 * 3_600), (13 * 3_600, 18 * 3_600))


def hours(zone: ZoneInfo = ZURICH):  # type: ignore[no-untyped-def]
    return business_time(Hours(zone, (DAY,) * 5 + ((), ())))


def us(text: str, zone: ZoneInfo = ZURICH) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))


@pytest.mark.parametrize(("now", "outcome", "then"), [
    ("2026-03-04 10:00", Outcome.BUSY, "2026-03-04 10:10"),
    ("2026-03-04 10:00", Outcome.NO_ANSWER, "2026-03-04 11:00"),
    ("2026-03-04 10:00", Outcome.VOICEMAIL_LEFT, "2026-03-04 14:00"),
    ("2026-03-04 11:55", Outcome.BUSY, "2026-03-04 13:00"),  # not in the lunch of the person called
    ("2026-03-04 17:30", Outcome.NO_ANSWER, "2026-03-05 08:00"),
    ("2026-03-06 17:30", Outcome.NO_ANSWER, "2026-03-09 08:00"),  # not on Saturday
    ("2026-03-28 23:30", Outcome.CUT_OFF, "2026-03-30 08:00"),  # the night the clocks go forward
])
def test_the_next_try_is_made_when_it_is_worth_it_and_in_his_hours(now: str, outcome: Outcome, then: str) -> None:
    assert next_try(outcome, [us(now)], hours(), ZURICH, us(now)) == us(then)


def test_it_is_his_morning_not_ours() -> None:
    tried_at = us("2026-03-04 09:00", ZURICH)  # three at night in New York
    assert next_try(Outcome.NO_ANSWER, [tried_at], hours(NEW_YORK), NEW_YORK, tried_at) == us(
        "2026-03-04 08:00", NEW_YORK)


def test_two_tries_a_day_are_enough() -> None:
    first, second = us("2026-03-04 09:00"), us("2026-03-04 10:00")
    assert next_try(Outcome.BUSY, [first, second], hours(), ZURICH, second) == us("2026-03-05 08:00")


def test_a_wrong_number_is_not_called_again() -> None:
    assert next_try(Outcome.WRONG_NUMBER, [us("2026-03-04 09:00")], hours(), ZURICH, us("2026-03-04 09:00")) is None


def test_hours_that_never_open_delay_nothing() -> None:
    never = business_time(Hours(ZURICH, ((),) * 7))
    assert next_try(Outcome.BUSY, [], never, ZURICH, us("2026-03-04 09:00")) == us("2026-03-04 09:10")


@pytest.mark.parametrize(("tries", "enough"), [
    (["2026-03-04 09:00", "2026-03-04 10:00", "2026-03-04 11:00"], False),
    (["2026-03-04 09:00", "2026-03-05 10:00"], False),
    (["2026-03-04 09:00", "2026-03-04 10:00", "2026-03-05 08:00"], True),
])
def test_after_three_tries_on_two_days_one_may_give_up(tries: list[str], enough: bool) -> None:
    assert tried([us(at) for at in tries], ZURICH).enough is enough


def test_days_are_those_of_the_person_called() -> None:
    late, early = us("2026-03-04 23:30", NEW_YORK), us("2026-03-05 00:30", NEW_YORK)
    assert tried([late, early], NEW_YORK).days == 2
    assert tried([late, early], ZURICH).days == 1


@given(st.sampled_from(sorted(AGAIN_AFTER)), st.integers(us("2026-01-01 00:00"), us("2027-01-01 00:00")),
       st.integers(1, 3))
def test_a_try_is_never_earlier_than_worth_it_and_always_within_the_hours(outcome: Outcome, now: int, n: int) -> None:
    at = next_try(outcome, [now] * n, hours(), ZURICH, now)
    assert at is not None
    assert at >= now + AGAIN_AFTER[outcome]
    assert hours().is_open(at)


def test_around_the_clock_says_nothing_of_when_he_wants_to_be_called() -> None:
    assert always_open(business_time(Hours(ZURICH, (((0, 86_400),),) * 7)), us("2026-03-04 09:00"))
    assert not always_open(business_time(OFFICE), us("2026-03-04 09:00"))


@pytest.mark.parametrize(("number", "zone"), [
    ("+41791234567", "Europe/Zurich"), ("+33199001234", "Europe/Paris"), ("+12125550100", "America/New_York"),
    ("+18005550100", None), ("079 123 45 67", None), ("", None), ("+99", None), ("\x1b[2J", None),
])
def test_a_number_tells_its_zone_where_it_can_be_only_one(number: str, zone: str | None) -> None:
    assert zone_of(number) == zone
