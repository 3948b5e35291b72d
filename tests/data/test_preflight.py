"""Every fault of the data is one sentence with file and line, before training starts."""

import dataclasses

import numpy as np
import pytest
import soundfile

from engine.audio import wav
from engine.data.judgement import check_and_judge
from engine.data.preflight import ListFault, check
from engine.errors import InputError
from engine.text.preprocess import sidecar_path
from engine.text.symbols import ENGLISH_178, table, to_ids, with_blanks


def _refused(workspace, sentence, config=None, **options):
    with pytest.raises(InputError, match=sentence) as caught:
        check(config or workspace.config, workspace.folder, **options)
    assert "\n" not in str(caught.value)
    return caught.value


def test_six_clips_of_real_speech_pass(workspace):
    seen = []
    report = check(workspace.config, workspace.folder, on_progress=lambda *args: seen.append(args))
    assert (len(report.train), len(report.val), report.dropped, report.warnings) == (4, 2, [], [])
    assert seen == [(i, 6) for i in range(1, 7)]
    first = report.train[0]
    samples, _ = wav.read(workspace.clip(1))
    assert first.frames == len(samples) // 256
    assert first.path == str(workspace.clip(1))
    assert list(first.ids) == with_blanks(to_ids(first.text, table(ENGLISH_178)))
    assert (first.line, first.speaker_id) == (1, None)


def test_uncleaned_lists_are_cleaned_on_the_way(workspace):
    cleaned = check(workspace.config, workspace.folder)
    raw = workspace.set(
        cleaned_text=False, training_files="filelists/train.txt", validation_files="filelists/val.txt"
    )
    assert check(raw, workspace.folder).train == cleaned.train


def test_list_that_is_not_cleaned_is_refused(workspace):
    raw = workspace.set(training_files="filelists/train.txt")
    error = _refused(
        workspace, r"train.txt:1: is not cleaned .*cleaned_text is true; run `vitsdeck preprocess", raw
    )
    assert "train.txt --text_cleaners english_cleaners2" in error.fix


@pytest.mark.parametrize("keep_sidecar", [True, False])
def test_list_that_is_cleaned_already_is_refused(workspace, keep_sidecar):
    if not keep_sidecar:
        sidecar_path(workspace.train).unlink()
        workspace.train.rename(workspace.folder / "filelists" / "plain.txt")
    name = workspace.config.data.training_files if keep_sidecar else "filelists/plain.txt"
    raw = workspace.set(cleaned_text=False, training_files=name)
    _refused(workspace, r":1: is cleaned already, but data.cleaned_text is false", raw)


def test_basic_cleaners_notice_capital_letters(workspace):
    data = {"training_files": "filelists/train.txt", "validation_files": "filelists/train.txt"}
    _refused(
        workspace,
        r"is not cleaned \(basic_cleaners",
        workspace.set(text_cleaners=("basic_cleaners",), **data),
    )


def test_missing_cleaned_list_names_the_command(workspace):
    workspace.train.unlink()
    error = _refused(workspace, r"train.txt.cleaned: no such filelist; make it: `vitsdeck preprocess")
    assert str(workspace.folder / "filelists" / "train.txt") + " " in error.fix


def test_missing_lists_name_the_keys(workspace):
    _refused(
        workspace,
        r"no such filelist; name your lists in data.training_files",
        workspace.set(training_files="x"),
    )


def test_unknown_cleaner_is_named_with_the_config_and_its_line(workspace, tmp_path):
    config = workspace.set(text_cleaners=("english_cleanres2",))
    written = tmp_path / "my.json"
    written.write_text(config.to_json())
    line = next(n for n, row in enumerate(config.to_json().splitlines(), 1) if "text_cleaners" in row)
    sentence = rf'my.json:{line}: data.text_cleaners: unknown cleaner "english_cleanres2"'
    _refused(workspace, sentence, config, config_path=written)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda lines: [], r"train.txt.cleaned: is empty"),
        (lambda lines: lines[:1], r"train.txt.cleaned:1: has one line only; training needs 2"),
        (lambda lines: [*lines[:2], "", lines[2]], r"train.txt.cleaned:3: is blank"),
        (
            lambda lines: [*lines[:2], lines[2] + "|x"],
            r"train.txt.cleaned:3: has 3 columns where 2 are needed",
        ),
        (
            lambda lines: [*lines[:2], "wavs/clip3.wav"],
            r"train.txt.cleaned:3: has 1 column where 2 are needed",
        ),
        (lambda lines: [line.replace("|", "|0|") for line in lines], r":1: has 3 columns where 2 are needed"),
    ],
)
def test_spoilt_lists(workspace, spoil, sentence):
    workspace.write(workspace.train, spoil(workspace.lines(workspace.train)))
    _refused(workspace, sentence)


