"""Google Cloud Speech-to-Text, V1 and V2, by synchronous recognition: one request, one reply, and no hidden retries.

The client's own retries (5000 s by default) and those of gRPC below it are switched off: whether a chunk may be sent
once more is decided by the ledger, not by a library. A server on this machine may be called without TLS; gRPC itself
refuses such a channel to any other address.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers.base import CallError, Chunk, Plan, Provider, Recognition, Settings
from engine.transcribe.providers.google_errors import call_error

if TYPE_CHECKING:
    import grpc

# The service takes a minute and 10 MB in one request. The rest of the request needs a little room.
LONGEST_SECONDS = 59.5
LARGEST_BYTES = 9_900_000
HOST = "speech.googleapis.com"
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_MODELS = {"v1": "latest_long", "v2": "long"}  # by api, unless another is asked for
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_CHANNEL = [
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5000),
]


class Google(Provider):
    """A client with one channel for all threads.

    Raises:
        InputError: no credentials, or no project for V2.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._plan = self.plan(settings)
        credentials, self._project = _credentials(settings)
        self._signer = None if credentials is None else _Signer(credentials)
        # never closed: gRPC's own threads may still look at it, and the process ends with the job
        self._channel = self._connect()
        api = importlib.import_module(f"google.cloud.speech_{self._plan.api}")
        transports = importlib.import_module(f"{api.__name__}.services.speech.transports")
        self._client = api.SpeechClient(transport=transports.SpeechGrpcTransport(channel=self._channel))

    @staticmethod
    def plan(settings: Settings) -> Plan:
        """See `registry.plan`."""
        api = settings.api or "v1"
        if api not in _MODELS:
            what = _('there is no google api "{api}"').format(api=api)
            raise InputError(what, fix=_("choose one of {apis}").format(apis=", ".join(_MODELS)))
        model = settings.model or _MODELS[api]
        decides = {
            "api": api,
            "model": model,
            "language": settings.language,
            "rate": settings.rate,
            "punctuation": settings.punctuation,
        }
        host = HOST if settings.location == "global" else f"{settings.location}-{HOST}"
        called = settings.endpoint.removesuffix(":443").lower()
        if called and called != HOST and not called.endswith(f"-{HOST}"):
            decides["endpoint"] = settings.endpoint  # another server's words are not Google's
        return Plan("google", LONGEST_SECONDS, LARGEST_BYTES, api, model, decides, settings.endpoint or host)

    @staticmethod
    def check(settings: Settings) -> None:
        """Raises InputError when there are no credentials, or no project for V2."""
        _credentials(settings)

    def ready(self, timeout_s: float) -> None:
        """See `Provider.ready`."""
        import grpc

        connected = grpc.channel_ready_future(self._channel)
        try:
            connected.result(timeout_s)
        except grpc.FutureTimeoutError:
            reason = _("{host} cannot be reached").format(host=self._plan.host)
            raise CallError("retry", reason, fix=_("check the network")) from None
        finally:
            connected.cancel()

    def recognise(self, chunk: Chunk) -> Recognition:
        """See `Provider.recognise`."""
        from google.api_core.exceptions import GoogleAPICallError

        request = self._v1(chunk) if self._plan.api == "v1" else self._v2(chunk)
        try:
            reply = self._client.recognize(request=request, retry=None, timeout=self.settings.call_seconds)
        except GoogleAPICallError as error:
            signing = self._signer.take_failure() if self._signer else None
            raise call_error(error, signing) from error
        plain = type(reply).pb(reply)
        if self._plan.api == "v1":
            return _recognition(plain.results, plain, "total_billed_time")
        return _recognition(plain.results, plain.metadata, "total_billed_duration")

    def _connect(self) -> grpc.Channel:
        import grpc

        is_local = _is_loopback(self.settings.endpoint)
        security = grpc.local_channel_credentials() if is_local else grpc.ssl_channel_credentials()
        if self._signer is not None:
            signed = grpc.metadata_call_credentials(self._signer)
            security = grpc.composite_channel_credentials(security, signed)
        return grpc.secure_channel(self._plan.host, security, options=_CHANNEL)

    def _v1(self, chunk: Chunk) -> dict[str, Any]:
        config = _decoding(chunk) | {
            "language_code": self.settings.language,
            "model": self._plan.model,
            "enable_automatic_punctuation": self.settings.punctuation,
        }
        return {"config": config, "audio": {"content": _content(chunk)}}

    def _v2(self, chunk: Chunk) -> dict[str, Any]:
        config = {
            "explicit_decoding_config": _decoding(chunk),
            "model": self._plan.model,
            "language_codes": [self.settings.language],
            "features": {"enable_automatic_punctuation": self.settings.punctuation},
        }
        recognizer = f"projects/{self._project}/locations/{self.settings.location}/recognizers/_"
        return {"recognizer": recognizer, "config": config, "content": _content(chunk)}


