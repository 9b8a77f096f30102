"""What may be said of a major incident, when its next word is due, and when many callers raise the question."""

import pytest

from supportdesk.rules.major import WINDOW_US, Report, next_update, sentence, symptom

MIN = 60_000_000
NOW = 1_000 * WINDOW_US
TEXTS = {"fr": "Le VPN est en panne.", "en": "The VPN is down.", "de": "Das VPN ist gestört."}


def test_the_sentence_is_read_in_the_callers_language_while_it_is_valid() -> None:
    said = sentence(TEXTS, NOW, "de", NOW)
    assert said is not None
    assert (said.text, said.language, said.translated, said.expired) == ("Das VPN ist gestört.", "de", True, False)


def test_a_call_two_minutes_before_closing_hears_the_sentence_of_a_desk_that_closes_at_six() -> None:
    closing = NOW + 2 * MIN
    for now in (NOW, closing):
        said = sentence(TEXTS, closing, "fr", now)
        assert said is not None
        assert not said.expired


def test_an_expired_sentence_is_said_to_be_expired() -> None:
    said = sentence(TEXTS, NOW, "fr", NOW + 1)
    assert said is not None
    assert (said.expired, said.valid_until) == (True, NOW)


@pytest.mark.parametrize(("texts", "wanted", "language"), [
    (TEXTS, "it", "en"), (TEXTS, None, "en"), ({"de": "x", "fr": "y"}, "it", "fr"), ({"de": "x"}, "fr", "de"),
    ({"it": "x", "es": "y"}, "fr", "es"), ({"fr": "", "de": "x"}, "fr", "de"),
])
def test_a_language_nobody_wrote_falls_back_and_says_so(texts: dict[str, str], wanted: str, language: str) -> None:
    said = sentence(texts, NOW, wanted, NOW)
    assert said is not None
    assert (said.language, said.translated) == (language, False)


def test_nothing_written_is_no_sentence() -> None:
    assert sentence({}, NOW, "fr", NOW) is None
    assert sentence({"fr": ""}, NOW, "fr", NOW) is None


def test_the_next_word_is_owed_until_it_is_over_and_late_after_its_instant() -> None:
    assert next_update(NOW, None, NOW) == (NOW, False)
    assert next_update(NOW, None, NOW + 1) == (NOW, True)
    assert next_update(NOW, NOW - MIN, NOW + 1) is None
    assert next_update(None, None, NOW) is None


def reports(callers: int, sites: int = 1, ago: int = 10, **more: bool) -> list[Report]:
    return [Report(f"caller {n}", f"site {n % sites}", NOW - ago * MIN + n, **more) for n in range(callers)]


def test_five_callers_within_half_an_hour_raise_the_question_and_four_do_not() -> None:
    assert symptom(reports(4), NOW) is None
    found = symptom(reports(5), NOW)
    assert found is not None
    assert (found.callers, found.sites, found.by_sites) == (5, 1, False)
    assert (found.since, found.latest) == (NOW - 10 * MIN, NOW - 10 * MIN + 4)


def test_three_sites_raise_it_and_two_do_not() -> None:
    assert symptom(reports(3, 2), NOW) is None
    found = symptom(reports(3, 3), NOW)
    assert found is not None
    assert (found.callers, found.sites, found.by_sites) == (3, 3, True)


def test_the_same_caller_five_times_is_one_caller() -> None:
    assert symptom([Report("Perret", "Alpina", NOW - n) for n in range(9)], NOW) is None


def test_callers_nobody_knows_count_each_for_himself_and_unknown_sites_for_none() -> None:
    found = symptom([Report("", "", NOW - n) for n in range(5)], NOW)
    assert found is not None
    assert (found.callers, found.sites) == (5, 0)
    assert symptom([Report("", "", NOW - n) for n in range(4)], NOW) is None


def test_half_an_hour_counts_to_the_microsecond() -> None:
    early = [Report(f"c{n}", "", NOW - WINDOW_US) for n in range(5)]
    assert symptom(early, NOW) is not None
    assert symptom(early, NOW + 1) is None
    assert symptom([Report(f"c{n}", "", NOW + 1) for n in range(5)], NOW) is None


def test_tickets_that_hang_on_a_major_incident_do_not_raise_it_again() -> None:
    assert symptom(reports(9, 4, hangs=True), NOW) is None
    assert symptom([*reports(9, 4, hangs=True), *reports(4)], NOW) is None
    assert symptom([*reports(9, 4, hangs=True), *reports(5)], NOW) is not None
