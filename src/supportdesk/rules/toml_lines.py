"""On which line of a TOML file a value stands, which its reader does not tell.

The text is gone through once: headers ("[[contract]]", "[calendar.weekly]") say which table follows, "key =" what
stands in it. What has no line of its own, as a member of a list, has that of what holds it. Lines of a text in three
quotes are passed over.
"""

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]
"""Names of tables and keys, with the place in the list behind each list of tables: ("contract", 0, "name")."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


class TomlLines:
    """Where everything stands."""

    def __init__(self, text: str) -> None:
        self._known: dict[Path, int] = {}
        self._lists: dict[Path, int] = {}
        self._read(text)

    def line(self, *path: str | int) -> int:
        """The line of a value, counted from 1; else that of what holds it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._known:
                return self._known[path[:length]]
        return 1

    def _read(self, text: str) -> None:
        table: Path = ()
        for number, line in _outside_texts(text):
            header, key = _HEADER.match(line), _KEY.match(line)
            if header is not None:
                table = self._table(_parts(header[2]), is_list=header[1] == "[[")
                self._known.setdefault(table, number)
            elif key is not None:
                parts = _parts(key[1])
                for length in range(1, len(parts) + 1):
                    self._known.setdefault((*table, *parts[:length]), number)

    def _table(self, parts: list[str], is_list: bool) -> Path:
        path: Path = ()
        for name in parts[:-1]:
            path = (*path, name)
            if path in self._lists:
                path = (*path, self._lists[path])
        path = (*path, parts[-1])
        if not is_list:
            return path
        self._lists[path] = self._lists.get(path, -1) + 1
        return (*path, self._lists[path])


def _outside_texts(text: str) -> Iterator[tuple[int, str]]:
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not inside:
            yield number, line
        for quotes in re.findall('"{3}' + "|'{3}", line):
            if inside in ("", quotes):
                inside = "" if inside else quotes


def _parts(written: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(written)]
