"""The starter articles (issue 2, section 1): 40 subjects in three languages, found by what callers say.

The sentences of ``caller_sentences.toml`` were committed before the first article was written.
"""

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.desk import setup
from supportdesk.resources import data_path
from supportdesk.rules.article import ParsedArticle, parse_article
from supportdesk.rules.text import fold
from supportdesk.rules.words import BM25_WEIGHTS, article_match, index_text
from supportdesk.store import database
from supportdesk.store.views import articles as view

LANGS = ("fr", "en", "de")
SUBJECTS = 40
FOUND = 0.9  # share of the sentences whose article is among the first three
HEADINGS = {
    "fr": ("Ce que dit l'appelant", "Cause", "Étapes", "Quand transmettre"),
    "en": ("What the caller says", "Cause", "Steps", "When to hand over"),
    "de": ("Was der Anrufer sagt", "Ursache", "Schritte", "Wann weiterleiten"),
}
NO_BREAK = "\u00a0\u202f"


def _sentences() -> dict[str, dict[str, list[str]]]:
    file = Path(__file__).with_name("caller_sentences.toml")
    return {subject["slug"]: subject for subject in tomllib.loads(file.read_text(encoding="utf-8"))["subject"]}


SENTENCES = _sentences()
FILES = sorted(data_path("articles").glob("*/*.md"))


@pytest.fixture(scope="module")
def articles() -> dict[tuple[str, str], ParsedArticle]:
    """By language and slug."""
    read = [parse_article(file.read_text(encoding="utf-8")) for file in FILES]
    return {(article.lang, article.slug): article for article in read}


each_article = pytest.mark.parametrize(
    ("lang", "slug"), [(file.parent.name, file.stem) for file in FILES], ids=lambda part: str(part)
)
each_language = pytest.mark.parametrize("lang", LANGS)


def _section(article: ParsedArticle, heading: str) -> str:
    return article.body.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()


def test_three_sentences_of_callers_stand_for_every_subject_and_language() -> None:
    assert len(SENTENCES) == SUBJECTS
    assert all(len(set(subject[lang])) == 3 for subject in SENTENCES.values() for lang in LANGS)


def test_every_subject_has_an_article_in_three_languages_and_no_article_is_without_one() -> None:
    expected = {(lang, slug) for lang in LANGS for slug in SENTENCES}
    assert {(file.parent.name, file.stem) for file in FILES} == expected


@each_article
def test_an_article_says_cause_steps_and_when_to_hand_over(
    articles: dict[tuple[str, str], ParsedArticle], lang: str, slug: str
) -> None:
    article = articles[lang, slug]  # the file's place says the same as its front matter
    assert article.keywords
    assert len(article.steps) >= 4
    for heading in HEADINGS[lang]:
        assert len(_section(article, heading)) > 60, heading
    assert len(article.body.split()) <= 400


@each_article
def test_a_step_says_what_to_do_and_what_one_must_see(
    articles: dict[tuple[str, str], ParsedArticle], lang: str, slug: str
) -> None:
    short = [step for step in articles[lang, slug].steps if len(step.split()) < 8]
    assert not short


@each_language
def test_titles_and_issues_are_told_apart(articles: dict[tuple[str, str], ParsedArticle], lang: str) -> None:
    own = [article for article in articles.values() if article.lang == lang]
    assert len({fold(article.title) for article in own}) == len({fold(article.issue) for article in own}) == SUBJECTS


@pytest.mark.parametrize("slug", sorted(SENTENCES))
def test_three_languages_agree_on_what_does_not_depend_on_language(
    articles: dict[tuple[str, str], ParsedArticle], slug: str
) -> None:
    facts = {
        (one.products, one.components, one.audience, one.identity) for one in (articles[lang, slug] for lang in LANGS)
    }
    assert len(facts) == 1


def test_components_and_products_are_those_of_the_demo(articles: dict[tuple[str, str], ParsedArticle]) -> None:
    demo = tomllib.loads(data_path("demo", "desk.toml").read_text(encoding="utf-8"))["product"]
    known = {f"{product['name']} > {component}" for product in demo for component in product["components"]}
    assert {name for article in articles.values() for name in article.components} <= known
    assert {slug for article in articles.values() for slug in article.products} == {one["slug"] for one in demo}


