"""Give all ranks the state of the one that has the newest checkpoint."""

from __future__ import annotations

import io

import torch

from engine.train.checkpoints import checkpoint
from engine.train.ranks.collectives import Peers
from engine.train.state import TrainingState


def share_state(state: TrainingState, peers: Peers, source: int) -> None:
    """Make `state` that of rank `source` on every rank: it sends what a checkpoint of it would hold."""
    if peers.world == 1:
        return
    trees = {}
    for letter, tree in checkpoint.trees_of(state).items():
        file = io.BytesIO()
        if peers.rank == source:
            torch.save(tree, file)
        sent = peers.broadcast(file.getvalue(), source)
        if peers.rank != source:
            trees[letter] = torch.load(io.BytesIO(sent), map_location="cpu", weights_only=True)
    if trees:
        checkpoint.set_state(state, trees)
