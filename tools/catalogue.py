"""The message catalogues: gathers sentences from the source, keeps fr and de in step, checks them.

    python tools/catalogue.py update     every sentence of the source in both .po files, new ones untranslated
    python tools/catalogue.py compile    .mo files beside them (an install does the same)
    python tools/catalogue.py check      complete, placeholders, French spaces and apostrophes right, .mo files current

English is the source: its sentences are the message ids and need no file.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parents[1] / "src" / "supportdesk"
LOCALE = SOURCE / "locale"
TRANSLATED = ("fr", "de")
METHODS: Any = [("**.py", "python")]
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""Date in the headers: always the same, so that files change with their sentences only."""
SHELL_QUOTED = re.compile(r"pip install '[^']*'|\b[a-z]{2}='…'|--[a-z]+ '[^']*'")
"""What the shell wants in straight quotes; nothing else is written so."""
NO_BREAK = "\u00a0\u202f"


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "supportdesk.po"


def gathered() -> Catalog:
    """Every sentence that stands in the source, with where it stands."""
    catalogue = Catalog(project="supportdesk", charset="utf-8", fuzzy=False, creation_date=MADE)
    found = extract_from_dir(str(SOURCE), METHODS, keywords=KEYWORDS, comment_tags=("Translators:",))
    for filename, _line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
        catalogue.add(message, None, [(filename.replace("\\", "/"), 0)], auto_comments=comments, context=context)
    return catalogue


def read(language: str) -> Catalog:
    with po_file(language).open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def update() -> int:
    """Brings both files in step with the source; says how many sentences wait for a translation."""
    template = gathered()
    for language in TRANSLATED:
        file = po_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        catalogue = read(language) if file.exists() else Catalog(locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        _set_header(catalogue)
        with file.open("wb") as target:
            write_po(target, catalogue, width=120, include_lineno=False)
        waiting = sum(1 for message in _messages(catalogue) if not _complete(message, catalogue))
        print(f"{language}: {len(catalogue)} sentences, {waiting} to translate")
    return 0


def compile_all() -> int:
    for language in TRANSLATED:
        po_file(language).with_suffix(".mo").write_bytes(_compiled(read(language)))
    return 0


def check() -> int:
    """Prints every fault; 1 if there is one."""
    faults = list(all_faults())
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def all_faults() -> Iterator[str]:
    for file in sorted(SOURCE.rglob("*.py")):
        for sentence in hidden_sentences(file.read_text(encoding="utf-8")):
            yield f"{file.relative_to(SOURCE)}: inside an f-string: {sentence!r}"
    template = gathered()
    for language in TRANSLATED:
        catalogue = read(language)
        for wanted in _messages(template):
            if catalogue.get(wanted.id, wanted.context) is None:
                yield f"{language}: not in the catalogue: {wanted.id!r}"
        for message in _messages(catalogue):
            if template.get(message.id, message.context) is None:
                yield f"{language}: no longer in the source: {message.id!r}"
            for fault in message_faults(message, catalogue, language):
                yield f"{language}: {fault}: {message.id!r}"
        compiled = po_file(language).with_suffix(".mo")
        if not compiled.exists() or _spoken(compiled.read_bytes()) != _spoken(_compiled(catalogue)):
            yield f"{language}: {compiled.name} is not current, run: python tools/catalogue.py compile"


def hidden_sentences(code: str) -> Iterator[str]:
    """Sentences inside f-strings: Python before 3.12 hides them from the gathering, nobody would translate them."""
    for text in ast.walk(ast.parse(code)):
        for part in ast.walk(text) if isinstance(text, ast.JoinedStr) else ():
            match part:
                case ast.Call(func=ast.Name(id=called), args=[ast.Constant(value=sentence), *_]) if called in KEYWORDS:
                    yield str(sentence)


def message_faults(message: Message, catalogue: Catalog, language: str) -> Iterator[str]:
    """What is wrong with one translation."""
    if message.fuzzy:
        yield "marked as doubtful"
    if not _complete(message, catalogue):
        yield "not translated"
        return
    sources, texts = _forms(message.id), _forms(message.string)
    allowed = set().union(*map(placeholders, sources))
    for text in texts:
        if not placeholders(text) <= allowed or (len(sources) == 1 and placeholders(text) != allowed):
            yield f"placeholders differ in {text!r}"
        if _edges(text) != _edges(sources[-1]):
            yield f"spaces at an end differ in {text!r}"
        if "'" in SHELL_QUOTED.sub("", text):
            yield f"a straight ' in {text!r}: write ’, and quotes as « »"
        if language == "fr":
            yield from (f"{fault} in {text!r}" for fault in french_faults(text))


def placeholders(text: str) -> set[str]:
    """The fields of a sentence, as ``name`` or ``when:%H:%M``; a broken brace is a field of its own kind."""
    try:
        return {
            f"{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}"
            for _literal, name, form, conversion in string.Formatter().parse(text)
            if name is not None
        }
    except ValueError:
        return {"broken braces"}


def french_faults(text: str) -> Iterator[str]:
    """French wants a no-break space before ``: ; ! ?`` and inside ``« »``."""
    words = re.sub(r"\{[^{}]*\}", "X", text)
    for found in re.finditer(r"(?P<before>.)(?P<sign>[;!?]|:(?=\s|$))", words, re.DOTALL):
        before = found["before"]
        if before not in NO_BREAK and (before.isalnum() or before.isspace() or before in "»)”’…%'\"."):
            yield f"no no-break space before {found['sign']}"
    for found in re.finditer(r"«(.?)", words, re.DOTALL):
        if found[1] == "" or found[1] not in NO_BREAK:
            yield "no no-break space after «"
    for found in re.finditer(r"(.?)»", words, re.DOTALL):
        if found[1] == "" or found[1] not in NO_BREAK:
            yield "no no-break space before »"


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _complete(message: Message, catalogue: Catalog) -> bool:
    wanted = catalogue.num_plurals if isinstance(message.id, tuple | list) else 1
    texts = _forms(message.string)
    return len(texts) == wanted and all(texts)


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """A sentence as its plural forms; one without a plural has one."""
    return list(text) if isinstance(text, tuple | list) else [text or ""]


def _set_header(catalogue: Catalog) -> None:
    catalogue.header_comment = "# Sentences of supportdesk; the message ids are English. See tools/catalogue.py."
    catalogue.project, catalogue.version, catalogue.fuzzy = "supportdesk", "1", False
    catalogue.creation_date = catalogue.revision_date = MADE
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = "supportdesk"


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _compiled(catalogue: Catalog) -> bytes:
    target = BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def _spoken(compiled: bytes) -> dict[object, object]:
    """What a compiled catalogue says; its header names the Babel that wrote it and does not count."""
    messages = _messages(read_mo(BytesIO(compiled)))
    return {(each.context, *_forms(each.id)): _forms(each.string) for each in messages}


COMMANDS: dict[str, Callable[[], int]] = {"update": update, "compile": compile_all, "check": check}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]]())
