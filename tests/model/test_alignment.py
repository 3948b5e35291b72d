"""Monotonic alignment search: the best path, on both kernels, whatever the lengths."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.model.alignment import frame_tokens, implementation, maximum_path, search_numba

try:
    from engine.model.alignment import search_cython
except ImportError:
    KERNELS = {"numba": search_numba.search}
else:
    KERNELS = {"cython": search_cython.search, "numba": search_numba.search}

kernels = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS.keys())
needs_triton = pytest.mark.skipif(
    find_spec("triton") is None, reason="Triton comes with torch on Linux alone"
)
both = pytest.mark.skipif(len(KERNELS) < 2, reason="the Cython extension was not built")


def brute_force(score_FN: Tensor) -> float:
    """The largest sum over every monotonic path: each way of choosing the frames at which the text moves on."""
    n_frames, n_text = score_FN.shape
    best = -math.inf
    for moves in itertools.combinations(range(1, n_frames), n_text - 1):
        tokens = torch.bucketize(torch.arange(n_frames), torch.tensor(moves), right=True)
        best = max(best, score_FN[torch.arange(n_frames), tokens].sum().item())
    return best


def lengths(*numbers: int) -> Tensor:
    return torch.tensor(numbers)


@kernels
@settings(max_examples=60)
@given(n_text=st.integers(1, 6), extra=st.integers(0, 5), seed=st.integers(0, 2**31))
def test_path_is_the_best_of_all_paths(kernel: object, n_text: int, extra: int, seed: int) -> None:
    n_frames = n_text + extra
    score = torch.randn(1, n_frames, n_text, generator=torch.Generator().manual_seed(seed))
    tokens = frame_tokens(score, lengths(n_text), lengths(n_frames), kernel=kernel)[0]
    assert tokens[0] == 0
    assert tokens[-1] == n_text - 1
    assert set(tokens.diff().tolist()) <= {0, 1}
    total = score[0, torch.arange(n_frames), tokens].sum().item()
    assert total == pytest.approx(brute_force(score[0]), abs=1e-4)


@both
def test_both_kernels_find_the_same_path_on_large_batches() -> None:
    score = 40 * torch.randn(6, 900, 190, generator=torch.Generator().manual_seed(1)) - 200
    n_text, n_frames = lengths(190, 100, 1, 150, 190, 77), lengths(900, 500, 3, 150, 190, 899)
    found = [frame_tokens(score, n_text, n_frames, kernel=kernel) for kernel in KERNELS.values()]
    assert torch.equal(found[0], found[1])


@kernels
def test_equal_sums_stay_on_the_earlier_symbol_when_walking_back(kernel: object) -> None:
    tokens = frame_tokens(torch.zeros(1, 5, 3), lengths(3), lengths(5), kernel=kernel)
    # walking back from the last symbol, a tie stays; only the corner forces the path down
    assert tokens.tolist() == [[0, 1, 2, 2, 2]]


@kernels
def test_items_of_a_batch_do_not_depend_on_each_other(kernel: object) -> None:
    score = torch.randn(5, 300, 80, generator=torch.Generator().manual_seed(2))
    n_text, n_frames = [80, 12, 1, 55, 40], [300, 40, 1, 55, 299]
    together = frame_tokens(score, lengths(*n_text), lengths(*n_frames), kernel=kernel)
    for item, (text, frames) in enumerate(zip(n_text, n_frames, strict=True)):
        alone = frame_tokens(
            score[item : item + 1, :frames, :text].clone(), lengths(text), lengths(frames), kernel=kernel
        )
        assert torch.equal(together[item, :frames], alone[0])
        assert (together[item, frames:] == -1).all()


@pytest.mark.parametrize(("texts", "frames"), [((3, 6), (9, 5)), ((3, 0), (9, 5))])
def test_text_that_cannot_be_aligned_names_its_item(texts: tuple[int, ...], frames: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"item 1: {texts[1]} symbols cannot be aligned with 5 frames"):
        frame_tokens(torch.zeros(2, 9, 6), lengths(*texts), lengths(*frames))


@kernels
def test_scores_without_meaning_still_give_a_valid_path(kernel: object) -> None:
    score = torch.full((1, 30, 7), math.nan)
    tokens = frame_tokens(score, lengths(7), lengths(30), kernel=kernel)[0]
    assert tokens[0] == 0
    assert tokens[-1] == 6
    assert set(tokens.diff().tolist()) <= {0, 1}


INTERPRETED = """
import torch
from engine.model.alignment import frame_tokens
from engine.model.alignment.search_triton import search_batch

dice = torch.Generator().manual_seed(1)
for trial in range(8):
    n_frames = int(torch.randint(2, 30, (1,), generator=dice))
    n_text = int(torch.randint(1, n_frames + 1, (1,), generator=dice))
    score = 3 * torch.randn(3, n_frames, n_text, generator=dice)
    if trial % 2:
        score = score.round()  # ties
    if trial == 6:
        score[:, ::3] = torch.nan
    if trial == 7:
        score[:, :, ::2] = -torch.inf
    frames = torch.randint(1, n_frames + 1, (3,), generator=dice)
    frames[0] = n_frames
    texts = torch.minimum(1 + (n_text * torch.rand(3, generator=dice)).long(), frames)
    assert torch.equal(search_batch(score, texts, frames), frame_tokens(score, texts, frames)), trial
print("equal")
"""


@needs_triton
def test_the_gpu_kernel_finds_the_same_paths_when_it_is_interpreted() -> None:
    found = subprocess.run(
        [sys.executable, "-c", INTERPRETED],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TRITON_INTERPRET": "1"},
    )
    assert found.stdout == "equal\n", found.stderr


@needs_triton
def test_the_gpu_kernel_compiles_for_a_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from engine.model.alignment import search_triton

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    types = dict.fromkeys(("text_lengths", "frame_lengths", "token"), "*i64") | {
        "score": "*fp32",
        "moved": "*i8",
    }
    types |= {"n_text": "i32", "n_frames": "i32", "BLOCK_N": "constexpr"}
    source = ASTSource(search_triton._search, types, {"BLOCK_N": 512})
    ptx = triton.compile(source, target=GPUTarget("cuda", 80, 32), options={"num_warps": 4}).asm["ptx"]
    # what a thread stores in the loop over frames, another one reads on the way back
    assert "bar.sync" in ptx[ptx.rindex("st.global.b8") :]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_score_on_a_gpu_gives_a_path_there() -> None:
    score = torch.randn(2, 20, 6, generator=torch.Generator().manual_seed(5))
    mask = torch.ones(2, 6), torch.ones(2, 20)
    on_gpu = maximum_path(score.cuda(), mask[0].cuda(), mask[1].cuda())
    assert on_gpu.is_cuda
    assert torch.equal(on_gpu.cpu(), maximum_path(score, *mask))


def test_cython_runs_where_it_was_built_and_numba_elsewhere() -> None:
    assert implementation() == ("cython" if "cython" in KERNELS else "numba")
    # a None in sys.modules is what an absent extension looks like to an import
    without = (
        "import sys; sys.modules['engine.model.alignment.search_cython'] = None\n"
        "import torch\n"
        "from engine.model import alignment\n"
        "ones = torch.ones(1, 4, 2)\n"
        "print(alignment.implementation(), alignment.frame_tokens(ones, *torch.tensor([[2], [4]])).tolist())\n"
    )
    result = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "numba [[0, 1, 1, 1]]"
