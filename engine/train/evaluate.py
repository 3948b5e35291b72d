"""Validation loss, figures of fixed sentences, and samples spoken at every checkpoint."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean

import torch
from torch.utils.data import DataLoader

from engine.audio.mel import mel_from_linear, mel_spectrogram
from engine.audio.wav import write_pcm16
from engine.config import Config
from engine.dataset.loader.batch import Batch, collate
from engine.dataset.loader.dataset import Clip, Clips
from engine.dataset.prepared import PreparedClip
from engine.files import atomic
from engine.model import losses
from engine.model.voice import Inferred
from engine.quality.sentences import Sentences
from engine.text.symbols import ENGLISH_178
from engine.train.memory.recovery import skip_on_oom
from engine.train.objective import cut
from engine.train.pictures import colour, png
from engine.train.reporter import Reporter
from engine.train.seeds import seed_step
from engine.train.state import TrainingState

MOST_BATCHES = 8
SENTENCES = 3
LONGEST_SAMPLE_S = 20.0


def validate(
    state: TrainingState, clips: Clips, sentences: Sentences, reporter: Reporter
) -> dict[str, float]:
    """All figures of a validation that are finite, tag -> value; docs/reference/files.md lists the tags.

    What fails or finds no memory is a warning, and its figures are missing. None without a loss where there are clips
    for it: such a voice must never pass for the best one.
    """
    loss = partial(validation_mel, state, clips, reporter)
    mel = skip_on_oom(loss, "validation", reporter, state.device)
    measure = partial(sentence_figures, state, sentences, reporter)
    figures = skip_on_oom(measure, "measuring the sentences", reporter, state.device) or {}
    if mel is None:
        return {} if len(clips) else figures
    return {"loss/val/mel": mel, **figures}


def validation_mel(state: TrainingState, clips: Clips, reporter: Reporter) -> float | None:
    """Mean weighted mel loss of the validation clips (first 8 batches), rebuilt through the posterior encoder.

    The same segments and noise are drawn each time, so that figures of one run compare. None without clips, and where
    the loss is not finite.
    """
    train, data = state.config.train, state.config.data
    frames = train.segment_size // data.hop_length
    found: list[float] = []
    state.voice.eval()
    seed_step(train.seed, 0, "validation")
    with torch.inference_mode():
        for index, cpu_batch in enumerate(DataLoader(clips, batch_size=train.batch_size, collate_fn=collate)):
            if index == MOST_BATCHES:
                break
            reporter.heartbeat(state.position.step, f"validation, batch {index + 1}")
            batch = cpu_batch.to(state.device)
            output = state.forward(batch)
            target_BMF = cut(mel_from_linear(batch.spec_BCF, data), output.starts_B, frames)
            spoken_BMF = mel_spectrogram(output.wave_B1L.squeeze(1), data)
            found.append(train.c_mel * float(losses.mel_loss(target_BMF, spoken_BMF)))
            if index == 0:
                with reporter.suppress("writing pictures and sound for TensorBoard"):
                    _show_first(reporter, state, batch, target_BMF[0], spoken_BMF[0])
    state.voice.train()
    if not found:
        return None
    mel = sum(found) / len(found)
    _record(state, {"loss/val/mel": mel}, reporter)
    reporter.say(f"validation mel {mel:.4g}")
    if not math.isfinite(mel):
        step = state.position.step
        reporter.alert("warning", f"validation at step {step} is NaN or infinite, and counts as none")
        return None
    return mel


def _record(state: TrainingState, figures: dict[str, float], reporter: Reporter) -> None:
    step = state.position.step
    reporter.events.metric(step, state.position.epoch, figures)
    with reporter.suppress("writing figures for TensorBoard"):
        for tag, value in figures.items():
            reporter.eval_writer.add_scalar(tag, value, step)


def sentence_figures(state: TrainingState, sentences: Sentences, reporter: Reporter) -> dict[str, float]:
    """Figures of the fixed sentences by their tags, without those that are not finite; also reported."""
    began = time.monotonic()
    spoken, figures = spoken_sentences(state, sentences, reporter)
    figures |= sentences.judgements(
        spoken, reporter.suppress, partial(reporter.heartbeat, state.position.step)
    )
    figures = {f"quality/{name}": value for name, value in figures.items() if math.isfinite(value)}
    if figures:
        _record(state, figures, reporter)
        said = "  ".join(f"{tag.removeprefix('quality/')} {value:.3g}" for tag, value in figures.items())
        reporter.say(f"sentences measured in {time.monotonic() - began:.0f} s: {said}")
    return figures


def spoken_sentences(
    state: TrainingState, sentences: Sentences, reporter: Reporter
) -> tuple[dict[str, list[torch.Tensor]], dict[str, float]]:
    """Waves (L,) of the fixed sentences by part, and the means of their distances from the recordings as `mel/PART`.

    The same noise is drawn each time, so that figures of one run compare.
    """
    spoken: dict[str, list[torch.Tensor]] = {}
    figures: dict[str, float] = {}
    state.voice.eval()
    for part, clips in sentences.parts.items():
        found: dict[str, list[float]] = defaultdict(list)
        spoken[part] = []
        for number in range(len(clips)):
            note = f"speaking sentence {number + 1}, {part.replace('_', ' ')}"
            reporter.heartbeat(state.position.step, note)
            clip, prepared = clips[number], clips.prepared[number]
            seed_step(state.config.train.seed, number, f"quality {part}")
            timed_L = _wave(_speak(state, prepared, _true_frames(state, clip)))
            spoken_L = _wave(_speak(state, prepared))
            spoken[part].append(spoken_L)
            for name, value in sentences.distances(clip, timed_L, spoken_L).items():
                found[name].append(value)
        figures |= {f"{name}/{part}": fmean(values) for name, values in found.items()}
    state.voice.train()
    return spoken, figures


def _true_frames(state: TrainingState, clip: Clip) -> torch.Tensor:
    """Frames of each symbol in a recording (1, N), as the alignment search finds them."""
    batch = collate([clip]).to(state.device)
    with torch.inference_mode():
        output = state.forward(batch)
    frames_BN: torch.Tensor = output.path_BFN.sum(1)
    return frames_BN


def _wave(spoken: Inferred) -> torch.Tensor:
    return spoken.wave_B1L[0, 0].float().cpu()


def _show_first(
    reporter: Reporter, state: TrainingState, batch: Batch, target_MF: torch.Tensor, spoken_MF: torch.Tensor
) -> None:
    """The first validation clip for TensorBoard, under the family's tags."""
    board, data, step = reporter.eval_writer, state.config.data, state.position.step
    board.add_image("slice/mel_org", colour(target_MF), step, dataformats="HWC")
    board.add_image("slice/mel_gen", colour(spoken_MF), step, dataformats="HWC")
    board.add_audio("gt/audio", batch.wav_B1L[0, 0, : int(batch.wav_lengths_B[0])], step, data.sampling_rate)
    board.add_image("gt/mel", colour(mel_from_linear(batch.spec_BCF[:1], data)[0]), step, dataformats="HWC")


