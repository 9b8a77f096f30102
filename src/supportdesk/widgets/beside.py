"""Work that goes on beside the keys, for a widget that is there only for a while."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.dom import DOMNode


def beside(
    node: DOMNode, work: Callable[..., Coroutine[Any, Any, Any]], *args: Any, group: str, exclusive: bool = True
) -> None:
    """Run ``work(*args)`` until ``node`` goes; with ``exclusive`` an older one of the same group ends."""
    told: Any = partial(work, *args)  # a callable, not a coroutine: one that never began leaves nothing unawaited
    node.run_worker(told, group=group, exclusive=exclusive)
