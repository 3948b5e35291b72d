"""Speech on a CPU against the family's forward pass (`plain_speak.py`), and from the command to the sound.

    python bench/speech.py [CONFIG ...] [--seconds 5] [--threads 1,2] [--rounds 7] [--full]
                           [--only cells,together,command]                    about 3 min for ljs_mini_mb_istft_vits

The weights are fresh: time does not depend on them. Texts are random symbols, as many as last about so many seconds,
and no two are of equal length, since oneDNN compiles anew for each length. Each form has a process of its own
(`speech_worker.py`) with so many threads and cores; threads wait as in `vitsdeck`, in the plain form as torch has it.
The forms speak the same sentence in turn, and a ratio is the median over the rounds in which other work left the cores
alone. The first round, which is not timed, compares the samples: all forms draw the same noise there.

- cells: fp32 by torch and by onnxruntime, bf16, int8, and the first sound of a sentence in windows.
- together: a text of 8 sentences, several at once against one after the other with all cores.
- command: `vitsdeck speak` as a whole, with onnxruntime and with torch, and its stages.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import rows
import torch
from speech_worker import CHECKPOINT, Array, Ids, Speech
from step_worker import ROOT
from turns import Worker, environment, vitsdeck, workers

from engine import config as configs
from engine.config import Config
from engine.cores import cores
from engine.dataset.prepared import NAME, PreparedClip, PreparedData
from engine.model.voice import build_voice
from engine.speak.onnx import graphs
from engine.speak.onnx.quantise import LEAST_DB, signal_to_noise
from engine.text.symbols import ENGLISH_178
from engine.train.state import has_bfloat16

PRESETS = ("ljs_mini_mb_istft_vits", "ljs_mb_istft_vits")
SECONDS, ALL_SECONDS = "5", "2,5,15"
IDS_A_SECOND = 30
TOGETHER = (1.2, 2.0, 3.1, 4.4, 1.6, 2.6, 3.7, 2.3)  # seconds of each sentence
TEXT = (
    "The lighthouse keeper climbed the narrow stairs, lit the lamp, and watched the boats come slowly home."
)
FIRST_SOUND = {5.0: 0.35, 15.0: 0.2}  # of the whole sentence's time
RUNTIMES = ("torch", "onnx")
FOREIGN = 0.1  # of a core that other work may take in a round
FORMS = ("plain", *RUNTIMES, "bf16", "int8", "first")
Figures = dict[str, dict[str, float]]  # of a form, in each cell


def make_run(folder: Path, settings: Config) -> str:
    """A run folder with fresh weights that speak at the speed of speech, and the files of onnxruntime."""
    folder.mkdir()
    torch.manual_seed(1)
    voice = build_voice(settings, len(settings.symbols or ENGLISH_178))
    with torch.no_grad():
        for name, weight in voice.named_parameters():
            if ".post." in name:  # a fresh flow does nothing
                weight.normal_(0, 0.05)
        bias = voice.dp.proj.bias
        assert bias is not None
        bias.fill_(math.log(2))
    torch.save({"model": voice.state_dict()}, folder / CHECKPOINT)
    (folder / "config.json").write_text(settings.to_json(), encoding="utf-8")
    clips = [PreparedClip(f"{n}.wav", None, tuple(ids_of(4.0, 100 + n)), 344) for n in range(graphs.TEXTS)]
    (folder / NAME).write_text(PreparedData("", [], clips).to_jsonl(), encoding="utf-8")
    for precision in ("fp32", "int8"):
        graphs.load(folder / CHECKPOINT, settings, precision)
    return str(folder)


def ids_of(seconds: float, seed: int) -> Ids:
    """Symbols, with a blank between any two; a seed up to 20 adds twice as many."""
    dice = random.Random(seed)
    count = round(IDS_A_SECOND * seconds) // 2 * 2 + 1 + 2 * (seed % 20)
    return [0 if n % 2 == 0 else dice.randrange(1, 170) for n in range(count)]


@dataclass
class Rounds:
    """What the forms did in turn.

    Attributes:
        seconds: of each form in each round; waves_L: samples of the round before them; samples: of a round.
        is_quiet: False where other work took cores from too many rounds: spinning threads are hit many times as hard
            by that as sleeping ones, so the ratios mean nothing.
    """

    seconds: dict[str, list[float]]
    waves_L: dict[str, Array]
    samples: float
    is_quiet: bool


def take_rounds(
    found: dict[str, Worker], seconds: Sequence[float], threads: int, arguments: argparse.Namespace
) -> Rounds:
    """Rounds on a quiet machine, half as many more to find them; all where not even half of `rounds` were."""
    waves_L, file = {}, arguments.folder / "wave.npy"
    for form, worker in found.items():
        sentences = [ids_of(each, n) for n, each in enumerate(seconds)]
        worker.turn(json.dumps({"sentences": sentences, "seed": 1, "save": str(file)}))
        waves_L[form] = np.load(file)
    quiet: list[dict[str, float]] = []
    others: list[dict[str, float]] = []
    for number in range(1, arguments.rounds * 3 // 2 + 1):
        sentences = [ids_of(each, number + n) for n, each in enumerate(seconds)]
        job = json.dumps({"sentences": sentences, "seed": 0, "save": ""})
        began, busy = time.perf_counter(), busy_seconds()
        took = {form: worker.turn(job) for form, worker in found.items()}
        wall, busy = time.perf_counter() - began, busy_seconds() - busy
        foreign = busy - sum(worker.found[-1]["cpu_seconds"] for worker in found.values())
        (quiet if foreign < wall * (cores() - threads + FOREIGN) else others).append(took)
        if len(quiet) >= arguments.rounds:
            break
    is_quiet = 2 * len(quiet) >= arguments.rounds
    taken = quiet if is_quiet else quiet + others
    first = next(iter(found.values()))
    samples = statistics.median(each["samples"] for each in first.found[-len(quiet + others) :])
    return Rounds({form: [each[form] for each in taken] for form in found}, waves_L, samples, is_quiet)


def busy_seconds() -> float:
    """Of all processes, those of other machines on this processor among them."""
    times = psutil.cpu_times()
    return sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def measure_cell(
    cell: str,
    found: dict[str, Worker],
    *,
    seconds: float,
    threads: int,
    rate: int,
    arguments: argparse.Namespace,
    made: Figures,
) -> None:
    """Print the forms of one cell, and add their figures to `made`."""
    done = take_rounds(found, [seconds], threads, arguments)
    took, waves_L, samples = done.seconds, done.waves_L, done.samples
    plain_L = waves_L["plain"]
    made["quiet"][cell] = done.is_quiet
    if not done.is_quiet:
        print(f"{cell}: the machine was not quiet", flush=True)
    for form, each in took.items():
        middle = statistics.median(each)
        text = f"{cell}, {form:5} {1000 * middle:7.0f} ms"
        if form == "first":
            made[f"first {seconds:g}"][cell] = share = median_ratio(each, took["torch"])
            print(f"{text}  {share:5.2f} of the whole sentence's", flush=True)
            continue
        text += f"  {samples / rate / middle:6.1f} s of sound a second"
        if form != "plain":
            made[form][cell] = median_ratio(took["plain"], each)
            text += f"  {made[form][cell]:5.2f} x"
        if form in RUNTIMES:
            apart = math.inf
            if waves_L[form].shape == plain_L.shape:
                apart = float(np.abs(waves_L[form] - plain_L).max())
            made["apart"][f"{cell}, {form}"] = apart
            text += f"  {apart:.1e} apart (largest sample {np.abs(plain_L).max():.2f})"
        elif form != "plain":
            made[f"{form} dB"][cell] = signal_to_noise(plain_L, waves_L[form])
            text += f"  {made[f'{form} dB'][cell]:.1f} dB"
        print(text, flush=True)


def measure_cells(name: str, run: str, rate: int, arguments: argparse.Namespace, made: Figures) -> None:
    """All lengths and numbers of threads of one config."""
    for threads in map(int, arguments.threads.split(",")):
        forms = [form for form in FORMS if form != "bf16" or has_bfloat16(torch.device("cpu"))]
        with workers({form: Speech(form, run, threads) for form in forms}) as found:
            for seconds in map(float, arguments.seconds.split(",")):
                cell = f"{name}, {seconds:g} s, {threads} threads"
                measure_cell(
                    cell, found, seconds=seconds, threads=threads, rate=rate, arguments=arguments, made=made
                )


def table_of_cells(made: Figures) -> list[rows.Row]:
    """The rows of all cells together: speed of those on a quiet machine, exactness of all."""
    cells = [cell for cell, is_quiet in made["quiet"].items() if is_quiet]

    def ratios(form: str) -> list[float]:
        return [made[form][cell] for cell in cells if cell in made[form]]

    table = [rows.Row("speech, cells on a quiet machine", "", f"{len(cells)} of {len(made['quiet'])}")]
    if cells:
        best = {cell: max(made[runtime][cell] for runtime in RUNTIMES) for cell in cells}
        worst = min(best, key=best.__getitem__)
        table += [
            rows.at_least("speech, fp32, best runtime of each cell, mean", mean(best.values()), 1.3),
            rows.Row("speech, fp32, worst cell", "", f"{best[worst]:.2f} x ({worst})"),
        ]
        for form, title, limit in (
            ("torch", "fp32, torch", 0.0),
            ("onnx", "fp32, onnx", 0.0),
            ("bf16", "bf16, torch", 1.9),
            ("int8", "int8, onnx", 2.3 if has_vnni() else 0.0),
        ):
            what = f"speech, {title}, mean"
            if not made[form]:
                table.append(rows.Row(what, f">= {limit:.2f} x", "", "n/a: no bf16 units"))
            elif limit:
                table.append(rows.at_least(what, mean(ratios(form)), limit))
            else:
                table.append(rows.Row(what, "", f"{mean(ratios(form)):.2f} x"))
    for seconds, limit in FIRST_SOUND.items():
        if shares := ratios(f"first {seconds:g}"):
            what = f"first sound of {seconds:g} s, worst cell"
            table.append(rows.at_most(what, max(shares), limit, "{:.2f} of the whole's"))
    apart = max(made["apart"].values())
    table.append(rows.at_most("speech, fp32, samples, worst cell", apart, 1e-4, "{:.1e} apart"))
    for form in ("bf16", "int8"):
        if made[form]:
            what = f"speech, {form}, signal over noise, equal durations, worst cell"
            table.append(rows.at_least(what, min(made[f"{form} dB"].values()), LEAST_DB, "{:.1f} dB"))
    return table


def mean(ratios: Iterable[float]) -> float:
    """The geometric mean."""
    return statistics.geometric_mean(ratios)


def has_vnni() -> bool:
    """Whether the processor has units for sums of products of 8 bits."""
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return "avx512_vnni" in flags or "avx_vnni" in flags


def measure_together(name: str, run: str, arguments: argparse.Namespace) -> list[rows.Row]:
    """A text of several sentences, by each runtime."""
    forms = [f"{runtime}{how}" for runtime in RUNTIMES for how in ("", " at once")]
    table = []
    with workers({form: Speech(form, run, 2) for form in forms}) as found:
        done = take_rounds(found, TOGETHER, 2, arguments)
    took, waves_L = done.seconds, done.waves_L
    for runtime in RUNTIMES:
        together = f"{runtime} at once"
        assert np.abs(waves_L[together] - waves_L[runtime]).max() < 1e-4
        what = f"{len(TOGETHER)} sentences at once, {name}, {runtime}"
        gain = median_ratio(took[runtime], took[together])
        shown = ", ".join(f"{statistics.median(took[form]):.2f} s" for form in (runtime, together))
        print(f"{what}: {shown} (one by one, at once)", flush=True)
        row = rows.at_least(what, gain, 1.2) if runtime == "torch" else rows.Row(what, "", f"{gain:.2f} x")
        table.append(row if done.is_quiet else replace(row, verdict="n/a: the machine was not quiet"))
    return table


def measure_command(name: str, run: str, rounds: int) -> list[rows.Row]:
    """The command from its start to its end, after which the sound is on disk, and its stages."""
    checkpoint, config = str(Path(run, CHECKPOINT)), str(Path(run, "config.json"))
    took: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    stages: dict[str, list[dict[str, float]]] = {runtime: [] for runtime in RUNTIMES}
    for number in range(rounds + 1):  # the first reads the files from the disk
        for runtime in RUNTIMES:
            out = str(Path(run, f"{runtime}-{number}.wav"))
            began = time.perf_counter()
            words = ["--checkpoint", checkpoint, "-c", config, "-o", out, "--runtime", runtime]
            vitsdeck(Path(run), "speak", TEXT, *words)
            seconds = time.perf_counter() - began
            words = [runtime, checkpoint, config, TEXT, str(time.time())]
            command = [sys.executable, str(ROOT / "bench" / "speech_stages.py"), *words]
            answer = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
            if number:
                took[runtime].append(seconds)
                stages[runtime].append(json.loads(answer.stdout))
    for runtime in RUNTIMES:
        text = f"vitsdeck speak --runtime {runtime}: {statistics.median(took[runtime]):.2f} s; in a process of its own"
        for stage in ("imports", "load", "phonemes", "model"):
            text += f" {stage} {statistics.median(each[stage] for each in stages[runtime]):.2f} s"
        print(text, flush=True)
    has_torch = any(each["torch"] for each in stages["onnx"])
    share = median_ratio(took["onnx"], took["torch"])
    return [
        rows.at_most(f"command to sound, {name}, onnx", share, 0.3, "{:.2f} of torch's"),
        rows.Row(
            "torch is loaded to speak by onnx",
            "no",
            "yes" if has_torch else "no",
            rows.MISSED if has_torch else rows.MET,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="*", type=Path, metavar="CONFIG")
    parser.add_argument("--seconds", help="of the sentences")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="cells,together,command")
    parser.add_argument("--full", action="store_true", help="both presets, and sentences of 2, 5 and 15 s")
    rows.add_flag(parser)
    arguments = parser.parse_args()
    arguments.seconds = arguments.seconds or (ALL_SECONDS if arguments.full else SECONDS)
    presets = PRESETS if arguments.full else PRESETS[:1]
    paths = arguments.configs or [ROOT / "configs" / f"{name}.json" for name in presets]
    only = arguments.only.split(",")
    made: Figures = defaultdict(dict)
    table: list[rows.Row] = []
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        arguments.folder = Path(folder)
        for path in paths:
            settings = configs.load(path)
            run = make_run(Path(folder, path.stem), settings)
            if "cells" in only:
                measure_cells(path.stem, run, settings.data.sampling_rate, arguments, made)
            if "together" in only:
                table += measure_together(path.stem, run, arguments)
            if "command" in only:
                table += measure_command(path.stem, run, min(5, arguments.rounds))
    rows.report((table_of_cells(made) if made else []) + table, arguments.rows)


if __name__ == "__main__":
    main()
