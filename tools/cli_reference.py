"""``docs/cli.md`` from the tree of commands itself.

python tools/cli_reference.py            writes it
python tools/cli_reference.py --check    says whether it is current
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
HEAD = """\
# Commands

Made by `tools/cli_reference.py` from the commands themselves; do not edit.

Every command takes the options listed under "Everywhere". stdout is data, stderr narration. Exit codes: 0 done,
1 refused or failed, 2 wrong usage, 3 not permitted or not ready, 130 interrupted. With `--json` lists are bare arrays,
one object a line; instants are ISO 8601 in UTC with `Z`; errors are `{"error": {"code", "field"?, "message"}}` on
stderr. Fields are only ever added.
"""


def page() -> str:
    """The whole reference, in English, for a terminal of 80 columns."""
    from supportdesk import i18n

    os.environ["COLUMNS"] = "80"
    with i18n.speaking("en"):
        return HEAD + "".join(_sections())


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
    written = page()
    if "--check" in sys.argv:
        if PAGE.exists() and PAGE.read_text("utf-8") == written:
            return 0
        print(f"{PAGE.name} is not current, run: python tools/cli_reference.py", file=sys.stderr)
        return 1
    PAGE.write_text(written, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
