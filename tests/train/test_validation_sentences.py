"""Figures of the fixed sentences at a validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.config import Config
from engine.dataset.clips.validate import prepare_data
from engine.dataset.loader.dataset import Clips
from engine.dataset.prepared import PreparedClip, PreparedData
from engine.quality import sentences as module
from engine.quality.sentences import Sentences
from engine.runs import events as events_module
from engine.text.symbols import ENGLISH_178
from engine.train import evaluate
from engine.train import reporter as reporting
from engine.train.reporter import Reporter
from engine.train.state import TrainingState, new_state
from tests.train.conftest import metrics, with_train
from tests.train.synthetic import CPU, alerts, events

DISTANCES = ("mel", "mel_true_durations", "mcd")
PARTS = ("trained", "held_out")


class Opinions:
    """A judge who likes what is loud."""

    listened = 0

    @staticmethod
    def is_installed() -> bool:
        return True

    def score(self, wave_L: np.ndarray) -> float:
        Opinions.listened += 1
        return float(1 + np.abs(wave_L).max())


class Words:
    """Understands the same in every sentence, and writes it as Whisper writes numbers."""

    def __init__(self, folder: Path, cleaners: tuple[str, ...]) -> None:
        assert (folder.name, cleaners) == ("model", ("english_cleaners2",))

    def words(self, wave_L: np.ndarray) -> str:
        return "1"


@pytest.fixture
def reporter(corner: Path) -> Iterator[Reporter]:
    made = Reporter(corner / "run", 100, CPU)
    yield made
    made.close()


@pytest.fixture
def no_opinions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.OpinionJudge, "is_installed", lambda: False)


def state_of(config: Config) -> TrainingState:
    torch.manual_seed(0)
    return new_state(config, len(ENGLISH_178), CPU)


def validated(config: Config, corner: Path, reporter: Reporter, times: int = 1) -> list[dict[str, float]]:
    data, state = prepare_data(config, corner), state_of(config)
    sentences = Sentences(config, data, corner)
    clips = Clips(data.val, config, corner, is_trained=False)
    found = []
    for step in range(1, times + 1):
        state.position.step = step
        found.append(evaluate.validate(state, clips, sentences, reporter))
    assert state.voice.training
    return found


@pytest.mark.usefixtures("no_opinions")
def test_a_validation_gives_the_same_figures_for_the_same_weights(
    corner: Path, tiny_config: Config, reporter: Reporter
) -> None:
    first, second = validated(tiny_config, corner, reporter, times=2)
    assert first == second
    assert set(first) == {"loss/val/mel"} | {f"quality/{name}/{part}" for name in DISTANCES for part in PARTS}
    assert all(0 < value < 100 for value in first.values())
    for tag, value in first.items():
        assert metrics(corner / "run", tag) == {1: pytest.approx(value), 2: pytest.approx(value)}


def test_a_recording_has_no_distance_from_itself(corner: Path, tiny_config: Config) -> None:
    sentences = Sentences(tiny_config, prepare_data(tiny_config, corner), corner)
    clip = sentences.parts["held_out"][0]
    figures = sentences.distances(clip, clip.wav_L, clip.wav_L)
    assert figures == {name: pytest.approx(0, abs=1e-5) for name in DISTANCES}
    slower = sentences.distances(clip, clip.wav_L, torch.cat([clip.wav_L, torch.zeros(22050)]))
    assert slower["mel"] > 0.1
    assert slower["mel_true_durations"] == pytest.approx(0, abs=1e-5)


def test_true_durations_are_those_of_the_recording(corner: Path, tiny_config: Config) -> None:
    data, state = prepare_data(tiny_config, corner), state_of(tiny_config)
    clips = Clips(data.val, tiny_config, corner, is_trained=False)
    frames_BN = evaluate._true_frames(state, clips[0])
    assert frames_BN.shape == (1, len(data.val[0].ids))
    assert frames_BN.sum() == data.val[0].frames
    spoken = evaluate._speak(state, data.val[0], frames_BN)
    assert torch.equal(spoken.path_BFN.sum(1), frames_BN)


def test_sentences_are_spread_over_the_lists_and_none_is_long(tiny_config: Config) -> None:
    clips = [PreparedClip(f"{i}.wav", None, (1,), 2000 if i % 2 else 100) for i in range(20)]
    data = PreparedData("", train=clips, val=clips[1:4])
    parts = Sentences(tiny_config, data).parts
    assert [clip.path for clip in parts["trained"].prepared] == ["0.wav", "4.wav", "10.wav", "14.wav"]
    assert [clip.path for clip in parts["held_out"].prepared] == ["2.wav"]


def with_words(corner: Path, config: Config) -> Config:
    (corner / "model").mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (corner / "model" / name).touch()
    (corner / "train.txt").write_text("0.wav|one\n1.wav|ode\n2.wav|one\n3.wav|one\n")
    (corner / "val.txt").write_text("4.wav|one\n5.wav|six\n")
    return with_train(config, whisper_model="model")


def test_judges_hear_the_voice_each_time_and_the_recordings_once(
    corner: Path, tiny_config: Config, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OpinionJudge", Opinions)
    monkeypatch.setattr(module, "WordJudge", Words)
    monkeypatch.setattr(Opinions, "listened", 0)
    monkeypatch.setattr(reporting, "REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(events_module, "_PROGRESS_SECONDS", 0.0)
    first, second = validated(with_words(corner, tiny_config), corner, reporter, times=2)
    assert Opinions.listened == 6 + 6 + 6
    notes = Counter(event["note"] for event in events(corner / "run", "progress"))
    assert notes["predicting opinions of the voice"] == notes["counting misunderstood characters"] == 18
    assert first == second
    assert first["quality/cer/trained"] == pytest.approx(1 / 12)  # "one" for "ode"
    assert first["quality/wer/held_out"] == pytest.approx(1 / 2)
    assert first["quality/cer/held_out_recordings"] == first["quality/cer/held_out"]
    loudest = float(
        Sentences(tiny_config, prepare_data(tiny_config, corner), corner).parts["held_out"][0].wav_L.max()
    )
    assert first["quality/mos/held_out_recordings"] == pytest.approx(1 + loudest, abs=0.1)
    assert first["quality/mos/held_out"] != first["quality/mos/held_out_recordings"]
    assert alerts(corner / "run") == []


def test_a_judge_that_fails_is_one_warning_and_costs_no_other_figure(
    corner: Path, tiny_config: Config, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(self: Words, wave_L: np.ndarray) -> str:
        raise RuntimeError("not enough memory")

    monkeypatch.setattr(module, "OpinionJudge", Opinions)
    monkeypatch.setattr(module, "WordJudge", Words)
    monkeypatch.setattr(Words, "words", out_of_memory)
    first, second = validated(with_words(corner, tiny_config), corner, reporter, times=2)
    assert first == second
    assert "quality/mos/held_out" in first and "quality/mel/held_out" in first
    assert not any("/cer/" in tag for tag in first)
    (told,) = alerts(corner / "run")
    assert told.startswith(
        "counting misunderstood characters failed and is left out: RuntimeError: not enough"
    )


@pytest.mark.usefixtures("no_opinions")
def test_lists_without_words_are_told_once(
    corner: Path, tiny_config: Config, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WordJudge", Words)
    config = with_words(corner, tiny_config)
    (corner / "train.txt").unlink()
    (corner / "val.txt").unlink()
    validated(config, corner, reporter, times=2)
    (told,) = alerts(corner / "run")
    assert "the lists' texts before the cleaning are not here; put each list beside" in told


@pytest.mark.usefixtures("no_opinions")
def test_figures_that_are_no_numbers_are_left_out(
    corner: Path, tiny_config: Config, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.distances, "mel_cepstral_distortion", lambda *_: float("nan"))
    (found,) = validated(replace(tiny_config), corner, reporter)
    assert "quality/mel/held_out" in found
    assert "quality/mcd/held_out" not in found
