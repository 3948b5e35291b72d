"""Work in the background of the app."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.css.query import NoMatches
from textual.dom import DOMNode


def run_worker(
    node: DOMNode,
    work: Callable[..., Coroutine[Any, Any, Any]],
    *args: Any,
    group: str,
    exclusive: bool = True,
) -> None:
    """Run `work(*args)` as a worker of `node`; an exclusive one ends the one of its group that is under way.

    The coroutine is made when the worker begins: one that is ended before its first step would never be awaited.
    An answer that comes while the dashboard or the dialog closes draws nothing.
    """

    async def until_closed() -> Any:
        try:
            return await work(*args)
        except NoMatches:  # the widgets are going
            if node.app.is_running and node.is_attached:
                raise

    node.run_worker(cast("Any", until_closed), exclusive=exclusive, group=group)
