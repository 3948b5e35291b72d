"""A voice as three graphs: text, flow and decoder."""

from __future__ import annotations

from typing import Any

import torch

from engine.model.voice import Voice
from engine.model.weight_norm import to_images
from engine.speak.onnx.write import to_onnx
from engine.speak.parts import DecoderPart, FlowPart, TextPart


def three_graphs(voice: Voice, *, has_images: bool = True) -> dict[str, bytes]:
    """The contents of the files "text", "flow" and "decoder".

    Args:
        voice: on the CPU, its weights folded; its convolutions change their form.
        has_images: write the decoder with convolutions over images, which onnxruntime runs 1.2 times as fast; in 8 bits
            one-dimensional ones are faster.

    Raises:
        InputError: onnx is not installed.
    """
    speaker: list[Any] = [] if voice.emb_g is None else [torch.zeros(1, dtype=torch.long)]
    speaker_axes: dict[str, dict[int, str]] = {"speaker": {}} if speaker else {}
    channels, ids, frames = voice.inter_channels, {1: "ids"}, {2: "frames"}
    text = to_onnx(
        TextPart(voice),
        [torch.arange(9)[None] % 2, torch.zeros(1, 2, 9), *speaker],
        {"ids": ids, "noise": {2: "ids"}} | speaker_axes,
        {"durations": ids, "mean": {2: "ids"}, "logs": {2: "ids"}},
    )
    to_images(voice.flow)
    if has_images:
        voice.dec.to_images()
    latent = torch.zeros(1, channels, 30)
    flow = to_onnx(FlowPart(voice), [latent, *speaker], {"z_p": frames} | speaker_axes, {"z": frames})
    part = DecoderPart(voice, torch.float32 if has_images else None)
    decoder = to_onnx(part, [latent], {"z": frames}, {"wave": {1: "samples"}})
    return {"text": text, "flow": flow, "decoder": decoder}
