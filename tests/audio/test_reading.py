"""Recordings as people have them are read, converted or refused with a reason."""

import errno
import os
import struct

import numpy as np
import pytest
import soundfile

from engine.audio import wav
from engine.audio.convert import convert_folder
from engine.audio.header import header
from engine.audio.loudness import PEAK_CEILING
from engine.audio.recordings import SUFFIXES
from engine.audio.slicing import find_cuts
from engine.dataset.slices import slice_files
from engine.transcribe.chunking import cut
from tests.cli_support import vitsdeck

RATE = 22050


@pytest.fixture(scope="module")
def speech(corpora):
    return wav.read(corpora / "ljspeech" / "wavs" / "LJ001-0002.wav")[0]


def _convert(folder, name, samples, subtype="PCM_16", rate=RATE):
    """What convert makes of one file: the samples, and the warnings."""
    (folder / "in").mkdir(exist_ok=True)
    soundfile.write(folder / "in" / name, samples, rate, subtype=subtype)
    report = convert_folder(folder / "in", folder / "out", RATE)
    assert report.failed == {}
    return wav.read(folder / "out" / "a.wav", RATE)[0], report.warnings


def _level(samples):
    return 20 * np.log10(np.std(samples))


STEREO = {
    "stereo whose channels are opposite in phase": (-1.0, 1),
    "stereo at 80% opposite phase": (-0.8, 1),
    "the second channel is the louder one": (-1.5, 2),
    "a second channel that is silent": (0.0, 0),
    "a second channel of little opposite phase": (-0.1, 0),
    "the same in both channels": (1.0, 0),
}


@pytest.mark.parametrize("row", STEREO)
def test_stereo_is_mixed_unless_its_channels_take_from_each_other(tmp_path, speech, row):
    gain, channel = STEREO[row]
    stereo = np.stack([0.6 * speech, gain * 0.6 * speech], axis=1)
    made, warnings = _convert(tmp_path, "a.wav", stereo)
    kept = wav.Recording(tmp_path / "in" / "a.wav")
    blocks = list(kept.blocks())
    read_LC = np.concatenate([block_LC for block_LC, _ in blocks])
    expected = read_LC[:, channel - 1] if channel else read_LC.mean(axis=1)
    np.testing.assert_array_equal(made, wav.to_pcm16(expected)[0] / np.float32(32768))
    assert _level(made) > _level(0.6 * speech) - 7
    if channel:
        [warning] = warnings
        assert warning.startswith("a.wav: its channels are opposite in phase")
        assert f"channel {channel} was taken alone" in warning
    else:
        assert warnings == []


