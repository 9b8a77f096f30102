"""A person's words, known by salted digests only: his full name, his mail, his numbers in any spelling.

Whoever holds the digests can tell whether a text mentions him and take the words out, and cannot read them: so late
words stay out after nobody knows them any more. A name of one word is not looked for: it could be any word.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

MARK = "[erased]"
"""What stands for words that were taken out: data, the same in every language."""

WORDS, DIGITS = "words", "digits"
FEWEST_DIGITS = 6
"""A shorter number is an extension of some house, or any number."""
SHORTEST_KEY = 6
"""Signs of an employee number that is looked for by itself."""

_TOKEN = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_GAP = 3
"""Signs between two words of one phrase."""
_RUN = re.compile("\\d(?:[\\s().,/\u2010-\u2015-]{0,3}\\d){5,}")
_BEFORE = re.compile(r"(?:(?:\+|00)[\s().]{0,2}\d{1,3}[\s().\-/]{0,3})?(?:\(?0\)?[\s().\-/]{0,3})?$")
"""What of a number may stand before its national part."""


class Phrase(NamedTuple):
    """Words or digits that name a person, in their one form."""

    kind: str
    parts: tuple[str, ...]


class Word(NamedTuple):
    """A phrase as it is kept: how many words or digits, a short digest of its first word and one of the whole."""

    kind: str
    size: int
    first: str
    digest: str


def plain(token: str) -> str:
    """A word without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", token.casefold()) if not unicodedata.combining(c))


def named(name: str | None) -> set[Phrase]:
    """A full name, and the same with the last word first."""
    parts = tuple(plain(token) for token in _TOKEN.findall(name or ""))
    return {Phrase(WORDS, parts), Phrase(WORDS, (parts[-1], *parts[:-1]))} if len(parts) > 1 else set()


def written(mail: str | None) -> set[Phrase]:
    """A mail address."""
    parts = tuple(plain(token) for token in _TOKEN.findall(mail or ""))
    return {Phrase(WORDS, parts)} if len(parts) > 1 else set()


def keyed(key: str | None) -> set[Phrase]:
    """An employee number, where it is long enough to be one and not any number."""
    parts = tuple(plain(token) for token in _TOKEN.findall(key or ""))
    return {Phrase(WORDS, parts)} if sum(map(len, parts)) >= SHORTEST_KEY else set()


def called(national: str) -> set[Phrase]:
    """A telephone number by the digits of its national part, without a leading zero."""
    digits = "".join(str(unicodedata.decimal(c)) for c in national if c.isdecimal()).lstrip("0")
    return {Phrase(DIGITS, tuple(digits))} if len(digits) >= FEWEST_DIGITS else set()


def kept(phrases: Iterable[Phrase], salt: bytes) -> tuple[Word, ...]:
    """The phrases as they are kept."""
    return tuple(sorted(
        Word(kind, len(parts), _first(parts[0], salt) if kind == WORDS else "", _digest(kind, parts, salt))
        for kind, parts in phrases
    ))


def _digest(kind: str, parts: Iterable[str], salt: bytes) -> str:
    return blake2b("\0".join((kind, *parts)).encode(), key=salt, digest_size=16).hexdigest()


def _first(word: str, salt: bytes) -> str:
    return blake2b(word.encode(), key=salt, digest_size=2, person=b"first").hexdigest()


class _Salted:
    """The words kept with one salt."""

    def __init__(self, salt: bytes, words: Iterable[Word]) -> None:
        self.salt = salt
        self.sizes: dict[str, set[int]] = {WORDS: set(), DIGITS: set()}
        self.digests: set[str] = set()
        self._firsts: set[str] = set()
        for word in words:
            self.sizes[word.kind].add(word.size)
            self.digests.add(word.digest)
            self._firsts.add(word.first)
        self._begins: dict[str, bool] = {}

    def begins(self, token: str) -> bool:
        """Whether a phrase may begin with a word."""
        found = self._begins.get(token)
        if found is None:
            found = self._begins[token] = _first(token, self.salt) in self._firsts
        return found

    def holds(self, kind: str, parts: Iterable[str]) -> bool:
        return _digest(kind, parts, self.salt) in self.digests


class Words:
    """All that is to be taken out of texts."""

    def __init__(self, words: Mapping[bytes, Iterable[Word]]) -> None:
        self._groups = [_Salted(salt, some) for salt, some in words.items()]
        self._plain: dict[str, str] = {}

    def mask(self, text: str) -> str:
        """``text`` with the mark instead of every mention."""
        spans = [span for group in self._groups for span in (*self._phrases(group, text), *self._numbers(group, text))]
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

    def _phrases(self, group: _Salted, text: str) -> list[tuple[int, int]]:
        if not group.sizes[WORDS]:
            return []
        places = [match.span() for match in _TOKEN.finditer(text)]
        tokens = [self._normal(text[start:end]) for start, end in places]
        found = []
        for at, token in enumerate(tokens):
            if not group.begins(token):
                continue
            for size in group.sizes[WORDS]:
                end = at + size
                if end <= len(tokens) and all(
                    places[i + 1][0] - places[i][1] <= _GAP for i in range(at, end - 1)
                ) and group.holds(WORDS, tokens[at:end]):
                    found.append((places[at][0], places[end - 1][1]))
        return found

    def _normal(self, token: str) -> str:
        found = self._plain.get(token)
        if found is None:
            found = self._plain[token] = plain(token)
        return found

    def _numbers(self, group: _Salted, text: str) -> list[tuple[int, int]]:
        found = []
        for run in _RUN.finditer(text) if group.sizes[DIGITS] else ():
            places = [at for at in range(*run.span()) if text[at].isdecimal()]
            digits = [str(unicodedata.decimal(text[at])) for at in places]
            for last in range(len(places)):
                if text[places[last] + 1 : places[last] + 2].isdecimal():
                    continue
                for size in group.sizes[DIGITS]:
                    first = last + 1 - size
                    if first < 0 or not group.holds(DIGITS, digits[first : last + 1]):
                        continue
                    start = _begin(text, places[first])
                    if start is not None:
                        found.append((start, places[last] + 1))
        return found


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
