"""What is to be transcribed, what a start would send, and what that adds to the month. Nothing here draws."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.transcribe.ledger import DEFAULT_ACCOUNT, default_path
from engine.transcribe.pricing import Price, PriceTable

if TYPE_CHECKING:
    from engine.config.settings import Settings
    from engine.runs.registry import RunSnapshot
    from engine.transcribe.ledger import Usage
    from engine.workspace import Workspace
    from tui.panes.transcription.command import Ended

KIND = "transcribe"
MILLION = 1_000_000
RATE, GLOBAL, CALL_SECONDS = 16000, "global", 90.0  # what the command takes where nothing is said


@dataclass(frozen=True, slots=True)
class Provider:
    """One recogniser as a person chooses it; `api` is google's version."""

    name: str
    api: str = ""

    @property
    def title(self) -> str:
        """`google v1`."""
        return f"{self.name} {self.api}".rstrip()

    @property
    def is_google(self) -> bool:
        return self.name == "google"


PROVIDERS = (
    Provider("google", "v1"),
    Provider("google", "v2"),
    Provider("whisper"),
    Provider("pocketsphinx"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """A folder of recordings, the manifest that they become, and all that decides how, and who pays.

    Whether a sound was sent before is known by these: a job continues with the very same ones, or it would pay anew.

    Attributes:
        rate: samples a second that are sent. logging: whether the project takes part in data logging.
        endpoint: HOST:PORT of another server. call_seconds: the time limit of one call.
        account: who pays. ledger: where that is kept; None: the user's own file.
    """

    source: Path
    manifest: Path
    provider: Provider = PROVIDERS[0]
    language: str = "en-US"
    model: str = ""
    project: str = ""
    rate: int = RATE
    logging: bool = False
    location: str = GLOBAL
    endpoint: str = ""
    call_seconds: float = CALL_SECONDS
    account: str = DEFAULT_ACCOUNT
    ledger: Path | None = None

    @classmethod
    def begun(
        cls, source: Path, manifest: Path, workspace: Workspace, provider: Provider = PROVIDERS[0]
    ) -> Task:
        """A new one, as the workspace's settings say."""
        settings = workspace.settings
        return cls(
            source=source,
            manifest=manifest,
            provider=provider,
            language=workspace.locale,
            model=settings.model if provider.is_google else "",
            rate=settings.sample_rate,
            logging=settings.data_logging,
            endpoint=settings.endpoint,
            account=settings.account,
        )

    @classmethod
    def of_folder(cls, folder: Path, workspace: Workspace) -> Task:
        """A folder of recordings, with its texts where `prepare` looks for them."""
        return cls.begun(folder, folder / "metadata.csv", workspace)

    def words(self) -> list[str]:
        """The command line behind `vitsdeck`; credentials are never in it."""
        found = ["transcribe", str(self.source), "--out", str(self.manifest)]
        found += ["--provider", self.provider.name, "--language", self.language, "--account", self.account]
        options = {
            "--model": "" if self.provider.name == "pocketsphinx" else self.model,
            "--ledger": str(self.ledger or ""),
        }
        if self.provider.is_google:
            found.append("--data-logging" if self.logging else "--no-data-logging")
            options |= {
                "--api": self.provider.api,
                "--rate": str(self.rate),
                "--project": self.project if self.provider.api == "v2" else "",
                "--location": "" if self.location == GLOBAL else self.location,
                "--endpoint": self.endpoint,
                "--call-seconds": "" if self.call_seconds == CALL_SECONDS else f"{self.call_seconds:g}",
            }
        return found + [word for name, value in options.items() if value for word in (name, value)]

    def with_provider(self, provider: Provider, settings: Settings) -> Task:
        """The same with another recogniser, whose models have other names; what only Google has is the workspace's."""
        other = replace(self, provider=provider, model="")
        if not provider.is_google or self.provider.is_google:
            return other
        return replace(
            other,
            rate=settings.sample_rate,
            logging=settings.data_logging,
            endpoint=settings.endpoint,
            model=settings.model,
        )

    def price_in(self, table: PriceTable) -> Price:
        """What its recogniser costs by the price list."""
        return table.find(self.provider.name, self.provider.api, self.model, self.logging)


@dataclass(frozen=True, slots=True)
class JobConfig:
    """What the config.json of a run tells about its task: names and paths of its recordings.

    Attributes:
        lengths: milliseconds by name, of recordings that were to be sent whole.
        budget_micros: what a month might cost when it was begun, by its own word; a start from here is agreed to anew.
    """

    task: Task
    files: tuple[tuple[str, Path], ...]
    lengths: Mapping[str, int] = field(default_factory=dict)
    budget_micros: int | None = None

    @classmethod
    def read(cls, run: RunSnapshot) -> JobConfig | None:
        """A run's; None for what is no transcription of ours."""
        try:
            plain = json.loads((run.folder / "config.json").read_text(encoding="utf-8"))
            files = tuple((str(name), Path(path)) for name, path in plain["files"])
            budget = plain["terms"]["budget_micros"]
            source = _source(plain, files, run.folder)
            return cls(_task(plain, source), files, _lengths(plain), None if budget is None else int(budget))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def _task(plain: Mapping[str, Any], source: Path) -> Task:
    settings, ledger = plain["settings"], Path(plain["ledger"])
    provider = Provider(settings["provider"], plain["price"]["api"] or settings["api"])
    return Task(
        source=source,
        manifest=Path(plain["manifest"]),
        provider=provider if provider in PROVIDERS else PROVIDERS[0],
        language=str(settings["language"]),
        model=str(settings["model"]),
        project=str(settings["project"]),
        rate=int(settings["rate"]),
        logging=bool(settings["logging"]),
        location=str(settings["location"]),
        endpoint=str(settings["endpoint"]),
        call_seconds=float(settings["call_seconds"]),
        account=str(plain["terms"]["account"]),
        ledger=None if ledger == default_path() else ledger,
    )


def _lengths(plain: Mapping[str, Any]) -> dict[str, int]:
    """Of recordings all of whose pieces were new; of the others the events tell as they come."""
    pieces = plain["pieces"]
    return {
        str(name): sum(int(length_ms) for _, length_ms in new)
        for name, new in plain["new"].items()
        if len(new) == pieces.get(name)
    }


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording: send, known, silent, unconfirmed or busy."""

    digest: str
    length_ms: int
    kind: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording without a transcript; `fault` says why it cannot be read."""

    name: str
    path: Path
    fault: str
    pieces: tuple[Piece, ...]

    @property
    def length_ms(self) -> int:
        """Of its sound."""
        return sum(piece.length_ms for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Sum:
    """What sending some recordings adds to the month, after all that waits in any window; times in milliseconds, money
    in millionths.

    Attributes:
        resend_ms: billed time of unconfirmed pieces among `billed_ms`: paid twice if their replies were only lost.
    """

    recordings: int = 0
    chunks: int = 0
    billed_ms: int = 0
    micros: int = 0
    month_micros: int = 0
    unconfirmed: int = 0
    resend_ms: int = 0
    length_ms: int = 0

    def agreed(self) -> str:
        """The sum as `--agreed` takes it, to the millionth."""
        return f"{self.micros // MILLION}.{self.micros % MILLION:06d}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What `vitsdeck transcribe --dry-run --json` said about a task."""

    price: Price
    recordings: tuple[Recording, ...] = ()
    kept: frozenset[str] = frozenset()
    missing: str = ""
    names: Mapping[str, Recording] = field(default_factory=dict)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Plan:
        """From the command's document."""
        recordings = tuple(
            Recording(
                str(each["name"]),
                Path(each["path"]),
                str(each["fault"]),
                tuple(Piece(str(digest), int(ms), str(kind)) for digest, ms, kind in each["pieces"]),
            )
            for each in plain["files"]
        )
        return cls(
            price=Price.from_json(plain["price_row"]),
            recordings=recordings,
            kept=frozenset(map(str, plain["kept_names"])),
            missing=str(plain["missing"] or ""),
            names={each.name: each for each in recordings},
        )

    @classmethod
    def of(cls, ended: Ended) -> tuple[Plan | None, str]:
        """The plan of a command that has ended, or why there is none."""
        if ended.document is None:
            return None, ended.sentence
        try:
            return cls.from_json(ended.document), ""
        except (KeyError, TypeError, ValueError) as error:
            return None, f"vitsdeck transcribe said something unknown ({type(error).__name__})"

    def chosen(self, names: Iterable[str]) -> list[Recording]:
        """The readable ones of these names; all when none are given."""
        wanted = set(names)
        return [each for each in self.recordings if not each.fault and (not wanted or each.name in wanted)]

    def sum_of(
        self, names: Iterable[str], usage: Usage, price: Price | None = None, *, resend: bool = False
    ) -> Sum:
        """What these recordings would add now, all for none; a sound that stands in several is paid for once.

        Args:
            price: another recogniser's, which has none of the pieces yet.
            resend: unconfirmed pieces are sent again.
        """
        chosen = self.chosen(names)
        row = price or self.price
        counted = {"send", "known", "unconfirmed", "busy"} if price else {"send"}
        counted |= {"unconfirmed"} if resend else set()
        pieces = {p.digest: p for each in chosen for p in each.pieces if p.kind in counted}
        doubtful = {p.digest: p for each in chosen for p in each.pieces if p.kind == "unconfirmed"}
        billed = sum(row.billed_ms(piece.length_ms) for piece in pieces.values())
        month = usage.with_more(row, billed)
        return Sum(
            recordings=sum(any(piece.kind in counted for piece in each.pieces) for each in chosen),
            chunks=len(pieces),
            billed_ms=billed,
            micros=month - usage.with_more(row, 0),
            month_micros=month,
            unconfirmed=len(doubtful),
            resend_ms=sum(row.billed_ms(p.length_ms) for p in doubtful.values()) if resend else 0,
            length_ms=sum(each.length_ms for each in chosen),
        )

    def having(self, kind: str) -> list[str]:
        """Names of recordings with a piece of this kind."""
        return [each.name for each in self.recordings if any(piece.kind == kind for piece in each.pieces)]


def prices(
    table: PriceTable, chosen: Provider, price: Price | None, *, logging: bool = False
) -> Iterator[tuple[Provider, Price]]:
    """Each recogniser with its price; `price` is that of the chosen one where a plan has told it."""
    for each in PROVIDERS:
        yield each, price if price and each == chosen else table.find(each.name, each.api, "", logging)


def _source(plain: Mapping[str, Any], files: Iterable[tuple[str, Path]], folder: Path) -> Path:
    """What a person named; of an older job, which does not say, the folder that its recordings lie in.

    Args:
        folder: of the run, LOGS/NAME in its workspace: recordings that could not be read are known by name alone.
    """
    if plain.get("source"):
        return Path(plain["source"])
    manifest, root = Path(plain["manifest"]), folder.parent.parent
    faulty = [
        root / name if (root / name).exists() else manifest.parent / name for name in plain.get("faulty", ())
    ]
    return _common([*(path for _, path in files), *faulty], manifest.parent)


def _common(paths: Iterable[Path], otherwise: Path) -> Path:
    """The folder that recordings lie in; `otherwise` where there are none."""
    folders = {path.parent for path in paths}
    common = min(folders, key=lambda folder: len(folder.parts), default=otherwise)
    while any(not folder.is_relative_to(common) for folder in folders):
        common = common.parent
    return common
