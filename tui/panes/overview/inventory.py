"""What a workspace holds, counted cheaply: folders and files that have not changed are not read again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine import config
from engine.audio.recordings import SUFFIXES
from engine.errors import InputError
from engine.i18n import _
from tui.app.readers import sources
from tui.app.readers.messages import Newest

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from engine.workspace import Workspace

_BLOCK = 1 << 20
_DEEPEST = 8  # folders below a corpus; a link that leads back up must not count for ever


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the workspace: `count` clips or lines, or a `note` in words; `fault` when it cannot be used."""

    name: str
    path: Path
    count: int | None = None
    note: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """All of it, each group in the order of names."""

    corpora: tuple[Item, ...] = ()
    filelists: tuple[Item, ...] = ()
    configs: tuple[Item, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.corpora or self.filelists or self.configs)


@dataclass
class Scanner:
    """Counts a workspace again and again; remembers by modification time what it counted."""

    workspace: Workspace
    _folders: dict[Path, tuple[int, int, tuple[Path, ...]]] = field(default_factory=dict)
    _files: dict[Path, tuple[tuple[int, int], Item]] = field(default_factory=dict)

    def scan(self) -> Inventory:
        """The inventory now; what cannot be read is listed with its fault."""
        return Inventory(
            corpora=tuple(self._corpora()),
            filelists=tuple(self._known(path, self._filelist) for path in self.workspace.filelists()),
            configs=tuple(self._known(path, self._config) for path in self.workspace.configs()),
        )

    def _corpora(self) -> list[Item]:
        """Each folder with clips below the audio folder; the audio folder itself when the clips lie there."""
        top = self.workspace.audio_dir
        direct, folders = self._look(top)
        items = [Item(f"{top.name}/", top, direct)] if direct else []
        for folder in sorted(folders):
            if count := self._clips(folder):
                items.append(Item(f"{top.name}/{folder.name}/", folder, count))
        return items

    def _clips(self, folder: Path, depth: int = 0) -> int:
        count, folders = self._look(folder)
        if depth < _DEEPEST:
            count += sum(self._clips(below, depth + 1) for below in folders)
        return count

    def _look(self, folder: Path) -> tuple[int, tuple[Path, ...]]:
        """Clips directly in a folder and the folders in it; read again only when an entry came or went."""
        try:
            stamp = folder.stat().st_mtime_ns
            known = self._folders.get(folder)
            if known is None or known[0] != stamp:
                known = self._folders[folder] = (stamp, *_list(folder))
        except OSError:
            return 0, ()
        return known[1], known[2]

    def _known(self, path: Path, read: Callable[[Path], Item]) -> Item:
        try:
            about = path.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            known = self._files.get(path)
            if known is None or known[0] != stamp:
                known = self._files[path] = (stamp, read(path))
        except OSError as error:
            fault = _("cannot be read ({reason})").format(reason=error.strerror)
            return Item(self._name(path), path, fault=fault)
        return known[1]

    def _filelist(self, path: Path) -> Item:
        return Item(self._name(path), path, count_lines(path))

    def _config(self, path: Path) -> Item:
        try:
            voice = config.load(path)
        except InputError as error:
            text = _("{fault} (line {line})") if error.line else "{fault}"
            return Item(self._name(path), path, fault=text.format(fault=error.what, line=error.line))
        text = _("{decoder}, {rate} Hz, batch {batch}, {speakers} speakers")
        if voice.data.n_speakers <= 1:
            text = _("{decoder}, {rate} Hz, batch {batch}")
        batch, speakers = voice.train.batch_size, voice.data.n_speakers
        note = text.format(
            decoder=voice.model.decoder, rate=voice.data.sampling_rate, batch=batch, speakers=speakers
        )
        return Item(self._name(path), path, note=note)

    def _name(self, path: Path) -> str:
        root = self.workspace.root
        return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def count_lines(path: Path) -> int:
    """Lines of a text file; a last one without its newline counts."""
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")


def _list(folder: Path) -> tuple[int, tuple[Path, ...]]:
    count, folders = 0, []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(Path(entry.path))
            elif entry.name.lower().endswith(SUFFIXES):
                count += 1
    return count, tuple(sorted(folders))


@dataclass(eq=False)
class WorkspaceScanned(Newest):
    """Corpora, filelists and configs were counted."""

    inventory: Inventory


def reader(workspace: Workspace, target: MessagePump) -> sources.Poller:
    """Posts WorkspaceScanned whenever a corpus, a filelist or a config has changed."""
    scan = Scanner(workspace).scan
    return sources.Poller("workspace", sources.SCAN_SECONDS, scan, target, WorkspaceScanned).start()
