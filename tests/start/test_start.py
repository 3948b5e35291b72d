"""What is refused before a training starts, in the process that the person looks at; nothing is made then."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine import batch_size, start, workspace
from engine import config as configs
from engine.config import Config
from engine.config.run_options import RunOptions
from engine.dataset import prepared
from engine.errors import InputError
from engine.runs import gpus, registry
from engine.text.pronunciations import FILE_NAME
from engine.train import __main__ as trainer
from engine.workspace import Workspace
from tests.train.conftest import TINY, write_lists


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    """A workspace with six clips and the config `tiny`."""
    found = workspace.init(tmp_path)
    write_lists(tmp_path, TINY)
    (tmp_path / "run" / "config.json").replace(tmp_path / "configs" / "tiny.json")
    return found


def plan(made: Workspace, **how: Path) -> start.Plan:
    return start.plan(made, "voice", made.config_named("tiny"), **how)  # type: ignore[arg-type]


def make_preset(made: Workspace) -> None:
    """The preset for machines without a GPU has the sizes of `tiny`; the workspace's lists are the usual ones."""
    tree = json.loads(TINY.to_json())
    for key in ("training_files", "validation_files", "text_cleaners", "n_speakers"):
        del tree["data"][key]
    (made.configs_dir / "small_cpu.json").write_text(json.dumps(tree))
    for name in ("train.txt.cleaned", "val.txt.cleaned"):
        (made.root / name).replace(made.filelists_dir / name)


def begun(made: Workspace, name: str = "voice", config: Config = TINY) -> Path:
    """A run that has ended after its checkpoint of step 9."""
    folder = made.run_folder(name)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config.to_json())
    (folder / "G_9.pth").touch()
    return folder


def test_a_model_of_whisper_that_cannot_be_used_is_refused_before_a_folder_is_made(
    made: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(TINY, train=replace(TINY.train, whisper_model="models/tiny"))
    (made.configs_dir / "tiny.json").write_text(config.to_json())
    with pytest.raises(InputError, match=r"models/tiny: train.whisper_model .* model.bin is missing"):
        plan(made)
    folder = made.root / "models" / "tiny"
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).touch()
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(InputError, match=r"faster-whisper is not installed; .*quality"):
        plan(made)
    assert not made.run_folder("voice").exists()


@pytest.mark.parametrize("flag", ["from_g", "from_d"])
def test_weights_that_are_no_checkpoint_are_refused_before_a_folder_is_made(
    made: Workspace, flag: str
) -> None:
    torch.save({"model": {}}, made.root / "G_1.pth")
    files = {"from_g": made.root / "G_1.pth", flag: made.root / "0.wav"}
    with pytest.raises(InputError, match=r"0.wav: is not a checkpoint"):
        plan(made, **files)
    assert not made.logs_dir.exists()


def test_the_command_that_began_a_run_from_weights_resumes_it(made: Workspace) -> None:
    torch.save({"model": {}}, made.root / "G_1.pth")
    first = plan(made, from_g=made.root / "G_1.pth")
    assert not first.notes
    registry.prepare(first.folder, kind=start.KIND, argv=first.argv, config_json=first.config_json)
    facts = json.loads((first.folder / "run.json").read_text())
    (first.folder / "run.json").write_text(json.dumps(facts | {"starter": None}))  # and it ended
    assert not plan(made, from_g=made.root / "G_1.pth").notes  # no checkpoint of its own yet: it begins again
    (first.folder / "G_9.pth").touch()
    again = plan(made, from_g=made.root / "G_1.pth")
    assert again.notes == ["run voice has checkpoints, so it resumes from its own newest one"]


def test_first_run_needs_no_config(made: Workspace) -> None:
    make_preset(made)
    planned = start.plan(made, "anna")
    assert planned.notes[:2] == [
        "no GPU is here: training with the preset small_cpu",
        "batch size 1 instead of 2: it must fit a quarter of 4 clips",
    ]
    config = configs.parse(planned.config_json or "")
    assert config.model == TINY.model
    assert config.data.training_files == "filelists/train.txt.cleaned"
    assert config.train.batch_size == 1


