"""Speaks the texts of a file with sherpa-onnx: a process of its own, since its onnxruntime is not ours.

python sherpa.py VOICE_FOLDER ESPEAK_DATA TEXTS.json OUT.npz; each text is [speaker, text].
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import sherpa_onnx

folder, data_dir, texts, out = sys.argv[1:]
(model,) = Path(folder).glob("*.onnx")
vits = sherpa_onnx.OfflineTtsVitsModelConfig(
    model=str(model),
    tokens=str(Path(folder, "tokens.txt")),
    data_dir=data_dir,
    noise_scale=0.0,
    noise_scale_w=0.0,
)
settings = sherpa_onnx.OfflineTtsModelConfig(vits=vits, num_threads=1)
speaking = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=settings, max_num_sentences=1))
waves = [
    np.array(speaking.generate(text, sid=speaker).samples, np.float32)
    for speaker, text in json.loads(Path(texts).read_text(encoding="utf-8"))
]
np.savez(out, *waves)
