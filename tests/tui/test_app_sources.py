"""Readers and counters behind the screen: what they post, when they are silent, that they end."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message

from engine.runs.events import EventWriter
from engine.workspace import Workspace
from tui.app import words
from tui.app.readers import messages, sources
from tui.app.readers.run_history import RunHistory
from tui.dialogs.new_run_form import free_name
from tui.panes.overview.inventory import Scanner


class Target:
    """Takes messages as a widget would."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    def post_message(self, message: Message) -> bool:
        self.got.append(message)
        return True

    def wait(self, met: Callable[[], Any]) -> Any:
        end = time.monotonic() + 10
        while not (found := met()):
            assert time.monotonic() < end, self.got
            time.sleep(0.01)
        return found

    def nth(self, kind: type[Message], number: int) -> Any:
        """The message of a kind that came as the `number`th, from 0."""
        return self.wait(lambda: [one for one in self.got if isinstance(one, kind)][number:])[0]


@pytest.fixture
def target() -> Any:
    return Target()


def test_curves_are_read_once_and_then_only_what_is_new(tmp_path: Path, target: Any) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as events:
        events.metric(900, 9, {"loss/g/mel": 50.0, "grad_norm_g": math.nan})
        reader = sources.watch("demo", tmp_path, target)
        first = target.nth(messages.CurvesGrown, 0)
        assert first.points.afresh and first.run == "demo"
        assert first.points.by_tag["loss/g/mel"] == ((900, 50.0),)
        assert math.isnan(first.points.by_tag["grad_norm_g"][0][1]), "a value that is no number is not hidden"
        events.metric(901, 9, {"loss/g/mel": 49.0})
    reader.wake()
    later = target.nth(messages.CurvesGrown, 1).points
    assert not later.afresh and later.by_tag["loss/g/mel"] == ((901, 49.0),)
    path.unlink()  # a file that begins anew voids the curves
    with EventWriter(path) as events:
        events.metric(1, 0, {"loss/g/mel": 80.0})
    reader.wake()
    again = target.nth(messages.CurvesGrown, 2).points
    assert again.afresh and again.by_tag["loss/g/mel"] == ((1, 80.0),)
    reader.close()


def test_checkpoints_that_were_pruned_are_no_longer_present(tmp_path: Path) -> None:
    history = RunHistory(tmp_path)

    def present() -> dict[int, bool] | None:
        files = history.changed_files()
        return None if files is None else {one.step: one.present for one in files.checkpoints}

    for step in (100, 200):
        (tmp_path / f"G_{step}.pth").write_bytes(b"x")
        history.add([{"kind": "checkpoint", "step": step, "files": [f"G_{step}.pth"], "bytes": 1}])
    assert present() == {200: True, 100: True}
    assert present() is None, "nothing new, nothing posted"
    (tmp_path / "G_100.pth").unlink()
    assert present() == {200: True, 100: False}


def test_foreign_events_are_passed_over(tmp_path: Path) -> None:
    history = RunHistory(tmp_path)
    points = history.add(
        [
            {"kind": "metric", "step": "one", "values": {"a": 1}},
            {"kind": "metric", "step": 1, "values": [1]},
            {"kind": "metric", "step": 2, "values": {"a": "high", "b": True, "c": 3}},
            {"kind": "checkpoint", "step": 3, "files": [None, 7]},
            {"kind": "sample", "files": None},
            {"kind": "alert"},
            {"kind": "never heard of"},
        ]
    )
    assert points.by_tag["c"] == ((2, 3.0),)
    files = history.changed_files()
    assert files is not None and files.checkpoints[0].files == () and not files.checkpoints[0].present


def test_a_reader_that_fails_says_so_and_goes_on(target: Any) -> None:
    calls: list[int] = []

    def look() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise PermissionError(13, "Permission denied")

    poller = sources.Poller("runs", 0.01, look, target).start()
    assert "runs cannot be read: PermissionError" in target.nth(messages.SourceFailed, 0).sentence
    target.wait(lambda: len(calls) > 2)
    poller.close()
    poller._thread.join(10)
    assert not poller._thread.is_alive(), "a closed reader looks no more"


def test_only_news_about_the_same_thing_replaces() -> None:
    def files_of(run: str) -> messages.RunFilesListed:
        return messages.RunFilesListed(run, messages.RunFiles())

    assert files_of("a").can_replace(files_of("a")) and not files_of("a").can_replace(files_of("b"))
    assert not messages.RunsListed(()).can_replace(messages.GpusPolled(()))
    points = messages.CurvesGrown("a", messages.NewPoints(False))
    assert not points.can_replace(points), "points add up"


def test_inventory_counts_clips_below_and_lines(empty: Workspace) -> None:
    deep = empty.audio_dir / "anna" / "day one"
    deep.mkdir(parents=True)
    for name in ("a.wav", "b.FLAC", "notes.txt", ".hidden.wav"):
        (deep / name).write_bytes(b"")
    looping = empty.audio_dir / "bert"
    looping.mkdir()
    (looping / "a.wav").write_bytes(b"")
    (looping / "again").symlink_to(looping)
    for name, text in {"mine": "a|b\nc|d", "ended": "a|b\n", "none": ""}.items():
        (empty.filelists_dir / f"{name}.txt").write_text(text)
    (empty.configs_dir / "broken.json").write_text('{"train": {"batch_sise": 3}}')
    scanner = Scanner(empty)
    found = scanner.scan()
    anna, bert = found.corpora
    assert (anna.name, anna.count) == ("wavs/anna/", 2)
    assert bert.count is not None, "a link that leads back up ends"
    counts = {item.path.stem: item.count for item in found.filelists}
    assert (counts["mine"], counts["ended"], counts["none"]) == (2, 1, 0)
    broken = next(item for item in found.configs if item.path.stem == "broken")
    assert broken.fault and "\n" not in broken.fault
    (deep / "c.wav").write_bytes(b"")
    os.utime(deep, ns=(1, 1))  # as if the clock had moved on: file systems count time coarsely
    assert scanner.scan().corpora[0].count == 3


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        (words.value, {23.412: "23.41", 0.02131: "0.0213", 2e-4: "2.00e-4", 12345.6: "12,346", 0.0: "0"}),
        (words.value, {math.nan: "NaN", None: "–"}),
        (words.duration, {5: "5 s", 59.6: "1 min 00 s", 190: "3 min 10 s", 7500: "2 h 05 min"}),
        (words.duration, {273_600: "3 d 4 h", None: "–"}),
        (words.size, {12: "12 B", 4096: "4.1 kB", 670_000_000: "670 MB", 141 * 10**9: "141 GB", None: "–"}),
        (lambda then: words.ago(then, now=160), {100: "1 min ago"}),
        (lambda taken: free_name("configs/small_cpu.json", taken), {frozenset(): "small_cpu"}),
        (
            lambda taken: free_name("configs/small_cpu.json", taken),
            {frozenset({"small_cpu", "small_cpu-2"}): "small_cpu-3"},
        ),
        (lambda config: free_name(config, set()), {"my voice!.json": "my-voice"}),
    ],
)
def test_figures_and_names_as_a_person_reads_them(show: Callable[[Any], str], shown: dict[Any, str]) -> None:
    assert {given: show(given) for given in shown} == shown
