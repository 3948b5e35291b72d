"""Everything that a key can do, in one table: bindings, key line, help and palette are all read from it.

An action is carried out by the method `action_<verb>` of its pane or of the app. Two actions share a key only in
different panes, and keys that start a step of the path (`PATH`) mean that step alone; tests hold this.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType
from textual.keys import Keys, _character_to_key

from engine.config.keymap import fault
from engine.i18n import _

if TYPE_CHECKING:
    from textual.widget import Widget

APP = "app"  # in place of a pane: works in all of them


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done. `keys` are Textual's names, the first is the one shown."""

    id: str  # pane.verb
    keys: tuple[str, ...]
    label: str  # its word in the key line
    help: str  # its line in help and palette, starting with a verb
    footer: bool = True  # in the key line
    palette: bool = True
    always: bool = False  # also while a text field has the focus

    @property
    def pane(self) -> str:
        """Where it applies: the id of a pane, or "app" for all of them."""
        return self.id.partition(".")[0]

    @property
    def verb(self) -> str:
        """The method behind it is `action_<verb>`."""
        return self.id.partition(".")[2]

    @property
    def shown_key(self) -> str:
        """The key as a person reads it."""
        return shown(self.keys[0])

    @property
    def shown_in_field(self) -> str:
        """The key that a text field leaves to us, as a person reads it; "" where it takes all of them."""
        usable = (
            self.keys
            if self.verb in ("speak", "leave_field")
            else [key for key in self.keys if not is_text(key)]
        )
        return shown(usable[0]) if usable else ""


_MODIFIERS = re.compile(r"(?:(?:ctrl|shift|alt)(?:\+(?:ctrl|shift|alt))*)?")
_LAST_KEYS = {_character_to_key(chr(code)) for code in range(0x21, 0x7F)} | {key.value for key in Keys}
Row = tuple[str, str, str, str, str]

