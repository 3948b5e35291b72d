"""The trainer process: `python -m engine.train --run FOLDER`, started by the keeper in the workspace."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import traceback
from pathlib import Path

import torch
from torch import nn

from engine import __version__, config
from engine.config import Config
from engine.data.buckets import epoch_batches
from engine.data.preflight import Report, check
from engine.errors import InputError
from engine.run import registry
from engine.run.health import Facts
from engine.run.identity import ProcessIdentity
from engine.text import cleaners
from engine.text.symbols import ENGLISH_178
from engine.train import checkpoint, warmstart
from engine.train.loop import Training
from engine.train.metrics import Reporter
from engine.train.signals import StopRequest
from engine.train.state import TrainingState, new_state

EXIT_OK, EXIT_FAULT, EXIT_INPUT = 0, 1, 2


def main(argv: list[str] | None = None) -> int:
    """Train one run; returns the process's exit code."""
    os.umask(0o077)  # a run folder is private, whoever writes into it: tensorboard's files are its own affair
    arguments = _arguments(argv)
    folder: Path = arguments.run
    stop = StopRequest()
    stop.install()
    registry.record(folder, process=ProcessIdentity.current().to_json(), versions=versions())
    try:
        return _train(arguments, folder, stop)
    except InputError as error:
        print("\n".join([f"error: {error}", *error.details]), flush=True)  # noqa: T201
        registry.StateFile(folder).update(state="failed", reason=str(error), exit_code=EXIT_INPUT)
        return EXIT_INPUT
    except KeyboardInterrupt:
        registry.StateFile(folder).update(state="stopped", reason="stopped at once, without a checkpoint")
        return EXIT_OK
    except Exception as error:  # noqa: BLE001 - the last line of defence: the log gets it all, the state one sentence
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        registry.StateFile(folder).update(state="failed", reason=reason, exit_code=EXIT_FAULT)
        return EXIT_FAULT


def versions() -> dict[str, str]:
    """What this process is made of, for run.json and bug reports."""
    return {
        "vitsdeck": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "",
        **cleaners.versions(),
    }


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="engine.train", description="Train the voice of a run folder.")
    parser.add_argument(
        "--run", type=Path, required=True, help="the run folder; its config.json says what to train"
    )
    parser.add_argument("--steps", type=int, help="stop at this step, counted from the start of the voice")
    parser.add_argument("--from", dest="from_g", type=Path, help="start from this G_*.pth of the family")
    parser.add_argument("--from_d", "--from-d", type=Path, help="and from this D_*.pth")
    return parser.parse_args(argv)


def _train(arguments: argparse.Namespace, folder: Path, stop: StopRequest) -> int:
    settings = config.load(folder / "config.json")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    data = check(settings, Path.cwd())
    per_epoch = _steps_per_epoch(settings, data)
    total_steps = arguments.steps or settings.train.epochs * per_epoch
    reporter = Reporter(folder, total_steps, device)
    try:
        _introduce(reporter, data, device, per_epoch)
        reporter.health.record.facts = _facts(settings, data, total_steps)
        for leftover in checkpoint.remove_leftovers(folder):
            reporter.say(f"removed {leftover.name}, left by an unfinished save")
        symbols = settings.symbols or ENGLISH_178
        state = new_state(settings, len(symbols), device)
        _resume_or_start(state, folder, arguments, symbols, reporter)
        if state.position.step >= total_steps:
            reporter.say(f"already at step {state.position.step} of {total_steps}; a larger --steps goes on")
        reporter.become("running")
        reporter.stepped(state, force=True)
        final = Training(folder, state, data, reporter, stop, total_steps).run()
        reporter.say(f"{final} at step {state.position.step}")
        reporter.become(final, f"step {state.position.step} of {total_steps}")
    finally:
        reporter.close()
    return EXIT_OK


def _steps_per_epoch(settings: Config, data: Report) -> int:
    lengths = [utterance.frames for utterance in data.train]
    return len(epoch_batches(lengths, settings.train.batch_size, settings.train.seed, 1))


def _facts(settings: Config, data: Report, total_steps: int) -> Facts:
    """What the rules of health need to know of this run."""
    train = settings.train
    return Facts(
        train.learning_rate, train.c_mel, train.c_kl, total_steps, len(data.train), len(data.dropped)
    )


def _introduce(reporter: Reporter, data: Report, device: torch.device, per_epoch: int) -> None:
    threads = torch.get_num_threads()
    reporter.say(f"training on {device} with {threads} thread{'s' if threads > 1 else ''}")
    reporter.say(
        f"{len(data.train)} training clips, {len(data.val)} for validation, {per_epoch} steps an epoch"
    )
    for warning in data.warnings:  # among them, for each list, how many clips are left out
        reporter.alert("warning", warning)
    for dropped in data.dropped:
        reporter.say(str(dropped))


def _resume_or_start(
    state: TrainingState,
    folder: Path,
    arguments: argparse.Namespace,
    symbols: tuple[str, ...],
    reporter: Reporter,
) -> None:
    found, passed_over = checkpoint.restore(state, folder)
    for sentence in passed_over:
        reporter.alert("error", f"passed over: {sentence}")
    if found is not None:
        reporter.say(f"resuming from {found.generator.name}: step {found.step}, epoch {state.position.epoch}")
        return
    if arguments.from_g is None:
        reporter.say("starting with fresh weights")
        return
    pairs: list[tuple[nn.Module, Path]] = [(state.voice, arguments.from_g)]
    if arguments.from_d is not None:
        pairs.append((state.discriminators, arguments.from_d))
    for module, path in pairs:
        fit = warmstart.start_from(module, path, symbols, state.config.speakers)
        reporter.say(f"started from {path.name}: {warmstart.speaker_note(state.config, fit)}")
        for line in (*fit.carried, *fit.left_out):
            reporter.say(f"  {line}")


if __name__ == "__main__":
    sys.exit(main())
