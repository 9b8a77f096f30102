"""Faults put into the program (tools/mutants.py) are met by the examples first, and by tests of any input last."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)  # Hypothesis marks its tests in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--hypothesis-profile") == "mutants":
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)
