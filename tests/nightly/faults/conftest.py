"""Toy runs and forked trainers for the tests of faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nightly.faults.zygote import Zygote
from tests.runs.conftest import toy

__all__ = ["toy", "zygote"]


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    zygote = Zygote()
    yield zygote
    zygote.close()
