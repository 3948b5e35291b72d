"""One speech service for all tests of a session, well-behaved at the start of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transcribe.desk import Desk
from tests.transcribe.support import Place, SpeechServer


@pytest.fixture(scope="session")
def _server() -> Iterator[SpeechServer]:
    server = SpeechServer()
    yield server
    server.close()


@pytest.fixture
def server(_server: SpeechServer) -> SpeechServer:
    """A speech service on this machine that does as it is told."""
    _server.behave()
    return _server


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests talk to nobody: neither a person's key nor the address at which clouds hand out theirs."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nonexistent")


@pytest.fixture
def place(tmp_path: Path, server: SpeechServer) -> Place:
    """A folder with a ledger of its own, pointed at the service."""
    return Place(tmp_path, server.endpoint)


@pytest.fixture
def desk(tmp_path: Path, server: SpeechServer) -> Desk:
    """A workspace in which commands are typed, with the service at hand."""
    return Desk(tmp_path, server)
