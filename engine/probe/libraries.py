"""The libraries of training: what they are, and whether they do their work when they are asked to."""

from __future__ import annotations

import importlib.util
import os
import re
from importlib import metadata
from pathlib import Path
from typing import Any

_SIDE = 64  # of the matrices that a GPU multiplies: small numbers, so that the product is exact


def look_at_torch(root: Path) -> dict[str, Any]:  # noqa: ARG001 - every probe is given the folder
    facts: dict[str, Any] = {"installed": installed("torch")}
    try:
        import torch
    except Exception as error:  # noqa: BLE001 - this is the question
        return facts | failure(error)
    return facts | {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
    }


def look_at_torchaudio(root: Path) -> dict[str, Any]:  # noqa: ARG001
    facts: dict[str, Any] = {
        "installed": installed("torchaudio"),
        "torch": installed("torch"),
        "torch_cuda": cuda_of_torch(),
    }
    try:
        import torchaudio

        filters = torchaudio.functional.melscale_fbanks(513, 0.0, 8000.0, 80, 22050, "slaney", "slaney")
        facts["filters"] = list(filters.shape)
    except Exception as error:  # noqa: BLE001
        return facts | failure(error)
    return facts | {"version": torchaudio.__version__}


def look_at_cuda(root: Path) -> dict[str, Any]:  # noqa: ARG001
    """Whether torch computes on each GPU: a small product of matrices, compared with the right one."""
    import warnings

    import torch

    from engine.probe import driver

    facts: dict[str, Any] = {
        "cards": driver.cards(),
        "built": torch.version.cuda,
        "archs": torch.cuda.get_arch_list() if torch.version.cuda else [],
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "devices": [],
    }
    if torch.version.cuda is None:
        return facts
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same words come as an error
            torch.cuda.init()  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001
        return facts | failure(error)
    for index in range(torch.cuda.device_count()):
        one: dict[str, Any] = {"index": index}
        facts["devices"].append(one)
        try:
            one["name"] = torch.cuda.get_device_name(index)
            one["capability"] = list(torch.cuda.get_device_capability(index))
            ones = torch.ones(_SIDE, _SIDE, device=f"cuda:{index}")
            one["is_right"] = bool(((ones @ ones).cpu() == _SIDE).all())
        except Exception as error:  # noqa: BLE001
            one |= failure(error)
    return facts


def look_at_cudnn(root: Path) -> dict[str, Any]:  # noqa: ARG001
    """The version that answers; with a GPU also a convolution, which is what it is for."""
    import warnings

    import torch

    facts: dict[str, Any] = {"built": torch.version.cuda, "installed": _cudnn_package()}
    if torch.version.cuda is None:
        return facts
    try:
        facts["version"] = torch.backends.cudnn.version()  # type: ignore[no-untyped-call,unused-ignore]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            has_gpu = torch.cuda.is_available()
        if has_gpu:
            wave = torch.ones(1, 1, _SIDE, device="cuda")
            kernel = torch.ones(1, 1, 3, device="cuda")
            folded = torch.nn.functional.conv1d(wave, kernel).cpu()
            facts["is_right"] = bool((folded == 3).all())
    except Exception as error:  # noqa: BLE001
        return facts | failure(error)
    return facts


def look_at_alignment(root: Path) -> dict[str, Any]:  # noqa: ARG001
    """Which kernel runs, and that it finds the path that can be seen with the naked eye."""
    import torch

    from engine.model import alignment

    score_BFN = torch.tensor([[[5.0, 0.0], [4.0, 0.0], [0.0, 3.0]]])
    tokens_BF = alignment.frame_tokens(score_BFN, torch.tensor([2]), torch.tensor([3]))
    return {"implementation": alignment.implementation(), "is_right": tokens_BF.tolist() == [[0, 0, 1]]}


def look_at_espeak(root: Path) -> dict[str, Any]:  # noqa: ARG001
    from engine.text.cleaners import espeak, registry

    # a library that loads may still lack its voices
    said = registry.clean_all(["ready"], ["english_cleaners2"])
    library = espeak.chosen_library() or os.environ.get("PHONEMIZER_ESPEAK_LIBRARY")
    return {"versions": registry.versions(), "library": library or "bundled library", "said": said[0]}


def installed(package: str) -> str | None:
    """The version of a package, without loading it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def cuda_of_torch() -> str | None:
    """The CUDA that the installed torch was built for, without loading it: "13.0", "" for none, None unknown."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^cuda\b[^=]*=\s*(?:'([\d.]+)'|None)", text, re.MULTILINE)
    return (found[1] or "") if found else None


def failure(error: BaseException) -> dict[str, str]:
    """An error as facts: its first line, and all of it with what caused it."""
    parts: list[str] = []
    each: BaseException | None = error
    while each is not None and len(parts) < 5:
        parts.append(f"{type(each).__name__}: {each}".strip())
        each = each.__cause__ or each.__context__
    return {"error": parts[0].splitlines()[0], "story": "\n".join(parts)[:4000]}


def _cudnn_package() -> str | None:
    names = (f"nvidia-cudnn-cu{major}" for major in (13, 12, 11))
    return next((f"{name} {version}" for name in names if (version := installed(name))), None)
