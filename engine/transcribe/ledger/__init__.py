"""The ledger: every paid second, once. `book` has the states of a chunk; no other package writes its SQL."""

from engine.transcribe.ledger.book import Ledger, default_path
from engine.transcribe.ledger.months import DEFAULT_ACCOUNT, ChunkRow, Service, Usage
from engine.transcribe.ledger.rows import Answer, Ask

__all__ = ["DEFAULT_ACCOUNT", "Answer", "Ask", "ChunkRow", "Ledger", "Service", "Usage", "default_path"]
