"""A paste of several lines into a one-line field is offered to the notes, not cut (R13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.paste import split_paste
from tests.hostile import CORPUS


@pytest.mark.parametrize(
    ("pasted", "first", "rest"),
    [
        ("VPN coupé", "VPN coupé", ""),
        ("VPN coupé\n", "VPN coupé", ""),
        ("VPN coupé\r\ndepuis ce matin\r\n\r\nAnna", "VPN coupé", "depuis ce matin\n\nAnna"),
        ("VPN coupé\rdepuis ce matin", "VPN coupé", "depuis ce matin"),
        ("\n\n  \nVPN coupé\nsuite", "VPN coupé", "suite"),
        ("une\u2028deux\x85trois", "une", "deux\ntrois"),
        ("  ", "  ", ""),
        ("", "", ""),
        ("\n\n", "", ""),
    ],
)
def test_the_first_line_stays_and_the_rest_is_kept(pasted: str, first: str, rest: str) -> None:
    assert split_paste(pasted) == (first, rest)


@given(st.text(st.characters() | st.sampled_from("\n\r \t")) | st.sampled_from([entry.text for entry in CORPUS]))
def test_no_sign_is_lost_but_line_ends_and_blank_beginnings(pasted: str) -> None:
    first, rest = split_paste(pasted)
    kept = "".join(split_paste(pasted)).split()
    assert "".join(kept) == "".join(pasted.split())
    assert not set(first) & set("\n\r\v\f\x85\u2028\u2029")
    assert first.strip() or not rest


def test_any_number_of_blank_lines_is_passed_over() -> None:
    assert split_paste(" \n" * 100_000 + "VPN\nsuite") == ("VPN", "suite")
