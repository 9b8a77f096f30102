"""The corpus itself keeps what field/trust.md 3 asks of it."""

import unicodedata

from tests.hostile import CORPUS


def test_at_least_three_hundred_different_strings_each_with_its_own_name() -> None:
    assert len(CORPUS) >= 300
    assert len({entry.text for entry in CORPUS}) == len(CORPUS)
    assert len({entry.name for entry in CORPUS}) == len(CORPUS)


def test_every_control_is_there() -> None:
    seen = {sign for entry in CORPUS for sign in entry.text}
    assert {chr(point) for point in (*range(0x20), 0x7F, *range(0x80, 0xA0))} <= seen


def test_every_kind_of_sequence_is_there() -> None:
    everything = "\n".join(entry.text for entry in CORPUS)
    for number in ("0", "2", "4", "8", "9", "50", "52", "1337"):
        assert f"\x1b]{number};" in everything
    for opener in ("\x1b[", "\x9b", "\x1bP", "\x90", "\x1b_", "\x9f", "\x1b^", "\x9e", "\x1bX", "\x98"):
        assert opener in everything


def test_only_lone_surrogates_are_not_storable() -> None:
    for entry in CORPUS:
        assert entry.storable is not any(unicodedata.category(sign) == "Cs" for sign in entry.text)


def test_lines_of_64_kilobytes_are_there() -> None:
    assert sum(len(entry.text) >= 65_000 for entry in CORPUS) >= 5
