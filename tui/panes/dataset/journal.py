"""The steps behind unsaved changes, so that undo and redo go on after a crash: lines that are appended.

    .vitsdeck/drafts/DIGEST.steps    {"keep": 3, "add": [STEP, ...], "now": 3}

A line says how many of the states before it still stand, which come behind them, and which one is the present. A step
is what it changed: `label`, `places` {name: [clips]}, `clips` {clip: columns}, and how the clips were split where that
changed. A clip is named by its path on the disk, and by its turn where several have one path.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.dataset.session import PLACES, Board, Clip, State
from engine.dataset.split import SplitSettings

Step = dict[str, Any]


class Journal:
    """What one file of steps holds already; `opened` is the board that everything is counted from."""

    def __init__(self, path: Path, opened: Board) -> None:
        self.path, self.opened = path, opened
        self._names = names(opened)
        self.forget()

    def forget(self) -> None:
        """The file is gone, or cannot be trusted: the next line begins it anew."""
        self.lines = 0
        self._states: tuple[State, ...] = ()
        self._now = -1

    def add(self, board: Board) -> int:
        """Write down what came since the last call; returns how many lines there are.

        Raises:
            OSError: the workspace cannot be written to.
        """
        states, now = board.timeline
        if states == self._states and now == self._now:  # compares identities first
            return self.lines
        same = 0
        for ours, theirs in zip(self._states, states, strict=False):
            if ours is not theirs:
                break
            same += 1
        before = _Content(self.opened, self._names, states[same - 1] if same else None)
        line = {"keep": same, "add": [before.step_to(state) for state in states[same:]], "now": now}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(self.path, "ab" if self.lines else "wb", opener=_private) as file:
                file.write(json.dumps(line).encode() + b"\n")
        except OSError:
            self.forget()
            raise
        self._states, self._now, self.lines = states, now, self.lines + 1
        return self.lines


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Content:
    """What the clips say at one state, for the difference to the next."""

    def __init__(self, opened: Board, named: Sequence[str], state: State | None) -> None:
        self._opened, self._names = opened, named
        self._places = opened.places if state is None else state.places
        self._edits = opened.edited_clips if state is None else state.edits
        self._settings = opened.split_settings if state is None else state.settings

    def step_to(self, state: State) -> Step:
        step: Step = {"label": state.label}
        if state.places != self._places:
            moved: dict[str, list[str]] = defaultdict(list)
            for index, (then, now) in enumerate(zip(self._places, state.places, strict=True)):
                if then != now:
                    moved[PLACES[now]].append(self._names[index])
            step["places"] = moved
        base = self._opened.base
        if changed := {index for index, _ in state.edits.items() ^ self._edits.items()}:
            clips = {self._names[index]: state.edits.get(index, base[index]) for index in changed}
            step["clips"] = {
                name: [clip.path, clip.speaker, clip.text, clip.fault] for name, clip in clips.items()
            }
        if state.settings != self._settings:
            step["split"] = dataclasses.asdict(state.settings)
        self._places, self._edits, self._settings = state.places, state.edits, state.settings
        return step


def names(board: Board) -> list[str]:
    """A name for every clip of a board: its path; a second clip of that path has its number behind a line break."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for clip in board.clips:
        turn = seen[clip.path]
        seen[clip.path] += 1
        found.append(f"{clip.path}\n{turn}" if turn else clip.path)
    return found


def with_history(wanted: Board, opened: Board, path: Path, lines: int) -> Board:
    """The board `wanted` with the steps of a journal behind it; as it is where these do not lead to just that state.

    Args:
        wanted: what a draft says of `opened`, the board as the disk has it.
        lines: how many lines of the journal the draft counts on.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        content = path.read_bytes().split(b"\n")[:lines]
        states, now = _replayed([json.loads(line) for line in content], opened)
        if now >= 0 and states[now].places == wanted.places and states[now].edits == wanted.edited_clips:
            return opened.with_timeline(states, now)
    return wanted


def _replayed(lines: Sequence[Mapping[str, Any]], opened: Board) -> tuple[list[State], int]:
    numbers = {name: index for index, name in enumerate(names(opened))}
    first = State(opened.places, opened.edited_clips, opened.split_settings, "")
    states: list[State] = []
    now = 0
    for line in lines:
        del states[line["keep"] :]
        for step in line["add"]:
            states.append(_after(states[-1] if states else first, step, numbers, opened))
        now = int(line["now"])
    return states, now


def _after(state: State, step: Step, numbers: Mapping[str, int], opened: Board) -> State:
    places, edits = state.places, state.edits
    if moved := step.get("places"):
        changed = bytearray(places)
        for place, clips in moved.items():
            for name in clips:
                changed[numbers[name]] = PLACES.index(place)
        places = bytes(changed)
    if clips := step.get("clips"):
        edited: dict[int, Clip] = dict(edits)
        for name, (path, speaker, text, fault) in clips.items():
            index = numbers[name]
            base = opened.base[index]
            edited[index] = base._replace(path=path, speaker=speaker, text=text, fault=fault)
            if edited[index] == base:
                del edited[index]
        edits = edited
    settings = state.settings
    if split := step.get("split"):
        train, val, test = map(float, split["ratios"])
        group = tuple(str(each) for each in split["group"])
        settings = SplitSettings((train, val, test), int(split["seed"]), group)
    return State(places, edits, settings, str(step["label"]))
