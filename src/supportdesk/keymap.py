"""Keys as a person has them: remapped, checked, named in his language, printed on a sheet.

A keymap file can only move keys of known actions to keys that arrive from every terminal (DESIGN.md 8: no Alt,
no F13+, no Ctrl+Shift). Whatever is wrong in it is reported in a sentence and left aside, so that the console
always starts with every action within reach. Textual itself takes unknown names and clashes silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from supportdesk.actions import ACTIONS, BY_ID, CHARACTERS, SCREENS, Action, works_in_field
from supportdesk.i18n import N_, _, speaking

if TYPE_CHECKING:
    from textual.binding import Binding

NAMES: dict[str, str] = {
    "enter": N_("Enter"),
    "escape": N_("Esc"),
    "tab": N_("Tab"),
    "space": N_("Space"),
    "up": N_("Up"),
    "down": N_("Down"),
    "left": N_("Left"),
    "right": N_("Right"),
    "home": N_("Home"),
    "end": N_("End"),
    "pageup": N_("PgUp"),
    "pagedown": N_("PgDn"),
    "insert": N_("Ins"),
    "delete": N_("Del"),
    "backspace": N_("Backspace"),
}
"""Message ids of the keys that have a name on the keyboard."""

_BY_CHARACTER = {character: name for name, character in CHARACTERS.items()}
_SAME_AS = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}
ALWAYS = frozenset({"quit"})
"""Actions whose key reaches them through every dialogue."""

_MOVING = frozenset({"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "enter", "escape", "tab"})
_TYPING = frozenset(f"ctrl+{letter}" for letter in "acdefkuvwxyz")
"""Keys that edit text in a field; an action may not take them away."""


class Keymap(NamedTuple):
    """Which keys each action has, after the person's own wishes, and what was wrong with those wishes."""

    own: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    problems: tuple[str, ...] = ()

    def keys(self, action: Action) -> tuple[str, ...]:
        return self.own.get(action.id, action.keys)

    def shown(self, action: Action, in_field: bool) -> str | None:
        """The name of the key to show now: the first, or in a text field the first that works there."""
        keys = self.keys(action)
        if in_field:
            keys = tuple(key for key in keys if works_in_field(key))
        return key_label(keys[0]) if keys else None

    def bindings(self, screen: str) -> list[Binding]:
        """Bindings of one screen, one for each key. Each leads to ``action_do(id)``, which asks whether it may."""
        from textual.binding import Binding

        return [
            Binding(key, f"do({action.id!r})", action.name, show=False, priority=action.id in ALWAYS, id=action.id)
            for action in ACTIONS
            if screen in action.where
            for key in self.keys(action)
        ]


def key_label(key: str) -> str:
    """A key as keyboards and manuals call it: ``Esc``, ``F3``, ``Ctrl+S``, ``?``, ``t``."""
    *modifiers, base = key.split("+")
    name = NAMES.get(base)
    shown = _(name) if name else CHARACTERS.get(base, base)
    if base[0] == "f" and base[1:].isdigit():
        shown = base.upper()
    if not modifiers:
        return shown
    return "+".join([*(_("Ctrl") if part == "ctrl" else _("Shift") for part in modifiers), shown.upper()])


def key_problem(key: str) -> str | None:
    """Why a key cannot be given to an action, in a sentence; None if it can."""
    *modifiers, base = key.split("+") if key not in ("+", "") else [key]
    if "alt" in modifiers or "meta" in modifiers or "super" in modifiers:
        return _("{key}: Alt does not arrive from every terminal. Take a letter, an F-key or Ctrl.").format(key=key)
    if len(modifiers) > 1 or modifiers == ["shift"]:
        return _("{key}: only Ctrl and one letter arrive from every terminal.").format(key=key)
    if key in _SAME_AS:
        return _("{key} is the same as {other} in a terminal. Take another key.").format(
            key=key, other=key_label(_SAME_AS[key])
        )
    if modifiers == ["ctrl"]:
        if key in _TYPING:
            return _("{key} edits text in fields. Take another key.").format(key=key)
        good = len(base) == 1 and "a" <= base <= "z"
    elif base[:1] == "f" and base[1:].isdigit():
        good = 1 <= int(base[1:]) <= 12
    elif key in _MOVING:
        return _("{key} moves about everywhere. Take another key.").format(key=key)
    else:
        good = key in CHARACTERS or key in ("insert", "delete") or (len(key) == 1 and key.isalnum())
    return None if good else _("{key} is no key this console knows. Write it as in the list of keys.").format(key=key)


