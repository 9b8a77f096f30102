"""What is said on the demo desk: call notes, titles and solutions joined from the phrases of data/demo.

The same seed says the same; no description is said twice."""

import tomllib
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from supportdesk.resources import data_path

LANGUAGES = ("fr", "de", "en")


@dataclass(frozen=True, slots=True)
class Subject:
    """One of the subjects of the starter articles, as often and as grave as on the demo desk.

    ``component`` is "Product > component"; ``solved`` the share solved in the first call; ``asset`` the kind
    of device the caller has in hand, or empty."""

    slug: str
    component: str
    weight: int
    solved: float
    type: str = "incident"
    impact: int = 4
    urgency: int = 3
    asset: str = ""


@cache
def content(name: str) -> dict[str, Any]:
    """One file of data/demo, as read."""
    return tomllib.loads(data_path("demo", *f"{name}.toml".split("/")).read_text(encoding="utf-8"))


@cache
def subjects() -> tuple[Subject, ...]:
    """All subjects, in the order of the file."""
    return tuple(Subject(slug=slug, **fields) for slug, fields in content("subjects").items())


class Slots(dict[str, str]):
    """What stands in the brackets of a phrase: given, or drawn when asked for."""

    def __init__(self, words: "Words", lang: str, **given: str) -> None:
        super().__init__(given)
        self._words = words
        self._lang = lang

    def __missing__(self, name: str) -> str:
        return self._words.drawn(name, self._lang)


class Words:
    """The phrases of one build."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._said: set[str] = set()
        self._common = {lang: content(f"common/{lang}") for lang in LANGUAGES}
        self._stories = {lang: content(f"stories/{lang}") for lang in LANGUAGES}
        self._rooms = content("people")["rooms"]

    def drawn(self, name: str, lang: str) -> str:
        """A value for a slot nobody gave: hour, day, count, room, host."""
        random, common = self.random, self._common[lang]
        match name:
            case "hour":
                hour: str = common["hour"].format(h=random.choice((7, 8, 8, 9, 9, 10, 11, 13, 14, 15, 16, 17)),
                                                  m=random.randrange(0, 60, 5))
                return hour
            case "day":
                return str(random.choice(common["days"][:5]))
            case "count":
                return str(random.choice((3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 40)))
            case "room":
                return str(random.choice(self._rooms[lang]))
            case "host":
                return f"PC-{random.randrange(1000, 9999)}"
        raise KeyError(name)

    def slots(self, lang: str, **given: str) -> Slots:
        return Slots(self, lang, **given)

    def say(self, lang: str, kind: str, slots: Slots | None = None) -> str:
        """A phrase of a kind every subject shares (data/demo/common)."""
        text: str = self.random.choice(self._common[lang][kind])
        return text.format_map(slots if slots is not None else self.slots(lang)) if "{" in text else text

    def of(self, lang: str, subject: str, part: str, slots: Slots) -> str:
        """A phrase of a subject: titles, says, facts, tried, fix (data/demo/stories)."""
        text: str = self.random.choice(self._stories[lang][subject][part])
        return text.format_map(slots) if "{" in text else text

    def matter(self, lang: str, subject: str) -> int:
        """Which of a subject's matters it is: title and symptom with the same place in their lists belong together."""
        return self.random.randrange(len(self._stories[lang][subject]["titles"]))

    def title(self, lang: str, subject: str, slots: Slots, impact: int, matter: int) -> str:
        """What a list shows of the matter."""
        text: str = self._stories[lang][subject]["titles"][matter].format_map(slots)
        if impact <= 3 and self.random.random() < 0.4:
            text += self._common[lang]["crowd"].format_map(slots)
        elif self.random.random() < 0.2 and slots["room"] not in text:
            text += f", {slots['room']}"
        return text

    def description(self, lang: str, subject: str, slots: Slots, matter: int, *, urgency: int,
                    mail: bool = False) -> str:
        """The matter as the agent noted it; never the same twice."""
        while True:
            text = self.note(lang, subject, slots, matter, urgency=urgency, mail=mail)
            if text not in self._said:
                self._said.add(text)
                return text

    def note(self, lang: str, subject: str, slots: Slots, matter: int, *, urgency: int, mail: bool = False) -> str:
        """A call note on a matter; two may be alike."""
        chance = self.random.random
        says = self._stories[lang][subject]["says"]
        parts = [says[matter if matter < len(says) else 0].format_map(slots), self.say(lang, "since")]
        if chance() < 0.6:
            parts.append(self.of(lang, subject, "facts", slots))
        if chance() < 0.35:
            parts.append(self.say(lang, "changed"))
        if chance() < 0.35:
            parts.append(self.say(lang, "others"))
        if chance() < 0.5:
            parts.append(self.say(lang, "device" if "host" in slots else "place", slots))
        if urgency <= 2 and chance() < 0.5:
            parts.append(self.say(lang, "pressing"))
        elif chance() < 0.4:
            parts.append(self.say(lang, "wish", slots))
        text = " ".join(parts)
        return f"{self.say(lang, 'mail_open')}{text[0].lower()}{text[1:]}" if mail else text

    def packet(self, lang: str, subject: str, slots: Slots, *, promised: str | None = None) -> dict[str, str]:
        """What a handoff carries (rules/packet.PARTS); the required parts always, the others mostly."""
        packet = {
            "request": self.say(lang, "request"),
            "tried": self.of(lang, subject, "tried", slots),
            "impact": self.say(lang, "effect"),
        }
        for part, kind in (("reproduce", "reproduce"), ("since", "since"), ("availability", "available"),
                           ("evidence", "evidence")):
            if self.random.random() < 0.6:
                packet[part] = self.say(lang, kind)
        if "host" in slots:
            packet["environment"] = f"{slots['host']}, {slots['room']}"
        packet["promised"] = promised or self.say(lang, "promised")
        return packet
