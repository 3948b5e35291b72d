"""The ledger: every paid second, once. `book` has the states of a chunk; no other package writes its SQL."""

from engine.transcribe.ledger.book import BudgetReachedError, Ledger, default_path
from engine.transcribe.ledger.months import DEFAULT_ACCOUNT, Account, ChunkRow, Service, Usage
from engine.transcribe.ledger.rows import Answer, Ask, Settled

__all__ = [
    "DEFAULT_ACCOUNT",
    "Account",
    "Answer",
    "Ask",
    "BudgetReachedError",
    "ChunkRow",
    "Ledger",
    "Service",
    "Settled",
    "Usage",
    "default_path",
]
