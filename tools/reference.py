"""``docs/cli.md`` from the tree of commands itself.

python tools/cli_reference.py            writes it
python tools/cli_reference.py --check    says whether it is current
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from supportdesk import i18n

DOCS = Path(__file__).parents[1] / "docs"
COMMANDS_HEAD = """\
# Commands

Made by `tools/reference.py` from the commands themselves; do not edit.

Every command takes the options listed under "Everywhere". stdout is data, stderr narration. Exit codes: 0 done,
1 refused or failed, 2 wrong usage, 3 not permitted or not ready, 130 interrupted. With `--json` lists are bare arrays,
one object a line; instants are ISO 8601 in UTC with `Z`; errors are `{"error": {"code", "field"?, "message"}}` on
stderr. Fields are only ever added.
"""


def commands() -> str:
    """Every command with its help page, in English, for a terminal of 80 columns."""
    os.environ["COLUMNS"] = "80"
    with i18n.speaking("en"):
        return COMMANDS_HEAD + "".join(_sections())


def keys() -> str:
    """Every key on every screen, in English."""
    from supportdesk.keymap import key_sheet

    return key_sheet("en")


PAGES: dict[str, Callable[[], str]] = {"cli.md": commands, "keys.md": keys}


def _sections() -> Iterator[str]:
    import typer

    from supportdesk.cli.main import PROGRAM, root

    def walk(command: Any, context: Any) -> Iterator[str]:
        depth = "#" * min(context.command_path.count(" ") + 2, 4)
        lines = (line.rstrip() for line in command.get_help(context).splitlines())
        yield f"\n{depth} {context.command_path}\n\n```\n" + "\n".join(lines) + "\n```\n"
        if hasattr(command, "list_commands"):
            for name in command.list_commands(context):
                verb = command.get_command(context, name)
                yield from walk(verb, typer.Context(verb, info_name=name, parent=context))

    whole = root()
    return walk(whole, typer.Context(whole, info_name=PROGRAM))


def main() -> int:
    stale = 0
    for name, made in PAGES.items():
        page, text = DOCS / name, made()
        if "--check" not in sys.argv:
            page.write_text(text, "utf-8")
        elif not page.exists() or page.read_text("utf-8") != text:
            print(f"docs/{name} is not current, run: python tools/reference.py", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
