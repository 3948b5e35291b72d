"""The generated pages of docs/reference say what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT


def _pages() -> dict[Path, str]:
    spec = importlib.util.spec_from_file_location(
        "generate_reference", ROOT / "docs" / "generate_reference.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[Path, str] = module.pages()
    return pages


@pytest.mark.parametrize(("path", "text"), _pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_page_is_what_the_code_says(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: python docs/generate_reference.py"
