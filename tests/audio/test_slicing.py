"""Long recordings are cut in their pauses, into clips of the length that was asked for, without losing speech."""

import json
import resource

import numpy as np
import pytest
import soundfile

from engine.audio.convert import convert_folder
from engine.audio.header import header
from engine.audio.slicing import CutRules, find_cuts
from engine.audio.wav import read, write_pcm16
from engine.dataset.slices import read_cuts, slice_files
from engine.errors import InputError
from tests.cli_support import vitsdeck

RATE = 16000


@pytest.fixture(scope="module")
def long_recording(corpora, tmp_path_factory):
    """Ten LJ Speech sentences with a pause of 0.7 s between them; the sentences' borders in seconds."""
    pieces, borders, at = [], [], 0
    pause = np.zeros(int(0.7 * 22050), np.float32)
    for path in sorted((corpora / "ljspeech" / "wavs").glob("*.wav"))[:10]:
        wav_L, _ = read(path)
        pieces += [wav_L, pause]
        borders.append((at / 22050, (at + len(wav_L)) / 22050))
        at += len(wav_L) + len(pause)
    path = tmp_path_factory.mktemp("long") / "chapter one.wav"
    write_pcm16(path, np.concatenate(pieces), 22050)
    return path, borders


def test_sentences_come_apart_where_the_pauses_are(long_recording):
    path, borders = long_recording
    cuts = find_cuts(path, CutRules(min_pause_s=0.6, max_s=15))
    assert len(cuts.clips) == 10
    for (begin, end), (first, last) in zip(cuts.clips, borders, strict=True):
        assert first - 0.2 < begin / 22050 < first + 0.4
        assert last - 0.6 < end / 22050 < last + 0.2


@pytest.mark.parametrize(("least", "most"), [(1.0, 4.0), (2.0, 6.0), (0.5, 2.0)])
def test_clips_keep_to_their_bounds_and_do_not_overlap(long_recording, least, most):
    path, _ = long_recording
    cuts = find_cuts(path, CutRules(min_s=least, max_s=most, min_pause_s=0.2))
    lengths = [(end - begin) / 22050 for begin, end in cuts.clips]
    assert min(lengths) >= least
    assert max(lengths) <= most
    assert all(a[1] <= b[0] for a, b in zip(cuts.clips, cuts.clips[1:], strict=False))
    sound, _ = read(path)
    kept = np.zeros(len(sound), bool)
    for begin, end in (*cuts.clips, *cuts.left_out):
        kept[begin:end] = True
    lost = np.square(sound[~kept]).sum() / np.square(sound).sum()
    assert lost < 1e-3  # of the energy: nothing that speaks falls between two clips


def test_speech_without_a_pause_is_cut_at_its_quietest_moment(tmp_path):
    dice = np.random.default_rng(1)
    wav_L = dice.normal(0, 0.1, 30 * RATE).astype(np.float32)
    for second in (7, 15, 22):
        wav_L[second * RATE : second * RATE + 3000] *= 0.2
    write_pcm16(tmp_path / "noise.wav", wav_L, RATE)
    cuts = find_cuts(tmp_path / "noise.wav", CutRules(max_s=10))
    ends = [end / RATE for _, end in cuts.clips[:-1]]
    assert [round(end) for end in ends] == [7, 15, 22]


def test_clips_are_the_recording_sample_by_sample(long_recording, tmp_path):
    path, _ = long_recording
    report = slice_files([path], tmp_path / "out")
    sound, _ = read(path)
    for each in report.sliced[0].slices:
        clip, rate = read(tmp_path / "out" / each.name)
        begin = round(each.begin_s * rate)
        nearby = sound[max(0, begin - 20) : begin + len(clip) + 20]
        offsets = [np.array_equal(nearby[i : i + len(clip)], clip) for i in range(41)]
        assert any(offsets), each.name
    assert [line["name"] for line in read_cuts(tmp_path / "out")] == [e.name for e in report.sliced[0].slices]
    assert report.sliced[0].slices[0].name == "chapter_one_0001.wav"


