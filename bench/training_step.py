"""Our training step against the plain one (`plain_step.py`): time, memory and losses, in processes that take turns.

    python bench/training_step.py [CONFIG ...] [--batch 4,8] [--threads 1,2] [--rounds 20] [--noise] [--full]
                                                                                          about 4 min for small_cpu

Each form has a process of its own, with torch's own waiting of threads, as `vitsdeck train` has it. One step of each
in turn on the same batches, seeds and segments: the batches of `vitsdeck train` from the demo's recordings, whose
digital silence costs time as that of real ones does; --noise takes one batch of 3 s of noise. The discriminators take
part from the first step. Printed for each cell: median of the rounds without the first, the worst round's ratio,
memory above weights, gradients and moments, and how far the losses are apart, in the first step and at the end.

Losses that differ in their last digits drift apart, whatever the cause. How far is compared with the drift of the
plain loop with 1 and with 2 threads: the mean distance of all losses in the last five rounds, one over the other.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import rows
from step_worker import ROOT, Steps
from turns import recorded_workspace, take_turns

PRESETS = ("small_cpu", "ljs_mini_mb_istft_vits")
SMALLEST = 1e-12  # of what is divided by: a loss or a distance may be 0
FORMS = ("plain", "ours", "bf16")
LAST = 5  # rounds that the drift is taken from
Answers = list[dict[str, Any]]


def lacks_bf16() -> str:
    """Why bf16 cannot be measured here; "" when it can."""
    from dataclasses import fields

    from engine.config import TrainConfig

    if not any(each.name == "precision" for each in fields(TrainConfig)):
        return "there is no train.precision"
    import torch

    if torch.cuda.is_available():
        return "" if torch.cuda.is_bf16_supported() else "this GPU has no bf16 units"
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    has_units = "avx512_bf16" in flags or "amx_bf16" in flags
    return "" if has_units else "this processor has no bf16 units"


def apart(one: Answers, other: Answers, index: int) -> dict[str, float]:
    """How far the losses of a step are apart, relative to the second."""
    pair = one[index]["losses"], other[index]["losses"]
    tags = [tag for tag in pair[1] if tag.startswith("loss/") and tag in pair[0]]
    return {tag: abs(pair[0][tag] - pair[1][tag]) / max(abs(pair[1][tag]), SMALLEST) for tag in tags}


def drift(one: Answers, other: Answers) -> float:
    """The mean distance of all losses in the last rounds."""
    indices = range(max(1, len(other) - LAST), len(other))
    return statistics.fmean(each for index in indices for each in apart(one, other, index).values())


def compare(
    name: str, batch: int, cells: dict[tuple[str, int], Answers], found: dict[str, list[float]]
) -> None:
    """Print one config and batch, and add its figures to `found`."""
    threads = sorted({count for _, count in cells})
    for count in threads:
        plain = cells["plain", count]
        for form in FORMS:
            if (form, count) not in cells:
                continue
            answers = cells[form, count]
            ratios = [a["seconds"] / b["seconds"] for a, b in zip(plain[1:], answers[1:], strict=True)]
            seconds = statistics.median(each["seconds"] for each in answers[1:])
            text = f"{name}, batch {batch}, {count} threads, {form:5} {seconds:7.3f} s a step"
            text += f" {answers[0]['bytes'] / 1e6:6.0f} MB"
            if form != "plain":
                text += f" {statistics.median(ratios):6.2f} x (worst round {min(ratios):.2f})"
                found[form].append(statistics.median(ratios))
            print(text, flush=True)
        ours = cells["ours", count]
        found[f"memory {batch}"].append(ours[0]["bytes"] / plain[0]["bytes"])
        first = apart(ours, plain, 0)
        found["first"].append(max(first.values()))
        print(f"    losses of the first step at most {found['first'][-1]:.1e} apart", flush=True)
        if len(threads) > 1:
            own = drift(cells["plain", threads[0]], cells["plain", threads[-1]])
            found["drift"].append(drift(ours, plain) / max(own, SMALLEST))
            text = (
                f"losses after {len(plain)} steps {found['drift'][-1]:.2f} of the plain loop's own distance"
            )
            print(f"    {text}", flush=True)


def table(found: dict[str, list[float]], steps: int) -> list[rows.Row]:
    """The rows of all cells together."""
    cells = len(found["ours"])
    name = f"training step, fp32, mean of {cells} cells; stretch 1.5 x"
    made = [
        rows.at_least(name, statistics.geometric_mean(found["ours"]), 1.3),
        rows.at_least("training step, fp32, worst cell", min(found["ours"]), 1.1),
    ]
    reason = lacks_bf16()
    if reason:
        made.append(rows.Row("training step, bf16", ">= 2.20 x", "", f"n/a: {reason}"))
    else:
        made.append(rows.at_least("training step, bf16, mean", statistics.geometric_mean(found["bf16"]), 2.2))
    for key in sorted(key for key in found if key.startswith("memory")):
        what = f"memory of a step, batch {key.split()[1]}, worst cell"
        text = f"{max(found[key]):.2f}"
        limited = rows.at_most(what, max(found[key]), 0.7, "{:.2f} of plain")
        made.append(limited if key == "memory 8" else rows.Row(what, "", f"{text} of plain"))
    made.append(
        rows.at_most("losses of the first step, worst cell", max(found["first"]), 1e-6, "{:.1e} apart")
    )
    if found["drift"]:
        what = f"losses after {steps} steps, worst cell"
        made.append(rows.at_most(what, max(found["drift"]), 1.0, "{:.2f} of plain's drift"))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", nargs="*", type=Path, metavar="CONFIG")
    parser.add_argument("--batch", default="4,8")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--noise", action="store_true", help="noise instead of recordings")
    parser.add_argument("--full", action="store_true", help="small_cpu and ljs_mini_mb")
    rows.add_flag(parser)
    arguments = parser.parse_args()
    presets = PRESETS if arguments.full else PRESETS[:1]
    paths = arguments.configs or [ROOT / "configs" / f"{name}.json" for name in presets]
    threads = [int(each) for each in arguments.threads.split(",")]
    forms = FORMS[: 2 if lacks_bf16() else 3]
    found: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="vitsdeck-bench-") as folder:
        workspace = "" if arguments.noise else str(recorded_workspace(Path(folder)))
        for path, batch in product(paths, map(int, arguments.batch.split(","))):
            cells = {}
            for form, count in product(forms, threads):
                precision = "bf16" if form == "bf16" else ""
                asked = Steps(form, str(path.absolute()), batch, count, workspace, precision=precision)
                cells[form, count] = asked
            compare(path.stem, batch, take_turns(cells, arguments.rounds), found)
    rows.report(table(found, arguments.rounds + 1), arguments.rows)


if __name__ == "__main__":
    main()
