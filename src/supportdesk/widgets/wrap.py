"""Foreign text in lines of so many cells, broken between words where that can be."""

from __future__ import annotations

from collections.abc import Iterator

from supportdesk.rules.text import cut, safe_block, width

PIECE = 1_000
"""Characters of one line broken at once: a very long line as a whole would cost the square of its length."""


def wrapped(text: str, cells: int) -> list[str]:
    """Safe lines of at most ``cells``. A word longer than a line is broken; spaces at line ends are dropped."""
    cells = max(1, cells)
    lines: list[str] = []
    for line in _pieces(safe_block(text)):
        while width(line) > cells:
            head = cut(line, cells, "")
            if line[len(head) : len(head) + 1] != " ":
                head = head[: head.rstrip().rfind(" ") + 1] if " " in head.strip() else head
            head = head or line[:1]
            lines.append(head.rstrip())
            line = line[len(head) :].lstrip(" ")
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for start in range(0, max(1, len(line)), PIECE):
            yield line[start : start + PIECE]
