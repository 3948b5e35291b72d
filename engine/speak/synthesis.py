"""Text in, waveform out: a checkpoint of the family, made ready to speak."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import languages
from engine.audio import sink
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.model.voice import Voice, build_voice
from engine.speak.speakers import check_speaker
from engine.text import marked, pronunciations
from engine.text.cleaners import registry
from engine.text.pronunciations import Pronunciations
from engine.text.sentences import LONGEST, stretches
from engine.text.symbols import (
    ENGLISH_178,
    describe,
    table,
    table_of_size,
    to_ids,
    unknown_symbols,
    with_blanks,
)
from engine.train.checkpoints.checkpoint import verify_generator
from engine.train.checkpoints.warmstart import TEXT_EMBEDDING
from engine.train.checkpoints.weights import Tree, check_finite, check_shapes, model_of, read_tree

# oneDNN keeps what it compiled for each length of a sentence, of which no two are equal: memory would grow by 100 MB
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
LONGEST_S = 120.0  # of one sentence; longer ones are a fault of the weights
SHORTEST = 20  # characters of a stretch, however slowly it is spoken
OLDER = _("speak with an older checkpoint")
# beyond a few the sound is noise; far beyond, no number at all
SCALES = {
    "length_scale": (0.05, 20.0),
    "noise_scale": (0.0, 10.0),
    "noise_scale_w": (0.0, 10.0),
    "pauses": (0.0, 20.0),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """What was spoken, without its samples. `took_s`: seconds of work."""

    rate: int
    seconds: float
    sentences: int
    phonemes: str
    took_s: float
    ratio: float  # seconds of audio for each second of work; above 1 is faster than real time


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence of a text that is spoken: float32 samples with the silence behind them, and its phonemes."""

    wave: NDArray[np.float32]
    phonemes: str


