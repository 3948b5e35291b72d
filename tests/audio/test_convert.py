"""Folders as people bring them become mono PCM16 at one rate."""

import os
import shutil
import signal
import subprocess
import sys
import time

import librosa
import numpy as np
import pytest
import soundfile

from engine.audio import wav
from engine.audio.convert import convert_folder
from engine.audio.header import header
from engine.errors import InputError

RATE = 22050


@pytest.fixture
def mixed(corpora, tmp_path):
    """Stereo and mono, 8 to 44.1 kHz, wav, flac, ogg and mp3, in two sub-folders."""
    source = tmp_path / "in"
    (source / "deep" / "er").mkdir(parents=True)
    for name in ("multi.wav", "two_channel_16k.wav", "audio_silence_padding.wav"):
        shutil.copyfile(corpora / "mixed_formats" / name, source / name)
    shutil.copyfile(corpora / "kerstin_de" / "de_rhasspy-0004.flac", source / "deep" / "kerstin.FLAC")
    samples, rate = wav.read(corpora / "librispeech" / "1688" / "1688-142285-0002.flac")
    soundfile.write(source / "deep" / "er" / "a.ogg", samples, rate)
    soundfile.write(source / "deep" / "er" / "b.mp3", samples, rate)
    return source


def _names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_everything_becomes_mono_pcm16_at_the_rate_and_sub_folders_stay(mixed, tmp_path):
    out = tmp_path / "out"
    seen = []
    report = convert_folder(mixed, out, RATE, 2, lambda *args: seen.append(args))
    wanted = [
        "audio_silence_padding.wav",
        "deep/er/a.wav",
        "deep/er/b.wav",
        "deep/kerstin.wav",
        "multi.wav",
        "two_channel_16k.wav",
    ]
    assert [str(path) for path in report.converted] == wanted
    assert _names(out) == wanted
    assert (report.failed, report.skipped, report.ignored) == ({}, 0, {})
    assert [args[:2] for args in seen] == [(i, 6) for i in range(1, 7)]
    for name in wanted:
        head = header(out / name)
        assert (head.rate, head.channels, head.subtype) == (RATE, 1, "PCM_16")
    assert report.audio_seconds == pytest.approx(sum(header(out / name).seconds for name in wanted))


@pytest.mark.parametrize("name", ["multi.wav", "two_channel_16k.wav", "deep/kerstin.FLAC"])
def test_samples_are_those_of_librosas_soxr_hq(mixed, tmp_path, name):
    convert_folder(mixed / name, tmp_path / "out")
    [path] = (tmp_path / "out").glob("*.wav")
    converted, _ = wav.read(path)
    samples, rate = soundfile.read(mixed / name, dtype="float32", always_2d=True)
    expected = librosa.resample(librosa.to_mono(samples.T), orig_sr=rate, target_sr=RATE, res_type="soxr_hq")
    assert 0 <= len(expected) - len(converted) <= 1  # librosa pads by a zero where soxr rounds down
    pcm, _ = wav.to_pcm16(expected[: len(converted)])
    np.testing.assert_array_equal(converted, pcm.astype(np.float32) / 32768)


def test_second_run_does_nothing_and_changes_are_seen(mixed, tmp_path):
    out = tmp_path / "out"
    convert_folder(mixed, out)
    before = {name: (out / name).stat().st_mtime_ns for name in _names(out)}
    again = convert_folder(mixed, out)
    assert (len(again.converted), again.skipped) == (0, 6)
    assert {name: (out / name).stat().st_mtime_ns for name in _names(out)} == before
    # an older file in its place (same name, older time), a target that is gone
    shutil.copyfile(mixed / "two_channel_16k.wav", mixed / "multi.wav")
    os.utime(mixed / "multi.wav", ns=(1, 1))
    (out / "deep" / "kerstin.wav").unlink()
    assert [str(path) for path in convert_folder(mixed, out).converted] == ["deep/kerstin.wav", "multi.wav"]


def test_bad_files_are_reported_with_their_reason_and_the_rest_is_done(mixed, tmp_path):
    data = (mixed / "multi.wav").read_bytes()
    (mixed / "cut.wav").write_bytes(data[:5000])
    (mixed / "text.mp3").write_text("no sound here")
    (mixed / "empty.ogg").touch()
    report = convert_folder(mixed, tmp_path / "out")
    assert len(report.converted) == 6
    assert {path.name: reason.split(":")[0] for path, reason in report.failed.items()} == {
        "cut.wav": "is cut short",
        "text.mp3": "cannot be read as audio (Format not recognised)",
        "empty.ogg": "is an empty file",
    }
    assert not (tmp_path / "out" / "cut.wav").exists()
    assert len(convert_folder(mixed, tmp_path / "out").failed) == 3


def test_sources_of_one_name_are_reported_and_neither_is_written(mixed, tmp_path):
    shutil.copyfile(mixed / "deep" / "kerstin.FLAC", mixed / "multi.flac")
    report = convert_folder(mixed, tmp_path / "out")
    assert [path.name for path in report.failed] == ["multi.flac", "multi.wav"]
    assert "multi.wav would become multi.wav as well" in next(iter(report.failed.values()))
    assert not (tmp_path / "out" / "multi.wav").exists()
    assert len(report.converted) == 5


