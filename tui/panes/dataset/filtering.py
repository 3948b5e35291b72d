"""Which clips the table shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.dataset.clips.issues import KINDS
from engine.errors import InputError
from engine.i18n import _
from tui.panes.dataset.clip_view import COLUMNS, ClipView

FIELDS = ("issue", "split", "speaker", "is")
_OLD_FIELDS = {"verdict": "issue"}
Test = Callable[[int], bool]


def order(
    view: ClipView,
    *,
    wanted: str = "",
    by: str = "",
    descending: bool = False,
    selected: Collection[object] = (),
) -> list[int]:
    """The clips that meet every word of a filter, sorted by a column; "" is the order of the lists.

    A word is `issue:clipped`, `split:val`, `speaker:anna`, `is:selected`, or a part of text or path.

    Raises:
        InputError: a field, or a value of one, that there is not.
    """
    tests = [_test(view, word, selected) for word in wanted.casefold().split()]
    found = [index for index in range(len(view.state)) if all(test(index) for test in tests)]
    if not by:
        return found
    value = COLUMNS[by].value
    values = {index: value(view, index) for index in found}
    known = [index for index in found if values[index] is not None]
    known.sort(key=lambda index: values[index], reverse=descending)  # type: ignore[arg-type,return-value]
    return known + [index for index in found if values[index] is None]


def _test(view: ClipView, word: str, selected: Collection[object]) -> Test:
    state = view.state
    name, colon, rest = word.partition(":")
    name = _OLD_FIELDS.get(name, name)
    if colon and name == "split":
        return lambda index: state.split_of(index).startswith(rest)
    if colon and name == "speaker":
        return lambda index: (state.clip(index).speaker or "").casefold().startswith(rest)
    if colon and name == "is":
        groups: dict[str, Collection[object]] = {"selected": selected, "edited": state.edited_clips}
        if rest not in groups:
            what = _('there is no "is:{rest}"').format(rest=rest)
            raise InputError(what, fix=_("use is:selected or is:edited"))
        return lambda index: index in groups[rest]
    if colon and name == "issue":
        return _issue_test(view, rest)
    if colon and name.isalpha() and rest:
        fix = _("fields are {fields}").format(fields=", ".join(f"{each}:" for each in FIELDS))
        raise InputError(_('there is no field "{name}"').format(name=name), fix=fix)

    def is_in_text_or_path(index: int) -> bool:
        clip = state.clip(index)
        return word in clip.text.casefold() or word in clip.path.casefold()

    return is_in_text_or_path


def _issue_test(view: ClipView, rest: str) -> Test:
    """`none`: no issue; `any` or nothing: some issue; else the begin of a kind, or of a severity."""
    if rest in ("", "any"):
        return lambda index: bool(view.issues(index))
    if rest in ("none", "ok"):
        return lambda index: not view.issues(index)
    rest = rest.replace("-", "_")
    kinds = {
        kind
        for kind, about in KINDS.items()
        if kind.startswith(rest) or about.severity.replace(" ", "_").startswith(rest)
    }
    if not kinds:
        fix = _("issues are {kinds}").format(kinds=", ".join(KINDS))
        raise InputError(_('there is no issue "{name}"').format(name=rest), fix=fix)
    return lambda index: any(issue.kind in kinds for issue in view.issues(index))
