"""Running .onnx files; without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.cores import cores
from engine.errors import InputError
from engine.i18n import _
from engine.speak.onnx.extra import require
from engine.speak.windows import Array

Feed = Mapping[str, NDArray[Any]]  # inputs of a graph, by name


def open_session(file: Path | bytes, seed: int | None = None, threads: int = 0) -> Any:
    """An onnxruntime session of a file or of its content, on the processor.

    Args:
        seed: of the noise that is drawn in the graph.
        threads: 0 for one a core.

    Raises:
        InputError: onnxruntime is not installed, or it cannot read the file.
    """
    require("onnxruntime")
    import onnxruntime

    if seed is not None:
        onnxruntime.set_seed(seed % (1 << 63))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or cores()
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


def run(session: Any, feed: Feed) -> Array:
    """The first output of a graph, of which inputs that it does not have are left out."""
    return run_all(session, feed)[0]


def run_all(session: Any, feed: Feed) -> list[Array]:
    """All outputs of a graph."""
    wanted = {each.name for each in session.get_inputs()}
    found: list[Array] = session.run(None, {name: value for name, value in feed.items() if name in wanted})
    return found


def sentence_feed(ids: Sequence[int], speaker: int = 0, scales: tuple[float, ...] = (0.0, 1.0, 0.0)) -> Feed:
    """The inputs of an exported voice for a sentence. `scales`: of noise, length and rhythm noise, in this order."""
    return {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array(scales, np.float32),
        "sid": np.array([speaker], np.int64),
    }
