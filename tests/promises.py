"""Promises that are tried in more than one file: one sentence each."""

from __future__ import annotations

import pytest

WORKERS_AND_RANKS = pytest.mark.promise(
    "R2", "the same with 2 loader workers, and with 2 gloo ranks: any process of the run is killed"
)
NOT_FINITE = pytest.mark.promise(
    "R15",
    "NaN or Inf in loss or gradient: the voice does not move; names the utterances and the last finite checkpoint; "
    "stops after 3 in a row",
)
OUT_OF_MEMORY = pytest.mark.promise("R16", "out of memory: effective batch and loss unchanged by the remedy")
