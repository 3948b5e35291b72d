"""What a failed call to Google means for the bill.

Google bills audio that was processed successfully, so an answer that refuses is not billed. What counts is whether the
service gave that answer: gRPC makes up a status of its own when a connection breaks, a deadline passes or a reply does
not fit, and then the work may have been done. The table, from certain to uncertain:

    the call never left this machine (no connection, no signature)     not billed, may be tried again
    INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE, NOT_FOUND,
    UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED                  not billed, would be refused again
    RESOURCE_EXHAUSTED                                                 not billed, may be tried again
    UNAVAILABLE that the service provably said itself                  not billed, may be tried again
    anything else: UNAVAILABLE without proof, DEADLINE_EXCEEDED,
    CANCELLED, ABORTED, INTERNAL, UNKNOWN, DATA_LOSS                    may be billed: unconfirmed

Proof that UNAVAILABLE came from the service: metadata after it, which only a server can send, or its standing phrase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.transcribe.providers.base import CallError

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError

_REFUSED = (
    *("INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "NOT_FOUND", "UNIMPLEMENTED"),
    *("UNAUTHENTICATED", "PERMISSION_DENIED"),
)
# how gRPC begins to say that nothing left
_NEVER_LEFT = (
    "failed to connect to all addresses",
    "dns resolution failed",
    "empty address list",
    "sent message larger than max",
)
_UNSIGNED = "getting metadata from plugin failed"
# how gRPC speaks of a connection or a reply that broke, whatever the code
_BROKEN = (
    *("stream removed", "socket closed", "connection reset", "connection aborted", "broken pipe"),
    *("goaway", "rst_stream", "received message larger", "keepalive", "transport closed", "endpoint closing"),
)
_SERVICE_SAID = ("the service is currently unavailable",)
_CHECK = "check --api, --model, --project and --location"
_FIXES = {
    "UNAUTHENTICATED": "the key is expired, revoked or of another project: make a new one in Google's console",
    "PERMISSION_DENIED": "enable the Speech-to-Text API and billing for the project, and let the account use it",
    "NOT_FOUND": _CHECK,
    "UNIMPLEMENTED": _CHECK,
}
_SETTINGS_WORDS = ("language", "model", "sample rate", "sample_rate", "recognizer", "api version")


def call_error(error: GoogleAPICallError, signing: Exception | None = None) -> CallError:
    """The failure of one call, classified.

    Args:
        signing: why the last call that could not be signed could not be.
    """
    code = error.grpc_status_code.name if error.grpc_status_code is not None else "UNKNOWN"
    words = " ".join(str(error.message or "").split())
    lower = words.lower()
    reason = f"{code}: {words}" if words else code
    if lower.startswith(_UNSIGNED):
        return _signing_error(signing)
    if lower.startswith(_NEVER_LEFT):
        return CallError("retry", reason, fix="check the network")
    if any(phrase in lower for phrase in _BROKEN):
        return CallError("unknown", f"{reason}; the connection broke before the reply")
    return _answer(error, code, reason, lower)


def _answer(error: GoogleAPICallError, code: str, reason: str, lower: str) -> CallError:
    if code in _REFUSED:
        is_settings = any(word in lower for word in _SETTINGS_WORDS)
        fix = _FIXES.get(
            code, "check --language and --model against the service's list" if is_settings else ""
        )
        return CallError("refused", reason, fix=fix, stops=bool(fix))
    if code == "RESOURCE_EXHAUSTED":
        return CallError("retry", reason, fix="wait, use fewer --workers, or raise the quota of the project")
    if code == "UNAVAILABLE" and (_has_trailers(error) or lower.startswith(_SERVICE_SAID)):
        return CallError("retry", reason, fix="try again later")
    return CallError("unknown", reason)


def _signing_error(error: Exception | None) -> CallError:
    """No signature, so nothing was sent. Its words are left out: they may quote a key or a token."""
    from google.auth.exceptions import TransportError

    if error is None or isinstance(error, TransportError):
        return CallError("retry", "the token server cannot be reached", fix="check the network")
    what = f"the credentials were not accepted ({type(error).__name__})"
    fix = "the key is expired or revoked: make a new one, or `gcloud auth application-default login` again"
    return CallError("refused", what, fix=fix, stops=True)


def _has_trailers(error: GoogleAPICallError) -> bool:
    response: Any = error.response
    trailers = getattr(response, "trailing_metadata", None)
    return bool(trailers and trailers())
