"""One ONNX graph for all players.

Inputs by the names and in the order that Piper and sherpa-onnx use: `input` (B, N) and `input_lengths` (B,) int64,
`scales` float32 (noise, length, rhythm noise), and `sid` (B,) int64 for a voice of several speakers. Output: `output`
(B, 1, L). The noise is drawn inside.

Axes: B batch, N text positions, F frames, C channels, L samples.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.config import Config
from engine.model.masks import length_mask
from engine.model.voice import Voice, along_path, path_of_durations
from engine.model.weight_norm import to_images
from engine.speak.network import LONGEST_S
from engine.speak.onnx.write import to_onnx

INPUTS, SPEAKER, OUTPUT = ("input", "input_lengths", "scales"), "sid", "output"


class PlayerGraph(nn.Module):
    """Inference with tensors in place of Python numbers, for ids as any of the players sends them."""

    def __init__(self, voice: Voice, config: Config, *, has_images: bool) -> None:
        super().__init__()
        self.voice = copy.deepcopy(voice) if has_images else voice
        self.has_images = has_images
        if has_images:
            to_images(self.voice.flow)
            self.voice.dec.to_images()
        self.has_blanks = config.data.add_blank
        # weights that have diverged must not take all memory of a player
        self.most_frames = int(LONGEST_S * config.data.sampling_rate / config.data.hop_length)

    def forward(  # noqa: PLR0917 - the exporter gives inputs by position
        self,
        ids_BN: Tensor,
        lengths_B: Tensor,
        scales_3: Tensor,
        speaker_B: Tensor | None = None,
        prior_BCF: Tensor | None = None,
        duration_B2N: Tensor | None = None,
    ) -> Tensor:
        """Ids to the wave (B, 1, L); noise that is given takes the place of what is drawn."""
        voice, (noise_scale, length_scale, noise_scale_w) = self.voice, scales_3.unbind()
        speaker = None if voice.emb_g is None or speaker_B is None else voice.emb_g(speaker_B).unsqueeze(2)
        ids_BN, lengths_B = own_ids(ids_BN, lengths_B, has_blanks=self.has_blanks)
        hidden, mean_BCN, logs_BCN, x_mask = voice.enc_p(ids_BN, lengths_B)
        if duration_B2N is None:
            duration_B2N = torch.randn_like(x_mask.expand(-1, 2, -1))
        log_frames = voice.dp.sample(hidden, x_mask, duration_B2N * noise_scale_w, speaker)
        frames_BN = torch.ceil(log_frames.exp() * x_mask * length_scale).squeeze(1)
        ends_BN = frames_BN.cumsum(1)
        frames_B = ends_BN[:, -1].clamp(1, self.most_frames).long()
        longest: Any = frames_B.max()
        spec_mask = length_mask(frames_B, longest)
        path_BFN = path_of_durations(frames_BN, ends_BN, spec_mask)
        mean, logs = along_path(mean_BCN, path_BFN), along_path(logs_BCN, path_BFN)
        if prior_BCF is None:
            prior_BCF = torch.randn_like(mean)
        z_p = mean + prior_BCF * logs.exp() * noise_scale
        if self.has_images:
            z_p, spec_mask = z_p.unsqueeze(2), spec_mask.unsqueeze(2)
            speaker = None if speaker is None else speaker.unsqueeze(2)
        z = voice.flow(z_p, spec_mask, speaker, inverse=True)
        wave: Tensor = voice.dec(z * spec_mask).wave_B1L
        return wave


def own_ids(ids_BN: Tensor, lengths_B: Tensor, *, has_blanks: bool) -> tuple[Tensor, Tensor]:
    """Ids of any player as training wrote them, and their counts.

    p is a symbol, 0 the blank, and 1 and 2 are whatever a player puts around a sentence:

        0 p 0 p 0          ours, and Piper's with our map
        1 0 p 0 p 0 2      Piper's without it
        0 p 0 p 0 0        sherpa-onnx's

    So what has a blank in the second place loses its first id, and what does not end in p 0 its last. A voice that was
    trained without blanks has p p; every second id of the others is a symbol.
    """
    count = ids_BN.shape[1]
    padded_BN = F.pad(ids_BN, (0, 1))
    ends_B2 = padded_BN.gather(1, torch.stack([lengths_B - 2, lengths_B - 1], 1).clamp_min(0))
    has_more_B = (padded_BN[:, 1] == 0).long()
    begin_B, step_B = has_more_B, torch.ones_like(has_more_B)
    ends_right_B = ((ends_B2[:, 0] != 0) & (ends_B2[:, 1] == 0)).long()
    counts_B = lengths_B - has_more_B - 1 + ends_right_B
    if not has_blanks:
        is_framed_B = torch.maximum(has_more_B, (ids_BN[:, 0] == 0).long())
        begin_B, step_B = is_framed_B * (1 + has_more_B), 1 + is_framed_B
        counts_B = torch.where(is_framed_B == 1, counts_B.div(2, rounding_mode="floor"), lengths_B)
    counts_B = counts_B.clamp_min(1)
    places_BN = begin_B[:, None] + step_B[:, None] * torch.arange(count)
    ids = ids_BN.gather(1, places_BN.clamp_max(count - 1))
    if has_blanks:
        ids = F.pad(ids[:, 1:], (1, 0))
    return ids[:, : counts_B.max()], counts_B


def exported(
    voice: Voice,
    config: Config,
    metadata: Mapping[str, str] | None = None,
    *,
    has_images: bool = True,
    has_noise_inputs: bool = False,
) -> bytes:
    """The content of a .onnx file.

    Args:
        voice: in eval mode, on the CPU, its weight norm folded.
        metadata: kept in the file, for sherpa-onnx.
        has_images: write flow and decoder with convolutions over images, which onnxruntime runs 1.2 times as fast; 8
            bits want one-dimensional ones.
        has_noise_inputs: takes the noise of frames and durations as `prior` and `duration`, for comparisons.

    Raises:
        InputError: onnx is not installed.
    """
    lengths_B = torch.tensor([9])
    inputs: list[Tensor | None] = [torch.arange(9)[None] % 2, lengths_B, torch.tensor([0.667, 1.0, 0.8])]
    sizes: tuple[dict[int, str], ...] = ({0: "batch", 1: "ids"}, {0: "batch"}, {})
    axes: dict[str, dict[int, str]] = dict(zip(INPUTS, sizes, strict=True))
    inputs.append(None)
    if config.data.n_speakers > 1:
        inputs[-1] = torch.zeros(1, dtype=torch.long)
        axes[SPEAKER] = {0: "batch"}
    graph = PlayerGraph(voice, config, has_images=has_images).eval()
    if has_noise_inputs:
        duration_B2N = torch.zeros(1, 2, 9)
        with torch.no_grad():
            frames = graph(*inputs, duration_B2N=duration_B2N).shape[2] // config.data.hop_length
        inputs += [torch.zeros(1, config.model.inter_channels, frames), duration_B2N]
        axes |= {"prior": {0: "batch", 2: "frames"}, "duration": {0: "batch", 2: "ids"}}
    return to_onnx(graph, inputs, axes, {OUTPUT: {0: "batch", 2: "samples"}}, metadata)