def keymap(overrides: Mapping[str, str | Sequence[str]]) -> Keymap:
    """The keymap with a person's own keys on top, and every complaint about them.

    Args:
        overrides: Keys for each action id: names in a list, or in one text, separated by commas. A character may
            be written as itself (``?``). No key at all is allowed for what the palette offers.
    """
    problems: list[str] = []
    own: dict[str, tuple[str, ...]] = {}
    for id, wish in overrides.items():
        action = BY_ID.get(id)
        if action is None or not action.where:
            import difflib

            near = difflib.get_close_matches(id, [each.id for each in ACTIONS if each.where], 1)
            problems.append(_("There is no action {id}.").format(id=id))
            problems += [_("Did you mean {near}?").format(near=each) for each in near]
        elif action.fixed:
            problems.append(_("{id} keeps its key.").format(id=id))
        else:
            keys = _read(wish)
            wrong = [problem for key in keys if (problem := key_problem(key))]
            if not keys and not action.palette:
                wrong = [_("{id} needs a key.").format(id=id)]
            problems += [f"{id}: {problem}" for problem in wrong]
            if not wrong:
                own[id] = keys
    while clash := _first_clash(own):
        moved, other, key = clash
        problems.append(
            _("{id}: {key} already means {other}. Give that one another key as well.").format(
                id=moved.id, key=key_label(key), other=other.id
            )
        )
        del own[moved.id]
    return Keymap(own, tuple(problems))


def _read(wish: str | Sequence[str]) -> tuple[str, ...]:
    parts = [wish] if wish in (",", "+") else wish.split(",") if isinstance(wish, str) else list(wish)
    keys = (str(part).strip() for part in parts)
    return tuple(dict.fromkeys(_BY_CHARACTER.get(key, key if len(key) == 1 else key.lower()) for key in keys if key))


def _first_clash(own: Mapping[str, tuple[str, ...]]) -> tuple[Action, Action, str] | None:
    """An action that was given a key which another one has on the same screen, that other one, and the key."""
    for id, keys in own.items():
        for other in ACTIONS:
            if other.id != id and BY_ID[id].shares_a_screen(other):
                shared = [key for key in keys if key in own.get(other.id, other.keys)]
                if shared:
                    return BY_ID[id], other, shared[0]
    return None


@cache
def default_keymap() -> Keymap:
    return Keymap()


def key_sheet(lang: str) -> str:
    """The sheet of all keys as Markdown, for ``docs/keys.md`` and to print, in one of the languages of the console."""
    with speaking(lang):
        lines = [
            "# " + _("Keys"),
            "",
            _("Letters work outside text fields; F- and Ctrl-keys everywhere. Esc leaves a field."),
            _("Everything is also in the palette ({key}).").format(key=key_label("ctrl+p")),
        ]
        columns = (_("Key"), _("Action"), _("What it does"))
        for screen, heading in SCREENS.items():
            lines += ["", f"## {_(heading)}", "", "| " + " | ".join((*columns, "id")) + " |"]
            lines += ["| --- | --- | --- | --- |"]
            for action in ACTIONS:
                if screen in action.where:
                    keys = " ".join(f"`{key_label(key)}`" for key in action.keys) or _("palette")
                    lines.append(f"| {keys} | {_(action.name)} | {_(action.help)} | `{action.id}` |")
        free = [action for action in ACTIONS if not action.where]
        lines += ["", _("Kept free for what comes: {keys}.").format(
            keys=", ".join(f"`{key_label(key)}` {_(action.name)}" for action in free for key in action.keys)
        )]  # fmt: skip
        return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(key_sheet("en"), end="")
