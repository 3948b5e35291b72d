"""Half precision: which device trains in which, what of a step stays in float32, and that a resume is exact."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.config import Config, parse
from engine.config.run_options import RunOptions
from engine.errors import InputError
from engine.train import state as states
from engine.train.checkpoints import checkpoint
from engine.train.state import half_precision
from engine.train.step import TrainingStep
from tests.train.conftest import with_train
from tests.train.synthetic import CPU, fresh, memory_of, noise_batch, same

GPU = torch.device("cuda")
HALF, BRAIN = torch.float16, torch.bfloat16


def units(monkeypatch: pytest.MonkeyPatch, *, has: bool = True) -> None:
    """Whether devices have bfloat16 units: a CPU without them computes the same numbers, only slower."""
    monkeypatch.setattr(states, "has_bfloat16", lambda device: has)


@pytest.mark.parametrize(
    ("precision", "fp16_run", "device", "has", "expected"),
    [
        ("", False, GPU, True, None),
        ("", True, GPU, True, BRAIN),
        ("", True, GPU, False, HALF),
        ("", True, CPU, True, None),
        ("auto", False, GPU, True, BRAIN),
        ("auto", False, GPU, False, HALF),
        ("auto", False, CPU, True, BRAIN),
        ("auto", True, CPU, False, None),
        ("fp32", True, GPU, True, None),
        ("fp16", False, GPU, True, HALF),
        ("bf16", False, CPU, True, BRAIN),
    ],
)
def test_precision_wins_over_fp16_run_and_auto_takes_what_the_device_has(
    tiny_config: Config,
    monkeypatch: pytest.MonkeyPatch,
    *,
    precision: str,
    fp16_run: bool,
    device: torch.device,
    has: bool,
    expected: torch.dtype | None,
) -> None:
    units(monkeypatch, has=has)
    config = with_train(tiny_config, precision=precision, fp16_run=fp16_run)
    assert half_precision(config, device) is expected


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16\n\nflags\t\t: fpu avx2 avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu avx512f amx_bf16 amx_tile amx_int8\n", True),
        ("flags\t\t: fpu avx2 avx512f avx512_vnni\nvmx flags\t: avx512_bf16\n", False),
        ("Features\t: fp asimd sve svebf16 i8mm bf16 dgh\n", True),
        ("Features\t: fp asimd asimddp sve\n", False),
        ("Features\t: fp asimd bf16\n\nFeatures\t: fp asimd\n", False),  # its small cores have none
        ("processor\t: 0\ncpu\t\t: POWER9\n", False),
    ],
)
def test_what_linux_says_of_a_processor_decides_where_torch_says_nothing(
    monkeypatch: pytest.MonkeyPatch, *, text: str, has: bool
) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(Path, "read_text", lambda path, **_: {"/proc/cpuinfo": text}[str(path)])
    assert states.has_bfloat16(CPU) is has
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert not states.has_bfloat16(CPU)


def test_a_processor_of_which_nobody_says_anything_has_no_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path, **_: object) -> str:
        raise FileNotFoundError(path)

    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(Path, "read_text", missing)
    assert not states.has_bfloat16(CPU)


@pytest.mark.skipif(
    not (hasattr(torch.cpu, "get_capabilities") and Path("/proc/cpuinfo").is_file()),
    reason="torch or the system does not say what the processor has",
)
def test_torch_and_linux_agree_about_this_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    by_torch = states.has_bfloat16(CPU)
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert states.has_bfloat16(CPU) is by_torch


@pytest.mark.parametrize(
    ("precision", "device", "what"),
    [("bf16", CPU, "bf16, and this processor"), ("bf16", GPU, "this GPU"), ("fp16", CPU, "this processor")],
)
def test_a_device_without_units_refuses_before_it_makes_a_network(
    tiny_config: Config, monkeypatch: pytest.MonkeyPatch, precision: str, device: torch.device, what: str
) -> None:
    units(monkeypatch, has=False)
    with pytest.raises(InputError, match=what):
        states.new_state(with_train(tiny_config, precision=precision), 178, device)


def test_the_config_file_refuses_another_word_and_fp16_replaces_both_keys(tiny_config: Config) -> None:
    config = with_train(tiny_config, precision="auto")
    assert parse(config.to_json()).train.precision == "auto"
    assert "precision" not in tiny_config.to_json()
    with pytest.raises(InputError, match="fp32, bf16, fp16, auto or empty"):
        parse(config.to_json().replace('"auto"', '"half"'))
    train = RunOptions(fp16=False).apply(config).train
    assert (train.precision, train.fp16_run) == ("", False)


def test_a_bfloat16_step_multiplies_in_it_and_takes_its_losses_in_float32(
    tiny_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    units(monkeypatch)
    transforms: list[torch.dtype] = []
    real_stft = torch.stft

    def stft(wave: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
        transforms.append(wave.dtype)
        return real_stft(wave, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(torch, "stft", stft)
    batch, values = noise_batch(tiny_config, (50, 40)), []
    for precision in ("fp32", "bf16"):
        state = fresh(with_train(tiny_config, precision=precision))
        outputs: Counter[torch.dtype] = Counter()
        for module in (*state.voice.modules(), *state.discriminators.modules()):
            if isinstance(module, nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d):
                module.register_forward_hook(lambda *found: outputs.update([found[2].dtype]))  # noqa: B023
        values.append(TrainingStep(state)(batch))
        assert set(outputs) == {BRAIN if precision == "bf16" else torch.float32}
        assert all(
            each.dtype == torch.float32
            for each in (*state.voice.parameters(), *state.discriminators.parameters())
        )
    assert set(transforms) == {torch.float32}
    full, half = values
    assert full.keys() == half.keys()
    for tag, value in half.items():
        assert value.dtype == torch.float32, tag
        if tag.startswith("loss/"):  # 8 bits of mantissa
            torch.testing.assert_close(value, full[tag], rtol=0.03, atol=0.01, msg=tag)
    assert not torch.equal(full["loss/g/mel"], half["loss/g/mel"])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_resume_in_the_same_precision_is_exact(
    tiny_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    units(monkeypatch)
    config, batch = with_train(tiny_config, precision=precision), noise_batch(tiny_config, (50, 40))
    straight = fresh(config)
    step = TrainingStep(straight)
    step(batch)
    straight.position.step = 1
    checkpoint.save(straight, tmp_path)
    step(batch)
    resumed = fresh(config)
    checkpoint.restore(resumed, tmp_path)
    TrainingStep(resumed)(batch)
    assert same(memory_of(resumed), memory_of(straight))
