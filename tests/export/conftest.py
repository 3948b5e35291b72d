"""One torch thread for these tests, as in tests/model."""

from tests.model.conftest import one_thread

__all__ = ["one_thread"]
