"""Out of memory: known in every form, climbed down from, and what is made in the end is the step that was asked for."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.config import Config
from engine.dataset.clips.validate import prepare_data
from engine.dataset.loader.batch import collate
from engine.dataset.loader.buckets import epoch_batches
from engine.dataset.loader.dataset import Clips
from engine.train.loop import Training
from engine.train.memory.oom import OutOfMemory, is_out_of_memory
from engine.train.memory.recovery import ClipTooLarge, OomRecovery, skip_on_oom
from engine.train.reporter import Reporter
from engine.train.signals import StopRequest
from engine.train.state import TrainingState
from engine.train.step import TrainingStep
from tests.promises import OUT_OF_MEMORY
from tests.train.conftest import with_train
from tests.train.synthetic import CPU, alerts, events, fresh, memory_of, noise_batch, same

TORCH_SAYS = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB"
RUN_OUT = [
    torch.OutOfMemoryError(TORCH_SAYS),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    RuntimeError("cuFFT error: CUFFT_INTERNAL_ERROR"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate 1099511627776 bytes. Error code 12 (Cannot allocate memory)"
    ),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:81] data. DefaultCPUAllocator: not enough memory: you tried to"
    ),
    RuntimeError("std::bad_alloc"),
    RuntimeError("could not create a primitive"),
    MemoryError(),
]
SOMETHING_ELSE = [
    RuntimeError("CUDA error: device-side assert triggered"),
    RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    RuntimeError("cuFFT error: CUFFT_INVALID_SIZE"),
    RuntimeError("could not create a primitive descriptor for a convolution forward propagation primitive"),
    ValueError("out of memory"),
    OSError(12, "Cannot allocate memory"),
]


@pytest.mark.parametrize("error", [*RUN_OUT, *SOMETHING_ELSE], ids=lambda error: str(error)[:40])
def test_every_form_of_the_error_is_known_and_no_other(error: Exception) -> None:
    assert is_out_of_memory(error) == (error in RUN_OUT)


def test_what_the_processor_says_when_it_has_no_memory_is_known() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 55, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


class Shortage:
    """A hook that raises as torch does, while `when` says so; `count` is how often it has."""

    def __init__(self, when: Callable[[int], bool]) -> None:
        self.when = when
        self.calls = self.count = 0

    def __call__(self, *_: Any, **__: Any) -> None:
        self.calls += 1
        if self.when(self.calls):
            self.count += 1
            raise torch.OutOfMemoryError(TORCH_SAYS)


def in_forward(module: nn.Module, when: Callable[[int], bool]) -> Shortage:
    shortage = Shortage(when)
    module.register_forward_pre_hook(shortage)
    return shortage


def in_gradient(parameter: nn.Parameter, when: Callable[[int], bool]) -> Shortage:
    shortage = Shortage(when)
    parameter.register_hook(shortage)
    return shortage


def once(call: int) -> bool:
    return call == 1


# where memory runs out, and in which half of the step
PLACES: dict[str, tuple[bool, Callable[[Any], Shortage]]] = {
    "voice": (True, lambda state: in_forward(state.voice, once)),
    "discriminators' loss": (True, lambda state: in_forward(first_judge(state), once)),
    "discriminators' gradients": (
        True,
        lambda state: in_gradient(next(state.discriminators.parameters()), once),
    ),
    "generator's loss": (False, lambda state: in_forward(first_judge(state), lambda call: call == 2)),
    "generator's gradients": (
        False,
        lambda state: in_gradient(next(state.voice.dec.parameters()), once),
    ),
}


def first_judge(state: TrainingState) -> nn.Module:
    return state.discriminators.discriminators[0]


@OUT_OF_MEMORY
@pytest.mark.parametrize("place", PLACES)
def test_a_half_that_ran_out_of_memory_changed_nothing_and_comes_out_the_same_when_it_is_repeated(
    tiny_config: Config, place: str
) -> None:
    batch = noise_batch(tiny_config)
    whole, broken = fresh(tiny_config), fresh(tiny_config)
    unbroken, step = TrainingStep(whole), TrainingStep(broken)
    for one in (unbroken, step):  # the optimisers have moments after it
        one(batch)
    values = unbroken(batch)
    is_first, shorten = PLACES[place]
    shortage = shorten(broken)
    found = {} if is_first else step.train_discriminators(batch)
    half = step.train_discriminators if is_first else step.train_generator
    before = memory_of(broken)
    with pytest.raises(OutOfMemory, match="CUDA out of memory") as caught:
        half(batch)
    assert shortage.count == 1
    assert caught.value.__context__ is None
    assert not same(before, memory_of(whole))
    assert same(before, memory_of(broken))
    modules = (broken.voice, broken.discriminators)
    assert all(parameter.grad is None for module in modules for parameter in module.parameters())
    found |= half(batch)
    if is_first:
        found |= step.train_generator(batch)
    assert same(found, values)
    assert same(memory_of(broken), memory_of(whole))


def limit(most: int, axis: int = 0) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    """A forward hook: no more than so many items, or frames (axis 2), fit."""

    def refuse(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        if inputs[0].shape[axis] > most:
            raise torch.OutOfMemoryError(TORCH_SAYS)

    return refuse


@OUT_OF_MEMORY
def test_a_batch_that_does_not_fit_goes_through_in_pieces_and_so_do_others_of_its_length(
    tiny_config: Config, tmp_path: Path, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = noise_batch(tiny_config, (60, 56, 50, 47, 44, 40))
    state = fresh(tiny_config)
    state.voice.register_forward_pre_hook(limit(2))
    calls: list[int] = []
    step = TrainingStep(state)
    for half in ("train_discriminators", "train_generator"):
        usual = getattr(step, half)
        monkeypatch.setattr(
            step, half, lambda batch, pieces=1, usual=usual: (calls.append(pieces), usual(batch, pieces))[1]
        )
    recovery = OomRecovery(step, state, tmp_path, reporter, lengths=[60])
    assert recovery(batch).keys() == TrainingStep(fresh(tiny_config))(batch).keys()
    assert calls == [1, 1, 2, 4, 4]
    sentences = alerts(tmp_path)
    assert len(sentences) == 4
    assert sentences[0].startswith("step 1 ran out of memory at ")
    assert "trying again after freeing" in sentences[0]
    assert "trying in 2 pieces of 3 utterances" in sentences[1]
    assert "trying in 4 pieces of 2 utterances" in sentences[2]
    assert "went through in 4 pieces; batches of 1 to 300 frames take 4 from now on" in sentences[3]
    calls.clear()
    recovery(batch)
    assert calls == [4, 4]
    assert len(alerts(tmp_path)) == 4
    recovery(noise_batch(tiny_config, (310, 305)))  # another bucket
    assert calls == [4, 4, 1, 1]


def test_a_rehearsal_finds_the_pieces_before_the_first_step_and_changes_no_weight(
    tiny_config: Config, tmp_path: Path, reporter: Reporter
) -> None:
    batch = noise_batch(tiny_config, (60, 56, 50, 47, 44, 40))
    state = fresh(tiny_config)
    state.voice.register_forward_pre_hook(limit(2))
    recovery = OomRecovery(TrainingStep(state), state, tmp_path, reporter, lengths=[60])
    before = memory_of(state)
    recovery.rehearse(batch)
    assert same(memory_of(state), before)
    assert list(recovery.pieces.values()) == [4]
    recovery(batch)
    assert len(alerts(tmp_path)) == 1


def test_pieces_are_kept_for_the_buckets_of_the_config(
    corner: Path, tiny_config: Config, reporter: Reporter
) -> None:
    config = with_train(tiny_config, buckets=(50, 90))
    state, data = fresh(config), prepare_data(config, corner)
    run = Training(corner / "run", state, data, reporter, StopRequest(), 100)
    expected = epoch_batches(run.batches.lengths, 2, config.train.seed, 1, limits=(50, 90))
    assert run.batches.of_epoch(1) == expected
    state.voice.register_forward_pre_hook(limit(1))
    for frames, lengths in ((40, "1 to 50 frames"), (60, "51 to 90 frames"), (100, "91 frames or more")):
        run.recovery.rehearse(noise_batch(config, (frames, frames - 2)))
        assert f"batches of {lengths} take 2 from now on" in alerts(corner)[-1]


def test_the_batch_of_the_rehearsal_comes_from_a_loader_without_spectrograms(
    corner: Path, tiny_config: Config, reporter: Reporter
) -> None:
    """On a GPU the loader gives waves alone."""
    data = prepare_data(tiny_config, corner)
    run = Training(corner / "run", fresh(tiny_config), data, reporter, StopRequest(), 100)
    run.batches.clips.has_spectrograms = False
    batch = run.batches.longest()
    assert max(clip.frames for clip in data.train) == batch.spec_BCF.shape[2] == batch.spec_lengths_B[0]
    clips = Clips(data.train, tiny_config)
    by_loader = collate([clip for clip in map(clips.__getitem__, range(4)) if clip.name in batch.names])
    torch.testing.assert_close(batch.spec_BCF, by_loader.spec_BCF, rtol=1e-6, atol=1e-6)
    run.recovery.rehearse(batch)


@OUT_OF_MEMORY
def test_one_utterance_that_does_not_fit_is_named_and_a_smaller_segment_is_tried_and_offered(
    tiny_config: Config, tmp_path: Path, reporter: Reporter
) -> None:
    config = with_train(tiny_config, segment_size=8192)
    batch = noise_batch(config, (60, 50))
    state = fresh(config)
    state.voice.dec.register_forward_pre_hook(limit(16, axis=2))
    before = memory_of(state)
    recovery = OomRecovery(TrainingStep(state), state, tmp_path, reporter, lengths=[60, 50])
    with pytest.raises(
        ClipTooLarge, match=r"step 1 ran out of memory with one utterance alone: 0\.wav, 0\.7 s"
    ) as caught:
        recovery(batch)
    assert "train.segment_size 4096 instead of 8192" in str(caught.value)
    (offer,) = events(tmp_path, "offer")
    assert offer["changes"] == {"train.segment_size": 4096}
    assert offer["text"] in alerts(tmp_path)[-1]
    snapshot = json.loads((tmp_path / "memory_1.json").read_text())
    assert snapshot["utterances"] == ["0.wav"]
    assert snapshot["resident_bytes"] > 1e6
    assert (tmp_path / "memory_1.json").stat().st_mode & 0o777 == 0o600
    assert same(memory_of(state), before)
    assert state.voice.segment_frames == 32


def test_a_length_that_has_fitted_is_offered_where_it_leaves_out_few_clips(
    tiny_config: Config, tmp_path: Path, reporter: Reporter
) -> None:
    state = fresh(tiny_config)
    state.voice.enc_q.register_forward_pre_hook(limit(60, axis=2))
    lengths = [40] * 30 + [70]
    recovery = OomRecovery(TrainingStep(state), state, tmp_path, reporter, lengths=lengths)
    recovery(noise_batch(tiny_config, (60, 50)))
    with pytest.raises(ClipTooLarge, match=r"clips over 0\.7 s is left out, 1 of 31"):
        recovery(noise_batch(tiny_config, (70, 66)))
    (offer,) = events(tmp_path, "offer")
    assert offer["changes"] == {"data.max_frames": 60}


def test_validation_that_runs_out_of_memory_is_left_out_aloud(tmp_path: Path, reporter: Reporter) -> None:
    def validate() -> float:
        raise torch.OutOfMemoryError(TORCH_SAYS)

    def fail() -> float:
        raise RuntimeError("shapes differ")

    assert skip_on_oom(validate, "validation", reporter, CPU) is None
    assert alerts(tmp_path) == ["validation ran out of memory and was left out; training continues"]
    assert skip_on_oom(lambda: 3.5, "validation", reporter, CPU) == 3.5
    for _ in range(2):
        assert skip_on_oom(fail, "validation", reporter, CPU) is None
    assert alerts(tmp_path)[1:] == [
        "validation failed and is left out: RuntimeError: shapes differ; training continues"
    ]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has heaps for threads")
@pytest.mark.parametrize("shared", [True, False])
def test_threads_share_one_heap(shared: bool) -> None:
    script = f"""
import ctypes, threading
from engine.train.memory.free_memory import share_one_heap
if {shared}:
    share_one_heap()
meet = threading.Barrier(3)
def allocate():
    kept = [bytes(50_000) for _ in range(100)]
    meet.wait()
threads = [threading.Thread(target=allocate) for _ in range(3)]
[each.start() for each in threads]
[each.join() for each in threads]
ctypes.CDLL(None).malloc_stats()
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    assert (done.stderr.count("Arena ") == 1) == shared, done.stderr
