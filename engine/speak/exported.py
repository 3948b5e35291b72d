"""An exported voice, NAME.onnx with NAME.onnx.json, that speaks like a checkpoint.

Axes: L samples.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import config as configs
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.speak.synthesis import Speaker
from engine.text.symbols import ENGLISH_178, table

ENDING = ".onnx"
OWN_KEY = "vitsdeck"  # the part of NAME.onnx.json with the config
Wave = NDArray[np.float32]


def load_speaker(path: Path, config: Config) -> Speaker:
    """A checkpoint or an exported voice, ready to speak. Raises InputError as `Speaker.load` and `open_session`."""
    return ExportedSpeaker(path, config) if path.suffix == ENDING else Speaker.load(path, config)


def exported_config(path: Path) -> Config:
    """The config of an exported voice. Raises InputError: there is none in NAME.onnx.json, or it has a fault."""
    settings = Path(f"{path}.json")
    try:
        tree = json.loads(settings.read_text(encoding="utf-8"))
        own = tree[OWN_KEY]
    except OSError as error:
        what = _("cannot be read ({reason})").format(reason=error.strerror)
        raise InputError(what, path=settings, fix=_("keep it beside the .onnx file")) from None
    except (ValueError, KeyError, TypeError):
        what = _("holds no settings of vitsdeck")
        raise InputError(what, path=settings, fix=_("name a voice that `vitsdeck export` made")) from None
    return configs.parse(json.dumps(own), settings)


class ExportedSpeaker(Speaker):
    """Speaks by onnxruntime. Its noise is drawn in the graph, so that a seed gives other sounds than in torch."""

    def __init__(self, path: Path, config: Config) -> None:
        self.path = path
        self.config = config
        self.device = torch.device("cpu")
        self.table = table(config.symbols or ENGLISH_178)
        self.read_words(path)
        self._session = open_session(path)

    def _generator(self, seed: int | None) -> torch.Generator:
        if seed is not None:  # the graph takes it when it is loaded
            self._session = open_session(self.path, seed)
        return super()._generator(seed)

    def _infer(
        self,
        ids: Sequence[int],
        speaker: int,
        generator: torch.Generator,
        scales: dict[str, float],
        most_frames: int,
    ) -> Wave:
        del generator, most_frames  # the graph has its own
        named = (scales[name] for name in ("noise_scale", "length_scale", "noise_scale_w"))
        return run(self._session, ids, speaker, tuple(named))


def open_session(file: Path | bytes, seed: int | None = None) -> Any:
    """An onnxruntime session of a file or of its content.

    Raises:
        InputError: onnxruntime is not installed, or it cannot read the file.
    """
    if find_spec("onnxruntime") is None:
        fix = _("in vitsdeck's folder: `pip install -e '.[{extra}]'`").format(extra="onnx")
        raise InputError(_("{name} is not installed").format(name="onnxruntime"), fix=fix)
    import onnxruntime

    if seed is not None:
        onnxruntime.set_seed(seed % (1 << 63))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors alone
    try:
        return onnxruntime.InferenceSession(
            file if isinstance(file, bytes) else str(file), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001 - its errors have no common class
        reason = str(error).splitlines()[0][:200]
        what = _("cannot be loaded by onnxruntime ({reason})").format(reason=reason)
        path = None if isinstance(file, bytes) else file
        raise InputError(what, path=path, fix=_("export the voice again")) from None


def run(
    session: Any, ids: Sequence[int], speaker: int = 0, scales: Sequence[float] = (0.0, 1.0, 0.0)
) -> Wave:
    """The wave (L,) of a sentence's ids.

    Args:
        scales: of noise, length and rhythm noise, in the order of the graph's input.
    """
    feed = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array(scales, np.float32),
        "sid": np.array([speaker], np.int64),
    }
    wanted = {each.name for each in session.get_inputs()}
    wave: Wave = session.run(None, {name: value for name, value in feed.items() if name in wanted})[0][0, 0]
    return wave
