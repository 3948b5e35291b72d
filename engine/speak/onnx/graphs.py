"""The graphs of a checkpoint for onnxruntime, made at first use and kept beside it.

    G_1200.pth
    onnx_graphs/G_1200.json                   which file they were made of, and what is needed to run them; written last
    onnx_graphs/G_1200.text.onnx              ids to durations and the prior
    onnx_graphs/G_1200.flow.onnx, G_1200.decoder.onnx
    onnx_graphs/G_1200.decoder-int8.onnx      at first use of --precision int8

Text and flow are apart, since the noise is drawn between them: a seed gives the sound that torch gives, and the flow
need not be through before the first sound. Torch is loaded only where a graph has to be made.

Axes: N text positions, C channels, F frames, L samples.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.config import Config
from engine.dataset import prepared
from engine.errors import InputError, cannot_write
from engine.files.permissions import write_own
from engine.i18n import _
from engine.speak.network import Scales, WindowedNetwork
from engine.speak.onnx.extra import is_installed, require
from engine.speak.onnx.session import Feed, open_session, run, run_all
from engine.speak.synthesis import Speaker
from engine.speak.voice_text import VoiceText
from engine.speak.windows import Array

FOLDER = "onnx_graphs"
PARTS = ("text", "flow", "decoder", "decoder-int8")
_VERSION = 1  # of the graphs
TEXTS = 3  # on which the ranges of 8 bits are found


def are_made(checkpoint: Path, config: Config, precision: str = "fp32") -> bool:
    """Whether onnxruntime can speak with a checkpoint at once: it is installed, and the graphs are there."""
    if not is_installed("onnxruntime") or _read_facts(checkpoint, config) is None:
        return False
    return all(file.is_file() for file in _files(checkpoint, precision))


def load(
    checkpoint: Path,
    config: Config,
    precision: str = "fp32",
    *,
    on_making: Callable[[], None] = lambda: None,
) -> Speaker:
    """A checkpoint that speaks by onnxruntime, on the processor.

    Args:
        precision: "fp32", or "int8" for a decoder whose residual convolutions are in 8 bits.
        on_making: called where graphs have to be made, which takes some seconds.

    Raises:
        InputError: the extra `onnx` is missing, the folder cannot be written to, there is no text to find the ranges
            of 8 bits on, or as `engine.speak.torch_network.read_voice`.
    """
    require("onnxruntime")
    if not are_made(checkpoint, config, precision):
        on_making()
        _make(checkpoint, config, precision)
    try:
        return _speaker(checkpoint, config, precision)
    except InputError:  # a damaged graph: once anew
        on_making()
        _make(checkpoint, config, precision)
        return _speaker(checkpoint, config, precision)


def _speaker(checkpoint: Path, config: Config, precision: str) -> Speaker:
    facts = _read_facts(checkpoint, config)
    if facts is None:
        raise InputError(_("was changed meanwhile"), path=checkpoint, fix=_("speak again"))
    network = OnnxNetwork(_files(checkpoint, precision), config, facts, precision)
    return Speaker(network, VoiceText(config, tuple(facts["symbols"]), checkpoint))


class OnnxNetwork(WindowedNetwork):
    """Three sessions of onnxruntime."""

    runtime = "onnx"

    def __init__(
        self,
        files: Sequence[Path | bytes],
        config: Config,
        facts: dict[str, Any],
        precision: str,
        threads: int = 0,
    ) -> None:
        """`files`: text, flow, decoder; `facts`: "flow_context", "decoder_context"; `threads`: 0 for all cores."""
        self.precision = precision
        self.rate, self.hop = config.data.sampling_rate, config.data.hop_length
        self.flow_context, self.decoder_context = facts["flow_context"], facts["decoder_context"]
        self._given = (files, config, facts, precision)
        self._text, self._flow, self._decoder = (open_session(file, threads=threads) for file in files)

    def for_workers(self, threads: int) -> OnnxNetwork:
        return OnnxNetwork(*self._given, threads=threads)

    def read(self, ids: Sequence[int], speaker: int, noise_2N: Array) -> tuple[Array, Array, Array]:
        feed: Feed = {
            "ids": np.array([ids], np.int64),
            "noise": noise_2N[None],
            "speaker": np.array([speaker]),
        }
        durations_N, mean_CN, logs_CN = (each[0] for each in run_all(self._text, feed))
        return durations_N, mean_CN, logs_CN

    def flow(self, z_p_CF: Array, speaker: int) -> Array:
        z_CF: Array = run(self._flow, {"z_p": z_p_CF[None], "speaker": np.array([speaker])})[0]
        return z_CF

    def decode(self, z_CF: Array) -> Array:
        wave_L: Array = run(self._decoder, {"z": z_CF[None]})[0]
        return wave_L


def _file(checkpoint: Path, part: str) -> Path:
    return checkpoint.parent / FOLDER / f"{checkpoint.stem}.{part}.onnx"


def _files(checkpoint: Path, precision: str) -> list[Path]:
    decoder = "decoder" if precision == "fp32" else "decoder-int8"
    return [_file(checkpoint, part) for part in ("text", "flow", decoder)]


def _facts_file(checkpoint: Path) -> Path:
    return checkpoint.parent / FOLDER / f"{checkpoint.stem}.json"


def _stamp(checkpoint: Path, config: Config) -> list[Any]:
    """What the graphs are made of. Raises OSError: there is no such file."""
    settings = json.dumps([json.loads(config.to_json())["model"], config.symbols])
    stat = checkpoint.stat()
    return [_VERSION, stat.st_size, stat.st_mtime_ns, hashlib.sha256(settings.encode()).hexdigest()]


def _read_facts(checkpoint: Path, config: Config) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        facts: dict[str, Any] = json.loads(_facts_file(checkpoint).read_bytes())
        if facts["of"] == _stamp(checkpoint, config):
            return facts
    return None


def _make(checkpoint: Path, config: Config, precision: str) -> None:
    """Make the graphs that are missing; `precision` decides which decoder."""
    from engine.speak.onnx.three_graphs import three_graphs  # with torch
    from engine.speak.torch_network import read_voice

    stamp = _stamp(checkpoint, config) if checkpoint.exists() else None
    voice, symbols = read_voice(checkpoint, config, "cpu")
    contexts = {"flow_context": voice.flow.context_frames, "decoder_context": voice.dec.context_frames}
    facts = {"of": stamp, "symbols": symbols, **contexts}
    graphs = three_graphs(voice, has_images=precision == "fp32")
    name = "decoder"
    if precision == "int8":
        from engine.speak.onnx.quantise import quantised  # with scipy and more

        network = OnnxNetwork(list(graphs.values()), config, facts, "fp32")
        latents = _latents(network, checkpoint.parent)
        graphs[name := "decoder-int8"] = quantised(graphs.pop("decoder"), [{"z": z[None]} for z in latents])
    folder = checkpoint.parent / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        _remove_stale(checkpoint, config)
        for part in ("text", "flow", name):
            write_own(_file(checkpoint, part), graphs[part])
        write_own(_facts_file(checkpoint), json.dumps(facts))
    except OSError as error:
        raise cannot_write(error, folder) from None


def _latents(network: OnnxNetwork, folder: Path) -> Iterator[Array]:
    """The latents of sentences of a run's validation, to find the ranges of 8 bits on."""
    data = prepared.read(folder)
    if data is None or not data.val:
        fix = _("choose a checkpoint of a run, or --precision fp32")
        raise InputError(_("there is no text to find the ranges of 8 bits on"), path=folder, fix=fix)
    for number, clip in enumerate(data.val[:TEXTS]):
        speaker = clip.speaker or 0
        yield network.flow(network.prior(clip.ids, speaker, Scales(), (number,)), speaker)


def _remove_stale(checkpoint: Path, config: Config) -> None:
    """Delete the graphs of checkpoints that are gone, and those of an older file of the same name."""
    folder = checkpoint.parent
    for facts in (folder / FOLDER).glob("*.json"):
        of = folder / f"{facts.stem}{checkpoint.suffix}"
        is_current = of != checkpoint or _read_facts(checkpoint, config) is not None
        if not (of.exists() and is_current):
            facts.unlink()  # first: what it stands for counts no more
            for part in PARTS:
                _file(of, part).unlink(missing_ok=True)
