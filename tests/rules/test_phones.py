"""Telephone numbers: as given, as E.164, as people say them (numbers from ranges kept for fiction where there are)."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.phones import digits_key, parse_phone, show_phone
from tests.hostile import CORPUS


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("079 123 45 67", "CH", "+41791234567"),
        ("079/123.45.67", "ch", "+41791234567"),
        ("0791234567", "CH", "+41791234567"),
        ("+41 79 123 45 67", "FR", "+41791234567"),
        ("+41 (0)79 123 45 67", "DE", "+41791234567"),
        ("0041 79 123 45 67", "CH", "+41791234567"),
        ("\u202a+41 79 123 45 67\u202c", "CH", "+41791234567"),
        ("079\xa0123\u202f45\u202f67", "CH", "+41791234567"),
        ("01 99 00 12 34", "FR", "+33199001234"),
        ("+33 1 99 00 12 34", "CH", "+33199001234"),
        ("030 23125012", "DE", "+493023125012"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("(415) 555-0132", "US", "+14155550132"),
        ("4711", "CH", None),
        ("117", "CH", None),
        ("anonyme", "CH", None),
        ("", "CH", None),
        ("079 123 45 67", "??", None),
        ("+999 12 34", "CH", None),
    ],
)
def test_a_number_is_read_as_people_of_the_region_write_it(text: str, region: str, e164: str | None) -> None:
    phone = parse_phone(text, region)
    assert (phone.as_given, phone.e164) == (text, e164)


@pytest.mark.parametrize(
    ("number", "region", "shown"),
    [
        ("+41791234567", "CH", "079 123 45 67"),
        ("+41215550100", "CH", "021 555 01 00"),
        ("+41791234567", "FR", "+41 79 123 45 67"),
        ("+33199001234", "FR", "01 99 00 12 34"),
        ("+33199001234", "CH", "+33 1 99 00 12 34"),
        ("+442079460018", "GB", "020 7946 0018"),
        ("0791234567", "CH", "079 123 45 67"),
        ("poste 4711", "CH", "poste 4711"),
    ],
)
def test_a_number_is_shown_as_people_say_it(number: str, region: str, shown: str) -> None:
    assert show_phone(number, region) == shown


@given(st.from_regex(r"\A0(79|78|76|44|22|21)[1-9][0-9]{6}\Z"))
def test_every_way_to_type_a_number_finds_the_same(national: str) -> None:
    e164 = parse_phone(national, "CH").e164
    assert e164 == "+41" + national[1:]
    typed = [national, e164, "00" + e164[1:], national[1:], show_phone(e164, "CH"), show_phone(e164, "DE")]
    assert {digits_key(text) for text in typed} == {national[1:]}
    assert parse_phone(show_phone(e164, "FR"), "CH").e164 == e164


def test_a_key_is_short_digits_and_grows_with_what_is_typed() -> None:
    assert digits_key("079 12") == "7912"
    assert digits_key("Perret") == ""
    assert digits_key("٠٧٩ ١٢٣") == "79123"
    assert "0301234567890".endswith(digits_key("030 1234567890"))


@given(st.text() | st.sampled_from([entry.text for entry in CORPUS]), st.sampled_from(["CH", "FR", "", "x", "\x00"]))
def test_junk_is_kept_and_never_raises(text: str, region: str) -> None:
    assert parse_phone(text, region).as_given == text
    assert isinstance(show_phone(text, region), str)
    key = digits_key(text)
    assert len(key) <= 9
    assert key == "" or key.isdigit()


def test_megabytes_of_digits_are_no_number() -> None:
    for junk in ("4" * 5_000_000, "+" * 5_000_000, " 1" * 2_500_000, "x" * 5_000_000):
        assert parse_phone(junk, "CH").e164 is None
        assert show_phone(junk, "CH") is junk
        assert len(digits_key(junk)) <= 9


def test_the_tables_of_all_countries_are_loaded_on_first_use_only() -> None:
    code = "import supportdesk.rules.phones, sys; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
