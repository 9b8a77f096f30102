"""Imports that leave out what the console never asks of them."""

import sys
from importlib import import_module


def without_openssl(module: str, hidden: str) -> None:
    """Import ``module`` while ``hidden``, its door to OpenSSL, cannot be found: the standard library does without it.

    OpenSSL takes 7 MB and 5 ms of a console. ``ssl`` itself stays importable for whoever needs it.
    """
    if module not in sys.modules and hidden not in sys.modules:
        sys.modules[hidden] = None  # type: ignore[assignment]
        try:
            import_module(module)
        finally:
            del sys.modules[hidden]
