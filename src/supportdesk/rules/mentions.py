"""A person's words, known by salted digests only: his full name, his mail, his numbers in any spelling.

Whoever holds the digests can tell whether a text mentions him and take the words out, and cannot read them: so late
words stay out after nobody knows them any more. A name of one word is not looked for: it could be any word.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

MARK = "[…]"
"""What stands for words that were taken out: data, the same in every language."""

WORDS, DIGITS = "words", "digits"
FEWEST_DIGITS = 6
"""A shorter number is an extension of some house, or any number."""
_END = 4
"""Digits a number is told by at once."""
SHORTEST_KEY = 6
"""Signs of an employee number that is looked for by itself."""

_TOKEN = re.compile("[\\w\u0300-\u036f]+")
_GAP = 3
"""Signs between two words of one phrase."""
_RUN = re.compile("\\d(?:[\\s().,/\u2010-\u2015-]{0,3}\\d){5,}")
_BLOCK = re.compile(r"\d+")
_BEFORE = re.compile(r"(?:(?:\+|00)[\s().]{0,2}\d{1,3}[\s().\-/]{0,3})?(?:\(?0\)?[\s().\-/]{0,3})?$")
"""What of a number may stand before its national part."""


class Phrase(NamedTuple):
    """Words or digits that name a person, in their one form."""

    kind: str
    parts: tuple[str, ...]


class Word(NamedTuple):
    """A phrase as it is kept: how many words or digits, a short digest of its first word or last digits, by which
    nearly all other texts are told at once, and one of the whole."""

    kind: str
    size: int
    first: str
    digest: str


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.replace("_", " "))


def plain(token: str) -> str:
    """A word without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", token.casefold()) if not unicodedata.combining(c))


def named(name: str | None) -> set[Phrase]:
    """A full name, and the same with the last word first."""
    parts = tuple(plain(token) for token in _tokens(name or ""))
    return {Phrase(WORDS, parts), Phrase(WORDS, (parts[-1], *parts[:-1]))} if len(parts) > 1 else set()


def written(mail: str | None) -> set[Phrase]:
    """A mail address."""
    parts = tuple(plain(token) for token in _tokens(mail or ""))
    return {Phrase(WORDS, parts)} if len(parts) > 1 else set()


def keyed(key: str | None) -> set[Phrase]:
    """An employee number, where it is long enough to be one and not any number."""
    parts = tuple(plain(token) for token in _tokens(key or ""))
    return {Phrase(WORDS, parts)} if sum(map(len, parts)) >= SHORTEST_KEY else set()


def called(national: str) -> set[Phrase]:
    """A telephone number by the digits of its national part, without a leading zero."""
    digits = _ascii("".join(c for c in national if c.isdecimal())).lstrip("0")
    return {Phrase(DIGITS, tuple(digits))} if len(digits) >= FEWEST_DIGITS else set()


def kept(phrases: Iterable[Phrase], salt: bytes) -> tuple[Word, ...]:
    """The phrases as they are kept."""
    return tuple(sorted(
        Word(kind, len(parts), _first(_sign(kind, parts), salt), _digest(kind, parts, salt))
        for kind, parts in phrases
    ))


def _digest(kind: str, parts: Iterable[str], salt: bytes) -> str:
    return blake2b("\0".join((kind, *parts)).encode(), key=salt, digest_size=16).hexdigest()


def _sign(kind: str, parts: tuple[str, ...]) -> str:
    return parts[0] if kind == WORDS else "".join(parts[-_END:])


def _first(word: str, salt: bytes) -> str:
    return blake2b(word.encode(), key=salt, digest_size=2, person=b"first").hexdigest()


