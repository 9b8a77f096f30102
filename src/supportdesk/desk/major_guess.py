"""What is known of a major incident before anybody has written a word of it: what is out of order, since when, and a
sentence in every language that is true of any."""

from datetime import datetime
from typing import NamedTuple

from supportdesk.i18n import LANGUAGES, _, speaking


class Guess(NamedTuple):
    """``title`` is read by every company of a server: what is out of order and never a caller's words."""

    title: str
    texts: dict[str, str]
    began_at: datetime


def guessed(component: str, began_at: datetime) -> Guess:
    """Of a component by its name ("" for none known), out of order since ``began_at`` (aware)."""
    texts = {}
    for lang in LANGUAGES:
        with speaking(lang):
            if component:
                texts[lang] = _("We know that {what} is out of order. Our technicians are working on it.").format(
                    what=component)
            else:
                texts[lang] = _("We know of the outage. Our technicians are working on it.")
    return Guess(component, texts, began_at)
