"""What goes wrong in an exchange, as people read it. Imports no network: ``sync status`` only reads."""

from supportdesk.i18n import _


def failure_words(code: str) -> str:
    """What went wrong, and the cure."""
    return {
        "unreachable": _("The server was not reached. Everything is kept here and goes out with the next exchange."),
        "secret": _("The server does not know this desk. Ask an admin for a code, then enrol it again: "
                    "supportdesk sync enroll URL --code CODE"),
        "revoked": _("The server does not let this desk in any more. Ask an admin."),
        "code": _("The server does not take this code: mistyped, used, or older than a day. Ask an admin for a new "
                  "one."),
        "agent": _("An agent of this desk works at the server already. Ask an admin for a code that names his login."),
        "epoch": _("The server was restored from a backup. Nothing is lost here; ask an admin before you go on."),
        "fork": _("A copy of this desk has exchanged in its name. Ask an admin for a code, then enrol this one again: "
                  "supportdesk sync enroll URL --code CODE"),
        "gap": _("The server knows more of this desk than the desk itself: it was restored from an older backup. "
                 "Ask an admin for a code, then enrol it again."),
        "too_large": _("The server finds what this desk sends too large. Ask an admin."),
        "busy": _("The server has too much to do just now. Everything is kept here; try again in a minute."),
        "older_server": _("The server is older than this program and does not know everything it writes. What it "
                          "knows not waits here until the server is updated."),
        "taken": _("Another console of this file is exchanging just now."),
    }.get(code, _("The server could not be understood. Everything is kept here; try again, and tell an "
                  "admin if it stays."))
