"""What every subcommand is given: the settings in force, the global options and where to print."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from supportdesk.cli.output import Out
from supportdesk.settings import Settings, load
from supportdesk.terms.errors import NotReady

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


class Shell:
    """One run of the command. Global options may stand before or after the subcommand: all are known once it runs."""

    def __init__(self, without_options: Settings | None = None) -> None:
        self.given: dict[str, str | bool] = {}
        self._without_options = without_options

    @cached_property
    def out(self) -> Out:
        try:
            plain = self._loaded.plain
        except NotReady:
            plain = bool(self.given.get("plain"))
        return Out(json=bool(self.given.get("json")), plain=plain)

    @cached_property
    def settings(self) -> Settings:
        """The settings in force; what could not be used of them is narrated.

        Raises :class:`~supportdesk.terms.errors.NotReady` when the file cannot be read.
        """
        for problem in self._loaded.problems:
            self.out.say(problem.message)
        return self._loaded

    @property
    def db(self) -> Path:
        """The database file this command works on."""
        return self.settings.db

    @property
    def as_login(self) -> str | None:
        """The agent to act as instead of the user of the system; the desk asks for the admin role."""
        return self.settings.as_login

    @cached_property
    def desk(self) -> Desk:
        """The open desk, with the agent who works; closed when the command ends."""
        from supportdesk.desk.desk import Desk

        return Desk(self.db, as_login=self.as_login)

    def close(self) -> None:
        if "desk" in self.__dict__:
            self.desk.close()

    @cached_property
    def _loaded(self) -> Settings:
        if self._without_options and self.given.keys() <= {"json"}:
            return self._without_options
        db, login = self.given.get("db"), self.given.get("as_login")
        return load(
            db=str(db) if db else None,
            plain=True if self.given.get("plain") else None,
            as_login=str(login) if login else None,
        )


_running = Shell()


def shell() -> Shell:
    """The run a subcommand belongs to."""
    return _running


def begin(settings: Settings | None) -> Shell:
    """A new run, at the start of the command line, with the settings as they are without its options."""
    global _running
    _running = Shell(settings)
    return _running
