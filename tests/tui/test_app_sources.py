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

from engine import workspace
from engine.runs.events import EventWriter
from tui.app import messages, sources, words
from tui.panes.overview.inventory import Scanner, count_lines
from tui.panes.training.starting import free_name


class Target:
    """Takes messages as a widget would."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    def post_message(self, message: Message) -> bool:
        self.got.append(message)
        return True

    def wait(self, met: Callable[[list[Message]], Any]) -> Any:
        end = time.monotonic() + 10
        while not (found := met(self.got)):
            assert time.monotonic() < end, self.got
            time.sleep(0.01)
        return found


@pytest.fixture
def target() -> Any:
    return Target()


def test_curves_are_read_once_and_then_only_what_is_new(tmp_path: Path, target: Target) -> None:
    with EventWriter(tmp_path / "events.jsonl") as events:
        events.metric(1, 0, {"loss/g/mel": 50.0, "grad_norm_g": math.nan})
        reader = sources.watch("demo", tmp_path, target)  # type: ignore[arg-type]
        first = target.wait(lambda got: [one for one in got if isinstance(one, messages.CurvesGrown)])[0]
        assert first.points.afresh and first.run == "demo"
        assert first.points.by_tag["loss/g/mel"] == ((1, 50.0),)
        assert math.isnan(first.points.by_tag["grad_norm_g"][0][1]), "a value that is no number is not hidden"
        events.metric(2, 0, {"loss/g/mel": 49.0})
        reader.wake()
        later = target.wait(lambda got: [one for one in got if isinstance(one, messages.CurvesGrown)][1:])[0]
        assert not later.points.afresh and later.points.by_tag == {"loss/g/mel": ((2, 49.0),)}
        reader.close()


def test_a_file_that_begins_anew_voids_the_curves(tmp_path: Path, target: Target) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as events:
        events.metric(900, 9, {"loss/g/mel": 20.0})
    reader = sources.watch("demo", tmp_path, target)  # type: ignore[arg-type]
    target.wait(lambda got: [one for one in got if isinstance(one, messages.CurvesGrown)])
    path.unlink()
    with EventWriter(path) as events:
        events.metric(1, 0, {"loss/g/mel": 80.0})
    reader.wake()
    again = target.wait(lambda got: [one for one in got if isinstance(one, messages.CurvesGrown)][1:])[0]
    assert again.points.afresh and again.points.by_tag["loss/g/mel"] == ((1, 80.0),)
    reader.close()


def test_checkpoints_that_were_pruned_are_no_longer_present(tmp_path: Path) -> None:
    history = sources.RunHistory(tmp_path)
    for step in (100, 200):
        (tmp_path / f"G_{step}.pth").write_bytes(b"x")
        history.add(
            [{"kind": "checkpoint", "step": step, "files": [f"G_{step}.pth"], "bytes": 1, "best": False}]
        )
    files = history.changed_files()
    assert files is not None and [(one.step, one.present) for one in files.checkpoints] == [
        (200, True),
        (100, True),
    ]
    assert history.changed_files() is None, "nothing new, nothing posted"
    (tmp_path / "G_100.pth").unlink()
    pruned = history.changed_files()
    assert pruned is not None and [one.present for one in pruned.checkpoints] == [True, False]


def test_foreign_events_are_passed_over(tmp_path: Path) -> None:
    history = sources.RunHistory(tmp_path)
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
    assert points.by_tag == {"c": ((2, 3.0),)}
    files = history.changed_files()
    assert files is not None and files.checkpoints[0].files == () and not files.checkpoints[0].present


def test_a_reader_that_fails_says_so_and_goes_on(target: Target) -> None:
    calls: list[int] = []

    def look() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise PermissionError(13, "Permission denied")

    poller = sources.Poller("runs", 0.01, look, target).start()  # type: ignore[arg-type]
    failed = target.wait(lambda got: [one for one in got if isinstance(one, messages.SourceFailed)])[0]
    assert "runs cannot be read: PermissionError" in failed.sentence
    target.wait(lambda _: len(calls) > 2)
    poller.close()
    time.sleep(0.05)
    seen = len(calls)
    time.sleep(0.1)
    assert len(calls) == seen, "a closed reader looks no more"


def test_only_news_about_the_same_thing_replaces() -> None:
    empty = messages.RunFiles()
    one, two = messages.RunFilesListed("a", empty), messages.RunFilesListed("b", empty)
    assert messages.RunFilesListed("a", empty).can_replace(one)
    assert not messages.RunFilesListed("a", empty).can_replace(two)
    assert not messages.RunsListed(()).can_replace(messages.GpusPolled(()))
    points = messages.CurvesGrown("a", messages.NewPoints(False))
    assert not points.can_replace(points), "points add up"


def test_inventory_counts_clips_below_and_lines(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    deep = place.audio_dir / "anna" / "day one"
    deep.mkdir(parents=True)
    for name in ("a.wav", "b.FLAC", "notes.txt", ".hidden.wav"):
        (deep / name).write_bytes(b"")
    (place.filelists_dir / "mine.txt").write_text("a|b\nc|d")
    scanner = Scanner(place)
    found = scanner.scan()
    assert [(item.name, item.count) for item in found.corpora] == [("wavs/anna/", 2)]
    assert next(item.count for item in found.filelists if item.path.name == "mine.txt") == 2
    (deep / "c.wav").write_bytes(b"")
    os.utime(deep, ns=(1, 1))  # as if the clock had moved on: file systems count time coarsely
    assert scanner.scan().corpora[0].count == 3


def test_a_broken_config_is_listed_with_its_fault(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    (place.configs_dir / "broken.json").write_text('{"train": {"batch_sise": 3}}')
    item = next(item for item in Scanner(place).scan().configs if item.path.stem == "broken")
    assert item.fault and "\n" not in item.fault


def test_a_link_that_leads_back_up_ends(tmp_path: Path) -> None:
    place = workspace.init(tmp_path / "voices")
    corpus = place.audio_dir / "anna"
    corpus.mkdir(parents=True)
    (corpus / "a.wav").write_bytes(b"")
    (corpus / "again").symlink_to(corpus)
    assert Scanner(place).scan().corpora[0].count is not None


def test_count_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    for text, lines in (("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)):
        path.write_text(text)
        assert count_lines(path) == lines


def test_figures_as_a_person_reads_them() -> None:
    assert [words.value(number) for number in (23.412, 0.02131, 2e-4, 12345.6, 0.0, math.nan, None)] == [
        "23.41",
        "0.0213",
        "2.00e-4",
        "12,346",
        "0",
        "NaN",
        "–",
    ]
    assert [words.duration(seconds) for seconds in (5, 59.6, 190, 7500, 273_600, None)] == [
        "5 s",
        "1 min 00 s",
        "3 min 10 s",
        "2 h 05 min",
        "3 d 4 h",
        "–",
    ]
    assert [words.size(number) for number in (12, 4096, 670_000_000, 141 * 10**9, None)] == [
        "12 B",
        "4.1 kB",
        "670 MB",
        "141 GB",
        "–",
    ]
    assert words.ago(100, now=160) == "1 min ago"


def test_a_free_name_after_the_config() -> None:
    assert free_name("configs/small_cpu.json", set()) == "small_cpu"
    assert free_name("configs/small_cpu.json", {"small_cpu", "small_cpu-2"}) == "small_cpu-3"
    assert free_name("my voice!.json", set()) == "my-voice"
