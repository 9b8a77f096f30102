"""An article as a file: TOML front matter between ``+++`` lines, then Markdown (docs: file formats).

The steps of an article are the items of the numbered list under its "Steps" heading, whatever of
the three languages it is written in; the console ticks them one by one.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

AUDIENCES = ("internal", "public")
IDENTITY_MATTERS = ("", "password", "mfa", "bank_data", "disclosure")
"""What the steps must not be done for without an identity check; "" when no check is asked."""

STEPS_HEADINGS = ("Étapes", "Steps", "Schritte")

_FENCE = "+++"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_TEXTS = ("slug", "lang", "title", "issue", "audience", "identity")
_LISTS = ("keywords", "products", "components")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_ITEM = re.compile(r"\d{1,9}[.)]\s+(.*)")
# Bounded, so that a hostile line of a million stars costs no more than a long one.
_LINK = re.compile(r"!?\[([^\]]{0,500})\]\([^)]{0,500}\)")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.{1,500}?)\1|(?<!\w)[*_](\S(?:.{0,500}?\S)?)[*_](?!\w)")


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """One article in one language. ``body`` is Markdown, ``steps`` plain text, one line each."""

    slug: str
    lang: str
    title: str
    issue: str
    keywords: tuple[str, ...]
    products: tuple[str, ...]
    components: tuple[str, ...]
    audience: str
    identity: str
    body: str
    steps: tuple[str, ...]


def parse_article(text: str) -> ParsedArticle:
    """Read one article file. Raises ValueError that begins with the line number and says what is wrong there."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        raise _problem(1, f"the file begins with a line {_FENCE}")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise _problem(len(lines), f"the front matter ends with a line {_FENCE}")
    front = _Front(lines[1:end], end + 1)
    body = "\n".join(lines[end + 1 :]).strip("\n")
    if not body.strip():
        raise _problem(end + 1, "nothing follows the front matter")
    return ParsedArticle(
        slug=front.text("slug", _SLUG),
        lang=front.text("lang", _LANG),
        title=front.text("title"),
        issue=front.text("issue"),
        keywords=front.list("keywords"),
        products=front.list("products", _SLUG),
        components=front.list("components"),
        audience=front.choice("audience", AUDIENCES),
        identity=front.choice("identity", IDENTITY_MATTERS),
        body=body,
        steps=steps_of(body),
    )


class _Front:
    """The front matter, and where each key stands in the file."""

    def __init__(self, lines: list[str], end: int) -> None:
        self._lines = lines
        self._end = end  # number of the line that closes the front matter
        try:
            self._table: dict[str, Any] = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            place = _TOML_PLACE.search(str(error))
            line = int(place[1]) + 1 if place and place[1] else end
            raise _problem(line, _TOML_PLACE.sub("", str(error))) from None
        for key in self._table:
            if key not in _TEXTS + _LISTS:
                raise self._wrong(key, "unknown; known are " + ", ".join(_TEXTS + _LISTS))

    def text(self, key: str, shape: re.Pattern[str] | None = None) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "a text is needed")
        if shape and not shape.fullmatch(value):
            raise self._wrong(key, f"{value!r} is not of the form {shape.pattern}")
        return value.strip()

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self._value(key)
        if value not in choices:
            raise self._wrong(key, "one of " + ", ".join(repr(choice) for choice in choices))
        return str(value)

    def list(self, key: str, shape: re.Pattern[str] | None = None) -> tuple[str, ...]:
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self._wrong(key, "a list of texts is needed")
        for one in value:
            if shape and not shape.fullmatch(one):
                raise self._wrong(key, f"{one!r} is not of the form {shape.pattern}")
        return tuple(one.strip() for one in value)

    def _value(self, key: str) -> Any:
        if key not in self._table:
            raise _problem(self._end, f"{key} is missing")
        return self._table[key]

    def _wrong(self, key: str, why: str) -> ValueError:
        named = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.\]]|\s*\[+\s*["']?{re.escape(key)}\b""")
        line = next((at for at, line in enumerate(self._lines, 2) if named.match(line)), self._end)
        return _problem(line, f"{key}: {why}")


def _problem(line: int, why: str) -> ValueError:
    return ValueError(f"line {line}: {why}")


def steps_of(body: str) -> tuple[str, ...]:
    """The numbered items under the steps heading; indented lines go on with the item above."""
    items: list[str] = []
    within = False
    for line in body.split("\n"):
        if line.startswith(("# ", "## ")):
            within = line.strip("# \t") in STEPS_HEADINGS
        elif not within:
            continue
        elif item := _ITEM.fullmatch(line):
            items.append(item[1])
        elif items and line.startswith("  ") and line.strip():
            items[-1] += " " + line.strip()
    return tuple(_plain(item) for item in items)


def _plain(markdown: str) -> str:
    """A line without its emphasis, code marks and link targets."""
    text = _LINK.sub(r"\1", markdown)
    while (bare := _EMPHASIS.sub(lambda found: found[2] or found[3], text)) != text:
        text = bare
    return text.strip()
