"""Google Cloud Speech-to-Text, V1 and V2, by synchronous recognition: one request, one reply, nothing behind our back.

The client's own retries (5000 s by default) and those of gRPC below it are switched off: whether a chunk may be sent
once more is decided by the ledger, not by a library. A server on this machine may be spoken to without TLS; gRPC itself
refuses such a channel to any other address.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.i18n import _
from engine.transcribe.providers.base import CallError, Chunk, Plan, Recognition, Settings
from engine.transcribe.providers.google_errors import call_error

if TYPE_CHECKING:
    import grpc

APIS = ("v1", "v2")
# The service takes a minute and 10 MB in one request. The rest of the request needs a little room.
LONGEST_SECONDS = 59.5
LARGEST_BYTES = 9_900_000
HOST = "speech.googleapis.com"
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_MODELS = {"v1": "latest_long", "v2": "long"}
_WATCH_SECONDS = 2.0  # gRPC looks five times a second whether anybody listens
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_NO_CREDENTIALS = (
    "give --credentials FILE with the key of a service account, or set GOOGLE_APPLICATION_CREDENTIALS to it, or run "
    "`gcloud auth application-default login`"
)


def plan(settings: Settings) -> Plan:
    """See `registry.plan`."""
    api = settings.api or "v1"
    if api not in APIS:
        raise InputError(
            _('there is no google api "{api}"').format(api=api),
            fix=_("choose one of {apis}").format(apis=", ".join(APIS)),
        )
    model = settings.model or _MODELS[api]
    decides = {
        **{"api": api, "model": model, "language": settings.language, "rate": settings.rate},
        **{"punctuation": settings.punctuation},
    }
    if settings.endpoint and not _is_googles(settings.endpoint):
        decides["endpoint"] = settings.endpoint  # another server's words are not Google's
    return Plan("google", LONGEST_SECONDS, LARGEST_BYTES, api, model, decides, _place(settings))


def _is_googles(endpoint: str) -> bool:
    """Whether HOST:PORT is the service itself, by whichever region."""
    host = endpoint.removesuffix(":443").lower()
    return host == HOST or host.endswith(f"-{HOST}")


def _place(settings: Settings) -> str:
    if settings.endpoint:
        return settings.endpoint
    return HOST if settings.location == "global" else f"{settings.location}-{HOST}"


def check(settings: Settings) -> None:
    """Raises InputError when there are no credentials, or no project for V2."""
    _unused, project = _credentials(settings.endpoint)
    _check_project(plan(settings), settings.project or project)


def connect(settings: Settings) -> Google:
    """See `registry.connect`."""
    return Google(settings)


def is_loopback(endpoint: str) -> bool:
    """Whether HOST:PORT is this machine."""
    return endpoint.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")


class Google:
    """A client with one channel for all threads.

    Raises:
        InputError: no credentials, or no project for V2.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.plan = plan(settings)
        self._signer: _Signer | None = None
        credentials, project = _credentials(settings.endpoint)
        self._project = settings.project or project
        _check_project(self.plan, self._project)
        self._channel = self._connect(credentials)
        self._line = _Line(self._channel)
        self._recognise = self._v1() if self.plan.api == "v1" else self._v2()

    def ready(self, timeout_s: float) -> None:
        """See `Provider.ready`."""
        if not self._line.wait(timeout_s):
            raise CallError("retry", f"{self.plan.place} cannot be reached", fix="check the network")

    def recognise(self, chunk: Chunk) -> Recognition:
        """See `Provider.recognise`."""
        from google.api_core.exceptions import GoogleAPICallError

        try:
            return self._recognise(chunk)
        except GoogleAPICallError as error:
            signing = self._signer.take_failure() if self._signer else None
            raise call_error(error, signing) from error

    def close(self) -> None:
        """See `Provider.close`."""
        self._line.close()
        self._channel.close()

    def _connect(self, credentials: Any) -> grpc.Channel:
        import grpc

        lower = (
            grpc.local_channel_credentials()
            if is_loopback(self.settings.endpoint)
            else grpc.ssl_channel_credentials()
        )
        if credentials is not None:
            self._signer = _Signer(credentials)
            signed = grpc.metadata_call_credentials(self._signer)
            lower = grpc.composite_channel_credentials(lower, signed)
        options = [
            ("grpc.enable_retries", 0),
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.min_reconnect_backoff_ms", 200),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 5000),
        ]
        return grpc.secure_channel(self.plan.place, lower, options=options)

    def _v1(self) -> Callable[[Chunk], Recognition]:
        from google.cloud import speech_v1
        from google.cloud.speech_v1.services.speech.transports import SpeechGrpcTransport

        client = speech_v1.SpeechClient(transport=SpeechGrpcTransport(channel=self._channel))

        def call(chunk: Chunk) -> Recognition:
            config = speech_v1.RecognitionConfig(
                encoding=speech_v1.RecognitionConfig.AudioEncoding.LINEAR16,
                sample_rate_hertz=chunk.rate,
                audio_channel_count=1,
                language_code=self.settings.language,
                model=self.plan.model,
                enable_automatic_punctuation=self.settings.punctuation,
            )
            audio = speech_v1.RecognitionAudio(content=chunk.pcm_L.astype("<i2").tobytes())
            request = speech_v1.RecognizeRequest(config=config, audio=audio)
            reply = client.recognize(request=request, retry=None, timeout=self.settings.call_seconds)
            plain = speech_v1.RecognizeResponse.pb(reply)
            billed = plain.total_billed_time if plain.HasField("total_billed_time") else None
            return _recognition(plain.results, billed)

        return call

    def _v2(self) -> Callable[[Chunk], Recognition]:
        from google.cloud import speech_v2
        from google.cloud.speech_v2.services.speech.transports import SpeechGrpcTransport

        client = speech_v2.SpeechClient(transport=SpeechGrpcTransport(channel=self._channel))
        resource = f"projects/{self._project}/locations/{self.settings.location}/recognizers/_"

        def call(chunk: Chunk) -> Recognition:
            config = speech_v2.RecognitionConfig(
                explicit_decoding_config=speech_v2.ExplicitDecodingConfig(
                    encoding=speech_v2.ExplicitDecodingConfig.AudioEncoding.LINEAR16,
                    sample_rate_hertz=chunk.rate,
                    audio_channel_count=1,
                ),
                model=self.plan.model,
                language_codes=[self.settings.language],
                features=speech_v2.RecognitionFeatures(
                    enable_automatic_punctuation=self.settings.punctuation
                ),
            )
            content = chunk.pcm_L.astype("<i2").tobytes()
            request = speech_v2.RecognizeRequest(recognizer=resource, config=config, content=content)
            reply = client.recognize(request=request, retry=None, timeout=self.settings.call_seconds)
            plain = speech_v2.RecognizeResponse.pb(reply)
            told = plain.HasField("metadata") and plain.metadata.HasField("total_billed_duration")
            return _recognition(plain.results, plain.metadata.total_billed_duration if told else None)

        return call