def test_empty_validation_list(workspace):
    workspace.val.write_text("", encoding="utf-8")
    _refused(workspace, r"val.txt.cleaned: is empty")


def test_text_that_is_not_utf8(workspace):
    workspace.val.write_bytes(workspace.val.read_bytes() + b"wavs/clip6.wav|\xff\n")
    _refused(workspace, r"val.txt.cleaned:3: is not UTF-8 \(byte 0xff")


def test_symbols_outside_the_table_are_all_listed_at_once(workspace):
    for path, symbol in ((workspace.train, "(3%"), (workspace.val, "3\u0303")):
        lines = workspace.lines(path)
        workspace.write(path, [lines[0], lines[1] + symbol, *lines[2:]])
    error = _refused(workspace, r"train.txt.cleaned:2: 4 symbols are not in the symbol table")
    assert [symbol in str(error) for symbol in ("U+0028", "U+0033", "U+0025", "U+0303")] == [True] * 4
    assert error.details[1] == f"{workspace.train}:2: '3' U+0033, in 2 lines"
    assert error.details[3].startswith(f"{workspace.val}:2: ")


def test_the_configs_own_table_counts(workspace):
    config = dataclasses.replace(workspace.config, symbols=ENGLISH_178[:100])
    _refused(workspace, r"symbols are not in the symbol table", config)


def test_missing_audio_is_listed(workspace):
    workspace.clip(2).unlink()
    workspace.clip(4).unlink()
    error = _refused(workspace, r"train.txt.cleaned:2: missing audio \(wavs/clip2.wav\), and 1 more like it")
    assert error.details == (f"{workspace.train}:4: missing audio (wavs/clip4.wav)",)


