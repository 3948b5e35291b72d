"""The trainer process: `python -m engine.train --run FOLDER`, started by the supervisor in the workspace.

With --devices N it is rank 0 and starts the others, each with the same command and a --rank; torchrun starts one on
each of several machines. Only rank 0 writes into the run folder.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import hashlib
import os
import platform
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine import __version__, config
from engine.config import Config
from engine.cores import cores
from engine.dataset import prepared
from engine.dataset.clips.validate import prepare_data
from engine.dataset.loader.buckets import steps_per_epoch
from engine.dataset.prepared import PreparedData
from engine.errors import HopelessRun, InputError
from engine.files import atomic
from engine.files.lock import RunLock
from engine.i18n import _
from engine.model.alignment import gpu_kernel
from engine.process_identity import ProcessIdentity
from engine.runs import checkpoints, registry
from engine.runs.health import Facts
from engine.runs.supervisor.restart import EXIT_BAD_INPUT, EXIT_HOPELESS
from engine.runs.supervisor.stall import DUMP_SIGNAL
from engine.runs.supervisor.worker import RUN_ID_VARIABLE
from engine.text.cleaners import registry as cleaners
from engine.text.symbols import ENGLISH_178
from engine.train.checkpoints import checkpoint, warmstart
from engine.train.checkpoints.saver import checkpoint_bytes
from engine.train.loop import Training
from engine.train.memory.free_memory import share_one_heap
from engine.train.ranks import parent_death, ranks, sharing
from engine.train.ranks.collectives import Peers
from engine.train.ranks.ranks import EXIT_FAULT, Place
from engine.train.reporter import RankReporter, Reporter
from engine.train.signals import StopRequest
from engine.train.state import TrainingState, can_compile, half_precision, new_state

_LOCK_SECONDS = 10.0  # for a trainer that was killed a moment ago, and its children, to be gone


WriteState = Callable[..., None]  # writes its named fields into state.json, on rank 0


def main(argv: list[str] | None = None) -> int:
    """Train one run; returns the process's exit code."""
    os.umask(0o077)  # a run folder is private, whoever writes into it: tensorboard's files are its own affair
    arguments = _arguments(argv)
    if DUMP_SIGNAL is not None:  # the supervisor asks for stacks of a stalled trainer
        faulthandler.register(DUMP_SIGNAL, all_threads=True)
    stop = StopRequest()
    stop.install()
    write_state: WriteState = lambda **_fields: None  # noqa: E731 - of other ranks; rank 0 writes why they ended
    try:
        place = ranks.place_of(arguments.devices, arguments.rank, arguments.store, os.environ)
        if place.store is not None or place.is_elastic:
            parent_death.end_with_parent()
        if place.store is not None:
            parent_death.end_with_pipe()
        if place.rank == 0:
            write_state = partial(_write_state, arguments.run)
            held = hold(arguments.run)  # noqa: F841 - until the process ends
            with contextlib.suppress(OSError):  # a full disk: the training itself waits for space
                registry.record(
                    arguments.run, process=ProcessIdentity.current().to_json(), versions=versions()
                )
        _train(arguments, place, stop, write_state)
    except InputError as error:
        print("\n".join([f"error: {error}", *error.details]), flush=True)  # noqa: T201
        code = EXIT_HOPELESS if isinstance(error, HopelessRun) else EXIT_BAD_INPUT
        write_state(state="failed", reason=str(error), exit_code=code)
        return code
    except KeyboardInterrupt:
        write_state(state="stopped", reason="stopped at once, without a checkpoint")
    except ranks.RankLostError as error:
        return _report_loss(error, write_state)
    except Exception as error:  # noqa: BLE001 - process edge: the traceback goes to the log, one sentence to the state
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        write_state(state="failed", reason=reason, exit_code=EXIT_FAULT)
        return EXIT_FAULT
    return 0


def _report_loss(loss: ranks.RankLostError, write_state: WriteState) -> int:
    print(f"error: {loss}", flush=True)  # noqa: T201
    write_state(state="failed", reason=str(loss), exit_code=loss.code)
    return loss.code


def hold(folder: Path) -> RunLock | None:
    """The run folder's lock for a trainer without a supervisor; None when the supervisor holds it.

    Raises:
        InputError: another process trains in this folder.
    """
    if RUN_ID_VARIABLE in os.environ:
        return None
    held = RunLock.take(folder, wait_s=_LOCK_SECONDS)
    if held is None:
        raise InputError(_("another process trains in this folder"), path=folder, fix=_("stop it first"))
    return held


def _write_state(folder: Path, **fields: Any) -> None:
    """The final state; a full disk must not hide the error itself."""
    with contextlib.suppress(OSError):
        registry.StateFile(folder).update(**fields)


