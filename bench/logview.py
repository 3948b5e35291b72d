"""Lines a second and key-to-paint of the log view, beside Textual's Log and RichLog, on a real pseudo-terminal.

    python bench/logview.py           about 50 s

A second process appends to a log file as fast as asked while a real app (120 x 40, true colour) follows it at 10 Hz.
Measured: lines that the view took in per second; the time from a key (pause, follow) to the bytes on the terminal
that show its effect; processor time and memory of the app. The two others read the same file the same way and get
what a tick brings as `write_lines` or `write`; they show their state in a Static. "bare" is an app with that Static
and nothing else: what a key costs in Textual on this machine in this minute, which nothing built on it can beat.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

from pseudo_terminal import Terminal, percentile
from textual.app import App, ComposeResult
from textual.widgets import Log, RichLog, Static

COLUMNS, ROWS = 120, 40
POLL_HERTZ = 10
TARGET_LINES, TARGET_P95_MS = 100_000, 40.0
KEY_TIMEOUT_S = 4.0
START_BYTES = 4 << 20  # what a reader without an index takes at most in one tick


def write_log(path: str, lines_per_second: int, seconds: float) -> None:
    """Append lines like a trainer's at a steady rate; made beforehand, so that writing takes little from the rest."""
    per_tick = max(1, lines_per_second // 100)
    blocks = [
        b"".join(
            b"2026-01-01 12:00:00 INFO step %d loss/g/mel 23.4 loss/g/kl 1.9\n" % i
            for i in range(first * per_tick, (first + 1) * per_tick)
        )
        for first in range(97)
    ]
    begin = time.perf_counter()
    with Path(path).open("ab", buffering=0) as file:
        tick = 0
        while (now := time.perf_counter() - begin) < seconds:
            while tick < now * 100:
                file.write(blocks[tick % len(blocks)])
                tick += 1
            time.sleep(0.005)


class LogApp(App[None]):
    """What the three have in common: the timer, and a report of what was taken in."""

    BINDINGS = [("q", "quit", "Quit")]  # noqa: RUF012

    def __init__(self, path: Path, report: Path) -> None:
        super().__init__()
        self.path, self.report = path, report
        self.taken = 0

    def on_mount(self) -> None:
        """Start polling."""
        self.set_interval(1 / POLL_HERTZ, self.tick)

    def tick(self) -> None:
        """Take in what is new and report how many lines that makes."""
        self.take()
        self.report.write_text(json.dumps([time.perf_counter(), self.taken]))

    def take(self) -> None:
        """Take in what is new."""
        raise NotImplementedError


class OwnApp(LogApp):
    """Our log view over the line index."""

    def compose(self) -> ComposeResult:
        """The view alone."""
        from engine.runs.logs.log_index import LogIndex
        from tui.widgets.logview import LogView

        self.index = LogIndex(self.path)
        self.view = LogView(self.index)
        yield self.view

    def on_mount(self) -> None:
        """Keys go to the view."""
        super().on_mount()
        self.view.focus()

    def take(self) -> None:
        """Poll."""
        self.view.poll()
        self.taken = len(self.index)


class WidgetApp(LogApp):
    """Textual's widgets, or none: a tail of the file, and a line that says whether it follows."""

    BINDINGS = [("f", "toggle_follow", "Follow")]  # noqa: RUF012
    CSS = "Static { dock: bottom; height: 1; }"

    def __init__(self, path: Path, report: Path, kind: str) -> None:
        super().__init__(path, report)
        self.log_widget: Log | RichLog | None = None
        if kind != "bare":
            self.log_widget = Log() if kind == "log" else RichLog()
        self.follow = True
        self.state = Static("FOLLOW", markup=False)
        self.offset, self.rest = 0, b""

    def compose(self) -> ComposeResult:
        """The log and its state."""
        if self.log_widget is not None:
            yield self.log_widget
        yield self.state

    def action_toggle_follow(self) -> None:
        """Pause or follow."""
        self.follow = not self.follow
        if self.log_widget is not None:
            self.log_widget.auto_scroll = self.follow
        self.state.update("FOLLOW" if self.follow else "PAUSED", layout=False)

    def take(self) -> None:
        """Read on and write the whole lines."""
        if self.log_widget is None:
            return
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = self.rest + file.read(START_BYTES)
            self.offset = file.tell()
        *lines, self.rest = data.split(b"\n")
        self.taken += len(lines)
        texts = [line.decode("utf-8", "replace") for line in lines]
        if isinstance(self.log_widget, Log):
            self.log_widget.write_lines(texts)
        else:
            for text in texts:
                self.log_widget.write(text)


def measure(kind: str, lines_per_second: int, seconds: float) -> dict[str, float]:
    """Run one of the three against a writer; figures of the time while the writer writes."""
    with tempfile.TemporaryDirectory() as folder:
        log, report = Path(folder) / "train.log", Path(folder) / "report.json"
        log.touch()
        with Terminal([__file__, "--child", kind, "--folder", folder], COLUMNS, ROWS) as terminal:
            terminal.read(2.0)
            writer = multiprocessing.get_context("spawn").Process(
                target=write_log, args=(str(log), lines_per_second, seconds + 1)
            )
            writer.start()
            terminal.read(1.0)
            cpu, sent = terminal.cpu_seconds(), terminal.bytes_read
            waited = terminal.waited_seconds()
            begin, taken = json.loads(report.read_text())
            start = time.perf_counter()
            waits: list[float] = []
            wanted = b"PAUSED"
            while time.perf_counter() - start < seconds - 0.5:
                # off the beat of the timer, so that keys meet every phase of it
                terminal.read(0.02 + 0.007 * (len(waits) % 5))
                terminal.press(b"f")
                took = terminal.read(KEY_TIMEOUT_S, wanted)
                waits.append(KEY_TIMEOUT_S if took is None else took)
                wanted = b"FOLLOW" if wanted == b"PAUSED" else b"PAUSED"
            took_s = time.perf_counter() - start
            end, taken_now = json.loads(report.read_text())
            figures = {
                "lines_per_s": (taken_now - taken) / max(end - begin, took_s * 0.5),
                "p50_ms": 1000 * percentile(waits, 0.5),
                "p95_ms": 1000 * percentile(waits, 0.95),
                "keys": len(waits),
                "cpu": 100 * (terminal.cpu_seconds() - cpu) / took_s,
                "waited": 100 * (terminal.waited_seconds() - waited) / took_s,
                "mib": terminal.resident_mib(),
                "kb_per_s": (terminal.bytes_read - sent) / took_s / 1024,
            }
            writer.terminate()
            writer.join()
    return figures


def show(name: str, asked: int, f: dict[str, float]) -> None:
    """One line of figures."""
    print(
        f"{name:8s} asked {asked:7,} lines/s: took {f['lines_per_s']:9,.0f}  key-to-paint p50 {f['p50_ms']:6.1f} "
        f"p95 {f['p95_ms']:6.1f} ms ({f['keys']:.0f} keys)  {f['cpu']:5.1f}% CPU, {f['waited']:3.0f}% kept waiting "
        f"for a core  {f['mib']:4.0f} MiB  {f['kb_per_s']:6.1f} KB/s"
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--child", choices=["own", "log", "richlog", "bare"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=int, default=110_000, help="lines/s to write; judged at this rate")
    wish = parser.parse_args()
    if wish.child:
        log, report = wish.folder / "train.log", wish.folder / "report.json"
        app = OwnApp(log, report) if wish.child == "own" else WidgetApp(log, report, wish.child)
        app.run()
        return 0
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(
        f"{COLUMNS}x{ROWS}, polled at {POLL_HERTZ} Hz, {wish.seconds:g} s each; load a core before: {load:.1f}"
    )
    bare = measure("bare", 1_000, wish.seconds)
    print(
        f"bare     key-to-paint p50 {bare['p50_ms']:6.1f} p95 {bare['p95_ms']:6.1f} ms ({bare['keys']:.0f} keys)"
    )
    own = measure("own", wish.rate, wish.seconds)
    show("LogView", wish.rate, own)
    for rate in (2 * wish.rate, 1_000):
        show("LogView", rate, measure("own", rate, wish.seconds))
    ratios = []
    for kind, name in (("log", "Log"), ("richlog", "RichLog")):
        for rate in (wish.rate, 1_000):
            other = measure(kind, rate, wish.seconds)
            show(name, rate, other)
            if rate == wish.rate:
                ratios.append(f"{name}: p95 {other['p95_ms'] / own['p95_ms']:.1f} x ours")
    print("beside it " + ";  ".join(ratios))
    print(f"beside a bare app: p95 {own['p95_ms'] / bare['p95_ms']:.2f} x")
    met = own["lines_per_s"] >= TARGET_LINES and own["p95_ms"] <= TARGET_P95_MS
    print(f"target {TARGET_LINES:,} lines/s at p95 {TARGET_P95_MS:g} ms: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
