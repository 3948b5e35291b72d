"""Clips as people have them, judged and mended: the rows on sound of the table of cases, by their names."""

import numpy as np
import pytest
import soundfile

from engine.audio.wav import read, write_pcm16
from engine.dataset.clips.measure import measure_clip
from engine.dataset.clips.validate import validate_filelists
from engine.dataset.repair import apply as repair
from engine.dataset.repair.plan import Recipe
from tests.cli_support import vitsdeck

RATE = 22050


@pytest.fixture(scope="module")
def speech(corpora):
    return read(corpora / "ljspeech" / "wavs" / "LJ001-0002.wav")[0]


def _listed(folder, samples, subtype="PCM_16"):
    (folder / "wavs").mkdir()
    soundfile.write(folder / "wavs" / "a.wav", samples, RATE, subtype=subtype)
    (folder / "train.txt").write_text("wavs/a.wav|in being comparatively modern\n")
    return [folder / "train.txt"]


@pytest.mark.parametrize(
    ("offset", "channels", "subtype"),
    [
        pytest.param(0.4, 1, "PCM_16", id="a constant offset of 0.4 of full scale"),
        pytest.param(-0.06, 1, "PCM_16", id="a small one below zero"),
        pytest.param(0.4, 2, "PCM_16", id="in both channels"),
        pytest.param(0.9, 1, "FLOAT", id="so that a float file exceeds full scale"),
    ],
)
def test_constant_offset_is_named_by_check_and_removed_by_mend(tmp_path, speech, offset, channels, subtype):
    clip = speech * 0.5
    lists = _listed(tmp_path, np.stack([clip + offset] * channels, axis=1), subtype)
    original = (tmp_path / "wavs" / "a.wav").read_bytes()
    found = validate_filelists(None, lists, tmp_path)
    [verdict] = [each for clip in found.clips for each in clip.issues if each.kind == "offset"]
    assert (verdict.severity, verdict.fix) == ("suspect", "centre")
    assert verdict.reason.startswith("has a constant offset of ")
    done = repair.apply(tmp_path, repair.plan_lists(tmp_path, lists, None))
    assert not done.failed
    copy = tmp_path / lists[0].read_text().split("|")[0]
    assert copy.parent == tmp_path / "fixed" / "wavs"
    np.testing.assert_allclose(read(copy, RATE)[0], clip - clip.mean(), atol=2 / 32768)
    assert (tmp_path / "wavs" / "a.wav").read_bytes() == original
    assert not [each for clip in validate_filelists(None, lists, tmp_path).clips for each in clip.issues]


def test_the_commands_name_it_and_remove_nothing_else(tmp_path, speech):
    made = vitsdeck(tmp_path, "init", "voices", "--language", "en")
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "voices"
    for name, offset in (("a", 0.4), ("b", 0.0)):
        (folder / "wavs").mkdir(exist_ok=True)
        write_pcm16(folder / "wavs" / f"{name}.wav", speech * 0.5 + offset, RATE)
    (folder / "train.txt").write_text("wavs/a.wav|one thing\nwavs/b.wav|another thing\n")
    checked = vitsdeck(folder, "check", "train.txt", "--json")
    assert checked.json["counts"]["offset"] == 1
    assert "has a constant offset of 0.40 of full scale" in checked.stdout + checked.stderr
    mended = vitsdeck(folder, "mend", "train.txt", "--only", "centre")
    assert mended.returncode == 0, mended.stderr
    first, second = (folder / "train.txt").read_text().splitlines()
    assert first.startswith("fixed/wavs/a.")
    assert second == "wavs/b.wav|another thing"


def test_copies_of_older_recipes_keep_their_names():
    assert Recipe("wavs/a.wav", RATE, True, -23.0).target == "fixed/wavs/a.d64d00e7.wav"
    assert Recipe("wavs/a.wav", RATE, True, -23.0, True).target != "fixed/wavs/a.d64d00e7.wav"


@pytest.mark.parametrize(
    ("gain", "top", "is_clipped"),
    [
        pytest.param(2.0, np.inf, False, id="float wav above 1.0"),
        pytest.param(2.0, 1.0, True, id="cut off at full scale before"),
        pytest.param(4.0, 1.5, True, id="cut off beyond full scale"),
    ],
)
def test_floats_are_judged_by_where_they_are_cut_off(tmp_path, speech, gain, top, is_clipped):
    loud = np.clip(gain * speech / np.abs(speech).max(), -top, top)
    soundfile.write(tmp_path / "a.wav", loud, RATE, subtype="FLOAT")
    assert (measure_clip(tmp_path / "a.wav").clipped > 0) == is_clipped


def test_stereo_of_opposite_phase_is_not_taken_for_silence(tmp_path, speech):
    soundfile.write(tmp_path / "a.wav", np.stack([speech, -speech], axis=1), RATE)
    soundfile.write(tmp_path / "b.wav", speech, RATE)
    opposite, plain = measure_clip(tmp_path / "a.wav"), measure_clip(tmp_path / "b.wav")
    assert (opposite.silence, opposite.lead_s) == (plain.silence, plain.lead_s)