def test_what_opens_a_door_asks_for_the_identity_first(articles: dict[tuple[str, str], ParsedArticle]) -> None:
    asked = {slug: articles["en", slug].identity for slug in SENTENCES if articles["en", slug].identity}
    assert asked == {
        "password-reset": "password",
        "account-locked": "password",
        "voicemail": "password",
        "laptop-lost": "password",
        "mfa-phone-lost": "mfa",
        "bank-details-change": "bank_data",
        "invoice-question": "disclosure",
    }
    assert all(articles["en", slug].audience == "internal" for slug in asked)


def _runs(text: str, length: int) -> set[str]:
    """Every run of ``length`` words, folded; the whole text when it is shorter."""
    words = re.findall(r"\w+", fold(text))
    return {" ".join(words[at : at + length]) for at in range(max(1, len(words) - length + 1))}


@each_article
def test_no_sentence_of_a_caller_was_pasted_into_an_article(
    articles: dict[tuple[str, str], ParsedArticle], lang: str, slug: str
) -> None:
    one = articles[lang, slug]
    written = " ".join(re.findall(r"\w+", fold("\n".join((one.title, one.issue, *one.keywords, one.body)))))
    pasted = {run for said in SENTENCES[slug][lang] for run in _runs(said, 7) if run in written}
    assert pasted == set()


def test_french_signs_keep_their_no_break_space(articles: dict[tuple[str, str], ParsedArticle]) -> None:
    wrong = re.compile(rf"[^\s{NO_BREAK}`:] ?[;!?»](?=\s|$)|(?<=\w) ?:(?=\s|$)|«(?![{NO_BREAK}])| :")
    for article in articles.values():
        if article.lang == "fr":
            text = re.sub(r"`[^`]*`", "", f"{article.title}\n{article.issue}\n{article.body}")
            assert wrong.findall(text) == [], article.slug


def _missed(found: dict[str, list[str]], lang: str) -> list[str]:
    """Sentences whose article is not among the first three; ``found`` slugs by sentence."""
    return [said for slug, subject in SENTENCES.items() for said in subject[lang] if slug not in found[said][:3]]


@each_language
def test_what_callers_say_finds_the_article_in_its_language(
    articles: dict[tuple[str, str], ParsedArticle], lang: str
) -> None:
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute(
            "CREATE VIRTUAL TABLE search USING fts5(title, issue, keywords, body, slug UNINDEXED, "
            "tokenize = 'unicode61 remove_diacritics 2')"
        )
        for one in articles.values():
            if one.lang == lang:
                texts = (one.title, one.issue, " ".join(one.keywords), one.body)
                index.execute("INSERT INTO search VALUES (?, ?, ?, ?, ?)", (*map(index_text, texts), one.slug))
        found = {
            said: [
                row[0]
                for row in index.execute(
                    "SELECT slug FROM search WHERE search MATCH ? ORDER BY bm25(search, ?, ?, ?, ?) LIMIT 3",
                    (article_match(said, lang), *BM25_WEIGHTS),
                )
            ]
            for subject in SENTENCES.values()
            for said in subject[lang]
        }
    missed = _missed(found, lang)
    assert len(missed) <= (1 - FOUND) * len(found), missed


@pytest.fixture(scope="module")
def new_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("articles") / "desk.db"
    setup.init(path, login="ana", zone="Europe/Zurich", region="CH", lang="fr")
    with closing(database.connect(path, reading=True)) as connection:
        yield connection


@each_language
def test_what_callers_say_finds_the_article_on_a_new_desk(new_desk: sqlite3.Connection, lang: str) -> None:
    found = {
        said: [line.slug for line in view.search(new_desk, said, lang, 3)]
        for subject in SENTENCES.values()
        for said in subject[lang]
    }
    missed = _missed(found, lang)
    assert len(missed) <= (1 - FOUND) * len(found), missed