def test_faults_of_different_kinds_are_told_at_once(workspace):
    samples, rate = wav.read(workspace.clip(1))
    wav.write_pcm16(workspace.clip(1), samples, 16000)
    soundfile.write(workspace.clip(2), np.stack([samples, samples], axis=1), rate)
    workspace.clip(3).unlink()
    data = workspace.clip(5).read_bytes()
    workspace.clip(5).write_bytes(data[: len(data) // 2])
    lines = workspace.lines(workspace.val)
    workspace.write(workspace.val, [lines[0], lines[1] + "%"])
    with pytest.raises(InputError, match=r"not in the symbol table.*and 4 other clips cannot") as caught:
        check_and_judge(workspace.config, workspace.folder)
    told = "\n".join([str(caught.value), *caught.value.details])
    places = [f"{workspace.train}:{line}: " for line in (1, 2, 3)] + [
        f"{workspace.val}:{line}: " for line in (1, 2)
    ]
    assert [place for place in places if place not in told] == []
    assert all(word in told for word in ("16000 Hz", "stereo", "no such file", "cut short"))


def test_a_fault_of_a_whole_list_is_not_told_line_by_line(workspace):
    workspace.clip(3).unlink()
    raw = workspace.set(training_files="filelists/train.txt")
    with pytest.raises(ListFault, match="is not cleaned") as caught:
        check_and_judge(raw, workspace.folder)
    assert caught.value.details == ()


def test_truncated_audio(workspace):
    data = workspace.clip(3).read_bytes()
    workspace.clip(3).write_bytes(data[: len(data) // 2])
    _refused(workspace, r"train.txt.cleaned:3: audio is cut short: its header promises")


def test_wrong_rate(workspace):
    samples, _ = wav.read(workspace.clip(5))
    wav.write_pcm16(workspace.clip(5), samples, 16000)
    _refused(
        workspace, r"val.txt.cleaned:1: audio is at 16000 Hz, data.sampling_rate is 22050 .*vitsdeck convert"
    )


def test_stereo(workspace, corpora):
    samples, rate = wav.read(workspace.clip(1))
    soundfile.write(workspace.clip(1), np.stack([samples, samples], axis=1), rate)
    _refused(workspace, r"train.txt.cleaned:1: audio is stereo \(wavs/clip1.wav\); mono is needed")


def test_clip_shorter_than_one_segment(workspace):
    samples, rate = wav.read(workspace.clip(2))
    wav.write_pcm16(workspace.clip(2), samples[:8191], rate)
    _refused(workspace, r"train.txt.cleaned:2: clip of 8191 samples is shorter than one segment .*8192\)")


def test_clip_of_exactly_one_segment_passes(workspace):
    samples, rate = wav.read(workspace.clip(2))
    wav.write_pcm16(workspace.clip(2), samples[:8192], rate)
    lines = workspace.lines(workspace.train)
    workspace.write(workspace.train, [lines[0], "wavs/clip2.wav|həlˈoʊ", *lines[2:]])
    assert check(workspace.config, workspace.folder).train[1].frames == 32


def test_text_longer_than_its_clip(workspace):
    samples, rate = wav.read(workspace.clip(2))
    wav.write_pcm16(workspace.clip(2), samples[:8192], rate)
    _refused(workspace, r"train.txt.cleaned:2: text of \d+ ids is longer than its clip of 32 frames")


def test_long_clips_and_long_texts_are_dropped_counted_and_listed(workspace):
    samples, rate = wav.read(workspace.clip(2))
    wav.write_pcm16(workspace.clip(2), np.tile(samples, 8), rate)
    lines = workspace.lines(workspace.train)
    workspace.write(workspace.train, [*lines[:3], "wavs/clip4.wav|" + "ə" * 191])
    report = check(workspace.config, workspace.folder)
    assert [drop.line for drop in report.dropped] == [2, 4]
    assert "more than the longest bucket (1000, 11.6 s)" in report.dropped[0].reason
    assert "its text has 191 symbols" in report.dropped[1].reason
    assert str(report.dropped[0]).startswith(f"{workspace.train}:2: wavs/clip2.wav is left out: ")
    assert [utterance.line for utterance in report.train] == [1, 3]
    assert f"{workspace.train}: 2 of 4 clips are left out by length" in report.warnings


def test_a_list_of_which_nothing_is_left(workspace):
    _refused(workspace, r"train.txt.cleaned:1: all 4 clips are left out", workspace.set(max_text_len=3))


def _with_speakers(workspace, speakers):
    for path in (workspace.train, workspace.val):
        lines = [line.split("|") for line in workspace.lines(path)]
        named = zip(lines, speakers, strict=False)
        workspace.write(path, [f"{audio}|{speaker}|{text}" for (audio, text), speaker in named])


def test_missing_speaker_column(workspace):
    _refused(
        workspace,
        r"train.txt.cleaned:1: has no speaker column, but data.n_speakers is 2",
        workspace.set(n_speakers=2),
    )


def test_speaker_out_of_range(workspace):
    _with_speakers(workspace, ["0", "1", "2", "1"])
    _refused(
        workspace,
        r":3: speaker 2 is out of range, data.n_speakers 2 allows 0 to 1",
        workspace.set(n_speakers=2),
    )


def test_speaker_names_need_the_configs_list_and_get_its_order(workspace):
    _with_speakers(workspace, ["anna", "bo", "anna", "bo"])
    config = workspace.set(n_speakers=2)
    _refused(workspace, r':1: unknown speaker "anna"; .*"speakers": \["anna", "bo"\]', config)
    named = dataclasses.replace(config, speakers=("bo", "anna"))
    report = check(named, workspace.folder)
    assert [utterance.speaker_id for utterance in report.train] == [1, 0, 1, 0]


def test_a_speaker_without_clips_a_shared_clip_and_a_double_are_warned_of(workspace):
    _with_speakers(workspace, ["0", "0", "0", "0"])
    workspace.write(workspace.val, workspace.lines(workspace.train)[:1] * 2)
    warnings = "\n".join(check(workspace.set(n_speakers=2), workspace.folder).warnings)
    assert "1 of 2 speakers has no clip" in warnings
    assert "1 clip is trained on too" in warnings
    assert "wavs/clip1.wav stands on several lines" in warnings


def test_a_list_cleaned_by_other_versions_is_warned_of(workspace):
    sidecar = sidecar_path(workspace.train)
    content = sidecar.read_text(encoding="utf-8")
    sidecar.write_text(content.replace('"espeak": "1', '"espeak": "0'), encoding="utf-8")
    assert "so its phonemes may differ" in check(workspace.config, workspace.folder).warnings[0]
