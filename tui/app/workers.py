"""Starting work beside the screen."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

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
    """
    node.run_worker(cast("Any", partial(work, *args)), exclusive=exclusive, group=group)
