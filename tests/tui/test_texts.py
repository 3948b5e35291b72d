"""Texts that people read pass through gettext: `_("{n} clips").format(n=n)`, never an f-string."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:.]? [^\W\d_]{2,}")  # two words in a row
# calls whose first argument people read, and keywords that they read
ERRORS = {"InputError", "HopelessRun"}
SHOWN = {
    "notify",
    "say",
    "show_message",
    "show_status",
    "tell",
    "Static",
    "Label",
    "Content",
    "ask",
    "Choice",
    "Column",
}
KEYWORDS = {"help", "fix", "detail", "placeholder", "empty", "hint", "enter", "yes", "no"}
FOR_DEVELOPERS = {
    "RuntimeError",
    "ValueError",
    "TypeError",
    "NotImplementedError",
    "AssertionError",
    "KeyError",
}


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def _faults(tree: ast.AST, *, is_screen: bool) -> Iterator[tuple[int, str]]:
    """Line and reason of each text that gettext does not see."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        literals = {"_": 1, "plural": 2}.get(getattr(node.func, "id", ""), 0)
        if not all(isinstance(each, ast.Constant) for each in node.args[:literals]):
            yield node.lineno, "gettext needs a literal, with .format() behind it"
        is_shown = is_screen or _name(node) in ERRORS
        shown = node.args[:1] if is_shown and _name(node) in SHOWN | ERRORS else []
        shown += [each.value for each in node.keywords if is_shown and each.arg in KEYWORDS]
        for each in shown:
            is_text = isinstance(each, ast.Constant) and isinstance(each.value, str)
            if is_text and SENTENCE.search(str(each.value)):
                yield each.lineno, "is shown, and does not pass through _()"
    yield from _sentences_in_f_strings(tree, is_screen=is_screen)


def _sentences_in_f_strings(node: ast.AST, *, is_screen: bool) -> Iterator[tuple[int, str]]:
    """In tui/ no f-string holds a sentence; in the engine none that an InputError takes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and _name(child) in FOR_DEVELOPERS:
            continue
        inside = is_screen or (isinstance(child, ast.Call) and _name(child) in ERRORS)
        if isinstance(child, ast.JoinedStr) and is_screen:
            parts = [each.value if isinstance(each, ast.Constant) else "x" for each in child.values]
            if SENTENCE.search("".join(map(str, parts))):
                yield child.lineno, "is a sentence in an f-string"
        yield from _sentences_in_f_strings(child, is_screen=inside)


@pytest.mark.parametrize("package", ["engine", "tui"])
def test_every_text_passes_through_gettext(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {why}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, why in _faults(ast.parse(path.read_text(encoding="utf-8")), is_screen=package == "tui")
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        '_(f"{n} clips")',
        'plural("{n} clip", many, n)',
        'app.notify("all is well")',
        'raise InputError(f"{path} cannot be read")',
        'text = f"run {name} has ended"',
        'typer.Option(help="Print one JSON object.")',
    ],
)
def test_a_text_beside_gettext_is_found(code: str) -> None:
    assert list(_faults(ast.parse(code), is_screen=True))
