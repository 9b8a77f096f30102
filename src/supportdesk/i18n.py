"""Languages of the console: English sentences are the message ids, French and German come from the catalogues.

``_()`` translates now, ``N_()`` marks a sentence that is translated when it is shown. A catalogue is
read when its first sentence is asked for; English needs none. Words of the data (article and caller
languages) may be any ISO code and do not pass through here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

SOURCE = "en"
LANGUAGES = ("fr", "en", "de")
DOMAIN = "supportdesk"
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_console_language: str | None = None
_catalogues: dict[str, NullTranslations] = {}


def system_locale() -> str:
    """The locale of the environment as POSIX orders its variables, as ``fr_CH``; empty for C and POSIX."""
    for variable in LOCALE_VARIABLES:
        value = os.environ.get(variable, "")
        if value:
            name = value.partition(".")[0].partition("@")[0]
            return "" if name in ("C", "POSIX") else name
    return ""


def system_language() -> str:
    """The language of the environment when there is a catalogue for it, else English."""
    code = system_locale().partition("_")[0].lower()
    return code if code in LANGUAGES else SOURCE


def set_language(code: str) -> None:
    """Chooses the language of everything the console says from now on; ``ValueError`` for one without a catalogue."""
    global _console_language
    if code not in LANGUAGES:
        raise ValueError(f"no catalogue for language {code!r}")
    _console_language = code


def language() -> str:
    """The language spoken now: of the innermost :func:`speaking`, else of the console."""
    return _spoken.get() or _console_language or system_language()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speaks another language for a while, as on the card read aloud to a caller.

    A caller's language without a catalogue is spoken in English.
    """
    token = _spoken.set(code if code in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _spoken.reset(token)


def _(message: str) -> str:
    """The sentence in the language spoken now."""
    code = language()
    return message if code == SOURCE or not message else _catalogue(code).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The sentence for ``n`` things, by the plural rule of the language spoken now."""
    code = language()
    if code == SOURCE:
        return singular if n == 1 else plural
    return _catalogue(code).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """The sentence where English uses one word for two things: ``context`` says which one is meant."""
    code = language()
    return message if code == SOURCE else _catalogue(code).pgettext(context, message)


def N_(message: str) -> str:
    """Marks a sentence for the catalogues; ``_()`` translates it where it is shown."""
    return message


def _catalogue(code: str) -> NullTranslations:
    found = _catalogues.get(code)
    if found is None:
        import gettext

        folder = os.path.join(os.path.dirname(__file__), "locale")
        found = _catalogues[code] = gettext.translation(DOMAIN, folder, languages=[code], fallback=True)
    return found