def test_opposite_phase_in_half_of_a_long_recording_is_found(tmp_path, speech):
    long = np.tile(speech, 30) * 0.8
    stereo = np.stack([long, long], axis=1)
    stereo[len(long) // 2 :, 1] *= -1
    made, [warning] = _convert(tmp_path, "a.wav", stereo)
    assert "opposite in phase" in warning
    assert "channel 1 was taken alone" in warning
    np.testing.assert_allclose(made, long, atol=1 / 32768)


@pytest.mark.parametrize(
    ("name", "subtype", "gain"),
    [
        pytest.param("a.wav", "FLOAT", 2.0, id="float wav above 1.0"),
        pytest.param("a.wav", "DOUBLE", 500.0, id="of double precision"),
        pytest.param("a.wav", "FLOAT", 1e30, id="beyond all measure"),
        pytest.param("a.ogg", "VORBIS", 1.5, id="a lossy codec decodes to floats"),
    ],
)
def test_what_is_above_full_scale_is_scaled_to_fit(tmp_path, speech, name, subtype, gain):
    made, warnings = _convert(tmp_path, name, gain * speech / np.abs(speech).max(), subtype)
    assert np.abs(made).max() == pytest.approx(PEAK_CEILING, abs=1e-4)
    if gain < 1e6:
        assert np.corrcoef(made, speech[: len(made)])[0, 1] > 0.99
        assert len(warnings) == 1
    assert warnings[0].startswith("a.wav: its peak of ")
    assert "scaled by" in warnings[0]


READ = dict.fromkeys(SUFFIXES, 2 / 32768) | dict.fromkeys((".ogg", ".oga", ".mp3", ".opus"), 0.2)
FORMATS = {".oga": "OGG", ".snd": "AU", ".aif": "AIFF", ".opus": "OGG"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_w64_au_and_others_beside_others_are_read(tmp_path, speech, suffix):
    (tmp_path / "in").mkdir()
    wav.write_pcm16(tmp_path / "in" / "beside.wav", speech, RATE)
    path, rate = tmp_path / "in" / f"a{suffix}", 48000 if suffix == ".opus" else RATE
    subtype = {".opus": "OPUS"}.get(suffix)
    soundfile.write(path, speech, rate, format=FORMATS.get(suffix, suffix[1:].upper()), subtype=subtype)
    head, info = header(path), soundfile.info(str(path))
    assert (head.rate, head.channels, head.frames) == (info.samplerate, 1, info.frames)
    report = convert_folder(tmp_path / "in", tmp_path / "out", rate)
    assert [str(name) for name in report.converted] == ["a.wav", "beside.wav"]
    made, _ = wav.read(tmp_path / "out" / "a.wav")
    assert len(made) >= len(speech) - 10
    np.testing.assert_allclose(made[: len(speech)], speech[: len(made)], atol=READ[suffix])


def test_endings_that_cannot_be_opened_are_named(tmp_path, speech):
    wav.write_pcm16(tmp_path / "talk.wav", np.tile(speech, 2), RATE)
    for name in ("a.m4a", "b.M4A", "c.wma"):
        (tmp_path / name).write_bytes(b"phone")
    sentence = "warning: passed over, since these cannot be opened: 2 .m4a, 1 .wma"
    for command in (
        ("convert", "--in_path", ".", "--out_path", "out", "--json"),
        ("slice", ".", "--dry-run"),
        ("transcribe", ".", "--out", "m.txt", "--provider", "google", "--language", "en-US", "--dry-run"),
    ):
        assert sentence in vitsdeck(tmp_path, *command).stderr, command


def test_full_disk_names_the_destination(tmp_path, speech, monkeypatch):
    """A row: full disk during convert."""
    (tmp_path / "in").mkdir()
    wav.write_pcm16(tmp_path / "in" / "a.wav", speech, RATE)
    real = wav.replacing

    class Full:
        def __init__(self, file):
            self.file, self.name = file, file.name

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    class Replacing:
        def __init__(self, *args, **kwargs):
            self.inner = real(*args, **kwargs)

        def __enter__(self):
            return Full(self.inner.__enter__())

        def __exit__(self, *args):
            return self.inner.__exit__(*args)

    monkeypatch.setattr(wav, "replacing", Replacing)
    [reason] = convert_folder(tmp_path / "in", tmp_path / "out").failed.values()
    out = tmp_path / "out" / "a.wav"
    assert reason == f"{out} cannot be written (No space left on device)"

    assert list((tmp_path / "out").glob("*.wav")) == []


CONTAINERS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "adpcm in wav": ("WAV", "IMA_ADPCM"),
}


@pytest.mark.parametrize("row", CONTAINERS)
def test_truncated_files_of_the_usual_kinds_are_refused(tmp_path, speech, row):
    form, subtype = CONTAINERS[row]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.wav"  # the name decides nothing
    soundfile.write(path, speech, RATE, format=form, subtype=subtype)
    whole = path.read_bytes()
    assert len(wav.Recording(path).path.read_bytes()) == len(whole)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    [reason] = convert_folder(tmp_path / "in", tmp_path / "out").failed.values()
    assert reason.startswith(("is cut short", "cannot be decoded"))


def _lying(speech, **lies):
    """A 16-bit mono wav whose header lies in some fields."""
    data = wav.to_pcm16(speech)[0].tobytes()
    said = {"channels": 1, "rate": RATE, "block": 2, "bits": 16, "bytes": len(data)} | lies
    fmt = (16, 1, said["channels"], said["rate"], RATE * 2, said["block"], said["bits"])
    body = b"WAVE" + struct.pack("<4sIHHIIHH", b"fmt ", *fmt)
    body += struct.pack("<4sI", b"data", said["bytes"]) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


@pytest.mark.parametrize(
    ("lies", "says"),
    [
        ({"bytes": 9_000_000}, "is cut short: its header promises 4500000 samples"),
        ({"bytes": 0}, "was never finished"),
        ({"rate": 1}, "its header says 1 Hz, which no recorder makes"),
        ({"rate": 4_000_000_000}, "which no recorder makes"),
    ],
    ids=["promises more", "promises nothing", "a rate of 1 Hz", "a rate of 4 GHz"],
)
def test_lying_headers_are_refused_or_named(tmp_path, speech, lies, says):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.wav").write_bytes(_lying(speech, **lies))
    report = convert_folder(tmp_path / "in", tmp_path / "out")
    told = [*report.failed.values(), *report.warnings]
    assert len(told) == 1
    assert says in told[0]


def test_slice_and_transcription_hear_what_convert_hears(tmp_path, speech):
    pause = np.zeros(RATE, np.float32)
    talk = np.concatenate([speech, pause, speech])
    path = tmp_path / "in" / "a.wav"
    made, warnings = _convert(tmp_path, "a.wav", np.stack([talk, -talk], axis=1))
    cuts = find_cuts(path)
    np.testing.assert_array_equal(np.concatenate(list(cuts.recording.mono())), made)
    told: list[str] = []
    pieces = list(cut(path, 1000, 10**9, RATE, warnings=told))
    np.testing.assert_array_equal(np.concatenate([piece.pcm_L for piece in pieces]) / np.float32(32768), made)
    [sliced] = slice_files([path], tmp_path / "clips").sliced
    assert [f"a.wav: {each}" for each in told] == warnings
    assert sliced.warnings == told
    assert all(np.abs(wav.read(tmp_path / "clips" / each.name)[0]).max() > 0.1 for each in sliced.slices)
