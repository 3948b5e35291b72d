"""The real trainer tells what is not well: a corpus of which a good part is left out, in its events and once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch

from engine.model.alignment.diagonality import diagonality
from engine.runs.health import from_event
from engine.train.batches import DataTimer
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


def test_a_straight_path_is_on_the_diagonal_whatever_the_padding() -> None:
    straight, stuck, short, rushed = [0, 1, 2, 3, 4], [0] * 5, [0, 1, 2], [0] * 18 + [2, 4]

    def of(*frames: list[int], texts: tuple[int, ...] = (5, 3)) -> float:
        """Diagonality of paths that are given as the token of each frame."""
        counts = torch.tensor([len(tokens) for tokens in frames])
        path_BFN = torch.zeros(len(frames), int(counts.max()), 5)
        for item, tokens in enumerate(frames):
            path_BFN[item, range(len(tokens)), tokens] = 1
        return float(diagonality(path_BFN, torch.tensor(texts[: len(frames)]), counts))

    assert (of(straight), of(stuck), of(straight, short)) == (1, 0, 1)
    assert of(straight, [0, 0, 0]) == 0.5, "the mean over the batch"
    assert 0 < of(rushed) < 0.3
    assert of([0], texts=(1,)) == 1, "one frame, one sound"


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
