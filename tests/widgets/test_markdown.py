"""Markdown shown as lines: what an article says, nothing that acts, nothing that is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hostile import CORPUS

from supportdesk.resources import data_path
from supportdesk.rules.article import parse_article
from supportdesk.rules.text import is_clean, width
from supportdesk.widgets.lines import plain
from supportdesk.widgets.markdown import blocks, lines, wrap_spans


def shown(text: str, cells: int = 60, ticked: frozenset[int] = frozenset()) -> list[str]:
    return [plain(line) for line in lines(blocks(text), cells, ticked)]


def test_steps_under_their_heading_carry_a_box_and_their_number() -> None:
    text = "## Cause\n\n1. not a step\n\n## Steps\n\n1. first\n2. second\n\n## Else\n\n1. no step"
    assert shown(text, ticked=frozenset({2})) == [
        "Cause", "", "1. not a step", "", "Steps", "", "[ ] 1. first", "[x] 2. second", "", "Else", "", "1. no step",
    ]  # fmt: skip


@pytest.mark.parametrize("heading", ["Étapes", "Steps", "Schritte"])
def test_steps_are_known_in_three_languages(heading: str) -> None:
    assert "[ ] 1. eins" in shown(f"## {heading}\n\n1. eins")


def test_a_link_is_its_words_and_its_target() -> None:
    assert shown("see [the page](https://x.example/a) or <https://y.example>") == [
        "see the page (https://x.example/a) or https://y.example"
    ]


def test_html_is_text() -> None:
    assert shown("<script>alert(1)</script>") == ["<script>alert(1)</script>"]


def test_a_step_of_several_lines_stands_under_itself() -> None:
    made = shown("## Steps\n\n1. one two three four five", 20)
    assert made[2:] == ["[ ] 1. one two three", "       four five"]


def test_code_keeps_its_spaces() -> None:
    assert shown("```\na  b\n  c\n```") == ["  a  b", "    c"]


def test_every_starter_article_shows_as_many_boxes_as_it_has_steps() -> None:
    files = sorted(data_path("articles").glob("*/*.md"))
    assert files
    for file in files:
        article = parse_article(file.read_text(encoding="utf-8"))
        made = shown(article.body, 78)
        assert sum(line.startswith("[ ]") for line in made) == len(article.steps), file
        assert max(map(width, made)) <= 78, file


def test_no_hostile_text_acts_or_ends_the_reading() -> None:
    for name, text, storable in CORPUS:
        body = f"# {text}\n\n- {text}\n\n## Steps\n\n1. {text}\n\n```\n{text}\n```\n\n[{text}]({text})"
        assert not storable or all(map(is_clean, shown(body, 40))), name


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.sampled_from(["", "strong"])), max_size=6), st.integers(4, 40))
def test_wrapped_spans_fit_and_lose_no_word(spans: list[tuple[str, str]], cells: int) -> None:
    made = wrap_spans(spans, cells)
    assert all(sum(width(text) for text, _style in line) <= max(cells, 2) + 1 for line in made)
    from supportdesk.rules.text import safe

    said = "".join(safe(part) for text, _style in spans for part in text.split("\n"))
    assert "".join("".join(plain(line).split()) for line in made) == "".join(said.split())
