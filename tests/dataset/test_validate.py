"""Every fault of the data is one sentence with file and line, the same from the shell, in the pane and in training."""

import dataclasses

import numpy as np
import pytest
import soundfile

from engine.audio import wav
from engine.dataset.clips.validate import prepare_data, validate_filelists
from engine.text.sidecar import sidecar_path
from engine.text.symbols import ENGLISH_178, table, to_ids, with_blanks


def test_six_clips_of_real_speech_pass(workspace):
    seen = []
    data = prepare_data(workspace.config, workspace.folder, on_progress=lambda *args: seen.append(args[:2]))
    assert (len(data.train), len(data.val), data.left_out, data.warnings) == (4, 2, [], [])
    assert seen[-1] == (6, 6)
    first, samples = data.train[0], wav.read(workspace.clip(1))[0]
    assert (first.path, first.frames, first.speaker) == ("wavs/clip1.wav", len(samples) // 256, None)
    text = workspace.lines(workspace.train)[0].split("|")[1]
    assert list(first.ids) == with_blanks(to_ids(text, table(ENGLISH_178)))
    assert workspace.prepared().train == data.train, "headers say the same of length"


def test_uncleaned_lists_are_cleaned_on_the_way(workspace):
    names = {"training_files": "filelists/train.txt", "validation_files": "filelists/val.txt"}
    raw = workspace.set(cleaned_text=False, **names)
    assert workspace.prepared(raw).train == workspace.prepared().train


def test_a_list_that_is_not_cleaned_is_refused(workspace):
    raw = workspace.set(training_files="filelists/train.txt")
    error = workspace.refused(
        r"train.txt: is not cleaned .*cleaned_text is true; run `vitsdeck preprocess", raw
    )
    assert "train.txt --text_cleaners english_cleaners2" in error.fix
    assert error.details == (), "it is no fault of its clips"


def test_a_list_that_is_cleaned_by_its_name_only_is_refused(workspace):
    lines = ["wavs/clip1.wav|Größe (1) & so", "wavs/clip2.wav|Straße 12%"]
    workspace.write(workspace.train, lines)
    sidecar_path(workspace.train).unlink()
    config = workspace.set(
        text_cleaners=("korean_cleaners",), validation_files=workspace.config.data.training_files
    )
    workspace.refused(r"train.txt.cleaned: is not cleaned \(korean_cleaners", config)


@pytest.mark.parametrize("keep_sidecar", [True, False])
def test_a_list_that_is_cleaned_already_is_refused(workspace, keep_sidecar):
    if not keep_sidecar:
        sidecar_path(workspace.train).unlink()
        workspace.train.rename(workspace.folder / "filelists" / "plain.txt")
    name = workspace.config.data.training_files if keep_sidecar else "filelists/plain.txt"
    raw = workspace.set(cleaned_text=False, training_files=name)
    workspace.refused(r": is cleaned already, but data.cleaned_text is false", raw)


def test_a_missing_cleaned_list_names_the_command(workspace):
    workspace.train.unlink()
    error = workspace.refused(r"train.txt.cleaned: no such filelist; make it: `vitsdeck preprocess")
    assert str(workspace.folder / "filelists" / "train.txt") + " " in error.fix


RAW = {"training_files": "filelists/train.txt", "validation_files": "filelists/train.txt"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"training_files": "x"}, r"no such filelist; name your lists in data.training_files"),
        (
            {"text_cleaners": ("basic_cleaners",), **RAW},
            r"is not cleaned \(basic_cleaners",
        ),  # capital letters
        ({"max_text_len": 3}, r"train.txt.cleaned: 0 of 4 clips can be trained on; the first"),
        ({"n_speakers": 2}, r"train.txt.cleaned:1: .* has no speaker, but data.n_speakers is 2"),
    ],
)
def test_lists_that_do_not_fit_the_config_are_refused(workspace, data, sentence):
    workspace.refused(sentence, workspace.set(**data))


def test_an_unknown_cleaner_is_named_with_the_config_and_its_line(workspace, tmp_path):
    config = workspace.set(text_cleaners=("english_cleanres2",))
    written = tmp_path / "my.json"
    written.write_text(config.to_json())
    line = next(n for n, row in enumerate(config.to_json().splitlines(), 1) if "text_cleaners" in row)
    sentence = rf'my.json:{line}: data.text_cleaners: unknown cleaner "english_cleanres2"'
    workspace.refused(sentence, config, config_path=written)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda lines: [], r"train.txt.cleaned: 0 of 0 clips can be trained on; 2 or more are needed"),
        (lambda lines: lines[:1], r"train.txt.cleaned: 1 of 1 clips can be trained on; 2 or more are needed"),
        (lambda lines: [*lines[:2], "", lines[2]], r"train.txt.cleaned:3: is blank"),
        (
            lambda lines: [*lines[:2], lines[2] + "|x"],
            r"train.txt.cleaned:3: .*: has 3 columns where 2 are needed",
        ),
        (
            lambda lines: [*lines[:2], "wavs/clip3.wav"],
            r"train.txt.cleaned:3: .*: has 1 column where 2 are needed",
        ),
        (
            lambda lines: [line.replace("|", "|0|") for line in lines],
            r":1: .* has a speaker, but data.n_speakers",
        ),
        (
            lambda lines: [*lines, "wavs/clip1.wav|hə(%"],
            r":5: .*: symbols not in the table: '\(' U\+0028, '%' U\+0025",
        ),
        (lambda lines: [*lines, "wavs/clip9.wav|həlˈoʊ"], r":5: wavs/clip9.wav: no such file"),
        (lambda lines: [*lines, "../clip9.wav|həlˈoʊ"], r":5: ../clip9.wav: climbs out of the workspace"),
    ],
)
def test_spoilt_lists(workspace, spoil, sentence):
    workspace.write(workspace.train, spoil(workspace.lines(workspace.train)))
    if not workspace.lines(workspace.train)[0]:
        workspace.train.write_text("", encoding="utf-8")
    workspace.refused(sentence)


