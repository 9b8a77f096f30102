"""A warning before a password or a card number is written into a note (issue 2 part 4, "Identity").

The secret itself is never stored; a caller dictates it all the same. This looks, it does not judge: the agent
decides. Telephone and ticket numbers, IBANs, references, serial numbers and dates stay quiet. Time is linear
in the text (field/trust.md R23): every repetition in the patterns is bounded.
"""

import re
from enum import StrEnum
from itertools import accumulate

from supportdesk.rules.text import fold


class SecretKind(StrEnum):
    PASSWORD = "password"
    CARD = "card"


_WORD = (
    r"(?<!\w)(?:mots?[ -]de[ -]passe|motdepasse|mdp|password|passwort|passphrase|passwd|pwd|pw|kennwort"
    r"|phrase secr[eè]te|code secret|shared secret|losungswort)(?!\w)"
)
_OF_WHAT = (
    r"(?:\s{1,3}(?:de|du|pour|le|la|of|for|the|f[uü]r|vom|von|zum|das|wifi|wi-fi|wlan|vpn|windows|outlook|mail|messagerie"
    r"|session|compte|account|konto|temporaire|provisoire|initial|temporary|new)){0,3}"
)
_VALUE = r"[\"'«„“(\s]{0,3}([^\s\"'»“”)]{3,64})"
_assigned = re.compile(rf"{_WORD}{_OF_WHAT}\s{{0,3}}[:=]{_VALUE}")
_told = re.compile(
    rf"{_WORD}{_OF_WHAT}\s{{1,3}}(?:c['’]est|est|is|was|ist|war|lautet)(?!\w)\s{{0,3}}:?{_VALUE}\s{{0,3}}[\"'»“”)]?\s{{0,3}}(\S?)"
)
_bare = re.compile(rf"{_WORD}{_OF_WHAT}\s{{1,3}}[\"'«„“(]{{0,2}}([^\s\"'»“”)]{{6,64}})")
_pin = re.compile(
    r"(?<!\w)(?:pin|code pin|pin-code|pincode)(?!\w)\s{0,3}(?:(?:[:=]|est|is|ist|lautet)\s{0,3})?\d{4,8}(?!\w)"
)
_NAME = re.compile(r"\S+@\S+\.\w+|[^\W\d]+(?:[-_][^\W\d]+)*[-_]\d+|(?:windows|win|office|outlook|inc|sha|rev)\d+")
"""What follows the word and holds letters and digits, but names an account, a device or a product."""

_ABOUT = re.compile(  # what is said *about* a password, accents and case folded
    """
      oublie | perdu | expire | refuse | change | changement | modifie | reinitialise | reinitialisation | bloque
    | inconnu | connu | faux | incorrect | invalide | errone | vide | demande | redemande | pas | plus | non
    | oui | aucun | voir | selon | trop | toujours | encore | bien | deja | valable | correct | accepte | requis
    | obligatoire | sera | etait | doit | client | utilisateur | transmis | envoye | reset | forgotten | lost
    | expired | rejected | refused | changed | wrong | invalid | unknown | known | empty | blocked | locked
    | required | not | never | always | still | too | same | needed | accepted | valid | case | asked | see | none
    | yes | the | user | caller | being | sent | vergessen | verloren | abgelaufen | abgelehnt | geandert
    | gesperrt | falsch | ungultig | unbekannt | bekannt | leer | notig | nicht | nie | immer | noch | richtig
    | gultig | korrekt | akzeptiert | siehe | kein | keines | nein | wurde | wird | zuruckgesetzt | kunde
    | benutzer | gesendet
    """,
    re.VERBOSE,
)
_MASK = re.compile(r"[*•·.…_?x-]+")
_GROUPS = re.compile(r"\d+")
_BETWEEN = frozenset(" -.\xa0\u2009\u202f")

