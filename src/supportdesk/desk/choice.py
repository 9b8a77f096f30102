"""One answer a question offers."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the answer may be. A digit typed alone takes the line whose ``sign`` it is."""

    key: str
    text: str
    detail: str = ""
    data: Any = None
    sign: str = ""
