"""Several lines pasted where one line fits (field/trust.md R13: nothing is cut in silence)."""

import re

_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")


def split_paste(text: str) -> tuple[str, str]:
    """The first line that holds something, and all that follows, to be offered to the notes.

    Blank lines around are dropped; line ends of the rest become LF (terminals paste CR). One line gives ``(line, "")``.
    """
    lines = _BREAK.split(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    last = next((number for number in range(len(lines) - 1, first, -1) if lines[number].strip()), first)
    return lines[first], "\n".join(lines[first + 1 : last + 1])
