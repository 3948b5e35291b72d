"""What is open in the dataset pane, and what judges and saves it. No screen in here.

Functions that take longer than a frame are for a thread beside the screen's.
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
from engine.dataset.session import LISTED, DatasetState
from engine.dataset.split import SplitSettings, parse_ratios
from engine.errors import InputError
from engine.i18n import _
from engine.workspace import Workspace
from tui.panes.dataset.clip_view import Findings

_PRESET = "small_cpu"  # all judge alike; this one stands for them


@dataclass(frozen=True, slots=True)
class Session:
    """What was opened.

    Attributes:
        sources: what a person named; saved lists once there are some.
        opened: the dataset as the disk has it, which unsaved changes are counted from.
        folder: where its lists are saved.
        config: whose limits judge it; None: those of the workspace.
        fault: why no config judges it, where one would.
        cleaners: those that were chosen to clean it, "" for none.
    """

    sources: tuple[Path, ...]
    opened: DatasetState
    folder: Path
    config: Path | None
    limits: Requirements
    fault: str = ""
    cleaners: str = ""

    @property
    def has_lists(self) -> bool:
        """Whether it was read from lists of a split."""
        return any(home is not None for home in self.opened.homes) or bool(self.opened.written)

    def judged_by(self, config: Path | None, state: DatasetState, workspace: Workspace) -> Session:
        """The same with another config as it is now; None: the workspace's settings.

        Raises:
            InputError: as `limits_of`.
        """
        limits = limits_of(config, state, workspace)
        return dataclasses.replace(self, config=config, limits=limits, fault="")


def open_session(sources: Sequence[Path], workspace: Workspace) -> Session:
    """Read what a person named: a folder of audio, a manifest, or lists.

    Raises:
        InputError: as `open_dataset.open_source`; ratios in the workspace's settings that do not add to 100.
    """
    settings = workspace.settings
    wanted = SplitSettings(parse_ratios(settings.ratios), settings.seed)
    audio = workspace.audio_dir if workspace.audio_dir.is_dir() else None
    code = workspace.language.code
    state = open_dataset.open_source(
        list(sources), workspace.root, audio_dir=audio, settings=wanted, language=code
    )
    in_lists = [file.path for file, home in zip(state.files, state.homes, strict=True) if home is not None]
    folder = in_lists[0].absolute().parent if in_lists else workspace.filelists_dir
    has_speakers = any(clip.speaker for clip in state.clips)
    config = config_of(workspace, in_lists, has_speakers=has_speakers)
    try:
        return Session(tuple(sources), state, folder, config, limits_of(config, state, workspace))
    except InputError as error:
        limits = limits_of(None, state, workspace)
        return Session(tuple(sources), state, folder, None, limits, fault=str(error))


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


def limits_of(config: Path | None, state: DatasetState, workspace: Workspace) -> Requirements:
    """What judges the clips.

    Raises:
        InputError: the config cannot be read, or a list was cleaned otherwise than it says.
    """
    cleaned = open_dataset.is_cleaned(state)
    if config is None:
        return Requirements(rate=workspace.settings.rate, cleaned=cleaned)
    settings = presets.complete(workspace, config)
    open_dataset.check_cleaned(state, settings)
    return dataclasses.replace(Requirements.of(settings), cleaned=cleaned)


def cleaners_of(session: Session | None, workspace: Workspace) -> str:
    """What makes phonemes: what was chosen, else those of the config that judges, else the workspace's."""
    if session is not None and session.cleaners:
        return session.cleaners
    if session is not None and session.config is not None:
        with contextlib.suppress(InputError):  # it was removed meanwhile
            return ",".join(presets.complete(workspace, session.config).data.cleaning)
    return ",".join(workspace.cleaning)


def judge(
    root: Path, state: DatasetState, limits: Requirements, spoken: Sequence[str | None] = ()
) -> Findings:
    """Statistics and verdicts of all clips, as they are known now; a second for 10,000.

    Args:
        spoken: what the model would read of each clip, as in `open_dataset.judge`.
    """
    found = StatsCache(root).find([clip.path for clip in state.clips])
    verdicts = open_dataset.judge(state, found, limits, root, model_texts=spoken)
    # what no list can name is never measured: nobody should wait for it
    stats = [
        each if clip.path and (each is not None or not unlistable(clip.path)) else MISSING
        for clip, each in zip(state.clips, found, strict=True)
    ]
    has_texts = any(clip.text for clip in state.clips)
    if not has_texts:  # the pane says it once; it is no fault of a single clip
        verdicts = [tuple(verdict for verdict in each if verdict.kind != "empty") for each in verdicts]
    return Findings(stats, verdicts, open_dataset.characters_per_second(state, stats), has_texts)


def lists_in(folder: Path, state: DatasetState) -> list[Path]:
    """The lists that saving would write over."""
    return [folder / state.names[split] for split in LISTED if (folder / state.names[split]).is_file()]


def correct(opened: DatasetState, state: DatasetState) -> str:
    """Bring edited texts into the transcription's manifest that they come from; what changed, in words.

    Raises:
        InputError: as `corrections.correct`.
    """
    changed = corrections.correct(opened, state)
    return ", ".join(
        _("{name}: {count:,} text{number} corrected").format(
            name=path.name, count=count, number="s" * (count != 1)
        )
        for path, count in changed.items()
        if count
    )


def save(
    state: DatasetState, folder: Path, *, force: bool, opened: DatasetState | None = None
) -> tuple[DatasetState, str]:
    """Write the lists; returns the state to continue with, and what changed in words.

    Texts that were edited since `opened` go to the transcription's manifest that they come from as well.

    Raises:
        InputError: as `save_lists.save`; a folder that cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            _("cannot be made ({strerror})").format(strerror=error.strerror), path=folder
        ) from None
    had_lists = bool(lists_in(folder, state))
    report = save_lists.save(state, folder, force=force)
    written = _describe(report, had_lists=had_lists)
    try:
        corrected = correct(opened, state) if opened is not None else ""
    except InputError as error:  # the lists are written all the same
        corrected = str(error)
    return report.state, "; ".join(part for part in (written, corrected) if part)


def _describe(report: save_lists.SaveReport, *, had_lists: bool) -> str:
    changed = [f"{file.path.name} {file.lines:,}" for file in report.files if file.lines]
    if not changed:
        return _("nothing differs from what the lists say already")
    total = report.lines
    text = _("{total:,} line{number} changed: {changed}").format(
        total=total, number="s" * (total != 1), changed=", ".join(changed)
    )
    return _("{text}; the lists before are kept as NAME.previous").format(text=text) if had_lists else text
