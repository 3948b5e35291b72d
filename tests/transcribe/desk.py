"""A workspace with recordings in which the tests type commands."""

from __future__ import annotations

from pathlib import Path

from tests.cli_support import Ended, vitsdeck
from tests.transcribe.support import SpeechServer

GOOGLE = ["--provider", "google", "--language", "en-US"]


class Desk:
    """A workspace with recordings, a ledger of its own, and the service at hand."""

    def __init__(self, folder: Path, server: SpeechServer) -> None:
        self.folder = folder / "ws"
        self.folder.mkdir()
        self.env = {
            "XDG_DATA_HOME": str(folder / "data"),
            "NO_GCE_CHECK": "true",
            "CLOUDSDK_CONFIG": str(folder),
        }
        self.server = server
        assert self.vitsdeck("init", ".").returncode == 0

    def vitsdeck(self, *words: str) -> Ended:
        return vitsdeck(self.folder, *words, env=self.env)

    def transcribe(self, *words: str, out: str = "m.txt") -> Ended:
        return self.vitsdeck(
            *("transcribe", "raw", "--out", out, *GOOGLE, "--endpoint", self.server.endpoint, *words)
        )
