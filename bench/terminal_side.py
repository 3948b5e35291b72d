"""What the terminal side costs, in one table: `make bench-tui`.

    python bench/terminal_side.py [--rounds 5] [--rows FILE]         about 3 minutes

Every program runs on a real pseudo-terminal in true colour and a fresh process. The rows say what was done:

- first frame and attach: from exec on; processor time, median of the rounds, in turn with a minimal Textual app
- attach: a run of 2,000 (and once 50,000) logged steps with nine curves; key 5 as soon as the first frame is drawn,
  until a curve is drawn; memory of the process and its children then
- beside `wandb leet`: the same run logged by wandb without network, in turn with ours; --peer names the Python of a
  virtual environment that has wandb (`make bench-tui` makes one)
- idle: ten seconds after the screen has come to rest; processor time and bytes
- keys: from the key to the last byte that follows it within 0.3 s on this machine, plus what its bytes take over a line
  of 20 KB/s (computed). The run list holds 50 runs
- the log: 1 GB of lines of 100 bytes in a file of its own, removed afterwards; from the start of the view to its last
  line, to the count of all lines, and from enter to the oldest line that passes the filter; memory of the program
- a line for each of charts.py and logview.py, which have targets of their own
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import rows
from first_frame import DASHBOARD, MINIMAL, cpu_seconds, first_frame
from pseudo_terminal import Terminal, percentile
from rows import INFO, MET, MISSED, Row, at_most

from engine import workspace
from engine.runs import registry
from engine.runs.events import EventWriter
from engine.workspace import Workspace

HERE = Path(__file__).resolve().parent
CURVES = "loss/g/total loss/g/mel loss/g/kl loss/g/duration loss/g/adversarial loss/g/features"
CURVES += " loss/d/total grad_norm/g learning_rate"
LINK_BYTES_A_SECOND = 20_000
BRAILLE = b"\xe2\xa0"  # the first two bytes of a quarter of the signs that curves are drawn with
LOG_BYTES, LINE = 1_000_000_000, 100
LOG_VIEW = """
import sys
from pathlib import Path
from textual.app import App
from engine.runs.logs.log_index import LogIndex
from tui.widgets.logview import LogView
import asyncio
class Big(App):
    BINDINGS = [("q", "quit", "Quit")]
    def compose(self):
        index = LogIndex(sys.argv[1], from_end=True)
        index.poll()
        self.view = LogView(index)
        yield self.view
    def on_mount(self):
        self.view.focus()
        self.run_worker(self.count())
    async def count(self):
        index = LogIndex(sys.argv[1])
        await asyncio.to_thread(index.poll)
        self.view.extend_source(index)
Big().run()
"""


PEER = """
import math, sys, wandb
steps, folder, curves = int(sys.argv[1]), sys.argv[2], sys.argv[3].split()
quiet = wandb.Settings(x_disable_stats=True, console="off")
run = wandb.init(mode="offline", project="bench", dir=folder, settings=quiet)
for step in range(1, steps + 1):
    run.log({title: 20 + 9 * math.cos(step / 90 + len(title)) for title in curves}, step=step)
run.finish()
"""


def make_run(place: Workspace, name: str, steps: int) -> None:
    """An ended run with nine curves."""
    folder = place.logs_dir / name
    config = (place.configs_dir / "small_cpu.json").read_text(encoding="utf-8")
    registry.prepare(folder, kind="train", argv=["train"], config_json=config)
    with EventWriter(folder / "events.jsonl") as events:
        for step in range(1, steps + 1):
            events.metric(
                step, 0, {title: 20 + 9 * math.cos(step / 90 + len(title)) for title in CURVES.split()}
            )
    (folder / "train.log").write_text("one\n", encoding="utf-8")
    registry.StateFile(folder).update(state="stopped", reason="", step=steps, epoch=0, total_steps=steps)


def dashboard(place: Workspace, columns: int = 80, lines: int = 24) -> Terminal:
    """A dashboard, not yet drawn."""
    return Terminal(["-c", DASHBOARD, str(place.root)], columns, lines)


def wait(terminal: Terminal, until: bytes, seconds: float = 60.0) -> float:
    """Seconds until the output holds these bytes; ends the bench where it never does."""
    took = terminal.read(seconds, until)
    if took is None:
        sys.exit(f"the program has not written {until!r} within {seconds:.0f} s")
    return took


def first_frames(place: Workspace, rounds: int) -> Row:
    """Processor time of the first frame beside a minimal app's."""
    pairs = []
    for _ in range(rounds):
        least = first_frame(["-c", MINIMAL], b"minimal-frame")
        pairs.append(first_frame(["-c", DASHBOARD, str(place.root)], b"quit").cpu / least.cpu)
    return at_most("first frame, CPU over a minimal Textual app's", statistics.median(pairs), 1.16)


