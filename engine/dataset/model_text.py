"""The text that the model reads of a clip: that of a cleaned list, or what the cleaners make of a raw one."""

from __future__ import annotations

from collections.abc import Sequence

from engine.config import Config
from engine.dataset.lists.filelist import ListFile
from engine.dataset.session import Clip, DatasetState
from engine.text.cleaners import registry
from engine.text.parallel import clean_lines
from engine.text.sidecar import read_sidecar


def raw_lists(files: Sequence[ListFile], config: Config) -> list[bool]:
    """For each list whether the config's cleaners have not been over its texts yet.

    Raises:
        InputError: an unknown cleaner.
    """
    names = config.data.text_cleaners
    if not names:
        return [False] * len(files)
    cleaner = registry.get(names[-1])

    def is_raw(file: ListFile) -> bool:
        if read_sidecar(file.path) is not None:
            return False
        texts = [entry.text for entry in file.entries if entry.text]
        if not config.data.cleaned_text:
            is_cleaned = 2 * sum(map(cleaner.looks_cleaned_already, texts)) > len(texts)
            return file.path.suffix != ".cleaned" and not is_cleaned
        raw = sum(not cleaner.looks_clean(text) for text in texts)
        # what the cleaner would still change proves it; without such a proof most lines decide
        return 2 * raw > len(texts) or (raw > 0 and cleaner.repeatable)

    return [is_raw(file) for file in files]


def model_texts(clips: Sequence[Clip], is_raw: Sequence[bool], config: Config) -> list[str | None]:
    """The symbols of each clip; None for a line that is no clip, or has no text.

    Args:
        is_raw: of each clip, whether its text is still to be cleaned.

    Raises:
        InputError: an unknown cleaner.
    """
    found: list[str | None] = [clip.text if clip.path and clip.text else None for clip in clips]
    todo = [i for i, text in enumerate(found) if text is not None and is_raw[i]]
    cleaned = clean_lines([clips[i].text for i in todo], config.data.cleaning)
    for index, text in zip(todo, cleaned, strict=True):
        found[index] = text
    return found


def of_dataset(state: DatasetState, config: Config | None) -> list[str | None]:
    """`model_texts` of every clip that is open; an empty list without a config, as `judge.judge` takes it."""
    if config is None:
        return []
    raw = raw_lists(state.files, config)
    return model_texts(state.clips, [not raw or raw[clip.source] for clip in state.clips], config)
