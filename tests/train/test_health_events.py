"""The real trainer tells what is not well: a corpus of which a good part is left out, in its events and once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch

from engine.runs.health import from_event
from engine.train.diagonality import diagonality
from engine.train.timers import DataTimer
from tests.train.test_training import train


def test_a_training_that_leaves_clips_out_says_so_once_and_logs_what_rules_need(corner: Path) -> None:
    listed = corner / "train.txt.cleaned"
    lines = listed.read_text(encoding="utf-8")
    listed.write_text(lines + "4.wav|" + "ə" * 191 + "\n", encoding="utf-8")  # over max_text_len
    for steps in ("2", "3"):  # the second time it resumes, and has said it already
        done = train(corner, "--steps", steps)
        assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in (corner / "run" / "events.jsonl").read_text().splitlines()]
    told = [known for event in events if (known := from_event(event)) is not None]
    assert [(finding.rule, active) for finding, active in told] == [("clips dropped", True)]
    assert "1 of 5 clips are left out" in told[0][0].text
    logged = [
        event["values"] for event in events if event["kind"] == "metric" and "loss/g/mel" in event["values"]
    ]
    assert len(logged) == 3
    for values in logged:
        assert 0 <= values["alignment/diagonality"] <= 1 and 0 <= values["time/data_wait"] <= 1


def path_of(frames: list[list[int]], positions: int) -> torch.Tensor:
    """A path from the token of each frame, padded to the longest."""
    longest = max(map(len, frames))
    path_BFN = torch.zeros(len(frames), longest, positions)
    for item, tokens in enumerate(frames):
        path_BFN[item, range(len(tokens)), tokens] = 1
    return path_BFN


def test_the_diagonal_is_one_and_a_path_that_stands_still_nothing() -> None:
    straight, stuck = [0, 1, 2, 3, 4], [0, 0, 0, 0, 0]
    lengths = torch.tensor([5])
    assert diagonality(path_of([straight], 5), lengths, lengths) == 1
    assert diagonality(path_of([stuck], 5), lengths, lengths) == 0
    rushed = diagonality(path_of([[0] * 18 + [2, 4]], 5), lengths, torch.tensor([20]))
    assert 0 < float(rushed) < 0.3


def test_padding_counts_for_nothing_and_the_batch_is_averaged() -> None:
    path_BFN = path_of([[0, 1, 2, 3, 4], [0, 1, 2]], 5)
    both = diagonality(path_BFN, torch.tensor([5, 3]), torch.tensor([5, 3]))
    assert both == 1
    mixed = diagonality(path_of([[0, 1, 2, 3, 4], [0, 0, 0]], 5), torch.tensor([5, 3]), torch.tensor([5, 3]))
    assert mixed == 0.5
    assert diagonality(path_of([[0]], 1), torch.tensor([1]), torch.tensor([1])) == 1, "one frame, one sound"


def test_the_share_of_waiting_is_what_went_by_before_each_batch() -> None:
    now = [0.0]

    def slow_batches(seconds: float, count: int) -> Iterator[int]:
        for _ in range(count):
            now[0] += seconds
            yield 1

    wait = DataTimer(clock=lambda: now[0])
    for _ in wait.timed(slow_batches(1.0, 4)):
        now[0] += 3.0  # the step
    assert wait.take_share() == 0.25
    assert wait.take_share() == 0.0
    now[0] -= 100  # a clock that was set back
    assert wait.take_share() == 0.0