def _decoding(chunk: Chunk) -> dict[str, Any]:
    return {"encoding": "LINEAR16", "sample_rate_hertz": chunk.rate, "audio_channel_count": 1}


def _content(chunk: Chunk) -> bytes:
    return chunk.pcm_L.astype("<i2").tobytes()


def _recognition(results: Any, owner: Any, field: str) -> Recognition:
    """The best alternative of every result, and the billed time in a field of `owner`."""
    best = [result.alternatives[0] for result in results if result.alternatives]
    sure = [each.confidence for each in best if each.confidence > 0]
    billed = getattr(owner, field) if owner.HasField(field) else None
    billed_ms = None if billed is None else billed.seconds * 1000 + -(-billed.nanos // 1_000_000)
    text = " ".join(part for each in best if (part := each.transcript.strip()))
    return Recognition(text, billed_ms, sum(sure) / len(sure) if sure else None)


def _is_loopback(endpoint: str) -> bool:
    """Whether HOST:PORT is this machine."""
    return endpoint.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")


def _credentials(settings: Settings) -> tuple[Any, str]:
    """Credentials by the library's own rules, and the project; none are needed on this machine."""
    given = os.environ.get(VARIABLE)
    credentials: Any = None
    project: str | None = ""
    if given or not _is_loopback(settings.endpoint):
        import google.auth
        from google.auth.exceptions import GoogleAuthError

        try:
            credentials, project = google.auth.default(scopes=[_SCOPE])
        except (GoogleAuthError, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            # its words may quote the file: only its name is repeated
            what = _("cannot be used as credentials") if given else _("there are no credentials for google")
            fix = _(
                "give --credentials FILE with the key of a service account, or set GOOGLE_APPLICATION_CREDENTIALS "
                "to it, or run `gcloud auth application-default login`"
            )
            raise InputError(what, path=given, fix=fix) from error
        if hasattr(credentials, "with_always_use_jwt_access"):  # signs by itself: no server gives it a token
            credentials = credentials.with_always_use_jwt_access(True)
    project = settings.project or project or ""
    if settings.api == "v2" and not project:
        raise InputError(_("V2 needs a project, and the credentials name none"), fix=_("give --project NAME"))
    return credentials, project


class _Signer:
    """Signs each call; remembers why it could not, since gRPC passes that on as text only."""

    def __init__(self, credentials: Any) -> None:
        from google.auth.transport.grpc import AuthMetadataPlugin
        from google.auth.transport.requests import Request

        plugin: Any = AuthMetadataPlugin
        self._plugin = plugin(credentials, Request(), default_host=HOST)
        self._failure: Exception | None = None

    def __call__(self, context: Any, callback: Any) -> None:
        try:
            self._plugin(context, callback)
        except Exception as error:  # noqa: BLE001 - whatever it is, the call did not leave
            self._failure = error
            callback((), error)

    def take_failure(self) -> Exception | None:
        """Why the last signature failed."""
        failure, self._failure = self._failure, None
        return failure
