"""Which runtime and precision speak; torch is loaded only where it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.runs import gpus
from engine.speak.choice import AUTO, check_runtime
from engine.speak.onnx import exported, graphs
from engine.speak.synthesis import Speaker


def load_speaker(
    path: Path,
    config: Config,
    *,
    runtime: str = AUTO,
    precision: str = AUTO,
    on_making: Callable[[], None] = lambda: None,
) -> Speaker:
    """A checkpoint or an exported voice, ready to speak.

    Args:
        runtime: "torch"; "onnx"; or "auto": without a GPU onnx where the checkpoint's graphs have been made by an
            earlier use of it, else torch.
        precision: "fp32", "bf16" (torch), "int8" (onnx); or "auto": with torch bf16 where the device has units for it,
            else fp32.
        on_making: called where graphs have to be made, which takes some seconds.

    Raises:
        InputError: a runtime that has not this precision, or what loading raises.
    """
    check_runtime(runtime, precision)
    if path.suffix == exported.ENDING:
        if runtime == "torch" or precision != AUTO:
            what = _("an exported voice speaks by onnxruntime, in the precision that it was exported with")
            raise InputError(what, path=path, fix=_("leave --runtime and --precision out"))
        return exported.load(path, config)
    if runtime == AUTO:
        runtime = runtime_of(path, config, precision)
    if runtime == "onnx":
        return graphs.load(path, config, "int8" if precision == "int8" else "fp32", on_making=on_making)
    from engine.speak import torch_network

    return torch_network.load(path, config, precision=precision)


def runtime_of(checkpoint: Path, config: Config, precision: str) -> str:
    """The runtime of "auto"."""
    if precision == "int8":
        return "onnx"
    if precision == "bf16" or gpus.are_usable():
        return "torch"
    return "onnx" if graphs.are_made(checkpoint, config) else "torch"
