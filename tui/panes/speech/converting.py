"""A recording by another speaker of the voice: asked for in a form."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import config as configs
from engine.config import Config
from engine.errors import InputError
from engine.i18n import _, shortened
from engine.speak.speakers import speaker_id
from tui.app import words
from tui.dialogs.form import Field, FormScreen, Values
from tui.panes.speech.voices import Voice

if TYPE_CHECKING:
    from tui.app.dashboard import Dashboard

FIRST = {"file": "", "from": "0", "to": "1"}
MOST_NAMES = 12  # of speakers


def with_speakers(voice: Voice | None) -> Config | None:
    """The config of a voice that has several speakers."""
    if voice is None:
        return None
    try:
        config = configs.load(voice.folder / "config.json")
    except InputError:
        return None
    return config if config.data.n_speakers > 1 else None


def ask(app: Dashboard, config: Config, typed: Values, start: Callable[[dict[str, Any]], object]) -> None:
    """Ask for a recording and two speakers.

    Args:
        typed: what stands in the fields at first, and in the end.
        start: called with their part of a question to the helper.
    """

    def check(values: Values) -> str:
        try:
            _question(app.workspace.root, config, values)
        except InputError as error:
            return str(error)
        return ""

    def take(values: Values) -> None:
        typed.update(values)
        start(_question(app.workspace.root, config, values))

    names = shortened(config.speakers or (), MOST_NAMES) or [f"0–{config.data.n_speakers - 1}"]
    about = _("The words of the recording, by another speaker. Speakers: {names}").format(
        names=", ".join(names)
    )
    captions = (("file", _("recording")), ("from", _("from")), ("to", _("to")))
    fields = [Field(name, caption, typed[name]) for name, caption in captions]
    form = FormScreen(_("Convert a recording"), about, fields, check, enter=_("converts"))
    app.take_answer(form, take)


def busy(passed_s: float, done_s: int, total_s: int) -> str:
    """How far a conversion is."""
    if not done_s:
        return _("converting, {seconds:.1f} s").format(seconds=passed_s)
    left = words.duration(passed_s / done_s * (total_s - done_s))
    text = _("converting, {done:,} of {total:,} s, about {left} left")
    return text.format(done=done_s, total=total_s, left=left)


def _question(root: Path, config: Config, values: Values) -> dict[str, Any]:
    """Raises InputError: no such file, or no such speaker."""
    path = root / os.path.expanduser(values["file"])  # noqa: PTH111 - an unknown user is no error
    if not os.path.isfile(path):  # noqa: PTH113 - nor is a name that is too long
        raise InputError(_("no such file"), path=values["file"] or path)
    source, target = (speaker_id(config, values[name]) for name in ("from", "to"))
    return {"source": str(path), "from_speaker": source, "to_speaker": target}
