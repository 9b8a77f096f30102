"""What goes when a person is erased, and how his words are found in other people's texts."""

import json

import pytest

from supportdesk.rules.erasure import OTHERS, TIES
from supportdesk.rules.mentions import Phrase, Words, called, kept, keyed, named, written
from supportdesk.terms.entities import ENTITIES

SALT = b"salt" * 4


def test_every_personal_field_of_every_entity_is_reached_or_is_somebody_elses() -> None:
    missing = {
        f"{name}.{field.name}" for name, entity in ENTITIES.items() for field in entity.fields if field.personal
        if field.name not in OTHERS.get(name, ()) and not any(field.name in tie.fields for tie in TIES.get(name, ()))
    }
    assert missing == set()


def test_every_entity_that_names_a_caller_is_about_him() -> None:
    naming = {(name, f.name) for name, entity in ENTITIES.items() for f in entity.fields if f.ref == "caller"}
    about = {(name, tie.by) for name, ties in TIES.items() for tie in ties if tie.kind == "caller"}
    assert naming - {("caller", "merged_into_id")} == about - {("caller", "id")}


def test_every_entity_with_personal_fields_that_names_a_ticket_hangs_on_it() -> None:
    hanging = {name for name, entity in ENTITIES.items() if name not in ("conflict", "ticket")
               and any(field.personal for field in entity.fields) and any(f.ref == "ticket" for f in entity.fields)}
    assert hanging == {name for name, ties in TIES.items() if any(tie.kind == "ticket" for tie in ties)}


def test_what_is_reached_are_fields_there_are_and_nothing_that_counts() -> None:
    for name, ties in TIES.items():
        for tie in ties:
            assert all(ENTITIES[name].field(field).personal for field in tie.fields)


def _words(*phrases: set[Phrase]) -> Words:
    return Words({SALT: kept(set().union(*phrases), SALT)})


@pytest.mark.parametrize(("text", "left"), [
    ("I saw Anna-Lena MÜLLER.", "I saw […]."),
    ("Müller, Anna Lena\nrang", "[…]\nrang"),
    ("(anna lena muller)", "([…])"),
    ("to ANNA.M@Alpina.example!", "to […]!"),
    ("at 079 123 45 67 on 2026-01-05", "at […] on 2026-01-05"),
    ("+41 (0)79 123 45 67", "[…]"),
    ("0041791234567/079.123.45.67", "[…]/[…]"),
    ("badge E-12345 lost", "badge […] lost"),
    ("Anna Müller, Lena Müller, Anna", "Anna Müller, Lena Müller, Anna"),
    ("order 100791234567", "order 100791234567"),
    ("79 123 45 6", "79 123 45 6"),
    ("Annalena Mueller", "Annalena Mueller"),
])
def test_a_person_is_found_in_other_peoples_texts_however_he_is_written(text: str, left: str) -> None:
    words = _words(named("Anna-Lena Müller"), written("anna.m@alpina.example"), called("791234567"), keyed("E-12345"))
    assert words.mask(text) == left


def test_what_could_be_any_word_or_any_number_is_not_looked_for() -> None:
    assert named("Reception") | called("4711") | keyed("0815") | written("post") == set()


def test_what_is_kept_of_a_person_tells_nobody_who_he_was() -> None:
    told = json.dumps([list(word) for word in kept(named("Anna Müller") | called("791234567"), SALT)])
    assert not any(word in told.lower() for word in ("anna", "müller", "muller", "791234567"))
