"""Every text a person reads stands in French, English and German, and the checks that say so can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from tools import catalogue

from supportdesk import i18n
from supportdesk.i18n import _, language, ngettext, speaking, system_language

NB = "\u00a0"


def test_the_catalogues_are_complete_and_right() -> None:
    assert list(catalogue.all_faults()) == []


def _glossary() -> list[list[str]]:
    """Rows of docs/glossary.md: English, French, German, meaning."""
    text = (Path(__file__).parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [row for row in rows if row[0] != "English" and set(row[0]) != {"-"}]


def test_the_glossary_says_the_words_the_console_says() -> None:
    rows = _glossary()
    assert len(rows) > 50
    for english, *translated, meaning in rows:
        for code, word in zip(("fr", "de"), translated, strict=True):
            with speaking(code):
                assert _(english) == word
        assert meaning.endswith(".")


@pytest.mark.parametrize(
    "french",
    [f"Appel{NB}:", f"Rappel à 14:30{NB}?", f"«{NB}le vpn{NB}»", "https://example.org", "14:02", "{name}\u202f!", "?"],
)
def test_good_french_passes(french: str) -> None:
    assert list(catalogue.french_faults(french)) == []


@pytest.mark.parametrize(
    "french",
    ["Appel:", "Appel :", "{name}: absent", "Vraiment ?", "Oui!", "un; deux", "« le vpn »", f"«le vpn{NB}»", "fini »"],
)
def test_french_without_its_no_break_space_is_found(french: str) -> None:
    assert list(catalogue.french_faults(french))


def _faults(id: str | tuple[str, str], string: str | tuple[str, ...], fuzzy: bool = False) -> list[str]:
    german = Catalog(locale="de")
    german.add(id, string, flags=["fuzzy"] if fuzzy else [])
    message = german.get(id)
    assert message is not None
    return list(catalogue.message_faults(message, german, "de"))


def test_a_translation_that_says_the_same_passes() -> None:
    assert _faults("Call {name} at {time:%H:%M}", "{name} um {time:%H:%M} anrufen") == []
    assert _faults(("one call", "{n} calls"), ("ein Anruf", "{n} Anrufe")) == []
    assert _faults("Say 'undo'.", "Sagen Sie «undo».") == []
    assert _faults("pip install 'a[b]'", "pip install 'a[b]'") == []


@pytest.mark.parametrize(
    ("id", "string"),
    [
        ("Call {name}", "Anrufen"),
        ("Call {name}", "{nmae} anrufen"),
        ("Call {name}", "{name anrufen"),
        ("at {time:%H:%M}", "um {time}"),
        ("Call", ""),
        ("Call ", "Anruf"),
        ("the call", "l'appel"),
        ("Say 'undo'.", "Sagen Sie 'undo'."),
        (("one call", "{n} calls"), ("ein Anruf", "")),
        (("one call", "{n} calls"), ("ein Anruf", "{m} Anrufe")),
    ],
)
def test_a_translation_that_would_show_something_else_is_found(
    id: str | tuple[str, str], string: str | tuple[str, ...]
) -> None:
    assert _faults(id, string)


def test_a_sentence_that_hides_in_an_f_string_is_found() -> None:
    code = """print(f"{_('DEMO')} {place}", f"{_(word)}", _("Read aloud"))"""
    assert list(catalogue.hidden_sentences(code)) == ["DEMO"]


def test_a_doubtful_translation_is_found() -> None:
    assert _faults("Call", "Anruf", fuzzy=True) == ["marked as doubtful"]


def test_the_console_speaks_one_language_and_a_card_another() -> None:
    i18n.set_language("de")
    assert _("Usage:") == "Aufruf:"
    with speaking("fr"):
        assert _("Usage:") == f"Usage{NB}:"
        with speaking("en"):
            assert _("Usage:") == "Usage:"
    assert _("Usage:") == "Aufruf:"


def test_a_caller_whose_language_has_no_catalogue_is_spoken_to_in_english() -> None:
    i18n.set_language("de")
    with speaking("pt"):
        assert language() == "en"
        assert _("Usage:") == "Usage:"


def test_the_console_itself_speaks_only_languages_it_has() -> None:
    with pytest.raises(ValueError, match="pt"):
        i18n.set_language("pt")


def test_a_sentence_nobody_translated_is_said_in_english() -> None:
    i18n.set_language("fr")
    assert _("a sentence that is in no catalogue") == "a sentence that is in no catalogue"
    assert ngettext("one thing", "{n} things", 2) == "{n} things"


def test_an_empty_sentence_stays_empty() -> None:
    i18n.set_language("fr")
    assert _("") == ""


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"LANG": "fr_CH.UTF-8"}, "fr"),
        ({"LANG": "fr_CH.UTF-8", "LC_MESSAGES": "de_CH.UTF-8"}, "de"),
        ({"LANG": "fr_CH.UTF-8", "LC_MESSAGES": "de_CH.UTF-8", "LC_ALL": "en_GB"}, "en"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "it_CH.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "fr_FR", "LC_ALL": "POSIX"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_comes_from_the_locale(
    variables: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in i18n.LOCALE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert system_language() == code


def test_no_catalogue_is_read_before_its_first_sentence() -> None:
    script = (
        "import sys; from supportdesk import i18n; i18n.set_language('de');"
        "assert 'gettext' not in sys.modules; i18n._('Usage:'); assert 'gettext' in sys.modules"
    )
    subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {script}"], check=True)
