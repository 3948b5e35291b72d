"""A checkpoint of the family that speaks by torch.

Axes: N text positions, C channels, F frames, L samples.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.model.voice import Voice, build_voice
from engine.model.weight_norm import padded, to_images
from engine.speak.network import WindowedNetwork
from engine.speak.parts import DecoderPart, FlowPart, TextPart
from engine.speak.synthesis import Speaker
from engine.speak.voice_text import VoiceText
from engine.speak.windows import Array
from engine.text.symbols import ENGLISH_178, table_of_size
from engine.train.checkpoints.checkpoint import verify_generator
from engine.train.checkpoints.warmstart import TEXT_EMBEDDING
from engine.train.checkpoints.weights import Tree, check_finite, check_shapes, model_of, read_tree
from engine.train.state import has_bfloat16

# oneDNN keeps this many of what it compiled: about ten lengths of a sentence, which take 80 MB
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "1024")
SHORTEST_STEP = 32  # frames, and ids


def read_voice(checkpoint: Path, config: Config, device: str | None = None) -> tuple[Voice, tuple[str, ...]]:
    """A G_ file of ours or of the seed family, or a best file: the voice with folded weights, and its symbols.

    Args:
        checkpoint: the file; only its `model` is read, or its `average` where it has one.
        config: the config that it was trained with.
        device: "cpu", "cuda" or None for the GPU if there is one.

    Raises:
        InputError: not a checkpoint, damaged, unsafe to load, or of another shape than the config says.
    """
    tree = read_tree(checkpoint, mapped=True)
    verify_generator(checkpoint)
    if "average" in tree:  # with train.ema: what was validated and spoke the samples
        tree["model"] = tree["average"]
    symbols = _symbols_of(tree, config, checkpoint)
    voice = build_voice(config, len(symbols))
    check_shapes(voice, tree, checkpoint)
    check_finite(tree["model"], checkpoint)
    voice.load_state_dict(tree["model"])
    voice.eval()
    voice.fold_weight_norm()
    chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return voice.to(chosen), symbols


def load(checkpoint: Path, config: Config, *, device: str | None = None, precision: str = "fp32") -> Speaker:
    """A checkpoint that is ready to speak; as `read_voice` and `TorchNetwork`."""
    voice, symbols = read_voice(checkpoint, config, device)
    return Speaker(TorchNetwork(voice, config, precision), VoiceText(config, symbols, checkpoint))


class TorchNetwork(WindowedNetwork):
    """A voice on its device."""

    runtime = "torch"

    def __init__(self, voice: Voice, config: Config, precision: str = "fp32") -> None:
        """Takes the voice over: its convolutions change their form.

        Args:
            precision: "fp32", "bf16" (flow and decoder alone), or "auto" for bf16 where the device has units for it.

        Raises:
            InputError: bf16 on a device without such units.
        """
        self.device = next(voice.parameters()).device
        if precision == "bf16" and not has_bfloat16(self.device):
            what = _("this processor has no units for {precision}").format(precision=precision)
            raise InputError(what, fix=_("leave --precision out"))
        has_units = precision == "bf16" or (precision == "auto" and has_bfloat16(self.device))
        self.precision, dtype = ("bf16", torch.bfloat16) if has_units else ("fp32", torch.float32)
        self.rate, self.hop = config.data.sampling_rate, config.data.hop_length
        self.flow_context, self.decoder_context = voice.flow.context_frames, voice.dec.context_frames
        self._has_speakers = voice.emb_g is not None
        self._threads = 0  # of each caller; 0 for torch's own number
        to_images(voice.flow, dtype)
        voice.dec.to_images(dtype)
        self.text = TextPart(voice)
        self.flow_part, self.decoder = FlowPart(voice, dtype), DecoderPart(voice, dtype)

    def for_workers(self, threads: int) -> TorchNetwork | None:
        if self.device.type != "cpu":
            return None
        other = copy.copy(self)
        other._threads = threads
        return other

    @torch.inference_mode()
    def read(self, ids: Sequence[int], speaker: int, noise_2N: Array) -> tuple[Array, Array, Array]:
        if self._threads:
            torch.set_num_threads(self._threads)  # of the calling thread alone
        noise = self._padded(noise_2N)
        given = torch.zeros(1, noise.shape[2], dtype=torch.long, device=self.device)
        given[0, : len(ids)] = torch.tensor(ids)
        found = self.text(given, noise, self._speaker(speaker), len(ids))
        durations_N, mean_CN, logs_CN = (each[0, ..., : len(ids)].float().cpu().numpy() for each in found)
        return durations_N, mean_CN, logs_CN

    @torch.inference_mode()
    def flow(self, z_p_CF: Array, speaker: int) -> Array:
        frames = z_p_CF.shape[1]
        z_BCF = self.flow_part(self._padded(z_p_CF), self._speaker(speaker), frames)
        z_CF: Array = z_BCF[0, :, :frames].cpu().numpy()
        return z_CF

    @torch.inference_mode()
    def decode(self, z_CF: Array) -> Array:
        z_BCF = self._padded(z_CF)
        with padded(z_CF.shape[1], z_BCF.shape[2]):
            wave_L: Array = self.decoder(z_BCF)[0].cpu().numpy()
        return wave_L

    def _padded(self, values: Array) -> Tensor:
        """One item (1, C, F) on the device; on a processor with zeros behind its end.

        oneDNN compiles its kernels for each length, which takes longer than a short sentence itself. So there are only
        four lengths an octave.
        """
        given = torch.from_numpy(values)[None].to(self.device)
        if self.device.type != "cpu":
            return given
        size = values.shape[1]
        step = max(SHORTEST_STEP, 1 << max(0, size.bit_length() - 3))
        return functional.pad(given, (0, -size % step))

    def _speaker(self, speaker: int) -> Tensor | None:
        return torch.tensor([speaker], device=self.device) if self._has_speakers else None


def _symbols_of(tree: Tree, config: Config, path: Path) -> tuple[str, ...]:
    """The symbol table that the checkpoint's text embedding was trained on."""
    model = model_of(tree, path)
    if TEXT_EMBEDDING not in model:
        raise InputError(_("holds no text encoder, so it is not a G_ checkpoint of this family"), path=path)
    size = len(model[TEXT_EMBEDDING])
    if config.symbols is not None:
        return config.symbols
    return table_of_size(size) or ENGLISH_178
