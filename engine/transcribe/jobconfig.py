"""What a transcription's run folder says of it: config.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.transcribe.ledger_rows import Ask
from engine.transcribe.pricing import Price
from engine.transcribe.providers.base import Plan, Settings
from engine.transcribe.retranscribe import Again

PIECES_A_FILE = 1_000_000  # numbers of a file's pieces in the queue


@dataclass(slots=True)
class Config:
    """What config.json of a run holds: everything but credentials, which only the environment has.

    Attributes:
        files: name in the manifest and path of each recording.
        faulty: name and reason of each recording that could not be read when the sum was shown.
        stamps: `survey.stamp` of each file when the sum was shown.
        agreed: digests of the pieces that were in the sum, or under way in another window: all that may be sent.
        new: for each name the pieces that were to be sent when the sum was shown: (piece, length in ms).
        pieces: how many pieces each file has.
        redo: names of recordings that are done although the manifest has a text for them.
        agains: wishes to have something done once more that were not fulfilled when the sum was shown.
        terms: fields of `Terms` but the price.
        source: the folder of recordings, or the one, that a person named; None in older ones.
    """

    settings: Settings
    price: Price
    manifest: Path
    ledger: Path
    files: list[tuple[str, Path]]
    new: dict[str, list[tuple[int, int]]]
    pieces: dict[str, int]
    faulty: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    agreed: list[str] = field(default_factory=list)
    redo: list[str] = field(default_factory=list)
    agains: list[Again] = field(default_factory=list)
    workers: int = 4
    terms: dict[str, Any] = field(default_factory=dict)
    source: Path | None = None

    def waiting(self, plan: Plan) -> list[Ask]:
        """What is to be sent, as the ledger's queue has it."""
        positions = {name: position for position, (name, _) in enumerate(self.files)}
        pieces = [(name, *piece) for name, pieces in self.new.items() for piece in pieces]
        return [
            Ask(
                digest=digest,
                provider=plan.provider,
                settings=plan.settings_id,
                account=self.terms["account"],
                price=self.price,
                path=name,
                start_ms=0,
                length_ms=length_ms,
                again_after=self.terms.get("again_after"),
                resend_upto=self.terms.get("resend_upto", 0),
                number=positions[name] * PIECES_A_FILE + index,
            )
            for (name, index, length_ms), digest in zip(pieces, self.agreed, strict=False)
        ]

    def to_json(self) -> str:
        """The text of config.json."""
        plain = {
            **{"v": 1, "settings": self.settings.to_json(), "price": self.price.to_json()},
            **{"manifest": str(self.manifest), "ledger": str(self.ledger), "pieces": self.pieces},
            **{"workers": self.workers, "terms": self.terms, "new": self.new},
            **{"faulty": self.faulty, "stamps": self.stamps, "agreed": self.agreed},
            "source": None if self.source is None else str(self.source),
            **{"redo": self.redo, "agains": [again.to_json() for again in self.agains]},
            "files": [[name, str(path)] for name, path in self.files],
        }
        return json.dumps(plain, ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, path: Path) -> Config:
        """A config.json. Raises InputError when it is none of ours."""
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                settings=Settings(**plain["settings"]),
                price=Price.from_json(plain["price"]),
                manifest=Path(plain["manifest"]),
                ledger=Path(plain["ledger"]),
                files=[(name, Path(where)) for name, where in plain["files"]],
                new={name: [(n, ms) for n, ms in pieces] for name, pieces in plain["new"].items()},
                pieces=dict(plain["pieces"]),
                faulty=dict(plain.get("faulty", {})),  # older ones have none of these five
                stamps={name: tuple(stamp) for name, stamp in plain.get("stamps", {}).items()},
                agreed=list(plain.get("agreed", [])),
                redo=list(plain.get("redo", [])),
                agains=[Again.from_json(again) for again in plain.get("agains", [])],
                workers=plain["workers"],
                terms=plain["terms"],
                source=Path(plain["source"]) if plain.get("source") else None,
            )
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", path=path) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"is not the config of a transcription ({type(error).__name__}: {error})"
            raise InputError(what, path=path, fix="restore it, or delete the run") from None