def attach(place: Workspace, steps: int, rounds: int, peer: Path | None, limit: float) -> list[Row]:
    """Time and memory until the first curve of a run; the time beside `wandb leet`."""
    walls, cpus, memory, others = [], [], [], []
    theirs = None if peer is None else peer_run(peer, place.root, steps)
    for _ in range(rounds):
        with dashboard(place) as terminal:
            begin = time.perf_counter()
            wait(terminal, b"quit")
            terminal.press(b"5")
            wait(terminal, BRAILLE)
            walls.append(time.perf_counter() - begin)
            cpus.append(cpu_seconds(terminal))
            memory.append(memory_mib(terminal))
        if peer is not None and theirs is not None:
            others.append(attach_peer(peer, theirs))
    name = f"attach to {steps:,} steps x 9 curves"
    figure = f"{statistics.median(walls):.2f} s, {statistics.median(cpus):.2f} s of CPU"
    found = [
        Row(f"{name}, until a curve", "", figure, INFO),
        at_most(f"{name}, memory of all processes", statistics.median(memory), 50, "{:.0f} MiB"),
    ]
    if not others:
        return [*found, Row(f"{name}, over wandb leet's time", f"<= {limit:.2f} x", "", "n/a: no --peer")]
    ratio = statistics.median(ours / wall for ours, (wall, _) in zip(walls, others, strict=True))
    wall, mib = statistics.median(each[0] for each in others), statistics.median(each[1] for each in others)
    return [
        *found,
        at_most(f"{name}, over wandb leet's time", ratio, limit),
        Row(f"{name}, wandb leet", "", f"{wall:.2f} s, {mib:.0f} MiB", INFO),
    ]


def memory_mib(terminal: Terminal) -> float:
    """What the program and its children hold."""
    family = [terminal.process, *terminal.process.children(recursive=True)]
    return sum(float(each.memory_info().rss) for each in family) / 2**20


def peer_run(peer: Path, folder: Path, steps: int) -> Path:
    """The run of `make_run`, logged by wandb without network."""
    words = [str(peer), "-c", PEER, str(steps), str(folder), CURVES]
    subprocess.run(words, check=True, capture_output=True)
    return next((folder / "wandb").glob("offline-run-*"))


def attach_peer(peer: Path, run: Path) -> tuple[float, float]:
    """Seconds until `wandb leet` has drawn a curve, and its memory."""
    with Terminal(["-m", "wandb", "leet", "run", str(run)], 80, 24, python=str(peer)) as terminal:
        return wait(terminal, BRAILLE), memory_mib(terminal)


def idle(place: Workspace, key: bytes, name: str, cpu: float, sent: float) -> list[Row]:
    """Processor time and bytes of a pane that nobody touches."""
    with dashboard(place) as terminal:
        wait(terminal, b"quit")
        terminal.press(key)
        terminal.read(6.0)
        before, written, begin = cpu_seconds(terminal), terminal.bytes_read, time.perf_counter()
        terminal.read(10.0)
        seconds = time.perf_counter() - begin
        used = 100 * (cpu_seconds(terminal) - before) / seconds
        wrote = (terminal.bytes_read - written) / seconds
    return [
        at_most(f"idle, {name}: CPU", used, cpu, "{:.1f}%"),
        at_most(f"idle, {name}: bytes", wrote, sent, "{:.0f} B/s"),
    ]


def pressed(terminal: Terminal, key: bytes) -> tuple[float, int]:
    """Milliseconds from a key to the last byte that follows it, and how many bytes."""
    written, begin = terminal.bytes_read, time.perf_counter()
    last, seen = begin, written
    terminal.press(key)
    while time.perf_counter() - last < 0.3:
        terminal.read_some(0.3)
        if terminal.bytes_read > seen:
            last, seen = time.perf_counter(), terminal.bytes_read
    return 1000 * (last - begin), seen - written