def test_hours_of_sound_fit_into_little_memory(tmp_path):
    """12 minutes of 48 kHz stereo are 276 MB as floats; listening to them may not take a quarter of that."""
    rate = 48000
    second = np.random.default_rng(1).normal(0, 0.1, (rate, 2)).astype(np.float32)
    with soundfile.SoundFile(tmp_path / "long.wav", "w", rate, 2) as file:
        for number in range(720):
            file.write(second * (0 if number % 6 == 5 else 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cuts = find_cuts(tmp_path / "long.wav", CutRules(max_s=6))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert len(cuts.clips) == 120
    assert grown < 64


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        (CutRules(max_s=1.5), "less than twice min"),
        (CutRules(min_pause_s=0), "min_pause is 0"),
        (CutRules(top_db=float("nan")), "top_db is nan"),
    ],
)
def test_rules_that_cannot_be_met_are_refused(rules, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence):
        find_cuts(tmp_path / "any.wav", rules)


def test_silence_and_doubled_names_are_refused(tmp_path):
    write_pcm16(tmp_path / "quiet.wav", np.zeros(RATE, np.float32), RATE)
    report = slice_files([tmp_path / "quiet.wav"], tmp_path / "out")
    assert list(report.failed.values()) == ["holds nothing but silence"]
    with pytest.raises(InputError, match="the names of those of"):
        slice_files([tmp_path / "quiet.wav", tmp_path / "other" / "quiet.flac"], None)


def test_recordings_of_one_name_in_several_folders_are_told_apart(long_recording, tmp_path):
    path, _ = long_recording
    sound, rate = read(path)
    for part, folder in enumerate(("day one", "day two")):
        (tmp_path / "talks" / folder).mkdir(parents=True)
        write_pcm16(tmp_path / "talks" / folder / "talk.wav", sound[part * 10 * rate :][: 10 * rate], rate)
    talks = tmp_path / "talks"
    report = slice_files([talks, talks / "day one" / "talk.wav"], tmp_path / "out")
    assert [each.slices[0].name for each in report.sliced] == [
        "day_one_talk_0001.wav",
        "day_two_talk_0001.wav",
    ]
    assert len(list((tmp_path / "out").glob("*.wav"))) == report.clips
    # named by itself, each is called talk: the second must not write over the clips of the first
    first, second = (talks / day / "talk.wav" for day in ("day one", "day two"))
    slice_files([first], tmp_path / "both")
    with pytest.raises(InputError, match=r"would write over the clips of .*day one"):
        slice_files([second], tmp_path / "both")
    first.unlink()
    slice_files([second], tmp_path / "both")
    assert {line["source"] for line in read_cuts(tmp_path / "both")} == {str(second)}


@pytest.mark.parametrize("rate", [0, -5, 999, 99_999_999])
def test_rates_that_no_recording_has_are_refused(long_recording, tmp_path, rate):
    with pytest.raises(InputError, match=f"rate {rate} is not"):
        slice_files([long_recording[0]], tmp_path / "out", rate=rate)
    with pytest.raises(InputError, match=f"rate {rate} is not"):
        convert_folder(long_recording[0].parent, tmp_path / "out", rate)
    assert not (tmp_path / "out").exists()


def test_cuts_that_no_pause_asked_for_are_counted(long_recording, tmp_path):
    path, _ = long_recording
    assert find_cuts(path, CutRules(min_pause_s=0.6, max_s=15)).forced == 0
    cuts = find_cuts(path, CutRules(min_pause_s=5, max_s=15))
    assert cuts.forced == len(cuts.clips) + len(cuts.left_out) - 1 > 2
    command = ("slice", str(path), "--dry-run", "--min-pause", "5", "--max", "15")
    shown = vitsdeck(tmp_path, *command, "--json")
    assert shown.json["recordings"][0]["forced"] == cuts.forced
    assert f"{cuts.forced} cuts forced by --max where no pause is 5 s long" in shown.stderr


