"""The settings: one file, errors that name file, key and nearest key, and nothing lost of what a person wrote."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from supportdesk import places, settings
from supportdesk.terms.errors import NotReady


def _write(text: str) -> Path:
    file = places.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_every_setting_is_shown_with_its_value_source_and_meaning(sd: Callable) -> None:
    shown = sd("config", "show", "--json").json
    assert [row["key"] for row in shown] == [option.key for option in settings.OPTIONS]
    assert all(row["about"] and row["source"] == "default" for row in shown)


def test_the_environment_beats_the_file_and_the_command_line_beats_both(
    sd: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = _write(f'db = "{tmp_path}/file.db"\n')
    assert settings.load().db == tmp_path / "file.db"
    assert settings.load().sources["db"] == str(file)
    monkeypatch.setenv("SUPPORTDESK_DB", f"{tmp_path}/environment.db")
    assert settings.load().db == tmp_path / "environment.db"
    rows = {row["key"]: row for row in sd("config", "show", "--json", "--db", f"{tmp_path}/line.db").json}
    assert rows["db"]["value"] == f"{tmp_path}/line.db"
    assert rows["db"]["source"] == "--db"


def test_set_changes_one_line_and_keeps_the_rest_as_written(sd: Callable) -> None:
    file = _write('# ours since 2019\ntheme = "dark"   # at night\n\n[bell]\npage = true\n\n[keys]\ntake = "f10"\n')
    assert sd("config", "set", "theme", "light").code == 0
    assert sd("config", "set", "bell.page", "off").code == 0
    assert sd("config", "set", "bell.call", "no").code == 0
    assert sd("config", "set", "plain", "yes").code == 0
    assert file.read_text("utf-8") == (
        '# ours since 2019\ntheme = "light"\nplain = true\n\n'
        "[bell]\npage = false\ncall = false\n\n"
        '[keys]\ntake = "f10"\n'
    )
    assert settings.load().bells == {"alarm", "callback"}


def test_set_makes_a_private_file_where_there_was_none(sd: Callable, desk_home: Path) -> None:
    assert sd("config", "set", "language", "de").code == 0
    assert stat.S_IMODE(places.config_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(desk_home.stat().st_mode) == 0o700
    assert settings.load().language == "de"


@pytest.mark.parametrize("value", ['a"b', "back\\slash", "tab\there", "Zürich – été"])
def test_a_value_comes_back_as_it_was_set(sd: Callable, value: str) -> None:
    assert sd("config", "set", "db", f"/tmp/{value}").code == 0
    assert str(settings.load().db) == f"/tmp/{value}"


def test_an_inline_table_is_left_to_the_hand_that_wrote_it(sd: Callable) -> None:
    file = _write("bell = {page = true}\n")
    refused = sd("config", "set", "bell.page", "false", "--json")
    assert refused.code == 3
    assert refused.error["code"] == "settings_form"
    assert file.read_text("utf-8") == "bell = {page = true}\n"


def test_a_wrong_value_is_refused_with_what_is_possible(sd: Callable) -> None:
    refused = sd("config", "set", "theme", "pink", "--json")
    assert refused.code == 1
    assert refused.error["field"] == "theme"
    assert "monochrome" in refused.error["message"]
    assert not places.config_file().exists()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("region", "XX", "two capital letters"),
        ("region", "ch", "two capital letters"),
        ("region", "Schweiz", "two capital letters"),
        ("language", "it", "fr"),
        ("theme", "pink", "monochrome"),
        ("plain", "maybe", "true or false"),
        ("bell.page", "2", "true or false"),
        ("db", "   ", "empty"),
        ("db", "/", "no name of a file"),
        ("keys.nothing_like_it", "q", "no action"),
        ("keys.take", "alt+q", "Alt"),
        ("keys.take", "nonsense", "no key"),
        ("keys.take", "s", "solve"),
        ("zone", "Nowhere/City", "no setting zone"),
    ],
)
def test_nonsense_is_refused_with_a_cure_and_nothing_is_written(sd: Callable, key: str, value: str, told: str) -> None:
    refused = sd("config", "set", key, value, "--json")
    assert (refused.code, refused.error["field"]) == (1, key)
    assert told in refused.error["message"]
    assert not places.config_file().exists()


def test_a_key_set_before_is_minded_and_other_errors_of_the_file_are_not_in_the_way(sd: Callable) -> None:
    _write('[keys]\ntake = "comma"\nnothing_like_it = "t"\n')
    assert sd("config", "set", "keys.note", "comma").code == 1
    assert sd("config", "set", "keys.note", "t").code == 0
    assert sd("config", "set", "region", "DE").code == 0


def test_check_tells_of_a_country_that_does_not_exist(sd: Callable) -> None:
    file = _write('region = "XX"\n')
    checked = sd("config", "check", "--json")
    assert checked.code == 1
    assert [problem["key"] for problem in checked.json] == ["region"]
    assert checked.json[0]["message"].startswith(str(file))


def test_check_names_file_key_and_the_nearest_known_key(sd: Callable) -> None:
    file = _write('theem = "light"\nregion = "Switzerland"\nplain = "yes"\n')
    checked = sd("config", "check", "--json")
    assert checked.code == 1
    told = {problem["key"]: problem["message"] for problem in checked.json}
    assert set(told) == {"theem", "region", "plain"}
    assert all(message.startswith(str(file)) for message in told.values())
    assert "theme" in told["theem"]


def test_check_tells_of_a_key_that_cannot_be_given_to_an_action(sd: Callable) -> None:
    _write('[keys]\nnothing_like_it = "t"\n')
    checked = sd("config", "check", "--json")
    assert checked.code == 1
    assert "nothing_like_it" in checked.json[0]["message"]


def test_a_typing_error_in_a_colour_does_not_stop_the_desk(sd: Callable) -> None:
    _write('theme = "lihgt"\nlanguage = "de"\n')
    found = settings.load()
    assert found.theme == "auto"
    assert found.language == "de"
    assert [problem.key for problem in found.problems] == ["theme"]


@pytest.mark.parametrize("text", ["theme = \n", "db = 5\n", 'db = ""\n', "\xff"])
def test_a_file_that_may_mean_another_database_stops_the_start(sd: Callable, text: str) -> None:
    file = places.config_file()
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(NotReady):
        settings.load()
    shown = sd("config", "show", "--json")
    assert shown.code == 3
    assert str(file) in shown.error["message"]
    assert sd("config", "check").code == 1
    assert sd("config", "path").out == f"{file}\n"


def test_sound_settings_are_said_to_be_in_order(sd: Callable) -> None:
    assert sd("config", "check", "--json").json == []
    assert "is in order" in sd("config", "check").err
