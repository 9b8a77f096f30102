"""Telephone numbers: kept as given, stored as E.164, shown as people say them (LOOK.md "Time", field/trust.md R24).

Around the ``phonenumbers`` library, which knows every country's numbering; it is imported on first use,
because a console that shows no number need not wait for it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LONGEST = 64
"""Characters; a longer text in a telephone field is no number, whatever it holds."""

_KEY_DIGITS = 9
"""A Swiss or French number without its leading zero; the end of longer ones."""

_DECIMAL = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as the caller or the exchange gave it, and as E.164 ("+41791234567") when it can be one."""

    as_given: str
    e164: str | None


@lru_cache(maxsize=4096)
def parse_phone(text: str, region: str) -> Phone:
    """Read a number as typed; ``region`` is the desk's country (ISO 3166, "CH") for national forms. Never raises.

    Possible, not only assigned, numbers count: new ranges open faster than tables travel.
    """
    number = _number(text, region)
    if number is None:
        return Phone(text, None)
    import phonenumbers

    return Phone(text, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def is_country(region: str) -> bool:
    """Whether there is such a country of telephone numbers (ISO 3166, two capital letters)."""
    from phonenumbers import SUPPORTED_REGIONS

    return region in SUPPORTED_REGIONS


def show_phone(e164_or_text: str, region: str) -> str:
    """A number as people of ``region`` say it: "079 123 45 67" at home, "+33 1 99 00 12 34" from abroad.

    What is no number comes back as it is: show it through :func:`supportdesk.rules.text.safe`.
    """
    return _shown(e164_or_text, region) if len(e164_or_text) <= _LONGEST else e164_or_text


@lru_cache(maxsize=4096)
def _shown(text: str, region: str) -> str:
    number = _number(text, region)
    if number is None:
        return text
    import phonenumbers

    at_home = number.country_code == phonenumbers.country_code_for_region(region.upper())
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def is_region(code: str) -> bool:
    """Whether a country ("CH") has telephone numbers of its own."""
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def digits_key(text: str) -> str:
    """The digits to look a number up by, as typed so far: 079…, +41 79…, 0041 79… and 79… give the same end.

    At most the last nine, leading zeros dropped: search stored keys by this suffix. "" when there is no digit.
    """
    found = "".join(str(unicodedata.decimal(digit)) for digit in _DECIMAL.findall(text[:_LONGEST]))
    return found.lstrip("0")[-_KEY_DIGITS:]


def national(text: str) -> str:
    """The digits of a number without its country's: of E.164 text exactly, of anything else what is there."""
    number = _number(text, "ZZ") if text.startswith("+") else None
    return text if number is None else str(number.national_number)


def _number(text: str, region: str) -> "PhoneNumber | None":
    if len(text) > _LONGEST or not _DECIMAL.search(text):
        return None
    import phonenumbers

    # telephones wrap copied numbers in bidirectional marks, documents set them with odd spaces
    visible = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    try:
        number = phonenumbers.parse(visible, region.upper())
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def zone_of(e164: str) -> str | None:
    """The time zone (IANA name) in which a number rings, where its digits tell one and no other."""
    number = _number(e164, "ZZ") if e164.startswith("+") else None
    if number is None:
        return None
    from phonenumbers import timezone

    zones = timezone.time_zones_for_number(number)
    return zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else None
