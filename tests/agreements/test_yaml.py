"""The same file in YAML: nothing means what nobody meant, and every mistake has its line."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.desk.agreement_file import Form
from supportdesk.desk.yaml_file import read_yaml, written_yaml
from supportdesk.terms.errors import Invalid
from tests.agreements.conftest import House
from tests.agreements.files import ALPINA, GENEVA, STANDARDS
from tests.agreements.test_mistakes import MISTAKES
from tests.hostile import CORPUS

SWISS = """\
calendar:
  - slug: geneva
    name: Genève
    version:
      - zone: Europe/Zurich
        country: NO
        years: [2025, 2027]
        holidays: [{on: 2026-09-11, name: no}, 12-24]
        weekly:
          mon: [[08:00, 12:00], [13:00, 18:00]]
        breaks:
          2026-03-06: [[12:00, 13:30]]
contract:
  - slug: always
    kind: standard
    version:
      - calendar: geneva
        from: 2026-07-01
        targets: {P1: {answer: 15 min, solution: 4 h}}
"""


def test_times_words_and_dates_are_what_they_look_like() -> None:
    """YAML 1.1 would make 780 of 13:00, true of on, false of NO and no."""
    whole, _lines = read_yaml(SWISS)
    version = whole["calendar"][0]["version"][0]
    assert version["weekly"] == {"mon": [["08:00", "12:00"], ["13:00", "18:00"]]}
    assert version["country"] == "NO"
    assert version["holidays"] == [{"on": date(2026, 9, 11), "name": "no"}, "12-24"]
    assert version["breaks"] == {"2026-03-06": [["12:00", "13:30"]]}
    assert version["years"] == [2025, 2027]


@pytest.mark.parametrize(("text", "value"), [
    ("1", 1), ("-7", -7), ("99.5", 99.5), ("true", True), ("null", None), ("~", None), ("007", "007"), ("1_0", "1_0"),
    ("0x1F", "0x1F"), ("1e3", "1e3"), (".inf", ".inf"), ("yes", "yes"), ("2026-13-01", "2026-13-01"),
    ("2026-01-01T10:00:00Z", datetime(2026, 1, 1, 10, tzinfo=UTC)), ("'1'", "1"), ("9" * 30, "9" * 30),
    ("2026-01-01 10:00:00+00:00", datetime(2026, 1, 1, 10, tzinfo=UTC)),
])
def test_a_plain_word_is_a_number_a_date_or_itself(text: str, value: object) -> None:
    assert read_yaml(f"x: {text}\n")[0] == {"x": value}


@pytest.mark.parametrize(("text", "line", "words"), [
    ("a: 1\na: 2\n", 2, "stands here twice"),
    ("a: &x [1]\nb: *x\n", 1, "refers to it"),
    ("a: 1\nb: !!python/object:os.system x\n", 2, "names a type"),
    ("a: !mine [1]\n", 1, "names a type"),
    ("a: !!set {b}\n", 1, "names a type"),
    ("a:\n  - b\n c\n", 3, "not YAML"),
    ("a: 1\nb: [1, 2\n", 3, "not YAML"),
    ("- a\n- b\n", 1, "no table of values"),
    ("? [a]\n: 1\n", 1, "a name is a word"),
    ("a: 1\n---\nb: 2\n", 2, "not YAML"),
])
def test_what_is_no_plain_yaml_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Invalid, match=f"line {line}:") as refused:
        read_yaml(text)
    assert words in refused.value.message


def test_a_file_that_would_grow_without_end_is_refused_at_once() -> None:
    bomb = "a: &a [x, x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n"
                                         for n in range(9))
    with pytest.raises(Invalid, match="refers to it"):
        read_yaml(bomb)
    with pytest.raises(Invalid, match="not YAML"):
        read_yaml("[" * 100_000)


def test_hostile_text_comes_back_as_it_was() -> None:
    for hostile in CORPUS:
        if "\x00" in hostile.text or any(0xD800 <= ord(sign) <= 0xDFFF for sign in hostile.text):
            continue
        written = written_yaml({"contract": [{"name": hostile.text, "text": hostile.text}]})
        assert read_yaml(written)[0] == {"contract": [{"name": hostile.text, "text": hostile.text}]}


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with suppress(Invalid):
        whole, lines = read_yaml(text)
        assert isinstance(whole, dict)
        assert lines.line("a", 0, "b") >= 1


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
       st.text("ab:- #'\"\n\t,[]{}&*!|>%@`0123456789."))
def test_any_text_that_is_written_comes_back(text: str, signs: str) -> None:
    whole = {"contract": [{"name": text, "text": signs, "of": [text, signs]}]}
    assert read_yaml(written_yaml(whole))[0] == whole


WHOLE = GENEVA + STANDARDS + ALPINA


@pytest.mark.parametrize(("right", "wrong"), [mistake[:2] for mistake in MISTAKES],
                         ids=[f"{mistake[1][:40]!r}" for mistake in MISTAKES])
def test_every_mistake_is_told_as_in_toml(house: House, right: str, wrong: str) -> None:
    toml = WHOLE.replace(right, wrong, 1) if right != 'slug = "alpina"' else WHOLE.replace(right, wrong)
    text = written_yaml(tomllib.loads(toml))
    told = house.problems(text, Form.YAML)
    assert {sentence for _line, sentence in told} == {sentence for _line, sentence in house.problems(toml)}
    assert all(1 <= line <= len(text.splitlines()) for line, _sentence in told)


@pytest.mark.parametrize(("right", "wrong", "line"), [
    ("country: NO", "country: XX", 6), ("[13:00, 18:00]", "[11:00, 18:00]", 10), ("solution: 4 h", "solution: 0 h", 19),
    ("zone: Europe/Zurich", "zone: Zurich", 5), ("calendar: geneva", "calendar: genf", 17),
    ("kind: standard", "kind: gold", 15), ("2026-03-06: [", "monday: [", 12), ("contract:", "contracts:", 13),
])
def test_a_mistake_stands_on_its_line(house: House, right: str, wrong: str, line: int) -> None:
    assert house.problems(SWISS, Form.YAML) == []
    assert line in [told for told, _sentence in house.problems(SWISS.replace(right, wrong, 1), Form.YAML)]


def test_the_suffix_says_which_it_is() -> None:
    assert [Form.of(Path(name)) for name in ("a.toml", "a.yaml", "a.YML", "a", "-")] == [
        Form.TOML, Form.YAML, Form.YAML, Form.TOML, Form.TOML]