def _recognition(results: Any, billed: Any) -> Recognition:
    """The best reading of every stretch; V1 and V2 agree in these messages."""
    best = [result.alternatives[0] for result in results if result.alternatives]
    sure = [each.confidence for each in best if each.confidence > 0]
    billed_ms = None if billed is None else billed.seconds * 1000 + -(-billed.nanos // 1_000_000)
    text = " ".join(part for each in best if (part := each.transcript.strip()))
    return Recognition(text, billed_ms, sum(sure) / len(sure) if sure else None)


def _check_project(plan: Plan, project: str) -> None:
    if plan.api == "v2" and not project:
        raise InputError(_("V2 needs a project, and the credentials name none"), fix=_("give --project NAME"))


def _credentials(endpoint: str) -> tuple[Any, str]:
    """Credentials by the library's own rules and the project that they name; none are needed on this machine."""
    if is_loopback(endpoint) and not os.environ.get(VARIABLE):
        return None, ""
    import google.auth

    try:
        credentials, project = google.auth.default(scopes=[_SCOPE])
    except Exception as error:
        given = os.environ.get(VARIABLE)
        # its words may quote the file: only its name is repeated
        what = "cannot be used as credentials" if given else "there are no credentials for google"
        raise InputError(what, path=given, fix=_NO_CREDENTIALS) from error
    if hasattr(credentials, "with_always_use_jwt_access"):
        credentials = credentials.with_always_use_jwt_access(
            True
        )  # signs by itself: no server gives it a token
    return credentials, project or ""


class _Signer:
    """Signs each call; remembers why it could not, since gRPC tells that in words only."""

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


class _Line:
    """Whether the channel is connected, so that a chunk counts as sent only when it can leave."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self._changed = threading.Condition()
        self._state: Any = None
        before = set(threading.enumerate())
        channel.subscribe(self._note, try_to_connect=True)
        self._watchers = set(threading.enumerate()) - before

    def wait(self, timeout_s: float) -> bool:
        """Whether the channel is connected within this time."""
        import grpc

        ready = grpc.ChannelConnectivity.READY
        with self._changed:
            if self._state is ready:
                return True
        # an idle channel connects only when it is asked to
        self._channel.subscribe(_ignore, try_to_connect=True)
        try:
            with self._changed:
                return self._changed.wait_for(lambda: self._state is ready, timeout_s)
        finally:
            self._channel.unsubscribe(_ignore)

    def close(self) -> None:
        """Stop listening; gRPC's thread that watches the channel must have ended before the channel is closed."""
        self._channel.unsubscribe(self._note)
        for watcher in self._watchers:
            watcher.join(_WATCH_SECONDS)

    def _note(self, state: Any) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()


def _ignore(_state: Any) -> None:
    pass