def versions() -> dict[str, str]:
    """Versions of the libraries, for run.json and bug reports."""
    return {
        "vitsdeck": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "",
        **cleaners.versions(),
    }


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="engine.train", description="Train the voice of a run folder.")
    # torchrun takes --run for one of its own: behind it the folder is given as --folder
    parser.add_argument(
        "--run",
        "--folder",
        type=Path,
        required=True,
        help="the run folder; its config.json says what to train",
    )
    parser.add_argument("--steps", type=int, help="stop at this step, counted from the start of the voice")
    parser.add_argument("--from", dest="from_g", type=Path, help="start from this G_*.pth of the family")
    parser.add_argument("--from_d", "--from-d", type=Path, help="and from this D_*.pth")
    parser.add_argument("--devices", type=int, default=1, help="ranks on this machine: one a GPU")
    parser.add_argument("--backend", help="what ranks talk through: nccl or gloo")
    parser.add_argument("--workers", type=int, help="processes that prepare clips, for each rank")
    parser.add_argument(  # a supervisor of the release before restarts its trainer with --allow-bad
        "--skip-invalid", "--allow-bad", action="store_true", help="leave out clips that do not train"
    )
    parser.add_argument("--rank", type=int, help="which rank this is; rank 0 starts the others with it")
    parser.add_argument("--store", type=Path, help="the file in which the ranks meet")
    return parser.parse_args(argv)


def _train(arguments: argparse.Namespace, place: Place, stop: StopRequest, write_state: WriteState) -> None:
    folder: Path = arguments.run
    settings = config.load(folder / "config.json")
    device = _device(place)
    warning = None if place.is_elastic else ranks.check_count(place.world, ranks.gpus(), cores())
    backend = ranks.backend_here(arguments.backend or os.environ.get(ranks.BACKEND_VARIABLE))
    is_main = place.rank == 0
    data = _prepared_data(folder, settings, skip_invalid=arguments.skip_invalid, is_main=is_main)
    if is_main:
        ranks.remove_stale_stores(folder)

    def end_at_once(loss: ranks.RankLostError) -> None:
        os._exit(_report_loss(loss, write_state))

    with ranks.joined(place, folder, backend, _own_command(arguments), end_at_once) as peers:
        lengths = [clip.frames for clip in data.train]
        per_epoch = steps_per_epoch(lengths, settings.train.batch_size, world=peers.world)
        total_steps = arguments.steps or settings.train.epochs * per_epoch
        _compare_machines(peers, settings, data, total_steps)
        reporter = Reporter(folder, total_steps, device) if is_main else RankReporter()
        try:
            if is_main:
                _introduce(reporter, data, settings, device, per_epoch)
                if warning is not None:
                    reporter.alert("warning", warning)
                if place.world > 1:
                    clips = place.world * settings.train.batch_size
                    where = "on several machines" if place.is_elastic else "on this machine"
                    reporter.say(
                        f"{place.world} ranks {where} talk through {backend}; a step takes {clips} clips"
                    )
                weights = settings.train.c_mel, settings.train.c_kl
                reporter.health.record.facts = Facts(*weights, len(data.train), len(data.left_out))
                for leftover in checkpoint.remove_leftovers(folder):
                    reporter.say(f"removed {leftover.name}, left by an unfinished save")
            symbols = settings.symbols or ENGLISH_178
            state = new_state(settings, len(symbols), device)
            _resume_or_start(state, arguments, symbols, reporter, peers)
            if is_main:
                if state.position.step >= total_steps:
                    at = f"already at step {state.position.step} of {total_steps}"
                    reporter.say(f"{at}; a larger --steps continues")
                reporter.set_state("running")
                reporter.stepped(state, force=True)
                reporter.expect(checkpoint_bytes(state))
            training = Training(folder, state, data, reporter, stop, total_steps, peers, arguments.workers)
            final = training.run()
            if is_main:
                reporter.say(f"{final} at step {state.position.step}")
                unsaved = "" if training.is_saved else f", not saved: {training.why_unsaved}"
                reached = f"step {state.position.step} of {total_steps}"
                reporter.set_state(final, f"{reached}{unsaved}{training.moved}")
        finally:
            reporter.close()


def _prepared_data(folder: Path, settings: Config, *, skip_invalid: bool, is_main: bool) -> PreparedData:
    """The clips that the command prepared; without it, as under torchrun, they are prepared here.

    Every rank would do it, so that sound is not measured: headers decide whether a clip trains.
    """
    found = prepared.read(folder, prepared.digest(settings, Path.cwd(), skip_invalid=skip_invalid))
    if found is None:
        found = prepare_data(
            settings, Path.cwd(), skip_invalid=skip_invalid, measures=False, any_language=True
        )
        if is_main:
            with contextlib.suppress(OSError):  # a full disk: the training itself waits for space
                atomic.write_text(folder / prepared.NAME, found.to_jsonl())
    return found


