"""The card read aloud after saving: number, what was promised, when, by whom (issue 2 part 4, "Intake").

These are sentences for the *caller's* ear in the caller's language, which need not be the agent's: they do
not come from the catalogue of the screens but from the small tables here. French, German, English; any other
language is served in English. Names and telephone numbers go in as they are: show the lines through
:func:`supportdesk.rules.text.safe`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from types import MappingProxyType

from supportdesk.rules.durations import When, when
from supportdesk.rules.numbers import spoken


class PromiseKind(StrEnum):
    """What the caller is told will happen."""

    SOLVED = "solved"
    CALLBACK = "callback"  # somebody calls, at an instant
    HANDED_OVER = "handed_over"  # another team works on it
    KEPT = "kept"  # the desk works on it
    NOTED = "noted"  # a word added to a ticket that is already open


@dataclass(frozen=True, slots=True)
class Promised:
    """What was promised.

    ``at_us``: when the caller hears from us, microseconds UTC, None if no instant was named. ``by``: the person
    who calls back, or the team that takes over. ``phone``: where to call, already as people say it.
    """

    kind: PromiseKind
    at_us: int | None = None
    by: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class _Speech:
    """One language. Promises have a form without and with a name; ``{when}`` is a whole phrase."""

    number: str
    solved: str
    call: tuple[str, str]
    call_some_time: tuple[str, str]
    on_phone: str
    handed_over: tuple[str, str]
    kept: str
    noted: str
    word_by: str
    today: str
    tomorrow: str
    weekday: str
    date: str
    first_of_month: str
    full_hour: str
    time: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


_SPEECHES: Mapping[str, _Speech] = MappingProxyType(
    {
        "fr": _Speech(
            number="Votre numéro de ticket est le {number}.",
            solved="Votre problème est résolu. S’il revient, rappelez-nous avec ce numéro.",
            call=("Nous vous rappellerons {when}{phone}.", "{by} vous rappellera {when}{phone}."),
            call_some_time=("Nous vous rappellerons{phone}.", "{by} vous rappellera{phone}."),
            on_phone=" au {phone}",
            handed_over=(
                "Votre demande est transmise à l’équipe spécialisée.",
                "Votre demande est transmise à l’équipe {by}.",
            ),
            kept="Nous nous occupons de votre demande.",
            noted="Votre appel est noté dans votre dossier.",
            word_by="Vous aurez de nos nouvelles au plus tard {when}.",
            today="aujourd’hui à {time}",
            tomorrow="demain à {time}",
            weekday="{weekday} à {time}",
            date="le {weekday} {day} {month} à {time}",
            first_of_month="1er",
            full_hour="{hour} h",
            time="{hour} h {minute:02d}",
            weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
            months=(
                *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
                *("septembre", "octobre", "novembre", "décembre"),
            ),
        ),
        "de": _Speech(
            number="Ihre Ticketnummer lautet {number}.",
            solved="Ihr Problem ist gelöst. Falls es wieder auftritt, rufen Sie uns mit dieser Nummer an.",
            call=("Wir rufen Sie {when}{phone} zurück.", "{by} ruft Sie {when}{phone} zurück."),
            call_some_time=("Wir rufen Sie{phone} zurück.", "{by} ruft Sie{phone} zurück."),
            on_phone=" unter {phone}",
            handed_over=(
                "Ihr Anliegen wurde an das Fachteam weitergeleitet.",
                "Ihr Anliegen wurde an das Team {by} weitergeleitet.",
            ),
            kept="Wir kümmern uns um Ihr Anliegen.",
            noted="Ihr Anruf ist in Ihrem Ticket vermerkt.",
            word_by="Sie hören spätestens {when} von uns.",
            today="heute um {time}",
            tomorrow="morgen um {time}",
            weekday="am {weekday} um {time}",
            date="am {weekday}, {day}. {month}, um {time}",
            first_of_month="1",
            full_hour="{hour} Uhr",
            time="{hour}:{minute:02d} Uhr",
            weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
            months=(
                *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
                *("September", "Oktober", "November", "Dezember"),
            ),
        ),
        "en": _Speech(
            number="Your ticket number is {number}.",
            solved="Your problem is solved. If it comes back, call us again with this number.",
            call=("We will call you back {when}{phone}.", "{by} will call you back {when}{phone}."),
            call_some_time=("We will call you back{phone}.", "{by} will call you back{phone}."),
            on_phone=" on {phone}",
            handed_over=(
                "Your case has been passed on to the specialist team.",
                "Your case has been passed on to the {by} team.",
            ),
            kept="We are looking after your case.",
            noted="Your call has been added to your case.",
            word_by="You will hear from us {when} at the latest.",
            today="today at {time}",
            tomorrow="tomorrow at {time}",
            weekday="on {weekday} at {time}",
            date="on {weekday} {day} {month} at {time}",
            first_of_month="1",
            full_hour="{hour:02d}:00",
            time="{hour:02d}:{minute:02d}",
            weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
            months=(
                *("January", "February", "March", "April", "May", "June", "July", "August"),
                *("September", "October", "November", "December"),
            ),
        ),
    }
)

LANGUAGES = tuple(_SPEECHES)
"""Languages a card can be read in; others are read in English."""


def read_aloud(lang: str, number: str, promised: Promised, *, now_us: int, zone: tzinfo) -> list[str]:
    """The sentences to say, in order: the number in groups, then what will happen, by whom and when.

    ``lang`` is the caller's ISO code, with or without a country; ``zone`` the caller's; ``now_us`` microseconds UTC.
    """
    speech = _SPEECHES.get(_language(lang)) or _SPEECHES["en"]
    moment = None if promised.at_us is None else _say_when(speech, when(promised.at_us, now_us, zone))
    said = [speech.number.format(number=spoken(number, lang))]
    named = 0 if promised.by is None else 1
    match promised.kind:
        case PromiseKind.SOLVED:
            return [*said, speech.solved]
        case PromiseKind.CALLBACK:
            phone = "" if promised.phone is None else speech.on_phone.format(phone=promised.phone)
            form = speech.call if moment else speech.call_some_time
            return [*said, form[named].format(by=promised.by, when=moment, phone=phone)]
        case PromiseKind.HANDED_OVER:
            said.append(speech.handed_over[named].format(by=promised.by))
        case PromiseKind.KEPT:
            said.append(speech.kept)
        case PromiseKind.NOTED:
            said.append(speech.noted)
    if moment:
        said.append(speech.word_by.format(when=moment))
    return said


def say_when(lang: str, instant_us: int, *, now_us: int, zone: tzinfo) -> str:
    """An instant as it is said on the telephone: "aujourd’hui à 14 h 30", "am Mittwoch um 8 Uhr"."""
    return _say_when(_SPEECHES.get(_language(lang)) or _SPEECHES["en"], when(instant_us, now_us, zone))


def _language(lang: str) -> str:
    return lang.lower().replace("_", "-").partition("-")[0]


def _say_when(speech: _Speech, at: When) -> str:
    form = {0: speech.today, 1: speech.tomorrow}.get(at.days)
    if form is None:
        form = speech.weekday if 0 < at.days < 7 else speech.date
    local = at.local
    return form.format(
        time=_say_time(speech, local),
        weekday=speech.weekdays[local.weekday()],
        day=speech.first_of_month if local.day == 1 else local.day,
        month=speech.months[local.month - 1],
    )


def _say_time(speech: _Speech, local: datetime) -> str:
    return (speech.time if local.minute else speech.full_hour).format(hour=local.hour, minute=local.minute)
