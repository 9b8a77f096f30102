"""Markdown as lines of the console: what an article says, without anything that could act.

Read by markdown-it with HTML switched off. A link is its words and its target in brackets: text, never started
(issue 2 part 4). Foreign text stays data: drawing makes every span safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supportdesk.rules.article import STEPS_HEADINGS
from supportdesk.rules.text import cut, safe, width
from supportdesk.widgets.lines import Line, Span
from supportdesk.widgets.wrap import PIECE

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST = 60_000
"""Characters of a text that are rendered; no article is as long."""

DEEPEST = 6
"""Lists and quotations are indented so often and no further."""

_WORD = re.compile(r" *[^ ]+ *| +")

BULLET, QUOTE = "- ", "| "
TICKED, UNTICKED = "[x]", "[ ]"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list item or line of code, not yet cut into lines.

    Attributes:
        spans: Its text.
        first: What stands before its first line, ``rest`` before the others.
        gap: Whether an empty line stands above it.
        step: The number of the article's step that it begins, 0 if none.
    """

    spans: tuple[Span, ...]
    first: str = ""
    rest: str = ""
    gap: bool = False
    step: int = 0


def blocks(text: str) -> tuple[Block, ...]:
    """Markdown cut into blocks. Any text is Markdown; nothing raises."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": False}).parse(text[:LONGEST])
    return tuple(_Reader().read(tokens))


def lines(shown: Sequence[Block], cells: int, ticked: AbstractSet[int] = frozenset()) -> list[Line]:
    """Blocks as lines of at most ``cells``; steps carry a box, marked where they are ``ticked``."""
    made: list[Line] = []
    for block in shown:
        if block.gap and made:
            made.append("")
        first, rest = block.first, block.rest
        spans: Sequence[Span] = block.spans
        if block.step:
            box = TICKED if block.step in ticked else UNTICKED
            first, rest = f"{first}{box} {block.step}. ", rest + " " * (len(box) + len(str(block.step)) + 3)
            if block.step in ticked:
                spans = [(text, style or "dim") for text, style in spans]
        room = max(8, cells - width(first))
        for n, line in enumerate(wrap_spans(spans, room)):
            before = first if n == 0 else rest
            made.append([(before, "accent" if block.step or before.strip() else ""), *line] if before else line)
    return made


def wrap_spans(spans: Sequence[Span], cells: int) -> list[list[Span]]:
    """Spans broken between words into lines of at most ``cells``; ``\\n`` in a text breaks always."""
    made: list[list[Span]] = [[]]
    used = 0
    for text, style in spans:
        for n, part in enumerate(text.split("\n")):
            if n:
                made.append([])
                used = 0
            for word in _words(safe(part)):
                size = width(word)
                if used and used + width(word.rstrip()) > cells:
                    made.append([])
                    used = 0
                    word = word.lstrip()
                    size = width(word)
                while size > cells:
                    head = cut(word, cells, "") or word[:1]
                    made[-1].append((head, style))
                    made.append([])
                    word = word[len(head) :]
                    size = width(word)
                if word:
                    made[-1].append((word, style))
                    used += size
    return [_joined(line) for line in made]


def _words(text: str) -> Iterator[str]:
    """Words with the spaces after them; a very long one in pieces, it is broken anyhow."""
    for word in _WORD.findall(text):
        for start in range(0, len(word), PIECE):
            yield word[start : start + PIECE]


def _joined(line: list[Span]) -> list[Span]:
    """Neighbouring spans of one style as one, without spaces at the end."""
    made: list[Span] = []
    while line and not line[-1][0].strip():
        line = line[:-1]
    if line:
        line = [*line[:-1], (line[-1][0].rstrip(), line[-1][1])]
    for text, style in line:
        if made and made[-1][1] == style:
            made[-1] = (made[-1][0] + text, style)
        else:
            made.append((text, style))
    return made


@dataclass
class _Reader:
    """Walks the tokens once."""

    indents: list[str] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    mark: str = ""
    tight: bool = False
    heading: str = ""
    steps: int = 0
    within_steps: bool = False

    def read(self, tokens: Sequence[Token]) -> Iterator[Block]:
        for token in tokens:
            match token.type:
                case "heading_open":
                    self.heading = token.tag
                case "heading_close":
                    self.heading = ""
                case "bullet_list_open":
                    self.numbers.append(None)
                    self._begin_list()
                case "ordered_list_open":
                    self.numbers.append(int(token.attrGet("start") or 1))
                    self._begin_list()
                case "bullet_list_close" | "ordered_list_close":
                    self.numbers.pop()
                    self.indents.pop()
                    self.tight = bool(self.numbers)
                case "list_item_open":
                    self._begin_item()
                case "list_item_close":
                    self.mark = ""
                case "blockquote_open":
                    self.indents.append(QUOTE)
                case "blockquote_close":
                    self.indents.pop()
                case "inline":
                    yield self._block(tuple(_inline(token.children or ())))
                case "fence" | "code_block":
                    for n, line in enumerate(token.content.rstrip("\n").split("\n")):
                        yield self._block(((line, "accent"),), "  ", gap=n == 0)
                case "hr":
                    yield self._block((("---", "dim"),))

    def _begin_list(self) -> None:
        self.indents.append("  ")
        self.tight = len(self.numbers) > 1

    def _begin_item(self) -> None:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            self.mark = BULLET
            return
        self.numbers[-1] = number + 1
        self.mark = f"{number}. "
        if self.within_steps and len(self.numbers) == 1:
            self.steps += 1
            self.mark = f"#{self.steps}"

    def _block(self, spans: tuple[Span, ...], indent: str = "", gap: bool = True) -> Block:
        if self.heading:
            title = "".join(text for text, _style in spans).strip()
            if self.heading in ("h1", "h2"):
                self.within_steps, self.steps = title in STEPS_HEADINGS, 0
            return Block(tuple((text, "strong") for text, _style in spans), gap=True)
        before = "".join(self.indents[-DEEPEST:])[: 2 * DEEPEST]
        before = before[2:] if self.numbers else before
        mark, self.mark = self.mark, ""
        gap = gap and not (self.tight and bool(mark))
        self.tight = bool(self.numbers)
        if mark.startswith("#"):
            return Block(spans, before, before, gap, int(mark[1:]))
        if mark:
            return Block(spans, before + mark, before + " " * len(mark), gap)
        inner = before + ("  " if self.numbers else "") + indent
        return Block(spans, inner, inner, gap and not self.numbers)


def _inline(tokens: Sequence[Token]) -> Iterator[Span]:
    style: list[str] = []
    target, said = "", ""
    for token in tokens:
        now = style[-1] if style else ""
        match token.type:
            case "text" | "html_inline":
                said += token.content
                yield token.content, now
            case "code_inline":
                said += token.content
                yield token.content, "accent"
            case "softbreak":
                yield " ", now
            case "hardbreak":
                yield "\n", now
            case "strong_open" | "em_open":
                style.append("strong")
            case "strong_close" | "em_close":
                style = style[:-1]
            case "link_open":
                target, said = str(token.attrGet("href") or ""), ""
            case "link_close":
                if target and target != said:
                    yield f" ({target})", "dim"
                target = ""
            case "image":
                yield f"[{token.content}] ({token.attrGet('src') or ''})", "dim"
