"""Helpers for texts that people read."""

from __future__ import annotations

from engine.i18n import shortened


def test_long_list_ends_with_the_number_of_items_left_out() -> None:
    assert shortened(["a", "b"], 2) == ["a", "b"]
    assert shortened(["a"] * 3001, 1) == ["a", "and 3,000 more"]
