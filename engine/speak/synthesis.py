"""Text in, waveform out, with any runtime; without torch.

Axes: L samples.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np

from engine.audio import sink
from engine.config import Config
from engine.cores import cores
from engine.futures import in_order
from engine.speak.manner import Manner
from engine.speak.network import Network, Windows, check_sound
from engine.speak.voice_text import Sentence, VoiceText
from engine.speak.windows import Array

Job = tuple[Sentence, tuple[int, ...]]  # a sentence and the seed of its noise


@dataclass(frozen=True, slots=True)
class Speech:
    """What was spoken, without its samples."""

    rate: int
    seconds: float
    sentences: int
    phonemes: str
    took_s: float  # seconds of work
    first_s: float  # of them until the first samples
    ratio: float  # seconds of audio for each second of work; above 1 is faster than real time
    runtime: str
    precision: str


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, or a piece of one: float32 samples, with the silence behind a sentence at its end.

    `phonemes` are those of the sentence, at its first piece.
    """

    wave: Array
    phonemes: str


class Speaker:
    """A voice that is ready to speak."""

    def __init__(self, network: Network, text: VoiceText) -> None:
        self.network = network
        self.text = text
        self._workers: dict[int, Network | None] = {}  # the network for several callers, by threads of each

    @property
    def config(self) -> Config:
        """The config that the voice was trained with."""
        return self.text.config

    def say_to_file(
        self,
        text: str,
        path: Path,
        manner: Manner | None = None,
        *,
        is_live: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
        on_part: Callable[[Array], None] = lambda _wave_L: None,
    ) -> Speech:
        """Speak a text into a wav, flac, ogg or mp3 file, which is written while it is spoken.

        Args:
            is_live, on_progress: as in `stream`; on_part: called with the samples of each part.

        Raises:
            InputError: as `stream`, and as `engine.audio.sink.write`.
        """
        started, first_s = time.perf_counter(), 0.0
        rate, phonemes = self.network.rate, []

        def waves() -> Iterator[Array]:
            nonlocal first_s
            with closing(self.stream(text, manner, is_live=is_live, on_progress=on_progress)) as parts:
                for part in parts:
                    first_s = first_s or time.perf_counter() - started
                    phonemes.extend([part.phonemes] if part.phonemes else [])
                    on_part(part.wave)
                    yield part.wave

        seconds = sink.write(path, waves(), rate) / rate
        took_s = time.perf_counter() - started
        made_by = (self.network.runtime, self.network.precision)
        return Speech(
            rate, seconds, len(phonemes), " ".join(phonemes), took_s, first_s, seconds / took_s, *made_by
        )

    def stream(
        self,
        text: str,
        manner: Manner | None = None,
        *,
        is_live: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Generator[Part, None, None]:
        """Speak a text of any length, sentence by sentence; memory does not grow with the text.

        Args:
            text: plain text; the config's normaliser and cleaners turn it into phonemes.
            is_live: give the samples out in pieces as they are made, for someone who is listening.
            on_progress: called with sentences done and in all.

        Raises:
            InputError: nothing to say, a stretch as `marked.check` refuses, symbols outside the table, what
                `Manner.check` refuses, weights that have diverged.
        """
        manner = manner or Manner()
        manner.check(self.config)
        parts = self.text.parts(text, manner.length_scale)
        seed, said = manner.drawn_seed(), 0
        jobs = ((each, (seed, number)) for number, each in enumerate(self.text.sentences(parts)))
        with closing(self.spoken(jobs, manner, Windows() if is_live else None)) as spoken:
            for number, (sentence, pieces) in enumerate(spoken, 1):
                said += bool(sentence.ids)
                phonemes = sentence.phonemes
                for wave_L in pieces:
                    yield Part(wave_L, phonemes)
                    phonemes = ""
                if on_progress is not None:
                    on_progress(number, len(parts))
        if not said:
            raise self.text.nothing_to_say()

    def spoken(
        self, jobs: Iterable[Job], manner: Manner, windows: Windows | None = None
    ) -> Generator[tuple[Sentence, Iterable[Array]], None, None]:
        """Sentences in order, with their samples and the silence behind them: in one piece, or in `windows`.

        Without windows, several are spoken at once. On two cores that takes 0.6 to 0.9 of the time of one after
        the other, and gives the same samples.
        """
        jobs = iter(jobs)
        if windows is not None:
            for job in jobs:
                yield job[0], self._pieces(manner, self.network, job, windows)
            return
        first = list(islice(jobs, cores()))
        jobs = chain(first, jobs)
        workers = self._for_workers(cores() // len(first)) if len(first) > 1 else None
        if workers is not None:
            yield from in_order(partial(self._whole, manner, workers), jobs, len(first))
            return
        for job in jobs:
            yield self._whole(manner, self.network, job)

    def _for_workers(self, threads: int) -> Network | None:
        if threads not in self._workers:
            self._workers = {threads: self.network.for_workers(threads)}
        return self._workers[threads]

    def _whole(self, manner: Manner, network: Network, job: Job) -> tuple[Sentence, Iterable[Array]]:
        pieces = list(self._pieces(manner, network, job, None))
        return job[0], [np.concatenate(pieces)] if pieces else []

    def _pieces(self, manner: Manner, network: Network, job: Job, windows: Windows | None) -> Iterator[Array]:
        sentence, seed = job
        if not sentence.ids:
            return
        for wave_L in network.say(sentence.ids, manner.speaker, manner.scales, seed, windows):
            check_sound(wave_L)
            yield wave_L
        yield np.zeros(round(manner.pauses * sentence.pause_s * network.rate), np.float32)
