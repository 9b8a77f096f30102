"""Foreign text as a question to the search index: words, never FTS5 syntax (DESIGN.md 7, law 4).

What is asked is folded by :func:`supportdesk.rules.text.fold`; what is searched went through
:func:`index_text` and FTS5's tokenizer ``unicode61 remove_diacritics 2``: both spell a word alike.
Every word is quoted; nothing a caller or an agent types can be read as an operator.
"""

import re
from collections.abc import Iterator
from itertools import islice

from supportdesk.rules.text import fold

WORDS_AT_MOST = 32
"""Words one question asks for; the rest of a longer text is left out."""

BM25_WEIGHTS = (10.0, 6.0, 6.0, 1.0)
"""Weights of the columns title, issue, keywords, body when articles are ranked."""

_READ_AT_MOST = 8_192  # characters; a pasted log is not read to its end while somebody types
_SHORT = 2  # words of so many letters or fewer tell too little to rank by
_WHOLE = 5  # longest word asked for as it stands; of longer ones the ending is dropped
_ENDING = 2  # letters
_STEM = 4  # letters, shortest beginning asked for
_WORD = re.compile(r"[^\W_]+")
_WITH_DIGIT = re.compile(r"[0-9]")
_SPELLED_OUT = re.compile(
    "[ªº¹²³¼½¾ÆæÐðØøßẞĐđıĲĳĿŀŁłŉŒœǄ-ǌǠ-ǣǮǯǱ-ǳǼ-ǿẚﬀ-ﬆ"  # Latin letters that the tokenizer leaves as they are
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"  # invisible signs at which it would part a word
)

# What callers say around the matter: articles, pronouns, auxiliaries, "it says", "since this morning".
# A word that is also a symptom ("son" is sound, "off", "noir") is not in the list.
_STOP_WORDS = {
    "fr": """
        le la les un une des du de au aux ce cet cette ces et ou où mais donc car que qui quoi dont
        je tu il elle on nous vous ils elles me te se lui leur moi toi eux mon ma mes ton ta tes sa ses
        notre nos votre vos leurs est sont suis es sommes êtes était étaient été être ai as ont avons
        avez avait avoir eu aurais fait faire fais faut fallait peut peux pouvoir doit dois veut veux
        voudrais va vais vont dit dire dis pas plus ne ni rien aucun aucune tout toute tous toutes même
        dans sur sous avec sans pour par chez vers entre depuis pendant dès quand comme comment pourquoi
        alors aussi encore déjà très bien peu trop juste puis ensuite après avant maintenant toujours
        jamais matin hier soir jour jours ici cela ça celui celle fois
    """,
    "en": """
        the and but nor for with without from into onto out over about than then that this these those
        there here what which who whom whose when where why how you your yours she her hers him his its
        our ours they them their theirs was were are been being has had have having does did doing done
        can cannot could may might must shall should will would not don doesn didn isn aren wasn won any all
        some none nothing anything everything just only also again still yet ever never now today
        yesterday morning since soon say says said saying get gets got getting let make makes made want wants
        very too much many more most every each other one ones even though like know
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines und oder aber denn weil dass ich du
        er sie es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen mein meine meinen meinem meiner
        dein sein seine seinen seinem seiner ihre ihren ihrem ihrer unser unsere unseren unserem bei mit
        von vom zum zur für auf aus nach über unter vor hinter zwischen ist sind war waren bin bist sei
        seien wird werden wurde worden hat habe haben hatte hätte kann können konnte muss müssen musste
        soll sollen will wollen darf nicht nichts kein keine keinen keinem mehr nur noch auch schon ganz
        alle alles was wer wie wenn wann als dann jetzt immer wieder seit heute gestern morgen hier dort
        dabei steht heisst sagt geht kommt man etwas ja nein doch sehr
    """,
}
_STOP = {lang: frozenset(fold(words).replace("'", " ").split()) for lang, words in _STOP_WORDS.items()}
_STOP_IN_ANY = frozenset().union(*_STOP.values())


def index_text(text: str) -> str:
    """Text to be searched: signs that the tokenizer does not fold are spelled out, all else is as given.

    ``index_text("Große Œuvre, Büro") == "Grosse oeuvre, Büro"``.
    """
    return text if text.isascii() else _SPELLED_OUT.sub(lambda sign: fold(sign[0]), text)


def search_words(text: str) -> list[str]:
    """The words of ``text`` in their order, folded, at most :data:`WORDS_AT_MOST`.

    Everything that is neither letter nor digit separates: ``search_words("L'écran n° 2") ==
    ["l", "ecran", "n", "2"]``.
    """
    return list(islice(_words(text), WORDS_AT_MOST))


def article_match(text: str, lang: str | None) -> str:
    """An FTS5 expression for the articles that speak of any word of ``text``; "" when it asks for nothing.

    ``lang`` is an ISO code with or without a country; it says which words carry no matter (all that we
    know of when it is None or another language). Words of two letters are left out too, unless they
    hold a digit. Where only such words were said they are all that is asked for. Longer words are asked
    for without their ending, so that plural and conjugation do not matter.
    """
    code = (lang or "").lower().replace("_", "-").partition("-")[0]
    stop = _STOP.get(code, _STOP_IN_ANY)
    said = list(dict.fromkeys(_words(text)))
    telling = [word for word in said if word not in stop and (len(word) > _SHORT or _WITH_DIGIT.search(word))]
    return " OR ".join(f'"{_beginning(word)}"*' for word in (telling or said)[:WORDS_AT_MOST])


def prefix_match(text: str) -> str:
    """An FTS5 expression for what holds every word of ``text``, the last one perhaps not typed to its end.

    "" when there is no word. For filters that follow the typing.
    """
    words = search_words(text)
    return " AND ".join(f'"{word}"' for word in words) + "*" * bool(words)


def beginnings_match(text: str) -> str:
    """As :func:`prefix_match`, but every word of three letters or more may be unfinished: "per vpn" finds Perret.

    "" when there is no word. Shorter ones, the last apart, stand whole: their beginnings fit half of everything.
    """
    words = search_words(text)
    unfinished = [len(word) > _SHORT for word in words[:-1]] + [True]
    return " AND ".join(f'"{word}"' + "*" * more for word, more in zip(words, unfinished, strict=False))


def _words(text: str) -> Iterator[str]:
    return (word.group() for word in _WORD.finditer(fold(text[:_READ_AT_MOST])))


def _beginning(word: str) -> str:
    """A word without its ending; short ones and those with a digit (error codes, models) stay whole."""
    if len(word) <= _WHOLE or _WITH_DIGIT.search(word):
        return word
    return word[: max(_STEM, len(word) - _ENDING)]