def test_machine_with_a_gpu_gets_its_preset_and_a_measured_batch(
    made: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_preset(made)
    (made.configs_dir / "small_cpu.json").replace(made.configs_dir / "ljs_mini_mb_istft_vits.json")
    monkeypatch.setattr(gpus, "are_usable", lambda: True)
    asked: list[object] = []
    monkeypatch.setattr(batch_size, "measured", lambda *what: asked.append(what) or 1)
    planned = start.plan(made, "anna")
    assert planned.notes[0] == "a GPU is here: training with the preset ljs_mini_mb_istft_vits"
    assert len(asked) == 1
    start.plan(made, "anna", options=RunOptions(batch_size=2))
    assert len(asked) == 1  # what is typed is not measured


def test_run_resumed_with_its_preset_keeps_its_batch_size(made: Workspace) -> None:
    make_preset(made)
    begun(made, config=configs.parse(start.plan(made, "voice").config_json or ""))
    again = start.plan(made, "voice", made.config_named("small_cpu"))
    assert configs.parse(again.config_json or "").train.batch_size == 1
    assert not again.notes


def test_language_of_the_lists_decides_the_cleaner(made: Workspace) -> None:
    make_preset(made)
    planned = start.plan(made, "anna", options=RunOptions(language="german"))
    assert configs.parse(planned.config_json or "").data.text_cleaners == ("espeak:de",)
    begun(made, config=TINY)
    with pytest.raises(InputError, match=r"data.text_cleaners: english_cleaners2 -> espeak:de"):
        start.plan(made, "voice", options=RunOptions(language="de"))


def test_mistyped_name_starts_no_voice_and_the_nearest_names_are_offered(made: Workspace) -> None:
    make_preset(made)
    for name in ("bert", "anna"):
        begun(made, name)
    with pytest.raises(InputError, match=r"no run ana; the nearest names are anna, bert; `.* -m ana --new`"):
        start.plan(made, "ana")
    assert start.plan(made, "ana", new=True).config_json is not None


def test_new_refuses_the_name_of_a_run(made: Workspace) -> None:
    begun(made)
    with pytest.raises(InputError, match="there is a run voice already; leave --new out to resume it"):
        start.plan(made, "voice", new=True)


def test_options_replace_values_of_the_config(made: Workspace) -> None:
    options = RunOptions(batch_size=1, epochs=3, eval_interval=5, fp16=True, val_list="train.txt.cleaned")
    planned = start.plan(made, "voice", made.config_named("tiny"), options)
    config = configs.parse(planned.config_json or "")
    train = config.train
    assert (train.batch_size, train.epochs, train.eval_interval, train.fp16_run) == (1, 3, 5, True)
    assert config.data.validation_files == "train.txt.cleaned"


def test_resumed_run_keeps_its_config_but_for_what_is_typed(made: Workspace) -> None:
    begun(made)
    assert start.plan(made, "voice").config_json is None
    changed = start.plan(made, "voice", options=RunOptions(batch_size=1))
    assert changed.notes == ["changed for this run from now on: train.batch_size: 2 -> 1"]
    assert configs.parse(changed.config_json or "").train.batch_size == 1


def test_what_the_command_validated_the_trainer_reads_and_does_not_validate_again(
    made: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(made)
    registry.prepare(
        planned.folder, kind="train", argv=planned.argv, config_json=planned.config_json, files=planned.files
    )
    monkeypatch.chdir(made.root)
    config = configs.load(planned.folder / "config.json")
    with monkeypatch.context() as patched:
        patched.setattr(trainer, "prepare_data", None)  # calling it would fail
        data = trainer._prepared_data(planned.folder, config, skip_invalid=False, is_main=True)
    assert [clip.path for clip in data.train] == ["0.wav", "1.wav", "2.wav", "3.wav"]
    assert [clip.path for clip in data.val] == ["4.wav", "5.wav"]


def test_where_no_command_ran_rank_0_prepares_for_the_next_start(
    made: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under torchrun; lists that changed since are prepared anew."""
    folder = made.run_folder("voice")
    folder.mkdir(parents=True)
    monkeypatch.chdir(made.root)
    other = trainer._prepared_data(folder, TINY, skip_invalid=False, is_main=False)
    assert list(folder.iterdir()) == [], "only rank 0 writes into a run folder"
    main = trainer._prepared_data(folder, TINY, skip_invalid=False, is_main=True)
    assert main == other == prepared.read(folder, main.of)
    train = made.root / TINY.data.training_files
    train.write_text("".join(train.read_text().splitlines(keepends=True)[1:]))
    assert len(trainer._prepared_data(folder, TINY, skip_invalid=False, is_main=True).train) == 3


def test_pronunciations_go_with_the_voice_and_their_symbols_are_checked(made: Workspace) -> None:
    listed = made.root / FILE_NAME
    listed.write_text("Anna|☃\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"{FILE_NAME}:1: anna: the voice has no symbol"):
        plan(made)
    listed.write_text("Anna|=Anner\n", encoding="utf-8")
    assert plan(made).files[FILE_NAME] == "Anna|=Anner\n"
    listed.unlink()
    assert FILE_NAME not in plan(made).files
    (made.logs_dir / "voice").mkdir(parents=True)
    (made.logs_dir / "voice" / FILE_NAME).write_text("Anna|=Anner\n", encoding="utf-8")
    assert plan(made).files[FILE_NAME] == "", "what was taken out counts no longer"
