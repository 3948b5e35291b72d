"""Which clips the table shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from engine.dataset.clips.issues import KINDS, SUSPECT, SUSPICIOUS_TEXT
from engine.errors import InputError
from engine.i18n import _
from tui.panes.dataset.clip_view import COLUMNS, ClipView

FIELDS = ("verdict", "split", "speaker", "is")
Test = Callable[[int], bool]
_RANKS = {kind: rank for rank, kind in enumerate(SUSPICIOUS_TEXT)}


def order(
    view: ClipView,
    *,
    wanted: str = "",
    by: str = "",
    descending: bool = False,
    selected: Collection[object] = (),
) -> list[int]:
    """The clips that a filter lets through, sorted by a column; "" is the order of the lists.

    Raises:
        InputError: a field that a filter does not know.
    """
    passes = matcher(view, wanted, selected)
    found = [index for index in range(len(view.state)) if passes(index)]
    if not by:
        return found
    value = COLUMNS[by].value
    values = {index: value(view, index) for index in found}
    known = [index for index in found if values[index] is not None]
    known.sort(key=lambda index: values[index], reverse=descending)  # type: ignore[arg-type,return-value]
    return known + [index for index in found if values[index] is None]


def matcher(view: ClipView, wanted: str, selected: Collection[object] = ()) -> Test:
    """Whether a clip meets every word: `verdict:clipped`, `split:val`, `speaker:anna`, `is:selected`, or its text.

    Raises:
        InputError: a field that there is not.
    """
    tests: list[Test] = []
    for word in wanted.casefold().split():
        name, colon, rest = word.partition(":")
        if colon and name in FIELDS:
            tests.append(_field_test(view, name, rest, selected))
        elif colon and name.isalpha() and rest:
            fix = _("fields are {value}").format(value=", ".join(f"{each}:" for each in FIELDS))
            raise InputError(_('there is no field "{name}"').format(name=name), fix=fix)
        else:
            tests.append(_text_test(view, word))
    return lambda index: all(test(index) for test in tests)


def _text_test(view: ClipView, word: str) -> Test:
    def test(index: int) -> bool:
        clip = view.state.clip(index)
        return word in clip.text.casefold() or word in clip.path.casefold()

    return test


def _field_test(view: ClipView, name: str, rest: str, selected: Collection[object]) -> Test:
    state = view.state
    if name == "split":
        return lambda index: state.split_of(index).startswith(rest)
    if name == "speaker":
        return lambda index: (state.clip(index).speaker or "").casefold().startswith(rest)
    if name == "is":
        groups: dict[str, Collection[object]] = {"selected": selected, "edited": state.edited_clips}
        if rest not in groups:
            raise InputError(
                _('there is no "is:{rest}"').format(rest=rest),
                fix=_("it is {value}").format(value=" or ".join(f"is:{g}" for g in groups)),
            )
        return lambda index: index in groups[rest]
    return _verdict_test(view, rest)


def _verdict_test(view: ClipView, rest: str) -> Test:
    """`none` is a clean bill, `any` or nothing the rest; else the begin of a kind, or a severity."""
    if rest in ("", "any"):
        return lambda index: bool(view.verdicts(index))
    if rest in ("none", "ok"):
        return lambda index: not view.verdicts(index)
    rest = rest.replace(" ", "_").replace("-", "_")
    severity = SUSPECT if rest.startswith("susp") else rest
    kinds = {
        kind
        for kind, about in KINDS.items()
        if kind.startswith(rest) or about.severity.replace(" ", "_").startswith(severity.replace(" ", "_"))
    }
    if not kinds:
        raise InputError(
            _('there is no verdict "{rest}"').format(rest=rest),
            fix=_("verdicts are {kinds}").format(kinds=", ".join(KINDS)),
        )
    return lambda index: any(verdict.kind in kinds for verdict in view.verdicts(index))


def suspicion(view: ClipView, index: int) -> int | None:
    """How soon a person should look at a clip's text, 0 first; None for nothing suspicious."""
    ranks = [_RANKS[verdict.kind] for verdict in view.verdicts(index) if verdict.kind in _RANKS]
    return min(ranks, default=None)


def suspicious(view: ClipView, indices: Sequence[int]) -> list[int]:
    """The clips whose texts are suspicious, the most suspicious first."""
    ranks = {index: rank for index in indices if (rank := suspicion(view, index)) is not None}
    return sorted(ranks, key=lambda index: ranks[index])
