"""One registry of actions; a keymap that cannot work is reported, never silent (DESIGN.md 8)."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from supportdesk.actions import ACTIONS, BY_ID, CHARACTERS, EVERYWHERE, SCREENS, actions_on, works_in_field
from supportdesk.keymap import default_keymap, key_label, key_problem, key_sheet, keymap
from supportdesk.terms.verbs import VERBS

DESIGN = {
    "n": "new_call", "slash": "filter", "enter": "open", "escape": "back", "k": "articles", "h": "handoffs",
    "o": "oncall", "w": "wallboard", "t": "take", "r": "note", "s": "solve", "e": "hand_over", "c": "callback",
    "a": "accept", "b": "send_back", "x": "why", "u": "undo", "m": "mark", "y": "copy", "question_mark": "keys",
    "ctrl+p": "palette", "ctrl+q": "quit", "f1": "keys", "f2": "save", "f3": "solve", "f4": "hand_over",
    "f5": "callback", "f6": "with_reason", "f7": "identity", "f8": "set_aside", "f9": "call_back_up",
}  # fmt: skip


@pytest.mark.parametrize(("key", "id"), DESIGN.items(), ids=DESIGN)
def test_every_key_of_the_design_has_its_action(key: str, id: str) -> None:
    assert key in BY_ID[id].keys


def test_same_key_same_meaning_wherever_two_actions_can_meet() -> None:
    for one, other in itertools.combinations(ACTIONS, 2):
        if one.shares_a_screen(other):
            assert not set(one.keys) & set(other.keys), (one.id, other.id)


def test_no_key_needs_alt_f13_or_ctrl_shift() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert key_problem(key) is None or action.fixed, (action.id, key)


def test_f_keys_are_never_the_only_way() -> None:
    for action in ACTIONS:
        if any(re.fullmatch(r"f\d+", key) for key in action.keys):
            assert any(not re.fullmatch(r"f\d+", key) for key in action.keys), action.id


def test_what_leads_to_a_verb_names_one_of_the_trade() -> None:
    assert {action.verb for action in ACTIONS if action.verb} <= set(VERBS)


def test_every_action_stands_on_a_known_screen_and_is_in_reach() -> None:
    for action in ACTIONS:
        assert action.where <= set(SCREENS)
        assert action.keys or action.palette, action.id


def test_letters_type_in_fields_and_other_keys_act() -> None:
    assert not any(works_in_field(key) for key in ("t", "1", "question_mark", *CHARACTERS))
    assert all(works_in_field(key) for key in ("f2", "ctrl+s", "escape", "enter"))
    assert default_keymap().shown(BY_ID["solve"], in_field=False) == "s"
    assert default_keymap().shown(BY_ID["solve"], in_field=True) == "F3"
    assert default_keymap().shown(BY_ID["take"], in_field=True) is None


def test_keys_can_be_moved_swapped_and_taken_away() -> None:
    moved = keymap({"take": "s", "solve": ["t", "f3"], "sentence": "", "filter": "!"})
    assert moved.problems == ()
    assert moved.keys(BY_ID["take"]) == ("s",)
    assert moved.keys(BY_ID["solve"]) == ("t", "f3")
    assert moved.keys(BY_ID["sentence"]) == ()
    assert moved.keys(BY_ID["filter"]) == ("exclamation_mark",)
    assert [(each.key, each.action) for each in moved.bindings("queue") if each.id == "take"] == [("s", "do('take')")]


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"takee": "t"}, "Did you mean take?"),
        ({"oncall": "t"}, "no action oncall"),
        ({"take": "alt+t"}, "Alt"),
        ({"take": "ctrl+shift+t"}, "only Ctrl and one letter"),
        ({"take": "f13"}, "no key this console knows"),
        ({"take": "entre"}, "no key this console knows"),
        ({"take": "ctrl+i"}, "the same as Tab"),
        ({"take": "ctrl+a"}, "edits text"),
        ({"take": "down"}, "moves about"),
        ({"back": "q"}, "back keeps its key"),
        ({"palette": ""}, "palette needs a key"),
        ({"take": "s"}, "s already means solve"),
        ({"take": "o"}, "o already means oncall"),
        ({"keys": "t"}, "t already means take"),
    ],
)
def test_what_cannot_work_is_told_and_left_aside(wish: dict[str, str], told: str) -> None:
    found = keymap(wish)
    assert any(told in problem for problem in found.problems), found.problems
    assert found.own == {}


def test_one_wrong_wish_does_not_cost_the_others() -> None:
    found = keymap({"take": "comma", "note": "alt+r"})
    assert found.keys(BY_ID["take"]) == ("comma",)
    assert found.keys(BY_ID["note"]) == ("r",)
    assert len(found.problems) == 1


def test_keys_are_called_as_keyboards_call_them() -> None:
    labels = ("Esc", "F3", "Ctrl+S", "?", "t", "Enter")
    assert tuple(map(key_label, ("escape", "f3", "ctrl+s", "question_mark", "t", "enter"))) == labels


@pytest.mark.parametrize("lang", ["fr", "en", "de"])
def test_the_key_sheet_names_every_action_once(lang: str) -> None:
    sheet = key_sheet(lang)
    for action in ACTIONS:
        assert sheet.count(f"| `{action.id}` |") == len(action.where), action.id


def test_the_key_sheet_in_docs_is_up_to_date() -> None:
    written = Path(__file__).parents[2] / "docs" / "keys.md"
    assert written.read_text(encoding="utf-8") == key_sheet("en"), "run: python -m supportdesk.keymap > docs/keys.md"


def test_a_screen_offers_its_own_actions_before_those_of_everywhere() -> None:
    offered = actions_on("queue")
    own = [EVERYWHERE not in action.where for action in offered]
    assert own == sorted(own, reverse=True)