class _Salted:
    """The words kept with one salt."""

    def __init__(self, salt: bytes, words: Iterable[Word]) -> None:
        self.salt = salt
        self.sizes: dict[str, set[int]] = {WORDS: set(), DIGITS: set()}
        self._digests: set[str] = set()
        self._firsts: dict[str, set[str]] = {WORDS: set(), DIGITS: set()}
        for word in words:
            self.sizes[word.kind].add(word.size)
            self._digests.add(word.digest)
            self._firsts[word.kind].add(word.first)

    def may(self, kind: str, sign: str) -> bool:
        """Whether a phrase may begin with a word, a number end with some digits."""
        return _first(sign, self.salt) in self._firsts[kind]

    def holds(self, kind: str, parts: Iterable[str]) -> bool:
        return _digest(kind, parts, self.salt) in self._digests


class Words:
    """All that is to be taken out of texts."""

    def __init__(self, words: Mapping[bytes, Iterable[Word]]) -> None:
        self._groups = [_Salted(salt, some) for salt, some in words.items()]
        self._never: set[str] = set()  # words as written that begin no phrase
        self._ends: dict[str, bool] = {}  # digits -> whether a number may end so

    def mask(self, text: str) -> str:
        """``text`` with the mark instead of every mention."""
        spans = []
        if self._may_hold(text):
            spans += self._phrases(text)
        if _RUN.search(text):
            spans += self._numbers(text)
        for start, end in _apart(spans):
            text = text[:start] + MARK + text[end:]
        return text

    def mask_value(self, value: Any) -> Any:
        """The same for every text within a value in wire form."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, list | tuple):
            return [self.mask_value(part) for part in value]
        if isinstance(value, dict):
            return {name: self.mask_value(part) for name, part in value.items()}
        return value

    def _may_hold(self, text: str) -> bool:
        """Whether a phrase may begin anywhere: said at once of nearly all texts, most words being known by then."""
        new = set(_tokens(text)) - self._never
        if not new:
            return False
        never = {token for token in new if not any(group.may(WORDS, plain(token)) for group in self._groups)}
        self._never |= never
        return new != never

    def _phrases(self, text: str) -> list[tuple[int, int]]:
        places = [match.span() for match in _TOKEN.finditer(text.replace("_", " "))]
        tokens = [text[start:end] for start, end in places]
        found = []
        for at, token in enumerate(tokens):
            if token in self._never:
                continue
            for group in self._groups:
                for size in group.sizes[WORDS]:
                    end = at + size
                    if end <= len(tokens) and all(
                        places[i + 1][0] - places[i][1] <= _GAP for i in range(at, end - 1)
                    ) and group.holds(WORDS, map(plain, tokens[at:end])):
                        found.append((places[at][0], places[end - 1][1]))
        return found

    def _numbers(self, text: str) -> list[tuple[int, int]]:
        found = []
        for run in _RUN.finditer(text):
            digits = ""
            for block in _BLOCK.finditer(text, *run.span()):
                digits += block[0] if block[0].isascii() else _ascii(block[0])
                if not self._may_end(digits[-_END:]):
                    continue
                for group in self._groups:
                    for size in group.sizes[DIGITS]:
                        if size <= len(digits) and group.holds(DIGITS, digits[-size:]):
                            start = _begin(text, _place(text, run.start(), len(digits) - size))
                            found += [] if start is None else [(start, block.end())]
        return found

    def _may_end(self, end: str) -> bool:
        found = self._ends.get(end)
        if found is None:
            found = self._ends[end] = any(group.may(DIGITS, end) for group in self._groups)
        return found


def _ascii(digits: str) -> str:
    return "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _place(text: str, start: int, count: int) -> int:
    """Where the digit stands that has ``count`` digits before it, from ``start`` on."""
    return [at for at in range(start, len(text)) if text[at].isdecimal()][count]


def _begin(text: str, national: int) -> int | None:
    """Where a number begins whose national part begins there; None when it is the end of another number."""
    before = _BEFORE.search(text, max(0, national - 16), national)
    for start in (national if before is None else before.start(), national):
        if not text[start - 1 : start].isdecimal() or start == 0:
            return start
    return None


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch as one, the last first."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined[::-1]
