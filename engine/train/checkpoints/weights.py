"""Read checkpoint files, ours and others', without running code in them or trusting their shapes."""

from __future__ import annotations

import contextlib
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.checkpoint_file import check_kind
from engine.errors import InputError
from engine.i18n import _, plural

Tree = dict[str, Any]
# how torch's releases say that a pickle names a function or class of its own; they share no type for it
_ASKS_FOR_CODE = re.compile(r"GLOBAL|unrecognized function|Unsupported class")


def read_tree(path: Path, *, mapped: bool = False) -> Tree:
    """The dictionary inside a checkpoint file; `mapped` leaves tensors on disk until they are used.

    Raises:
        InputError: missing, cut off, not a checkpoint, or one that would run code when loaded.
    """
    check_kind(path)
    damaged = InputError(_("cannot be read as a checkpoint (damaged)"), path=path, fix=_("copy it again"))
    try:
        tree = _torch_load(path, mapped)
    except pickle.UnpicklingError as error:
        if not _ASKS_FOR_CODE.search(str(error)):
            raise damaged from None
        what = _("is not a plain checkpoint (it asks to run code when loaded)")
        raise InputError(what, path=path, fix=_("get it from a source that saves weights only")) from None
    except Exception:  # noqa: BLE001 - a damaged pickle may raise anything
        raise damaged from None
    if not isinstance(tree, dict):
        raise InputError(_("holds no dictionary, so it is not a checkpoint"), path=path)
    return tree


def model_of(tree: Tree, path: Path) -> dict[str, Tensor]:
    """The weights of a checkpoint by name.

    Raises:
        InputError: there is no `model`, or something in it is no tensor.
    """
    model = tree.get("model")
    if not isinstance(model, dict) or not all(isinstance(value, Tensor) for value in model.values()):
        raise InputError(
            _("holds no `model` of tensors, so it is not a checkpoint of this family"), path=path
        )
    return model


def check_finite(model: dict[str, Tensor], path: Path) -> None:
    """Raise InputError when weights are NaN or infinite: whatever starts from them is, too."""
    bad = [tensor for tensor in model.values() if not bool(torch.isfinite(tensor).all())]
    if bad:
        kind = "NaN" if any(bool(torch.isnan(tensor).any()) for tensor in bad) else _("infinite numbers")
        what = plural(
            "the checkpoint holds {kind} in {n} tensor",
            "the checkpoint holds {kind} in {n} tensors",
            len(bad),
            kind=kind,
        )
        raise InputError(what, path=path, fix=_("use an earlier one"))


def check_shapes(module: torch.nn.Module, tree: Tree, path: Path) -> None:
    """Raise InputError when a checkpoint's `model` is not exactly this network, listing what differs."""
    theirs = model_of(tree, path)
    ours = module.state_dict()
    faults = [_("{name} is missing").format(name=name) for name in ours if name not in theirs]
    faults += [_("{name} is not in this network").format(name=name) for name in theirs if name not in ours]
    faults += [
        _("{name} is {shape}, this config needs {needed}").format(
            name=name, shape=_shape(theirs[name]), needed=_shape(ours[name])
        )
        for name in ours
        if name in theirs and theirs[name].shape != ours[name].shape
    ]
    if faults:
        what = _("is a checkpoint of another shape ({fault})").format(fault=faults[0])
        fix = _("use the config that it was trained with")
        raise InputError(what, path=path, fix=fix, details=faults[1:9])


def _shape(tensor: Tensor) -> str:
    return " x ".join(str(size) for size in tensor.shape) or "a number"


def _torch_load(path: Path, mapped: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's remarks on old pickles
        if mapped:
            # files from before torch 1.6, and files on some network file systems, cannot be mapped
            with contextlib.suppress(RuntimeError, ValueError):
                return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return torch.load(path, map_location="cpu", weights_only=True)
