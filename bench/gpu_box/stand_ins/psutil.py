"""psutil for Linux, from /proc: start and state of a process, its memory, the system's."""

import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

STATUS_ZOMBIE, STATUS_DEAD = "Z", "X"


class Error(Exception):
    """Any of psutil's errors."""


class NoSuchProcess(Error):  # noqa: N818 - psutil's name
    """There is no such process."""


class Process:
    """One process by its number."""

    def __init__(self, pid=None):
        self.pid = os.getpid() if pid is None else pid
        self._stat()

    @contextmanager
    def oneshot(self):
        yield

    def create_time(self):
        """When it started, in seconds since 1970."""
        return boot_time() + int(self._stat()[19]) / os.sysconf("SC_CLK_TCK")

    def status(self):
        """One letter, as in /proc."""
        return self._stat()[0]

    def memory_info(self):
        """Bytes: `rss` is resident, `vms` is virtual."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()
        size = os.sysconf("SC_PAGE_SIZE")
        return SimpleNamespace(vms=int(pages[0]) * size, rss=int(pages[1]) * size)

    def _stat(self):
        try:
            text = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            raise NoSuchProcess(self.pid) from None
        return text.rpartition(")")[2].split()


def boot_time():
    """When the system started, in seconds since 1970."""
    lines = Path("/proc/stat").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("btime")))


def virtual_memory():
    """Bytes of the system: `total` and `available`."""
    rows = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    kilobytes = {row[0]: int(row[1]) for row in rows}
    return SimpleNamespace(total=1024 * kilobytes["MemTotal:"], available=1024 * kilobytes["MemAvailable:"])
