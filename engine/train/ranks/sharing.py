"""Copy weights, optimisers and position from the rank that has the newest checkpoint to all ranks."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from engine.train.ranks.collectives import Peers
from engine.train.state import Position, TrainingState

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")  # AdamW's


def share_state(state: TrainingState, peers: Peers, source: int) -> None:
    """Make `state` that of rank `source` on every rank, and compare checksums.

    Raises:
        RuntimeError: the ranks differ afterwards.
    """
    if peers.world == 1:
        return
    mine = {"position": asdict(state.position), "scaler": state.scaler.state_dict()}
    about = peers.all_gather_object(mine)[source]
    state.position = Position(**about["position"])
    if about["scaler"]:
        state.scaler.load_state_dict(about["scaler"])
    for module in _networks(state):
        peers.copy_from(source, module.state_dict().values())
    for optimizer in (state.optimizer_g, state.optimizer_d):
        _share_optimizer(optimizer, peers, source)
    sums = peers.all_gather_object(checksum(state))
    if len(set(sums)) > 1:
        raise RuntimeError(f"the ranks begin with different weights: {sums}")


def checksum(state: TrainingState) -> str:
    """A hash of every weight and moment, the same for the same bits."""
    digest = hashlib.blake2b(digest_size=16)
    for tensor in _tensors(state):
        digest.update(tensor.detach().contiguous().reshape(-1).view(torch.uint8).cpu().numpy().data)
    return digest.hexdigest()


def _networks(state: TrainingState) -> list[nn.Module]:
    return [state.voice, state.discriminators, *([state.average] if state.average is not None else [])]


def _tensors(state: TrainingState) -> list[Tensor]:
    found = [tensor for module in _networks(state) for tensor in module.state_dict().values()]
    for optimizer in (state.optimizer_g, state.optimizer_d):
        for parameter in _parameters(optimizer):
            held = optimizer.state.get(parameter, {})
            found += [held[name] for name in _MOMENTS if name in held]
    return found


def _share_optimizer(optimizer: torch.optim.Optimizer, peers: Peers, source: int) -> None:
    parameters = _parameters(optimizer)
    groups = [{key: group[key] for key in group if key != "params"} for group in optimizer.param_groups]
    held = [number for number, parameter in enumerate(parameters) if optimizer.state.get(parameter)]
    about: dict[str, Any] = peers.all_gather_object({"groups": groups, "held": held})[source]
    for group, theirs in zip(optimizer.param_groups, about["groups"], strict=True):
        group.update(
            {key: tuple(value) if isinstance(value, list) else value for key, value in theirs.items()}
        )
    if peers.rank != source:
        optimizer.state.clear()
        for number in about["held"]:
            parameter = parameters[number]
            optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }
    for name in _MOMENTS:
        peers.copy_from(source, [optimizer.state[parameters[number]][name] for number in about["held"]])


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
