"""Toy runs for the tests of faults."""

from __future__ import annotations

from tests.runs.conftest import toy

__all__ = ["toy"]
