"""What is open in the dataset pane, and what judges and saves it. Nothing here draws; most of it is for a thread."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from engine.i18n import _, plural
from engine.workspace import Workspace
from tui.panes.dataset.clip_view import Findings

_PRESET = "small_cpu"  # all judge alike; this one stands for them
NOTHING = DatasetState((), b"").as_saved({})


@dataclass(frozen=True, slots=True)
class Session:
    """What was opened; without `sources` nothing is open.

    Attributes:
        sources: what a person named; saved lists once there are some.
        opened: the dataset as it is on the disk, which unsaved changes are counted from.
        folder: where its lists are saved.
        config: whose limits judge it; None: those of the workspace.
        fault: why no config judges it, where one would.
        cleaners: those that were chosen to clean it, "" for none.
    """

    sources: tuple[Path, ...] = ()
    opened: DatasetState = NOTHING
    folder: Path = Path()
    config: Path | None = None
    limits: Requirements = field(default_factory=Requirements)
    fault: str = ""
    cleaners: str = ""

    @property
    def has_lists(self) -> bool:
        """Whether it was read from lists of a split."""
        return any(home is not None for home in self.opened.homes) or bool(self.opened.written)

    def judged_by(self, config: Path | None, state: DatasetState, workspace: Workspace) -> Session:
        """The same, judged by a config as it is now; None: by the workspace's settings.

        Raises:
            InputError: the config cannot be read, or a list was cleaned otherwise than it says.
        """
        cleaned = open_dataset.is_cleaned(state)
        if config is None:
            limits = Requirements(rate=workspace.settings.rate)
        else:
            settings = presets.complete(workspace, config)
            open_dataset.check_cleaned(state, settings)
            limits = Requirements.of(settings)
        limits = dataclasses.replace(limits, cleaned=cleaned)
        return dataclasses.replace(self, config=config, limits=limits, fault="")


def open_session(sources: Sequence[Path], workspace: Workspace, chosen: str | None = None) -> Session:
    """Read what a person named: a folder of audio, a manifest, or lists.

    Args:
        chosen: the config that judges it, "" for none; None for the one that trains on these lists.

    Raises:
        InputError: as `open_dataset.open_source`; ratios in the workspace's settings that do not add to 100.
    """
    settings = workspace.settings
    state = open_dataset.open_source(
        sources,
        workspace.root,
        audio_dir=workspace.audio_dir if workspace.audio_dir.is_dir() else None,
        settings=SplitSettings(parse_ratios(settings.ratios), settings.seed),
        language=workspace.language.code,
    )
    in_lists = [file.path for file, home in zip(state.files, state.homes, strict=True) if home is not None]
    folder = in_lists[0].absolute().parent if in_lists else workspace.filelists_dir
    if chosen is None:
        has_speakers = any(clip.speaker for clip in state.clips)
        config = _config_of(workspace, in_lists, has_speakers=has_speakers)
    else:
        config = Path(chosen) if chosen else None
    session = Session(tuple(sources), state, folder)
    try:
        return session.judged_by(config, state, workspace)
    except InputError as error:
        return dataclasses.replace(session.judged_by(None, state, workspace), fault=str(error))


def _config_of(workspace: Workspace, lists: Sequence[Path], *, has_speakers: bool) -> Path | None:
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


def cleaners_of(session: Session, workspace: Workspace) -> str:
    """The cleaners that make phonemes: those chosen, else those of the judging config, else the workspace's."""
    if session.cleaners:
        return session.cleaners
    if session.config is not None:
        with contextlib.suppress(InputError):  # it was removed meanwhile
            return ",".join(presets.complete(workspace, session.config).data.cleaning)
    return ",".join(workspace.cleaning)


def judge(
    root: Path, state: DatasetState, limits: Requirements, model_texts: Sequence[str | None]
) -> Findings:
    """What was measured and the issues of all clips; a second for 10,000.

    Args:
        model_texts: what the model would read of each clip, as in `open_dataset.judge`.
    """
    found = StatsCache(root).find([clip.path for clip in state.clips])
    issues = open_dataset.judge(state, found, limits, root, model_texts=model_texts)
    # what no list can name is never measured, so it is not waited for
    stats = [
        each if clip.path and (each is not None or not unlistable(clip.path)) else MISSING
        for clip, each in zip(state.clips, found, strict=True)
    ]
    has_texts = any(clip.text for clip in state.clips)
    if not has_texts:  # the pane says it once; it is no fault of a single clip
        issues = [tuple(issue for issue in each if issue.kind != "empty") for each in issues]
    return Findings(stats, issues, open_dataset.characters_per_second(state, stats), has_texts)


def lists_in(folder: Path, state: DatasetState) -> list[Path]:
    """The lists that saving would write over."""
    return [folder / state.names[split] for split in LISTED if (folder / state.names[split]).is_file()]


def correct(opened: DatasetState, state: DatasetState) -> str:
    """Write edited texts into the transcription's manifest that they come from; returns what changed.

    Raises:
        InputError: as `corrections.correct`.
    """
    return ", ".join(
        plural("{name}: {n:,} text corrected", "{name}: {n:,} texts corrected", count, name=path.name)
        for path, count in corrections.correct(opened, state).items()
        if count
    )


def save(
    state: DatasetState, folder: Path, opened: DatasetState, *, force: bool = False
) -> tuple[DatasetState, str]:
    """Write the lists; returns the state to continue with, and what changed in words.

    Texts that were edited since `opened` go to the transcription's manifest that they come from as well.

    Args:
        force: write over lists that somebody else changed.

    Raises:
        InputError: as `save_lists.save`; a folder that cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = _("cannot be made ({reason})").format(reason=error.strerror)
        raise InputError(what, path=folder) from None
    had_lists = bool(lists_in(folder, state))
    report = save_lists.save(state, folder, force=force)
    changed = ", ".join(f"{file.path.name} {file.lines:,}" for file in report.files if file.lines)
    if not changed:
        written = _("nothing differs from what the lists say already")
    else:
        written = plural(
            "{n:,} line changed: {changed}", "{n:,} lines changed: {changed}", report.lines, changed=changed
        )
        if had_lists:
            written = _("{changes}; the lists before are kept as NAME.previous").format(changes=written)
    try:
        corrected = correct(opened, state)
    except InputError as error:  # the lists are written all the same
        corrected = str(error)
    return report.state, "; ".join(filter(None, (written, corrected)))
