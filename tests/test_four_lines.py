"""The first voice in four lines: init, prepare, train, speak; no file edited, in any language."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from engine import config as configs
from tests.cli_support import vitsdeck
from tests.train.conftest import TINY

KOREAN = """안녕하세요, 오늘은 날씨가 좋습니다.
기차가 곧 역에 도착합니다.
아이들이 마당에서 놀고 있습니다.
저는 아침마다 커피를 마십니다.
강물이 천천히 바다로 흐릅니다.
어제 친구와 영화를 보았습니다.
창문을 열고 거리를 보았습니다.
내일은 조금 일찍 일어나겠습니다.
할머니가 따뜻한 국을 끓였습니다.
이 길은 마을로 이어집니다.
책상 위에 열쇠가 있습니다.
겨울에는 항구가 조용합니다.""".splitlines()
JAPANESE = """おはようございます。
きょうはいいてんきです。
でんしゃがもうすぐつきます。
こどもたちがにわであそんでいます。
わたしはまいあさおちゃをのみます。
かわはゆっくりうみへながれます。
きのうともだちとえいがをみました。
まどをあけてとおりをみました。
あしたはすこしはやくおきます。
このみちはむらへつづきます。
つくえのうえにかぎがあります。
ふゆのみなとはしずかです。""".splitlines()
RECORD = """
import sys
from pathlib import Path
from engine.demo.recorder import record
record(Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8").splitlines(), sys.argv[3])
"""


def _copied(corpus: Path, folder: Path, wanted) -> Path:
    """Part of a corpus: the recordings whose line is wanted, and these lines."""
    lines = (corpus / "metadata.csv").read_text(encoding="utf-8").splitlines()
    lines = [line for number, line in enumerate(lines) if wanted(number, line.split("|"))]
    for line in lines:
        audio = next(corpus.rglob(f"{line.split('|')[0]}.*"))
        target = folder / audio.relative_to(corpus)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(audio, target)
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _recorded(folder: Path, sentences: list[str], voice: str) -> Path:
    """Sentences read aloud by espeak-ng, in a process of its own: the library holds one voice for a process."""
    folder.mkdir()
    (folder.parent / "sentences").write_text("\n".join(sentences), encoding="utf-8")
    command = [sys.executable, "-c", RECORD, str(folder), str(folder.parent / "sentences"), voice]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder


def _german(folder: Path, corpora: Path) -> Path:
    return _copied(corpora / "kerstin_de", folder, lambda number, _: number < 12)


def _english(folder: Path, corpora: Path) -> Path:
    return _copied(corpora / "ljspeech", folder, lambda number, _: number < 12)


def _two_speakers(folder: Path, corpora: Path) -> Path:
    return _copied(corpora / "librispeech", folder, lambda _, columns: columns[1] in ("1688", "2033"))


def _korean(folder: Path, _corpora: Path) -> Path:
    return _recorded(folder, KOREAN, "ko")


def _japanese(folder: Path, _corpora: Path) -> Path:
    return _recorded(folder, JAPANESE, "ja")


VOICES = {
    "German": ("de", _german, "Guten Tag.", ()),
    "LJ Speech": ("en", _english, "Good day.", ()),
    "two speakers": ("english", _two_speakers, "Good day.", ("1688", "2033")),
    "Korean": ("ko", _korean, "안녕하세요.", ()),
    "Japanese": ("ja-JP", _japanese, "おはようございます。", ()),
}


@pytest.mark.parametrize("voice", VOICES)
def test_four_lines_lead_from_recordings_to_a_spoken_sentence(voice, tmp_path, corpora):
    language, make, sentence, speakers = VOICES[voice]
    recordings = make(tmp_path / "recordings", corpora)
    _done(tmp_path, "init", "voices", "--language", language)
    voices = tmp_path / "voices"
    _make_preset_small(voices)
    _done(voices, "prepare", str(recordings))
    _done(voices, "train", "-m", "anna", "--steps", "2")
    flags = ["--speaker", speakers[-1]] if speakers else []
    spoken = _done(voices, "speak", sentence, "-m", "anna", *flags)
    wave, rate = soundfile.read(voices / spoken.stdout.strip())
    assert rate == 22050 and len(wave) > 0

    made = configs.load(voices / "logs" / "anna" / "config.json")
    assert made.data.training_files == "filelists/train.txt.cleaned"
    assert made.speakers == (speakers or None)
    assert made.model.gin_channels == (256 if speakers else 0)


def _done(folder: Path, *words: str):
    ended = vitsdeck(folder, *words)
    assert ended.returncode == 0, ended.stderr
    return ended


def _make_preset_small(voices: Path) -> None:
    """The smallest network that trains, in the preset of a processor."""
    path = voices / "configs" / "small_cpu.json"
    preset = json.loads(path.read_text(encoding="utf-8"))
    preset["train"] |= {"batch_size": 2, "segment_size": TINY.train.segment_size}
    sizes = dataclasses.asdict(TINY.model)
    preset["model"] |= {name: sizes[name] for name in preset["model"].keys() & sizes.keys()}
    path.write_text(json.dumps(preset), encoding="utf-8")