def test_the_command_shows_its_cuts_before_it_makes_them(long_recording, tmp_path):
    path, _ = long_recording
    shown = vitsdeck(tmp_path, "slice", str(path), "--dry-run", "--json", "--max", "15", "--min-pause", "0.6")
    assert shown.returncode == 0
    cuts = shown.json["recordings"][0]["cuts"]
    assert len(cuts) == 10
    assert not any(tmp_path.iterdir())
    done = vitsdeck(tmp_path, "slice", str(path), "--out_dir", "clips", "--max", "15", "--min-pause", "0.6")
    assert done.returncode == 0, done.stderr
    for cut in cuts:
        assert header(tmp_path / "clips" / cut["name"]).seconds == pytest.approx(
            cut["end_s"] - cut["begin_s"], abs=0.002
        )
    lines = (tmp_path / "clips" / "slices.jsonl").read_text().splitlines()
    assert [json.loads(line)["begin_s"] for line in lines] == [cut["begin_s"] for cut in cuts]
    assert "--out_dir is missing" in vitsdeck(tmp_path, "slice", str(path)).stderr


def test_the_manifest_waits_for_texts_and_keeps_those_it_has(long_recording, tmp_path):
    path, _ = long_recording
    clips = tmp_path / "space" / "clips"
    manifest = clips / "manifest.txt"
    first = slice_files([path], clips, CutRules(max_s=15, min_pause_s=0.6), root=tmp_path / "space")
    assert first.manifest == manifest
    rows = [line.split("|") for line in manifest.read_text().splitlines()]
    assert rows == [[f"clips/{each.name}", ""] for each in first.sliced[0].slices]
    told = [f"clips/{each.name}|words {i}" for i, each in enumerate(first.sliced[0].slices)]
    manifest.write_text("\n".join(["clips/by_hand.wav|mine", *told]) + "\n")
    slice_files([path], clips, CutRules(max_s=15, min_pause_s=0.6), root=tmp_path / "space")
    assert manifest.read_text().splitlines() == ["clips/by_hand.wav|mine", *told]
    fewer = slice_files([path], clips, CutRules(min_s=8, max_s=60, min_pause_s=0.6), root=tmp_path / "space")
    names = {each.name for each in fewer.sliced[0].slices}
    assert fewer.removed == len(told) - len(names) > 0
    assert {file.name for file in clips.glob("*.wav")} == names
    assert [line.split("|")[0] for line in manifest.read_text().splitlines()[1:]] == [
        f"clips/{name}" for name in sorted(names)
    ]


def test_a_list_of_another_kind_is_not_written_over(long_recording, tmp_path):
    path, _ = long_recording
    (tmp_path / "manifest.txt").write_text("a.wav|anna|words\n")
    with pytest.raises(InputError, match="in the way"):
        slice_files([path], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.txt"]


def test_what_slice_wrote_is_transcribed_in_one_go(corpora, tmp_path):
    pytest.importorskip("pocketsphinx")
    clips = [read(path)[0] for path in sorted((corpora / "ljspeech" / "wavs").glob("*.wav"))[1:3]]
    pause = np.zeros(int(0.7 * 22050), np.float32)
    write_pcm16(tmp_path / "talk.wav", np.concatenate([clips[0], pause, clips[1]]), 22050)
    cut = vitsdeck(tmp_path, "slice", "talk.wav", "--out_dir", "clips", "--max", "15", "--min-pause", "0.6")
    assert "vitsdeck transcribe clips --out clips/manifest.txt" in cut.stderr
    manifest = tmp_path / "clips" / "manifest.txt"
    assert manifest.read_text() == "talk_0001.wav|\ntalk_0002.wav|\n"
    flags = ("--provider", "pocketsphinx", "--language", "en-US", "--yes", "--ledger", "ledger.sqlite")
    done = vitsdeck(tmp_path, "transcribe", "clips", "--out", "clips/manifest.txt", *flags)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|") for line in manifest.read_text().splitlines()]
    assert [name for name, _ in rows] == ["talk_0001.wav", "talk_0002.wav"]
    assert all(text.strip() for _, text in rows)
