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

from engine.i18n import _
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
_CHECK = _("check --api, --model, --project and --location")
_NETWORK = _("check the network")
_FIXES = {
    "UNAUTHENTICATED": _(
        "the key is expired, revoked or of another project: make a new one in Google's console"
    ),
    "PERMISSION_DENIED": _(
        "enable the Speech-to-Text API and billing for the project, and let the account use it"
    ),
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
        return CallError("retry", reason, fix=_NETWORK)
    if any(phrase in lower for phrase in _BROKEN):
        return CallError(
            "unknown", _("{reason}; the connection broke before the reply").format(reason=reason)
        )
    return _refusal(error, code, reason)


def _refusal(error: GoogleAPICallError, code: str, reason: str) -> CallError:
    """What the service, or gRPC for it, has answered."""
    lower = reason.lower()
    if code in _REFUSED:
        fix = _FIXES.get(code, "")
        if not fix and any(word in lower for word in _SETTINGS_WORDS):
            fix = _("check --language and --model against the service's list")
        return CallError("refused", reason, fix=fix, stops=bool(fix))
    if code == "RESOURCE_EXHAUSTED":
        fix = _("wait, use fewer --workers, or raise the quota of the project")
        return CallError("retry", reason, fix=fix)
    if code == "UNAVAILABLE" and (_has_trailers(error) or any(phrase in lower for phrase in _SERVICE_SAID)):
        return CallError("retry", reason, fix=_("try again later"))
    return CallError("unknown", reason)


def _signing_error(error: Exception | None) -> CallError:
    """No signature, so nothing was sent. Its words are left out: they may quote a key or a token."""
    from google.auth.exceptions import TransportError

    if error is None or isinstance(error, TransportError):
        return CallError("retry", _("the token server cannot be reached"), fix=_NETWORK)
    what = _("the credentials were not accepted ({kind})").format(kind=type(error).__name__)
    fix = _("the key is expired or revoked: make a new one, or `gcloud auth application-default login` again")
    return CallError("refused", what, fix=fix, stops=True)


def _has_trailers(error: GoogleAPICallError) -> bool:
    response: Any = error.response
    trailers = getattr(response, "trailing_metadata", None)
    return bool(trailers and trailers())
