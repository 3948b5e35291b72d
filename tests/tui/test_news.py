"""When the terminal rings or notifies the desktop, and what it is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.config.settings import save_setting
from engine.runs import registry
from engine.workspace import Workspace, find
from tests.tui.conftest import until
from tests.tui.run_support import add_event, dashboard, make_run
from tui.app import news


@pytest.mark.parametrize(
    ("kind", "environment", "sent"),
    [
        ("off", {}, ""),
        ("bell", {"TMUX": "x"}, "\a"),
        ("desktop", {"TERM": "xterm-256color"}, "\x1b]9;a, b]0,x\a\a"),
        ("desktop", {"TERM": "foot"}, "\x1b]777;notify;vitsdeck;a, b]0,x\a\a"),
        ("desktop", {"VTE_VERSION": "7200"}, "\x1b]777;notify;vitsdeck;a, b]0,x\a\a"),
        ("desktop", {"TMUX": "x"}, "\x1bPtmux;\x1b\x1b]9;a, b]0,x\a\x1b\\\a"),
    ],
)
def test_the_terminal_is_sent_what_it_understands(kind: str, environment: dict[str, str], sent: str) -> None:
    assert news.sequence(kind, "a; b]0;x", environment) == sent


def test_an_escape_in_a_name_ends_no_notification() -> None:
    sent = news.sequence("desktop", "a\x1b\\\x07b\x1b]52;c;eA==\x07", {})
    assert sent.count("\x1b") == 1 and sent.count("\a") == 2 and sent.endswith("\a\a")


def test_what_is_seen_first_is_no_news_and_each_news_is_told_once(empty: Workspace) -> None:
    run, found = make_run(empty, state="running"), news.News()
    failed = replace(run, state="failed", reason="out of memory")
    assert found.of_runs((failed,)) == []
    found = news.News()
    assert found.of_runs((run,)) == []
    assert found.of_runs((failed,)) == ["✘ failed  demo: out of memory"]
    assert found.of_runs((failed,)) == []
    assert found.of_runs((run,)) == [], "resumed"
    assert found.of_runs((replace(run, state="stopped"),)) == [], "a person stopped it"


async def test_a_run_that_finishes_and_a_new_best_ring_once_and_old_ones_never(empty: Workspace) -> None:
    make_run(empty, "old", state="finished")
    run = make_run(empty, state="running")
    best = {"best": True, "tag": "loss/val/mel", "value": 21.5, "files": ["best_2.pth"]}
    add_event(run, "checkpoint", step=2, **best)
    save_setting(empty.root / "vitsdeck.toml", "notify", "desktop")
    place = find(empty.root)
    assert place is not None
    async with dashboard(place) as (app, pilot):
        sent: list[str] = []
        assert app._driver is not None
        app._driver.write = sent.append  # type: ignore[method-assign] - the headless one drops it
        await until(lambda: app._news is not None and app._news._bests.get("demo") == 2)
        assert not sent
        add_event(run, "checkpoint", step=3, **best)
        await until(lambda: sent)
        assert "new best of demo at step 3" in sent.pop() and not sent
        registry.StateFile(run.folder).update(state="finished", reason="step 10 of 10")
        await until(lambda: sent)
        await pilot.pause()
        assert "✔ finished  demo: step 10 of 10" in sent.pop() and not sent