def test_the_configs_own_table_counts(workspace):
    config = dataclasses.replace(workspace.config, symbols=ENGLISH_178[:100])
    error = workspace.refused(
        r"symbols not in the table: .* and 5 more cannot be trained on.*`vitsdeck symbols", config
    )
    assert len(error.details) == 5, "each clip with its own symbols"


def _spoil_rate(workspace):
    wav.write_pcm16(workspace.clip(5), wav.read(workspace.clip(5))[0], 16000)


def _spoil_channels(workspace):
    samples, rate = wav.read(workspace.clip(1))
    soundfile.write(workspace.clip(1), np.stack([samples, samples], axis=1), rate)


def _spoil_end(workspace):
    data = workspace.clip(3).read_bytes()
    workspace.clip(3).write_bytes(data[: len(data) // 2])


SPOILT_CLIPS = [
    (lambda workspace: workspace.clip(2).unlink(), r"train.txt.cleaned:2: wavs/clip2.wav: no such file"),
    (_spoil_end, r"train.txt.cleaned:3: wavs/clip3.wav: is cut short: its header promises"),
    (
        _spoil_rate,
        r"val.txt.cleaned:1: wavs/clip5.wav: is at 16000 Hz, 22050 Hz is needed; run: vitsdeck convert",
    ),
    (
        _spoil_channels,
        r"train.txt.cleaned:1: wavs/clip1.wav: is stereo; mono is needed, run: vitsdeck convert",
    ),
    (lambda workspace: workspace.cut(2, 8191), r":2: .*its 8191 samples are fewer than a segment of 8192"),
    (lambda workspace: workspace.cut(2, 8192), r":2: .*\d+ symbols with blanks do not fit into 32 frames"),
]


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT_CLIPS)
def test_spoilt_clips(workspace, spoil, sentence):
    spoil(workspace)
    workspace.refused(sentence)


def test_faults_of_different_kinds_are_told_at_once(workspace):
    for spoil, _ in SPOILT_CLIPS[:4]:
        spoil(workspace)
    error = workspace.refused(r"train.txt.cleaned:1: .* is stereo, and 3 more cannot be trained on")
    told = "\n".join([str(error), *error.details])
    places = [f"{workspace.train}:{line}: " for line in (1, 2, 3)] + [f"{workspace.val}:1: "]
    assert [place for place in places if place not in told] == []
    assert all(word in told for word in ("16000 Hz", "stereo", "no such file", "cut short"))


def test_long_clips_and_long_texts_are_left_out_counted_and_listed(workspace):
    samples, rate = wav.read(workspace.clip(2))
    wav.write_pcm16(workspace.clip(2), np.tile(samples, 8), rate)
    lines = workspace.lines(workspace.train)
    workspace.write(workspace.train, [*lines[:3], "wavs/clip4.wav|" + "ə" * 191])
    data = workspace.prepared()
    assert [each.line for each in data.left_out] == [2, 4]
    assert "frames, data.max_frames allows 1000 (11.6 s)" in data.left_out[0].reason
    assert "its text has 191 symbols" in data.left_out[1].reason
    assert str(data.left_out[0]).startswith(f"{workspace.train}:2: wavs/clip2.wav is left out: ")
    assert [clip.path for clip in data.train] == ["wavs/clip1.wav", "wavs/clip3.wav"]
    assert f"{workspace.train}: 2 of 4 clips are left out: 1 long, 1 text_length" in data.warnings
    checked = validate_filelists(workspace.config, [workspace.train], workspace.folder)
    assert (checked.counts["long"], checked.counts["text_length"]) == (1, 1)


def test_bad_clips_can_be_left_out(workspace):
    workspace.clip(2).unlink()
    data = workspace.prepared(skip_invalid=True)
    assert [(each.path, each.reason) for each in data.left_out] == [("wavs/clip2.wav", "no such file")]
    assert len(data.train) == 3


def _with_speakers(workspace, speakers):
    for path in (workspace.train, workspace.val):
        lines = [line.split("|") for line in workspace.lines(path)]
        named = zip(lines, speakers, strict=False)
        workspace.write(path, [f"{audio}|{speaker}|{text}" for (audio, text), speaker in named])


def test_speaker_names_need_the_configs_list_and_get_its_order(workspace):
    _with_speakers(workspace, ["anna", "bo", "anna", "bo"])
    config = workspace.set(n_speakers=2)
    workspace.refused(r':1: .* speaker "anna" is no id .*`vitsdeck speakers LISTS', config)
    named = dataclasses.replace(config, speakers=("bo", "anna"))
    assert [clip.speaker for clip in workspace.prepared(named).train] == [1, 0, 1, 0]


def test_a_speaker_without_clips_and_a_shared_clip_are_warned_of(workspace):
    _with_speakers(workspace, ["0", "0", "0", "0"])
    workspace.write(workspace.val, workspace.lines(workspace.train)[:1])
    warnings = "\n".join(workspace.prepared(workspace.set(n_speakers=2)).warnings)
    assert "1 of 2 speakers has no clip" in warnings
    assert "1 clip is trained on too" in warnings


def test_a_list_cleaned_by_other_versions_is_warned_of(workspace):
    sidecar = sidecar_path(workspace.train)
    content = sidecar.read_text(encoding="utf-8")
    sidecar.write_text(content.replace('"espeak": "1', '"espeak": "0'), encoding="utf-8")
    assert "so its phonemes may differ" in workspace.prepared().warnings[0]