_ROWS: dict[str, tuple[Row, ...]] = {  # verb, keys, label, help, marks: f = key line, p = palette, a = always
    APP: (
        ("next_step", "ctrl+g", _("next step"), _("Take the next step from recordings to a voice"), "fpa"),
        ("show_overview", "1", "overview", _("Show the overview: what is here and what runs"), "p"),
        ("show_environment", "2", "environment", _("Show the environment pane"), "p"),
        ("show_dataset", "3", "dataset", _("Show the dataset pane"), "p"),
        ("show_transcription", "4", "transcription", _("Show the transcription pane"), "p"),
        ("show_training", "5", "training", _("Show the training pane"), "p"),
        ("show_speech", "6", "speech", _("Show the speech pane"), "p"),
        ("next_pane", "ctrl+pagedown", _("next pane"), _("Go to the next pane"), "a"),
        ("previous_pane", "ctrl+pageup", _("previous pane"), _("Go to the previous pane"), "a"),
        ("help", "question_mark f1", "help", _("Help: explain the pane in front of you and its keys"), "fpa"),
        ("quit", "ctrl+q ctrl+c q", "quit", _("Quit the dashboard; runs continue"), "fpa"),
        ("command_palette", "ctrl+p", "palette", _("Find any action by a word of it"), "fa"),
        ("free_memory", "c", "memory", _("Free memory that live trainings hold in caches"), "fp"),
        ("end_leftovers", "K", "leftovers", _("End leftovers: processes of earlier runs (asks first)"), "p"),
        ("next_theme", "f2", "theme", _("Change the theme: dark, light, and both with high contrast"), "pa"),
    ),
    "overview": (
        ("open_marked", "enter", "open", _("Open what is marked: a run, a corpus or a filelist"), "f"),
        ("new_run", "V", _("new voice"), _("Start a new voice: choose a preset and a name, and train"), "f"),
    ),
    "environment": (
        ("show_details", "enter", "details", _("Show the details: all that the marked check said"), "f"),
        ("copy_fix", "y", _("copy fix"), _("Copy the fix: the command that fixes the marked check"), "fp"),
        ("check_again", "r", _("check again"), _("Check again: look at every part of the environment"), "fp"),
        ("copy_report", "b", _("bug report"), _("Copy a bug report: all checks and torch's report"), "fp"),
        ("save_report", "w", _("write report"), _("Write the bug report to a file in the workspace"), "fp"),
    ),
    "dataset": (
        ("open_corpus", "o", "open", _("Open a folder of audio, a manifest or filelists"), "fp"),
        ("convert", "i", "convert", _("Convert raw recordings to mono wav at one rate, as a run"), "fp"),
        ("slice", "z", "cut", _("Cut a long recording into clips, with a preview of the cuts"), "fp"),
        ("stop_job", "S", "stop", _("Stop the work of this pane; what is done is kept"), "fp"),
        ("repair", "enter", "repair", _("Repair the transcript of the marked clip"), "fp"),
        ("next_suspicious", "n", _("next suspect"), _("Next suspect: go to a clip with an odd text"), "fp"),
        ("split", "s", "split", _("Split the clips anew: ratios, seed, what stays together"), "fp"),
        ("fix", "f", "fix", _("Fix a clip, the selection, or all of a kind (asks first)"), "fp"),
        ("save", "w ctrl+s", "write", _("Write train, val and test; the lists before are kept"), "fp"),
        ("clean", "p", "clean", _("Clean the texts of the saved lists for training, as a run"), "fp"),
        ("undo", "u ctrl+z", "undo", _("Undo the last step"), "fp"),
        ("redo", "r ctrl+y", "redo", _("Redo the step that was undone"), "fp"),
        ("filter", "slash", "filter", _("Filter by words, issue:, split:, speaker:, is:"), "fp"),
        ("to_train", "t", "train", _("Move the marked clip, or the selection, to train"), "fp"),
        ("to_val", "v", "val", _("Move the marked clip, or the selection, to val"), "fp"),
        ("to_test", "e", "test", _("Move the marked clip, or the selection, to test"), "fp"),
        ("to_quarantine", "Q", "quarantine", _("Move the marked clip, or the selection, to quarantine"), "p"),
        ("to_out", "x", "out", _("Take the marked clip, or the selection, out of all lists"), "p"),
        ("show_details", "d", "details", _("Show details and issues of the marked clip"), "fp"),
        ("show_speakers", "h", "speakers", _("Show the speakers and how much each speaks"), "p"),
        ("sort", "b", "sort", _("Sort by a column; a click on its title does the same"), "fp"),
        ("turn_columns", "right left", "columns", _("Turn to the other columns on a narrow terminal"), "p"),
        ("select_all", "a", "all", _("Select all that the table shows, or nothing"), "p"),
        ("choose_config", "g", "config", _("Choose the config that judges the clips"), "p"),
        ("store_symbols", "Y", "symbols", _("Store symbols that the config lacks (asks)"), "fp"),
        ("name_speakers", "H", _("name speakers"), _("Name speakers in the config (asks)"), "fp"),
        ("copy_path", "y", _("copy path"), _("Copy the path of the marked clip, or of the selection"), "p"),
        ("listen", "l", "listen", _("Listen to the marked clip, or stop"), "p"),
        ("measure", "A", "measure", _("Measure again what is not measured"), "p"),
        ("leave_field", "escape", "back", _("Go back: leave the filter, deselect, show all clips"), "fa"),
    ),
    "transcription": (
        ("start", "T", "transcribe", _("Transcribe the selection, or all without text (asks first)"), "fp"),
        ("pause", "p", "pause", _("Pause the job, or resume it"), "fp"),
        ("stop_run", "s", "stop", _("Stop the job after the calls under way"), "fp"),
        ("choose_recordings", "e", "recordings", _("Choose recordings, manifest and language"), "fp"),
        ("choose_provider", "v", "provider", _("Choose the provider, with prices"), "fp"),
        ("retry", "r", "retry", _("Retry what failed: refused chunks are sent once more"), "fp"),
        ("redo", "A", "redo", _("Redo the marked transcript, or the selection (asks with the sum)"), "fp"),
        (
            "retry_unconfirmed",
            "u",
            _("retry unconfirmed"),
            _("Retry unconfirmed chunks: may pay twice"),
            "fp",
        ),
        ("open_transcript", "enter", "open", _("Open the transcript in its editor"), "f"),
        ("select_all", "a", "all", _("Select all recordings, or none"), "fp"),
        ("choose_key", "y", _("key file"), _("Choose the key file with Google's credentials"), "fp"),
        ("set_budget", "b", "budget", _("Set the budget: the most that a month may cost"), "fp"),
        ("show_history", "h", "months", _("Show past months"), "fp"),
        ("plan_again", "g", _("look again"), _("Look at the recordings again"), "p"),
    ),
    "training": (
        ("new_run", "V", _("new voice"), _("Start a new voice: choose a preset and a name, and train"), "fp"),
        ("stop_run", "s", "stop", _("Stop the run: it writes a checkpoint and ends (asks first)"), "fp"),
        ("resume_run", "r", "resume", _("Resume a run that has ended, from its newest checkpoint"), "fp"),
        ("manage_run", "m", "manage", _("Manage this run: tag, note, path, rename, archive, delete"), "fp"),
        ("choose_run", "u", "runs", _("Choose which of the runs is shown"), "fp"),
        ("show_curves", "g", "graphs", _("Show the graphs: one for each loss"), "fp"),
        ("show_log", "l", "log", _("Show the log"), "fp"),
        ("show_files", "d", "disk", _("Show the checkpoints and samples on disk"), "fp"),
        ("show_health", "h", "health", _("Show the health of this run, with remedies"), "fp"),
        ("apply_offer", "a", "apply", _("Apply the change that this run offers, and resume it (asks)"), "f"),
        ("search_log", "slash", "search", _("Search the log"), "p"),
        ("compare", "b", "compare", _("Compare with other runs: their curves over this one's"), "fp"),
        (
            "show_differences",
            "i",
            "differences",
            _("Show the differences of the configs of the runs that are shown"),
            "p",
        ),
        (
            "export_curves",
            "w",
            "export",
            _("Export the curves that are seen to a file: csv, json or svg"),
            "fp",
        ),
        ("newer_run", "left_square_bracket", _("newer run"), _("Show the next newer run"), "p"),
        ("older_run", "right_square_bracket", _("older run"), _("Show the next older run"), "p"),
        ("speak", "v", "speak", _("Speak with this run's best checkpoint"), "p"),
    ),
    "speech": (
        ("speak", "enter", "speak", _("Speak the text with the chosen voice"), "fpa"),
        ("listen", "ctrl+l", "listen", _("Listen to what was spoken, or stop"), "fpa"),
        ("choose_voice", "ctrl+o", "voice", _("Choose the voice: the run and checkpoint that speaks"), "fpa"),
        ("correct_word", "ctrl+r", "correct", _("Correct how the word under the cursor is spoken"), "fpa"),
        ("convert_voice", "ctrl+t", "convert", _("Convert a recording to another speaker's voice"), "fpa"),
        ("new_seed", "ctrl+n", _("new seed"), _("Take a new random seed and speak again"), "fpa"),
        ("choose_runtime", "f3", "runtime", _("Choose the runtime and precision that speak"), "pa"),
        ("compare", "ctrl+y", "compare", _("Compare two checkpoints by ear, also blind"), "pa"),
        ("export_voice", "ctrl+s", "export", _("Export the voice for Piper and sherpa-onnx"), "fpa"),
        ("leave_field", "escape", _("leave field"), _("Leave the text field for single keys"), "fa"),
        ("edit_text", "e", _("edit text"), _("Edit the text: go back to its field"), "p"),
    ),
}
ACTIONS = tuple(
    Action(f"{pane}.{verb}", tuple(keys.split()), label, text, "f" in marks, "p" in marks, "a" in marks)
    for pane, rows in _ROWS.items()
    for verb, keys, label, text, marks in rows
)


