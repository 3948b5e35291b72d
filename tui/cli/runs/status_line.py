"""One line about the run of a workspace, for a tmux status bar or a shell prompt.

It is called every few seconds, so it loads neither the command line's library nor the modules that read runs. It shows
what the run wrote last, and says when a live run has been silent; `vitsdeck runs` looks at the processes, too.
"""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Iterator
from typing import Any

from engine.i18n import _
from tui.app import words

LIVE = ("starting", "running", "paused", "stopping", "stalled")
TAIL_BYTES = 64 << 10  # of events.jsonl, in which the newest alert is looked for
LONGEST_ALERT = 60  # characters
LOOK_SECONDS, TELL_SECONDS = 2.0, 60.0

Object = dict[str, Any]


def line(folder: str) -> str | None:
    """What is going on in the workspace around a folder; None outside of one."""
    logs = _logs(folder)
    if logs is None:
        return None
    found = _newest(logs)
    return _text(*found) if found else _("no run yet")


def facts(folder: str) -> Object:
    """The run's name as `run`, what its state.json holds, and its newest `alert`; {} where there is no run."""
    found = _newest(_logs(folder) or "")
    return {"run": os.path.basename(found[0]), "alert": _alert(found[0])} | found[1] if found else {}  # noqa: PTH119


def changes(folder: str) -> Iterator[str]:
    """The line again whenever the state or the alert of the run changes, and once a minute while it is live."""
    told, at, logs = "", 0.0, _logs(folder)
    while logs is not None:
        run, state = _newest(logs) or ("", {})
        what = f"{run} {state.get('state')} {_alert(os.path.join(logs, run)) if run else ''}"  # noqa: PTH118
        is_due = state.get("state") in LIVE and time.monotonic() - at >= TELL_SECONDS
        if what != told or is_due:
            told, at = what, time.monotonic()
            yield time.strftime("%H:%M:%S ") + (line(folder) or "")
        time.sleep(LOOK_SECONDS)


def _logs(folder: str) -> str | None:
    """The folder of the runs; the usual one where vitsdeck.toml has a fault."""
    while True:
        path = os.path.join(folder, "vitsdeck.toml")  # noqa: PTH118 - pathlib costs 4 ms
        if os.path.isfile(path):  # noqa: PTH113
            break
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            name = tomllib.load(file).get("folders", {}).get("logs", "logs")
    except (OSError, ValueError, AttributeError):
        name = "logs"
    return os.path.join(folder, str(name))  # noqa: PTH118


def _newest(logs: str) -> tuple[str, Object] | None:
    """Folder and state of the run that wrote last; live ones come first."""
    try:
        folders = [entry.path for entry in os.scandir(logs) if entry.is_dir()]
    except OSError:
        return None
    states = [(folder, state) for folder in folders if (state := _read(f"{folder}/state.json"))]
    return max(states, key=lambda run: (run[1].get("state") in LIVE, _number(run[1], "t")), default=None)


def _text(folder: str, state: Object) -> str:
    name, now = str(state.get("state")), time.time()
    facts = [f"{words.GLYPHS.get(name, '?')} {os.path.basename(folder)} {name}"]  # noqa: PTH119
    if step := int(_number(state, "step")):
        total = int(_number(state, "total_steps"))
        facts.append(
            _("step {step:,} of {total:,}").format(step=step, total=total) if total else f"step {step:,}"
        )
    if name in LIVE:
        silent_s = now - _number(state, "t")
        if silent_s > words.QUIET_SECONDS:
            facts.append(_("silent for {time}").format(time=words.duration(silent_s)))
        elif left_s := _number(state, "eta_s"):
            facts.append(_("{time} left").format(time=words.duration(max(0.0, left_s - silent_s))))
        if memory := int(_number(state, "device_bytes")):
            facts.append(words.size(memory))
    if alert := _alert(folder):
        facts.append(f"! {alert}")
    return "".join(each if each.isprintable() else "?" for each in " · ".join(facts))


def _alert(folder: str) -> str:
    """The newest warning or error of a run."""
    try:
        with open(f"{folder}/events.jsonl", "rb") as file:  # noqa: PTH123
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            rows = file.read().splitlines()
    except OSError:
        return ""
    for row in reversed(rows):
        if b'"alert"' in row and (event := _object(row)) and event.get("level") in ("warning", "error"):
            text = str(event.get("text"))
            return text if len(text) <= LONGEST_ALERT else f"{text[:LONGEST_ALERT]}…"
    return ""


def _read(path: str) -> Object:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return _object(file.read(1 << 20))
    except OSError:
        return {}


def _object(content: bytes) -> Object:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(state: Object, field: str) -> float:
    value = state.get(field)
    return float(value) if isinstance(value, int | float) else 0.0