class Speaker:
    """A voice in inference form: weight norm folded, no gradients, on the GPU if there is one."""

    def __init__(self, voice: Voice, config: Config, symbols: tuple[str, ...], device: torch.device) -> None:
        self.voice = voice
        self.config = config
        self.device = device
        self.table = table(symbols)
        self.words = Pronunciations()

    @classmethod
    def load(cls, checkpoint: Path, config: Config, device: str | None = None) -> Speaker:
        """Read a G_ file of ours or of the seed family, or a best file.

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
        speaker = cls(voice.to(chosen), config, symbols, chosen)
        speaker.read_words(checkpoint)
        return speaker

    def read_words(self, checkpoint: Path) -> None:
        """Take the pronunciations that hold for a checkpoint now. Raises InputError: a fault of theirs."""
        self.words = pronunciations.around(checkpoint, self.config.data.text_cleaners)
        self.words.check(tuple(self.table))

    def say_to_file(self, text: str, path: Path, **how: Any) -> Speech:
        """Speak a text into a wav, flac, ogg or mp3 file, which is written while it is spoken.

        Args:
            how: as in `stream`.

        Raises:
            InputError: as `stream`, and as `engine.audio.sink.write`.
        """
        started = time.perf_counter()
        rate, phonemes = self.config.data.sampling_rate, []

        def waves() -> Iterator[NDArray[np.float32]]:
            for part in self.stream(text, **how):
                phonemes.append(part.phonemes)
                yield part.wave

        seconds = sink.write(path, waves(), rate) / rate
        took_s = time.perf_counter() - started
        return Speech(rate, seconds, len(phonemes), " ".join(phonemes), took_s, seconds / took_s)

    def stream(
        self,
        text: str,
        *,
        speaker: int = 0,
        noise_scale: float = 0.667,
        noise_scale_w: float = 0.8,
        length_scale: float = 1.0,
        seed: int | None = None,
        pauses: float = 1.0,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Part]:
        """Speak a text of any length, a sentence at a time; memory does not grow with the text.

        Args:
            text: plain text; the config's normaliser and cleaners turn it into phonemes.
            speaker: id of the speaker, for voices that have several.
            noise_scale: how much the prior varies (0 is flat); noise_scale_w: the same for rhythm.
            length_scale: above 1 speaks slower.
            seed: the same seed speaks the same twice; None draws a new one.
            pauses: how long the silence between sentences is, as a multiple of the usual one.
            on_progress: called with sentences done and in all.

        Raises:
            InputError: nothing to say, a stretch as `marked.check` refuses, symbols outside the table, a speaker that
                is not there, bad scales or seed, weights that have diverged.
        """
        check_speaker(self.config, speaker)
        scales = {"length_scale": length_scale, "noise_scale": noise_scale, "noise_scale_w": noise_scale_w}
        _check_scales(**scales, pauses=pauses)
        check_seed(seed)
        generator = self._generator(seed)
        data = self.config.data
        marked.check(text)
        language = languages.of_cleaners(data.text_cleaners)
        most = max(SHORTEST, int(LONGEST / max(1.0, length_scale)))
        parts = list(stretches(text, most, language.code if language else ""))
        spoken = 0
        for number, part in enumerate(parts, 1):
            phonemes = registry.clean_all([part.text], data.cleaning, words=self.words)[0]
            if phonemes.strip():
                spoken += 1
                wave = self._spoken(phonemes, speaker, generator, scales)
                silence = np.zeros(round(pauses * part.pause_s * data.sampling_rate), np.float32)
                yield Part(np.concatenate([wave, silence]), phonemes)
            if on_progress is not None:
                on_progress(number, len(parts))
        if not spoken:
            what = _("there is nothing to say: {cleaners} reads nothing of the text")
            what = what.format(cleaners=" ".join(data.text_cleaners))
            raise InputError(what, fix=_("give a text in the language of the voice"))

    def _generator(self, seed: int | None) -> torch.Generator:
        generator = torch.Generator(self.device)
        if seed is None:
            generator.seed()
        else:
            generator.manual_seed(seed)
        return generator

    def _spoken(
        self, phonemes: str, speaker: int, generator: torch.Generator, scales: dict[str, float]
    ) -> NDArray[np.float32]:
        data = self.config.data
        most_frames = int(LONGEST_S * data.sampling_rate / data.hop_length)
        wave = self._infer(self.ids(phonemes), speaker, generator, scales, most_frames)
        check_sound(wave)
        if len(wave) >= most_frames * data.hop_length:
            raise InputError(
                _("one sentence would last more than {longest_s:g} s").format(longest_s=LONGEST_S), fix=OLDER
            )
        return wave

    def _infer(
        self,
        ids: Sequence[int],
        speaker: int,
        generator: torch.Generator,
        scales: dict[str, float],
        most_frames: int,
    ) -> NDArray[np.float32]:
        is_alone = self.config.data.n_speakers <= 1
        with torch.inference_mode():
            try:
                spoken = self.voice.infer(
                    torch.tensor([ids], device=self.device),
                    torch.tensor([len(ids)], device=self.device),
                    None if is_alone else torch.tensor([speaker], device=self.device),
                    generator=generator,
                    max_frames=most_frames,
                    length_scale=scales["length_scale"],
                    noise_scale=scales["noise_scale"],
                    noise_scale_w=scales["noise_scale_w"],
                )
            except ValueError as error:  # durations without end
                raise InputError(str(error), fix=OLDER) from None
            wave: NDArray[np.float32] = spoken.wave_B1L[0, 0].float().cpu().numpy()
        return wave

    def ids(self, phonemes: str) -> list[int]:
        """What the voice reads for phonemes. Raises InputError: symbols outside the table."""
        unknown = unknown_symbols(phonemes, self.table)
        if unknown:
            what = _('the voice does not know these symbols: {symbols}; they are in "{phonemes}"')
            what = what.format(symbols=", ".join(map(describe, unknown)), phonemes=phonemes[:60])
            raise InputError(what, fix=_("leave out what is spoken so, or train with texts that have it"))
        ids: list[int] = to_ids(phonemes, self.table)
        return with_blanks(ids) if self.config.data.add_blank else ids


def check_seed(seed: int | None) -> None:
    """Raises InputError: a seed that no generator takes."""
    if seed is not None and not 0 <= seed < 1 << 64:
        fix = _("choose a whole number from 0 to 18446744073709551615")
        raise InputError(_("seed is {seed}").format(seed=seed), fix=fix)


def check_sound(wave_L: NDArray[np.float32]) -> None:
    """Raises InputError: samples that are no numbers, as weights that have diverged make them."""
    if not np.isfinite(wave_L).all():
        raise InputError(_("the sound is not finite: the weights are damaged"), fix=OLDER)


def _check_scales(**scales: float) -> None:
    for name, value in scales.items():
        least, most = SCALES[name]
        if not least <= value <= most:  # what is not a number is outside, too
            fix = _("choose one from {least:g} to {most:g}").format(least=least, most=most)
            raise InputError(_("{name} is {value}").format(name=name, value=value), fix=fix)


def _symbols_of(tree: Tree, config: Config, path: Path) -> tuple[str, ...]:
    """The symbol table that the checkpoint's text embedding was trained on."""
    model = model_of(tree, path)
    if TEXT_EMBEDDING not in model:
        raise InputError(_("holds no text encoder, so it is not a G_ checkpoint of this family"), path=path)
    size = len(model[TEXT_EMBEDDING])
    if config.symbols is not None:
        return config.symbols
    return table_of_size(size) or ENGLISH_178
