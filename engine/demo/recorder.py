"""Speaks the demo's sentences with the bundled espeak-ng: `python -m engine.demo.recorder FOLDER [CLIPS]`.

A process of its own, since espeak is all global variables and may already be loaded as a phonemizer. The library's
22050 Hz become 44.1 kHz, so that conversion has work to do. Calls and constants: espeak-ng's speak_lib.h.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from engine.demo.sentences import SENTENCES, train_and_val
from engine.files import atomic
from engine.files.permissions import give_ordinary_mode, write_own

RATE = 44100
VOICE = "en-us"
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, espeak_Synth returns when they have
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
_PLAIN_UTF8 = 1  # espeakCHARS_UTF8
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Recorder:
    """Reads sentences with espeak-ng. One a process."""

    def __init__(self, voice: str = VOICE) -> None:
        import espeakng_loader

        self._pieces: list[NDArray[np.int16]] = []
        self._callback = _Callback(self._take)  # kept: the library calls it as long as it lives
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        # The library keeps the path in 160 bytes and may be installed deeper: it is given as seen from there.
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        self.rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DONT_EXIT))
        if self.rate <= 0 or self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"the bundled espeak-ng has no voice {voice}; reinstall espeakng-loader")
        self._library.espeak_SetSynthCallback(self._callback)

    def read(self, sentence: str) -> NDArray[np.float64]:
        """One sentence as samples of -1 to 1 at `rate`."""
        self._pieces.clear()
        text = sentence.encode()
        status = self._library.espeak_Synth(
            text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, _PLAIN_UTF8, None, None
        )
        if status != 0 or not self._pieces:
            raise RuntimeError(f"espeak-ng said nothing (status {status})")
        return np.concatenate(self._pieces) / 32768.0

    def _take(self, samples: Any, count: int, _events: int) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0  # continue


def name_of(index: int) -> str:
    """The id of sentence `index`, counted from 0."""
    return f"demo-{index + 1:02d}"


def record(folder: Path, sentences: Sequence[str] = SENTENCES, voice: str = VOICE) -> None:
    """Write a wav for each sentence that has none yet, one line to stdout for each, and metadata.csv at the end."""
    recorder = Recorder(voice)
    for index, sentence in enumerate(sentences):
        path = folder / f"{name_of(index)}.wav"
        if not path.exists():
            wave = soxr.resample(0.9 * recorder.read(sentence), recorder.rate, RATE, quality="HQ")
            with atomic.replacing(path) as file:
                give_ordinary_mode(file)
                soundfile.write(file, wave, RATE, format="WAV", subtype="PCM_16")
        print(f"{index + 1} of {len(sentences)}", flush=True)  # noqa: T201
    lines = [f"{name_of(index)}|{sentence}\n" for index, sentence in enumerate(sentences)]
    write_own(folder / "metadata.csv", "".join(lines))


if __name__ == "__main__":
    train, val = train_and_val(int(sys.argv[2])) if len(sys.argv) > 2 else (SENTENCES, ())
    record(Path(sys.argv[1]).absolute(), [*train, *val])
