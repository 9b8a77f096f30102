"""The program itself in a pseudo-terminal, and what its file then holds."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from tests.terminal import Terminal

Opener = Callable[..., Terminal]

FIRST_SCREEN = r"\? keys"


def opener(opened: ExitStack) -> Opener:
    """``open(db, cols, rows, wait_for=…, env=…)`` starts a console that ends with ``opened``."""

    def open_console(
        db: Path, cols: int = 80, rows: int = 24, *, wait_for: str = FIRST_SCREEN, env: dict[str, str] | None = None,
        options: tuple[str, ...] = (), program: tuple[str, ...] = ("-m", "supportdesk"), **more: Any,
    ) -> Terminal:  # fmt: skip
        argv = [sys.executable, *program, "--db", os.fspath(db), *options]
        terminal = opened.enter_context(Terminal(argv, {"LANG": "en_GB.UTF-8", **(env or {})}, cols, rows, **more))
        if wait_for:
            terminal.wait_for(wait_for)
            terminal.rest(0.1)
        return terminal

    return open_console


def ask(db: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows as they are on disk."""
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True, timeout=10)) as conn:
        return conn.execute(sql, values).fetchall()


def one(db: Path, sql: str, *values: Any) -> Any:
    """The first column of the first row; None without a row."""
    rows = ask(db, sql, *values)
    return rows[0][0] if rows else None
