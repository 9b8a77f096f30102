"""Ticket numbers as DESIGN.md 9 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.numbers import (
    Typed,
    TypedKind,
    canonical,
    check_digit,
    digits,
    make_number,
    parse,
    spoken,
    valid,
)

prefixes = st.one_of(st.integers(100, 799), st.integers(80_000, 99_999))
counters = st.one_of(st.integers(1, 9_999), st.integers(1, 10**9))
numbers = st.builds(make_number, prefixes, counters)


@pytest.mark.parametrize(
    ("prefix", "counter", "number"),
    [
        (214, 87, "214-0087-1"),
        (100, 1, "100-0001-2"),
        (799, 12345, "799-12345-6"),
        (80_123, 87, "80123-0087-9"),
        (90_000, 10_000, "90000-10000-4"),
    ],
)
def test_a_number_is_prefix_counter_and_check_digit(prefix: int, counter: int, number: str) -> None:
    assert make_number(prefix, counter) == number


def test_the_check_digit_is_the_one_of_damms_published_example() -> None:
    assert check_digit("572") == 4
    assert check_digit("5724") == 0


@pytest.mark.parametrize("prefix", [0, 99, 800, 8_000, 79_999, 100_000, -214])
def test_a_prefix_outside_its_range_is_refused(prefix: int) -> None:
    with pytest.raises(ValueError, match="no device prefix"):
        make_number(prefix, 1)


@pytest.mark.parametrize("counter", [0, -1, 10**14])
def test_a_counter_outside_its_range_is_refused(counter: int) -> None:
    with pytest.raises(ValueError, match="no ticket counter"):
        make_number(214, counter)


@given(prefixes, counters)
def test_every_number_made_is_valid_and_keeps_its_parts(prefix: int, counter: int) -> None:
    number = make_number(prefix, counter)
    assert valid(number)
    first, middle, _check = number.split("-")
    assert (int(first), int(middle)) == (prefix, counter)
    assert len(middle) >= 4
    assert len(middle) == 4 or middle[0] != "0"


@given(prefixes, counters, prefixes, counters)
def test_two_tickets_never_share_a_number(prefix: int, counter: int, other: int, other_counter: int) -> None:
    same = (prefix, counter) == (other, other_counter)
    assert (digits(make_number(prefix, counter)) == digits(make_number(other, other_counter))) is same


@given(numbers, st.data())
def test_any_single_wrong_digit_is_noticed(number: str, data: st.DataObject) -> None:
    right = digits(number)
    at = data.draw(st.integers(0, len(right) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != right[at]]))
    assert not valid(right[:at] + wrong + right[at + 1 :])


@given(numbers, st.data())
def test_any_swap_of_neighbours_is_noticed(number: str, data: st.DataObject) -> None:
    right = digits(number)
    at = data.draw(st.integers(0, len(right) - 2))
    swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    assert valid(swapped) is (swapped == right)


@given(numbers, st.sampled_from(["", " ", "-", "\u2013", "\u2011", "\xa0", ".", "/", " - "]))
def test_a_number_is_read_with_any_separator_or_none(number: str, separator: str) -> None:
    typed = f" {number.replace('-', separator)} "
    assert parse(typed) == Typed(TypedKind.NUMBER, digits(number), number)


@given(numbers)
def test_hyphens_are_put_back(number: str) -> None:
    assert canonical(digits(number)) == number


@given(numbers, st.integers(1, 7))
def test_the_last_digits_are_something_to_search_by(number: str, length: int) -> None:
    tail = digits(number)[-length:]
    assert parse(tail) == Typed(TypedKind.TAIL, tail)


def test_a_whole_number_with_a_slip_is_called_a_typo_and_keeps_its_digits() -> None:
    assert parse("214-0087-2") == Typed(TypedKind.TYPO, "21400872", "214-0087-2")


def test_the_tail_of_a_long_prefix_reads_as_a_tail_with_its_hyphen() -> None:
    assert parse("087-1") == Typed(TypedKind.TAIL, "0871")
    assert parse("0087 1") == Typed(TypedKind.TAIL, "00871")


@pytest.mark.parametrize(
    "text", ["", " ", "-", "VPN", "HP-4", "214-0087-x", "\uff11\uff12\uff13", "٣٤٥", "1" * 21, "1 " * 5_000]
)
def test_words_and_monsters_are_no_number(text: str) -> None:
    assert parse(text) == Typed(TypedKind.OTHER)


@given(st.text())
def test_reading_never_raises(text: str) -> None:
    assert parse(text).kind in TypedKind
    assert (canonical(text) is None) or canonical(text) == canonical(digits(text))


@pytest.mark.parametrize("text", ["", "2140087", "01400871", "214000871", "8012300", "801230087"])
def test_digits_that_cannot_be_whole_have_no_canonical_form(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize(
    ("number", "lang", "said"),
    [
        ("214-0087-1", "fr", "214 - 00 87 - 1"),
        ("214-0087-1", "fr-CH", "214 - 00 87 - 1"),
        ("214-0087-1", "de", "2 1 4 - 0 0 8 7 - 1"),
        ("214-0087-1", "en", "2 1 4 - 0 0 8 7 - 1"),
        ("214-0087-1", "pt", "2 1 4 - 0 0 8 7 - 1"),
        ("80123-12345-6", "fr", "801 23 - 123 45 - 6"),
    ],
)
def test_a_number_is_said_in_groups(number: str, lang: str, said: str) -> None:
    assert spoken(number, lang) == said


@given(numbers, st.sampled_from(["fr", "de", "en", "it"]))
def test_what_is_said_holds_the_same_digits_in_the_same_order(number: str, lang: str) -> None:
    assert digits(spoken(number, lang)) == digits(number)
