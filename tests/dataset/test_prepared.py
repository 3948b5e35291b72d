"""What validation says trains is exactly what the loader yields, and prepared.jsonl carries it to the trainer."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.mel import linear_spectrogram
from engine.audio.wav import write_pcm16
from engine.config import Config, DataConfig, TrainConfig
from engine.dataset import prepared
from engine.dataset.clips.clip_stats import ClipStats
from engine.dataset.clips.issues import Requirements, training_issues
from engine.dataset.clips.validate import prepare_data, validate_filelists
from engine.dataset.loader.buckets import epoch_batches
from engine.dataset.loader.dataset import Clips
from engine.text.symbols import ENGLISH_178

RATE = 22050


@st.composite
def corpora(draw) -> tuple[Config, list[tuple[int, int]]]:
    """A config and clips as (samples, symbols), many of them just at its limits."""
    hop = draw(st.sampled_from([64, 100, 200, 256, 300]))
    window = hop * draw(st.sampled_from([2, 4]))
    segment = hop * draw(st.integers(2, 8))
    most, text = draw(st.integers(8, 40)), draw(st.integers(2, 12))
    at_limits = st.sampled_from([max(segment, window), hop * most, hop * (most + 1), hop * (2 * text + 1)])
    lengths = st.builds(lambda limit, off: max(1, limit + off), at_limits, st.integers(-2, 2))
    clip = st.tuples(st.one_of(lengths, st.integers(1, 12_000)), st.integers(1, text + 2))
    data = DataConfig(
        training_files="train.txt",
        validation_files="val.txt",
        hop_length=hop,
        filter_length=window,
        win_length=window,
        max_frames=most,
        min_text_len=draw(st.integers(1, 2)),
        max_text_len=text,
        add_blank=draw(st.booleans()),
        text_cleaners=(),
    )
    config = Config(train=TrainConfig(segment_size=segment), data=data)
    return config, draw(st.lists(clip, min_size=2, max_size=8))


def _write(root: Path, config: Config, clips: list[tuple[int, int]]) -> list[np.ndarray]:
    """Clips of noise, all of them to train; two more that fit every config, to train and to validate."""
    data = config.data
    fitting = (max(config.train.segment_size, data.filter_length, 5 * data.hop_length), data.min_text_len)
    dice = np.random.default_rng(1)
    sounds, rows = [], []
    for number, (samples, symbols) in enumerate([*clips, fitting, fitting, fitting]):
        sounds.append(dice.normal(0, 0.1, samples).astype(np.float32))
        write_pcm16(root / f"{number}.wav", sounds[-1], RATE, durable=False)
        rows.append(f"{number}.wav|{'a' * symbols}\n")
    (root / "train.txt").write_text("".join(rows[:-1]), encoding="utf-8")
    (root / "val.txt").write_text(rows[-1], encoding="utf-8")
    return sounds


@given(corpora())
@settings(max_examples=60)
def test_what_validation_says_trains_is_what_the_loader_yields(made):
    config, clips = made
    data = config.data
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        sounds = _write(root, config, clips)
        told = validate_filelists(config, [root / "train.txt"], root, measures=False)
        found = prepare_data(config, root, skip_invalid=True, measures=False)
        loader = Clips(found.train, config, root)
        batches = epoch_batches([clip.frames for clip in found.train], 2, 1, 1)
        yielded = {found.train[index].path: loader[index] for batch in batches for index in batch}
    assert set(yielded) == {each.clip.path for each in told.clips if each.trains}
    assert {each.path for each in found.left_out} == {
        each.clip.path for each in told.clips if not each.trains
    }
    for clip in found.train:
        assert yielded[clip.path].spec_CF.shape[1] == clip.frames
        assert len(yielded[clip.path].ids_N) == len(clip.ids)
    for number, (samples, symbols) in enumerate(clips):  # what training needs of a clip, asked of torch
        ids = 2 * symbols + 1 if data.add_blank else symbols
        fits = data.min_text_len <= symbols <= data.max_text_len
        fits = fits and samples >= max(config.train.segment_size, data.filter_length)
        if fits:
            wav_BL = torch.from_numpy(sounds[number])[None]
            spec_BCF = linear_spectrogram(wav_BL, data.filter_length, data.hop_length, data.win_length)
            fits = ids <= spec_BCF.shape[2] <= data.max_frames
        assert (f"{number}.wav" in yielded) == fits


@given(st.integers(1, 200_000), st.sampled_from([8000, 16000, 22050, 44100, 48000]), st.integers(1, 600))
def test_lengths_are_counted_in_integers_as_they_are_after_conversion(samples, rate, hop):
    sound = ClipStats(rate, 1, samples)
    after = sound.samples_at(RATE)
    assert abs(after * rate - samples * RATE) * 2 <= rate
    limits = Requirements(hop_samples=hop, segment_samples=1, max_frames=after // hop)
    assert "long" not in {verdict.kind for verdict in training_issues(sound, None, limits)}
    shorter = dataclasses.replace(limits, max_frames=after // hop - 1)
    assert "long" in {verdict.kind for verdict in training_issues(sound, None, shorter)}
    assert "long" not in {verdict.kind for verdict in training_issues(sound, None, shorter, is_trained=False)}


def test_what_was_prepared_is_read_as_it_was_written_and_for_nothing_else(workspace, tmp_path):
    root = workspace.folder
    longest = max(clip.frames for clip in prepare_data(workspace.config, root, measures=False).train)
    config = workspace.set(max_frames=longest - 1)
    data = prepare_data(config, root, measures=False)
    assert len(data.left_out) == 1, "both kinds of lines are tried"
    (tmp_path / prepared.NAME).write_text(data.to_jsonl(), encoding="utf-8")
    assert prepared.read(tmp_path, data.of) == data
    others = [
        prepared.digest(workspace.config, root, skip_invalid=False),
        prepared.digest(config, root, skip_invalid=True),
        prepared.digest(dataclasses.replace(config, symbols=ENGLISH_178[:100]), root, skip_invalid=False),
    ]
    workspace.write(workspace.val, workspace.lines(workspace.val)[:1])
    others.append(prepared.digest(config, root, skip_invalid=False))
    assert [prepared.read(tmp_path, other) for other in others] == [None] * 4
    assert len({data.of, *others}) == 5


@pytest.mark.parametrize("damage", [b"", b"[]\n", b'{"v": 1}\n', b"\xff", None])
def test_a_damaged_or_missing_file_is_made_anew(tmp_path, damage):
    if damage is not None:
        (tmp_path / prepared.NAME).write_bytes(damage)
    assert prepared.read(tmp_path, "x") is None
