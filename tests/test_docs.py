"""What the docs say of the program is held against the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import reference

from supportdesk import settings
from supportdesk.terms.verbs import VERBS

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"


def _page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def test_the_list_of_what_cannot_be_undone_is_the_one_of_the_verbs() -> None:
    table = _page("architecture.md").partition("### Undo, and what cannot be undone")[2].partition("## Storage")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {
        verb.name for verb in VERBS.values() if not verb.undoable
    }


def test_every_setting_stands_in_the_admin_guide_with_its_values() -> None:
    guide = _page("admin.md")
    for option in settings.OPTIONS:
        (row,) = [line for line in guide.splitlines() if line.startswith("|") and f"`{option.key}`" in line]
        assert all(f"`{choice}`" in row for choice in option.choices)


@pytest.mark.parametrize("page", [REPOSITORY / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


ROOMS = ("cli", "screens", "widgets", "server", "desk", "sync", "store", "models", "rules", "terms")


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_of_the_house_is_described(room: str) -> None:
    assert f"`{room}/`" in _page("architecture.md")
    assert (REPOSITORY / "src" / "supportdesk" / room).is_dir()


def test_every_module_the_house_names_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.(?:py|sql))`", _page("architecture.md")))
    assert len(named) > 50
    places = (REPOSITORY, REPOSITORY / "src" / "supportdesk")
    assert [name for name in sorted(named) if not any((place / name).is_file() for place in places)] == []


def test_every_longer_form_is_listed_and_nothing_else() -> None:
    long = {
        name
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(r"^@pytest\.mark\.long\n.*?^(?:async )?def (\w+)", file.read_text("utf-8"), re.M | re.S)
    }
    listed = _page("testing.md").partition("## Longer forms")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE)) == long


@pytest.mark.parametrize("name", reference.PAGES)
def test_pages_made_from_the_program_are_current(name: str) -> None:
    assert _page(name) == reference.PAGES[name]()
