"""What is open in the dataset pane: the clips, what is known of them, and where they are saved. No screen in here.

Everything that takes longer than a frame is a function to be called beside the screen's thread.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import presets
from engine.dataset.clips.cache import StatsCache
from engine.dataset.clips.clip_stats import MISSING
from engine.dataset.clips.issues import Requirements
from engine.dataset.lists import corrections, open_dataset, save_lists
from engine.dataset.lists.filelist import unlistable
from engine.dataset.session import LISTED, Board
from engine.dataset.split import SplitSettings, parse_ratios
from engine.errors import InputError
from engine.workspace import Workspace
from tui.panes.dataset.view import Known

_PRESET = "small_cpu"  # all judge alike; this one stands for them


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was opened.

    Attributes:
        sources: what a person named; saved lists once there are some.
        opened: the board as the disk has it, which unsaved changes are counted from.
        folder: where its lists are saved.
        config: whose limits judge it; None: those of the workspace.
        fault: why no config judges it, where one would.
    """

    sources: tuple[Path, ...]
    opened: Board
    folder: Path
    config: Path | None
    limits: Requirements
    fault: str = ""

    @property
    def has_lists(self) -> bool:
        """Whether it was read from lists of a split."""
        return any(home is not None for home in self.opened.homes) or bool(self.opened.written)


def open_corpus(sources: Sequence[Path], workspace: Workspace) -> Corpus:
    """Read what a person named: a folder of audio, a manifest, or lists.

    Raises:
        InputError: as `workshop.open_source`; ratios in the workspace's settings that do not add to 100.
    """
    settings = workspace.settings
    wanted = SplitSettings(parse_ratios(settings.ratios), settings.seed)
    audio = workspace.audio_dir if workspace.audio_dir.is_dir() else None
    code = workspace.language.code
    board = open_dataset.open_source(
        list(sources), workspace.root, audio_dir=audio, settings=wanted, language=code
    )
    in_lists = [file.path for file, home in zip(board.files, board.homes, strict=True) if home is not None]
    folder = in_lists[0].absolute().parent if in_lists else workspace.filelists_dir
    has_speakers = any(clip.speaker for clip in board.clips)
    config = config_of(workspace, in_lists, has_speakers=has_speakers)
    try:
        return Corpus(tuple(sources), board, folder, config, limits_of(config, board, workspace))
    except InputError as error:
        limits = limits_of(None, board, workspace)
        return Corpus(tuple(sources), board, folder, None, limits, fault=str(error))


def config_of(workspace: Workspace, lists: Sequence[Path], *, has_speakers: bool) -> Path | None:
    """The config that trains on one of these lists, cleaned or not: one of the person's own, else a preset.

    One of the person's own must know speakers if the lists name any; a preset learns them.
    """
    wanted = {path.absolute().with_name(path.name.removesuffix(".cleaned")) for path in lists}
    found = []
    for path in workspace.configs():
        with contextlib.suppress(InputError):
            data = presets.complete(workspace, path).data
            is_preset = presets.is_preset(workspace, path)
            named = [workspace.root / name for name in (data.training_files, data.validation_files)]
            if (is_preset or has_speakers == (data.n_speakers > 0)) and wanted.intersection(
                each.with_name(each.name.removesuffix(".cleaned")) for each in named
            ):
                found.append((is_preset, path.stem != _PRESET, path))
    return min(found)[-1] if found else None


def limits_of(config: Path | None, board: Board, workspace: Workspace) -> Requirements:
    """What judges the clips.

    Raises:
        InputError: the config cannot be read, or a list was cleaned otherwise than it says.
    """
    cleaned = open_dataset.is_cleaned(board)
    if config is None:
        return Requirements(rate=workspace.settings.rate, cleaned=cleaned)
    settings = presets.complete(workspace, config)
    open_dataset.check_cleaned(board, settings)
    return dataclasses.replace(Requirements.of(settings), cleaned=cleaned)


def look(root: Path, board: Board, limits: Requirements, spoken: Sequence[str | None] = ()) -> Known:
    """Figures and verdicts of all clips, as they are known now; a second for 10,000.

    Args:
        spoken: what the model would read of each clip, as in `judge.judge`.
    """
    found = StatsCache(root).find([clip.path for clip in board.clips])
    verdicts = open_dataset.judge(board, found, limits, root, model_texts=spoken)
    # what no list can name is never measured: nobody should wait for it
    figures = [
        heard if clip.path and (heard is not None or not unlistable(clip.path)) else MISSING
        for clip, heard in zip(board.clips, found, strict=True)
    ]
    has_texts = any(clip.text for clip in board.clips)
    if not has_texts:  # said once, by the pane: it is no fault of a clip that nobody has written texts yet
        verdicts = [tuple(verdict for verdict in each if verdict.kind != "empty") for each in verdicts]
    return Known(figures, verdicts, open_dataset.characters_per_second(board, figures), has_texts)


def lists_in(folder: Path, board: Board) -> list[Path]:
    """The lists that saving would write over."""
    return [folder / board.names[place] for place in LISTED if (folder / board.names[place]).is_file()]


def correct(opened: Board, board: Board) -> str:
    """Bring edited texts into the transcription's manifest that they come from; what changed, in words.

    Raises:
        InputError: as `corrections.correct`.
    """
    changed = corrections.correct(opened, board)
    return ", ".join(
        f"{path.name}: {count:,} text{'s' * (count != 1)} corrected"
        for path, count in changed.items()
        if count
    )


def save(board: Board, folder: Path, *, force: bool, opened: Board | None = None) -> tuple[Board, str]:
    """Write the lists; returns the board to continue with, and what changed in words.

    Texts that were edited since `opened` go to the transcription's manifest that they come from as well.

    Raises:
        InputError: as `savelists.save`; a folder that cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made ({error.strerror})", path=folder) from None
    had_lists = bool(lists_in(folder, board))
    report = save_lists.save(board, folder, force=force)
    told = _told(report, had_lists=had_lists)
    try:
        corrected = correct(opened, board) if opened is not None else ""
    except InputError as error:  # the lists are written all the same
        corrected = str(error)
    return report.board, "; ".join(part for part in (told, corrected) if part)


def _told(report: save_lists.SaveReport, *, had_lists: bool) -> str:
    changed = [f"{file.path.name} {file.lines:,}" for file in report.files if file.lines]
    if not changed:
        return "nothing differs from what the lists say already"
    total = report.lines
    told = f"{total:,} line{'s' * (total != 1)} changed: {', '.join(changed)}"
    return f"{told}; the lists before are kept as NAME.previous" if had_lists else told


def differs(board: Board, opened: Board) -> int:
    """How many clips stand elsewhere, or say something else, than on the disk."""
    return len(different(board, opened))


def different(board: Board, other: Board) -> set[int]:
    """The clips that stand elsewhere, or say something else, in one of two boards of the same clips."""
    if board is other or (board.places == other.places and board.edited_clips == other.edited_clips):
        return set()
    edited = board.edited_clips.items() ^ other.edited_clips.items()
    moved = {i for i, (now, then) in enumerate(zip(board.places, other.places, strict=True)) if now != then}
    return moved | {index for index, _ in edited}
