"""Work that goes on beside the keys, for a widget that is there only for a while."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.css.query import NoMatches

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from supportdesk.base_app import DeskApp


def beside(
    node: DOMNode, work: Callable[..., Coroutine[Any, Any, Any]], *args: Any, group: str, exclusive: bool = True,
    keys_wait: bool = False,
) -> None:
    """Run ``work(*args)`` until ``node`` goes; with ``exclusive`` an older one of the same group ends.

    ``keys_wait``: no key acts before it is over, so that no letter comes between what is put into fields."""
    run = _keys_waiting if keys_wait else _while_there
    told: Any = partial(run, node, work, *args)  # no coroutine: one that never began leaves none unawaited
    node.run_worker(told, group=group, exclusive=exclusive)


async def _keys_waiting(node: DOMNode, work: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> None:
    with cast("DeskApp", node.app).ahead.at_work():
        await _while_there(node, work, *args)


async def _while_there(node: DOMNode, work: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> None:
    """Textual ends the work of a node after it has taken its children away: what finds them gone then is no fault."""
    try:
        await work(*args)
    except NoMatches:
        if node.display and node.is_attached and node.app.is_running:
            raise
