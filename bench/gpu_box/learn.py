"""Part `learn`: the voice that the rest of the time makes of the packed clips, as five wavs."""

from __future__ import annotations

import time
import wave
from pathlib import Path
from typing import Any

from bench.gpu_box.box import DATA, Box
from bench.gpu_box.trainer import LOOK_S, Trainer

EVERY = 200  # steps between two samples
END_S = 20.0  # for the last sample and the wavs
WAVS = 4  # of the training; a fifth has the recordings
_PAUSE_S = 0.4


def learn(box: Box) -> None:
    """Train until the time is over and speak two trained sentences and one unseen every EVERY steps."""
    every = 2 if box.quick else EVERY
    preset, batch = ("small_cpu", 2) if box.quick else ("ljs_mini_mb_istft_vits", 16)
    values = {"log_interval": max(1, every // 20), "eval_interval": 10**9}
    if box.quick:
        values["adversarial_start"] = box.first_adversarial
    config = box.config(preset, batch, box.half(), **values)
    train = box.clips("train")
    spoken = [train[0], train[1], box.clips("val")[0]]
    with Trainer(box, "learn", config, train=train, val=spoken) as trainer:
        trainer.start(10**8, 0 if box.quick else 2)
        began = time.monotonic()
        due = every
        while box.left_s() > END_S and not (box.quick and due > WAVS * every):
            trainer.check()
            if trainer.step() < due:
                time.sleep(LOOK_S if box.quick else 10 * LOOK_S)
                continue
            trainer.ask("sample")
            due += every
        trainer.ask("sample")
        seconds, steps = time.monotonic() - began, trainer.step()
        by_step: dict[int, list[dict[str, Any]]] = {}
        for event in trainer.events("sample"):
            by_step.setdefault(event["step"], []).append(event)
        by_step = {step: events[: len(spoken)] for step, events in by_step.items()}
        _report(box, trainer, steps, seconds)
        _write_wavs(box, trainer.folder, by_step)


def _report(box: Box, trainer: Trainer, steps: int, seconds: float) -> None:
    metrics = [each for each in trainer.events("metric") if "loss/g/mel" in each["values"]]
    box.row("steps, from the trainer's start on", f"{steps} in {seconds:.0f} s")
    pick = sorted({round(share * (len(metrics) - 1)) for share in (0, 0.25, 0.5, 0.75, 1)})
    for each in (metrics[index] for index in pick):
        box.row(f"mel loss of step {each['step']}, weighted", f"{each['values']['loss/g/mel']:.2f}")
    box.facts["mel"] = [[each["step"], each["values"]["loss/g/mel"]] for each in metrics]


def _write_wavs(box: Box, folder: Path, by_step: dict[int, list[dict[str, Any]]]) -> None:
    """The samples of four steps, the last one among them, and the recordings of their sentences."""
    for old in box.out.glob("*.wav"):
        old.unlink()
    steps = sorted(by_step)
    chosen = sorted({steps[round((number + 1) * len(steps) / WAVS) - 1] for number in range(WAVS)})
    known = _sentences()
    wavs = []
    for step in chosen:
        events = by_step[step]
        parts = [folder / event["files"]["wav"] for event in events]
        text = " ".join(known[event["text"]][0] for event in events)
        wavs.append({"file": f"step_{step:06d}.wav", "step": step, "text": text})
        _join(parts, box.out / str(wavs[-1]["file"]))
    recordings = [DATA / known[event["text"]][1] for event in by_step[chosen[-1]]]
    wavs.append({"file": "recordings.wav", "step": None, "text": wavs[-1]["text"]})
    _join(recordings, box.out / "recordings.wav")
    box.facts["wavs"] = wavs
    box.row("wavs", ", ".join(str(each["file"]) for each in wavs))


def _sentences() -> dict[str, tuple[str, str]]:
    """Cleaned text -> the words and the recording."""
    found = {}
    for cleaned in (DATA / "filelists").glob("*.cleaned"):
        raw = (cleaned.with_suffix("")).read_text(encoding="utf-8").splitlines()
        words = dict(line.split("|", 1) for line in raw)
        for line in cleaned.read_text(encoding="utf-8").splitlines():
            path, text = line.split("|", 1)
            found[text] = (words[path], path)
    return found


def _join(parts: list[Path], target: Path) -> None:
    """Write wavs one after the other with a pause behind each."""
    with wave.open(str(target), "wb") as file:
        for number, part in enumerate(parts):
            with wave.open(str(part)) as one:
                if number == 0:
                    file.setparams(one.getparams())
                file.writeframes(one.readframes(one.getnframes()))
                file.writeframes(b"\0\0" * int(_PAUSE_S * one.getframerate()))
