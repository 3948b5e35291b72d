"""The config.json of a transcription's run folder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError, cannot_read
from engine.i18n import _
from engine.transcribe.ledger import Ask
from engine.transcribe.pricing import Price
from engine.transcribe.providers.base import Plan, Settings


@dataclass(frozen=True, slots=True)
class SendPolicy:
    """How chunks may be sent.

    Attributes:
        budget_micros: the most that the account's month may cost.
        redo: the attempt number of each recording that is done although the manifest has a text for it.
        retry_upto: see `Ask`.
        tries, first_wait_s, longest_wait_s: how often a call that is known not to be billed is made, and the pauses
            between, which double.
        connect_seconds: how long to wait for a connection.
    """

    account: str
    budget_micros: int | None = None
    redo: Mapping[str, int] = field(default_factory=dict)
    retry_upto: int = 0
    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    connect_seconds: float = 20.0

    def ask(
        self, plan: Plan, price: Price, name: str, digest: str, length_ms: int, *, start_ms: int = 0
    ) -> Ask:
        """A piece of the recording `name` as the ledger is asked for it."""
        who = (digest, plan.provider, plan.settings_id, self.account, price)
        attempt = self.redo.get(name, 1)
        return Ask(*who, name, start_ms, length_ms, attempt=attempt, retry_upto=self.retry_upto)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> SendPolicy:
        """The `terms` of a config; what older versions had besides is left out."""
        known = {each.name for each in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in plain.items() if name in known})


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a run needs but credentials, which only the environment has.

    Attributes:
        files: name in the manifest and path of each recording.
        faulty: name and reason of each recording that could not be read when the sum was shown.
        approved: digests of the pieces that were in the sum, or under way in another window: all that may be sent.
        waiting: digest and length in ms of the pieces that were to be sent when the sum was shown.
        pieces: how many pieces each file has.
        open_redo: the attempt number of each recording whose redo was not complete when the sum was shown.
        source: the folder of recordings, or the one, that a person named; None in older ones.
    """

    settings: Settings
    price: Price
    manifest: Path
    ledger: Path
    policy: SendPolicy
    files: tuple[tuple[str, Path], ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    pieces: Mapping[str, int] = field(default_factory=dict)
    faulty: Mapping[str, str] = field(default_factory=dict)
    approved: tuple[str, ...] = ()
    open_redo: Mapping[str, int] = field(default_factory=dict)
    workers: int = 4
    source: Path | None = None

    def queue(self, plan: Plan) -> list[Ask]:
        """What waits to be sent, for the ledger's queue."""
        return [self.policy.ask(plan, self.price, "", *piece) for piece in self.waiting]

    def to_json(self) -> str:
        """The text of config.json."""
        plain = {"v": 2, **dataclasses.asdict(self)}
        plain |= {"terms": plain.pop("policy"), "agreed": plain.pop("approved")}
        return json.dumps(plain, ensure_ascii=False, indent=1, default=str)

    @classmethod
    def read(cls, path: Path) -> Config:
        """A config.json, of older versions too. Raises InputError when it is none of ours."""
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                settings=Settings(**plain["settings"]),
                price=Price.from_json(plain["price"]),
                manifest=Path(plain["manifest"]),
                ledger=Path(plain["ledger"]),
                policy=SendPolicy.from_json(plain["terms"]),
                files=tuple((name, Path(where)) for name, where in plain["files"]),
                waiting=tuple((digest, ms) for digest, ms in plain.get("waiting", ())),
                pieces=plain["pieces"],
                faulty=plain.get("faulty", {}),
                approved=tuple(plain.get("agreed", ())),
                workers=plain["workers"],
                source=Path(plain["source"]) if plain.get("source") else None,
                open_redo=_open_redo(plain),
            )
        except OSError as error:
            raise cannot_read(error, path) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            what = _("is not the config of a transcription ({reason})").format(reason=reason)
            raise InputError(what, path=path, fix=_("restore it, or delete the run")) from None


def _open_redo(plain: Mapping[str, Any]) -> Mapping[str, int]:
    # Older versions kept no attempt numbers. What was redone there has two attempts at least, so none is paid twice.
    older = dict.fromkeys(plain.get("redo", ()) if plain.get("agains") else (), 2)
    found: Mapping[str, int] = plain.get("open_redo", older)
    return found
