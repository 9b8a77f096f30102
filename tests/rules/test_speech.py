"""The card read aloud after saving, in the caller's language and zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.numbers import digits
from supportdesk.rules.speech import LANGUAGES, Promised, PromiseKind, read_aloud, say_when

ZURICH = ZoneInfo("Europe/Zurich")


def us(text: str, zone: ZoneInfo = ZURICH) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=zone)
    return (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


NOW = us("2023-11-21 14:02")


def said(lang: str, promised: Promised) -> list[str]:
    return read_aloud(lang, "214-0087-1", promised, now_us=NOW, zone=ZURICH)


def test_a_callback_names_number_person_hour_and_telephone() -> None:
    promised = Promised(PromiseKind.CALLBACK, us("2023-11-21 14:30"), "Ana Roch", "079 123 45 67")
    assert said("fr", promised) == [
        "Votre numéro de ticket est le 214 - 00 87 - 1.",
        "Ana Roch vous rappellera aujourd’hui à 14 h 30 au 079 123 45 67.",
    ]
    assert said("de-CH", promised) == [
        "Ihre Ticketnummer lautet 2 1 4 - 0 0 8 7 - 1.",
        "Ana Roch ruft Sie heute um 14:30 Uhr unter 079 123 45 67 zurück.",
    ]
    assert said("en_GB", promised) == [
        "Your ticket number is 2 1 4 - 0 0 8 7 - 1.",
        "Ana Roch will call you back today at 14:30 on 079 123 45 67.",
    ]


def test_what_is_not_known_is_not_said() -> None:
    assert said("fr", Promised(PromiseKind.CALLBACK))[1] == "Nous vous rappellerons."
    assert said("de", Promised(PromiseKind.CALLBACK, NOW))[1] == "Wir rufen Sie heute um 14:02 Uhr zurück."
    assert said("en", Promised(PromiseKind.CALLBACK, phone="4711"))[1] == "We will call you back on 4711."


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        (
            "fr",
            [
                "Votre demande est transmise à l’équipe Réseau.",
                "Vous aurez de nos nouvelles au plus tard demain à 8 h 05.",
            ],
        ),
        (
            "de",
            [
                "Ihr Anliegen wurde an das Team Réseau weitergeleitet.",
                "Sie hören spätestens morgen um 8:05 Uhr von uns.",
            ],
        ),
        (
            "en",
            [
                "Your case has been passed on to the Réseau team.",
                "You will hear from us tomorrow at 08:05 at the latest.",
            ],
        ),
    ],
)
def test_a_handoff_names_the_team_and_when_the_caller_hears_from_us(lang: str, sentences: list[str]) -> None:
    assert said(lang, Promised(PromiseKind.HANDED_OVER, us("2023-11-22 08:05"), "Réseau"))[1:] == sentences


def test_a_solved_call_says_how_to_come_back() -> None:
    assert said("fr", Promised(PromiseKind.SOLVED, NOW))[1:] == [
        "Votre problème est résolu. S’il revient, rappelez-nous avec ce numéro."
    ]


@pytest.mark.parametrize(
    ("at", "fr", "de", "en"),
    [
        ("2023-11-21 23:59", "aujourd’hui à 23 h 59", "heute um 23:59 Uhr", "today at 23:59"),
        ("2023-11-22 00:00", "demain à 0 h", "morgen um 0 Uhr", "tomorrow at 00:00"),
        ("2023-11-23 08:00", "jeudi à 8 h", "am Donnerstag um 8 Uhr", "on Thursday at 08:00"),
        ("2023-11-27 17:05", "lundi à 17 h 05", "am Montag um 17:05 Uhr", "on Monday at 17:05"),
        (
            "2023-12-01 08:30",
            "le vendredi 1er décembre à 8 h 30",
            "am Freitag, 1. Dezember, um 8:30 Uhr",
            "on Friday 1 December at 08:30",
        ),
        (
            "2023-11-20 09:00",
            "le lundi 20 novembre à 9 h",
            "am Montag, 20. November, um 9 Uhr",
            "on Monday 20 November at 09:00",
        ),
    ],
)
def test_when_is_said_as_people_say_it(at: str, fr: str, de: str, en: str) -> None:
    assert [say_when(lang, us(at), now_us=NOW, zone=ZURICH) for lang in ("fr", "de", "en")] == [fr, de, en]


def test_the_callers_zone_counts() -> None:
    promised = Promised(PromiseKind.CALLBACK, us("2023-11-21 17:30"))
    tokyo = read_aloud("en", "214-0087-1", promised, now_us=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert tokyo[1] == "We will call you back tomorrow at 01:30."


def test_other_languages_are_served_in_english() -> None:
    promised = Promised(PromiseKind.KEPT, us("2023-11-21 16:00"))
    assert said("pt", promised) == said("en", promised) == said("", promised)


@given(
    st.sampled_from(LANGUAGES),
    st.sampled_from(PromiseKind),
    st.none() | st.integers(NOW - 10**14, NOW + 10**14),
    st.none() | st.just("Ana {0} {when} Roch"),
    st.none() | st.just("079 {x}"),
)
def test_every_card_is_whole_sentences_with_the_number_first(
    lang: str, kind: PromiseKind, at: int | None, by: str | None, phone: str | None
) -> None:
    first, *rest = said(lang, Promised(kind, at, by, phone))
    assert digits(first) == "21400871"
    assert rest
    assert all(sentence.endswith(".") and "  " not in sentence and "None" not in sentence for sentence in rest)
    assert all(sentence[0].isupper() for sentence in rest)
    if kind is PromiseKind.CALLBACK:
        assert (by is None) or by in rest[0]
        assert (phone is None) or phone in rest[0]
