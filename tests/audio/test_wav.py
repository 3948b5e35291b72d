"""Reading checks what libsndfile lets pass; writing is whole or nothing."""

import os
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio import wav
from engine.audio.header import ClipHeader, header
from engine.errors import InputError

RATE = 22050


def _channels(path):
    recording = wav.Recording(path)
    return np.concatenate([block_LC for block_LC, _ in recording.blocks()]), recording.head.rate


@pytest.fixture
def clip(corpora):
    return corpora / "ljspeech" / "wavs" / "LJ001-0002.wav"


def test_headers_of_all_real_recordings_are_libsndfiles(corpora):
    checked = 0
    for path in sorted(corpora.rglob("*")):
        if path.suffix in (".wav", ".flac"):
            info = soundfile.info(str(path))
            assert header(path) == ClipHeader(info.samplerate, info.channels, info.frames, info.subtype), path
            checked += 1
    assert checked > 100


def test_pcm16_reads_as_integers_by_32768(clip):
    samples, rate = wav.read(clip, RATE)
    integers, _ = soundfile.read(str(clip), dtype="int16")
    assert (rate, samples.dtype, samples.ndim) == (RATE, np.float32, 1)
    np.testing.assert_array_equal(samples, integers.astype(np.float32) / 32768)


def test_writing_what_was_read_gives_the_same_bytes(clip, tmp_path):
    samples, rate = wav.read(clip)
    assert wav.write_pcm16(tmp_path / "copy.wav", samples, rate) == 0
    again, _ = wav.read(tmp_path / "copy.wav")
    np.testing.assert_array_equal(again, samples)
    assert (tmp_path / "copy.wav").read_bytes() == clip.read_bytes()


@pytest.mark.parametrize("kept", [46, 1000, 5001, -1, -2])
def test_truncated_wav_is_refused_where_libsndfile_reads_it_short(clip, tmp_path, kept):
    path = tmp_path / "cut.wav"
    path.write_bytes(clip.read_bytes()[:kept])
    assert len(soundfile.read(str(path))[0]) < soundfile.info(str(clip)).frames
    with pytest.raises(
        InputError, match=r"cut.wav: is cut short: its header promises \d+ samples, \d+ are there"
    ):
        wav.read(path)
    with pytest.raises(InputError, match="is cut short"):
        header(path)


@given(kept=st.integers(0, 60), flip=st.integers(0, 43), value=st.integers(0, 255))
@settings(max_examples=150)
def test_any_spoilt_header_is_read_or_refused_in_one_sentence(tmp_path_factory, kept, flip, value):
    path = tmp_path_factory.mktemp("spoilt") / "clip.wav"
    wav.write_pcm16(path, np.zeros(8), RATE)
    data = bytearray(path.read_bytes())
    data[flip] = value
    path.write_bytes(bytes(data[:kept]))
    try:
        head = header(path)
        samples, rate = _channels(path)
    except InputError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        assert (head.rate, head.channels) == (rate, samples.shape[1])


def _riff(data_length, payload, before=b""):
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVE" + fmt + before + struct.pack("<4sI", b"data", data_length) + payload
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def test_chunks_before_the_samples_and_lengths_that_a_pipe_could_not_know_are_no_fault(tmp_path):
    path = tmp_path / "piped.wav"
    path.write_bytes(_riff(0xFFFFFFFF, b"\1\0" * 100, before=struct.pack("<4sI", b"LIST", 5) + b"INFOx\0"))
    assert (header(path).frames, len(wav.read(path)[0])) == (100, 100)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM"])
def test_other_codings_of_wav_are_read(tmp_path, subtype):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.sin(np.arange(4000) / 10) / 2, RATE, subtype=subtype)
    info = soundfile.info(str(path))
    assert header(path) == ClipHeader(RATE, 1, info.frames, subtype)
    assert len(wav.read(path)[0]) == info.frames


def test_samples_that_are_not_numbers_are_refused(tmp_path):
    for bad in (np.nan, np.inf):
        samples = np.zeros(300_000, np.float32)
        samples[270_000] = bad
        soundfile.write(tmp_path / "bad.wav", samples, RATE, subtype="FLOAT")
        with pytest.raises(InputError, match=r"bad.wav: sample 270000 is not a finite number"):
            wav.read(tmp_path / "bad.wav")


def test_empty_missing_and_foreign_files_are_refused(tmp_path):
    (tmp_path / "empty.wav").touch()
    soundfile.write(tmp_path / "none.wav", np.zeros(0), RATE)
    (tmp_path / "text.wav").write_text("this is not sound at all, it only ends like it")
    for name, sentence in (
        ("empty.wav", "is an empty file"),
        ("none.wav", "holds no samples"),
        ("text.wav", "cannot be read as audio"),
        ("absent.wav", "no such file"),
        ("", "cannot be read"),
    ):
        with pytest.raises(InputError, match=sentence):
            wav.read(tmp_path / name)


def test_stereo_and_other_rates_are_told_apart(corpora, clip):
    with pytest.raises(InputError, match=r"multi.wav: is stereo, mono is needed; convert it"):
        wav.read(corpora / "mixed_formats" / "multi.wav")
    samples, rate = _channels(corpora / "mixed_formats" / "multi.wav")
    assert (samples.shape[1], rate) == (2, 44100)
    with pytest.raises(InputError, match=r"is at 22050 Hz where 16000 Hz is needed"):
        wav.read(clip, 16000)


@given(st.lists(st.floats(-3, 3, width=32), max_size=50))
def test_what_is_too_loud_is_held_at_the_edge_and_counted(samples):
    loud = np.array(samples, np.float32)
    pcm, clipped = wav.to_pcm16(loud)
    assert clipped == sum(abs(sample) > 1 for sample in samples)
    assert np.all(np.abs(pcm / 32768 - np.clip(loud, -1, 1)) <= 1 / 32768)


def test_samples_that_are_not_numbers_are_never_written(tmp_path):
    with pytest.raises(ValueError, match="finite"):
        wav.write_pcm16(tmp_path / "a.wav", np.array([0.0, np.nan]), RATE)
    with pytest.raises(ValueError, match="shape"):
        wav.write_pcm16(tmp_path / "a.wav", np.zeros((2, 2)), RATE)
    assert list(tmp_path.iterdir()) == []


def test_failing_source_of_blocks_leaves_the_older_file(tmp_path):
    path = tmp_path / "a.wav"
    wav.write_pcm16(path, np.zeros(10), RATE)
    before = path.read_bytes()

    def blocks():
        yield np.ones(100)
        raise InputError("the source ended")

    with pytest.raises(InputError, match="the source ended"):
        wav.write_pcm16_blocks(path, blocks(), RATE)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_recordings_have_the_mode_of_ordinary_files(tmp_path):
    (tmp_path / "ordinary").touch()
    wav.write_pcm16(tmp_path / "a.wav", np.zeros(10), RATE)
    assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "ordinary").stat().st_mode
