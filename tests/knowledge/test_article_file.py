"""An article as a file: what the front matter must hold, and what the console ticks as steps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportdesk.rules.article import ParsedArticle, parse_article

GOOD = """\
+++
slug = "vpn-drops"
lang = "fr"
title = "VPN : coupures"
issue = "Le VPN coupe."
keywords = ["tunnel", "coupe"]
products = ["vpn"]
components = ["VPN > Client"]
audience = "public"
identity = ""
+++

## Cause

1. pas une étape

## Étapes

Avant tout, patience.

1. **Ouvrir `ncpa.cpl`** : voir [la liste](https://example.org/x)
   des cartes, dont *une* au moins.
2. Relancer snake_case_name : il tourne.

### Toujours rien

3) Redémarrer.

## Quand transmettre

1. pas une étape non plus
"""


def test_a_file_is_read_whole() -> None:
    article = parse_article(GOOD)
    assert article == ParsedArticle(
        slug="vpn-drops",
        lang="fr",
        title="VPN : coupures",
        issue="Le VPN coupe.",
        keywords=("tunnel", "coupe"),
        products=("vpn",),
        components=("VPN > Client",),
        audience="public",
        identity="",
        body=GOOD.split("+++\n\n")[1].strip("\n"),
        steps=(
            "Ouvrir ncpa.cpl : voir la liste des cartes, dont une au moins.",
            "Relancer snake_case_name : il tourne.",
            "Redémarrer.",
        ),
    )


@pytest.mark.parametrize("heading", ["Steps", "Schritte", "Étapes"])
def test_steps_are_found_in_the_three_languages(heading: str) -> None:
    assert len(parse_article(GOOD.replace("Étapes", heading)).steps) == 3


def test_an_article_without_a_steps_section_has_none() -> None:
    assert parse_article(GOOD.replace("Étapes", "Remarques")).steps == ()


def test_line_ends_of_windows_and_a_byte_order_mark_do_not_matter() -> None:
    assert parse_article("\ufeff" + GOOD.replace("\n", "\r\n")) == parse_article(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("+++\nslug", "slug", 1, "begins with"),
        ("+++\n\n", "\n", 31, "ends with"),
        ('title = "VPN : coupures"', "title = VPN", 4, "Invalid value"),
        ('slug = "vpn-drops"\n', "", 10, "slug is missing"),
        ("vpn-drops", "VPN drops", 2, "slug"),
        ('"fr"', '"français"', 3, "lang"),
        ('"VPN : coupures"', '" "', 4, "title"),
        ('"Le VPN coupe."', "7", 5, "issue"),
        ('["tunnel", "coupe"]', '"tunnel"', 6, "keywords"),
        ('["vpn"]', '["vpn", 3]', 7, "products"),
        ('["vpn"]', '["the VPN"]', 7, "products"),
        ('["VPN > Client"]', '[""]', 8, "components"),
        ('"public"', '"everybody"', 9, "audience"),
        ('identity = ""', 'identity = "shoe size"', 10, "identity"),
        ('identity = ""', 'identity = ""\nowner = "me"', 11, "owner: unknown"),
        ('identity = ""', 'identity = ""\n[owner]\nname = "me"', 11, "owner: unknown"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(ValueError, match=rf"^line {line}: .*{says}"):
        parse_article(GOOD.replace(old, new, 1))


def test_a_front_matter_alone_is_no_article() -> None:
    with pytest.raises(ValueError, match=r"^line 11: nothing follows"):
        parse_article(GOOD.split("## Cause")[0])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text().map(lambda text: f"+++\n{text}\n+++\nbody"), st.text().map(GOOD.__add__)))
def test_any_text_is_an_article_or_a_problem_with_a_line(text: str) -> None:
    said = "line 1: nothing"
    try:
        parse_article(text)
    except ValueError as problem:
        said = str(problem)
    assert said.startswith("line ")


@pytest.mark.parametrize("evil", ["*", "_a ", "[", "`", "**a", "1. ", "![](", "# "])
def test_a_hostile_line_is_read_all_the_same(evil: str) -> None:
    article = parse_article(GOOD.replace("Redémarrer.", evil * 20_000))
    assert len(article.steps) == 3
