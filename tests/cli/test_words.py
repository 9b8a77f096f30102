"""What Typer says is said in the language of the console, and noticed when an upgrade words it differently."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pytest
import typer

from supportdesk import i18n
from supportdesk.cli.tree import Noun
from supportdesk.cli.words import LABELS, SENTENCES, translated
from supportdesk.i18n import _

TYPER = Path(typer.__file__).parent
_SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(TYPER.rglob("*.py")))


_PUT_TOGETHER = {"requires an argument": ("requires {msg}", '"an argument."')}
"""Words that Typer joins from two places of its source."""


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_is_one_that_typer_says(sentence: str) -> None:
    parts = re.split(r"\{\w+\}", sentence.replace("\n\t", "\\n\\t"))
    words = [word for part in parts if (word := part.strip(" .():"))]
    assert words
    for word in words:
        assert all(piece in _SOURCE for piece in _PUT_TOGETHER.get(word, (word,)))


@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_one_that_typer_writes(label: str) -> None:
    assert f'"{label}' in _SOURCE


@pytest.fixture
def app() -> Noun:
    noun = Noun(help="x")

    @noun.command("do", help="x")
    def do(
        number: Annotated[int, typer.Argument(min=1, max=4)],
        kind: Annotated[bool, typer.Option("--kind")] = False,
        file: Annotated[Path, typer.Option("--file", exists=True, dir_okay=False)] = Path(),
    ) -> None:
        """Nothing."""

    return noun


@pytest.mark.parametrize(
    "arguments",
    [
        ["do"],
        ["do", "five"],
        ["do", "5"],
        ["do", "1", "2"],
        ["do", "1", "--kindd"],
        ["do", "1", "--kind=yes"],
        ["do", "1", "--file"],
        ["do", "1", "--file", "/nowhere"],
        ["do", "1", "--file", "/"],
        ["do", "1", "-z"],
        ["doo"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("language", ["fr", "de"])
def test_a_misused_command_is_explained_in_the_callers_language(app: Noun, arguments: list[str], language: str) -> None:
    command = typer.main.get_command(app)
    with i18n.speaking("en"), pytest.raises(typer._click.exceptions.ClickException) as english:
        command.main(arguments, prog_name="x", standalone_mode=False)
    with i18n.speaking(language):
        with pytest.raises(typer._click.exceptions.ClickException) as spoken:
            command.main(arguments, prog_name="x", standalone_mode=False)
        assert translated(spoken.value.format_message()) != english.value.format_message()


def test_a_help_page_is_wholly_in_the_language_of_the_console(app: Noun) -> None:
    command = typer.main.get_command(app)
    verb = command.get_command(typer.Context(command), "do")  # type: ignore[attr-defined]
    with i18n.speaking("de"):
        page = verb.get_help(typer.Context(verb, info_name="do"))
        assert _("Options:") != "Options:"
    for english in ("Usage:", "Options:", "Arguments:", "Show this message", "required", "Everywhere"):
        assert english not in page
