"""Start a new voice from the weights of another: load what fits, copy embeddings by symbol and by speaker name.

The config.json beside the checkpoint says which row is which, as in our run folders; without one the size tells which
of the family's two symbol tables it is, and speakers keep their numbers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from engine import config as configs
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _
from engine.text.symbols import table, table_of_size
from engine.train.checkpoints.weights import check_finite, model_of, read_tree

TEXT_EMBEDDING = "enc_p.emb.weight"
SPEAKER_EMBEDDING = "emb_g.weight"


@dataclass
class Fit:
    """What a warm start did: how many tensors were loaded, and a sentence for each that was not."""

    loaded: int = 0
    carried: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def start_from(
    module: nn.Module, path: Path, symbols: Sequence[str], speakers: Sequence[str] | None = None
) -> Fit:
    """Copy into `module` whatever fits of the checkpoint at `path`.

    Args:
        module: a Voice or Discriminators with fresh weights; changed in place.
        path: a G_ or D_ file of the family.
        symbols: the symbol table of the new voice, by id.
        speakers: the names of its speakers, by id, if they have names.
    Raises:
        InputError: the file is no checkpoint, it holds NaN, or nothing in it fits.
    """
    theirs = model_of(read_tree(path), path)
    check_finite(theirs, path)
    beside = _config_beside(path)
    ours = module.state_dict()
    fit = Fit()
    for name, tensor in theirs.items():
        if name not in ours:
            fit.left_out.append(f"{name}: this network has no such part")
        elif name == TEXT_EMBEDDING and tensor.shape[1:] == ours[name].shape[1:]:
            fit.carried.append(_carry_symbols(ours[name], tensor, symbols, beside))
            fit.loaded += 1
        elif name == SPEAKER_EMBEDDING and tensor.shape[1:] == ours[name].shape[1:]:
            fit.carried.append(_carry_speakers(ours[name], tensor, speakers, beside))
            fit.loaded += 1
        elif tensor.shape != ours[name].shape:
            fit.left_out.append(f"{name}: {tuple(tensor.shape)} there, {tuple(ours[name].shape)} here")
        else:
            ours[name].copy_(tensor)
            fit.loaded += 1
    fit.left_out += [f"{name}: not in the checkpoint, starts fresh" for name in ours if name not in theirs]
    if fit.loaded == 0:
        raise InputError(_("nothing in it fits this config"), path=path, details=fit.left_out[:8])
    module.load_state_dict(ours)
    return fit


def speaker_note(config: Config, fit: Fit) -> str:
    """One sentence for the log about a finished warm start."""
    note = f"{fit.loaded} tensors taken over"
    if fit.left_out:
        note += f", {len(fit.left_out)} start fresh"
    if config.data.n_speakers > 1 and not fit.carried:
        note += "; no speaker embedding was there to carry over"
    return note


def _config_beside(path: Path) -> Config | None:
    with contextlib.suppress(InputError):
        return configs.load(path.parent / "config.json")
    return None


def _carry_symbols(
    ours: torch.Tensor, theirs: torch.Tensor, symbols: Sequence[str], beside: Config | None
) -> str:
    there = beside.symbols if beside is not None else None
    if there is None or len(there) != len(theirs):
        there = table_of_size(len(theirs))
    if there is None:
        rows = min(len(ours), len(theirs))
        ours[:rows] = theirs[:rows]
        return f"text embedding: the first {rows} rows (an unknown table of {len(theirs)} symbols)"
    if tuple(symbols) == tuple(there):
        ours.copy_(theirs)
        return f"text embedding: all {len(ours)} rows"
    row_of = table(there)
    moved = [(row, row_of[symbol]) for row, symbol in enumerate(symbols) if symbol in row_of]
    for here, row in moved:
        ours[here] = theirs[row]
    return f"text embedding: {len(moved)} of {len(ours)} rows by symbol, from a table of {len(theirs)}"


def _carry_speakers(
    ours: torch.Tensor, theirs: torch.Tensor, speakers: Sequence[str] | None, beside: Config | None
) -> str:
    there = beside.speakers if beside is not None else None
    if speakers and there:
        row_of = table(there[: len(theirs)])
        moved = [(row, row_of[name]) for row, name in enumerate(speakers[: len(ours)]) if name in row_of]
        how = "by name"
    else:
        moved = [(row, row) for row in range(min(len(ours), len(theirs)))]
        how = "by number"
    ours[:] = theirs.mean(0)  # a new speaker starts as the average voice, not as noise
    for here, row in moved:
        ours[here] = theirs[row]
    rest = ", the rest start as the average voice" if len(moved) < len(ours) else ""
    return f"speaker embedding: {len(moved)} of {len(ours)} speakers {how}{rest}"
