"""Does a voice learn to speak, and when: the demo's voice trained for 150 minutes and judged on the way.

    python bench/learn.py FOLDER [--seed 1] [--minutes 150] [--judge PYTHON] [--model FOLDER] [--markdown FILE]

Makes the demo workspace in FOLDER and trains its config there by `vitsdeck train`. After 10, 20, 30, 60, 90 and 150
minutes of training it stops the run, speaks 12 sentences of the corpus and 12 that share no run of four words with it,
and judges them beside their recordings: character and word error (faster-whisper), predicted opinion score
(Distill-MOS), distance of the mels after alignment. Minutes are those of the trainer's own steps and validations,
added up over its starts. Interrupted, it stops the training; the same command continues. What was found is in
FOLDER/results.json, what was spoken in FOLDER/spoken.

Judges are looked for in this Python and in that of --judge; `bench/judge.py` says what they need. Without any the table
has the mel distance alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from engine import config as configs
from engine import demo
from engine.audio.mel import mel_spectrogram
from engine.config import Config
from engine.dataset.lists import filelist
from engine.dataset.lists.filelist import Entry
from engine.files import atomic
from engine.quality import distances
from engine.quality.error_rate import error_rates
from engine.runs import launch, registry
from engine.runs.events import EventTail
from engine.runs.supervisor.log_header import LOG_NAME
from engine.speak.manner import Manner
from engine.speak.torch_network import load
from engine.text.normalise import normalise
from engine.workspace import Workspace, write_new

MARKS = (10, 20, 30, 60, 90, 150)
SENTENCES = 12  # of each kind; of 6 the recordings' own error varies by 0.06
NAME = "learn"
HERE = Path(__file__).resolve().parent
Figures = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1, help="of the training")
    parser.add_argument("--minutes", type=float, default=MARKS[-1], help="the last mark")
    parser.add_argument("--clips", type=int, default=demo.CLIPS, help="sentences of the demo")
    parser.add_argument("--judge", metavar="PYTHON", default="", help="another Python that has judges")
    parser.add_argument("--model", metavar="FOLDER", default="", help="a model of faster-whisper")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there, too")
    arguments = parser.parse_args()
    for each in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(each) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(each, signal.default_int_handler)
    measurement = Measurement(arguments)
    try:
        measurement.run()
    except KeyboardInterrupt:
        print("interrupted; the training is stopped, the same command continues", file=sys.stderr)
        sys.exit(130)
    finally:
        measurement.stop()
    text = measurement.table()
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


class Measurement:
    """The training, and what has been found of it so far."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        folder = arguments.folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        self.asked = arguments
        self.workspace = demo.build(folder / "demo", _say, clips=arguments.clips)
        self.folder, self.run_folder = folder, self.workspace.run_folder(NAME)
        self.config = _seeded(self.workspace, arguments.seed)
        self.marks = [*(mark for mark in MARKS if mark < arguments.minutes), arguments.minutes]
        self.clock = TrainingClock(self.run_folder / "events.jsonl")
        self.trained, self.unseen = (
            _spread(filelist.read(self.workspace.filelists_dir / f"{name}.txt")) for name in ("train", "val")
        )

    @property
    def results(self) -> dict[str, Figures]:
        """What is on disk: mark -> figures."""
        path = self.folder / "results.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}

    def run(self) -> None:
        """Train and judge until every mark has its figures."""
        if "recordings" not in self.results:
            wavs = [self.workspace.root / entry.path for entry in [*self.trained, *self.unseen]]
            self._record("recordings", self._figures(wavs))
        for mark in self.marks:
            if f"{mark:g}" in self.results:
                continue
            self.train_until(60 * mark)
            self._record(f"{mark:g}", self.judge(mark))

    def train_until(self, seconds: float) -> None:
        """Train until so many seconds of training have passed, then stop.

        Raises:
            SystemExit: the training has failed.
        """
        while self.clock.read() < seconds:
            run = registry.read_run(self.run_folder) if self.run_folder.is_dir() else None
            if run is not None and run.state == "failed":
                sys.exit(f"the training has failed: {run.reason}; see {self.run_folder / LOG_NAME}")
            if run is None or run.is_final:
                _say(f"training to minute {seconds / 60:g}, now at {self.clock.read() / 60:.1f}")
                command = [sys.executable, "-P", "-m", "tui.cli", "train", "-m", NAME, "-c", NAME, "--detach"]
                subprocess.run(command, cwd=self.workspace.root, check=True)
            time.sleep(1)
        self.stop()

    def stop(self) -> None:
        """Stop the training, if it runs, with a checkpoint."""
        if self.run_folder.is_dir():
            launch.stop(self.run_folder, wait_s=600)
        self.clock.read()

    def judge(self, mark: float) -> Figures:
        """Speak with the checkpoint that is nearest to the mark, and judge it."""
        steps = [int(path.stem[2:]) for path in self.run_folder.glob("G_*.pth")]
        step = min(steps, key=lambda step: abs(self.clock.at[step] - 60 * mark))
        _say(f"judging step {step:,} for minute {mark:g}")
        target = self.folder / "spoken" / f"{mark:g}"
        target.mkdir(parents=True, exist_ok=True)
        speaker = load(self.run_folder / f"G_{step}.pth", self.config, device="cpu")
        wavs = []
        for kind, entries in (("trained", self.trained), ("unseen", self.unseen)):
            for number, entry in enumerate(entries, 1):
                wavs.append(target / f"{kind}-{number}.wav")
                speaker.say_to_file(entry.text, wavs[-1], Manner(seed=0))
        return {"step": step, "minutes": self.clock.at[step] / 60, **self._figures(wavs)}

    def _figures(self, wavs: list[Path]) -> Figures:
        """Error rates, scores and distances of the trained sentences, then of the unseen ones."""
        entries, count = [*self.trained, *self.unseen], len(self.trained)
        found: dict[str, Any] = {"words": None, "mos": None}
        for python in dict.fromkeys([sys.executable, self.asked.judge or sys.executable]):
            asked = json.dumps({"model": self.asked.model, "wavs": list(map(str, wavs))})
            done = subprocess.run(
                [python, str(HERE / "judge.py")], input=asked, stdout=subprocess.PIPE, text=True, check=True
            )
            found |= {name: each for name, each in json.loads(done.stdout).items() if each is not None}
        figures: Figures = {"judges": [each[1] for each in found.values() if each]}
        for kind, some in (("trained", slice(count)), ("unseen", slice(count, None))):
            part: Figures = {"cer": None, "wer": None, "mos": None}
            if found["words"]:
                heard = found["words"][0][some]
                pairs = [(_in_words(e.text), _in_words(h)) for e, h in zip(entries[some], heard, strict=True)]
                part |= dict(zip(("cer", "wer"), error_rates(pairs), strict=True)) | {"heard": heard}
            if found["mos"]:
                part["mos"] = float(np.mean(found["mos"][0][some]))
            recorded = [self.workspace.root / entry.path for entry in entries[some]]
            part["mel"] = float(np.mean(list(map(self._distance, recorded, wavs[some]))))
            figures[kind] = part
        return figures

    def _distance(self, recorded: Path, spoken: Path) -> float:
        """Mean absolute difference of two files' log mels, aligned by dynamic time warping."""
        mels = []
        for path in (recorded, spoken):
            wave, _rate = soundfile.read(path, dtype="float32")
            mels.append(mel_spectrogram(torch.from_numpy(wave)[None], self.config.data)[0].numpy())
        return distances.mel_distance(*distances.aligned(mels[0], mels[1]))

    def _record(self, name: str, figures: Figures) -> None:
        text = json.dumps(self.results | {name: figures}, indent=1)
        atomic.write_text(self.folder / "results.json", text + "\n")
        _say(f"{name}: {_cells(figures)}")

    def table(self) -> str:
        """What was found, as Markdown."""
        train, results = self.config.train, self.results
        clips = len(filelist.read(self.workspace.filelists_dir / "train.txt"))
        seconds = sum(
            soundfile.info(path).duration for path in (self.workspace.audio_dir / "recordings").glob("*.wav")
        )
        judges = ", ".join(results["recordings"]["judges"]) or "no judge of words or opinion"
        lines = [
            f"`demo` config, seed {train.seed}: {clips} sentences of {seconds / 60:.0f} minutes with the validation's, "
            f"batch {train.batch_size}, segment {train.segment_size}, learning rate {train.learning_rate:g}, "
            f"adversarial_start {train.adversarial_start}. {_cpu()}, {os.cpu_count()} cores, torch "
            f"{torch.__version__}; {judges}. {len(self.trained)} trained and {len(self.unseen)} unseen sentences.",
            "",
            "| minutes | step | steps/s | character error, trained | unseen | word error, trained | unseen "
            "| MOS, trained | unseen | mel distance, trained | unseen |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for mark in self.marks:
            found = results[f"{mark:g}"]
            rate = found["step"] / found["minutes"] / 60
            lines.append(f"| {found['minutes']:.1f} | {found['step']:,} | {rate:.2f} | {_cells(found)} |")
        lines.append(f"| recordings | | | {_cells(results['recordings'])} |")
        return "\n".join(lines) + "\n"


class TrainingClock:
    """Seconds of training at each step, from a run's events.

    Attributes:
        path: events.jsonl of the run.
        at: step -> seconds of stepping and validation until then; a step that was given up does not count.
    """

    def __init__(self, path: Path) -> None:
        self.at: dict[int, float] = {0: 0.0}
        self.path = path
        self._tail = EventTail(path)
        self._began = 0.0  # when its present start began to train, less what was trained before

    def read(self) -> float:
        """Seconds at the newest step."""
        self._add(self._tail.read_new())
        return max(self.at.values())

    def _add(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            kind, time_s = event["kind"], float(event["t"])
            if kind == "resumed":
                self.at = {step: seconds for step, seconds in self.at.items() if step <= event["step"]}
            if kind == "resumed" or (kind == "state" and event["state"] == "running"):
                self._began = time_s - max(self.at.values())
            elif kind in ("metric", "checkpoint"):
                self.at[event["step"]] = time_s - self._began


def _seeded(workspace: Workspace, seed: int) -> Config:
    """The demo's config with another seed, as configs/learn.json.

    Raises:
        SystemExit: the folder holds a measurement with another seed.
    """
    path = workspace.configs_dir / f"{NAME}.json"
    its = configs.load(workspace.configs_dir / f"{demo.NAME}.json")
    write_new(path, dataclasses.replace(its, train=dataclasses.replace(its.train, seed=seed)).to_json())
    found = configs.load(path)
    if found.train.seed != seed:
        sys.exit(f"{path} has seed {found.train.seed}: name another folder for seed {seed}")
    return found


def _spread(entries: list[Entry]) -> list[Entry]:
    return entries[:: max(1, len(entries) // SENTENCES)][:SENTENCES]


def _in_words(text: str) -> str:
    return normalise(text, "en")  # a recogniser writes 20 for twenty


def _cells(figures: Figures) -> str:
    """The figures of one row, trained and unseen side by side."""
    values = [figures[kind][name] for name in ("cer", "wer", "mos", "mel") for kind in ("trained", "unseen")]
    return " | ".join("–" if value is None else f"{value:.2f}" for value in values)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
