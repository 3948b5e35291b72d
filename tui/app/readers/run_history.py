"""What the events of one run add up to: points of its curves, checkpoints, samples, alerts, findings, an offer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.runs import health, suggestions
from engine.runs.health import Finding
from engine.runs.suggestions import Offer
from tui.app.readers.messages import Alert, Checkpoint, NewPoints, RunFiles, Sample

TIMES = "t"  # the curve of unix seconds, for axes of time
_KEPT_ALERTS = 50
_KEPT_SAMPLES = 200


class RunHistory:
    """Events of one run, sorted into curves, checkpoints, samples, alerts and findings; foreign fields are passed over.

    Where the run went back to an earlier step, what came after that step is forgotten: it has not happened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._afresh = True
        self._checkpoints: dict[tuple[int, bool], dict[str, Any]] = {}  # by step, and whether it is a best
        self._samples: dict[tuple[int, str], Sample] = {}
        self._alerts: list[Alert] = []
        self._findings: dict[str, Finding] = {}
        self._offer: Offer | None = None
        self._posted: RunFiles | None = None

    def add(self, events: Iterable[dict[str, Any]]) -> NewPoints:
        """Take in events; returns the points that they add to the curves."""
        by_tag: dict[str, list[tuple[int, float]]] = {}
        back_to: int | None = None
        for event in events:
            kind = event.get("kind")
            if kind == "metric":
                self._metric(event, by_tag)
            elif kind == "checkpoint" and isinstance(event.get("step"), int):
                self._checkpoints[event["step"], event.get("best") is True] = event
            elif kind == "sample":
                self._sample(event)
            elif kind == "alert":
                self._alert(event)
            elif kind == "resumed" and isinstance(event.get("step"), int):
                back_to = min(event["step"], event["step"] if back_to is None else back_to)
                self._go_back(event["step"], by_tag)
            else:
                self._standing(event)
        afresh, self._afresh = self._afresh, False
        return NewPoints(afresh, {tag: tuple(points) for tag, points in by_tag.items() if points}, back_to)

    def _go_back(self, step: int, by_tag: dict[str, list[tuple[int, float]]]) -> None:
        """The run resumed at `step`."""
        for points in by_tag.values():
            points[:] = [point for point in points if point[0] <= step]
        self._checkpoints = {key: event for key, event in self._checkpoints.items() if key[0] <= step}
        self._samples = {key: sample for key, sample in self._samples.items() if key[0] <= step}

    def _standing(self, event: dict[str, Any]) -> None:
        """What holds until another event ends it: findings, and an offer until the run continues without it."""
        if (known := health.from_event(event)) is not None:
            finding, active = known
            self._findings.pop(finding.rule, None)
            if active:
                self._findings[finding.rule] = finding
        elif (offer := suggestions.from_event(event)) is not None:
            self._offer = offer
        elif event.get("kind") == "state" and event.get("state") in ("starting", "running"):
            self._offer = None

    def changed_files(self) -> RunFiles | None:
        """Checkpoints, samples and alerts, when they differ from what was last returned."""
        files = RunFiles(
            tuple(self._checkpoint(event) for _, event in sorted(self._checkpoints.items(), reverse=True)),
            tuple(sorted(self._samples.values(), key=lambda sample: -sample.step)[:_KEPT_SAMPLES]),
            tuple(reversed(self._alerts)),
            tuple(self._findings.values()),
            self._offer,
            tuple(suggestions.changes(self.folder, self._offer)) if self._offer is not None else (),
            is_read=True,
        )
        if files == self._posted:
            return None
        self._posted = files
        return files

    def _metric(self, event: dict[str, Any], by_tag: dict[str, list[tuple[int, float]]]) -> None:
        step, values = event.get("step"), event.get("values")
        if not isinstance(step, int) or not isinstance(values, dict):
            return
        if (time := _number(event.get("t"))) is not None:
            by_tag.setdefault(TIMES, []).append((step, time))
        for tag, value in values.items():
            if value is None:  # NaN and infinities are written so
                by_tag.setdefault(tag, []).append((step, math.nan))
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                by_tag.setdefault(tag, []).append((step, float(value)))

    def _checkpoint(self, event: dict[str, Any]) -> Checkpoint:
        names = tuple(name for name in event.get("files") or () if isinstance(name, str))
        return Checkpoint(
            step=event["step"],
            epoch=_whole(event.get("epoch")),
            time=_number(event.get("t")) or 0.0,
            bytes=_whole(event.get("bytes")),
            best=event.get("best") is True,
            tag=str(event.get("tag") or "loss/val/mel"),
            value=_number(event.get("value", event.get("mel"))),  # older runs: mel
            files=names,
            present=bool(names) and all((self.folder / Path(name).name).is_file() for name in names),
        )

    def _sample(self, event: dict[str, Any]) -> None:
        files = event.get("files")
        wav = files.get("wav") if isinstance(files, dict) else None
        if isinstance(wav, str):
            sample = Sample(
                _whole(event.get("step")), _number(event.get("t")) or 0.0, str(event.get("text")), wav
            )
            self._samples[sample.step, sample.wav] = sample

    def _alert(self, event: dict[str, Any]) -> None:
        alert = Alert(_number(event.get("t")) or 0.0, str(event.get("level")), str(event.get("text")))
        self._alerts = [*self._alerts[-_KEPT_ALERTS + 1 :], alert]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