def use(keymap: Mapping[str, tuple[str, ...]], path: Path) -> None:
    """Give actions other keys, before the panes are imported. Keys are written as in the table.

    Raises:
        InputError: an action or key is unknown, or two actions of a pane would have the same key; names the line.
    """
    global ACTIONS  # noqa: PLW0603 - the one table, settled before anything reads it
    known = {action.id for action in ACTIONS}
    for name, keys in keymap.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            fix = (
                _("did you mean {name}?").format(name=near[0])
                if near
                else _("docs/guide/panes lists the actions")
            )
            raise fault(path, name, _("is no action"), fix)
        for key in keys:
            start, _plus, last = key.rpartition("+")
            if (
                last not in _LAST_KEYS
                or not _MODIFIERS.fullmatch(start)
                or (start == "shift" and len(last) == 1)
            ):
                fix = _("write it as s, S, f5, ctrl+s, question_mark, left_square_bracket")
                raise fault(path, name, _("{key} is no key").format(key=key), fix)
    changed = tuple(replace(action, keys=keymap.get(action.id, action.keys)) for action in ACTIONS)
    for action in changed:
        for other in changed:
            shared = set(action.keys) & set(other.keys)
            is_near = other.pane == action.pane or APP in (other.pane, action.pane)
            if other is not action and shared and is_near and action.id in keymap:
                what = _("{key} is the key of {other}").format(key=min(shared), other=other.id)
                raise fault(
                    path, action.id, what, _("choose another key, or give that action another one too")
                )
    ACTIONS = changed


