"""How busy the machine is: a row each for the processor, the memory and every GPU, with its last minutes.

Processor   12 %                                            ⣀⣀⣀⣤⣶⣀
Memory      43 %   13.4 GB of 31.2 GB                       ⣤⣤⣤⣤⣤⣤
GPU 0       87 %   61.2 GB of 80.0 GB   61 °C   350 W       ⣀⣶⣿⣿⣿⣿
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from engine.i18n import _
from tui.app import words
from tui.panes.training import run_facts
from tui.widgets.charts.canvas import Canvas
from tui.widgets.charts.glyphs import current
from tui.widgets.rows import Row, RowWidget

if TYPE_CHECKING:
    from engine.runs.gpus import GpuSnapshot
    from tui.app.readers.messages import MachineMeasured

LEAST_WIDTH, LEAST_HEIGHT = 100, 32  # of the screen: below that the rows belong to runs and data
_MOST_ROWS = 10  # eight GPUs
_KEPT = 120  # values: four minutes
_LINE_CELLS = 60
_FIGURE_CELLS = 47


class Meters(RowWidget):
    """Rows at the foot of a pane; without a measurement, or on a low screen, it takes no room."""

    DEFAULT_CSS = f"Meters {{ height: 0; {run_facts.STYLES} }}"

    def __init__(self) -> None:
        super().__init__(id="meters")
        self.gpus: tuple[GpuSnapshot, ...] = ()
        self._now: MachineMeasured | None = None
        self._past: dict[str, deque[float | None]] = {}

    def measure(self, now: MachineMeasured) -> None:
        """Take a measurement in, with what the driver said last about the GPUs."""
        self._now = now
        loads: dict[str, float | None] = {
            "cpu": now.cpu_percent,
            "memory": _share(now.used_bytes, now.total_bytes),
        }
        loads |= {f"gpu{gpu.index}": gpu.utilization_percent for gpu in self.gpus}
        for name, load in loads.items():
            self._past.setdefault(name, deque(maxlen=_KEPT)).append(load)
        self.take_room()
        self.repaint()

    def take_room(self) -> None:
        """Take the rows that the screen has room for."""
        screen = self.app.size
        is_roomy = screen.width >= LEAST_WIDTH and screen.height >= LEAST_HEIGHT
        wanted = min(_MOST_ROWS, 2 + len(self.gpus)) if is_roomy and self._now is not None else 0
        if self.styles.height is None or self.styles.height.value != wanted:
            self.styles.height = wanted

    def draw(self, width: int, height: int) -> list[Row]:
        now = self._now
        if now is None:
            return []
        memory = _amount(now.used_bytes, now.total_bytes)
        share = _share(now.used_bytes, now.total_bytes)
        rows = [
            self._row(_("Processor"), "cpu", now.cpu_percent, "", width),
            self._row(_("Memory"), "memory", share, memory, width),
            *(
                self._row(
                    f"GPU {gpu.index}", f"gpu{gpu.index}", gpu.utilization_percent, _figures(gpu), width
                )
                for gpu in self.gpus
            ),
        ]
        return rows[:height]

    def _row(self, label: str, name: str, load: float | None, figures: str, width: int) -> Row:
        known = words.UNKNOWN if load is None else f"{load:.0f}"
        text = f"{known:>3} %   {figures}"
        line = _line(list(self._past.get(name, ())), min(_LINE_CELLS, width - _FIGURE_CELLS - 13))
        return ((f" {label:<10}", "run--head"), (f"{text:<{_FIGURE_CELLS}} ", ""), (line, "run--bar"))


def _figures(gpu: GpuSnapshot) -> str:
    """Memory, temperature and power; a dash for what the device does not report."""
    memory = _amount(gpu.used_bytes, gpu.total_bytes)
    heat = words.UNKNOWN if gpu.temperature_c is None else str(gpu.temperature_c)
    power = words.UNKNOWN if gpu.power_w is None else str(gpu.power_w)
    return f"{memory:<19}  {heat:>3} °C  {power:>4} W"


def _amount(used: int | None, total: int | None) -> str:
    if used is None or total is None:
        return words.UNKNOWN
    return _("{used} of {total}").format(used=words.size(used), total=words.size(total))


def _share(used: int, total: int) -> float:
    return 100 * used / total if total else 0.0


def _line(values: list[float | None], cells: int) -> str:
    """The newest values at the right, from 0 to 100 %; a value that is not known leaves its column empty."""
    if cells < 1:
        return ""
    canvas = Canvas(cells, 1, current())
    shown = values[-canvas.dot_columns :]
    bottom = canvas.dot_rows - 1
    for x, value in enumerate(shown, canvas.dot_columns - len(shown)):
        if value is not None:
            canvas.vertical(x, bottom - min(bottom, int(value / 100 * canvas.dot_rows)), bottom)
    return canvas.rows()[0]
