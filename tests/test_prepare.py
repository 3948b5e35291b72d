"""`vitsdeck prepare`: from recordings to lists, once; what it refuses is refused before anything is written."""

import json
import shutil
from pathlib import Path

import pytest

from engine import workspace as workspaces
from engine.config import voice_file
from engine.dataset.lists import filelist
from engine.prepare import prepare
from engine.progress import progress_of
from tests.cli_support import vitsdeck

STEPS = ("survey", "texts", "convert", "split", "clean", "symbols", "speakers", "check")


@pytest.fixture
def voices(tmp_path):
    """A workspace of German."""
    return workspaces.init(tmp_path / "voices", language="de")


@pytest.fixture
def recordings(tmp_path, corpora):
    """Eight German clips with their lines."""
    return _some(corpora / "kerstin_de", tmp_path / "recordings", 8)


def _some(corpus: Path, folder: Path, count: int, first: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    lines = (corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()[first : first + count]
    for line in lines:
        shutil.copy(corpus / f"{line.split('|')[0]}.flac", folder)
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _files(root: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and time; not what measuring keeps."""
    return {
        str(path.relative_to(root)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and ".vitsdeck" not in path.parts
    }


def test_recordings_become_lists_and_a_second_run_changes_nothing(voices, recordings):
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert done.returncode == 0, done.stderr
    assert "metadata.csv: a list of path|text, 8 clips" in done.stderr
    progress = progress_of(voices)
    assert (progress.recordings, sum(progress.lists), progress.next_step) == (8, 8, "train")
    assert set(voice_file.read(voices.root).symbols) >= {"ç", "ʊ", "-"}

    before = _files(voices.root)
    again = vitsdeck(voices.root, "prepare", str(recordings), "--json")
    assert again.returncode == 0
    assert [step["name"] for step in again.json["steps"]] == list(STEPS)
    assert not any(step["did"] for step in again.json["steps"])
    assert (
        again.json["clips"] == {"train.txt": 6, "val.txt": 2, "test.txt": 0}
        or sum(again.json["clips"].values()) == 8
    )
    assert _files(voices.root) == before


def test_another_language_is_named_and_nothing_is_written_until_it_is_said(tmp_path, corpora):
    english = workspaces.init(tmp_path / "voices")
    before = _files(english.root)
    done = vitsdeck(english.root, "prepare", str(corpora / "kerstin_de"))
    assert done.returncode == 2
    assert "the texts are not English; is this German? --language de" in done.stderr
    assert _files(english.root) == before
    assert workspaces.find(english.root).language.code == "en"

    recordings = _some(corpora / "kerstin_de", tmp_path / "recordings", 4)
    assert vitsdeck(english.root, "prepare", str(recordings), "--language", "german").returncode == 0
    assert workspaces.find(english.root).language.code == "de"
    sidecar = json.loads((english.filelists_dir / "train.txt.cleaned.json").read_text(encoding="utf-8"))
    assert sidecar["cleaners"] == ["normalise:de-1", "espeak:de"]


def test_lists_in_another_language_are_not_cleaned_by_a_new_one(voices, recordings, corpora, tmp_path):
    assert vitsdeck(voices.root, "prepare", str(recordings)).returncode == 0
    before = _files(voices.root)
    others = _some(corpora / "kerstin_de", tmp_path / "others", 4, 8)
    done = vitsdeck(voices.root, "prepare", str(others), "--language", "en")
    assert done.returncode == 2
    assert "train.txt: is a list in German; make another workspace" in done.stderr
    assert _files(voices.root) == before


def test_check_refuses_a_list_that_the_workspace_would_clean_otherwise(voices, recordings):
    assert vitsdeck(voices.root, "prepare", str(recordings)).returncode == 0
    workspaces.init(voices.root, language="nl")
    done = vitsdeck(voices.root, "check", "filelists/train.txt.cleaned", "--language", "nl")
    assert done.returncode == 2 and "was cleaned by espeak:de (German)" in done.stderr


def test_recordings_without_transcripts_end_with_the_line_that_transcribes_them(voices, recordings):
    (recordings / "metadata.csv").unlink()
    before = _files(voices.root)
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert done.returncode == 2
    line = f"vitsdeck transcribe {recordings} --out {recordings}/metadata.csv --provider whisper --language de-DE"
    assert f"8 recordings without transcripts; `{line}`" in done.stderr
    assert _files(voices.root) == before


@pytest.mark.parametrize("last", STEPS[2:-1])
def test_an_interrupted_preparation_goes_on_and_ends_as_one_that_was_not(last, voices, recordings, tmp_path):
    def stop(step):
        if step.name == last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(voices, [recordings], on_step=stop)
    assert prepare(voices, [recordings]).bad == 0
    whole = workspaces.init(tmp_path / "whole", language="de")
    prepare(whole, [recordings])
    names = ["voice.json", *(f"filelists/{name}.txt.cleaned" for name in ("train", "val", "test"))]
    assert [(voices.root / name).read_text() for name in names] == [
        (whole.root / name).read_text() for name in names
    ]


def test_new_recordings_are_told_and_the_lists_stay(voices, recordings, corpora):
    prepare(voices, [recordings])
    lists = {path: path.read_bytes() for path in voices.filelists_dir.glob("*.txt")}
    _some(corpora / "kerstin_de", recordings, 10)
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert "2 recordings in no list, as wavs/recordings/" in done.stderr
    assert f"`vitsdeck split {recordings}` adds them" in done.stderr
    assert "8 clips ready, 2 more in no list;" in done.stderr
    assert {path: path.read_bytes() for path in voices.filelists_dir.glob("*.txt")} == lists

    added = vitsdeck(voices.root, "split", str(recordings), "--json")
    assert (added.json["added"], added.json["kept"]) == (2, 8), added.stderr
    again = vitsdeck(voices.root, "prepare", str(recordings), "--json")
    assert "in no list" not in again.stderr
    assert [step["name"] for step in again.json["steps"] if step["did"]] == ["clean"]


def test_speakers_get_ids_in_voice_json(tmp_path, corpora):
    voices = workspaces.init(tmp_path / "voices")
    speakers = [corpora / "librispeech" / name for name in ("1688", "2033")]
    lines = (corpora / "librispeech" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    texts = tmp_path / "lines.csv"
    texts.write_text("\n".join(line for line in lines if line.split("|")[1] in ("1688", "2033")))
    done = prepare(voices, speakers, transcripts=texts)
    assert voice_file.read(voices.root).speakers == ("1688", "2033")
    clips = filelist.read(voices.filelists_dir / "train.txt")
    assert {Path(clip.path).parent.as_posix() for clip in clips} == {"wavs/1688", "wavs/2033"}
    assert sum(done.clips.values()) == 20


def test_clips_in_the_audio_folder_are_taken_as_converted(voices, recordings):
    from engine.audio.convert import convert_folder

    convert_folder(recordings, voices.audio_dir)
    shutil.copy(recordings / "metadata.csv", voices.audio_dir)
    before = set(_files(voices.audio_dir))
    prepare(voices, [voices.audio_dir])
    assert set(_files(voices.audio_dir)) == before
    assert filelist.read(voices.filelists_dir / "train.txt")[0].path.startswith("wavs/de_rhasspy")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            "a,b\nc,d\n",
            "metadata.csv:1: has 1 column where 2 or 3 are needed (they seem to be separated by commas",
        ),
        ("de_rhasspy-0001|Nichts.\n", "metadata.csv:1: no audio for de_rhasspy-0001; looked for it as given"),
        (
            "de_rhasspy-0004|Einmal.\nde_rhasspy-0004|Noch einmal.\n",
            "de_rhasspy-0004.flac is on two lines; remove one",
        ),
    ],
)
def test_a_wrong_layout_is_refused_before_anything_is_written(lines, sentence, voices, recordings):
    (recordings / "metadata.csv").write_text(lines)
    before = _files(voices.root)
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr
    assert _files(voices.root) == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("recordings/metadata.csv", "is a file, not a folder of recordings"),
        ("nowhere", "no such folder"),
        (".", "holds the workspace itself"),
    ],
)
def test_what_is_no_folder_of_recordings_is_named(name, sentence, voices, recordings):
    done = vitsdeck(voices.root, "prepare", str(recordings.parent / name))
    assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr


def test_a_recording_that_cannot_be_read_is_left_out_and_told(voices, recordings):
    broken = sorted(recordings.glob("*.flac"))[0]
    broken.write_bytes(b"no sound")
    done = vitsdeck(voices.root, "prepare", str(recordings), "--json")
    assert done.returncode == 1
    assert [each["path"] for each in done.json["failed"]] == [str(broken)]
    assert sum(done.json["clips"].values()) == 7


def test_where_no_recording_can_be_read_the_reason_is_said_and_nothing_is_split(voices, recordings):
    for path in recordings.glob("*.flac"):
        path.write_bytes(b"no sound")
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert done.returncode == 2
    assert "none of the recordings can be converted; the first" in done.stderr and "split:" not in done.stderr
    assert not voice_file.read(voices.root).symbols


def test_too_few_recordings_are_refused_before_one_is_converted(voices, corpora, tmp_path):
    done = vitsdeck(voices.root, "prepare", str(_some(corpora / "kerstin_de", tmp_path / "two", 2)))
    assert (done.returncode, "2 recordings cannot fill train, val and test" in done.stderr) == (2, True)
    assert not list(voices.audio_dir.rglob("*.wav"))


@pytest.mark.parametrize("name", ["list.txt", "Anna.csv"])
def test_the_only_list_in_a_folder_may_have_any_name(name, voices, recordings):
    (recordings / "metadata.csv").rename(recordings / name)
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert done.returncode == 0, done.stderr
    assert f"{name}: a list of path|text, 8 clips" in done.stderr
    (recordings / "other.txt").write_text("a.wav|Guten Tag.\n")
    several = vitsdeck(voices.root, "prepare", str(recordings))
    assert several.returncode == 2 and "holds several lists: " in several.stderr


def test_the_typed_language_is_that_of_the_transcribe_line(voices, recordings):
    (recordings / "metadata.csv").unlink()
    done = vitsdeck(voices.root, "prepare", str(recordings), "--language", "fr")
    assert (done.returncode, "--language fr-FR" in done.stderr) == (2, True)
    unknown = vitsdeck(voices.root, "prepare", str(recordings), "--language", "zz")
    assert (unknown.returncode, 'no language is called "zz"' in unknown.stderr) == (2, True)


def test_clips_without_a_speaker_are_not_added_to_lists_with_speakers(voices, recordings, corpora, tmp_path):
    lines = (recordings / "metadata.csv").read_text(encoding="utf-8").splitlines()
    named = [line.replace("|", f"|{'anna' if i % 2 else 'ben'}|", 1) for i, line in enumerate(lines)]
    (recordings / "metadata.csv").write_text("\n".join(named) + "\n", encoding="utf-8")
    assert vitsdeck(voices.root, "prepare", str(recordings)).returncode == 0
    before = _files(voices.filelists_dir)
    more = _some(corpora / "kerstin_de", tmp_path / "more", 4, first=8)
    told = vitsdeck(voices.root, "prepare", str(more), "--transcripts", str(more / "metadata.csv"))
    assert f"`vitsdeck split {more / 'metadata.csv'}` adds them" in told.stderr
    done = vitsdeck(voices.root, "split", str(more / "metadata.csv"))
    assert (
        done.returncode == 2
        and "the lists name a speaker on every line, and these clips do not" in done.stderr
    )
    assert _files(voices.filelists_dir) == before


def test_clips_that_a_training_leaves_out_are_not_called_ready(voices, recordings):
    lines = (recordings / "metadata.csv").read_text(encoding="utf-8").splitlines()
    lines[:4] = [line + " und so weiter" * 12 for line in lines[:4]]
    (recordings / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = vitsdeck(voices.root, "prepare", str(recordings))
    again = vitsdeck(voices.root, "prepare", str(recordings), "--json").json
    assert again["left_out"] > 0
    assert f"{again['left_out']} that it would leave out" in done.stderr
    assert f"{8 - again['bad'] - again['left_out']} clips ready" in done.stderr


def test_clips_in_another_language_are_cleaned_as_it_and_their_symbols_are_in_the_table(
    voices, tmp_path, corpora
):
    folder = tmp_path / "recordings"
    some = _some(corpora / "kerstin_de", folder, 4)
    german = [line.split("|") for line in (some / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    lines = ["path|language|text", *(f"{name}|de|{text}" for name, *_, text in german[:3])]
    lines.append(f"{german[3][0]}|en|Through the thick thistles.")
    (some / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = vitsdeck(voices.root, "prepare", str(some))
    assert done.returncode == 0, done.stderr
    lists = [voices.filelists_dir / f"{name}.txt" for name in ("train", "val", "test")]
    texts = {entry.text for path in lists if path.is_file() for entry in filelist.read(path)}
    assert "[en: Through the thick thistles.]" in texts and sum("[" in text for text in texts) == 1
    cleaned = "".join(Path(f"{path}.cleaned").read_text(encoding="utf-8") for path in lists if path.is_file())
    assert "θɹuː ðə θˈɪk θˈɪsəlz." in cleaned and "[" not in cleaned
    assert {"θ", "ð"} <= set(voice_file.read(voices.root).symbols)


def test_lists_that_name_the_recordings_themselves_are_not_filled_twice(voices, recordings):
    assert vitsdeck(voices.root, "split", str(recordings)).returncode == 0
    before = _files(voices.root)
    done = vitsdeck(voices.root, "prepare", str(recordings))
    assert done.returncode == 2 and "train.txt:1: names the recording" in done.stderr
    assert _files(voices.root) == before


def test_a_text_that_was_changed_since_is_named_and_the_list_keeps_its_own(voices, recordings):
    prepare(voices, [recordings])
    listed = recordings / "metadata.csv"
    first, *rest = listed.read_text(encoding="utf-8").splitlines()
    name, *_ = first.split("|")
    listed.write_text("\n".join([f"{name}|Etwas ganz anderes.", *rest]) + "\n", encoding="utf-8")
    said = [step.said for step in prepare(voices, [recordings]).steps if step.name == "split"]
    assert any(
        f"1 recording with another text than in the lists, as wavs/recordings/{name}.wav" in each
        for each in said
    )


def test_a_list_in_the_folder_above_is_named(voices, recordings):
    folder = recordings / "wavs"
    folder.mkdir()
    for path in recordings.glob("*.flac"):
        path.rename(folder / path.name)
    done = vitsdeck(voices.root, "prepare", str(folder))
    assert done.returncode == 2 and "8 recordings without transcripts" in done.stderr
    assert f"`vitsdeck prepare {folder} --transcripts {recordings / 'metadata.csv'}`" in done.stderr
    listed = str(recordings / "metadata.csv")
    assert vitsdeck(voices.root, "prepare", str(folder), "--transcripts", listed).returncode == 0
