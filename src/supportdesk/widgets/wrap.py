"""Foreign text in lines of so many cells, broken between words where that can be."""

from __future__ import annotations

from supportdesk.rules.text import cut, safe_block, width


def wrapped(text: str, cells: int) -> list[str]:
    """Safe lines of at most ``cells``. A word longer than a line is broken; spaces at line ends are dropped."""
    cells = max(1, cells)
    lines: list[str] = []
    for line in safe_block(text).split("\n"):
        while width(line) > cells:
            head = cut(line, cells, "")
            if line[len(head) : len(head) + 1] != " ":
                head = head[: head.rstrip().rfind(" ") + 1] if " " in head.strip() else head
            head = head or line[:1]
            lines.append(head.rstrip())
            line = line[len(head) :].lstrip(" ")
        lines.append(line.rstrip())
    return lines
