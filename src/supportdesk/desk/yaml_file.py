"""The same file in YAML: what it says, on which line, and how it is written.

Only the plain part of YAML is read, so that nothing means what nobody meant: words in no quotes are text but for whole
numbers, true, false, null, dates (``2026-07-01``) and instants; ``13:00``, ``on`` and ``NO`` stay what they are. Keys
are text. What refers to another place (``&``, ``*``), names a type (``!``) or stands twice in a table is refused.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from supportdesk.desk.written import shown
from supportdesk.i18n import _
from supportdesk.rules.toml_lines import Path
from supportdesk.terms.errors import Invalid

LINE = 110
"""Signs of a list that stands on one line."""

_CORE = "tag:yaml.org,2002:"
_PLAIN = frozenset(_CORE + tag for tag in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value"))
"""What the package takes a word without a type for."""
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[-+]\d\d:\d\d)?)?")


class YamlLines:
    """Where everything stands."""

    def __init__(self) -> None:
        self.known: dict[Path, int] = {}

    def line(self, *path: str | int) -> int:
        """The line of a value, counted from 1; else that of what holds it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.known:
                return self.known[path[:length]]
        return 1


def read_yaml(text: str) -> tuple[dict[str, Any], YamlLines]:
    """What a file says, and where. Raises Invalid."""
    lines = YamlLines()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        whole = {} if node is None else _Reader(lines).read(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _not_yaml(_("line {line}: {reason}").format(
            line=mark.line + 1 if mark else 1, reason=shown(error.problem or error.context))) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise _not_yaml(shown(error)) from None
    if not isinstance(whole, dict):
        raise _not_yaml(_("line {line}: {reason}").format(line=1, reason=_("it is no table of values")))
    return whole, lines


def written_yaml(whole: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The text of a file."""
    return "".join(yaml.dump({name: list(tables)}, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=LINE,
                             default_flow_style=None) for name, tables in whole.items())


class _Writer(yaml.SafeDumper):  # type: ignore[misc]  # the package has no types
    def ignore_aliases(self, data: Any) -> bool:
        """Whatever is written twice is written out twice."""
        return True


def _text(writer: Any, text: str) -> Any:
    """What cannot be seen is written so that it can."""
    return writer.represent_scalar(f"{_CORE}str", text, style=None if text.isprintable() else '"')


_Writer.add_representer(str, _text)


def _not_yaml(reason: str) -> Invalid:
    return Invalid(_("The file is not YAML: {reason}.").format(reason=reason), field="file")


class _Reader:
    def __init__(self, lines: YamlLines) -> None:
        self._lines = lines
        self._seen: set[int] = set()

    def read(self, node: Node, path: Path) -> Any:
        if id(node) in self._seen:
            raise self._wrong(node, _("another place refers to it (& and *); write it out there"))
        self._seen.add(id(node))
        self._lines.known.setdefault(path, node.start_mark.line + 1)
        match node:
            case ScalarNode():
                return self._scalar(node)
            case SequenceNode(tag=tag) if tag == f"{_CORE}seq":
                return [self.read(each, (*path, place)) for place, each in enumerate(node.value)]
            case MappingNode(tag=tag) if tag == f"{_CORE}map":
                return self._table(node, path)
            case _:
                raise self._wrong(node, _("it names a type; leave the type out"))

    def _table(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise self._wrong(key, _("a name is a word"))
            name = key.value
            if name in found:
                raise self._wrong(key, _("{name} stands here twice").format(name=shown(name)))
            self._lines.known[(*path, name)] = key.start_mark.line + 1
            found[name] = self.read(value, (*path, name))
        return found

    def _scalar(self, node: ScalarNode) -> Any:
        text: str = node.value
        if node.tag not in _PLAIN:
            raise self._wrong(node, _("it names a type; leave the type out"))
        if node.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
        if _INSTANT.fullmatch(text):
            with suppress(ValueError):
                return date.fromisoformat(text) if len(text) == len("2026-01-01") else datetime.fromisoformat(text)
        return text

    @staticmethod
    def _wrong(node: Node, reason: str) -> Invalid:
        return _not_yaml(_("line {line}: {reason}").format(line=node.start_mark.line + 1, reason=reason))
