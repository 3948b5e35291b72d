"""A speech service on this machine: the real protobuf services of google.cloud.speech, V1 and V2, over real gRPC.

    job ── TCP ──► front door ── TCP ──► gRPC server ──► bill
                   can slam shut         misbehaves on demand

It keeps its own bill, which is the truth that the tests compare the ledger with: a line for every piece of work that
was done, whether or not anybody heard the reply. Started as a process of its own; JSON lines on stdin command it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import socket
import sys
import threading
import time
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud import speech_v1, speech_v2

LANGUAGES = ("en-US", "de-DE", "ja-JP")


@dataclass
class Mode:
    """How it behaves; `faults` maps a fault to how likely it is, drawn anew for each call.

    Faults: a gRPC code in capitals (refused before any work), late (done, but after the caller's patience), drop (done,
    then the connection breaks), drop_before (the connection breaks before any work), absent, zero, double (what the
    reply says was billed), fifteen (billed and said in units of 15 s), empty (nobody speaks).
    """

    faults: dict[str, float] = field(default_factory=dict)
    script: list[str] = field(
        default_factory=list
    )  # faults of the next calls, before the drawn ones; "" is none
    work_s: float = 0.0
    late_s: float = 3.0
    needs_auth: bool = False
    seed: int = 0


class Service:
    """What both versions do."""

    def __init__(self) -> None:
        self.mode = Mode()
        self.random = random.Random(0)
        self.bill: list[tuple[str, int]] = []  # digest as the ledger makes it, billed ms
        self.calls: list[str] = []  # digest of every call that arrived
        self.tokens: set[str] = set()
        self.requests: list[dict[str, Any]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.door: FrontDoor | None = None

    def recognise(self, content: bytes, about: dict[str, Any], context: Any) -> tuple[str, int | None]:
        """The words and the billed ms that the reply gives; aborts where it is to refuse."""
        mode = self.mode
        digest = hashlib.sha256(f"pcm16 {about['rate']} ".encode() + content).hexdigest()
        bill = self.bill  # a straggler of an earlier test writes on that one's
        fault = self._arrive(digest, about, context)
        try:
            if mode.needs_auth and "authorization" not in dict(context.invocation_metadata()):
                self._refuse(context, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
            self._check(content, about, context)
            if fault.isupper():
                is_away = fault == "UNAVAILABLE"
                self._refuse(context, fault, "The service is currently unavailable." if is_away else "no")
            if fault == "drop_before":
                self._slam()
                context.abort(grpc.StatusCode.UNAVAILABLE, "never heard")
            time.sleep(mode.work_s)
            seconds = len(content) / 2 / about["rate"]
            unit = 15 if fault == "fifteen" else 1
            billed = int(-(-seconds // unit) * unit * 1000)
            with self._lock:
                bill.append((digest, billed))
            if fault == "late":
                time.sleep(mode.late_s)
            if fault == "drop":
                self._slam()
            told = {"absent": None, "zero": 0, "double": 2 * billed + 30_000}.get(fault, billed)
            return "" if fault == "empty" else f"words of {digest[:8]}", told
        finally:
            with self._lock:
                self._at_once -= 1

    def _arrive(self, digest: str, about: dict[str, Any], context: Any) -> str:
        with self._lock:
            self.calls.append(digest)
            self.requests.append(about)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            token = dict(context.invocation_metadata()).get("authorization", "")
            if token:
                self.tokens.add(token)
            if self.mode.script:
                return self.mode.script.pop(0)
            draw = self.random.random()
            for fault, share in self.mode.faults.items():
                if draw < share:
                    return fault
                draw -= share
            return ""

    def _check(self, content: bytes, about: dict[str, Any], context: Any) -> None:
        """What the real service refuses."""
        if about["language"] not in LANGUAGES:
            words = f"Invalid recognition 'config': bad language code {about['language']}"
            self._refuse(context, "INVALID_ARGUMENT", words)
        if about["channels"] != 1:
            self._refuse(context, "INVALID_ARGUMENT", "Must use single channel (mono) audio")
        if len(content) / 2 / about["rate"] > 60 or len(content) > 10_485_760:
            self._refuse(context, "INVALID_ARGUMENT", "Sync input too long.")

    def _refuse(self, context: Any, code: str, words: str) -> None:
        context.set_trailing_metadata((("x-service", "speech"),))  # as Google's do
        context.abort(getattr(grpc.StatusCode, code), words)

    def _slam(self) -> None:
        assert self.door is not None
        self.door.slam()
        time.sleep(0.05)


def handler(service: Service, api: str) -> Any:
    """The service google.cloud.speech.API.Speech."""
    types = {"v1": speech_v1, "v2": speech_v2}[api]

    def recognise(request: Any, context: Any) -> Any:
        config = request.config
        decoding = config if api == "v1" else config.explicit_decoding_config
        about = {
            "api": api,
            "rate": decoding.sample_rate_hertz,
            "channels": decoding.audio_channel_count,
            "language": config.language_code if api == "v1" else config.language_codes[0],
        }
        content = request.audio.content if api == "v1" else request.content
        text, billed = service.recognise(content, about, context)
        reply = types.RecognizeResponse()
        if text:
            reply.results = [{"alternatives": [{"transcript": text, "confidence": 0.9}]}]
        if billed is not None:
            plain = types.RecognizeResponse.pb(reply)
            time_ = plain.total_billed_time if api == "v1" else plain.metadata.total_billed_duration
            time_.FromMilliseconds(billed)
        return reply

    method = grpc.unary_unary_rpc_method_handler(
        recognise,
        request_deserializer=types.RecognizeRequest.deserialize,
        response_serializer=types.RecognizeResponse.serialize,
    )
    return grpc.method_handlers_generic_handler(f"google.cloud.speech.{api}.Speech", {"Recognize": method})


class FrontDoor:
    """Passes bytes on, until it is slammed: then every connection breaks. While shut it accepts nobody."""

    def __init__(self, port: int, door: int = 0) -> None:
        self.port = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.listener = self._listen(door)
        self.door = self.listener.getsockname()[1]

    def slam(self) -> None:
        """Break every connection."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _break(end)

    def shut(self) -> None:
        """Break every connection and refuse new ones, as a network that is gone."""
        _break(self.listener)
        self.slam()

    def open(self) -> None:
        """Accept again, at the same port."""
        self.listener = self._listen(self.door)

    def _listen(self, door: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", door), backlog=64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            with self._lock:
                self._pairs.append((caller, server))
            for one, other in ((caller, server), (server, caller)):
                with contextlib.suppress(OSError):  # its other end has broken it already
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(1 << 16):
            other.sendall(data)
    except OSError:
        pass
    _break(one)
    _break(other)


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def main() -> None:
    """Serve until stdin ends."""
    service = Service()
    server = grpc.server(futures.ThreadPoolExecutor(32))
    server.add_generic_rpc_handlers((handler(service, "v1"), handler(service, "v2")))
    port = server.add_secure_port("127.0.0.1:0", grpc.local_server_credentials())
    server.start()
    door = service.door = FrontDoor(port)
    print(json.dumps({"endpoint": f"127.0.0.1:{door.door}"}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "mode" in command:
            service.mode = Mode(**command["mode"])
            service.random = random.Random(service.mode.seed)
        if command.get("forget"):
            service.bill, service.calls, service.requests = [], [], []
            service.tokens, service.most_at_once = set(), 0
        if command.get("network") == "gone":
            door.shut()
        if command.get("network") == "back":
            door.open()
        facts = {name: list(getattr(service, name)) for name in ("bill", "calls", "requests", "tokens")}
        print(json.dumps(facts | {"most_at_once": service.most_at_once}), flush=True)
    server.stop(0)


if __name__ == "__main__":
    main()
