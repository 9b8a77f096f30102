"""What a caller says becomes a question to the index: words, never FTS5 syntax (DESIGN.md 7, law 4)."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportdesk.rules.words import (
    WORDS_AT_MOST,
    article_match,
    beginnings_match,
    index_text,
    prefix_match,
    search_words,
)

SYNTAX = ('"', "'", "*", "^", "(", ")", "{", "}", ":", "+", "-", ",", "\\", "\x00", "AND", "OR", "NOT", "NEAR", "body")
LANGS = ("fr", "en", "de", "fr-CH", "it", "", None)

hostile = st.one_of(
    st.text(max_size=120),
    st.lists(st.one_of(st.sampled_from(SYNTAX), st.text(max_size=6)), max_size=20).map(" ".join),
    st.lists(st.one_of(st.sampled_from(SYNTAX), st.text(max_size=3)), max_size=20).map("".join),
)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE search USING fts5(title, body, tokenize = 'unicode61 remove_diacritics 2')"
    )
    connection.executemany(
        "INSERT INTO search VALUES (?, ?)",
        [
            ("Le VPN coupe", "L’accès à distance tombe toutes les cinq minutes"),
            ("Drucker druckt nicht", index_text("Große Dokumente heißen manchmal Straße.pdf")),
        ],
    )
    yield connection
    connection.close()


def found(index: sqlite3.Connection, expression: str) -> list[int]:
    if not expression:
        return []
    rows = index.execute("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rank", (expression,))
    return [row[0] for row in rows]


@settings(max_examples=500, deadline=None)
@given(text=hostile, lang=st.sampled_from(LANGS))
def test_no_text_is_ever_read_as_query_syntax(index: sqlite3.Connection, text: str, lang: str | None) -> None:
    found(index, article_match(text, lang))
    found(index, prefix_match(text))
    found(index, beginnings_match(text))


@settings(max_examples=200, deadline=None)
@given(text=hostile)
def test_a_text_with_a_word_asks_for_something_and_one_without_for_nothing(text: str) -> None:
    asks = bool(search_words(text))
    assert bool(prefix_match(text)) is asks
    assert all(bool(article_match(text, lang)) is asks for lang in LANGS)


LATIN = [
    sign
    for sign in map(chr, (*range(0x20, 0x250), *range(0x1E00, 0x1F00), *range(0x2000, 0x2070), *range(0xFB00, 0xFB07)))
    if unicodedata.category(sign) != "Cn"
]


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from(LATIN), max_size=80))
def test_whoever_types_what_was_written_finds_it(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE search USING fts5(body, tokenize = 'unicode61 remove_diacritics 2')")
        connection.execute("INSERT INTO search VALUES (?)", (index_text(text),))
        expected = [1] if search_words(text) else []
        assert found(connection, prefix_match(text)) == expected
        assert found(connection, article_match(text, None)) == expected


def test_a_letter_is_spelled_alike_where_it_is_written_and_where_it_is_asked() -> None:
    letters = [sign for sign in LATIN if sign.isalnum()]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE search USING fts5(body, tokenize = 'unicode61 remove_diacritics 2')")
        rows = [(row, index_text(f"x{sign}y")) for row, sign in enumerate(letters)]
        connection.executemany("INSERT INTO search (rowid, body) VALUES (?, ?)", rows)
        lost = [sign for row, sign in enumerate(letters) if row not in found(connection, prefix_match(f"x{sign}y"))]
    assert lost == []


def test_apostrophes_and_hyphens_separate_words_and_digits_stay_together() -> None:
    assert search_words("L’écran n'affiche-t-il rien ? Code 0x80070005, poste PC-2231") == [
        "l", "ecran", "n", "affiche", "t", "il", "rien", "code", "0x80070005", "poste", "pc", "2231",
    ]  # fmt: skip


def test_case_accents_and_sharp_s_do_not_matter(index: sqlite3.Connection) -> None:
    assert found(index, prefix_match("ACCÈS")) == found(index, prefix_match("acces")) == [1]
    assert found(index, prefix_match("Strasse")) == found(index, prefix_match("STRAßE")) == [2]


def test_a_question_is_bounded() -> None:
    flood = " ".join(f"word{number}" for number in range(1_000))
    assert len(search_words(flood)) == WORDS_AT_MOST
    assert article_match(flood, "en").count('"') == prefix_match(flood).count('"') == 2 * WORDS_AT_MOST


def test_words_that_carry_no_matter_are_left_out_in_the_language_spoken() -> None:
    assert article_match("Mon écran est noir depuis ce matin", "fr") == '"ecran"* OR "noir"*'
    assert article_match("My screen has been black since this morning", "en") == '"scre"* OR "black"*'
    assert article_match("Mein Bildschirm ist seit heute Morgen schwarz", "de-CH") == '"bildschi"* OR "schwa"*'


def test_an_unknown_language_leaves_out_what_any_known_one_does() -> None:
    assert article_match("the mon nicht screen", None) == article_match("the mon nicht screen", "it") == '"scre"*'


def test_where_only_little_words_were_said_they_are_asked_for() -> None:
    assert article_match("PC", "de") == '"pc"*'
    assert article_match("what now", "en") == '"what"* OR "now"*'


def test_a_code_is_asked_for_as_it_stands() -> None:
    assert article_match("error 0x80070005 on 4G", "en") == '"error"* OR "0x80070005"* OR "4g"*'


def test_the_same_word_is_asked_for_once() -> None:
    assert article_match("ça tourne, ça tourne", "fr") == '"tour"*'


def test_a_filter_wants_every_word_and_the_last_may_be_unfinished(index: sqlite3.Connection) -> None:
    assert prefix_match("vpn cou") == '"vpn" AND "cou"*'
    assert found(index, prefix_match("vpn cou")) == [1]
    assert found(index, prefix_match("vp coupe")) == []
    assert found(index, prefix_match("vpn drucker")) == []


def test_a_ticket_is_found_by_the_beginnings_of_a_name_and_a_word(index: sqlite3.Connection) -> None:
    assert beginnings_match("per vp") == '"per"* AND "vp"*'
    assert found(index, beginnings_match("cou vp")) == found(index, beginnings_match("vpn cou")) == [1]


def test_a_little_word_before_another_stands_whole() -> None:
    assert beginnings_match("le pc du per") == '"le" AND "pc" AND "du" AND "per"*'
    assert beginnings_match(" - ") == ""


def test_other_forms_of_a_word_are_found(index: sqlite3.Connection) -> None:
    assert found(index, article_match("ça tombait à chaque minute", "fr")) == [1]
    assert found(index, article_match("meine Dokumenten", "de")) == [2]