def _device(place: Place) -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if place.world == 1:
        return torch.device("cuda")
    if place.local_rank >= torch.cuda.device_count():
        raise InputError(
            _("rank {local_rank} of this machine has no GPU: there are {device_count}").format(
                local_rank=place.local_rank, device_count=torch.cuda.device_count()
            ),
            fix=_("start at most as many ranks as there are GPUs"),
        )
    torch.cuda.set_device(place.local_rank)
    return torch.device("cuda", place.local_rank)


def _own_command(arguments: argparse.Namespace) -> list[str]:
    """The command line that all ranks of this run have in common."""
    # -P: a file of the workspace called json.py must not be taken for the library's
    command = [sys.executable, *(["-P"] if sys.flags.safe_path else []), "-m", "engine.train"]
    command += ["--run", str(arguments.run), "--devices", str(arguments.devices)]
    for flag in ("steps", "backend", "workers"):
        if getattr(arguments, flag) is not None:
            command += [f"--{flag}", str(getattr(arguments, flag))]
    return command + (["--skip-invalid"] if arguments.skip_invalid else [])


def _compare_machines(peers: Peers, settings: Config, data: PreparedData, total_steps: int) -> None:
    """Raise InputError when the ranks' configs, data or steps differ: they would wait for each other for ever."""
    clips = [(clip.frames, clip.speaker, clip.ids) for clip in data.train]  # workspaces lie where they like
    seen = hashlib.sha256(repr((settings.to_json(), clips, total_steps)).encode()).hexdigest()
    others = peers.all_gather_object(seen)
    if len(set(others)) > 1:
        different = [str(rank) for rank, one in enumerate(others) if one != others[0]]
        raise InputError(
            _("rank {different} has another config, data or number of steps than rank 0").format(
                different=", ".join(different)
            ),
            fix=_("copy the workspace with config.json, filelists and recordings to every machine"),
        )


def _introduce(
    reporter: Reporter, data: PreparedData, settings: Config, device: torch.device, per_epoch: int
) -> None:
    threads = torch.get_num_threads()
    precision = str(half_precision(settings, device) or torch.float32).removeprefix("torch.")
    reporter.say(f"training on {device} in {precision} with {threads} thread{'s' if threads > 1 else ''}")
    if settings.train.compile and can_compile(device):
        reporter.say("compiling for this GPU in the first steps; later starts on this machine reuse it")
    elif settings.train.compile:
        reporter.alert("warning", "train.compile is left out: it needs a GPU, Triton and a C compiler")
    if device.type == "cuda" and gpu_kernel() is None:
        reporter.alert(
            "info",
            "the alignment search runs on the CPU and each step waits for it: a GPU needs Triton and a C compiler",
        )
    reporter.say(
        f"{len(data.train)} training clips, {len(data.val)} for validation, {per_epoch} steps an epoch"
    )
    for warning in data.warnings:  # among them, for each list, how many clips are left out
        reporter.alert("warning", warning)
    for each in data.left_out:
        reporter.say(str(each))


def _resume_or_start(
    state: TrainingState,
    arguments: argparse.Namespace,
    symbols: tuple[str, ...],
    reporter: Reporter,
    peers: Peers,
) -> None:
    """Load the newest checkpoint of any rank, or start, and copy the state to all ranks."""
    here = checkpoints.candidates(arguments.run)
    newest = peers.all_gather_object(here[0].step if here else -1)
    source, is_new = newest.index(max(newest)), max(newest) < 0
    if peers.rank == source and is_new:
        _start(state, arguments, symbols, reporter)
    elif peers.rank == source:
        _resume(state, arguments.run, reporter)
    sharing.share_state(state, peers, source)
    if source != 0:
        reporter.say(f"rank {source} has the newest checkpoint: step {state.position.step}")
    if peers.is_main and not is_new:
        reporter.events.resumed(state.position.step)


def _resume(state: TrainingState, folder: Path, reporter: Reporter) -> None:
    found, passed_over = checkpoint.restore(state, folder)
    for sentence in passed_over:
        reporter.alert("error", f"passed over: {sentence}")
    if found is not None:
        reporter.say(f"resuming from {found.generator.name}: step {found.step}, epoch {state.position.epoch}")


def _start(
    state: TrainingState, arguments: argparse.Namespace, symbols: tuple[str, ...], reporter: Reporter
) -> None:
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
    state.restart_average()


if __name__ == "__main__":
    share_one_heap()
    torch.set_flush_denormal(True)  # digital silence makes them, and some processors are slow at them
    sys.exit(main())
