"""The dashboard's speaking helper: JSON lines in on stdin, JSON lines out on stdout.

    {"id": 1, "op": "phonemes", "text": "hello", "run": "logs/mine"}
    {"id": 1, "phonemes": "həlˈoʊ", "unknown": []}

`speak` makes a wav file; its `checkpoint` is "best", "newest" or a step of the `run`, or a file beside a `config`.
With `"play": true` it writes `{"id": 1, "sound": 16-bit samples in base64, "rate": 22050}` for each piece that is made,
before it answers.
`convert` makes one of the recording `source`, `from_speaker` and `to_speaker` by number, and writes
`{"id": 1, "progress": [seconds done, seconds in all]}` before it answers.
`waveform` reads the envelope of one. `raw_lists` says which lists still have to be cleaned,
`clean` cleans texts, both as a config says.

It is a process of its own, so that the dashboard never loads torch and a slow sentence never blocks a key. Torch is
loaded at the first `speak`; phonemes and waveforms need none.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from engine import config, presets, workspace
from engine.audio.wav import Recording, to_pcm16
from engine.config import Config
from engine.dataset.lists.filelist import ListFile
from engine.dataset.model_text import raw_lists
from engine.errors import InputError
from engine.i18n import _
from engine.speak.choice import AUTO, choose
from engine.speak.loading import load_speaker
from engine.speak.manner import Manner
from engine.speak.synthesis import Speaker
from engine.speak.windows import Array
from engine.text import pronunciations
from engine.text.cleaners import registry
from engine.text.parallel import clean_lines
from engine.text.symbols import ENGLISH_178, table, unknown_symbols

if TYPE_CHECKING:
    from engine.model.voice import Voice

Request = dict[str, Any]
WAVEFORM_PEAKS = 300
MOST_PAIRS = 4000
PICTURE_WIDTH, PICTURE_HEIGHT = 200, 64
OPTIONS = ("speaker", "noise_scale", "noise_scale_w", "length_scale", "seed")


def main() -> int:
    """Answer requests until stdin closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not land between two answers
    server = Server(partial(_write, answers))
    for line in sys.stdin:
        _answer(server, line, answers)
    return 0


