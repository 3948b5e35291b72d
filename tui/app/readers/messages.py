"""What background readers have seen. Names are in the past tense, contents are frozen snapshots.

Where only the newest counts, a message says so with `can_replace`: a slow terminal then skips what is out of date
instead of working through it. There is never a message per log line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.runs.gpus import GpuSnapshot
    from engine.runs.health import Finding
    from engine.runs.processes.orphans import Leftover
    from engine.runs.registry import RunSnapshot
    from engine.runs.suggestions import Change, Offer
    from tui.widgets.charts.series import Series

Points = tuple[tuple[int, float], ...]  # (step, value), in the order of writing


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint event; `present` says whether its files are still there (old ones are pruned).

    `best`: the file of the best one, or in older runs the checkpoint that was the best when it was saved. `tag` and
    `value`: the figure by which checkpoints are compared.
    """

    step: int
    epoch: int
    time: float
    bytes: int
    best: bool
    tag: str
    value: float | None
    files: tuple[str, ...]
    present: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One spoken test sentence; `wav` is relative to the run folder."""

    step: int
    time: float
    text: str
    wav: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the worker wants a person to know."""

    time: float
    level: str  # info, warning, error
    text: str


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What a run has produced so far, newest first."""

    checkpoints: tuple[Checkpoint, ...] = ()
    samples: tuple[Sample, ...] = ()
    alerts: tuple[Alert, ...] = ()
    findings: tuple[Finding, ...] = ()  # what its trainer finds unwell, in the order of finding
    offer: Offer | None = None  # a change of its config that it proposes
    changes: tuple[Change, ...] = ()  # what the offer would change
    is_read: bool = False  # whether the run was read: without findings it is healthy then


@dataclass(frozen=True, slots=True)
class NewPoints:
    """What was added to a run's curves since the last look; `afresh` means that earlier points are void.

    `back_to` is the step that the run went back to: of the earlier points, those after it have not happened.
    `curves` are finished curves of all points; `by_tag` then only says what each one's newest is.
    """

    afresh: bool
    by_tag: dict[str, Points] = field(default_factory=dict)
    back_to: int | None = None
    curves: dict[str, Series] = field(default_factory=dict)

    def newest(self, before: dict[str, float]) -> dict[str, float]:
        """The last value of each curve, after those `before`."""
        kept = {} if self.afresh else before
        return {**kept, **{tag: points[-1][1] for tag, points in self.by_tag.items() if points}}


class Newest(Message):
    """A message that makes an earlier one of its kind, about the same thing (`about`), superfluous."""

    def can_replace(self, message: Message) -> bool:
        return type(message) is type(self) and getattr(message, "about", "") == getattr(self, "about", "")


@dataclass(eq=False)
class RunsListed(Newest):
    """The run folders were read.

    Attributes:
        is_gone: the workspace itself is no longer there.
        shortage: a sentence when the next checkpoints of live runs do not fit on the disk.
    """

    runs: tuple[RunSnapshot, ...]
    is_gone: bool = False
    shortage: str = ""


@dataclass(eq=False)
class PathCounted(Newest):
    """How far the workspace is on the path from recordings to a voice."""

    progress: Progress


@dataclass(eq=False)
class GpusPolled(Newest):
    """The driver was asked; empty without one."""

    gpus: tuple[GpuSnapshot, ...]


@dataclass(eq=False)
class MachineMeasured(Newest):
    """How busy the processor was since the measurement before, and how much memory is taken."""

    cpu_percent: float
    used_bytes: int
    total_bytes: int


@dataclass(eq=False)
class LeftoversListed(Newest):
    """Processes of earlier runs were looked for."""

    leftovers: tuple[Leftover, ...]


@dataclass(eq=False)
class CurvesGrown(Message):
    """New points came. They add up, so no one replaces another."""

    run: str
    points: NewPoints


@dataclass(eq=False)
class RunFilesListed(Newest):
    """Checkpoints, samples or alerts of the run `about` changed."""

    about: str
    files: RunFiles


@dataclass(eq=False)
class SourceFailed(Newest):
    """The reader `about` cannot read something; it tries again."""

    about: str
    sentence: str