_CARDS: tuple[tuple[int, int, frozenset[int]], ...] = (
    # first and last six leading digits of a range, lengths in use (ISO/IEC 7812 issuer ranges of the known schemes)
    (400000, 499999, frozenset({13, 16, 19})),  # Visa
    (510000, 559999, frozenset({16})),  # Mastercard
    (222100, 272099, frozenset({16})),  # Mastercard
    (340000, 349999, frozenset({15})),  # American Express
    (370000, 379999, frozenset({15})),  # American Express
    (300000, 305999, frozenset({14, 16})),  # Diners
    (360000, 369999, frozenset({14, 16})),  # Diners
    (380000, 399999, frozenset({14, 16})),  # Diners
    (352800, 358999, frozenset({16, 19})),  # JCB
    (601100, 601199, frozenset({16, 19})),  # Discover
    (620000, 629999, frozenset({16, 17, 18, 19})),  # UnionPay
    (644000, 659999, frozenset({16, 19})),  # Discover
    (500000, 509999, frozenset({16, 18, 19})),  # Maestro
    (560000, 589999, frozenset({16, 18, 19})),  # Maestro
    (630000, 639999, frozenset({16, 18, 19})),  # Maestro
    (670000, 679999, frozenset({16, 18, 19})),  # Maestro
)
_SHORTEST_GROUP = 3  # cards are written in fours, 4-6-5 or 4-6-4; telephones in pairs
_LONGEST_CARD = 19
_EAN_DIGITS = 13


def looks_like_secret(text: str) -> SecretKind | None:
    """What ``text`` seems to give away, or None. French, English and German wordings."""
    if _holds_card(text):
        return SecretKind.CARD
    return SecretKind.PASSWORD if _tells_password(text.lower()) else None


def _tells_password(lower: str) -> bool:
    if _pin.search(lower) or any(_is_value(found[1]) for found in _assigned.finditer(lower)):
        return True
    if any(_is_mixed(found[1].rstrip(".,;:!?")) for found in _bare.finditer(lower)):
        return True
    # "the password is swordfish." tells it, "the password is rejected since Monday" does not
    return any(_is_value(found[1]) and (_is_odd(found[1]) or not found[2]) for found in _told.finditer(lower))


def _is_value(word: str) -> bool:
    return not _ABOUT.fullmatch(fold(word.strip(".,;:!?"))) and not _MASK.fullmatch(word)


def _is_mixed(word: str) -> bool:
    """Whether a word holds letters and digits, as passwords do, and is no usual name of something."""
    return any(s.isalpha() for s in word) and any(s.isdigit() for s in word) and not _NAME.fullmatch(word)


def _is_odd(word: str) -> bool:
    """Whether a word holds what ordinary words do not: a digit, or a sign inside."""
    inner = word.rstrip(".,;:!?")
    return any(sign.isdigit() for sign in inner) or not inner.replace("-", "").replace("'", "").isalnum()


def _holds_card(text: str) -> bool:
    run: list[str] = []  # groups of digits with one separator between them
    tainted = False  # begins within a word: an IBAN, a serial number
    end = -2
    for found in _GROUPS.finditer(text):
        start = found.start()
        if start != end + 1 or text[end] not in _BETWEEN:
            if not tainted and _run_holds_card(run):
                return True
            run = []
            tainted = start > 0 and (text[start - 1].isalpha() or text[start - 1] in "_+")
        run.append(found[0])
        end = found.end()
    return not tainted and _run_holds_card(run)


def _run_holds_card(groups: list[str]) -> bool:
    for first, group in enumerate(groups):
        if len(group) not in (4, 8) and not _EAN_DIGITS <= len(group) <= _LONGEST_CARD:
            continue
        for joined in accumulate(groups[first : first + 6]):
            if len(joined) > _LONGEST_CARD:
                break
            if _is_card(joined) and all(len(part) >= _SHORTEST_GROUP for part in groups[first : first + 2]):
                return True
    return False


def _is_card(digits: str) -> bool:
    if len(digits) < _EAN_DIGITS or not digits.isascii():
        return False
    issuer = int(digits[:6])
    if not any(low <= issuer <= high and len(digits) in lengths for low, high, lengths in _CARDS):
        return False
    return _luhn(digits) and not (len(digits) == _EAN_DIGITS and _ean(digits))


def _luhn(digits: str) -> bool:
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def _ean(digits: str) -> bool:
    """Whether thirteen digits are an article number (EAN-13), which begin with 4 in Germany."""
    return (sum(map(int, digits[0::2])) + 3 * sum(map(int, digits[1::2]))) % 10 == 0
