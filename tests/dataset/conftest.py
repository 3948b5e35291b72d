"""A small workspace of real recordings, as `convert` and `split` leave one."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.audio import wav
from engine.config import Config, load
from engine.dataset.clips.validate import Validation, prepare_data
from engine.dataset.prepared import PreparedData
from engine.errors import InputError
from engine.text.preprocess import preprocess


@dataclass
class Workspace:
    """Lists and clips of a workspace that a test may spoil."""

    folder: Path
    config: Config

    @property
    def train(self) -> Path:
        return self.folder / self.config.data.training_files

    @property
    def val(self) -> Path:
        return self.folder / self.config.data.validation_files

    def clip(self, number: int) -> Path:
        return self.folder / "wavs" / f"clip{number}.wav"

    def lines(self, path: Path) -> list[str]:
        return path.read_text(encoding="utf-8").splitlines()

    def write(self, path: Path, lines: list[str]) -> None:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def set(self, **data: object) -> Config:
        return dataclasses.replace(self.config, data=dataclasses.replace(self.config.data, **data))

    def cut(self, number: int, samples: int) -> None:
        """Shorten a clip."""
        sound, rate = wav.read(self.clip(number))
        wav.write_pcm16(self.clip(number), sound[:samples], rate)

    def prepared(self, config: Config | None = None, **options: Any) -> PreparedData:
        """What a training would get."""
        return prepare_data(config or self.config, self.folder, measures=False, **options)

    def refused(self, sentence: str, config: Config | None = None, **options: Any) -> InputError:
        """The error of a training that is refused with this sentence."""
        with pytest.raises(InputError, match=sentence) as caught:
            self.prepared(config, **options)
        assert "\n" not in str(caught.value)
        return caught.value


@pytest.fixture(scope="session")
def speech(corpora: Path) -> list[Any]:
    """Three clips of a voice (samples), a quarter of a minute in all."""
    return [wav.read(path)[0] for path in sorted((corpora / "ljspeech" / "wavs").glob("*.wav"))[1:4]]


def kinds(validation: Validation) -> dict[int, set[str]]:
    """The kinds of what each clip suffers from, by its line."""
    return {each.clip.line: {verdict.kind for verdict in each.issues} for each in validation.clips}


@pytest.fixture
def workspace(corpora: Path, root: Path, tmp_path: Path) -> Workspace:
    """Six LJ Speech clips, four to train, two to validate, cleaned by english_cleaners2."""
    rows = (corpora / "ljspeech" / "metadata.csv").read_text(encoding="utf-8").splitlines()[:6]
    (tmp_path / "wavs").mkdir()
    (tmp_path / "filelists").mkdir()
    lines = []
    for number, row in enumerate(rows, 1):
        name, _, text = row.split("|")
        shutil.copyfile(
            corpora / "ljspeech" / "wavs" / f"{name}.wav", tmp_path / "wavs" / f"clip{number}.wav"
        )
        lines.append(f"wavs/clip{number}.wav|{text}\n")
    for list_name, part in (("train", lines[:4]), ("val", lines[4:])):
        path = tmp_path / "filelists" / f"{list_name}.txt"
        path.write_text("".join(part), encoding="utf-8")
        preprocess([path])
    shipped = load(root / "configs" / "ljs_mb_istft_vits.json")
    lists = {"training_files": "filelists/train.txt.cleaned", "validation_files": "filelists/val.txt.cleaned"}
    config = dataclasses.replace(shipped, data=dataclasses.replace(shipped.data, **lists))
    return Workspace(tmp_path, config)
