"""What an account consists of: matters with their sentences or facts."""

from collections.abc import Sequence
from dataclasses import dataclass

from supportdesk.desk.contract_words import Fact


@dataclass(frozen=True, slots=True)
class Told:
    """One matter: its name and its sentences, an empty one between paragraphs; or its facts."""

    name: str
    sentences: Sequence[str] = ()
    facts: Sequence[Fact] = ()
