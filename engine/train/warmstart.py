"""Starting a new voice from somebody else's weights: load what fits, carry embeddings over by meaning.

Rows of the text embedding are moved by symbol (the family's checkpoints use one of two tables, told apart by
their size) and rows of the speaker embedding by index, so that a voice of one table can start one of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from engine.config import Config
from engine.errors import InputError
from engine.text.symbols import table_of_size
from engine.train.checkpoint import read_tree

TEXT_EMBEDDING = "enc_p.emb.weight"
SPEAKER_EMBEDDING = "emb_g.weight"


@dataclass
class Fit:
    """What a warm start did: how many tensors were loaded, and a sentence for each that was not."""

    loaded: int = 0
    carried: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def start_from(module: nn.Module, path: Path, symbols: tuple[str, ...]) -> Fit:
    """Copy into `module` whatever fits of the checkpoint at `path`.

    Args:
        module: a Voice or Discriminators with fresh weights; changed in place.
        path: a G_ or D_ file of the family.
        symbols: the symbol table of the new voice, by id.
    Raises:
        InputError: the file is no checkpoint, or nothing in it fits.
    """
    theirs = read_tree(path).get("model")
    if not isinstance(theirs, dict):
        raise InputError("holds no `model`, so it is not a checkpoint of this family", path=path)
    ours = module.state_dict()
    fit = Fit()
    for name, tensor in theirs.items():
        if name not in ours:
            fit.left_out.append(f"{name}: this network has no such part")
        elif name == TEXT_EMBEDDING and tensor.shape[1:] == ours[name].shape[1:]:
            fit.carried.append(_carry_symbols(ours[name], tensor, symbols))
            fit.loaded += 1
        elif name == SPEAKER_EMBEDDING and tensor.shape[1:] == ours[name].shape[1:]:
            fit.carried.append(_carry_rows(ours[name], tensor))
            fit.loaded += 1
        elif tensor.shape != ours[name].shape:
            fit.left_out.append(f"{name}: {tuple(tensor.shape)} there, {tuple(ours[name].shape)} here")
        else:
            ours[name].copy_(tensor)
            fit.loaded += 1
    fit.left_out += [f"{name}: not in the checkpoint, starts fresh" for name in ours if name not in theirs]
    if fit.loaded == 0:
        raise InputError("nothing in it fits this config", path=path, details=fit.left_out[:8])
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


def _carry_symbols(ours: torch.Tensor, theirs: torch.Tensor, symbols: tuple[str, ...]) -> str:
    if ours.shape == theirs.shape:
        ours.copy_(theirs)
        return f"text embedding: all {len(ours)} rows"
    table = table_of_size(len(theirs))
    if table is None:
        rows = min(len(ours), len(theirs))
        ours[:rows] = theirs[:rows]
        return f"text embedding: the first {rows} rows (an unknown table of {len(theirs)} symbols)"
    row_of = {symbol: row for row, symbol in enumerate(table)}
    moved = [(row, row_of[symbol]) for row, symbol in enumerate(symbols) if symbol in row_of]
    for here, there in moved:
        ours[here] = theirs[there]
    return f"text embedding: {len(moved)} of {len(ours)} rows by symbol, from a table of {len(theirs)}"


def _carry_rows(ours: torch.Tensor, theirs: torch.Tensor) -> str:
    rows = min(len(ours), len(theirs))
    ours[:rows] = theirs[:rows]
    ours[rows:] = theirs.mean(0)  # a new speaker starts as the average voice, not as noise
    return f"speaker embedding: {rows} of {len(ours)} speakers, the rest start as the average voice"