def key_of(action_id: str) -> str:
    """The key of an action as a person reads it."""
    return next(action.shown_key for action in ACTIONS if action.id == action_id)


def at(pane: str) -> tuple[Action, ...]:
    """The actions of one pane, in the order of the table."""
    return tuple(action for action in ACTIONS if action.pane == pane)


def bindings(pane: str) -> list[BindingType]:
    """Textual's bindings for one pane. Keys that also work inside text fields are bound ahead of the field's own."""
    return [
        Binding(key, action.verb, action.label, show=False, priority=action.always and not is_text(key))
        for action in at(pane)
        for key in action.keys
    ]


def is_text(key: str) -> bool:
    """Whether a text field writes this key or uses it itself."""
    return key in ("enter", "escape") or (key not in ("f1", "f2", "f3") and "+" not in key)


def is_typing(focused: Widget | None) -> bool:
    """Whether single keys are text for the widget that has the focus."""
    return focused is not None and focused.check_consume_key("a", "a")


def for_key_line(pane: str, *, typing: bool = False) -> list[Action]:
    """What the key line shows in a pane: its own actions, then the app's; fewer while a text field has the focus."""
    # a narrow line drops its last keys, so what everybody needs comes first
    first = [action for action in at(APP) if action.verb in ("next_step", "quit", "help")]
    rest = [action for action in at(APP) if action not in first]
    own = [action for action in (*first, *at(pane), *rest) if action.footer]
    if typing:
        return [action for action in own if action.always]
    return [action for action in own if action.verb != "leave_field"]


def for_palette(here: str) -> Iterator[Action]:
    """What the palette finds: the app's actions and those of the pane in front first, each sentence once."""
    seen: set[str] = set()
    for action in sorted(ACTIONS, key=lambda action: action.pane not in (APP, here)):
        if action.palette and action.help not in seen:
            seen.add(action.help)
            yield action


PATH = ("next_step", "new_run", "start")  # verbs of the path from recordings to a voice
_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "ampersand": "&",
    "apostrophe": "'",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
}


def shown(key: str) -> str:
    """`ctrl+q` as `^q`, `question_mark` as `?`."""
    start, plus, last = key.rpartition("+")
    last = _SHOWN.get(last, last)
    return f"^{last}" if start == "ctrl" else f"{start}{plus}{last}"