def keys(place: Workspace) -> list[Row]:
    """Keys in the list of 50 runs, and pane switches."""
    with dashboard(place) as terminal:
        wait(terminal, b"quit")
        terminal.read(4.0)
        found = [pressed(terminal, key) for key in [b"\x1b[B", b"\x1b[B", b"\x1b[A"] * 10]
        small = [
            milliseconds + 1000 * size / LINK_BYTES_A_SECOND for milliseconds, size in found if size <= 800
        ]
        memory = terminal.resident_mib()
        for key in b"23456":  # panes are made when they are first shown
            pressed(terminal, bytes([key]))
        switches = [pressed(terminal, bytes([key]))[1] / 1024 for key in b"1234561"]
    local = percentile([milliseconds for milliseconds, _ in found], 0.95)
    name = f"{len(small)} of {len(found)} keys change at most 800 bytes; p95 with 20 KB/s"
    return [
        at_most("50 runs in the list: key to its last byte, p95", local, 40, "{:.0f} ms"),
        at_most("50 runs in the list: memory", memory, 120, "{:.0f} MiB"),
        at_most(name, percentile(small, 0.95), 40, "{:.0f} ms") if small else Row(name, "", "none", MISSED),
        at_most("pane switch at 80 x 24, the largest", max(switches), 12, "{:.1f} KB"),
    ]


def write_log(path: Path) -> None:
    """Lines of 100 bytes, an error in every 5,000th."""
    lines = []
    for number in range(100_000):
        level = b"INFO" if number % 5_000 else b"ERROR"
        line = b"2026-01-01 12:00:00 %s step %d loss/g/mel 23.4 loss/g/kl 1.9 " % (level, number)
        lines.append(line.ljust(LINE - 1, b"x") + b"\n")
    block = b"".join(lines)
    with path.open("wb") as file:
        for _ in range(LOG_BYTES // len(block)):
            file.write(block)


def big_log(folder: Path) -> list[Row]:
    """A log of 1 GB in the log view: opened, counted, filtered."""
    path = folder / "train.log"
    write_log(path)
    count = f"of {LOG_BYTES // LINE:,}".encode()
    errors = f"of {LOG_BYTES // LINE // 5_000:,}".encode()
    with Terminal(["-c", LOG_VIEW, str(path)], 120, 40) as terminal:
        opened = wait(terminal, b"FOLLOW")
        counted = opened + wait(terminal, count)
        terminal.press(b"&ERROR")
        terminal.read(0.5)
        terminal.press(b"\r")
        filtered = wait(terminal, errors)
        memory = terminal.resident_mib()
    path.unlink()
    return [
        at_most("a log of 1 GB: opened, with the start of Python", opened, 1, "{:.2f} s"),
        Row("a log of 1 GB: all lines counted", "", f"{counted:.2f} s"),
        at_most("a log of 1 GB: filtered by a word", filtered, 3, "{:.2f} s"),
        at_most("a log of 1 GB: memory", memory, 80, "{:.0f} MiB"),
    ]


def script(name: str, *words: str) -> Row:
    """The last line of another bench, and whether it ended well."""
    done = subprocess.run(
        [sys.executable, str(HERE / name), *words], capture_output=True, text=True, check=False
    )
    lines = (done.stdout or done.stderr).strip().splitlines()
    return Row(name, "its own", lines[-1] if lines else "", MISSED if done.returncode else MET)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", type=Path, help="Python of a virtual environment with wandb")
    rows.add_flag(parser)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        empty = workspace.init(Path(folder) / "empty")
        place = workspace.init(Path(folder) / "short")
        make_run(place, "run", 2_000)
        longer = workspace.init(Path(folder) / "long")
        make_run(longer, "run", 50_000)
        many = workspace.init(Path(folder) / "many")
        for number in range(50):
            make_run(many, f"run-{number}", 20)
        table = [first_frames(empty, wish.rounds)]
        table += attach(place, 2_000, wish.rounds, wish.peer, 0.7)
        table += attach(longer, 50_000, wish.rounds, wish.peer, 0.8)
        table += idle(empty, b"3", "no meters", 1, 50)
        table += idle(place, b"1", "meters of the overview", 3, 300)
        table += keys(many)
        table += big_log(Path(folder))
    table += [script("charts.py"), script("logview.py")]
    load = psutil.getloadavg()[0] / (psutil.cpu_count() or 1)
    print(f"load a core at the end: {load:.1f}")
    rows.report(table, wish.rows)


if __name__ == "__main__":
    main()
