"""The trainer's side: look at logged steps, and write an event where a finding begins and where it ends."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.runs.events import EventWriter
from engine.runs.health.finding import Finding, from_event
from engine.runs.health.record import Facts, Record
from engine.runs.health.rules import findings

LOOK_SECONDS = 10.0
# A finding ends when its rule has been silent this often: one at its threshold must not flicker.
QUIET_LOOKS = 3
PAST_BYTES = 4 << 20  # of events.jsonl that a resumed run looks back on: some 10,000 logged steps


class Watch:
    """Applies the rules to every metric that it is given. A look costs about a millisecond; one is made in 10 s.

    `on_defect` is called for a rule that raised, at every look; without it the error goes to the caller.
    """

    def __init__(
        self,
        folder: Path,
        events: EventWriter,
        facts: Facts | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_defect: Callable[[str, Exception], None] | None = None,
    ) -> None:
        self.record = Record(facts)
        self._folder, self._events, self._clock = folder, events, clock
        self._on_defect = on_defect
        self._active: dict[str, Finding] = {}
        self._quiet: dict[str, int] = {}
        self._looked: float | None = None
        self._knows_past = False

    def metric(self, step: int, values: Mapping[str, float]) -> None:
        """One logged step; call it before the step is written to the events."""
        if not self._knows_past:
            self._knows_past = True
            self._remember()
        self.record.metric(step, values)

    def look(self, *, force: bool = False) -> list[Finding]:
        """Apply the rules, when it is time, and write what has changed; returns the present findings."""
        now = self._clock()
        if not force and self._looked is not None and now - self._looked < LOOK_SECONDS:
            return list(self._active.values())
        self._looked = now
        found = {finding.rule: finding for finding in findings(self.record, self._on_defect)}
        with contextlib.suppress(OSError):  # a full disk: a later look tries again
            for finding in found.values():
                self._begin(finding)
            for rule in [rule for rule in self._active if rule not in found]:
                self._end(rule)
        return list(found.values())

    def _begin(self, finding: Finding) -> None:
        self._quiet[finding.rule] = 0
        active = self._active.get(finding.rule)
        if active is None or active.level != finding.level:
            self._write(finding, active=True)
            self._active[finding.rule] = finding

    def _end(self, rule: str) -> None:
        self._quiet[rule] = self._quiet.get(rule, 0) + 1
        if self._quiet[rule] >= QUIET_LOOKS:
            self._write(self._active[rule], active=False)
            del self._active[rule], self._quiet[rule]

    def _write(self, finding: Finding, *, active: bool) -> None:
        self._events.health(finding.rule, finding.level, finding.text, finding.remedy, active)

    def _remember(self) -> None:
        """The curves and open findings of earlier processes of this run."""
        past = Record(self.record.facts)
        for event in _newest_events(self._folder / "events.jsonl"):
            past.add(event)
            if (known := from_event(event)) is not None:
                finding, is_active = known
                self._active.pop(finding.rule, None)
                if is_active:
                    self._active[finding.rule] = finding
        self.record.curves, self.record.step = past.curves, past.step


def _newest_events(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of the file's last few megabytes."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - PAST_BYTES))
            lines = file.read().split(b"\n")[1 if size > PAST_BYTES else 0 :]
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, dict):
                yield event
