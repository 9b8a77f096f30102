"""Foreign text is data (DESIGN.md 7, law 3; field/trust.md R1, R7, R8)."""

import sys
import unicodedata
from collections.abc import Iterable

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from wcwidth import wcwidth

from supportdesk.rules import text as rules
from supportdesk.rules.text import (
    HIDDEN,
    ascii_twin,
    check_storable,
    cut,
    fit,
    fold,
    is_clean,
    safe,
    safe_block,
    width,
)
from tests.hostile import CORPUS

any_text = st.text(st.characters(exclude_categories=()), max_size=60)
texts = any_text | st.sampled_from([entry.text for entry in CORPUS if len(entry.text) < 1_000])
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def acting(text: Iterable[str]) -> list[str]:
    """Signs that would act on a terminal, or hide, by Unicode's own classes."""
    return [sign for sign in text if unicodedata.category(sign) in ACTING]


def test_no_hostile_string_keeps_its_sting() -> None:
    assert [entry.name for entry in CORPUS if acting(safe(entry.text))] == []
    assert [entry.name for entry in CORPUS if set(acting(safe_block(entry.text))) - {"\n"}] == []


@given(texts)
def test_nothing_shown_acts_or_hides(text: str) -> None:
    assert acting(safe(text)) == []
    assert set(acting(safe_block(text))) <= {"\n"}


EMPTY = range(0x40000, 0xE0000)
"""Planes of Unicode in which no sign stands: one block of each is looked at."""


def test_every_single_sign_of_unicode_is_shown_or_marked() -> None:
    for start in range(0, 0x110000, 0x1000):
        if start in EMPTY and start % 0x10000:
            continue
        shown = set(safe("".join(f"x{chr(point)}" for point in range(start, start + 0x1000))))
        assert acting(shown) == []
        assert [sign for sign in shown if get_character_cell_size(sign) != wcwidth(sign)] == []


def test_signs_passed_on_unseen_are_known_visible_and_stand_alone() -> None:
    everyday = [chr(point) for point in range(0x110000) if not rules._odd_in_line().search(chr(point))]
    assert {chr(point) for point in range(0x110000) if rules._is_western(chr(point))} <= set(everyday)
    assert len(everyday) > 30_000
    for sign in everyday:
        assert sign.isprintable() or sign == "\xa0"
        assert unicodedata.category(sign)[0] != "M"
        assert sign not in rules._INVISIBLE
        assert get_character_cell_size(sign) == wcwidth(sign) >= 1


@given(texts)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    once = safe(text)
    assert safe(once) == once
    assert is_clean(once)
    assert safe_block(safe_block(text)) == safe_block(text)


@pytest.mark.parametrize(
    "text",
    [
        "Réservation impossible depuis ce matin",
        "l’imprimante « HP-4 » n'imprime plus, 100 % vide",
        "Größe: 12 µm ± 3, Straße",
        "プリンターが動かない",
        "[/] [ERROR] [link=x] C:\\[temp]",
        "=1+1 {{7*7}} '; DROP TABLE",
        "Ελλάδα Київ שלום مرحبا",
        "e\u0301te\u0301",
        "",
    ],
)
def test_honest_text_is_shown_letter_by_letter(text: str) -> None:
    assert safe(text) is text or safe(text) == text
    assert is_clean(text)


@pytest.mark.parametrize(
    ("text", "line", "block"),
    [
        ("a\nb", "a¶b", "a\nb"),
        ("a\r\nb\rc", "a¶b¶c", "a\nb\nc"),
        ("a\tb", "a b", "a       b"),
        ("\x1b[2Jx", "�[2Jx", "�[2Jx"),
        ("\x1b]52;c;eA==\x07", "�]52;c;eA==�", "�]52;c;eA==�"),
        ("\x9b2J", "�2J", "�2J"),
        ("x\x00y\x7f", "x�y�", "x�y�"),
        ("gpj\u202eexe", "gpj�exe", "gpj�exe"),
        ("Ad\u200bmin", "Ad�min", "Ad�min"),
        ("a\u2028b\x85c", "a�b�c", "a�b�c"),
        ("\ud800", "�", "�"),
        ("10\u202f%\xa0!", "10\xa0%\xa0!", "10\xa0%\xa0!"),
        ("❤\ufe0f x\ufe0f 👍🏽", "❤ x� 👍", "❤ x� 👍"),
        ("👨\u200d👩\u200d👧", "👨👩👧", "👨👩👧"),
        ("🇨🇭", "CH", "CH"),
        ("\u0301a", "�a", "�a"),
        ("a\n\u0301\u0301b", "a¶\u0301\u0301b", "a\n�b"),
    ],
)
def test_each_kind_of_odd_sign_has_its_mark(text: str, line: str, block: str) -> None:
    assert safe(text) == line
    assert safe_block(text) == block