def _answer(server: Server, line: str, answers: TextIO) -> None:
    request: Request = {}
    try:
        request = json.loads(line)
        reply = server.handle(request)
    except InputError as error:
        reply = {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - one bad request must not end the helper
        traceback.print_exc()
        reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    _write(answers, {"id": request.get("id"), **reply})


def _write(answers: TextIO, reply: Request) -> None:
    answers.write(json.dumps(reply) + "\n")
    answers.flush()


class Server:
    """Keeps the last voice loaded: the next sentence starts at once. `report` sends what comes before a reply."""

    def __init__(self, report: Callable[[Request], None]) -> None:
        self._report = report
        self._loaded: tuple[str, Speaker] | None = None
        self._voice: tuple[str, Voice] | None = None  # that converts

    def handle(self, request: Request) -> Request:
        """One request to one reply; raises InputError for what a person can fix."""
        handlers: dict[str, Callable[[Request], Request]] = {
            "phonemes": self.phonemes,
            "unknown": self.unknown,
            "raw_lists": self.raw_lists,
            "clean": self.clean,
            "speak": self.speak,
            "convert": self.convert,
            "waveform": waveform,
        }
        handler = handlers.get(str(request.get("op")))
        if handler is None:
            raise InputError(_("unknown request {op!r}").format(op=request.get("op")))
        return handler(request)

    def phonemes(self, request: Request) -> Request:
        """`text` as the voice's cleaners make it, or those of `cleaners`, and the symbols that its table lacks."""
        folder = request.get("run") or request.get("config")
        settings = self._config(request) if folder else None
        names = list(request.get("cleaners") or (settings.data.cleaning if settings else ()))
        words = pronunciations.around(folder or ".", names)
        text: str = registry.clean_all([str(request["text"])], names, words=words)[0]
        return {"phonemes": text, "unknown": _unknown(text, settings.symbols if settings else None)}

    def unknown(self, request: Request) -> Request:
        """The symbols of the phonemes `text` that the voice lacks."""
        return {"unknown": _unknown(str(request["text"]), self._config(request).symbols)}

    def raw_lists(self, request: Request) -> Request:
        """Of each of `lists`, whether the config's cleaners have not been over it yet."""
        files = [ListFile.read(path) for path in request["lists"]]
        return {"raw": raw_lists(files, self._config(request))}

    def clean(self, request: Request) -> Request:
        """`texts` as the config's cleaners write them."""
        names = self._config(request).data.cleaning
        return {"texts": clean_lines([str(text) for text in request["texts"]], names)}

    def speak(self, request: Request) -> Request:
        """Speak `text` into the wav file `out`; the reply has its path and what a terminal can draw of it."""
        speaker, path = self._speaker(request), Path(request["out"])
        manner = Manner(**{name: request[name] for name in OPTIONS if name in request})
        is_live, rate = bool(request.get("play")), speaker.network.rate

        def report(wave_L: Array) -> None:
            sound = base64.b64encode(to_pcm16(wave_L)[0].tobytes()).decode()
            self._report({"id": request.get("id"), "sound": sound, "rate": rate})

        text, on_part = str(request["text"]), report if is_live else lambda _wave_L: None
        speech = speaker.say_to_file(text, path, manner, is_live=is_live, on_part=on_part)
        return dataclasses.asdict(speech) | _pictures(path, speaker.config)

    def convert(self, request: Request) -> Request:
        """Convert the recording `source` into the wav file `out`; the reply is as that of `speak`."""
        from engine.speak.conversion import convert_to_file  # with torch

        def progress(*seconds: int) -> None:
            self._report({"id": request.get("id"), "progress": seconds})

        settings, path = self._config(request), Path(request["out"])
        made = convert_to_file(
            self._converting(request, settings),
            settings,
            Path(request["source"]),
            path,
            from_speaker=int(request["from_speaker"]),
            to_speaker=int(request["to_speaker"]),
            seed=request.get("seed"),
            on_progress=progress,
        )
        return dataclasses.asdict(made) | _pictures(path, settings)

    def _config(self, request: Request) -> Config:
        if not request.get("config"):
            return config.load(Path(request["run"]) / "config.json")
        path = Path(request["config"])
        found = workspace.find(path.parent)
        return config.load(path) if found is None else presets.complete(found, path)

    def _converting(self, request: Request, settings: Config) -> Voice:
        """The voice that converts; kept like the one that speaks, whose convolutions have another form."""
        from engine.speak.torch_network import read_voice

        path = self._checkpoint(request)
        key = f"{path}@{path.stat().st_mtime_ns if path.exists() else 0}"
        if self._voice is None or self._voice[0] != key:
            self._voice = (key, read_voice(path, settings)[0])
        return self._voice[1]

    def _checkpoint(self, request: Request) -> Path:
        which = str(request.get("checkpoint", ""))
        return choose(Path(request["run"]), which)[0] if "run" in request else Path(which)

    def _speaker(self, request: Request) -> Speaker:
        path = self._checkpoint(request)
        runtime, precision = (str(request.get(name, AUTO)) for name in ("runtime", "precision"))
        key = f"{path}@{path.stat().st_mtime_ns if path.exists() else 0} {runtime} {precision}"
        if self._loaded is None or self._loaded[0] != key:
            self._loaded = (
                key,
                load_speaker(path, self._config(request), runtime=runtime, precision=precision),
            )
        self._loaded[1].text.read_words(path)  # a correction counts at once
        return self._loaded[1]


def _unknown(text: str, symbols: Sequence[str] | None) -> list[str]:
    """The symbols of `text` that a table lacks; the family's English table when a voice has none of its own."""
    return unknown_symbols(text, table(tuple(symbols or ENGLISH_178)))


def waveform(request: Request) -> Request:
    """The envelope of a recording of any length at `path`: pairs of extremes, and its seconds. Needs no torch."""
    recording = Recording(str(request["path"]))
    head = recording.head
    pairs = max(1, min(int(request.get("pairs", WAVEFORM_PEAKS)), MOST_PAIRS, head.frames))
    low, high = np.zeros(pairs, np.float32), np.zeros(pairs, np.float32)
    done = 0
    for wav_L in recording.mono():
        places_L = np.minimum((np.arange(len(wav_L)) + done) * pairs // head.frames, pairs - 1)
        np.minimum.at(low, places_L, wav_L)
        np.maximum.at(high, places_L, wav_L)
        done += len(wav_L)
    envelope = [round(float(value), 4) for pair in zip(low, high, strict=True) for value in pair]
    return {"waveform": envelope, "seconds": head.seconds}


def _pictures(path: Path, settings: Config) -> Request:
    """What a terminal can draw of the wav file that was made."""
    return waveform({"path": path}) | {"spectrogram": _picture(path, settings), "path": str(path)}


def _picture(path: Path, settings: Config) -> list[list[float]]:
    """Mel spectrogram as rows from low to high frequency, 0 (quiet) to 1, at most 64 x 200; read in pieces."""
    import torch

    from engine.audio.mel import mel_spectrogram

    data = settings.data
    recording = Recording(path)
    frames = max(1, recording.head.frames // data.hop_length)
    width = min(PICTURE_WIDTH, frames)
    sums_MW, counts_W = torch.zeros(data.n_mel_channels, width), torch.zeros(width)
    done = 0
    for block_L in recording.mono():
        wav_L = torch.from_numpy(block_L)
        wav_L = torch.nn.functional.pad(wav_L, (0, max(0, data.filter_length - len(wav_L))))
        mel_MF = mel_spectrogram(wav_L[None], data)[0]
        places_F = ((torch.arange(mel_MF.shape[1]) + done) * width // frames).clamp_max(width - 1)
        sums_MW.index_add_(1, places_F, mel_MF)
        counts_W.index_add_(0, places_F, torch.ones(len(places_F)))
        done += mel_MF.shape[1]
    mel_MW = sums_MW / counts_W.clamp_min(1)
    size = (min(PICTURE_HEIGHT, data.n_mel_channels), width)
    small_MW = torch.nn.functional.adaptive_avg_pool2d(mel_MW[None], size)[0]
    low, high = small_MW.min(), small_MW.max()
    scaled_MW = (small_MW - low) / (high - low).clamp_min(1e-6)
    return [[round(value, 3) for value in row] for row in scaled_MW.tolist()]


if __name__ == "__main__":
    sys.exit(main())
