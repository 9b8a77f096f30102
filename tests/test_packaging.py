"""What an install brings along, from a wheel and from a working copy alike."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution, entry_points
from pathlib import Path

import pytest

import supportdesk
from supportdesk import resources
from supportdesk.entry import console_options, main
from supportdesk.resources import data_path

REPOSITORY = Path(__file__).parents[1]
PACKAGE = Path(supportdesk.__file__).parent


def test_the_version_stands_in_one_place() -> None:
    assert distribution("supportdesk").version == supportdesk.__version__
    assert "version" not in re.findall(r"^(\w+) = ", (REPOSITORY / "pyproject.toml").read_text("utf-8"), re.MULTILINE)


def test_the_command_starts_at_the_entry_point() -> None:
    (script,) = entry_points(group="console_scripts", name="supportdesk")
    assert script.load() is main


def test_textual_and_typer_are_pinned_exactly_and_few_things_are_needed() -> None:
    needed = [each for each in distribution("supportdesk").requires or [] if "extra ==" not in each]
    assert "textual==8.2.8" in needed
    assert "typer==0.28.0" in needed
    assert len(needed) <= 14


@pytest.mark.parametrize("language", ["fr", "de"])
def test_compiled_catalogues_come_along(language: str) -> None:
    assert (PACKAGE / "locale" / language / "LC_MESSAGES" / "supportdesk.mo").stat().st_size > 1000


def test_types_come_along() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_every_file_of_data_comes_along() -> None:
    kept = {path.relative_to(REPOSITORY / "data") for path in (REPOSITORY / "data").rglob("*") if path.is_file()}
    assert kept
    assert all(data_path(*path.parts).is_file() for path in kept)


def test_data_is_found_in_a_wheel_and_beside_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, copy = tmp_path / "site-packages" / "supportdesk", tmp_path / "copy" / "src" / "supportdesk"
    for package, data in ((wheel, wheel / "data"), (copy, tmp_path / "copy" / "data")):
        package.mkdir(parents=True, exist_ok=True)
        data.mkdir(parents=True)
        (data / "levels.toml").touch()
        monkeypatch.setattr(resources, "PACKAGE", package)
        resources._root.cache_clear()
        assert data_path("levels.toml") == data / "levels.toml"
        with pytest.raises(FileNotFoundError):
            data_path("nothing.toml")
    resources._root.cache_clear()


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}),
        (["--plain"], {"plain": True}),
        (["--db", "desk.db", "--as", "ana"], {"db": "desk.db", "as_login": "ana"}),
        (["--db=desk.db"], {"db": "desk.db"}),
        (["--help"], None),
        (["--db"], None),
        (["--db", "--plain"], None),
        (["--json"], None),
        (["ticket"], None),
        (["--plain", "ticket", "list"], None),
    ],
)
def test_the_console_opens_when_no_command_is_named(arguments: list[str], options: dict[str, object] | None) -> None:
    assert console_options(arguments) == options


def test_the_console_says_what_to_do_without_a_terminal() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "supportdesk"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "supportdesk --help" in ended.stderr


def test_the_readme_opens_the_demo_and_passes_the_suite_with_one_line_each() -> None:
    lines = [
        line
        for line in (REPOSITORY / "README.md").read_text("utf-8").splitlines()
        if line.startswith("python3 -m venv")
    ]
    assert len(lines) == 2
    assert lines[0].endswith("&& .venv/bin/supportdesk demo")
    assert "pytest" in lines[1]
