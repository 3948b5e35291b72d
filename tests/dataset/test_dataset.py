"""Clips and batches of real recordings."""

import dataclasses

import pytest
import torch
from torch.utils.data import DataLoader

from engine.audio import wav
from engine.audio.mel import linear_spectrogram
from engine.dataset.clips.validate import prepare_data
from engine.dataset.loader.batch import collate
from engine.dataset.loader.buckets import epoch_batches
from engine.dataset.loader.dataset import Clip, Clips
from engine.errors import InputError


@pytest.fixture
def clips(workspace):
    prepared = prepare_data(workspace.config, workspace.folder, measures=False).train
    return Clips(prepared, workspace.config, workspace.folder)


def test_a_clip_is_ids_samples_and_the_spectrogram_of_its_samples(workspace, clips):
    clip = clips[1]
    samples, _ = wav.read(workspace.clip(2))
    assert torch.equal(clip.wav_L, torch.from_numpy(samples.copy()))
    assert clip.spec_CF.shape == (513, len(samples) // 256)
    assert torch.equal(clip.spec_CF, linear_spectrogram(clip.wav_L[None], 1024, 256, 1024)[0])
    assert clip.ids_N.dtype == torch.int64
    assert clip.ids_N[::2].eq(0).all()
    assert clip.spec_CF.shape[1] == clips.prepared[1].frames
    assert (clip.speaker, clip.name) == (None, str(workspace.clip(2)))


def test_max_wav_value_scales_as_in_the_family(workspace):
    half = workspace.set(max_wav_value=65536.0)
    prepared = prepare_data(half, workspace.folder, measures=False).train
    halved, whole = (Clips(prepared, each, workspace.folder)[0].wav_L for each in (half, workspace.config))
    assert torch.allclose(2 * halved, whole)


def test_a_batch_is_sorted_by_length_and_padded_with_zeros(clips):
    batch = collate([clips[i] for i in range(4)])
    assert len(batch) == 4
    assert batch.spec_lengths_B.tolist() == sorted(batch.spec_lengths_B.tolist(), reverse=True)
    assert batch.x_BN.shape == (4, batch.x_lengths_B.max())
    assert batch.wav_B1L.shape == (4, 1, batch.wav_lengths_B.max())
    by_name = {clips[i].name: clips[i] for i in range(4)}
    for row, name in enumerate(batch.names):
        clip, frames = by_name[name], batch.spec_lengths_B[row]
        assert torch.equal(batch.spec_BCF[row, :, :frames], clip.spec_CF)
        assert batch.spec_BCF[row, :, frames:].eq(0).all()
        samples, ids = batch.wav_lengths_B[row], batch.x_lengths_B[row]
        assert torch.equal(batch.wav_B1L[row, 0, :samples], clip.wav_L)
        assert batch.wav_B1L[row, 0, samples:].eq(0).all()
        assert torch.equal(batch.x_BN[row, :ids], clip.ids_N)
        assert batch.x_BN[row, ids:].eq(0).all()
    assert batch.speaker_B is None


def test_speakers_become_a_tensor_and_moving_keeps_everything(clips):
    with_speakers = [dataclasses.replace(clips[i], speaker=i) for i in range(3)]
    batch = collate(with_speakers).to("cpu")
    assert sorted(batch.speaker_B.tolist()) == [0, 1, 2]
    with pytest.raises(ValueError, match="some clips"):
        collate([clips[0], with_speakers[1]])


def test_a_loader_walks_the_batches_of_an_epoch(workspace, clips):
    batches = epoch_batches([clip.frames for clip in clips.prepared], 2, 1234, 1)
    loader = DataLoader(clips, batch_sampler=batches, collate_fn=collate)
    for indices, batch in zip(batches, loader, strict=True):
        assert set(batch.names) == {str(workspace.folder / clips.prepared[i].path) for i in indices}


def test_a_clip_changed_after_the_check_is_judged_as_it_is_now(workspace, clips):
    path, (samples, rate) = workspace.clip(1), wav.read(workspace.clip(1))
    wav.write_pcm16(path, samples[256:], rate)
    assert clips[0].spec_CF.shape[1] == clips.prepared[0].frames - 1
    wav.write_pcm16(path, samples[:8192], rate)
    with pytest.raises(InputError, match=r"clip1.wav: changed since it was validated: \d+ symbols with"):
        clips[0]
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"clip1.wav: is cut short"):
        clips[0]


def test_equal_lengths_keep_their_order():
    clips = [Clip(torch.tensor([i]), torch.zeros(256), torch.zeros(3, 1), None, f"{i}.wav") for i in range(5)]
    assert collate(clips).names == tuple(f"{i}.wav" for i in range(5))
