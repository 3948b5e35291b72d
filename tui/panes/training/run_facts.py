"""Rows that say how a run is: its state, how far it has come, what it measures, what it uses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.i18n import _
from engine.runs.best import FIGURES
from engine.runs.registry import FOREIGN
from tui.app import safe_text, words
from tui.panes.training import chart_titles
from tui.widgets import flow
from tui.widgets.charts import glyphs
from tui.widgets.rows import Row, Span

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot
    from engine.runs.registry import RunSnapshot
    from tui.app.readers.messages import Alert, RunFiles

STYLES = """
    background: $background; color: $foreground;
    & > .run--strong { text-style: bold; }
    & > .run--head { color: $primary; text-style: bold; }
    & > .run--muted { color: $foreground-muted; }
    & > .run--good { color: $text-success; text-style: bold; }
    & > .run--watch { color: $text-warning; text-style: bold; }
    & > .run--bad { color: $text-error; text-style: bold; }
    & > .run--bar { color: $text-primary; }
    & > .run--marked { text-style: reverse; }
"""  # for the DEFAULT_CSS of widgets whose rows speak of runs
_MOST_REASON_ROWS = 3


def state_style(run: RunSnapshot) -> str:
    """Component class of a state: good, bad, or watch."""
    if run.state in ("failed", "stalled") or words.is_quiet(run):
        return "run--bad"
    is_well = run.state == "finished" or (run.state == "running" and not run.reason)  # a reason: it waits
    return "run--good" if is_well else "run--watch"


def moves(run: RunSnapshot) -> bool:
    """Whether its rate holds: one that stalls, waits or is being started has none, and no time left either."""
    return run.state in ("running", "stopping") and not words.is_quiet(run)


def progress_text(run: RunSnapshot) -> str:
    """`step 1,234 of 10,000 · 4.2 steps/s · 2 h 05 min left`, with what is known.

    A run of the demo says when its voice speaks words, since nobody waits for its last step.
    """
    parts = []
    if run.step is not None:
        text = _("step {step:,} of {total:,}") if run.total_steps else _("step {step:,}")
        parts.append(text.format(step=run.step, total=run.total_steps))
    if moves(run) and run.rate:
        parts.append(words.rate(run.rate))
    if moves(run) and run.words_step is not None:
        parts.append(_words_text(run, run.words_step))
    elif moves(run) and run.eta_s is not None:
        parts.append(_("{duration} left").format(duration=words.duration(run.eta_s)))
    return " · ".join(parts) or ("" if run.kind == FOREIGN else _("no step yet"))


def _words_text(run: RunSnapshot, words_step: int) -> str:
    left = words_step - (run.step or 0)
    if left <= 0:
        return _("speaks words")
    if not run.rate:
        return _("speaks words from about step {step:,}").format(step=words_step)
    minutes = math.ceil(left / run.rate / 60)
    if minutes > 10:  # the rate varies by some per cent: to the next five minutes
        minutes = 5 * math.ceil(minutes / 5)
    return _("speaks words in about {n} min").format(n=minutes)


def head_rows(
    run: RunSnapshot, figures: Mapping[str, float], gpus: tuple[GpuSnapshot, ...], width: int
) -> list[Row]:
    """State, name and age of a run; its progress; newest figures and memory, where there are any."""
    epoch = _("  epoch {epoch:,}").format(epoch=run.epoch) if run.epoch is not None else ""
    since = _("started {time}").format(time=words.clock(run.created))
    when = since if run.is_live else words.ago(run.updated)
    state, name = (f" {words.state(run)}  ", state_style(run)), (safe_text.clean(run.name), "run--strong")
    rows: list[Row] = [(state, name, (epoch, ""), (f"  {when}", "run--muted")), progress_row(run, width)]
    memory = memory_text(run, gpus)
    return [*rows, figures_row(figures, memory, width)] if figures or memory else rows


def trouble_rows(run: RunSnapshot, width: int, style: str) -> list[Row]:
    """What a person should look into: why a run failed, stalls, pauses or is started again, or its silence."""
    text = safe_text.clean(run.reason) if run.is_live or run.state == "failed" else ""
    if words.is_quiet(run):
        text = _("no sign of life for {duration}").format(duration=words.duration(words.silence(run)))
    return sentence_rows(text, width, style)


def sentence_rows(text: str, width: int, style: str) -> list[Row]:
    """A sentence in up to three rows, none for "": its end says what happens next."""
    lines = flow.wrapped(text, max(8, width - 2), _MOST_REASON_ROWS) if text else []
    return [((f" {line}", style),) for line in lines]


def reason_text(run: RunSnapshot) -> str:
    """Why an ended run ended, unless that only says again at which step."""
    return "" if run.is_live or run.reason.startswith("step ") else safe_text.clean(run.reason)


def labels_text(run: RunSnapshot) -> str:
    """`#final #de  the one with fewer clips`: tags and note, "" where there are none."""
    return safe_text.clean("  ".join(filter(None, (" ".join(f"#{tag}" for tag in run.tags), run.note))))


def checkpoint_text(files: RunFiles) -> str:
    """The newest checkpoint with its age, and the best one with its figure; begins with a space."""
    if not files.checkpoints:
        return _(" no checkpoint yet")
    newest = files.checkpoints[0]
    text, ago = _(" checkpoint at step {step:,}, {ago}"), words.ago(newest.time)
    best = next((one for one in files.checkpoints if one.best and one.present), None)
    if best is None:
        return text.format(step=newest.step, ago=ago)
    text = _(" checkpoint at step {step:,}, {ago}; best at step {best:,}: {figure} {value}")
    figure = FIGURES.get(best.tag) or safe_text.clean(best.tag)
    value = words.value(best.value)
    return text.format(step=newest.step, ago=ago, best=best.step, figure=figure, value=value)


def newest_warning(alerts: Sequence[Alert]) -> Alert | None:
    """Of alerts, newest first, the one to show. A stall is a state of the run: the head shows it while it lasts."""
    warnings = (alert for alert in alerts if alert.level != "info")
    return next((alert for alert in warnings if not alert.text.startswith("stalled:")), None)


def memory_text(run: RunSnapshot, gpus: tuple[GpuSnapshot, ...]) -> str:
    """`cuda:0 9.1 of 141 GB, 87% busy` of a live run; on a CPU its name and the memory in use."""
    if run.device is None or not run.is_live:
        return ""
    text = safe_text.clean(run.device)
    if run.device_bytes:
        text += f" {words.size(run.device_bytes)}"
    gpu = _gpu_of(run, run.device, gpus)
    if gpu is not None and gpu.total_bytes:
        text = _("{used} of {total}").format(used=text, total=words.size(gpu.total_bytes))
    if gpu is not None and gpu.utilization_percent is not None:
        text = _("{memory}, {percent}% busy").format(memory=text, percent=gpu.utilization_percent)
    return text


def _gpu_of(run: RunSnapshot, device: str, gpus: tuple[GpuSnapshot, ...]) -> GpuSnapshot | None:
    """The GPU that the run's process uses, else the one that its device names."""
    if not device.startswith("cuda"):
        return None
    pid = run.process.pid if run.process is not None else None
    its = [gpu for gpu in gpus if any(process.pid == pid for process in gpu.processes)]
    number = device.partition(":")[2] or "0"
    return next(iter([*its, *(gpu for gpu in gpus if str(gpu.index) == number)]), None)


