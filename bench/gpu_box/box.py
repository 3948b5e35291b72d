"""What every part of bench/gpu.py has in hand: the device, the packed clips, its time, and the rows that it reports."""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = Path(__file__).resolve().parent / "stand_ins"
DATA = ROOT / "data"  # of a pack; a workspace
_QUICK_TRAIN = {"segment_size": 4096}
_QUICK_MODEL: dict[str, Any] = {
    **{"inter_channels": 16, "hidden_channels": 16, "filter_channels": 32, "n_layers": 1},
    **{
        "upsample_initial_channel": 16,
        "resblock_kernel_sizes": (3,),
        "resblock_dilation_sizes": ((1, 3, 5),),
    },
    "discriminator_channels": 256,
}


class Inapplicable(Exception):  # noqa: N818 - what it says of a part or a row
    """What was to be measured does not exist on this machine; the message says why."""


def install_stand_ins() -> None:
    """Let the engine find torch, numpy, the standard library and `stand_ins/`, and nothing else of what it needs."""
    sys.path.insert(0, str(STAND_INS))
    sys.modules["engine.train.summary_writer"] = importlib.import_module("summary_writer")


@dataclass
class Box:
    """One part's surroundings.

    Args:
        device: "cuda" or "cpu".
        quick: the smallest measurement that shows that the part works.
        seconds: what the part may take.
        work: a folder for run folders and parts' results.
        out: the folder that is brought back.
    """

    part: str
    device: str
    quick: bool
    seconds: float
    work: Path
    out: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.device == "cuda"

    @property
    def first_adversarial(self) -> int:
        """`adversarial_start` of parts that start the trainer: the discriminators are most of a quick step."""
        return 10**6 if self.quick else 0

    def met(self, is_met: bool) -> bool | None:
        """For targets of a GPU: None, not judged, elsewhere."""
        return is_met if self.on_gpu else None

    def left_s(self) -> float:
        """Seconds left to the part."""
        return self.seconds - (time.monotonic() - self._since)

    def row(self, what: str, figure: str, target: str = "", met: bool | None = None) -> None:
        """Report one figure; what is reported stays, also when the part fails or runs out of its time later."""
        self.rows.append({"what": what, "figure": figure, "target": target, "met": met})
        self.save()

    def save(self, **state: Any) -> None:
        """Write what was reported so far, with `status` and `seconds` at the end."""
        took_s = round(time.monotonic() - self._since, 1)
        found = {"rows": self.rows, "facts": self.facts, "seconds": took_s, "status": "", **state}
        path = self.work / f"{self.part}.json"
        path.with_suffix(".new").write_text(json.dumps(found, indent=1))
        path.with_suffix(".new").replace(path)

    def torch_device(self) -> Any:
        """The device as torch names it, with its index; raises Inapplicable where there is none."""
        import torch

        if self.on_gpu and not torch.cuda.is_available():
            raise Inapplicable("torch finds no GPU here")
        return torch.device("cuda", 0) if self.on_gpu else torch.device("cpu")

    def config(self, preset: str, batch: int, precision: str = "fp32", **train: Any) -> Any:
        """A shipped config with the pack's lists.

        Args:
            preset: "ljs_mini_mb_istft_vits" or "small_cpu".
            train: further values of the section `train`.

        Raises:
            Inapplicable: the precision does not exist on this device.
        """
        from engine import config as configs
        from engine import languages
        from engine.errors import InputError
        from engine.train.state import half_precision

        found = configs.load(ROOT / "configs" / f"{preset}.json")
        lists = {
            "training_files": "filelists/train.txt.cleaned",
            "validation_files": "filelists/val.txt.cleaned",
            "normaliser": languages.find("en").normaliser,  # as `prepare` has cleaned them
        }
        keys = {each.name for each in dataclasses.fields(found.train)}
        chosen = {"precision": precision} if "precision" in keys else {"fp16_run": precision != "fp32"}
        missing = set(train) - keys
        if missing:
            raise Inapplicable(f"this version has no train.{missing.pop()}")
        values = {"batch_size": batch, **chosen, **train, **(_QUICK_TRAIN if self.quick else {})}
        found = dataclasses.replace(
            found,
            data=dataclasses.replace(found.data, **lists),
            train=dataclasses.replace(found.train, **values),
            model=dataclasses.replace(found.model, **(_QUICK_MODEL if self.quick else {})),
        )
        try:
            got = str(half_precision(found, self.torch_device())).removeprefix("torch.")
        except InputError as error:
            raise Inapplicable(str(error)) from None
        if got != {"fp32": "None", "fp16": "float16", "bf16": "bfloat16"}[precision]:
            raise Inapplicable(f"{precision} is not to be had here: the engine takes {got}")
        return found

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        lines = (DATA / "prepared.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines[1:]]

    def clips(self, name: str) -> list[Any]:
        """The packed clips of a list, "train" or "val", as the trainer takes them."""
        from engine.dataset.prepared import PreparedClip

        return [
            PreparedClip(row["path"], row["speaker"], tuple(row["ids"]), row["frames"])
            for row in self._rows
            if row.get("list") == name
        ]

    def batch(self, config: Any) -> Any:
        """A batch of the config's size on the CPU, of all clips in turn, the same every time."""
        from engine.dataset.loader.batch import collate
        from engine.dataset.loader.dataset import Clips

        prepared = self.clips("train") + self.clips("val")
        clips = Clips(prepared, config, DATA)
        return collate([clips[index % len(clips)] for index in range(config.train.batch_size)])

    def cells(self) -> tuple[str, int]:
        """The preset and the largest batch that parts measure with."""
        return ("small_cpu", 2) if self.quick else ("ljs_mini_mb_istft_vits", 64)

    def half(self) -> str:
        """The precision that a training on this device should have: "bf16" where it exists."""
        for precision in ("bf16", "fp16"):
            if self.on_gpu:
                try:
                    self.config("small_cpu", 4, precision)
                except Inapplicable:
                    continue
                return precision
        return "fp32"


def symbols_of(config: Any) -> int:
    """The size of the config's symbol table."""
    from engine.text.symbols import ENGLISH_178

    return len(config.symbols or ENGLISH_178)
