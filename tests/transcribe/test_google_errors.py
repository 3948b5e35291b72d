"""Which failures are known not to be billed. In doubt, a call counts."""

from __future__ import annotations

import threading
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.auth.exceptions import RefreshError, TransportError

from engine.transcribe.providers.base import Settings
from engine.transcribe.providers.google import Google
from engine.transcribe.providers.google_errors import call_error
from tests.transcribe.support import SpeechServer


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


@pytest.mark.parametrize(
    "code",
    [
        *("INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "NOT_FOUND", "UNIMPLEMENTED"),
        *("UNAUTHENTICATED", "PERMISSION_DENIED"),
    ],
)
def test_a_refusal_is_not_billed(code: str) -> None:
    assert kind(code) == "refused"


@pytest.mark.parametrize(
    "code", ["DEADLINE_EXCEEDED", "CANCELLED", "ABORTED", "INTERNAL", "UNKNOWN", "DATA_LOSS"]
)
def test_an_end_that_says_nothing_about_the_work_is_unknown(code: str) -> None:
    assert kind(code) == "unknown"
    assert kind(code, "words", (("x", "y"),)) == "unknown"


def test_a_quota_may_be_waited_for() -> None:
    assert kind("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric") == "retry"


def test_unavailable_counts_as_refused_only_when_the_service_provably_said_it() -> None:
    assert kind("UNAVAILABLE", "The service is currently unavailable.") == "retry"
    assert kind("UNAVAILABLE", "anything", (("x-service", "speech"),)) == "retry"
    assert kind("UNAVAILABLE", "anything") == "unknown"
    assert kind("UNAVAILABLE", "failed to connect to all addresses; last error: refused") == "retry"
    assert kind("UNAVAILABLE", "DNS resolution failed for speech.googleapis.com") == "retry"


@pytest.mark.parametrize(
    "words",
    [
        *("Stream removed (Socket closed)", "Socket closed", "recvmsg:Connection reset by peer"),
        *("GOAWAY received; Error code: 2", "keepalive watchdog timeout", "RST_STREAM closed stream"),
    ],
)
@pytest.mark.parametrize("code", ["UNAVAILABLE", "INTERNAL", "CANCELLED", "RESOURCE_EXHAUSTED"])
def test_a_broken_connection_is_unknown_whatever_the_code(code: str, words: str) -> None:
    assert kind(code, words, (("x", "y"),)) == "unknown"


def test_a_reply_that_does_not_fit_was_paid_for() -> None:
    assert kind("RESOURCE_EXHAUSTED", "Received message larger than max (5000000 vs. 4194304)") == "unknown"


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


def test_a_channel_is_closed_only_when_no_thread_looks_at_it_any_more(
    server: SpeechServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())
    google = Google(Settings("google", "en-US", endpoint=server.endpoint))
    watchers = set(threading.enumerate()) - before
    assert watchers
    google.ready(20.0)
    close, alive = google._channel.close, []

    def look_and_close() -> None:
        alive.extend(watcher.is_alive() for watcher in watchers)
        close()

    monkeypatch.setattr(google._channel, "close", look_and_close)
    google.close()
    assert alive == [False] * len(watchers)
