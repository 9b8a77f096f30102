"""Every mistake in a file is told with its line and the cure, all at once, in three languages; nothing is saved."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportdesk.desk import agreeing
from supportdesk.i18n import speaking
from supportdesk.rules.toml_lines import TomlLines
from supportdesk.terms.errors import Invalid
from tests.agreements.conftest import House
from tests.agreements.files import ALPINA, GENEVA, STANDARDS

WHOLE = GENEVA + STANDARDS + ALPINA

MISTAKES = [
    # what stands in the file, what is written instead, the line that is named, a word of the sentence
    ('zone = "Europe/Zurich"', 'zone = "Europe/Zurigo"', 'zone = "Europe/Zurigo"', "time zone Europe/Zurigo"),
    ('zone = "Europe/Zurich"\n', "", "[[calendar.version]]", "zone is needed"),
    ('["13:00", "18:00"]]', '["11:00", "18:00"]]', "weekly.mon", "overlap"),
    ('["13:00", "18:00"]]', '["13:00", "18:60"]]', "weekly.mon", "18:60"),
    ("weekly.mon", "weekly.lun", "weekly.lun", "no weekday"),
    ('["2026-04-06"]', '["2026-02-30"]', "without", "2026-02-30"),
    ('["12-24", {', '["24.12.", {', "holidays", "24.12."),
    ('["12-24", {', '["12-24", 7, {', "holidays", "7 is no date"),
    ("breaks.2026-03-06", "breaks.friday", "breaks.friday", "friday is no date"),
    ('extra.2026-12-26 = [["09:00", "11:00"]]', "extra = 5", "extra = 5", "5 cannot be read"),
    ('country = "CH"', 'country = "XX"', 'country = "XX"', "No holidays"),
    ('subdivision = "GE"', 'subdivision = "QQ"', 'subdivision = "QQ"', "no part QQ"),
    ('country = "CH"\n', "", "subdivision", "goes with country"),
    ("[2025, 2027]", "[2027, 2025]", "years", "first and the last year"),
    ('slug = "geneva"\n', "", "[[calendar]]", "slug is needed"),
    ('answer = "15 min"', 'answer = "0 min"', "targets.P1 =", "within no time"),
    ('answer = "15 min"', 'answer = "87600 h"', "targets.P1 =", "more than a year"),
    ('answer = "15 min"', 'answer = "2 days"', "targets.P1 =", "18 h"),
    ('answer = "15 min"', "answer = 15", "targets.P1 =", "no amount of time"),
    ('answer = "15 min"', 'anwser = "15 min"', "targets.P1 =", "no anwser here. Known are: answer"),
    ("targets.P2 =", "targets.P9 =", "targets.P9 =", "no P9 here. Known are: P1"),
    ('"4 h", calendar = "always"', '"4 h", calendar = "nights"', "targets.P1 =", "no calendar nights"),
    ('calendar = "office"\n', "", "[[contract.version]]", "in no calendar"),
    ('kind = "standard"', 'kind = "silver"', 'kind = "silver"', "silver is no kind"),
    ('organisation = "Alpina"', 'organisation = "Alpine"', "organisation", "no organisation Alpine"),
    ('organisation = "Alpina"\n', "", "[[contract]]", "needs organisation"),
    ('follows = "silver"', 'follows = "gold"', "follows", "no standard terms gold"),
    ("until = 2027-12-31", "until = 2025-12-31", "valid =", "ends before it begins"),
    ("until = 2027-12-31", 'until = "31.12.2027"', "valid =", "31.12.2027"),
    ("from = 2026-01-01\nt", "from = 2026-01-01T00:00:00\nt", "from", "2026-07-01"),
    ("until = 2027-12-31", "until = 9999-12-31", "valid =", "9999-12-31"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nproducts = ['fax']\nt", "products", "no product fax"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nstops = ['waiting_vendor']\nt", "stops", "waiting_vendor"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nchannels = 'phone'\nt", "channels", "list of texts"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nlanguages = ['french']\nt", "languages", "french"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nweight = -1\nt", "weight", "from 0 to 1000"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nkey_account = 'yes'\nt", "key_account", "true or false"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\navailability = [{ service = 'Mail', percent = 101 }]\nt",
     "availability", "above 0, 100 at most"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nresponsibilities = [{ does = 'we' }]\nt", "responsibilities",
     "duty is needed"),
    ("from = 2026-01-01\nt", "from = 2026-01-01\nsupplier = { promise = 'soon' }\nt", "supplier", "name is needed"),
    ("incidents = 20", "incidents = 20\n[[contract.version]]\nfrom = 2026-01-01", "from", "begin at the same time"),
    ("incidents = 20", "incidents = 20\n[[contract.version]]\nfrom = 2025-12-31T23:00:00Z", "from",
     "begin at the same time"),
    ("breaks.2026-03-06", "[[calendar.version]]\nzone = 'UTC'\nweekly.mon = [['08:00', '09:00']]\nbreaks.2026-03-06",
     "[[calendar.version]]", "begin at the same time"),
    ("incidents = 20", "incidents = 20\ncolour = 'blue'", "colour", "no colour here"),
    ('slug = "alpina"', 'slug = "silver"', 'slug = "silver"', "stands here twice"),
    ('kind = "standard"', 'kind = "standard"\nteam = "hotline"', "team", "has no team"),
    ('kind = "standard"', 'kind = "team"\nteam = "nobody"', "team", "no team nobody"),
    ('kind = "standard"', 'kind = "standard"\nfollows = "silver"', "follows", "Only a contract of a customer"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "words"), MISTAKES, ids=[f"{m[1][:40]!r}" for m in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_nothing_is_saved(house: House, right: str, wrong: str, line: str,
                                                              words: str) -> None:
    assert right in WHOLE
    text = WHOLE.replace(right, wrong, 1) if right != 'slug = "alpina"' else WHOLE.replace(right, wrong)
    told = house.problems(text)
    fitting = [(number, sentence) for number, sentence in told if words in sentence]
    assert fitting, told
    named = text.splitlines()[fitting[0][0] - 1]
    assert named.startswith(line), named


def test_all_mistakes_are_told_at_once_by_line(house: House) -> None:
    text = WHOLE
    for right, wrong in (("Europe/Zurich", "Nowhere"), ('"15 min"', '"0 s"'), ('"1 h"', '"soon"'),
                         ('"Alpina"', '"Nobody"'), ("2027-12-31", "2020-12-31")):
        text = text.replace(right, wrong)
    told = house.problems(text)
    assert len(told) == 5
    assert told == sorted(told)


@pytest.mark.parametrize("weekly", ["weekly = {}", "weekly.mon = []", ""])
def test_a_calendar_that_never_opens_is_refused(house: House, weekly: str) -> None:
    ((line, sentence),) = house.problems(f"[[calendar]]\nslug = 'x'\n[[calendar.version]]\nzone = 'UTC'\n{weekly}\n")
    assert "never open" in sentence
    assert line == (5 if weekly else 3)


def test_a_calendar_that_opens_no_more_is_refused(house: House) -> None:
    ((line, sentence),) = house.problems(
        "[[calendar]]\nslug = 'x'\n[[calendar.version]]\nzone = 'UTC'\nextra.2020-01-01 = [['08:00', '09:00']]\n")
    assert "never opens again" in sentence
    assert line == 3


def test_several_organisations_of_one_name_are_a_question(house: House) -> None:
    from supportdesk.desk import people

    people.save_organisation(house.desk, {"name": "Alpina"})
    ((_line, sentence),) = house.problems(STANDARDS + ALPINA)
    assert "Write the id" in sentence
    house.bring_in((STANDARDS + ALPINA).replace('"Alpina"', f'"{house.alpina}"'))
    assert house.contract("alpina").organisation_id == house.alpina


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_sentence_is_translated(house: House, language: str) -> None:
    for right, wrong, _line, _words in MISTAKES:
        text = WHOLE.replace(right, wrong)
        english = {sentence for _number, sentence in house.problems(text)}
        with speaking(language):
            assert english.isdisjoint(sentence for _number, sentence in house.problems(text)), wrong


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2**63, 2**63 - 1) | st.floats() | st.dates() | st.times()
    | st.datetimes() | st.datetimes(timezones=st.just(UTC)) | st.text(st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from(["standard", "vendor", "silver", "always", "mon", "P1", "1 h", "2026-01-01", "none", "XX"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["mon", "P1", "answer", "on", "name", "from", "until", "x"]), inner, max_size=3), max_leaves=6)


def _places(of: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from _places(value, (*path, key))


PLACES = list(_places(tomllib.loads(WHOLE)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_whatever_stands_in_a_place_is_read_or_told(house: House, changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = tomllib.loads(WHOLE)
    for path, value in changes:
        inside: Any = document
        with suppress(KeyError, IndexError, TypeError, AttributeError):
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = value
    try:
        text = tomli_w.dumps(_without_nothing(document))
    except (ValueError, TypeError, AttributeError):
        return
    with suppress(Invalid):
        agreeing.plan(house.desk, text)


def _without_nothing(of: Any) -> Any:
    """TOML has no null."""
    if isinstance(of, dict):
        return {key: _without_nothing(value) for key, value in of.items() if value is not None}
    return [_without_nothing(each) for each in of if each is not None] if isinstance(of, list) else of


def test_a_line_is_found_by_its_header_and_key() -> None:
    lines = TomlLines('''# one
text = """
[not.a.header]
key = "neither"
"""
[[a]]
b.c = 1
[a."d e"]
f = { g = 1 }
[[a]]
[[a.h]]
i = [
  1,
]
[[a.h]]
"i" = 2
''')
    assert [lines.line(*path) for path in (
        ("a", 0), ("a", 0, "b"), ("a", 0, "b", "c"), ("a", 0, "d e", "f", "g"), ("a", 1), ("a", 1, "h", 0, "i", 3),
        ("a", 1, "h", 1, "i"), ("key",), ("text",),
    )] == [6, 7, 7, 9, 10, 12, 16, 1, 2]