def figures_row(values: Mapping[str, float], memory: str, width: int) -> Row:
    """`mel 23.41  G 45.20  cuda:0 9.1 GB`: names muted, figures plain; one that is no number stands out.

    Where they do not all fit, the last figures give way to the memory.
    """
    shown = [tag for tag in chart_titles.AT_A_GLANCE if tag in values]
    while True:
        spans: list[Span] = [(" ", "")]
        for tag in shown:
            broken = not math.isfinite(values[tag])
            spans.append((f"{chart_titles.SHORT.get(tag, tag)} ", "run--muted"))
            spans.append((f"{words.value(values[tag])}  ", "run--bad" if broken else ""))
        spans.append((memory, ""))
        if not shown or sum(safe_text.width(text) for text, _unused in spans) <= width:
            return tuple(spans)
        shown.pop()


def progress_row(run: RunSnapshot, width: int) -> Row:
    """A bar, a percentage and the figures of progress in one row."""
    text = progress_text(run)
    cells = min(40, width - safe_text.width(text) - 10)
    if not run.total_steps or run.step is None or cells < 6:
        return ((" ", ""), (text, ""))
    done = min(1.0, max(0.0, run.step / run.total_steps))
    signs, full = glyphs.current(), math.floor(done * cells + 1e-9)
    bar = (signs.full * full, "run--bar"), (signs.empty * (cells - full), "run--muted")
    return ((" ", ""), *bar, (f" {math.floor(done * 100):3d}%  ", ""), (text, ""))
