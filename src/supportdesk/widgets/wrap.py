"""Foreign text in lines of so many cells, broken between words where that can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from supportdesk.rules.text import cut, safe, safe_block, width

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


def wrapped_spans(line: str | Sequence[tuple[str, str]], cells: int) -> list[list[tuple[str, str]]]:
    """A line of styled texts in lines of at most ``cells``; those that go on stand where the first began."""
    spans = [(safe(text), style) for text, style in (((line, ""),) if isinstance(line, str) else line)]
    text = "".join(text for text, _style in spans)
    indent = len(text) - len(text.lstrip(" "))
    if width(text) <= cells or indent * 2 >= cells:
        return [spans]
    styles = [style for part, style in spans for _sign in part]
    lines: list[list[tuple[str, str]]] = []
    at = indent
    for piece in wrapped(text[indent:], cells - indent):
        at = text.index(piece, at) if piece else at
        line_spans: list[tuple[str, str]] = [(" " * indent, "")]
        for style, signs in groupby(zip(piece, styles[at : at + len(piece)], strict=True), key=lambda each: each[1]):
            line_spans.append(("".join(sign for sign, _style in signs), style))
        lines.append(line_spans)
        at += len(piece)
    return lines


def _pieces(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for start in range(0, max(1, len(line)), PIECE):
            yield line[start : start + PIECE]
