"""The sentences that a voice is measured by while it trains: the same ones each time, trained and held out.

Axes: L samples, M mels, F frames of the recording, G frames of what is spoken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
from torch import Tensor

from engine import languages
from engine.audio.mel import mel_spectrogram
from engine.audio.resample import resample
from engine.config import Config
from engine.dataset.loader.dataset import Clip, Clips
from engine.dataset.prepared import PreparedClip, PreparedData
from engine.errors import InputError
from engine.i18n import _
from engine.quality import distances
from engine.quality.error_rate import error_rates
from engine.quality.judges import RATE, OpinionJudge, Wave, WordJudge
from engine.quality.transcripts import transcripts
from engine.quality.whisper_folder import whisper_folder
from engine.text.normalise import normalise

SENTENCES = 4  # of each part
LONGEST_S = 20.0  # of a recording: a validation must not take minutes
TRAINED, HELD_OUT = "trained", "held_out"
RECORDINGS = "_recordings"  # ending of a tag: the same figure of the recordings

Waves = Mapping[str, Sequence[Tensor]]  # of each part, each (L,) in float32 at the voice's rate
Attempt = Callable[[str], AbstractContextManager[None]]
Heartbeat = Callable[[str], None]
Judge = Callable[[Waves, Callable[[], None]], dict[str, float]]


class Sentences:
    """Up to 4 clips that are trained on and 4 that are not, evenly spaced in their lists, and the judges of both.

    Args:
        root: the workspace.

    Raises:
        InputError: as `whisper_folder`.
    """

    def __init__(self, config: Config, data: PreparedData, root: str | Path = ".") -> None:
        self.data = config.data
        self.parts = {
            TRAINED: Clips(self._chosen(data.train), config, root),
            HELD_OUT: Clips(self._chosen(data.val), config, root, is_trained=False),
        }
        spoken = languages.of_cleaners(config.data.text_cleaners)
        self._language = spoken.code if spoken else ""
        self._folder = whisper_folder(config, root)
        self._texts = transcripts(config, root) if self._folder else {}
        self._opinion_judge: OpinionJudge | None = None
        self._word_judge: WordJudge | None = None
        self._of_recordings: dict[str, dict[str, float]] = {}  # by judge

    def _chosen(self, clips: Sequence[PreparedClip]) -> list[PreparedClip]:
        most = LONGEST_S * self.data.sampling_rate / self.data.hop_length
        short = [clip for clip in clips if clip.frames <= most]
        count = min(SENTENCES, len(short))
        return [short[i * len(short) // count] for i in range(count)]

    def distances(self, clip: Clip, timed_L: Tensor, spoken_L: Tensor) -> dict[str, float]:
        """Distances of one sentence from its recording.

        Args:
            timed_L: spoken with the durations of the recording.
            spoken_L: spoken with predicted durations.
        """
        recorded_MF, timed_MF, spoken_MG = (
            mel_spectrogram(wave_L[None], self.data)[0].numpy() for wave_L in (clip.wav_L, timed_L, spoken_L)
        )
        along_path = distances.aligned(recorded_MF, spoken_MG)
        return {
            "mel_true_durations": distances.mel_distance(recorded_MF, timed_MF),
            "mel": distances.mel_distance(*along_path),
            "mcd": distances.mel_cepstral_distortion(*along_path),
        }

    def judgements(self, spoken: Waves, attempt: Attempt, heartbeat: Heartbeat) -> dict[str, float]:
        """What the judges that are here say: `mos/PART`, `cer/PART`, `wer/PART`, and the same of the recordings.

        Args:
            spoken: of each part, in the order of its clips.
            attempt: what fails inside of it is reported and left out.
            heartbeat: called before each sentence.
        """
        figures: dict[str, float] = {}
        for what, judge in self.judges().items():
            with attempt(what):
                if what not in self._of_recordings:
                    found = judge(self._recorded(), partial(heartbeat, what))
                    self._of_recordings[what] = {tag + RECORDINGS: value for tag, value in found.items()}
                figures |= judge(spoken, partial(heartbeat, what)) | self._of_recordings[what]
        return figures

    def judges(self) -> dict[str, Judge]:
        """The judges that are here, by what they do. Each may raise whatever its library raises, and InputError."""
        found: dict[str, Judge] = {}
        if OpinionJudge.is_installed():
            found["predicting opinions of the voice"] = self._opinions
        if self._folder is not None:
            found["counting misunderstood characters"] = self._errors
        return found

    def _recorded(self) -> Waves:
        return {part: [clips[i].wav_L for i in range(len(clips))] for part, clips in self.parts.items()}

    def _opinions(self, waves: Waves, heartbeat: Callable[[], None]) -> dict[str, float]:
        if self._opinion_judge is None:
            self._opinion_judge = OpinionJudge()
        found = {}
        for part, sentences in waves.items():
            scores = []
            for wave_L in sentences:
                heartbeat()
                scores.append(self._opinion_judge.score(self._heard(wave_L)))
            if scores:
                found[f"mos/{part}"] = fmean(scores)
        return found

    def _errors(self, waves: Waves, heartbeat: Callable[[], None]) -> dict[str, float]:
        if self._word_judge is None and self._folder is not None:
            self._word_judge = WordJudge(self._folder, self.data.text_cleaners)
        found: dict[str, float] = {}
        for part, sentences in waves.items():
            pairs = []
            for clip, wave_L in zip(self.parts[part].prepared, sentences, strict=True):
                if self._word_judge is not None and (said := self._texts.get(clip.path)):
                    heartbeat()
                    heard = self._word_judge.words(self._heard(wave_L))
                    # Whisper writes 20 for twenty
                    pairs.append((normalise(said, self._language), normalise(heard, self._language)))
            if pairs:
                found[f"cer/{part}"], found[f"wer/{part}"] = error_rates(pairs)
        if not found:
            raise InputError(
                _("the lists' texts before the cleaning are not here"),
                fix=_("put each list beside its .cleaned one"),
            )
        return found

    def _heard(self, wave_L: Tensor) -> Wave:
        """Samples as the judges take them."""
        return np.asarray(resample(wave_L.numpy(), self.data.sampling_rate, RATE), dtype=np.float32)