def test_towers_of_marks_are_cut_and_the_cut_is_told() -> None:
    assert safe("Z" + "\u0301" * 100 + "!") == "Z" + "\u0301" * 8 + HIDDEN + "!"


def test_hidden_signs_make_a_name_look_different() -> None:
    names = {"admin", "ad\u200bmin", "ad\u202emin", "admin\u2060", "a\xaddmin", "\ufeffadmin", "ad\u034fmin"}
    shown = {name: safe(name) for name in names}
    assert [name for name in names if name != "admin" and shown[name] == "admin"] == []


@given(texts)
def test_our_width_is_richs_width(text: str) -> None:
    shown = safe(text)
    assert width(shown) == cell_len(shown)


@given(texts)
def test_no_row_is_torn_the_terminal_counts_the_same_cells(text: str) -> None:
    shown = cut(safe(text), 70)
    screen = pyte.Screen(80, 1)
    stream = pyte.Stream(screen)
    for sign in shown:  # pyte drops the rest of a feed after a vowel sign that takes no cell
        stream.feed(sign)
    assert screen.cursor.x == width(shown)


@given(texts, st.integers(0, 40))
def test_a_cut_text_never_takes_more_cells_than_given(text: str, cells: int) -> None:
    shown = safe(text)
    short = cut(shown, cells)
    assert width(short) <= cells
    if width(shown) <= cells:
        assert short == shown
    elif cells:
        assert short.endswith("…")
        assert shown.startswith(short[:-1])
        assert width(short) >= cells - 1


@given(texts, st.integers(0, 40))
def test_a_fitted_text_takes_exactly_its_cells(text: str, cells: int) -> None:
    assert width(fit(safe(text), cells)) == cells


def test_a_cut_may_end_in_ascii_dots() -> None:
    assert cut("Réservation", 8, "...") == "Réser..."
    assert cut("Réservation", 2, "...") == ".."
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 4) == "日…"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("L'IMPRIMANTE", "l'imprimante"),
        ("l’imprimanté", "l'imprimante"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Œuvre, ÆTHER", "oeuvre, aether"),
        ("İstanbul", "istanbul"),
        ("ﬁn\xa0de se\xadmaine\u200b", "fin de semaine"),
        ("Łódź, Øre", "lodz, ore"),
    ],
)
def test_folding_forgets_case_accents_and_invisible_signs(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(any_text)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(any_text)
def test_case_and_composition_never_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


def test_every_sign_folds_to_itself_at_once() -> None:
    assigned = [sign for sign in map(chr, range(0x110000)) if unicodedata.category(sign) not in ("Cn", "Co")]
    assert len(assigned) > 140_000
    assert [sign for sign in assigned if fold(fold(sign)) != fold(sign)] == []


def test_only_lone_surrogates_cannot_be_stored() -> None:
    for entry in CORPUS:
        if entry.storable:
            check_storable(entry.text)
        else:
            with pytest.raises(ValueError, match=r"lone surrogate U\+D"):
                check_storable(entry.text)
    with pytest.raises(ValueError, match=r"^lone surrogate U\+DC80 at position 2$"):
        check_storable("ab\udc80")


def test_our_signs_have_ascii_twins() -> None:
    assert ascii_twin("● ○ ★ │ ─ … a¶b �") == "* o # | - ... a/b ?"
    assert ascii_twin("é") == "é"


def test_a_megabyte_of_junk_is_shown() -> None:
    junk = "\x1b[31m\u202e" * 200_000
    assert len(safe(junk)) == len(junk)
    assert cut(safe(junk), 10) == "�[31m��[3…"
    assert sys.getsizeof(safe_block("\t" * 1_000)) < 20_000
