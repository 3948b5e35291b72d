"""Makes the folder for the GPU machine: source, clips, lists, mel filters and the compiled alignment search."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from bench.gpu_box.box import ROOT

LARGEST_BYTES = 40 << 20
CLIPS = 24
_SOURCE = ("*.py", "*.toml", "*.txt", "*.json")
_RECORD = "from engine.demo import recorder; recorder.record(recorder.Path({folder!r}), recorder.SENTENCES[:{count}])"


def make(folder: Path, clips: int = CLIPS) -> int:
    """Fill a new folder; returns its size in bytes.

    Raises:
        InputError: the folder is not empty, no speech can be made here, or the result is larger than 40 MiB.
    """
    from engine.errors import InputError

    if folder.exists() and any(folder.iterdir()):
        raise InputError("is not empty", path=folder, fix="name a new folder")
    for name in ("engine", "configs", "bench/gpu_box"):
        for pattern in _SOURCE:
            for path in (ROOT / name).rglob(pattern):
                _copy(path, folder)
    for name in ("bench/gpu.py", "bench/plain_step.py", "LICENSE", "NOTICE"):
        _copy(ROOT / name, folder)
    _prepare(folder / "data", clips)
    _compile_search(folder)
    return checked_size(folder)


def checked_size(folder: Path) -> int:
    """The bytes of a pack; raises InputError when they are more than LARGEST_BYTES."""
    from engine.errors import InputError

    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > LARGEST_BYTES:
        raise InputError(
            f"has {size / 2**20:.1f} MiB, more than 40", path=folder, fix="remove large files of engine/"
        )
    return size


def _copy(path: Path, folder: Path) -> None:
    target = folder / path.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _prepare(data: Path, clips: int) -> None:
    """The demo's recordings through `vitsdeck prepare`, and what a training reads of them."""
    from engine import workspace as workspaces
    from engine.audio.mel import mel_filters
    from engine.dataset.clips.validate import prepare_data
    from engine.errors import InputError
    from engine.prepare import prepare

    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary).resolve()
        recordings = root / "recordings"
        recordings.mkdir()
        command = [sys.executable, "-c", _RECORD.format(folder=str(recordings), count=clips)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InputError(f"espeak-ng could not read the sentences ({done.stderr.strip()[-200:]})")
        prepare(workspaces.init(root), [recordings])
        config = _config()
        (data / "filelists").mkdir(parents=True)
        for path in (root / "filelists").glob("*.txt*"):
            shutil.copyfile(path, data / "filelists" / path.name)
        shutil.copytree(root / "wavs", data / "wavs")
        text = prepare_data(config, root, skip_invalid=False).to_jsonl()
    (data / "prepared.jsonl").write_text(text, encoding="utf-8")
    _write_filters(data, config, mel_filters)


def _config():
    from bench.gpu_box.box import Box

    return Box("pack", "cpu", quick=False, seconds=0, work=ROOT, out=ROOT).config(
        "ljs_mini_mb_istft_vits", 64
    )


def _write_filters(data: Path, config, mel_filters) -> None:
    import numpy as np
    import torch

    audio = config.data
    filters_MC = mel_filters(audio, torch.device("cpu"))
    np.save(data / "mel.npy", filters_MC.T.contiguous().numpy())
    highest = audio.mel_fmax or audio.sampling_rate / 2
    asked = [audio.n_spec_channels, audio.mel_fmin, highest, audio.n_mel_channels, audio.sampling_rate]
    (data / "mel.json").write_text(json.dumps([*asked, "slaney", "slaney"]))


def _compile_search(folder: Path) -> None:
    """The alignment search for this kind of processor and any Python from 3.11 on, by its limited API."""
    place = Path("engine/model/alignment")
    with tempfile.TemporaryDirectory() as temporary:
        code = Path(temporary) / "search_cython.c"
        commands = [
            [sys.executable, "-m", "cython", "-3", str(ROOT / place / "search_cython.pyx"), "-o", str(code)],
            [
                *(
                    "cc",
                    "-O2",
                    "-s",
                    "-shared",
                    "-fPIC",
                    "-DPy_LIMITED_API=0x030B0000",
                    "-DCYTHON_LIMITED_API=1",
                ),
                *(f"-I{sysconfig.get_paths()['include']}", str(code)),
                *("-o", str(folder / place / "search_cython.abi3.so")),
            ],
        ]
        for command in commands:
            try:
                subprocess.run(command, capture_output=True, check=True)
            except (OSError, subprocess.CalledProcessError):
                print(
                    f"{Path(command[0]).name} cannot compile the alignment search: it will be slow on the machine"
                )
                return
