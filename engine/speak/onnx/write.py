"""Writing .onnx files with torch's exporter."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.speak.onnx.extra import require_onnx

OPSET = 17
# of the exporter; the branches that it calls constant are: each decides by a width of the network
_USUAL_WARNINGS = (
    "You are using the legacy TorchScript-based ONNX export",
    "The feature will be removed",
    "Converting a tensor to a Python boolean",
    "Constant folding - Only steps=1",
)


def to_onnx(
    module: nn.Module,
    inputs: Sequence[Tensor | None],
    axes: Mapping[str, Mapping[int, str]],
    outputs: Mapping[str, Mapping[int, str]],
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """The content of a .onnx file of a module in eval mode on the CPU.

    Args:
        inputs: an example of each; None for what is left out.
        axes: the names of the other inputs, in order, with the axes whose size may change; outputs: likewise.
        metadata: kept in the file.

    Raises:
        InputError: onnx is not installed.
    """
    require_onnx()
    import onnx

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        for message in _USUAL_WARNINGS:
            warnings.filterwarnings("ignore", message=message)
        with torch.no_grad():
            torch.onnx.export(
                module.eval(),
                tuple(inputs),
                file := Path(folder, "voice.onnx"),
                input_names=list(axes),
                output_names=list(outputs),
                dynamic_axes={**axes, **outputs},
                opset_version=OPSET,
                dynamo=False,
            )
        model = onnx.load(file)
    onnx.helper.set_model_props(model, dict(metadata or {}))
    content: bytes = model.SerializeToString()
    return content
