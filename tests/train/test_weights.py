"""Files that are no checkpoints, or no longer: one sentence for each, and nothing that they hold is ever run."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.checkpoint_file import check_kind
from engine.errors import InputError
from engine.train.checkpoints import checkpoint, manifest, weights
from tests.nightly.faults.saver import mark, small_state
from tests.train.conftest import write_clip


class Malicious:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.marker),)


def saved(tree: object, *, legacy: bool = False) -> bytes:
    memory = io.BytesIO()
    torch.save(tree, memory, _use_new_zipfile_serialization=not legacy)
    return memory.getvalue()


@pytest.mark.parametrize("legacy", [False, True])
def test_a_checkpoint_of_either_format_is_read(tmp_path: Path, legacy: bool) -> None:
    path = tmp_path / "G_1.pth"
    path.write_bytes(saved({"model": {"w": torch.ones(3)}}, legacy=legacy))
    check_kind(path)
    assert weights.read_tree(path, mapped=True)["model"]["w"].tolist() == [1, 1, 1]


REFUSED = pytest.mark.promise(
    "R19", "malicious pickle refused, nothing executed; archives that unpack to over 4x their size refused"
)


@REFUSED
@pytest.mark.parametrize("legacy", [False, True])
def test_pickle_that_runs_code_is_refused(tmp_path: Path, legacy: bool) -> None:
    path = tmp_path / "G_1.pth"
    path.write_bytes(saved({"model": Malicious(tmp_path / "marker")}, legacy=legacy))
    with pytest.raises(InputError, match="asks to run code"):
        weights.read_tree(path)
    path.write_bytes(pickle.dumps(Malicious(tmp_path / "marker")))
    with pytest.raises(InputError):
        weights.read_tree(path)
    assert not (tmp_path / "marker").exists()


@REFUSED
@pytest.mark.parametrize("reader", [check_kind, weights.read_tree])
def test_an_archive_that_unpacks_to_far_more_is_refused(
    tmp_path: Path, reader: Callable[[Path], object]
) -> None:
    path = tmp_path / "G_1.pth"
    whole = io.BytesIO(saved({"model": {"w": torch.zeros(300_000)}}))
    # the same members, packed: torch would unpack them without asking how large they become
    with zipfile.ZipFile(whole) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in plain.infolist():
            packed.writestr(member.filename, plain.read(member))
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"would unpack from [\d,]+ to 1,20\d,\d+ bytes"):
        reader(path)


@REFUSED
def test_a_malicious_checkpoint_in_a_run_folder_runs_nothing(tmp_path: Path) -> None:
    """Not even when its manifest fits: who can write the one can write the other."""
    state = small_state(token_voice=True)
    mark(state, 7)
    checkpoint.save(state, tmp_path)
    (tmp_path / "G_7.pth").write_bytes(saved({"model": Malicious(tmp_path / "marker")}))
    sizes = {}
    for name in ("G_7.pth", "D_7.pth", "S_7.pth"):
        data = (tmp_path / name).read_bytes()
        sizes[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    manifest.write(
        tmp_path / "7.manifest.json",
        {"step": 7, "epoch": 1, "batch": 0, "mel": None, "created": 0.0, "files": sizes},
    )
    with pytest.raises(InputError) as caught:
        checkpoint.restore(state, tmp_path)
    assert "asks to run code" in caught.value.details[0]
    assert not (tmp_path / "marker").exists()


def test_other_files_are_told_from_checkpoints_without_loading_them(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.wav", 0.5, 1)
    (tmp_path / "text").write_text("hello world, this is text\n" * 20)
    (tmp_path / "json").write_text(json.dumps({"model": {}}))
    (tmp_path / "empty").touch()
    (tmp_path / "png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    for name in ("clip.wav", "text", "json", "empty", "png"):
        for refuse in (check_kind, weights.read_tree):
            with pytest.raises(InputError, match=f"{name}: is not a checkpoint; name a G_"):
                refuse(tmp_path / name)
    with pytest.raises(InputError, match="no such checkpoint"):
        check_kind(tmp_path / "none")
    with pytest.raises(InputError, match="cannot be read"):
        check_kind(tmp_path)


def test_a_checkpoint_that_ends_early_is_one_sentence(tmp_path: Path) -> None:
    whole = saved({"model": {"weight": torch.arange(100.0)}, "iteration": 3})
    path = tmp_path / "G_1.pth"
    for size in (5, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"G_1.pth: "):
            weights.read_tree(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("holiday.txt", "sun")
    with pytest.raises(InputError, match="damaged"):
        weights.read_tree(path)


@pytest.mark.parametrize("tree", [{}, {"model": 3}, {"model": {"w": "text"}}])
def test_a_tree_without_weights_is_refused(tree: weights.Tree) -> None:
    with pytest.raises(InputError, match="holds no `model` of tensors"):
        weights.model_of(tree, Path("G_1.pth"))