def test_loops_of_links_hidden_files_and_own_output_are_left_out(mixed):
    (mixed / "deep" / "loop").symlink_to(mixed)
    shutil.copyfile(mixed / "multi.wav", mixed / ".hidden.wav")
    (mixed / ".trash").mkdir()
    shutil.copyfile(mixed / "multi.wav", mixed / ".trash" / "x.wav")
    out = mixed / "converted"
    assert len(convert_folder(mixed, out).converted) == 6
    again = convert_folder(mixed, out)
    assert (len(again.converted), again.skipped) == (0, 6)


def test_a_link_from_the_target_to_a_source_never_overwrites_it(mixed, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "multi.wav").symlink_to(mixed / "multi.wav")
    before = (mixed / "multi.wav").read_bytes()
    report = convert_folder(mixed, out)
    assert list(report.failed.values()) == ["would overwrite its own source"]
    assert (mixed / "multi.wav").read_bytes() == before


def test_a_file_of_another_kind_is_never_overwritten(mixed, tmp_path):
    """At another rate convert refuses as well: whose clip that is nobody knows."""
    out = tmp_path / "out"
    out.mkdir()
    mine = out / "multi.wav"
    for content in ((mixed / "deep" / "kerstin.FLAC").read_bytes(), b"notes"):
        mine.write_bytes(content)
        [(path, reason)] = convert_folder(mixed, out).failed.items()
        assert path.name == "multi.wav"
        assert "out/multi.wav is there already and no mono wav of 22050 Hz; remove it" in reason
        assert mine.read_bytes() == content
    mine.unlink()
    assert not convert_folder(mixed, out).failed
    assert len(convert_folder(mixed, out, 16000).failed) == 6


def test_overshoot_is_held_and_counted(tmp_path):
    (tmp_path / "in").mkdir()
    square = np.where(np.arange(44100) % 200 < 100, 1.0, -1.0) * 32767 / 32768
    soundfile.write(tmp_path / "in" / "loud.wav", square, 44100, subtype="PCM_16")
    report = convert_folder(tmp_path / "in", tmp_path / "out")
    [(name, clipped)] = report.clipped.items()
    assert str(name) == "loud.wav"
    assert clipped > 100
    samples, _ = wav.read(tmp_path / "out" / "loud.wav")
    assert np.abs(np.diff(samples)).max() < 1.9  # a wrapped sample would jump by 2


def test_faults_of_the_arguments_are_one_sentence(mixed, tmp_path):
    for arguments, sentence in (
        ((tmp_path / "none", tmp_path / "out"), "none: no such folder"),
        ((mixed, mixed), "are the same folder"),
        ((mixed, tmp_path / "out", 0), "rate 0 is not above 0"),
        ((mixed, mixed / "multi.wav"), "multi.wav: cannot be written"),
    ):
        with pytest.raises(InputError, match=sentence):
            convert_folder(*arguments)
    (tmp_path / "phone").mkdir()
    (tmp_path / "phone" / "a.m4a").touch()
    with pytest.raises(InputError, match="holds no recording; wav, flac, ogg"):
        convert_folder(tmp_path / "phone", tmp_path / "out")


def test_ctrl_c_leaves_whole_files_only(corpora, tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    long, rate = wav.read(corpora / "mixed_formats" / "Google_Gnome.wav")
    wav.write_pcm16(tmp_path / "long.wav", np.tile(long, 4), rate)
    for number in range(40):
        os.link(tmp_path / "long.wav", source / f"{number:02d}.wav")
    code = (
        "import sys\n"
        "from engine.audio.convert import convert_folder\n"
        "convert_folder(sys.argv[1], sys.argv[2], workers=2, on_progress=lambda *a: print(a, flush=True))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(source), str(out)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    started = time.monotonic()
    assert child.wait(timeout=30) != 0
    assert time.monotonic() - started < 20
    child.stdout.close()
    names = _names(out)
    assert 1 < len(names) < 40
    assert not any(name.startswith(".") for name in names)
    expected = len(long) * 4 * RATE / rate
    for name in names:
        assert abs(header(out / name).frames - expected) <= 1
    report = convert_folder(source, out)
    assert (report.skipped + len(report.converted), report.failed) == (40, {})
    assert report.skipped >= len(names) - 1


def test_leftovers_of_a_killed_run_are_removed(mixed, tmp_path):
    out = tmp_path / "out"
    code = (
        "import os, sys\n"
        "from engine.files.atomic import replacing\n"
        "with replacing(sys.argv[1]) as file:\n"
        "    file.write(b'half'); file.flush(); os._exit(9)"
    )
    out.mkdir()
    subprocess.run([sys.executable, "-c", code, str(out / "multi.wav")], check=False)
    assert len(list(out.iterdir())) == 1
    convert_folder(mixed, out)
    assert not [name for name in _names(out) if name.startswith(".")]
