"""What goes wrong in an exchange, as people read it. Imports no network: ``sync status`` only reads."""

from supportdesk.i18n import _, ngettext

GONE = frozenset({"wiped", "not_wiped"})
"""Failures after which there is no desk any more."""


def special_words(brought_back: int, copied: bool) -> tuple[str, ...]:
    """What an exchange did that happens once in years: changes brought back to a restored server, a desk found to be a
    copy."""
    told = []
    if brought_back:
        told.append(ngettext(
            "The server was restored from a backup; {count} change it was missing was brought back from here.",
            "The server was restored from a backup; {count} changes it was missing were brought back from here.",
            brought_back).format(count=brought_back))
    if copied:
        told.append(_("This desk is a copy of another. It goes on under a name and numbers of its own; nothing is "
                      "lost."))
    return tuple(told)


def held_words(count: int) -> str:
    """That an older server does not know yet what was written here."""
    return ngettext(
        "The server is older than this program: {count} change waits for its update and goes out by itself.",
        "The server is older than this program: {count} changes wait for its update and go out by themselves.",
        count).format(count=count)


def failure_words(code: str) -> str:
    """What went wrong, and the cure."""
    return {
        "unreachable": _("The server was not reached. Everything is kept here and goes out with the next exchange."),
        "secret": _("The server does not know this desk. Ask an admin for a code, then enrol it again: "
                    "supportdesk sync enroll URL --code CODE"),
        "wiped": _("An admin has had this desk deleted from this machine. What it had not sent yet is kept at the "
                   "server for the admin."),
        "not_wiped": _("An admin has had this desk deleted, but parts of it could not be removed. Delete the file of "
                       "the desk and everything beside it that begins with its name."),
        "revoked": _("The server does not let this desk in any more. Ask an admin."),
        "code": _("The server does not take this code: mistyped, used, or older than a day. Ask an admin for a new "
                  "one."),
        "agent": _("An agent of this desk works at the server already. Ask an admin for a code that names his login."),
        "other_server": _("This is another server than the one this desk exchanges with, though both come from one "
                          "backup. Nothing was sent. Ask an admin which of the two is yours."),
        "unproven": _("The server does not hold what this desk has from it. Nothing is lost here; ask an admin before "
                      "you go on."),
        "epoch": _("The server was restored from a backup just now. Nothing is lost here; exchange once more."),
        "fork": _("A copy of this desk exchanges in its name at the same time. Nothing is lost here; exchange once "
                  "more."),
        "gap": _("The server is missing something this desk does not have any more. Nothing is lost here; ask an "
                 "admin."),
        "too_large": _("The server finds what this desk sends too large. Ask an admin."),
        "busy": _("The server has too much to do just now. Everything is kept here; try again in a minute."),
        "update": _("This program is too old to read what the server has: update needed. What you save here still "
                    "goes out, and nothing is lost."),
        "proxy": _("The proxy in HTTPS_PROXY is none this program can use. Write it as http://proxy.example.org:3128."),
        "stopped": _("The console ends; everything is kept here and goes out with the next exchange."),
        "taken": _("Another console of this file is exchanging just now."),
    }.get(code, _("The server could not be understood. Everything is kept here; try again, and tell an "
                  "admin if it stays."))