def speak_samples(
    state: TrainingState, folder: Path, clips: Sequence[PreparedClip], reporter: Reporter
) -> None:
    """Speak the first validation sentences into `samples/<step>/`: wav, mel and alignment pictures."""
    step, data = state.position.step, state.config.data
    target = folder / "samples" / str(step)
    for part in (target.parent, target):  # not the run folder, which may have been renamed
        part.mkdir(mode=0o700, exist_ok=True)
    state.voice.eval()
    for number, clip in enumerate(clips[:SENTENCES], start=1):
        reporter.heartbeat(step, f"speaking sample {number}")
        seed_step(state.config.train.seed, number, "sample")
        spoken = _speak(state, clip)
        wave_L = _wave(spoken)
        mel_MF = mel_spectrogram(wave_L[None], data)[0]
        path_NF = spoken.path_BFN[0].float().T
        names = {"wav": f"{number}.wav", "mel": f"{number}.mel.png", "alignment": f"{number}.alignment.png"}
        write_pcm16(target / names["wav"], wave_L.numpy(), data.sampling_rate)
        atomic.write_bytes(target / names["mel"], png(mel_MF))
        atomic.write_bytes(target / names["alignment"], png(path_NF))
        files = {kind: f"samples/{step}/{name}" for kind, name in names.items()}
        reporter.events.sample(step, _text_of(clip, state.config), files)
        suffix = "" if number == 1 else f"_{number}"  # the first under the family's own tags
        board = reporter.eval_writer
        with reporter.suppress("writing pictures and sound for TensorBoard"):
            board.add_audio(f"gen/audio{suffix}", wave_L, step, data.sampling_rate)
            board.add_image(f"gen/mel{suffix}", colour(mel_MF), step, dataformats="HWC")
            board.add_image(f"all/attn{suffix}", colour(path_NF), step, dataformats="HWC")
    state.voice.train()


def _speak(state: TrainingState, clip: PreparedClip, frames_BN: torch.Tensor | None = None) -> Inferred:
    ids_BN = torch.tensor([clip.ids], device=state.device)
    lengths_B = torch.tensor([len(clip.ids)], device=state.device)
    speaker_B = None
    if state.config.data.n_speakers > 1:
        speaker_B = torch.tensor([clip.speaker], device=state.device)
    data = state.config.data
    # an untrained duration predictor may ask for minutes of sound
    most = int(LONGEST_SAMPLE_S * data.sampling_rate / data.hop_length)
    return state.voice.infer(ids_BN, lengths_B, speaker_B, max_frames=most, frames_BN=frames_BN)


def _text_of(clip: PreparedClip, config: Config) -> str:
    """The cleaned text that a clip's ids stand for."""
    symbols = config.symbols or ENGLISH_178
    return "".join(symbols[i] for i in (clip.ids[1::2] if config.data.add_blank else clip.ids))
