"""TensorBoard reads what a training writes; a full disk costs points, never an error or a hook of the process."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from engine.train.summary_writer import SafeSummaryWriter


def test_tensorboard_reads_figures_pictures_and_sound(tmp_path: Path) -> None:
    hook, threads = threading.excepthook, threading.active_count()
    board = SafeSummaryWriter(tmp_path / "board")
    board.add_scalar("loss", 2.5, 7)
    board.add_image("mel", np.zeros((4, 5, 3), np.uint8), 7, dataformats="HWC")
    board.add_audio("wave", np.zeros(50, np.float32), 7, 22050)
    board.close()
    assert threading.excepthook is hook and threading.active_count() == threads
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        read = EventAccumulator(str(tmp_path / "board")).Reload()
    assert [(one.step, one.value) for one in read.Scalars("loss")] == [(7, 2.5)]
    assert (read.Images("mel")[0].width, read.Images("mel")[0].height) == (5, 4)
    assert read.Audio("wave")[0].sample_rate == 22050


def test_file_that_fails_is_given_up_and_a_new_one_begins_after_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    board = SafeSummaryWriter(tmp_path, clock=lambda: now)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(board._record_writer, "write", full)
        board.add_scalar("loss", 1.0, 1)
    for now in (59.0, 61.0):
        board.add_scalar("loss", 1.0, 2)
        assert len(list(tmp_path.iterdir())) == 1 + (now > 60)
    board.close()
