"""Telephone numbers for invented people, only from ranges set aside for fiction (docs/demo.md).

France: ARCEP decision 2018-0881; Germany: Bundesnetzagentur notice 148/2021; United Kingdom: Ofcom's numbers for
drama. Switzerland has no such range: callers of the site in Geneva are at home across the French border."""

import re
from collections.abc import Iterator
from random import Random

FICTION = re.compile(
    r"\+33(?:19900|26191|35301|46571|53649|63998)\d{4}"
    r"|\+49(?:6990009\d{3}|3023125\d{3}|17139200\d{2}|176040690\d{2})"
    r"|\+44(?:2079460\d{3}|1614960\d{3}|1134960\d{3}|7700900\d{3})"
)
"""E.164 numbers nobody can be reached by."""


def landlines(lang: str, random: Random) -> Iterator[str]:
    """Fixed numbers of a caller's country in international form, none twice; ends when the range does."""
    match lang:
        case "fr":
            yield from (f"+33 4 65 71 {n // 100:02d} {n % 100:02d}" for n in _shuffled(random, 10_000))
        case "de":
            yield from (f"+49 69 90009{n:03d}" for n in _shuffled(random, 1_000))
            yield from (f"+49 30 23125{n:03d}" for n in _shuffled(random, 1_000))
        case _:
            yield from (f"+44 20 7946 0{n:03d}" for n in _shuffled(random, 1_000))
            yield from (f"+44 161 496 0{n:03d}" for n in _shuffled(random, 1_000))


def mobiles(lang: str, random: Random) -> Iterator[str]:
    """Mobile numbers, as :func:`landlines`."""
    match lang:
        case "fr":
            yield from (f"+33 6 39 98 {n // 100:02d} {n % 100:02d}" for n in _shuffled(random, 10_000))
        case "de":
            yield from (f"+49 171 39200{n:02d}" for n in _shuffled(random, 100))
            yield from (f"+49 176 040690{n:02d}" for n in _shuffled(random, 100))
        case _:
            yield from (f"+44 7700 900{n:03d}" for n in _shuffled(random, 1_000))


def _shuffled(random: Random, size: int) -> list[int]:
    numbers = list(range(size))
    random.shuffle(numbers)
    return numbers
