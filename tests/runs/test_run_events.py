"""Events: nothing written is lost, no torn line is read, and a long history is read at once."""

from __future__ import annotations

import json
import math
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.runs.events import EventTail, EventWriter


def _steps(events: list[dict[str, Any]]) -> list[int]:
    return [event["step"] for event in events if event["kind"] == "metric"]


def test_every_kind_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as events:
        events.metric(5, 1, {"loss/g/mel": 0.5, "learning_rate": 2e-4})
        events.progress(3, 10, "clips", 1.5, 4.0, "a.wav")
        events.alert("warning", "NaN in loss/g/mel\nat ‘ü’")
        events.checkpoint(5, 1, ["G_5.pth"], 99, best=True, figure=None)
        events.sample(5, "hello", {"wav": "samples/5/0.wav"})
        events.state("running")
    found = EventTail(path).read_new()
    assert [event.pop("v") for event in found] == [1] * 6
    assert all(abs(event.pop("t") - time.time()) < 60 for event in found)
    assert found == [
        {"kind": "metric", "step": 5, "epoch": 1, "values": {"loss/g/mel": 0.5, "learning_rate": 2e-4}},
        {"kind": "progress", "done": 3, "total": 10, "unit": "clips", "rate": 1.5, "eta_s": 4.0, "note": "a.wav"},
        {"kind": "alert", "level": "warning", "text": "NaN in loss/g/mel\nat ‘ü’"},
        {"kind": "checkpoint", "step": 5, "epoch": 1, "files": ["G_5.pth"], "bytes": 99, "best": True,
         "tag": None, "value": None},
        {"kind": "sample", "step": 5, "text": "hello", "files": {"wav": "samples/5/0.wav"}},
        {"kind": "state", "state": "running", "reason": ""},
    ]  # fmt: skip
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_figures_that_are_none_become_null_and_keep_their_tag(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as events:
        events.metric(1, 1, {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1, "e": 0.1 + 0.2})
        events.progress(1, None, "clips", math.inf, math.nan)
    strict = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text().splitlines()]
    assert strict[0]["values"] == {"a": None, "b": None, "c": None, "d": 1.0, "e": 0.3}
    assert (strict[1]["rate"], strict[1]["eta_s"]) == (None, None)


def test_text_that_no_encoding_knows_is_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as events:
        events.alert("info", "bad name \udcff, line\u2028end, \x00")
    (event,) = EventTail(path).read_new()
    assert event["text"] == "bad name \udcff, line\u2028end, \x00"


def test_progress_comes_once_a_second_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as events:
        for done in range(101):
            events.progress(done, 100, "clips", None, None)
    assert [event["done"] for event in EventTail(path).read_new()] == [0, 100]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_kill_loses_nothing_that_was_written(tmp_path: Path) -> None:
    code = (
        "import sys; from engine.runs.events import EventWriter\n"
        "events, step = EventWriter(sys.argv[1]), int(sys.argv[2])\n"
        "while True:\n"
        "    step += 1; events.metric(step, 1, {'x': step}); print(step, flush=True)\n"
    )
    path, last = tmp_path / "events.jsonl", 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(last)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.03)
            os.kill(writer.pid, signal.SIGKILL)
            printed = writer.stdout.read().split()
            last = int(printed[-1]) if printed and writer.wait() else last + 1
        steps = _steps(EventTail(path).read_new())
        assert last in steps
        last = steps[-1]
    assert steps == sorted(set(steps)) == list(range(1, last + 1))


def test_writer_ends_the_line_that_the_last_one_left_torn(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"v":1,"kind":"state","state":"running"}\n{"v":1,"kind":"met')
    with EventWriter(path) as events:
        events.state("failed")
    tail = EventTail(path)
    assert [event["state"] for event in tail.read_new()] == ["running", "failed"]
    assert tail.skipped == 1


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_line_cut_by_a_full_disk_does_not_spoil_the_next(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from engine.runs.events import EventWriter\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "events = EventWriter(sys.argv[1]); events.metric(1, 1, {'x': 1})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))\n"
        "try: events.metric(2, 1, {'x': 2})\n"
        "except OSError: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
        "events.metric(3, 1, {'x': 3}); events.close(); events.close()\n"
    )
    path = tmp_path / "events.jsonl"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    tail = EventTail(path)
    assert _steps(tail.read_new()) == [1, 3]
    assert tail.skipped == 1


def test_reader_beside_a_writer_sees_each_event_once(tmp_path: Path) -> None:
    code = (
        "import sys; from engine.runs.events import EventWriter\n"
        "with EventWriter(sys.argv[1]) as events:\n"
        "    for step in range(5000): events.metric(step, 1, {'x': step})\n"
    )
    tail, seen = EventTail(tmp_path / "events.jsonl"), []
    assert tail.read_new() == [], "a file that is not there yet"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "events.jsonl")]) as writer:
        while writer.poll() is None:
            seen += _steps(tail.read_new(limit_bytes=1000))
    seen += _steps(tail.read_new())
    assert seen == list(range(5000))
    assert (tail.skipped, tail.restarts) == (0, 0)


_GOOD = b'{"v":1,"t":1,"kind":"state","state":"running","reason":"%d"}\n'
_FOREIGN = [
    b"hello\n",
    b"{}\n",
    b"[1]\n",
    b"5\n",
    b'{"kind": 3}\n',
    b'{"kind":"state"\n',
    b'"a":2}\n',
    b'{"kind":"a"},{"kind":"b"}\n',
    b"\xff\xfe\n",
    b"[" * 3000 + b"\n",
    b'{"v":1,"kind":"met{"v":1,"kind":"state"}\n',
    b"9" * 5000 + b"\n",
]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_foreign_lines_in_any_order_and_pieces_are_skipped_and_counted(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "events.jsonl"
    path.unlink(missing_ok=True)
    kinds = data.draw(st.lists(st.integers(-1, len(_FOREIGN) - 1), max_size=12))
    lines = [_GOOD % n if kind < 0 else _FOREIGN[kind] for n, kind in enumerate(kinds)]
    whole = b"".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    tail, seen = EventTail(path), []
    for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        with path.open("ab") as file:
            file.write(whole[start:stop])
        seen += tail.read_new(data.draw(st.sampled_from([None, 1, 50])))
    while more := tail.read_new():
        seen += more
    assert [event["reason"] for event in seen] == [str(n) for n, kind in enumerate(kinds) if kind < 0]
    assert tail.skipped == sum(kind >= 0 for kind in kinds)


@pytest.mark.parametrize("way", ["cut", "cut and longer", "replaced", "removed", "same size"])
def test_file_that_begins_anew_is_read_anew(tmp_path: Path, way: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(_GOOD % 1 + _GOOD % 2 + b'{"torn')
    tail = EventTail(path)
    assert len(tail.read_new()) == 2
    new = _GOOD % 7
    if way == "replaced":
        (tmp_path / "new").write_bytes(new * 5)
        (tmp_path / "new").rename(path)
    elif way == "removed":
        path.unlink()
        assert tail.read_new() == []
        path.write_bytes(new)
    else:
        size = path.stat().st_size
        data = {
            "cut": new,
            "cut and longer": new * 9,
            "same size": new + b" " * (size - len(new) - 1) + b"\n",
        }[way]
        path.write_bytes(data)
        os.utime(path, ns=(1, 1))
    seen = tail.read_new()
    assert {event["reason"] for event in seen} == {"7"}
    assert tail.restarts == 1
    assert tail.read_new() == []
