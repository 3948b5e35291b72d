"""Which failures are known not to be billed. In doubt, a call counts."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.auth.exceptions import RefreshError, TransportError

from engine.transcribe.providers.google_errors import call_error


class Failed(grpc.RpcError):
    """What gRPC raises, with these words."""

    def __init__(self, code: str, words: str, trailers: tuple[Any, ...] = ()) -> None:
        self._code, self._words, self._trailers = getattr(grpc.StatusCode, code), words, trailers

    def code(self) -> Any:
        return self._code

    def details(self) -> str:
        return self._words

    def trailing_metadata(self) -> tuple[Any, ...]:
        return self._trailers


def kind(code: str, words: str = "no", trailers: tuple[Any, ...] = ()) -> str:
    return call_error(exceptions.from_grpc_error(Failed(code, words, trailers))).kind


TRAILERS = (("x-service", "speech"),)
BROKEN = (
    "Stream removed (Socket closed)",
    "recvmsg:Connection reset by peer",
    "GOAWAY received; Error code: 2",
    "keepalive watchdog timeout",
    "RST_STREAM closed stream",
    "Received message larger than max (5 vs. 4)",
)


@pytest.mark.parametrize(
    ("codes", "words", "trailers", "expected"),
    [
        ("INVALID_ARGUMENT FAILED_PRECONDITION OUT_OF_RANGE NOT_FOUND UNIMPLEMENTED", "no", (), "refused"),
        ("UNAUTHENTICATED PERMISSION_DENIED", "no", (), "refused"),
        # an end that says nothing about the work
        ("DEADLINE_EXCEEDED CANCELLED ABORTED INTERNAL UNKNOWN DATA_LOSS", "no", (), "unknown"),
        ("DEADLINE_EXCEEDED CANCELLED ABORTED INTERNAL UNKNOWN DATA_LOSS", "no", TRAILERS, "unknown"),
        ("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric", (), "retry"),
        # refused only when the service provably said it, or nothing left
        ("UNAVAILABLE", "The service is currently unavailable.", (), "retry"),
        ("UNAVAILABLE", "anything", TRAILERS, "retry"),
        ("UNAVAILABLE", "anything", (), "unknown"),
        ("UNAVAILABLE", "failed to connect to all addresses; last error: refused", (), "retry"),
        ("UNAVAILABLE", "DNS resolution failed for speech.googleapis.com", (), "retry"),
        # a broken connection or reply, whatever the code
        *(
            ("UNAVAILABLE INTERNAL CANCELLED RESOURCE_EXHAUSTED", words, TRAILERS, "unknown")
            for words in BROKEN
        ),
    ],
)
def test_what_a_failure_means_for_the_bill(
    codes: str, words: str, trailers: tuple[Any, ...], expected: str
) -> None:
    assert {code: kind(code, words, trailers) for code in codes.split()} == dict.fromkeys(
        codes.split(), expected
    )


def test_a_call_that_could_not_be_signed_never_left() -> None:
    error = exceptions.from_grpc_error(
        Failed("UNAVAILABLE", "Getting metadata from plugin failed with error: invalid_grant SECRET")
    )
    expired = call_error(error, RefreshError("invalid_grant SECRET"))
    assert (expired.kind, expired.stops) == ("refused", True)
    assert "expired or revoked" in expired.fix
    assert "SECRET" not in expired.reason
    assert call_error(error, TransportError("no route")).kind == "retry"


def test_a_language_that_is_unknown_ends_the_job_another_bad_argument_only_its_chunk() -> None:
    bad = call_error(exceptions.from_grpc_error(Failed("INVALID_ARGUMENT", "bad language code xx")))
    assert bad.stops
    assert "--language" in bad.fix
    assert not call_error(exceptions.from_grpc_error(Failed("INVALID_ARGUMENT", "Sync input too long"))).stops
